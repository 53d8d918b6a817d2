/* SPDX-License-Identifier: Apache-2.0 */
/* Text made harmless for a terminal: what is escaped, what stays, and what does not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/printable.h"
#include "base/text.h"

static void test_printable(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		const char *expected;
	} cases[] = {
		{"", 0, ""},
		{"plain text", 10, "plain text"},
		{"z\xc3\xbcrich \xf0\x9f\x94\x94", 12, "z\xc3\xbcrich \xf0\x9f\x94\x94"},
		{"a\nb\tc", 5, "a\\nb\\tc"},
		{"\r\x1b[2J\x07", 6, "\\r\\u001b[2J\\u0007"},
		{"a\0b", 3, "a\\u0000b"},
		{"\x7f", 1, "\\u007f"},
		{"\xc2\x9b"
		 "31m",
		 5, "\\u009b31m"},
		{"\xc2\xa0", 2, "\xc2\xa0"},
		{"\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8", 9, "\\u202e\\u2066\\u2028"},
		{"\xff\xc3(", 3, "\\xff\\xc3("},
		{"\xed\xa0\x80", 3, "\\xed\\xa0\\x80"},
		{"\xe2\x82", 2, "\\xe2\\x82"},
		{"\\u001b", 6, "\\u001b"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buffer out;

		buffer_init(&out, 256);
		printable_add(&out, cases[i].text, cases[i].length);
		assert_int_equal(buffer_code(&out), TOCSIN_OK);
		assert_string_equal(buffer_text(&out), cases[i].expected);
		buffer_release(&out);
	}
}

static void test_printable_json(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {{"", ""}, {"a\x1b", "a\x1b"}, {"\xc3\xbc", "\xc3\xbc"}, {"a\xff\n", "a\\xff\\n"}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *json = printable_json(cases[i].text);

		assert_string_equal(json_string_value(json), cases[i].expected);
		json_decref(json);
	}
}

static void test_printable_line(void **state)
{
	static const struct {
		const char *text;
		size_t room;
		const char *expected;
	} cases[] = {
		{"plain", 16, "plain"}, {"", 1, ""},
		{"plain", 1, ""},	{"plain", 5, "plai"},
		{"a\x1b", 7, "a"},	{"a\x1b", 8, "a\\u001b"},
		{"a\xc3\xbc", 3, "a"},	{"a\xc3\xbc", 4, "a\xc3\xbc"},
	};
	char line[32];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		memset(line, '!', sizeof(line));
		assert_string_equal(printable_line(line, cases[i].room, cases[i].text, strlen(cases[i].text)),
				    cases[i].expected);
		assert_int_equal(line[cases[i].room], '!');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_printable_json),
		cmocka_unit_test(test_printable_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

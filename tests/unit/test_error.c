/* SPDX-License-Identifier: Apache-2.0 */
/* The error chain: order, room, hostile text, lines that are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <tocsin/error.h>

#include "base/code.h"

#include "base/text.h"

static void test_chain(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char line[256];

	(void)state;
	assert_null(tocsin_error_at(&err, 0));
	assert_string_equal(tocsin_error_line(&err, line, sizeof(line)), "");
	assert_int_equal(tocsin_fail(&err, TOCSIN_NOT_FOUND, "no file %s", "x"), TOCSIN_NOT_FOUND);
	assert_int_equal(tocsin_wrap(&err, "reading %d", 7), TOCSIN_NOT_FOUND);
	assert_int_equal(tocsin_wrap(&err, "starting"), TOCSIN_NOT_FOUND);
	assert_int_equal(err.code, TOCSIN_NOT_FOUND);
	assert_int_equal(err.count, 3);
	assert_string_equal(tocsin_error_at(&err, 0), "no file x");
	assert_string_equal(tocsin_error_at(&err, 1), "reading 7");
	assert_string_equal(tocsin_error_at(&err, 2), "starting");
	assert_null(tocsin_error_at(&err, 3));
	assert_null(tocsin_error_at(&err, SIZE_MAX));
	assert_string_equal(tocsin_error_line(&err, line, sizeof(line)), "starting: reading 7: no file x");
	assert_int_equal(tocsin_fail(&err, TOCSIN_IO, "again"), TOCSIN_IO);
	assert_string_equal(tocsin_error_line(&err, line, sizeof(line)), "again");
	assert_int_equal(tocsin_fail(&err, TOCSIN_IO, "%s", ""), TOCSIN_IO);
	assert_string_equal(tocsin_error_at(&err, 0), "");
}

static void test_nothing_given(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char line[8] = "x";

	(void)state;
	assert_int_equal(tocsin_fail(NULL, TOCSIN_LIMIT, "x"), TOCSIN_LIMIT);
	assert_int_not_equal(tocsin_wrap(NULL, "x"), TOCSIN_OK);
	assert_null(tocsin_error_at(NULL, 0));
	assert_string_equal(tocsin_error_line(NULL, line, sizeof(line)), "");
	assert_ptr_equal(tocsin_error_line(&err, line, 0), line);
	/* A failure that forgot to say why is a failure all the same. */
	assert_int_equal(tocsin_wrap(&err, "doing it"), TOCSIN_FAILED);
	assert_int_equal(err.code, TOCSIN_FAILED);
	assert_string_equal(tocsin_error_at(&err, 0), "doing it");
}

static void test_names_read_back(void **state)
{
	static const char *const none[] = {"", "unknown", "OK", "ok ", "no_memory2"};
	enum tocsin_code found = TOCSIN_IO;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(code_find(none[i], &found));
	assert_int_equal(found, TOCSIN_IO);
	for (enum tocsin_code code = TOCSIN_OK; code < CODE_COUNT; code++) {
		assert_true(code_find(tocsin_code_name(code), &found));
		assert_int_equal(found, code);
	}
	assert_int_equal(CODE_COUNT, TOCSIN_NO_MEMORY + 1);
	assert_string_equal(tocsin_code_name((enum tocsin_code)CODE_COUNT), "unknown");
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(tocsin_code_name(TOCSIN_OK), "ok");
	assert_string_equal(tocsin_code_name(TOCSIN_NOT_FOUND), "not_found");
	assert_string_equal(tocsin_code_name(TOCSIN_NO_MEMORY), "no_memory");
	assert_string_equal(tocsin_code_name((enum tocsin_code)1000), "unknown");
	assert_string_equal(tocsin_code_name((enum tocsin_code)(TOCSIN_NO_MEMORY + 1)), "unknown");
	assert_string_equal(tocsin_code_name((enum tocsin_code) - 1), "unknown");
}

/* Sentences of every length, repeated until there is no room: nothing is written outside, the cause stays. */
static void test_room(void **state)
{
	struct {
		char before[16];
		struct tocsin_error err;
		char after[16];
	} guarded;
	char sentence[3000], line[4000];

	(void)state;
	for (size_t length = 0; length < sizeof(sentence) - 1; length += 1 + length / 8) {
		memset(&guarded, 0x55, sizeof(guarded));
		memset(sentence, 'x', length);
		sentence[length] = '\0';
		tocsin_fail(&guarded.err, TOCSIN_INVALID, "%s", sentence);
		for (int i = 0; i < 600; i++)
			assert_int_equal(tocsin_wrap(&guarded.err, "%s", sentence), TOCSIN_INVALID);
		for (size_t i = 0; i < sizeof(guarded.before); i++)
			assert_int_equal(guarded.before[i] & guarded.after[i], 0x55);
		assert_true(guarded.err.used <= TOCSIN_ERROR_ROOM);
		assert_true(guarded.err.dropped > 0);
		if (length < TOCSIN_ERROR_ROOM / 2)
			assert_string_equal(tocsin_error_at(&guarded.err, 0), sentence);
		else
			assert_string_equal(tocsin_error_at(&guarded.err, 0) + TOCSIN_ERROR_ROOM / 2 - 4, "...");
		for (size_t i = 0; i < guarded.err.count; i++)
			assert_true(text_starts_with(sentence, "") &&
				    strlen(tocsin_error_at(&guarded.err, i)) <= length);
		tocsin_error_line(&guarded.err, line, sizeof(line));
		assert_true(text_starts_with(line, "(255 outer steps not shown): "));
	}
}

/* Text is cut between characters, in sentences and in lines of every size. */
static void test_cut(void **state)
{
	static const char *const characters[] = {"x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x94"};
	char sentence[2000], line[2000];

	(void)state;
	for (size_t c = 0; c < COUNT_OF(characters); c++) {
		for (size_t shift = 0; shift < 4; shift++) {
			struct tocsin_error err = TOCSIN_ERROR_INIT;

			memset(sentence, 'a', shift);
			sentence[shift] = '\0';
			while (strlen(sentence) < 1900)
				strcat(sentence, characters[c]);
			tocsin_fail(&err, TOCSIN_INVALID, "%s", sentence);
			tocsin_wrap(&err, "%s%s%s%s", characters[c], characters[c], characters[c], characters[c]);
			assert_true(text_is_utf8(tocsin_error_at(&err, 0), strlen(tocsin_error_at(&err, 0))));
			assert_non_null(strstr(tocsin_error_at(&err, 0), "..."));
			assert_true(strlen(tocsin_error_at(&err, 0)) >= TOCSIN_ERROR_ROOM / 2 - 7);
			assert_true(strlen(tocsin_error_at(&err, 0)) < TOCSIN_ERROR_ROOM / 2);
			for (size_t size = 1; size < sizeof(line); size++) {
				size_t length;

				memset(line, '#', sizeof(line));
				length = strlen(tocsin_error_line(&err, line, size));
				assert_true(length < size);
				assert_true(length + 4 >= size || length >= strlen(tocsin_error_at(&err, 0)));
				assert_true(text_is_utf8(line, length));
				assert_int_equal(line[size], '#');
			}
		}
	}
}

/* What strangers wrote can neither break the line nor drive the terminal, nor make the text no UTF-8. */
static void test_hostile(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"a\nb\tc\r", "a b c "},
		{"\x1b[2J", " [2J"},
		{"\x7f\x01", "  "},
		{"\xc2\x9b"
		 "2J\xc2\x80",
		 "  2J  "},
		{"\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x94", "\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x94"},
		{"\xff"
		 "a\xe2\x82"
		 "b\xc0\x80\xed\xa0\x80",
		 "?a??b?????"},
		{"\xf0\x9f\x94", "???"},
	};
	struct tocsin_error err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		tocsin_fail(&err, TOCSIN_INVALID, "%s", cases[i].text);
		tocsin_wrap(&err, "%s", cases[i].text);
		assert_string_equal(tocsin_error_at(&err, 0), cases[i].shown);
		assert_string_equal(tocsin_error_at(&err, 1), cases[i].shown);
		assert_int_equal(err.count, 2);
	}
}

/* A new cause may quote the chain that it replaces. */
static void test_own_text(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	(void)state;
	tocsin_fail(&err, TOCSIN_IO, "the disk is full");
	tocsin_wrap(&err, "writing");
	tocsin_fail(&err, TOCSIN_FAILED, "(%s) while %s", tocsin_error_at(&err, 0), tocsin_error_at(&err, 1));
	assert_string_equal(tocsin_error_at(&err, 0), "(the disk is full) while writing");
	assert_int_equal(err.count, 1);
	assert_int_equal(err.code, TOCSIN_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain),	 cmocka_unit_test(test_nothing_given),
		cmocka_unit_test(test_names),	 cmocka_unit_test(test_room),
		cmocka_unit_test(test_cut),	 cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_own_text), cmocka_unit_test(test_names_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What is mended in JSON, what is left alone, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_mend.h"
#include "base/text.h"
#include "scarce.h"

#define TEXT(text) text, sizeof(text) - 1
#define FFFD "\xef\xbf\xbd"

static void test_mended(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		const char *mended; /* NULL: the text as it is */
		size_t count, first;
	} cases[] = {
		{TEXT(""), NULL, 0, 0},
		{TEXT("{\"a\": \"b\"}"), NULL, 0, 0},
		{TEXT("\"a\xff\""), "\"a" FFFD "\"", 1, 3},
		{TEXT("[\"\xff\xfe\", \"x\xc3\"]"), "[\"" FFFD FFFD "\", \"x" FFFD "\"]", 3, 3},
		{TEXT("\"\xed\xa0\x80\""), "\"" FFFD FFFD FFFD "\"", 3, 2},
		{TEXT("\"\xc0\xaf\""), "\"" FFFD FFFD "\"", 2, 2},
		{TEXT("\"\xc3\xa9\xf0\x9f\x94\x94\""), NULL, 0, 0},
		{TEXT("\"a\\u0000b\""), "\"a" FFFD "b\"", 1, 3},
		{TEXT("{\"\\u0000\": 1}"), "{\"" FFFD "\": 1}", 1, 3},
		{TEXT("\"\\ud800\""), "\"" FFFD "\"", 1, 2},
		{TEXT("\"\\uDC00x\""), "\"" FFFD "x\"", 1, 2},
		{TEXT("\"\\ud83d\\udd14\""), NULL, 0, 0},
		{TEXT("\"\\ud83d\\ud83d\\udd14\""), "\"" FFFD "\\ud83d\\udd14\"", 1, 2},
		{TEXT("\"\\udd14\\ud83d\""), "\"" FFFD FFFD "\"", 2, 2},
		{TEXT("\"\\ud83d\\u0041\""), "\"" FFFD "\\u0041\"", 1, 2},
		{TEXT("\"\\ud83d\\n\""), "\"" FFFD "\\n\"", 1, 2},
		{TEXT("\"\\ud83d\\u0000\""), "\"" FFFD FFFD "\"", 2, 2},
		/* an escaped backslash begins no escape, an escaped quote ends no text */
		{TEXT("\"\\\\u0000\""), NULL, 0, 0},
		{TEXT("\"\\\"\\u0000\""), "\"\\\"" FFFD "\"", 1, 4},
		{TEXT("\"\\\\\" \\u0000"), NULL, 0, 0},
		/* what stands outside of texts, or is no escape, is for the reader to refuse */
		{TEXT("\xff \\u0000 \\ud800"), NULL, 0, 0},
		{TEXT("\"\\u00\""), NULL, 0, 0},
		{TEXT("\"\\u00g0\\ud8zz\""), NULL, 0, 0},
		{TEXT("\"\\"), NULL, 0, 0},
		{TEXT("\"\\ud80"), NULL, 0, 0},
		{TEXT("\"\\\xff\""), "\"\\" FFFD "\"", 1, 3},
		{TEXT("\"\\ud800"), "\"" FFFD, 1, 2},
		/* the mark is passed over, and counts in positions */
		{TEXT("\xef\xbb\xbf{}"), "{}", 0, 0},
		{TEXT("\xef\xbb\xbf\"\xff\""), "\"" FFFD "\"", 1, 5},
		{TEXT("\xef\xbb\xbf\xef\xbb\xbf{}"), "\xef\xbb\xbf{}", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *expected = cases[i].mended ? cases[i].mended : cases[i].text;
		/* On the heap, so that a sanitizer sees a byte read too many. */
		char *text = malloc(cases[i].length + !cases[i].length);
		struct json_mended mended;

		assert_non_null(text);
		memcpy(text, cases[i].text, cases[i].length);
		assert_int_equal(json_mend(text, cases[i].length, &mended, NULL), TOCSIN_OK);
		if (mended.length != strlen(expected) || memcmp(mended.text, expected, mended.length) != 0)
			fail_msg("%s: %.*s", cases[i].text, (int)mended.length, mended.text);
		assert_int_equal(mended.count, cases[i].count);
		assert_int_equal(mended.first, cases[i].first);
		assert_int_equal(mended.copy.length, mended.count ? mended.length : 0);
		json_mended_release(&mended);
		free(text);
	}
	json_mended_release(NULL);
}

/* The worst text costs time and room in proportion to its size. */
static void test_bounds(void **state)
{
	static char text[1 << 20];
	const int64_t began_ns = clock_monotonic_ns();
	struct json_mended mended;

	(void)state;
	memset(text, 0xff, sizeof(text));
	text[0] = '"';
	assert_int_equal(json_mend(text, sizeof(text), &mended, NULL), TOCSIN_OK);
	assert_int_equal(mended.count, sizeof(text) - 1);
	assert_int_equal(mended.length, 3 * (sizeof(text) - 1) + 1);
	assert_true(clock_monotonic_ns() - began_ns < 2000000000);
	json_mended_release(&mended);
}

static void test_no_memory(void **state)
{
	struct json_mended mended;

	(void)state;
	scarce_begin(0);
	assert_int_equal(json_mend("\"\xff\"", 3, &mended, NULL), TOCSIN_NO_MEMORY);
	assert_true(scarce_end());
	json_mended_release(&mended);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mended),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

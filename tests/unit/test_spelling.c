/* SPDX-License-Identifier: Apache-2.0 */
/* Which texts are another spelling of a text, and which only look like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/text.h"
#include "host/spelling.h"

static void test_spellings(void **state)
{
	static const struct {
		const char *meant, *text;
		size_t bytes;
	} cases[] = {
		{"SeCrEt", "SeCrEt behind", 6},
		{"SeCrEt", "secret", 6},
		{"secret", "SECRET", 6},
		{"secret", "secre", 0},
		{"secret", "", 0},
		{"secret", "%73%65%63%72%65%74", 18},
		{"secret", "%53e%43ret", 10},
		{"secret", "\\u0073ecre\\u0054", 16},
		{"secret", "\\u0073%65cret", 13},
		{"secret", "\\u007", 0},
		{"secret", "%7", 0},
		{"secret", "%zzecret", 0},
		{"s\xc3\xa9\xf0\x9f\x94\x94", "s\\u00e9\\ud83d\\udd14", 19},
		{"s\xc3\xa9\xf0\x9f\x94\x94", "s%c3%A9\xf0\x9f\x94\x94", 11},
		{"s\xc3\xa9\xf0\x9f\x94\x94", "s\\u00e9\\ud83d", 0},
		{"a b/c\"d\\e\nf", "a+b\\/c\\\"d\\\\e\\nf", 15},
		{"a b/c\"d\\e\nf", "a%20b%2fc%22d%5ce%0Af", 21},
		{"a b/c\"d\\e\nf", "a b/c\"d\\e\nf", 11},
		/* bytes that look like the beginning of an escape */
		{"a%41b", "a%41b", 5},
		{"a%41b", "a%2541b", 7},
		{"a\\nb", "a\\nb", 4},
		{"a\\\\b", "a\\\\b", 4},
		{"a\\\\b", "a\\\\\\\\b", 6},
		{"a+b", "a+b", 3},
		{"ab", "a\\u0000b", 0},
		{"ab", "a%00b", 0},
		{"ab", "a\\", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (spelling_of(cases[i].text, cases[i].meant) != cases[i].bytes)
			fail_msg("%s in %s: %zu", cases[i].meant, cases[i].text,
				 spelling_of(cases[i].text, cases[i].meant));
}

static void test_finding(void **state)
{
	static const struct {
		const char *meant, *text;
		int at; /* -1: nowhere */
	} cases[] = {
		{"token", "", -1},
		{"token", "a token", 2},
		{"token", "t to Token", 5},
		{"token", "100% \\ %74oken", 7},
		{"token", "100% \\ + tok", -1},
		{" a b", "x+a b", 1},
		{"\xc3\xa9t\xc3\xa9", "l'\\u00e9t\\u00e9", 2},
		{"1234", "12341234", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *found = spelling_find(cases[i].text, cases[i].meant);

		assert_int_equal(found ? found - cases[i].text : -1, cases[i].at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

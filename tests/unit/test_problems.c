/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of problems: kept, counted above the ceiling, moved, made one error; text of strangers made plain. */
#include "contract_help.h"

#include "contract/problems.h"
#include "scarce.h"

static void test_kept_in_order(void **state)
{
	struct problems problems = {0};

	(void)state;
	assert_true(problems_none(&problems));
	problems_add(&problems, "a.b", "is %d", 4);
	problems_add(&problems, "", "is nothing");
	assert_false(problems_none(&problems));
	assert_string_equal(lines_of(&problems), "a.b: is 4\n: is nothing");
	problems_release(&problems);
	assert_true(problems_none(&problems));
	problems_release(&problems);
	problems_release(NULL);
}

static void test_ceiling(void **state)
{
	struct problems problems = {0}, before;
	struct tocsin_error err;

	(void)state;
	for (int i = 0; i < PROBLEMS_CEILING; i++)
		problems_add(&problems, "x", "is %d", i);
	assert_int_equal(problems.count, PROBLEMS_CEILING);
	assert_int_equal(problems.more, 0);
	before = problems;
	for (int i = 0; i < 100000; i++)
		problems_add(&problems, "x", "is one too many");
	assert_int_equal(problems.count, PROBLEMS_CEILING);
	assert_int_equal(problems.more, 100000);
	assert_int_equal(problems.lost, 0);
	assert_int_equal(problems_since(&problems, &before), TOCSIN_INVALID);
	assert_int_equal(problems_fail(&problems, &err), TOCSIN_INVALID);
	assert_non_null(strstr(tocsin_error_at(&err, 0), "x: is 0; x: is 1; "));
	assert_non_null(strstr(tocsin_error_at(&err, 0), "; and 1001"));
	assert_non_null(strstr(tocsin_error_at(&err, 0), " more"));
	problems_release(&problems);
}

/* What is wrong may repeat what a stranger wrote, and goes to a terminal. */
static void test_text_is_made_plain(void **state)
{
	static const struct {
		const char *text;
		const char *kept;
	} cases[] = {
		{"plain", "plain"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"a\nb\tc\x1b[2Jd\x7f", "a b c [2Jd "},
		{"a\xc2\x9b"
		 "2Jb",
		 "a  2Jb"},
		{"a\xff"
		 "b\xc3",
		 "a?b?"},
		{"\xed\xa0\x80", "???"},
		{"\x80\x80", "??"},
		{"a\xc2\xa0\xc3\x80", "a\xc2\xa0\xc3\x80"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct problems problems = {0};

		problems_add(&problems, cases[i].text, "%s", cases[i].text);
		assert_string_equal(problems.items[0].path, cases[i].kept);
		assert_string_equal(problems.items[0].message, cases[i].kept);
		problems_release(&problems);
	}
}

/* One byte at a time around the ceilings, with characters of every length. */
static void test_long_text_is_cut(void **state)
{
	static const char *const characters[] = {"a", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x94\x94", "\xff", "\x80"};
	static char text[8192];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(characters); i++)
		for (size_t length = PROBLEM_PATH_CEILING - 10; length < PROBLEM_MESSAGE_CEILING + 10; length++) {
			const size_t size = strlen(characters[i]);
			struct problems problems = {0};
			const char *path, *message;
			size_t used = 0;

			for (; used + size <= length; used += size)
				memcpy(text + used, characters[i], size);
			text[used] = '\0';
			problems_add(&problems, text, "%s", text);
			path = problems.items[0].path;
			message = problems.items[0].message;
			assert_true(strlen(path) < PROBLEM_PATH_CEILING);
			assert_true(strlen(message) < PROBLEM_MESSAGE_CEILING);
			assert_true(text_is_utf8(path, strlen(path)));
			assert_true(text_is_utf8(message, strlen(message)));
			if (text_is_utf8(text, used)) { /* then nothing needed to be mended */
				assert_null(strchr(path, '?'));
				assert_null(strchr(message, '?'));
			}
			assert_int_equal(used >= PROBLEM_PATH_CEILING, strcmp(path + strlen(path) - 3, "...") == 0);
			assert_int_equal(used >= PROBLEM_MESSAGE_CEILING,
					 strcmp(message + strlen(message) - 3, "...") == 0);
			problems_release(&problems);
		}
}

static void test_since(void **state)
{
	struct problems problems = {0}, before;

	(void)state;
	problems_add(&problems, "x", "is wrong");
	before = problems;
	assert_int_equal(problems_since(&problems, &before), TOCSIN_OK);
	problems_add(&problems, "y", "is wrong");
	assert_int_equal(problems_since(&problems, &before), TOCSIN_INVALID);
	problems.lost++;
	assert_int_equal(problems_since(&problems, &before), TOCSIN_NO_MEMORY);
	before = problems;
	assert_int_equal(problems_since(&problems, &before), TOCSIN_OK);
	problems_release(&problems);
}

static void test_move(void **state)
{
	static const struct {
		const char *path;
		const char *rest;
		const char *whole;
	} cases[] = {
		{"", "", ""},
		{"", "a", "a"},
		{"r", "", "r"},
		{"r", "a", "r.a"},
		{"r", "[0]", "r[0]"},
		{"", "[0]", "[0]"},
		{"r.s", "a.b", "r.s.a.b"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct problems from = {0}, into = {0};

		problems_add(&from, cases[i].rest, "is 100%% wrong");
		from.more = 2;
		from.lost = 3;
		problems_move(&into, cases[i].path, &from);
		assert_true(problems_none(&from));
		assert_int_equal(into.count, 1);
		assert_int_equal(into.more, 2);
		assert_int_equal(into.lost, 3);
		assert_string_equal(into.items[0].path, cases[i].whole);
		assert_string_equal(into.items[0].message, "is 100% wrong");
		problems_release(&into);
	}
}

static void test_fail(void **state)
{
	struct problems problems = {0};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char long_text[2000];

	(void)state;
	assert_int_equal(problems_fail(&problems, &err), TOCSIN_OK);
	assert_int_equal(err.code, TOCSIN_OK);
	assert_int_equal(err.count, 0);
	problems.lost = 1;
	assert_int_equal(problems_fail(&problems, &err), TOCSIN_NO_MEMORY);
	problems.lost = 0;
	problems_add(&problems, "", "is no map");
	assert_int_equal(problems_fail(&problems, NULL), TOCSIN_INVALID);
	assert_int_equal(problems_fail(&problems, &err), TOCSIN_INVALID);
	assert_string_equal(tocsin_error_at(&err, 0), "is no map");
	problems_add(&problems, "a", "is %%s");
	assert_int_equal(problems_fail(&problems, &err), TOCSIN_INVALID);
	assert_string_equal(tocsin_error_at(&err, 0), "is no map; a: is %s");
	problems_release(&problems);

	/* A first sentence that alone is too long is cut, and the others are still counted. */
	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	problems_add(&problems, "", "%s", long_text);
	problems_add(&problems, "b", "is wrong");
	assert_int_equal(problems_fail(&problems, &err), TOCSIN_INVALID);
	assert_memory_equal(tocsin_error_at(&err, 0), "aaaa", 4);
	assert_non_null(strstr(tocsin_error_at(&err, 0), "; and 1 more"));
	problems_release(&problems);
}

/* Every number of problems fits, or is counted: nothing is dropped unsaid. */
static void test_fail_counts(void **state)
{
	struct problems problems = {0};

	(void)state;
	for (size_t total = 1; total <= PROBLEMS_CEILING; total++) {
		struct tocsin_error err;
		const char *text;
		size_t told = 1, more = 0;

		problems_add(&problems, "receivers.ops", "is wrong number %zu", total);
		assert_int_equal(problems_fail(&problems, &err), TOCSIN_INVALID);
		text = tocsin_error_at(&err, 0);
		for (const char *next = text; (next = strstr(next, "; receivers")); next++)
			told++;
		if (strstr(text, "; and "))
			assert_int_equal(sscanf(strstr(text, "; and "), "; and %zu more", &more), 1);
		assert_int_equal(told + more, total);
	}
	problems_release(&problems);
}

static void test_without_memory(void **state)
{
	size_t allowed = 0;
	bool refused;

	(void)state;
	do {
		struct problems problems = {0}, moved = {0};
		const size_t added = 20;

		scarce_begin(allowed++);
		for (size_t i = 0; i < added; i++)
			problems_add(&problems, "path", "is wrong");
		problems_move(&moved, "before", &problems);
		refused = scarce_end();
		assert_int_equal(moved.count + moved.lost, added);
		assert_int_equal(moved.lost, refused);
		problems_release(&problems);
		problems_release(&moved);
	} while (refused);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept_in_order),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_text_is_made_plain),
		cmocka_unit_test(test_long_text_is_cut),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_fail_counts),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

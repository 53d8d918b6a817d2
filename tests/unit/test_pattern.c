/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions: the whole text matches or none; what a stranger's expression may cost. */
#include "contract_help.h"

#include "base/clock.h"
#include "contract/pattern.h"
#include "scarce.h"

static void test_matches_whole_text(void **state)
{
	static const struct {
		const char *expression;
		const char *text;
		bool matches;
	} cases[] = {
		{"", "", true},
		{"", "a", false},
		{"a", "a", true},
		{"a", "ab", false},
		{"a", "ba", false},
		{"a", "A", false},
		{"(?i)a", "A", true},
		{"a|ab", "ab", true}, /* the first alternative that matches need not be the whole */
		{"a|b|", "", true},
		{"^a$", "a", true},
		{"a$", "a\n", false},
		{"a.*b", "a\nb", false},
		{"(?s)a.*b", "a\nb", true},
		{"[a-z]+@[a-z]+", "me@here", true},
		{".", "\xe2\x82\xac", true}, /* a character, not a byte */
		{"\\p{Lu}+", "\xc3\x9c", true},
		{"a{3}", "aaa", true},
		{"(a)\\1", "aa", true},
		{"\\Qa.b\\E", "a.b", true},
		{"a(*ACCEPT)b", "ab", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct pattern *pattern;
		bool matches = !cases[i].matches;

		if (pattern_new(cases[i].expression, PATTERN_OF_PLUGIN, &pattern, &err))
			fail_msg("%s: %s", cases[i].expression, tocsin_error_at(&err, 0));
		assert_int_equal(pattern_compare(pattern, cases[i].text, &matches, &err), TOCSIN_OK);
		if (matches != cases[i].matches || pattern_matches(pattern, cases[i].text) != cases[i].matches)
			fail_msg("%s on \"%s\" gave %d", cases[i].expression, cases[i].text, matches);
		pattern_free(pattern);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *expression;
		enum tocsin_code code;
		const char *reason;
	} cases[] = {
		{"(", TOCSIN_INVALID, "the expression is wrong at byte 2: missing closing parenthesis"},
		{"a)", TOCSIN_INVALID, "the expression is wrong at byte 2: unmatched closing parenthesis"},
		{"*", TOCSIN_INVALID,
		 "the expression is wrong at byte 1: quantifier does not follow a repeatable item"},
		{"[b-a]", TOCSIN_INVALID, "the expression is wrong at byte 4: range out of order in character class"},
		{"\\C", TOCSIN_INVALID, "the expression is wrong at byte 3: using \\C is disabled by the application"},
		{"\xff", TOCSIN_INVALID, NULL},
		{"((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))", TOCSIN_INVALID, NULL},
		{"((a{200}){200}){200}", TOCSIN_INVALID, NULL},
		{"((ab){60}){40}", TOCSIN_LIMIT, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct pattern *pattern = NULL;
		const enum tocsin_code code = pattern_new(cases[i].expression, PATTERN_OF_PLUGIN, &pattern, &err);

		if (code != cases[i].code)
			fail_msg("%s gave %s: %s", cases[i].expression, tocsin_code_name(code),
				 tocsin_error_at(&err, 0));
		if (cases[i].reason)
			assert_string_equal(tocsin_error_at(&err, 0), cases[i].reason);
		assert_null(pattern);
		assert_int_equal(pattern_new(cases[i].expression, PATTERN_OF_PLUGIN, &pattern, NULL), code);
	}
}

static void test_length(void **state)
{
	char expression[PATTERN_CEILING + 2];
	struct pattern *pattern = NULL;

	(void)state;
	memset(expression, 'a', sizeof(expression));
	expression[PATTERN_CEILING + 1] = '\0';
	assert_int_equal(pattern_new(expression, PATTERN_OF_PLUGIN, &pattern, NULL), TOCSIN_LIMIT);
	expression[PATTERN_CEILING] = '\0';
	assert_int_equal(pattern_new(expression, PATTERN_OF_PLUGIN, &pattern, NULL), TOCSIN_OK);
	pattern_free(pattern);
	pattern_free(NULL);
}

/* What an operator writes is trusted with more, and a dot is any character. */
static void test_of_an_operator(void **state)
{
	char expression[PATTERN_CEILING * 2];
	struct pattern *pattern = NULL;

	(void)state;
	memset(expression, 'a', sizeof(expression) - 1);
	expression[sizeof(expression) - 1] = '\0';
	assert_int_equal(pattern_new(expression, PATTERN_OF_OPERATOR, &pattern, NULL), TOCSIN_OK);
	assert_true(pattern_matches(pattern, expression));
	pattern_free(pattern);
	assert_int_equal(pattern_new("((ab){60}){40}", PATTERN_OF_OPERATOR, &pattern, NULL), TOCSIN_OK);
	pattern_free(pattern);
	assert_int_equal(pattern_new("a.b", PATTERN_OF_OPERATOR, &pattern, NULL), TOCSIN_OK);
	assert_true(pattern_matches(pattern, "a\nb"));
	pattern_free(pattern);
	assert_int_equal(pattern_new("(", PATTERN_OF_OPERATOR, &pattern, NULL), TOCSIN_INVALID);
}

/* Expressions that take exponential time elsewhere end soon, and say so. */
static void test_cost_is_bounded(void **state)
{
	static const char *const expressions[] = {"(a+)+b", "(a|aa)*b", "(.*)(.*)(.*)(.*)(.*)(.*)b", "(?:(?R)|a)+b"};
	static char text[100001];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	for (size_t i = 0; i < COUNT_OF(expressions); i++) {
		const int64_t start = clock_monotonic_ns();
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct pattern *pattern;
		bool matches = true;

		assert_int_equal(pattern_new(expressions[i], PATTERN_OF_PLUGIN, &pattern, &err), TOCSIN_OK);
		if (pattern_compare(pattern, text, &matches, &err) == TOCSIN_OK)
			fail_msg("%s came to an end", expressions[i]);
		assert_int_equal(err.code, TOCSIN_LIMIT);
		assert_non_null(strstr(tocsin_error_at(&err, 0), "comparing with the expression was given up: "));
		assert_false(pattern_matches(pattern, text));
		pattern_free(pattern);
		assert_true(clock_monotonic_ns() - start < 2000000000);
	}
}

static void test_without_memory(void **state)
{
	size_t allowed = 0;
	bool refused;

	(void)state;
	do {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct pattern *pattern = NULL;
		enum tocsin_code code;
		bool matches = false;

		scarce_begin(allowed++);
		code = pattern_new("(a|b)*c", PATTERN_OF_PLUGIN, &pattern, &err);
		if (!code)
			code = pattern_compare(pattern, "abbac", &matches, &err);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		assert_int_equal(err.code, code);
		assert_int_equal(matches, !refused);
		pattern_free(pattern);
	} while (refused);
	assert_true(allowed > 4);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches_whole_text),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_of_an_operator),
		cmocka_unit_test(test_cost_is_bounded),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

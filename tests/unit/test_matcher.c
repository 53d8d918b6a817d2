/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions on labels: what is one, what it matches, and what a label made to cost time costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "../host/fixtures.h"
#include "base/text.h"
#include "delivery/matcher.h"
#include "scarce.h"

static void test_reading(void **state)
{
	static const struct {
		const char *text;
		enum matcher_relation relation;
		const char *label, *value;
	} cases[] = {
		{"severity=critical", MATCH_EQUAL, "severity", "critical"},
		{"severity=\"critical\"", MATCH_EQUAL, "severity", "critical"},
		{"  severity  !=  \"critical\"  ", MATCH_NOT_EQUAL, "severity", "critical"},
		{"team=~\"db|infra\"", MATCH_EXPRESSION, "team", "db|infra"},
		{"team=~db|infra", MATCH_EXPRESSION, "team", "db|infra"},
		{"team!~\"db.*\"", MATCH_NOT_EXPRESSION, "team", "db.*"},
		{"a=\"\"", MATCH_EQUAL, "a", ""},
		{"a=~\"\"", MATCH_EXPRESSION, "a", ""},
		{"a=\"x y, {z}\"", MATCH_EQUAL, "a", "x y, {z}"},
		{"a=\"say \\\"hi\\\"\"", MATCH_EQUAL, "a", "say \"hi\""},
		{"a=\"one\\ntwo\"", MATCH_EQUAL, "a", "one\ntwo"},
		{"a=\"back\\\\slash\"", MATCH_EQUAL, "a", "back\\slash"},
		{"a=~\"\\d+\"", MATCH_EXPRESSION, "a", "\\d+"},
		{"a=~\"\\\\d+\"", MATCH_EXPRESSION, "a", "\\d+"},
		{"a=~\"x\\.y\"", MATCH_EXPRESSION, "a", "x\\.y"},
		{"job:rate=x", MATCH_EQUAL, "job:rate", "x"},
		{"k8s.io/app=x", MATCH_EQUAL, "k8s.io/app", "x"},
		{"\"with space\"=x", MATCH_EQUAL, "with space", "x"},
		{"a=\xc3\xa4\xc3\xb6", MATCH_EQUAL, "a", "\xc3\xa4\xc3\xb6"},
		{"a==", MATCH_EQUAL, NULL, NULL},
		{"a= =b", MATCH_EQUAL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct matcher matcher;
		const enum tocsin_code code = matcher_read(cases[i].text, &matcher, &err);

		if (!cases[i].label) {
			assert_failure(&err, code, TOCSIN_INVALID, NULL);
			continue;
		}
		assert_failure(&err, code, TOCSIN_OK, NULL);
		assert_int_equal(matcher.relation, cases[i].relation);
		assert_string_equal(matcher.label, cases[i].label);
		assert_string_equal(matcher.value, cases[i].value);
		matcher_release(&matcher);
	}
	matcher_release(NULL);
}

static void test_refusing(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "the condition is empty"},
		{"   ", "the condition is empty"},
		{"=x", "does not begin with a label's name"},
		{"\"\"=x", "does not begin with a label's name"},
		{"severity", "there is none of = != =~ !~"},
		{"severity critical", "there is none of = != =~ !~"},
		{"severity>3", "there is none of = != =~ !~"},
		{"severity=", "write \"\" for the empty text"},
		{"severity=~", "write \"\" for the empty text"},
		{"severity=a b", "put it in quotes"},
		{"severity=a,b", "put it in quotes"},
		{"severity='a'", "put it in quotes"},
		{"severity={a}", "put it in quotes"},
		{"severity=a\\b", "put it in quotes"},
		{"severity=\"a", "is not closed"},
		{"severity=\"a\\\"", "is not closed"},
		{"severity=\"a\\", "is not closed"},
		{"severity=\"a\" x", "goes on with"},
		{"severity=\"a\"\"b\"", "goes on with"},
		{"team=~\"(\"", "is wrong at byte 2"},
		{"team=~\"[a\"", "is wrong at byte"},
		{"team=~\"a\\C\"", "is wrong at byte"},
		{"team=~\"((((a{1000}){1000}){1000}){1000})\"", "is wrong at byte"},
		{"team=\"\xff\"", "not UTF-8"},
		{"{severity=\"critical\"}", "does not begin with a label's name"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct matcher matcher;

		assert_failure(&err, matcher_read(cases[i].text, &matcher, &err), TOCSIN_INVALID, cases[i].why);
	}
}

static void test_length(void **state)
{
	char text[MATCHER_CEILING + 8] = "a=";
	struct matcher matcher;

	(void)state;
	memset(text + 2, 'x', MATCHER_CEILING - 2);
	assert_int_equal(matcher_read(text, &matcher, NULL), TOCSIN_OK);
	matcher_release(&matcher);
	text[MATCHER_CEILING] = 'x';
	assert_int_equal(matcher_read(text, &matcher, NULL), TOCSIN_LIMIT);
}

static void test_matching(void **state)
{
	static const struct {
		const char *text, *labels;
		bool matches;
	} cases[] = {
		{"severity=critical", "{'severity': 'critical'}", true},
		{"severity=critical", "{'severity': 'Critical'}", false},
		{"severity=critical", "{'severity': 'critical '}", false},
		{"severity=critical", "{}", false},
		{"severity!=critical", "{'severity': 'critical'}", false},
		{"severity!=critical", "{'severity': 'warning'}", true},
		{"severity!=critical", "{}", true},
		{"severity=\"\"", "{}", true},
		{"severity!=\"\"", "{}", false},
		{"severity=\"\"", "{'severity': 'x'}", false},
		{"team=~\"db|infra\"", "{'team': 'db'}", true},
		{"team=~\"db|infra\"", "{'team': 'infra'}", true},
		{"team=~\"db|infra\"", "{'team': 'dbx'}", false},
		{"team=~\"db|infra\"", "{'team': 'xinfra'}", false},
		{"team=~\"d|db\"", "{'team': 'db'}", true},
		{"team=~\"^db$\"", "{'team': 'db'}", true},
		{"team=~\"db\"", "{'team': 'db\\n'}", false},
		{"team=~\"\"", "{}", true},
		{"team=~\".+\"", "{}", false},
		{"team=~\".*\"", "{'team': 'one\\ntwo'}", true},
		{"team!~\"db.*\"", "{'team': 'db1'}", false},
		{"team!~\"db.*\"", "{'team': 'web'}", true},
		{"team!~\"db.*\"", "{}", true},
		{"team=~\"(?i)DB\"", "{'team': 'db'}", true},
		{"name=~\"b.cher\"",
		 "{'name': 'b\xc3\xbc"
		 "cher'}",
		 true},
		{"a=~\"\\d{3}\"", "{'a': '123'}", true},
		{"a=~\"\\d{3}\"", "{'a': '12'}", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *labels = json_of(cases[i].labels);
		struct matcher matcher;

		assert_int_equal(matcher_read(cases[i].text, &matcher, NULL), TOCSIN_OK);
		if (matcher_ask(&matcher, labels) != (cases[i].matches ? MATCHER_YES : MATCHER_NO))
			fail_msg("%s on %s", cases[i].text, cases[i].labels);
		matcher_release(&matcher);
		json_decref(labels);
	}
}

/* An expression that backtracks without end on a label that a stranger chose. */
static void test_costly_label(void **state)
{
	static const struct {
		const char *text;
		size_t length; /* short: many steps; long: much memory */
	} cases[] = {
		{"a=~\"(x+x+)+[yz]\"", 30},   {"a=~\"(x+x+)+[yz]\"", 4000}, {"a!~\"(x+x+)+[yz]\"", 4000},
		{"a=~\"(x|xx)*[yz]\"", 4000}, {"a!~\"(x|xx)*[yz]\"", 40},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char label[4001];
		struct matcher matcher;
		json_t *labels;
		clock_t began;

		memset(label, 'x', cases[i].length);
		label[cases[i].length] = '\0';
		labels = json_pack("{s:s}", "a", label);
		assert_int_equal(matcher_read(cases[i].text, &matcher, NULL), TOCSIN_OK);
		began = clock();
		assert_int_equal(matcher_ask(&matcher, labels), MATCHER_UNDECIDED);
		assert_true((double)(clock() - began) / CLOCKS_PER_SEC < 0.03);
		matcher_release(&matcher);
		json_decref(labels);
	}
}

static void test_scarcity(void **state)
{
	json_t *labels = json_pack("{s:s}", "team", "db");
	size_t allowed = 0;
	bool refused;

	(void)state;
	do {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct matcher matcher;
		enum matcher_verdict verdict;
		enum tocsin_code code;

		scarce_begin(allowed++);
		code = matcher_read("team=~\"db|infra\"", &matcher, &err);
		verdict = code ? MATCHER_UNDECIDED : matcher_ask(&matcher, labels);
		refused = scarce_end();
		if (code)
			assert_int_equal(code, TOCSIN_NO_MEMORY);
		else
			matcher_release(&matcher);
		assert_int_equal(verdict, refused ? MATCHER_UNDECIDED : MATCHER_YES);
	} while (refused);
	assert_true(allowed > 4);
	json_decref(labels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reading),	 cmocka_unit_test(test_refusing),     cmocka_unit_test(test_length),
		cmocka_unit_test(test_matching), cmocka_unit_test(test_costly_label), cmocka_unit_test(test_scarcity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Routes: reading them with all that is wrong, and who is told of an event. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../host/fixtures.h"
#include "base/text.h"
#include "delivery/route.h"
#include "scarce.h"

/* The four routes that most tests ask. */
static const char examples[] =
	"[{'match': ['severity=critical', 'team=~db|infra'], 'receivers': ['oncall'], 'continue': 'true'},"
	" {'match': ['team=web'], 'receivers': ['web', 'oncall', 'web']},"
	" {'match': ['secret!=no', 'severity=none'], 'receivers': 'one, two'},"
	" {'receivers': ['console', 'hook']}]";

static void test_matching(void **state)
{
	static const struct {
		const char *labels, *expected;
	} cases[] = {
		{"{}", "[{'receiver':'console','route':3},{'receiver':'hook','route':3}]"},
		{"{'severity': 'critical', 'team': 'db'}",
		 "[{'receiver':'oncall','route':0},{'receiver':'console','route':3},{'receiver':'hook','route':3}]"},
		{"{'severity': 'warning', 'team': 'db'}",
		 "[{'receiver':'console','route':3},{'receiver':'hook','route':3}]"},
		{"{'team': 'web'}", "[{'receiver':'web','route':1},{'receiver':'oncall','route':1}]"},
		{"{'severity': 'none'}", "[{'receiver':'one','route':2},{'receiver':'two','route':2}]"},
		{"{'severity': 'none', 'secret': 'no'}",
		 "[{'receiver':'console','route':3},{'receiver':'hook','route':3}]"},
	};
	json_t *list = json_of(examples);
	struct problems problems = {0};
	struct routes routes;

	(void)state;
	assert_int_equal(routes_read(list, &routes, &problems), TOCSIN_OK);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *labels = json_of(cases[i].labels);
		json_t *receivers = routes_match(&routes, labels);

		assert_json(receivers, cases[i].expected);
		json_decref(receivers);
		json_decref(labels);
	}
	routes_release(&routes);
	json_decref(list);
}

static void test_no_routes(void **state)
{
	json_t *labels = json_of("{'a': 'b'}"), *receivers;
	struct problems problems = {0};
	struct routes routes;

	(void)state;
	assert_int_equal(routes_read(NULL, &routes, &problems), TOCSIN_OK);
	receivers = routes_match(&routes, labels);
	assert_json(receivers, "[]");
	json_decref(receivers);
	json_decref(labels);
	routes_release(&routes);
	routes_release(NULL);
}

/* A label that makes an expression cost too much leaves nobody out, and hides no later route. */
static void test_undecided(void **state)
{
	json_t *list = json_of("[{'match': ['a=~(x+x+)+[yz]'], 'receivers': ['first']},"
			       " {'match': ['b=1', 'a=~(x+x+)+[yz]'], 'receivers': ['second']},"
			       " {'receivers': ['first', 'third']}]");
	json_t *labels, *receivers;
	struct problems problems = {0};
	struct routes routes;
	char label[2000];

	(void)state;
	memset(label, 'x', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	labels = json_pack("{s:s}", "a", label);
	assert_int_equal(routes_read(list, &routes, &problems), TOCSIN_OK);
	receivers = routes_match(&routes, labels);
	assert_json(receivers, "[{'receiver':'first','route':0,'undecided':true},{'receiver':'third','route':2}]");
	json_decref(receivers);
	json_decref(labels);
	json_decref(list);
	routes_release(&routes);
}

static void test_problems(void **state)
{
	static const struct {
		const char *list;
		size_t count;
		const char *path, *message; /* of the last */
	} cases[] = {
		{"{}", 1, "routes", "is a map, a list is needed"},
		{"'x'", 1, "routes", "is text, a list is needed"},
		{"['x']", 1, "routes[0]", "is text, a map with match and receivers is needed"},
		{"[{}]", 1, "routes[0].receivers", "is missing: a route names at least one receiver"},
		{"[{'receivers': []}]", 1, "routes[0].receivers", "has 0 items, at least 1 is needed"},
		{"[{'receivers': {'a': 'b'}}]", 1, "routes[0].receivers", "is a map, a list is needed"},
		{"[{'receivers': ['a', ['b']]}]", 1, "routes[0].receivers[1]", "is a list, text is needed"},
		{"[{'receivers': ['a'], 'match': 'a=b'}]", 1, "routes[0].match",
		 "is text, a list such as ['severity=\"critical\"'] is needed"},
		{"[{'receivers': ['a'], 'match': [['a=b']]}]", 1, "routes[0].match[0]",
		 "is a list, text such as severity=\"critical\" is needed"},
		{"[{'receivers': ['a'], 'match': ['a=b', 'a']}]", 1, "routes[0].match[1]",
		 "a is no condition: behind the label's name there is none of = != =~ !~"},
		{"[{'receivers': ['a'], 'continue': 'perhaps'}]", 1, "routes[0].continue",
		 "\"perhaps\" is not true or false, yes or no, on or off, 1 or 0"},
		{"[{'receivers': ['a'], 'recievers': ['b']}]", 1, "routes[0].recievers",
		 "is no key of a route; did you mean receivers?"},
		{"[{'receivers': ['a'], 'x': 1}]", 1, "routes[0].x", "is no key of a route"},
		{"[{'receivers': ['a']}, {'match': ['a', '=', 'c=d'], 'matches': [], 'continue': 2}, {}]", 6,
		 "routes[2].receivers", "is missing: a route names at least one receiver"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *list = json_of(cases[i].list);
		struct problems problems = {0};
		struct routes routes;

		assert_int_equal(routes_read(list, &routes, &problems), TOCSIN_INVALID);
		assert_int_equal(problems.count, cases[i].count);
		assert_string_equal(problems.items[problems.count - 1].path, cases[i].path);
		assert_string_equal(problems.items[problems.count - 1].message, cases[i].message);
		routes_release(&routes);
		problems_release(&problems);
		json_decref(list);
	}
}

static void test_scarcity(void **state)
{
	json_t *list = json_of(examples), *labels = json_of("{'severity': 'critical', 'team': 'db'}");
	size_t allowed = 0;
	bool refused;

	(void)state;
	mem_use_for_json();
	do {
		struct problems problems = {0};
		struct routes routes = {0};
		json_t *receivers;
		enum tocsin_code code;

		scarce_begin(allowed++);
		code = routes_read(list, &routes, &problems);
		receivers = code ? NULL : routes_match(&routes, labels);
		refused = scarce_end();
		assert_true(code == TOCSIN_OK || code == TOCSIN_NO_MEMORY);
		if (!refused)
			assert_int_equal(json_array_size(receivers), 3);
		json_decref(receivers);
		routes_release(&routes);
		problems_release(&problems);
	} while (refused);
	assert_true(allowed > 20);
	json_decref(list);
	json_decref(labels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matching), cmocka_unit_test(test_no_routes), cmocka_unit_test(test_undecided),
		cmocka_unit_test(test_problems), cmocka_unit_test(test_scarcity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Switches: what is off, why, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../host/fixtures.h"
#include "base/clock.h"
#include "base/text.h"
#include "host/switches.h"
#include "scarce.h"

static int64_t noon(void)
{
	return 1700000000000;
}

static void test_switching(void **state)
{
	static const struct {
		const char *group, *plugin, *action;
		const char *why; /* NULL: on */
	} cases[] = {
		{"delivery", "webhook", NULL,
		 "delivery/webhook is switched off since 2023-11-14T22:13:20.000Z: it leaks"},
		{"delivery", "webhook", "deliver", "delivery/webhook is switched off"},
		{"delivery", "webhook", "", "delivery/webhook is switched off"},
		{"delivery", "pager", NULL, NULL},
		{"delivery", "pager", "deliver", NULL},
		{"delivery", "pager", "preview", "preview of delivery/pager is switched off since"},
		{"delivery", "webhooks", NULL, NULL},
		{"other", "webhook", "deliver", NULL},
		{"other", "pager", "preview", NULL},
	};
	struct switches switches = {0};

	(void)state;
	clock_use(noon);
	assert_int_equal(switches_check(&switches, "delivery", "webhook", NULL, NULL), TOCSIN_OK);
	assert_int_equal(switches_off(&switches, "delivery", "webhook", NULL, "it leaks", noon(), NULL), TOCSIN_OK);
	assert_int_equal(switches_off(&switches, "delivery", "pager", "preview", "it is slow", noon(), NULL),
			 TOCSIN_OK);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;

		assert_failure(&err, switches_check(&switches, cases[i].group, cases[i].plugin, cases[i].action, &err),
			       cases[i].why ? TOCSIN_DISABLED : TOCSIN_OK, cases[i].why);
	}
	switches_release(&switches);
	assert_int_equal(switches_check(&switches, "delivery", "webhook", NULL, NULL), TOCSIN_OK);
	switches_release(&switches);
	switches_release(NULL);
	clock_use(NULL);
}

static void test_ledger(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct switches switches = {0};
	json_t *list;

	(void)state;
	clock_use(noon);
	assert_int_equal(switches_off(&switches, "g", "a", NULL, "one", noon(), NULL), TOCSIN_OK);
	assert_int_equal(switches_off(&switches, "g", "a", "x", "two", noon(), NULL), TOCSIN_OK);
	assert_int_equal(switches_off(&switches, "g", "b", NULL, "three", noon(), NULL), TOCSIN_OK);
	assert_int_equal(switches_off(&switches, "g", "a", NULL, "four", noon(), NULL), TOCSIN_OK);
	list = switches_json(&switches);
	assert_json(list,
		    "[{'action':null,'group':'g','plugin_name':'a','reason':'four','since':'2023-11-14T22:13:20.000Z'},"
		    "{'action':'x','group':'g','plugin_name':'a','reason':'two','since':'2023-11-14T22:13:20.000Z'},"
		    "{'action':null,'group':'g','plugin_name':'b','reason':'three',"
		    "'since':'2023-11-14T22:13:20.000Z'}]");
	json_decref(list);
	/* The plugin and an action of it are two switches. */
	assert_int_equal(switches_on(&switches, "g", "a", NULL, &err), TOCSIN_OK);
	assert_failure(&err, switches_on(&switches, "g", "a", NULL, &err), TOCSIN_NOT_FOUND, "g/a is not switched off");
	assert_failure(&err, switches_on(&switches, "g", "a", "y", &err), TOCSIN_NOT_FOUND,
		       "g/a y is not switched off");
	assert_int_equal(switches_check(&switches, "g", "a", NULL, NULL), TOCSIN_OK);
	assert_int_equal(switches_check(&switches, "g", "a", "x", NULL), TOCSIN_DISABLED);
	assert_int_equal(switches_on(&switches, "g", "a", "x", &err), TOCSIN_OK);
	assert_int_equal(switches_on(&switches, "g", "b", NULL, &err), TOCSIN_OK);
	assert_int_equal(switches.count, 0);
	switches_release(&switches);
	clock_use(NULL);
}

static void test_actions(void **state)
{
	struct switches switches = {0};
	json_t *off = NULL;

	(void)state;
	clock_use(noon);
	assert_int_equal(switches_off(&switches, "g", "a", NULL, "one", noon(), NULL), TOCSIN_OK);
	assert_int_equal(switches_off(&switches, "g", "b", "x", "two", noon(), NULL), TOCSIN_OK);
	assert_int_equal(switches_actions(&switches, "g", "a", &off, NULL), TOCSIN_OK);
	assert_null(off);
	assert_int_equal(switches_off(&switches, "g", "a", "x", "three", noon(), NULL), TOCSIN_OK);
	assert_int_equal(switches_actions(&switches, "g", "a", &off, NULL), TOCSIN_OK);
	assert_json(off, "{'x':'x of g/a is switched off since 2023-11-14T22:13:20.000Z: three'}");
	json_decref(off);
	switches_release(&switches);
	clock_use(NULL);
}

/* A switch that a file sets is older than the command: its time is not known, and none is told. */
static void test_unknown_time(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct switches switches = {0};
	json_t *list, *off = NULL;

	(void)state;
	assert_int_equal(switches_off(&switches, "g", "a", NULL, "one", 0, NULL), TOCSIN_OK);
	assert_int_equal(switches_off(&switches, "g", "b", "x", "two", 0, NULL), TOCSIN_OK);
	assert_int_equal(switches_check(&switches, "g", "a", NULL, &err), TOCSIN_DISABLED);
	assert_string_equal(tocsin_error_at(&err, 0), "g/a is switched off: one");
	assert_int_equal(switches_actions(&switches, "g", "b", &off, NULL), TOCSIN_OK);
	assert_json(off, "{'x':'x of g/b is switched off: two'}");
	json_decref(off);
	list = switches_json(&switches);
	assert_json(list, "[{'action':null,'group':'g','plugin_name':'a','reason':'one','since':null},"
			  "{'action':'x','group':'g','plugin_name':'b','reason':'two','since':null}]");
	json_decref(list);
	switches_release(&switches);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *group, *plugin, *action, *reason, *why;
		enum tocsin_code code;
	} cases[] = {
		{NULL, "a", NULL, "why", "cannot be a group", TOCSIN_INVALID},
		{"", "a", NULL, "why", "cannot be a group", TOCSIN_INVALID},
		{"g", "", NULL, "why", "cannot be a plugin", TOCSIN_INVALID},
		{"g", "a b", NULL, "why", "cannot be a plugin", TOCSIN_INVALID},
		{"g", "a", "", "why", "cannot be an action", TOCSIN_INVALID},
		{"g", "a", NULL, NULL, "takes a reason", TOCSIN_INVALID},
		{"g", "a", NULL, "", "takes a reason", TOCSIN_INVALID},
		{"g", "a", NULL, "two\nlines", "one line", TOCSIN_INVALID},
		{"g", "a", NULL, "\xff", "one line of UTF-8", TOCSIN_INVALID},
	};
	char longest[SWITCH_REASON_CEILING + 2];
	struct switches switches = {0};
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_failure(&err,
			       switches_off(&switches, cases[i].group, cases[i].plugin, cases[i].action,
					    cases[i].reason, noon(), &err),
			       cases[i].code, cases[i].why);
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_failure(&err, switches_off(&switches, "g", "a", NULL, longest, noon(), &err), TOCSIN_LIMIT, "500 bytes");
	assert_int_equal(switches_off(&switches, "g", "a", NULL, longest + 1, noon(), &err), TOCSIN_OK);
	assert_int_equal(switches.count, 1);
	for (int i = 1; i < SWITCHES_CEILING; i++) {
		char name[16];

		snprintf(name, sizeof(name), "a%d", i);
		assert_int_equal(switches_off(&switches, "g", name, NULL, "why", noon(), NULL), TOCSIN_OK);
	}
	assert_failure(&err, switches_off(&switches, "g", "more", NULL, "why", noon(), &err), TOCSIN_LIMIT,
		       "1024 switches");
	assert_int_equal(switches_off(&switches, "g", "a7", NULL, "another reason", noon(), &err), TOCSIN_OK);
	switches_release(&switches);
}

static void test_without_memory(void **state)
{
	struct switches switches = {0};
	size_t allowed = 0;
	enum tocsin_code code;
	bool refused;

	(void)state;
	do {
		scarce_begin(allowed++);
		code = switches_off(&switches, "g", "a", "x", "why", noon(), NULL);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		assert_int_equal(switches.count, refused ? 0 : 1);
	} while (refused);
	allowed = 0;
	do {
		json_t *list, *off = NULL;

		scarce_begin(allowed++);
		list = switches_json(&switches);
		code = switches_actions(&switches, "g", "a", &off, NULL);
		refused = scarce_end();
		assert_true(refused == (!list || code == TOCSIN_NO_MEMORY));
		json_decref(list);
		json_decref(off);
	} while (refused);
	switches_release(&switches);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_switching), cmocka_unit_test(test_ledger),
		cmocka_unit_test(test_actions),	  cmocka_unit_test(test_unknown_time),
		cmocka_unit_test(test_refusals),  cmocka_unit_test(test_without_memory),
	};

	mem_use_for_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The history: its shape, its bound, what it does without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../host/fixtures.h"
#include "host/history.h"
#include "scarce.h"

static struct invocation good(const char *action)
{
	return (struct invocation){.wall_ms = 1700000000123,
				   .duration_ns = 1234567,
				   .action = action,
				   .arguments = json_of("{'a':1}"),
				   .result_type = "str"};
}

static void add(struct history *history, struct invocation invocation)
{
	history_add(history, &invocation);
	assert_null(invocation.arguments);
	assert_null(invocation.error);
}

static void test_shape(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct history history = {0};
	struct invocation bad = {.wall_ms = 0, .action = "deliver", .outcome = TOCSIN_TIMEOUT};
	json_t *all;

	(void)state;
	all = history_json(&history);
	assert_json(all, "[]");
	json_decref(all);
	tocsin_fail(&err, TOCSIN_TIMEOUT, "no answer");
	tocsin_wrap(&err, "calling %s", "deliver");
	bad.error = error_chain_json(&err);
	add(&history, good("preview"));
	add(&history, bad);
	all = history_json(&history);
	assert_json(all,
		    "[{'action':'preview','arguments':{'a':1},'duration_ms':1.234,'error':null,'outcome':'ok',"
		    "'result_type':'str','sequence':1,'time':'2023-11-14T22:13:20.123Z'},"
		    "{'action':'deliver','arguments':null,'duration_ms':0.0,'error':['calling deliver','no answer'],"
		    "'outcome':'timeout','result_type':null,'sequence':2,'time':'1970-01-01T00:00:00.000Z'}]");
	json_decref(all);
	history_release(&history);
	history_release(&history);
	history_release(NULL);
}

static void test_bound(void **state)
{
	struct history history = {0};
	json_t *all, *one;

	(void)state;
	for (int i = 0; i < 3 * HISTORY_CEILING + 7; i++)
		add(&history, good("deliver"));
	assert_int_equal(history.sequence, 307);
	assert_int_equal(history.lost, 0);
	all = history_json(&history);
	assert_int_equal(json_array_size(all), HISTORY_CEILING);
	for (size_t i = 0; i < HISTORY_CEILING; i++)
		assert_int_equal(json_integer_value(json_object_get(json_array_get(all, i), "sequence")), 208 + i);
	json_decref(all);
	assert_null(history_record_json(&history, 0));
	assert_null(history_record_json(&history, 207));
	assert_null(history_record_json(&history, 308));
	assert_null(history_record_json(&history, UINT64_MAX));
	one = history_record_json(&history, 208);
	assert_int_equal(json_integer_value(json_object_get(one, "sequence")), 208);
	json_decref(one);
	history_release(&history);
}

/* Arguments that are too large are not kept; the record is. */
static void test_large_arguments(void **state)
{
	static const struct {
		size_t bytes, values;
		bool kept;
	} cases[] = {
		{HISTORY_ARGUMENT_BYTES - 2, 0, true},
		{HISTORY_ARGUMENT_BYTES - 1, 0, false},
		{0, HISTORY_ARGUMENT_VALUES - 3, true},
		{0, HISTORY_ARGUMENT_VALUES - 2, false},
		{1000000, 100000, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct history history = {0};
		struct invocation large = good("deliver");
		json_t *list = json_array(), *record;
		char *text = mem_zero(cases[i].bytes + 1);

		memset(text, 'x', cases[i].bytes);
		for (size_t j = 0; j < cases[i].values; j++)
			json_array_append_new(list, json_true());
		json_decref(large.arguments);
		large.arguments = json_pack("{s:s, s:o}", "t", text, "l", list);
		add(&history, large);
		record = history_record_json(&history, 1);
		if (cases[i].kept)
			assert_int_equal(json_array_size(json_object_get(json_object_get(record, "arguments"), "l")),
					 cases[i].values);
		else
			assert_json(json_object_get(record, "arguments"), "{'...':'too large to keep'}");
		json_decref(record);
		history_release(&history);
		mem_free(text);
	}
}

static void test_off(void **state)
{
	struct history history = {.off = true};

	(void)state;
	add(&history, good("deliver"));
	assert_int_equal(history.sequence, 0);
	assert_null(history.ring);
	history.off = false;
	add(&history, good("deliver"));
	assert_int_equal(history.sequence, 1);
	history_release(&history);
}

static void test_sentences(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *list;

	(void)state;
	tocsin_fail(&err, TOCSIN_FAILED, "broken \xff\x1b[31m");
	tocsin_wrap(&err, "whole \xc3\xa4");
	list = error_chain_json(&err);
	assert_json(list, "['whole \xc3\xa4','broken ? [31m']");
	json_decref(list);
}

static void test_without_memory(void **state)
{
	struct history history = {0};
	size_t allowed = 0;
	bool refused;

	(void)state;
	scarce_begin(0);
	history_add(&history, &(struct invocation){.action = "deliver"});
	scarce_end();
	assert_int_equal(history.lost, 1);
	assert_int_equal(history.sequence, 0);
	add(&history, good("deliver"));
	assert_int_equal(history.sequence, 1);
	do {
		json_t *all;

		scarce_begin(allowed++);
		all = history_json(&history);
		refused = scarce_end();
		assert_true(!all == refused);
		json_decref(all);
	} while (refused);
	history_release(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shape),	  cmocka_unit_test(test_bound),
		cmocka_unit_test(test_off),	  cmocka_unit_test(test_large_arguments),
		cmocka_unit_test(test_sentences), cmocka_unit_test(test_without_memory),
	};

	mem_use_for_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

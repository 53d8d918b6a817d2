/* SPDX-License-Identifier: Apache-2.0 */
/* Overrides: stacking, ending in any order, the ledger, scopes, and what they must not reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../host/fixtures.h"
/* The plugin that is overridden. */
#define tocsin_plugin_table echo_table
#include "../host/echo.c"
#include "base/clock.h"
#include "base/text.h"
#include "host/overrides.h"
#include "scarce.h"

static struct registry registry;

static int64_t noon(void)
{
	return 1700000000000;
}

static void add_echo(void)
{
	struct plugin *plugin;

	assert_int_equal(plugin_compile(&echo_table, PLUGIN_LIVE, "echo.c", &plugin, NULL), TOCSIN_OK);
	assert_int_equal(registry_add(&registry, plugin, NULL), TOCSIN_OK);
	plugin_unref(plugin);
}

static int set_up(void **state)
{
	(void)state;
	clock_use(noon);
	add_echo();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	clock_use(NULL);
	registry_release(&registry);
	return 0;
}

static enum tocsin_code first(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			      struct tocsin_error *err)
{
	return nothing(settings, arguments, ret_result, err);
}

static enum tocsin_code second(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			       struct tocsin_error *err)
{
	return nothing(settings, arguments, ret_result, err);
}

static tocsin_run *in_force(const struct overrides *overrides, const char *action)
{
	const struct plugin *plugin = registry_find(&registry, "fixture", "echo", NULL);

	return overrides_run(overrides, plugin, plugin_find_action(plugin, action));
}

static struct tocsin_override *begin(struct overrides *overrides, const char *action, tocsin_run *run,
				     const char *owner)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_override *override = NULL;

	assert_failure(&err,
		       override_begin(overrides, &registry, "fixture", "echo", action, run, owner, &override, &err),
		       TOCSIN_OK, NULL);
	return override;
}

static void test_stacking(void **state)
{
	/* Which ends first, and what serves then and after both. */
	static const struct {
		bool newest_first;
		tocsin_run *between;
	} cases[] = {{true, first}, {false, second}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct overrides overrides = {0};
		struct tocsin_override *one, *two;

		assert_ptr_equal(in_force(&overrides, "say"), say);
		one = begin(&overrides, "say", first, "ann");
		assert_ptr_equal(in_force(&overrides, "say"), first);
		two = begin(&overrides, "say", second, "bob");
		assert_ptr_equal(in_force(&overrides, "say"), second);
		assert_ptr_equal(in_force(&overrides, "show"), show);
		override_end(cases[i].newest_first ? two : one);
		assert_ptr_equal(in_force(&overrides, "say"), cases[i].between);
		override_end(cases[i].newest_first ? one : two);
		assert_ptr_equal(in_force(&overrides, "say"), say);
		assert_null(overrides.newest);
		override_end(NULL);
	}
}

static void test_ledger(void **state)
{
	struct overrides overrides = {0};
	struct tocsin_override *one, *two, *three;
	json_t *list;

	(void)state;
	list = overrides_json(&overrides);
	assert_json(list, "[]");
	json_decref(list);
	one = begin(&overrides, "say", first, "ann");
	two = begin(&overrides, "show", first, "a test");
	three = begin(&overrides, "say", second, "bob");
	override_end(two);
	list = overrides_json(&overrides);
	assert_json(list, "[{'action':'say','group':'fixture','number':1,'owner':'ann','plugin_name':'echo',"
			  "'since':'2023-11-14T22:13:20.000Z'},"
			  "{'action':'say','group':'fixture','number':3,'owner':'bob','plugin_name':'echo',"
			  "'since':'2023-11-14T22:13:20.000Z'}]");
	json_decref(list);
	override_end(one);
	override_end(three);
}

static void test_marks(void **state)
{
	struct overrides overrides = {0};
	struct tocsin_override *before;
	uint64_t mark, inner;

	(void)state;
	before = begin(&overrides, "say", first, "before");
	mark = overrides_mark(&overrides);
	begin(&overrides, "say", second, "within");
	override_end(begin(&overrides, "show", second, "ended within"));
	inner = overrides_mark(&overrides);
	begin(&overrides, "show", first, "deeper");
	overrides_end_since(&overrides, inner);
	assert_ptr_equal(in_force(&overrides, "show"), show);
	assert_ptr_equal(in_force(&overrides, "say"), second);
	overrides_end_since(&overrides, mark);
	assert_ptr_equal(in_force(&overrides, "say"), first);
	overrides_end_since(&overrides, mark);
	override_end(before);
	/* One that began before the mark and ended after it leaves the others to be ended. */
	before = begin(&overrides, "say", first, "before");
	mark = overrides_mark(&overrides);
	begin(&overrides, "say", second, "within");
	override_end(before);
	overrides_end_since(&overrides, mark);
	assert_null(overrides.newest);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *group, *plugin, *action;
		tocsin_run *run;
		const char *owner;
		enum tocsin_code code;
		const char *why;
	} cases[] = {
		{"fixture", "echo", "saying", first, "ann", TOCSIN_NOT_FOUND, "no action"},
		{"fixture", "echo", "sya", first, "ann", TOCSIN_NOT_FOUND, "did you mean say?"},
		{"fixture", "ecko", "say", first, "ann", TOCSIN_NOT_FOUND, "echo"},
		{"libc", "echo", "printf", first, "ann", TOCSIN_NOT_FOUND, NULL},
		{"fixture", "echo", "say", NULL, "ann", TOCSIN_INVALID, "takes a function"},
		{"fixture", "echo", "say", first, NULL, TOCSIN_INVALID, "takes an owner"},
		{"fixture", "echo", "say", first, "", TOCSIN_INVALID, "takes an owner"},
		{"fixture", "echo", "say", first, "a\nb", TOCSIN_INVALID, "one line"},
		{"fixture", "echo", "say", first, "\xff", TOCSIN_INVALID, "UTF-8"},
	};
	struct tocsin_override *override = NULL;
	struct overrides overrides = {0};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char owner[OVERRIDE_OWNER_CEILING + 2];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_failure(&err,
			       override_begin(&overrides, &registry, cases[i].group, cases[i].plugin, cases[i].action,
					      cases[i].run, cases[i].owner, &override, &err),
			       cases[i].code, cases[i].why);
	memset(owner, 'x', sizeof(owner));
	owner[sizeof(owner) - 1] = '\0';
	assert_failure(&err,
		       override_begin(&overrides, &registry, "fixture", "echo", "say", first, owner, &override, &err),
		       TOCSIN_LIMIT, "200 bytes");
	assert_null(override);
	for (int i = 0; i < OVERRIDES_CEILING; i++)
		begin(&overrides, "say", first, owner + 1);
	assert_failure(&err,
		       override_begin(&overrides, &registry, "fixture", "echo", "say", first, "ann", &override, &err),
		       TOCSIN_LIMIT, "256 overrides");
	overrides_end_since(&overrides, 0);
}

/* A plugin of the same name that comes later may have other arguments: it is not overridden. */
static void test_another_plugin_of_the_name(void **state)
{
	struct overrides overrides = {0};
	struct tocsin_override *override = begin(&overrides, "say", first, "ann");

	(void)state;
	registry_reset(&registry, NULL);
	add_echo();
	assert_ptr_equal(in_force(&overrides, "say"), say);
	override_end(override);
}

static void test_without_memory(void **state)
{
	struct overrides overrides = {0};
	size_t allowed = 0;
	bool refused;

	(void)state;
	do {
		struct tocsin_override *override = NULL;
		enum tocsin_code code;

		scarce_begin(allowed++);
		code = override_begin(&overrides, &registry, "fixture", "echo", "say", first, "ann", &override, NULL);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		assert_true(refused == !overrides.newest);
	} while (refused);
	allowed = 0;
	do {
		json_t *list;

		scarce_begin(allowed++);
		list = overrides_json(&overrides);
		refused = scarce_end();
		assert_true(refused == !list);
		json_decref(list);
	} while (refused);
	overrides_end_since(&overrides, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_stacking, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ledger, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_marks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_another_plugin_of_the_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_memory, set_up, tear_down),
	};

	mem_use_for_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

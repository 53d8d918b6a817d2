/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation of the contract layer fails once, alone and with all that follow it. Each step then says
 * TOCSIN_NO_MEMORY and leaves what was there before; sanitizers see to it that nothing leaks or is used late.
 */
#include "contract_help.h"

#include <tocsin/tocsin.h>

#include "contract/manifest.h"
#include "contract/result.h"
#include "contract/values.h"
#include "scarce.h"

/* Memory that, once it has run out, does not come back. */
static bool nothing_after_the_first(void)
{
	return scarce_may_allocate() && !scarce_refused;
}

struct every {
	bool boolean;
	const char *string;
	const char *choice;
	const char *url;
	int64_t integer;
	double number;
	int64_t duration;
	int64_t size;
	struct tocsin_secret secret;
	const struct tocsin_list *list;
	const struct tocsin_map *map;
	const struct tocsin_value *object;
	const struct tocsin_value *objects;
};

static const struct tocsin_field fields[] = {
	TOCSIN_BOOLEAN(struct every, boolean, .preset = "yes", .description = "A."),
	TOCSIN_STRING(struct every, string, .preset = " a ", .pattern = "(a|b)*", .unit = "letters",
		      .description = "A."),
	TOCSIN_CHOICE(struct every, choice, .choices = TOCSIN_CHOICES("red", "green"), .preset = "red",
		      .description = "A."),
	TOCSIN_URL(struct every, url, .required = true, .description = "A."),
	TOCSIN_INTEGER(struct every, integer, .preset = "1", .minimum = "1", .maximum = "2", .description = "A."),
	TOCSIN_NUMBER(struct every, number, .preset = "1", .minimum = "1", .maximum = "2", .description = "A."),
	TOCSIN_DURATION(struct every, duration, .preset = "1s", .minimum = "1s", .maximum = "2s", .description = "A."),
	TOCSIN_SIZE(struct every, size, .preset = "1kB", .minimum = "1kB", .maximum = "1MB", .description = "A."),
	TOCSIN_SECRET(struct every, secret, .description = "A."),
	TOCSIN_TEXTS(struct every, list, .preset = "b,a", .description = "A."),
	TOCSIN_MAP(struct every, map, .preset = "b=1,a=2", .description = "A."),
};

static const struct tocsin_field parameters[] = {
	TOCSIN_STRING(struct every, string, .required = true, .description = "A."),
	TOCSIN_TEXTS(struct every, list, .preset = "a", .description = "A."),
	TOCSIN_MAP(struct every, map, .preset = "b=1,a=2", .description = "A."),
	TOCSIN_OBJECT(struct every, object, .preset = "", .description = "A."),
	TOCSIN_OBJECTS(struct every, objects, .preset = "", .description = "A."),
};

static enum tocsin_code run(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			    struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)ret_result;
	(void)err;
	return TOCSIN_OK;
}

static const struct tocsin_action actions[] = {
	{
		.name = "deliver",
		.summary = "A.",
		.run = run,
		.parameters = TOCSIN_LIST(parameters),
		.arguments_size = sizeof(struct every),
		.returns = TOCSIN_RETURNS_OBJECT,
	},
	{.name = "ping", .summary = "A.", .run = run},
};

static const char *const hosts[] = {"a.example.com", "b.example.com", NULL};

static const struct tocsin_plugin table = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "every",
	.version = "1",
	.doc = "A.",
	.fields = TOCSIN_LIST(fields),
	.actions = TOCSIN_LIST(actions),
	.hosts = hosts,
	.settings_size = sizeof(struct every),
};

/* A contract whose texts and values need more than one chunk of an arena. */
static char large_description[1500];
static const char *large_choices[201];
static char large_choice_texts[200][8];
static struct tocsin_field large_fields[] = {
	TOCSIN_CHOICE(struct every, choice, .choices = large_choices, .description = large_description),
	TOCSIN_TEXTS(struct every, list, .description = large_description),
	TOCSIN_MAP(struct every, map, .description = large_description),
};
static struct tocsin_plugin large = {
	.abi = TOCSIN_ABI,
	.group = "tests",
	.name = "large",
	.version = "1",
	.doc = large_description,
	.fields = TOCSIN_LIST(large_fields),
	.actions = TOCSIN_LIST(actions),
	.settings_size = sizeof(struct every),
};

/* What the steps work on; made before memory runs out. */
static struct plugin *plugin;
static struct plugin *large_plugin;
static json_t *large_settings;
static struct plugin *others[20];
static json_t *good_settings;
static json_t *bad_settings;
static json_t *good_arguments;
static json_t *checked_arguments;

static struct plugin *compile(const struct tocsin_plugin *from)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin *compiled;

	if (plugin_compile(from, PLUGIN_LIVE, "test", &compiled, &err))
		fail_msg("%s", tocsin_error_at(&err, 0));
	return compiled;
}

static int set_up(void **state)
{
	struct problems problems = {0};

	(void)state;
	mem_use_for_json();
	plugin = compile(&table);
	memset(large_description, 'a', sizeof(large_description) - 1);
	for (size_t i = 0; i < COUNT_OF(large_choice_texts); i++) {
		snprintf(large_choice_texts[i], sizeof(large_choice_texts[i]), "c%zu", i);
		large_choices[i] = large_choice_texts[i];
	}
	large_plugin = compile(&large);
	large_settings = json_of("{\"list\": [], \"map\": {}}");
	for (size_t i = 0; i < 1000; i++) {
		char key[8];

		snprintf(key, sizeof(key), "k%zu", i);
		json_array_append_new(json_object_get(large_settings, "list"), json_string(key));
		json_put(json_object_get(large_settings, "map"), key, json_string(key));
	}
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		struct tocsin_plugin other = table;
		char name[16];

		snprintf(name, sizeof(name), "other%zu", i);
		other.name = name;
		others[i] = compile(&other);
	}
	good_settings = json_of(
		"{\"boolean\": \" no \", \"string\": \" abab \", \"choice\": \"green \", \"url\": "
		"\"http://h\", \"integer\": \" 2 \", \"number\": \"1.5 \", \"duration\": \"1500ms \", "
		"\"size\": \"2kB \", \"secret\": \"env:KEY \", \"list\": \"a, b, c\", \"map\": {\"k\": \"v\"}}");
	bad_settings =
		json_of("{\"boolean\": \"x\", \"string\": \"c\", \"choice\": \"gren\", \"integer\": 0, \"number\": "
			"9, \"duration\": \"1h\", \"size\": [], \"secret\": 1, \"list\": [1, 2], \"map\": "
			"\"a,=b,c=1,c=2\", \"strin\": 1, \"zzz\": 2}");
	good_arguments = json_of("{\"string\": \" a \", \"list\": [\"a\", \"b\"], \"map\": \"a=1, b=2\", \"object\": "
				 "{\"k\": [1, {}]}, \"objects\": [{\"a\": 1}, {}]}");
	return values_check(plugin->actions[0].parameters, plugin->actions[0].parameter_count, good_arguments, "",
			    &checked_arguments, &problems) != TOCSIN_OK;
}

static int tear_down(void **state)
{
	(void)state;
	plugin_unref(plugin);
	plugin_unref(large_plugin);
	json_decref(large_settings);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		plugin_unref(others[i]);
	json_decref(good_settings);
	json_decref(bad_settings);
	json_decref(good_arguments);
	json_decref(checked_arguments);
	return 0;
}

/* ---- Steps: each does one thing, releases what it made, and says how it went ---- */

static enum tocsin_code compile_one(const struct tocsin_plugin *from, struct tocsin_error *err)
{
	struct plugin *compiled = NULL;
	const enum tocsin_code code = plugin_compile(from, PLUGIN_LIVE, "test", &compiled, err);

	assert_int_equal(code == TOCSIN_OK, compiled != NULL);
	plugin_unref(compiled);
	return code;
}

static enum tocsin_code compile_plugin(struct tocsin_error *err)
{
	return compile_one(&table, err);
}

static enum tocsin_code compile_large_plugin(struct tocsin_error *err)
{
	return compile_one(&large, err);
}

static enum tocsin_code widen_table(struct tocsin_error *err)
{
	struct arena arena = {0};
	struct tocsin_plugin native;
	const enum tocsin_code code = plugin_widen(&table, &arena, &native, err);

	arena_release(&arena);
	return code;
}

static enum tocsin_code register_plugins(struct tocsin_error *err)
{
	struct registry registry = {0};
	enum tocsin_code code = TOCSIN_OK;

	for (size_t i = 0; i < COUNT_OF(others) && !code; i++) {
		const size_t before = registry.count;

		code = registry_add(&registry, others[i], err);
		assert_int_equal(registry.count, before + !code);
		assert_int_equal(others[i]->references, code ? 1 : 2);
	}
	registry_release(&registry);
	return code;
}

/* What cannot be begun leaves the registry as it is. */
static enum tocsin_code open_scopes(struct tocsin_error *err)
{
	struct plugin *one[1] = {plugin};
	struct registry registry = {.plugins = one, .count = 1, .room = 1};
	struct registry_scope scope;
	const enum tocsin_code code = registry_scope_begin(&registry, &scope, err);

	assert_int_equal(registry.count, 1);
	if (!code) {
		assert_int_equal(scope.before.count, 1);
		registry_release(&scope.before);
	}
	assert_int_equal(plugin->references, 1);
	return code;
}

static enum tocsin_code check_values(const struct field *of, size_t count, const json_t *input, enum tocsin_code wanted,
				     struct tocsin_error *err)
{
	struct problems problems = {0};
	json_t *values = NULL;
	enum tocsin_code code = values_check(of, count, input, "receivers.test", &values, &problems);

	assert_int_equal(code == TOCSIN_OK, values != NULL);
	if (code)
		assert_true(problems_fail(&problems, err) != TOCSIN_OK);
	json_decref(values);
	problems_release(&problems);
	return code == wanted ? TOCSIN_OK : code;
}

static enum tocsin_code check_settings(struct tocsin_error *err)
{
	return check_values(plugin->fields, plugin->field_count, good_settings, TOCSIN_OK, err);
}

static enum tocsin_code check_bad_settings(struct tocsin_error *err)
{
	return check_values(plugin->fields, plugin->field_count, bad_settings, TOCSIN_INVALID, err);
}

static enum tocsin_code check_arguments(struct tocsin_error *err)
{
	return check_values(plugin->actions[0].parameters, plugin->actions[0].parameter_count, good_arguments,
			    TOCSIN_OK, err);
}

static enum tocsin_code bind_arguments(struct tocsin_error *err)
{
	const struct action *action = &plugin->actions[0];
	struct bound_values bound = {0};
	const enum tocsin_code code = values_bind(action->parameters, action->parameter_count, action->arguments_size,
						  checked_arguments, &bound, err);

	if (code)
		assert_null(bound.memory);
	bound_values_release(&bound);
	return code;
}

static enum tocsin_code bind_large_settings(struct tocsin_error *err)
{
	struct bound_values bound = {0};
	const enum tocsin_code code = values_bind(large_plugin->fields, large_plugin->field_count,
						  large_plugin->settings_size, large_settings, &bound, err);

	bound_values_release(&bound);
	return code;
}

static enum tocsin_code unbind_arguments(struct tocsin_error *err)
{
	static const char *const texts[] = {"a", "b"};
	static const struct tocsin_pair pairs[] = {{"a", "1"}, {"b", "2"}};
	static const struct tocsin_list list = {2, texts};
	static const struct tocsin_map map = {2, pairs};
	const struct every every = {
		.string = "a", .list = &list, .map = &map, .object = value_of_json(checked_arguments)};
	const struct action *action = &plugin->actions[0];
	json_t *values = NULL;
	const enum tocsin_code code = values_unbind(action->parameters, action->parameter_count, &every, &values, err);

	assert_int_equal(code == TOCSIN_OK, values != NULL);
	json_decref(values);
	return code;
}

/* NULL where there is no memory. */
static enum tocsin_code from_json(json_t *json, struct tocsin_error *err)
{
	if (!json)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory");
	json_decref(json);
	return TOCSIN_OK;
}

static enum tocsin_code from_text(char *text, struct tocsin_error *err)
{
	if (!text)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory");
	mem_free(text);
	return TOCSIN_OK;
}

static enum tocsin_code mask_settings(struct tocsin_error *err)
{
	return from_json(values_mask(plugin->fields, plugin->field_count, good_settings), err);
}

static enum tocsin_code make_manifest(struct tocsin_error *err)
{
	struct plugin *one[1] = {plugin};
	const struct registry registry = {.plugins = one, .count = 1, .room = 1};

	return from_json(registry_manifest(&registry, NULL), err);
}

static enum tocsin_code make_group_manifest(struct tocsin_error *err)
{
	struct plugin *one[1] = {plugin};
	const struct registry registry = {.plugins = one, .count = 1, .room = 1};

	return from_json(registry_manifest(&registry, "delivery"), err);
}

static enum tocsin_code make_field_manifest(struct tocsin_error *err)
{
	return from_json(field_manifest(&plugin->fields[1]), err);
}

static enum tocsin_code make_constructor(struct tocsin_error *err)
{
	return from_text(plugin_constructor(plugin), err);
}

static enum tocsin_code make_signature(struct tocsin_error *err)
{
	return from_text(action_signature(&plugin->actions[0]), err);
}

static enum tocsin_code finish(struct tocsin_result *result, enum tocsin_returns returns, struct tocsin_error *err)
{
	json_t *value = NULL;
	const enum tocsin_code code = result_take(result, returns, &value, err);

	json_decref(value);
	result_release(result);
	return code;
}

/* What was replaced is still written to, as an action may do. */
static enum tocsin_code build_object(struct tocsin_error *err)
{
	static const char *const texts[] = {"a", "b"};
	static const struct tocsin_pair pairs[] = {{"a", "1"}, {"b", "2"}};
	static const struct tocsin_list list = {2, texts};
	static const struct tocsin_map map = {2, pairs};
	struct tocsin_object *object, *old;
	struct tocsin_array *array;
	struct tocsin_result result;

	result_init(&result, NULL, NULL);
	object = tocsin_result_object(&result);
	tocsin_put_text(object, "text", tocsin_format(&result, "%s", "a"));
	tocsin_put_integer(object, "integer", 1);
	tocsin_put_number(object, "number", 0.5);
	tocsin_put_boolean(object, "boolean", true);
	tocsin_put_list(object, "list", &list);
	tocsin_put_map(object, "map", &map);
	tocsin_put_value(object, "value", value_of_json(good_arguments));
	old = tocsin_put_object(object, "object");
	tocsin_put_text(old, "a", "b");
	array = tocsin_put_array(object, "array");
	tocsin_add_text(array, tocsin_lower(&result, "A"));
	for (int i = 0; i < 20; i++) /* more than an array has room for at first */
		tocsin_add_integer(array, i);
	tocsin_put_text(tocsin_add_object(array), "a", tocsin_replace(&result, "a b", " ", "-"));
	tocsin_put_text(object, "object", tocsin_shorten(&result, "abc", 2));
	tocsin_put_text(old, "b", tocsin_upper(&result, "c"));
	return finish(&result, TOCSIN_RETURNS_OBJECT, err);
}

/* Text that needs more than one chunk of the arena. */
static enum tocsin_code build_text(struct tocsin_error *err)
{
	struct tocsin_result result;
	const char *text;

	result_init(&result, NULL, NULL);
	text = tocsin_format(&result, "%5000d", 1);
	text = tocsin_upper(&result, tocsin_replace(&result, text, " ", "--"));
	tocsin_put_text(tocsin_result_object(&result), "a", "b");
	tocsin_result_text(&result, tocsin_shorten(&result, text, 4000));
	return finish(&result, TOCSIN_RETURNS_TEXT, err);
}

static enum tocsin_code build_json(struct tocsin_error *err)
{
	struct tocsin_result result;

	result_init(&result, NULL, NULL);
	tocsin_result_json(&result, value_of_json(good_arguments));
	return finish(&result, TOCSIN_RETURNS_TEXT, err);
}

static enum tocsin_code build_outcome(struct tocsin_error *err)
{
	struct tocsin_result result;

	result_init(&result, NULL, NULL);
	tocsin_put_text(tocsin_result_outcome(&result, TOCSIN_OUTCOME_RETRY, "later"), "reference", "T-1");
	return finish(&result, TOCSIN_RETURNS_OBJECT, err);
}

static enum tocsin_code inner(void *host, const char *action, const void *arguments, json_t **ret_value,
			      struct tocsin_error *err)
{
	(void)host;
	(void)action;
	(void)arguments;
	*ret_value = json_string("inner");
	return *ret_value ? TOCSIN_OK : tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory");
}

static enum tocsin_code call_another(struct tocsin_error *err)
{
	const struct tocsin_value *value = NULL;
	struct tocsin_result result;
	enum tocsin_code code = TOCSIN_OK;

	result_init(&result, inner, NULL);
	for (int i = 0; i < 20 && !code; i++)
		code = tocsin_invoke(&result, "inner", NULL, &value, err);
	if (code) {
		result_release(&result);
		return code;
	}
	tocsin_result_text(&result, tocsin_text(value, NULL));
	return finish(&result, TOCSIN_RETURNS_TEXT, err);
}

/* ---- Failing ---- */

/* How many allocations the step made when it got them all. */
static size_t starve(enum tocsin_code (*step)(struct tocsin_error *err), const char *name, bool stays)
{
	size_t allowed = 0;
	bool refused;

	do {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		enum tocsin_code code;

		scarce_begin(allowed++);
		if (stays)
			mem_ask(nothing_after_the_first);
		code = step(&err);
		refused = scarce_end();
		if (code != (refused ? TOCSIN_NO_MEMORY : TOCSIN_OK))
			fail_msg("%s with %zu allocations gives %s: %s", name, allowed - 1, tocsin_code_name(code),
				 tocsin_error_at(&err, 0));
		if (refused)
			assert_non_null(tocsin_error_at(&err, 0));
	} while (refused);
	return allowed - 1;
}

static void test_every_allocation_fails(void **state)
{
	static const struct {
		enum tocsin_code (*step)(struct tocsin_error *err);
		const char *name;
		size_t least; /* allocations, so that the test cannot pass by doing nothing */
	} steps[] = {
		{compile_plugin, "compile_plugin", 40},
		{compile_large_plugin, "compile_large_plugin", 5},
		{widen_table, "widen_table", 1},
		{register_plugins, "register_plugins", 2},
		{open_scopes, "open_scopes", 1},
		{check_settings, "check_settings", 20},
		{check_bad_settings, "check_bad_settings", 20},
		{check_arguments, "check_arguments", 10},
		{bind_arguments, "bind_arguments", 1},
		{bind_large_settings, "bind_large_settings", 3},
		{unbind_arguments, "unbind_arguments", 5},
		{mask_settings, "mask_settings", 3},
		{make_manifest, "make_manifest", 100},
		{make_group_manifest, "make_group_manifest", 100},
		{make_field_manifest, "make_field_manifest", 10},
		{make_constructor, "make_constructor", 2},
		{make_signature, "make_signature", 1},
		{build_object, "build_object", 20},
		{build_text, "build_text", 5},
		{build_json, "build_json", 2},
		{build_outcome, "build_outcome", 5},
		{call_another, "call_another", 4},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		const size_t made = starve(steps[i].step, steps[i].name, false);

		if (made < steps[i].least)
			fail_msg("%s made only %zu allocations", steps[i].name, made);
		assert_int_equal(starve(steps[i].step, steps[i].name, true), made);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_allocation_fails),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

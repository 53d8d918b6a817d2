/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The delivered adapters in process: their contracts compile, they take hostile notifications, and no
 * allocation that fails makes them crash or leak. Compiled once per adapter, together with its source;
 * what a service makes of their requests is tested in tests/integration/test_adapters.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* cmocka wants the four above first. */
#include <cmocka.h>
#include <jansson.h>

#include "base/alloc.h"
#include "base/json.h"
#include "contract/registry.h"
#include "contract/result.h"
#include "contract/values.h"

extern const struct tocsin_plugin tocsin_plugin_table;

/* Settings that each adapter takes, and the same with everything that is optional. */
static const struct {
	const char *name;
	const char *settings[2];
} samples[] = {
	{"console", {"{}", "{\"prefix\": \"\", \"stream\": \"stderr\", \"uppercase_severity\": true}"}},
	{"pager",
	 {"{\"service\": \"checkout\", \"routing_key\": \"primary\"}",
	  "{\"service\": \"my shop\", \"routing_key\": \"primary\", \"deduplicate\": false,"
	  " \"endpoint\": \"https://pages.example.com/\"}"}},
	{"pagerduty",
	 {"{\"routing_key\": \"0123456789abcdef0123456789abcdef\"}",
	  "{\"routing_key\": \"0123456789abcdef0123456789abcdef\", \"region\": \"eu\", \"source\": \"shop\","
	  " \"endpoint\": \"https://proxy.example.com/\"}"}},
	{"slack",
	 {"{\"path\": \"services/T0/B0/x1\"}",
	  "{\"path\": \"services/T0/B0/x1\", \"base\": \"https://hooks.slack-gov.com\"}"}},
	{"telegram",
	 {"{\"token\": \"1:abc\", \"chat_id\": \"-100200\"}",
	  "{\"token\": \"1:abc\", \"chat_id\": \"@channel\", \"topic\": 7, \"base\": \"https://bots.example.com\"}"}},
	{"webhook",
	 {"{\"endpoint\": \"https://hooks.example.com/\"}",
	  "{\"endpoint\": \"https://hooks.example.com/\", \"timeout_seconds\": 60, \"redact_summary\": true,"
	  " \"headers\": {\"X-Team\": \"db\"}, \"signing_secret\": \"s3cret\", \"bearer_token\": \"t0ken\"}"}},
};

struct run {
	struct plugin *plugin;
	struct bound_values settings;
	struct bound_values arguments;
	const struct action *action;
};

static struct plugin *compile(void)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin *plugin = NULL;
	char line[TOCSIN_ERROR_ROOM];

	if (plugin_compile(&tocsin_plugin_table, PLUGIN_LIVE, "test", &plugin, &err))
		fail_msg("%s", tocsin_error_line(&err, line, sizeof(line)));
	return plugin;
}

static json_t *settings_of(const struct plugin *plugin, size_t variant)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (strcmp(samples[i].name, plugin->name) == 0)
			return json_loads(samples[i].settings[variant], 0, NULL);
	fail_msg("no sample settings for %s", plugin->name);
	return NULL;
}

/* `input` is taken over; members that are no parameter are left out, as the host does. */
static struct bound_values bind(const struct field *fields, size_t count, uint32_t size, json_t *input)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct problems problems = {0};
	struct bound_values bound;
	json_t *known = json_object(), *values;

	for (size_t i = 0; i < count; i++)
		if (json_object_get(input, fields[i].name))
			json_object_set(known, fields[i].name, json_object_get(input, fields[i].name));
	json_decref(input);
	if (values_check(fields, count, known, "", &values, &problems))
		fail_msg("%s: %s", problems.items[0].path, problems.items[0].message);
	assert_int_equal(values_bind(fields, count, size, values, &bound, &err), TOCSIN_OK);
	json_decref(values);
	json_decref(known);
	return bound;
}

static struct run run_begin(struct plugin *plugin, size_t variant, const char *action, json_t *arguments)
{
	struct run run = {.plugin = plugin, .action = plugin_find_action(plugin, action)};

	assert_non_null(run.action);
	run.settings = bind(plugin->fields, plugin->field_count, plugin->settings_size, settings_of(plugin, variant));
	run.arguments =
		bind(run.action->parameters, run.action->parameter_count, run.action->arguments_size, arguments);
	return run;
}

static void run_end(struct run *run)
{
	bound_values_release(&run->settings);
	bound_values_release(&run->arguments);
}

static enum tocsin_code run_action(void *data, const char *action, const void *arguments, json_t **ret_value,
				   struct tocsin_error *err)
{
	const struct run *run = data;
	const struct action *found = plugin_find_action(run->plugin, action);
	struct tocsin_result result;
	enum tocsin_code code;

	assert_non_null(found);
	result_init(&result, run_action, data);
	code = found->run(run->settings.memory, arguments, &result, err);
	if (!code)
		code = result_take(&result, found->returns, ret_value, err);
	result_release(&result);
	return code;
}

static enum tocsin_code run_once(struct run *run, json_t **ret_value, struct tocsin_error *err)
{
	return run_action(run, run->action->name, run->arguments.memory, ret_value, err);
}

/* `count` repetitions of `text`. */
static json_t *repeated(const char *text, size_t count)
{
	const size_t length = strlen(text);
	char *memory = mem_alloc(length * count + 1);
	json_t *json;

	for (size_t i = 0; i < count; i++)
		memcpy(memory + i * length, text, length);
	json = json_stringn(memory, length * count);
	mem_free(memory);
	return json;
}

/* A notification made of `text` in every place, `count` times where it is long, with 100 of everything. */
static json_t *hostile(const char *text, size_t count, const char *status)
{
	json_t *map = json_object(), *incidents = json_array(), *notification, *incident;
	char key[32];

	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "k%d&<>\"*|", i);
		json_put(map, key, repeated(text, 20));
	}
	incident = json_pack("{s:s, s:s, s:O, s:O}", "title", text, "summary", text, "labels", map, "annotations", map);
	for (int i = 0; i < 3; i++)
		json_array_append(incidents, incident);
	json_decref(incident);
	notification =
		json_pack("{s:o, s:s, s:o, s:s, s:O, s:O, s:O, s:s, s:o, s:s, s:o, s:i, s:s, s:s}", "title",
			  repeated(text, count), "severity", text, "summary", repeated(text, count), "status", status,
			  "labels", map, "annotations", map, "links", map, "dedup_key", "key", "id", repeated(text, 10),
			  "reference", text, "incidents", incidents, "count", 3, "started_at", text, "ended_at", text);
	json_decref(map);
	assert_non_null(notification);
	return notification;
}

static const char *const texts[] = {
	"",
	"a",
	"\x01\x02\x1b[2J\x7f",
	"\"'`\\{}[]<>&|*_~",
	"&lt;script&gt;",
	"%s%n%d",
	"\xf0\x9f\x94\xa5", /* outside the basic plane */
	"\xe2\x80\xae\xd7\xa9\xd7\x9c\xd9\x85\xe0\xa4\x95", /* right to left, and an override */
	"e\xcc\x81\n\r\t",
};

static void contract_is_good(void **state)
{
	static const char *const first[] = {"title", "severity", "summary"};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin *plugin = compile();
	struct registry registry = {0};

	(void)state;
	assert_int_equal(registry_add(&registry, plugin, &err), TOCSIN_OK);
	assert_string_equal(plugin->group, "delivery");
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(plugin_find_action(plugin, "deliver")->parameters[i].name, first[i]);
	registry_release(&registry);
	plugin_unref(plugin);
}

static void takes_hostile_notifications(void **state)
{
	static const char *const statuses[] = {"firing", "acknowledged", "resolved", ""};
	struct plugin *plugin = compile();

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t j = 0; j < 4 * 2; j++) {
			struct tocsin_error err = TOCSIN_ERROR_INIT;
			const size_t count = *texts[i] ? 100000 / strlen(texts[i]) : 0;
			struct run run = run_begin(plugin, j % 2, "deliver", hostile(texts[i], count, statuses[j / 2]));
			json_t *value = NULL;
			char line[TOCSIN_ERROR_ROOM];

			if (run_once(&run, &value, &err))
				fail_msg("text %zu, %s: %s", i, statuses[j / 2],
					 tocsin_error_line(&err, line, sizeof(line)));
			json_decref(value);
			run_end(&run);
		}
	plugin_unref(plugin);
}

/* Which allocation fails, counted down; negative: none. */
static int allocations_left;

static bool may_allocate(void)
{
	return allocations_left < 0 || allocations_left-- > 0;
}

static void survives_want_of_memory(void **state)
{
	struct plugin *plugin = compile();

	(void)state;
	for (size_t a = 0; a < plugin->action_count; a++) {
		json_t *arguments = hostile("<&\"x", 30, "firing");
		struct run run;
		enum tocsin_code code = TOCSIN_NO_MEMORY;
		int failures = 0;

		json_object_set_new(
			arguments, "response",
			json_loads("{\"status\": 400, \"body\": \"no\", \"headers\": {},"
				   " \"json\": {\"ok\": false, \"description\": \"no\", \"errors\": [\"a\"],"
				   " \"parameters\": {\"migrate_to_chat_id\": 5, \"retry_after\": 3}}}",
				   0, NULL));
		run = run_begin(plugin, 1, plugin->actions[a].name, arguments);
		for (; code; failures++) {
			struct tocsin_error err = TOCSIN_ERROR_INIT;
			json_t *value = NULL;

			allocations_left = failures;
			mem_ask(may_allocate);
			code = run_once(&run, &value, &err);
			mem_ask(NULL);
			assert_true(code == TOCSIN_OK || code == TOCSIN_NO_MEMORY);
			json_decref(value);
		}
		assert_true(failures > 2);
		run_end(&run);
	}
	plugin_unref(plugin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_is_good),
		cmocka_unit_test(takes_hostile_notifications),
		cmocka_unit_test(survives_want_of_memory),
	};

	mem_use_for_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

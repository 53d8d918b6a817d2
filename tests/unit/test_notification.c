/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications: attributes, ids, what an action is passed, size, memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <tocsin/tocsin.h>

#include "base/json.h"
#include "base/text.h"
#include "contract/values.h"
#include "incident/dialect.h"
#include "incident/notification.h"
#include "scarce.h"

/* ---- A plugin that reads every attribute ---- */

struct everything {
	const char *title, *severity, *summary, *status, *dedup_key, *id, *reference, *started_at, *ended_at;
	const struct tocsin_map *labels, *annotations, *links;
	const struct tocsin_value *incidents;
	int64_t count;
};

static const struct tocsin_field everything_parameters[] = {
	TOCSIN_ATTRIBUTE(struct everything, title),	  TOCSIN_ATTRIBUTE(struct everything, severity),
	TOCSIN_ATTRIBUTE(struct everything, summary),	  TOCSIN_ATTRIBUTE(struct everything, status),
	TOCSIN_ATTRIBUTE(struct everything, dedup_key),	  TOCSIN_ATTRIBUTE(struct everything, id),
	TOCSIN_ATTRIBUTE(struct everything, reference),	  TOCSIN_ATTRIBUTE(struct everything, started_at),
	TOCSIN_ATTRIBUTE(struct everything, ended_at),	  TOCSIN_ATTRIBUTE(struct everything, labels),
	TOCSIN_ATTRIBUTE(struct everything, annotations), TOCSIN_ATTRIBUTE(struct everything, links),
	TOCSIN_ATTRIBUTE(struct everything, incidents),	  TOCSIN_ATTRIBUTE(struct everything, count),
};

struct little {
	const char *summary;
	int64_t retries;
};

static const struct tocsin_field little_parameters[] = {
	TOCSIN_ATTRIBUTE(struct little, summary),
	TOCSIN_INTEGER(struct little, retries, .preset = "3", .description = "No attribute."),
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
		.summary = "Read everything.",
		.run = run,
		.parameters = TOCSIN_LIST(everything_parameters),
		.arguments_size = sizeof(struct everything),
	},
	{
		.name = "little",
		.summary = "Read little.",
		.run = run,
		.parameters = TOCSIN_LIST(little_parameters),
		.arguments_size = sizeof(struct little),
	},
};

static const struct tocsin_plugin table = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "reader",
	.version = "1.0.0",
	.doc = "Reads what there is.",
	.actions = TOCSIN_LIST(actions),
};

static struct plugin *compiled(void)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin *plugin = NULL;

	if (plugin_compile(&table, PLUGIN_LIVE, "a test", &plugin, &err))
		fail_msg("%s", tocsin_error_at(&err, 0));
	return plugin;
}

static const struct action *action_of(const struct plugin *plugin, const char *name)
{
	for (size_t i = 0; i < plugin->action_count; i++)
		if (strcmp(plugin->actions[i].name, name) == 0)
			return &plugin->actions[i];
	fail_msg("no action %s", name);
	return NULL;
}

/* ---- Events ---- */

static struct event event_of(const char *text)
{
	const struct json_limits limits = {.bytes = DIALECT_BYTES_CEILING, .depth = DIALECT_DEPTH_CEILING};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct problems problems = {0};
	struct events events = {0};
	struct event event;
	json_t *payload = NULL;

	if (json_read(text, strlen(text), &limits, &payload, &err) ||
	    dialect_read(DIALECT_NATIVE, payload, &events, &problems, &err))
		fail_msg("%s", tocsin_error_at(&err, 0));
	event = events.items[0];
	mem_free(events.items);
	json_decref(payload);
	return event;
}

#define WHOLE                                                                                                          \
	"{\"title\": \"t\", \"severity\": \"error\", \"summary\": \"s\", \"status\": \"resolved\", "                   \
	"\"dedup_key\": \"k\", \"labels\": {\"a\": \"b\"}, \"annotations\": {\"c\": \"d\"}, "                          \
	"\"links\": {\"e\": \"http://f\"}, \"started_at\": \"2026-01-31T12:00:00Z\", "                                 \
	"\"ended_at\": \"2026-01-31T12:30:00.25Z\"}"

static void test_members(void **state)
{
	struct event event = event_of(WHOLE);
	json_t *notification = NULL;
	char *text;

	(void)state;
	assert_int_equal(notification_of_event(&event, "ops", &notification, NULL), TOCSIN_OK);
	event_release(&event); /* the notification stands on its own */
	text = json_text(notification, JSON_STYLE_LINE);
	assert_string_equal(
		text,
		"{\"annotations\": {\"c\": \"d\"}, \"count\": 1, \"dedup_key\": \"k\", "
		"\"ended_at\": \"2026-01-31T12:30:00.250Z\", \"id\": \"lf6watjxpccvtjgqxcrmxghukw\", \"incidents\": "
		"[{\"annotations\": {\"c\": \"d\"}, \"dedup_key\": \"k\", \"ended_at\": \"2026-01-31T12:30:00.250Z\", "
		"\"labels\": {\"a\": \"b\"}, \"links\": {\"e\": \"http://f\"}, \"severity\": \"error\", "
		"\"started_at\": \"2026-01-31T12:00:00.000Z\", \"status\": \"resolved\", \"summary\": \"s\", "
		"\"title\": \"t\"}], \"labels\": {\"a\": \"b\"}, \"links\": {\"e\": \"http://f\"}, "
		"\"reference\": \"\", \"severity\": \"error\", \"started_at\": \"2026-01-31T12:00:00.000Z\", "
		"\"status\": \"resolved\", \"summary\": \"s\", \"title\": \"t\"}");
	mem_free(text);
	json_decref(notification);
	event = event_of("{\"title\": \"t\"}");
	assert_int_equal(notification_of_event(&event, "ops", &notification, NULL), TOCSIN_OK);
	assert_string_equal(json_get_text(notification, "started_at", "none"), "");
	assert_string_equal(json_get_text(notification, "ended_at", "none"), "");
	json_decref(notification);
	event_release(&event);
}

static void id_of(const char *text, const char *receiver, char ret_id[32])
{
	struct event event = event_of(text);
	json_t *notification = NULL;

	assert_int_equal(notification_of_event(&event, receiver, &notification, NULL), TOCSIN_OK);
	strcpy(ret_id, json_get_text(notification, "id", ""));
	assert_int_equal(strlen(ret_id), 26);
	assert_int_equal(strspn(ret_id, "abcdefghijklmnopqrstuvwxyz234567"), 26);
	json_decref(notification);
	event_release(&event);
}

static void test_ids(void **state)
{
	static const char *const same[][2] = {
		{"{\"title\": \"t\", \"dedup_key\": \"k\", \"started_at\": \"2026-01-31T12:00:00Z\"}", "r"},
		{"{\"title\": \"u\", \"dedup_key\": \"k\", \"started_at\": \"2026-01-31T13:00:00+01:00\", "
		 "\"severity\": \"error\", \"summary\": \"v\", \"labels\": {\"a\": \"b\"}, "
		 "\"annotations\": {\"c\": \"d\"}, \"links\": {\"e\": \"http://f\"}}",
		 "r"},
	};
	static const char *const different[][2] = {
		{"{\"title\": \"t\", \"dedup_key\": \"k\", \"started_at\": \"2026-01-31T12:00:00Z\"}", "r"},
		{"{\"title\": \"t\", \"dedup_key\": \"k\", \"started_at\": \"2026-01-31T12:00:00Z\"}", "s"},
		{"{\"title\": \"t\", \"dedup_key\": \"kr\", \"started_at\": \"2026-01-31T12:00:00Z\"}", ""},
		{"{\"title\": \"t\", \"dedup_key\": \"l\", \"started_at\": \"2026-01-31T12:00:00Z\"}", "r"},
		{"{\"title\": \"t\", \"dedup_key\": \"k\", \"started_at\": \"2026-01-31T12:00:00.001Z\"}", "r"},
		{"{\"title\": \"t\", \"dedup_key\": \"k\"}", "r"},
		{"{\"title\": \"t\", \"dedup_key\": \"k\", \"started_at\": \"2026-01-31T12:00:00Z\", "
		 "\"status\": \"resolved\"}",
		 "r"},
		{"{\"title\": \"t\", \"dedup_key\": \"k\", \"started_at\": \"2026-01-31T12:00:00Z\", "
		 "\"status\": \"acknowledged\"}",
		 "r"},
	};
	char ids[COUNT_OF(different)][32], first[32], again[32];

	(void)state;
	id_of(same[0][0], same[0][1], first);
	id_of(same[1][0], same[1][1], again);
	assert_string_equal(first, again);
	for (size_t i = 0; i < COUNT_OF(different); i++) {
		id_of(different[i][0], different[i][1], ids[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(ids[i], ids[j]);
	}
}

/* The public header's attributes are those of a notification, one for one. */
static void test_header(void **state)
{
	static const char mark[] = "#define TOCSIN_ATTRIBUTE_";
	json_t *notification = notification_example();
	char path[512], line[512];
	size_t found = 0;
	FILE *header;

	(void)state;
	assert_non_null(notification);
	snprintf(path, sizeof(path), "%.*s../../include/tocsin/notification.h",
		 (int)(strlen(__FILE__) - strlen("test_notification.c")), __FILE__);
	header = fopen(path, "r");
	if (!header)
		fail_msg("cannot open %s", path);
	while (fgets(line, sizeof(line), header)) {
		char *name = line + strlen(mark);

		if (!text_starts_with(line, mark) || *name < 'a' || *name > 'z')
			continue;
		name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")] = '\0';
		if (!json_object_get(notification, name))
			fail_msg("a notification has no %s", name);
		found++;
	}
	fclose(header);
	assert_int_equal(found, json_object_size(notification));
	json_decref(notification);
}

/* Every attribute has the kind that its parameter declares: nothing is wrong with them, nor left out. */
static void test_arguments(void **state)
{
	struct plugin *plugin = compiled();
	const struct action *deliver = action_of(plugin, "deliver"), *little = action_of(plugin, "little");
	json_t *notification = notification_example(), *arguments, *values = NULL;
	struct problems problems = {0};
	struct bound_values bound;
	const struct everything *all;

	(void)state;
	assert_non_null(notification);
	assert_int_equal(json_object_set_new(notification, "retries", json_integer(7)), 0);
	arguments = notification_arguments(notification, deliver);
	assert_int_equal(json_object_size(arguments), COUNT_OF(everything_parameters));
	if (values_check(deliver->parameters, deliver->parameter_count, arguments, "", &values, &problems))
		fail_msg("%s: %s", problems.items[0].path, problems.items[0].message);
	assert_int_equal(values_bind(deliver->parameters, deliver->parameter_count, deliver->arguments_size, values,
				     &bound, NULL),
			 TOCSIN_OK);
	all = bound.memory;
	assert_string_equal(all->title, "Disk almost full on db-3");
	assert_string_equal(all->status, "firing");
	assert_int_equal(all->count, 1);
	assert_string_equal(tocsin_map_get(all->labels, "team", ""), "database");
	assert_int_equal(tocsin_count(all->incidents), 1);
	assert_string_equal(tocsin_text(tocsin_get(tocsin_at(all->incidents, 0), "dedup_key"), ""), all->dedup_key);
	bound_values_release(&bound);
	json_decref(values);
	json_decref(arguments);

	/* What is no attribute is left to its default, even where the notification has a member of that name. */
	arguments = notification_arguments(notification, little);
	assert_int_equal(json_object_size(arguments), 1);
	assert_string_equal(json_get_text(arguments, "summary", ""), json_get_text(notification, "summary", "none"));
	json_decref(arguments);
	arguments = notification_arguments(json_object_get(notification, "count"), deliver);
	assert_int_equal(json_object_size(arguments), 0);
	json_decref(arguments);
	assert_true(action_reads_status(deliver));
	assert_false(action_reads_status(little));
	json_decref(notification);
	plugin_unref(plugin);
}

/* The largest event that is let in, and every attribute of it, is below what a worker may be sent. */
static void test_size(void **state)
{
	struct plugin *plugin = compiled();
	json_t *payload = json_pack("{s:s, s:{}, s:s}", "title", "x", "annotations", "dedup_key", "k");
	json_t *annotations = json_object_get(payload, "annotations"), *notification = NULL, *arguments;
	struct problems problems = {0};
	struct events events = {0};
	char value[13000], *text;

	(void)state;
	memset(value, '"', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (size_t i = 0; i < 15; i++) {
		char key[24];

		snprintf(key, sizeof(key), "k%zu", i);
		json_put(annotations, key, json_string(value));
	}
	assert_int_equal(dialect_read(DIALECT_NATIVE, payload, &events, &problems, NULL), TOCSIN_OK);
	assert_int_equal(notification_of_event(&events.items[0], "r", &notification, NULL), TOCSIN_OK);
	arguments = notification_arguments(notification, action_of(plugin, "deliver"));
	text = json_text(arguments, JSON_STYLE_LINE);
	assert_true(strlen(text) > 700 * 1024);
	assert_true(strlen(text) < 1000 * 1024);
	mem_free(text);
	json_decref(arguments);
	json_decref(notification);
	events_release(&events);
	json_decref(payload);
	plugin_unref(plugin);
}

static void test_no_memory(void **state)
{
	struct plugin *plugin = compiled();
	struct event event = event_of(WHOLE);
	json_t *example = notification_example();
	bool refused = true;

	(void)state;
	for (size_t allowed = 0; refused; allowed++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		json_t *notification = NULL;
		enum tocsin_code code;

		scarce_begin(allowed);
		code = notification_of_event(&event, "ops", &notification, &err);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		assert_int_equal(notification == NULL, refused);
		json_decref(notification);
	}
	refused = true;
	for (size_t allowed = 0; refused; allowed++) {
		json_t *arguments;

		scarce_begin(allowed);
		arguments = notification_arguments(example, action_of(plugin, "deliver"));
		refused = scarce_end();
		assert_int_equal(arguments == NULL, refused);
		json_decref(arguments);
	}
	refused = true;
	for (size_t allowed = 0; refused; allowed++) {
		json_t *notification;

		scarce_begin(allowed);
		notification = notification_example();
		refused = scarce_end();
		assert_int_equal(notification == NULL, refused);
		json_decref(notification);
	}
	json_decref(example);
	event_release(&event);
	plugin_unref(plugin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),	  cmocka_unit_test(test_ids),  cmocka_unit_test(test_header),
		cmocka_unit_test(test_arguments), cmocka_unit_test(test_size), cmocka_unit_test(test_no_memory),
	};

	mem_use_for_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

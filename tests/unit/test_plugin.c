/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables compiled into contracts: what a good one becomes, that hostile ones are refused with everything that
 * is wrong, that tables of other shapes are read, and what may not be looked up is named with its nearest.
 */
#include "contract_help.h"

#include <stdlib.h>

static enum tocsin_code run(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			    struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)ret_result;
	(void)err;
	return TOCSIN_OK;
}

struct settings {
	const char *endpoint;
	int64_t timeout_seconds;
	bool quiet;
};

struct arguments {
	const char *title;
};

static const struct tocsin_field good_fields[] = {
	TOCSIN_URL(struct settings, endpoint, .required = true, .description = "Where."),
	TOCSIN_INTEGER(struct settings, timeout_seconds, .preset = "5", .description = "When."),
	TOCSIN_BOOLEAN(struct settings, quiet, .preset = "false", .description = "How."),
};

static const struct tocsin_field good_parameters[] = {
	TOCSIN_STRING(struct arguments, title, .required = true, .description = "What."),
};

static const struct tocsin_action good_actions[] = {
	{
		.name = "deliver",
		.summary = "Send.",
		.run = run,
		.parameters = TOCSIN_LIST(good_parameters),
		.arguments_size = sizeof(struct arguments),
		.returns = TOCSIN_RETURNS_OBJECT,
	},
	{.name = "ping", .summary = "Do nothing.", .run = run},
};

static const char *const good_hosts[] = {"events.example.com", "127.0.0.1", NULL};

static const struct tocsin_plugin good = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "web_hook-2",
	.version = "1.0.0",
	.doc = "Post.",
	.fields = TOCSIN_LIST(good_fields),
	.actions = TOCSIN_LIST(good_actions),
	.hosts = good_hosts,
	.settings_size = sizeof(struct settings),
	.tier = TOCSIN_TIER_UNCONFINED,
	.idempotent = true,
};

/* What compiling says: "" for success, else the cause. */
static const char *compile(const struct tocsin_plugin *table, struct plugin **ret_plugin)
{
	static char text[TOCSIN_ERROR_ROOM];
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin *plugin = NULL;
	const enum tocsin_code code = plugin_compile(table, PLUGIN_LIVE, "/plugins/a.so", &plugin, &err);

	assert_int_equal(code == TOCSIN_OK, plugin != NULL);
	if (ret_plugin)
		*ret_plugin = plugin;
	else
		plugin_unref(plugin);
	if (!code)
		return "";
	assert_int_equal(code, TOCSIN_INVALID);
	assert_string_equal(tocsin_error_at(&err, 1), "the contract of /plugins/a.so");
	snprintf(text, sizeof(text), "%s", tocsin_error_at(&err, 0));
	return text;
}

static void test_good_table(void **state)
{
	struct plugin *plugin;

	(void)state;
	assert_string_equal(compile(&good, &plugin), "");
	assert_string_equal(plugin->group, "delivery");
	assert_string_equal(plugin->name, "web_hook-2");
	assert_string_equal(plugin->version, "1.0.0");
	assert_string_equal(plugin->doc, "Post.");
	assert_string_equal(plugin->language, "c");
	assert_string_equal(plugin->origin, "/plugins/a.so");
	assert_int_equal(plugin->api_version, 1);
	assert_int_equal(plugin->tier, TOCSIN_TIER_UNCONFINED);
	assert_true(plugin->idempotent);
	assert_int_equal(plugin->host_count, 2);
	assert_string_equal(plugin->hosts[1], "127.0.0.1");
	assert_int_equal(plugin->field_count, 3);
	assert_int_equal(plugin->fields[1].offset, offsetof(struct settings, timeout_seconds));
	assert_int_equal(plugin->settings_size, sizeof(struct settings));
	assert_int_equal(plugin->action_count, 2);
	assert_ptr_equal(plugin->actions[0].run, run);
	assert_int_equal(plugin->actions[0].returns, TOCSIN_RETURNS_OBJECT);
	assert_int_equal(plugin->actions[0].arguments_size, sizeof(struct arguments));
	assert_int_equal(plugin->actions[0].parameter_count, 1);
	assert_int_equal(plugin->actions[1].parameter_count, 0);
	assert_int_equal(plugin->references, 1);
	assert_ptr_equal(plugin_ref(plugin), plugin);
	plugin_unref(plugin);
	assert_string_equal(plugin->name, "web_hook-2");
	plugin_unref(plugin);
	plugin_unref(NULL);
	assert_null(plugin_ref(NULL));
}

/* A contract that was read has nothing to call, but still must say that there is something. */
static void test_read_table_has_nothing_to_call(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin *plugin;

	(void)state;
	assert_int_equal(plugin_compile(&good, PLUGIN_READ, "a.so", &plugin, &err), TOCSIN_OK);
	assert_null(plugin->actions[0].run);
	assert_null(plugin->actions[1].run);
	plugin_unref(plugin);
}

/* The smallest plugin there is: no fields, no actions. */
static void test_empty_table(void **state)
{
	static const struct tocsin_plugin table = {
		.abi = TOCSIN_ABI, .group = "tests", .name = "empty", .version = "1", .doc = "Nothing."};
	struct plugin *plugin;

	(void)state;
	assert_string_equal(compile(&table, &plugin), "");
	assert_int_equal(plugin->field_count + plugin->action_count + plugin->host_count, 0);
	plugin_unref(plugin);
}

/* ---- Hostile tables: each is the good one with one thing changed ---- */

static void test_head(void **state)
{
	static const struct {
		const char *text;
		const char *fault; /* behind "group: " and "name: " */
	} names[] = {
		{NULL, "is missing"},
		{"", "is missing"},
		{"Delivery", "\"Delivery\" has upper case letters"},
		{"deliverY", "\"deliverY\" has upper case letters"},
		{"a/b", "\"a/b\" is not of 1 to 64 lower case letters, digits, '_' and '-', a letter or '_' first"},
		{"../a", "\"../a\" is not of 1 to 64 lower case letters, digits, '_' and '-', a letter or '_' first"},
		{"4a", "\"4a\" is not of 1 to 64 lower case letters, digits, '_' and '-', a letter or '_' first"},
		{"a\n", "is not UTF-8, or holds a control character such as a line break"},
		{"\xff", "is not UTF-8, or holds a control character such as a line break"},
	};
	char expected[512];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct tocsin_plugin table = good;

		table.group = names[i].text;
		snprintf(expected, sizeof(expected), "group: %s", names[i].fault);
		assert_string_equal(compile(&table, NULL), expected);
		table = good;
		table.name = names[i].text;
		snprintf(expected, sizeof(expected), "name: %s", names[i].fault);
		assert_string_equal(compile(&table, NULL), expected);
	}
}

#define CHANGED(fault, ...)                                                                                            \
	do {                                                                                                           \
		struct tocsin_plugin table = good;                                                                     \
		__VA_ARGS__;                                                                                           \
		assert_string_equal(compile(&table, NULL), fault);                                                     \
	} while (0)

static void test_members(void **state)
{
	static const char *const bad_hosts[][2] = {
		{"Example.com"}, {"example.com:80"}, {"*.example.com"}, {".example.com"}, {"example.com."}, {"a..b"},
		{"a b"},	 {"b\xc3\xbc"},	     {"http://a"},
	};
	static const char *hosts[PLUGIN_HOSTS_CEILING + 2];
	static char long_host[300];
	const char *one_host[2] = {long_host};

	(void)state;
	CHANGED("abi: is number 2 with 96 bytes, number 1 with 96 is needed", table.abi.number = 2);
	CHANGED("abi: is number 1 with 88 bytes, number 1 with 96 is needed", table.abi.size = 88);
	CHANGED("version: is missing", table.version = NULL);
	CHANGED("doc: is missing", table.doc = "");
	CHANGED("doc: is not UTF-8, or holds a control character such as a line break", table.doc = "a\tb");
	CHANGED("tier: is a number that no tier has", table.tier = 2);
	CHANGED("reserved: is not zero", memset(table.reserved, 1, sizeof(table.reserved)));
	CHANGED("idempotent: is neither true nor false", memset(&table.idempotent, 2, 1));
	for (size_t i = 0; i < COUNT_OF(bad_hosts); i++) {
		char fault[128];

		snprintf(fault, sizeof(fault), "hosts: \"%s\" is not a host name in lower case", bad_hosts[i][0]);
		CHANGED(fault, table.hosts = bad_hosts[i]);
	}
	CHANGED("hosts: is missing", table.hosts = (const char *const[]){"", NULL});
	memset(long_host, 'a', sizeof(long_host) - 1);
	CHANGED("hosts: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is not a host name in "
		"lower "
		"case",
		table.hosts = one_host);
	long_host[254] = '\0';
	CHANGED("hosts: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is not a host name in "
		"lower "
		"case",
		table.hosts = one_host);
	long_host[253] = '\0';
	CHANGED("", table.hosts = one_host);
	for (size_t i = 0; i < PLUGIN_HOSTS_CEILING; i++)
		hosts[i] = "a";
	CHANGED("", table.hosts = hosts);
	hosts[PLUGIN_HOSTS_CEILING] = "a";
	CHANGED("hosts: are more than 64", table.hosts = hosts);
	hosts[PLUGIN_HOSTS_CEILING] = NULL;
	CHANGED("", table.hosts = NULL);
}

static void test_tables_of_rows(void **state)
{
	struct tocsin_field *fields = calloc(PLUGIN_FIELDS_CEILING + 1, sizeof(*fields));
	struct tocsin_action *actions = calloc(PLUGIN_ACTIONS_CEILING + 1, sizeof(*actions));
	char(*names)[8] = calloc(PLUGIN_FIELDS_CEILING + 1, sizeof(*names));

	(void)state;
	for (size_t i = 0; i < PLUGIN_FIELDS_CEILING + 1; i++) {
		snprintf(names[i], sizeof(names[i]), "f%zu", i);
		fields[i] = (struct tocsin_field){.name = names[i],
						  .description = "One of many.",
						  .kind = TOCSIN_KIND_BOOLEAN,
						  .offset = (uint32_t)i};
	}
	for (size_t i = 0; i < PLUGIN_ACTIONS_CEILING + 1; i++)
		actions[i] = (struct tocsin_action){.name = names[i], .summary = "One of many.", .run = run};
	CHANGED("fields: are no table: 3 rows of 72 bytes", table.fields.stride = 72);
	CHANGED("fields: are no table: 3 rows of 0 bytes", table.fields.stride = 0);
	CHANGED("fields: are no table: 3 rows of 80 bytes", table.fields.items = NULL);
	CHANGED("fields: are no table: 4294967295 rows of 80 bytes", table.fields.items = NULL;
		table.fields.count = UINT32_MAX);
	CHANGED("fields: are in a struct of 65537 bytes, at most 65536 are allowed",
		table.settings_size = PLUGIN_STRUCTURE_CEILING + 1);
	CHANGED("actions: are no table: 2 rows of 40 bytes", table.actions.stride = 40);
	CHANGED("actions: are no table: 2 rows of 48 bytes", table.actions.items = NULL);
	CHANGED("fields: are more than 256, or more than 1024 in the whole plugin",
		table.fields = ((struct tocsin_fields){fields, PLUGIN_FIELDS_CEILING + 1, sizeof(*fields)});
		table.settings_size = 1024);
	CHANGED("", table.fields = ((struct tocsin_fields){fields, PLUGIN_FIELDS_CEILING, sizeof(*fields)});
		table.settings_size = 1024);
	CHANGED("actions: are more than 64",
		table.actions = ((struct tocsin_actions){actions, PLUGIN_ACTIONS_CEILING + 1, sizeof(*actions)}));
	CHANGED("", table.actions = ((struct tocsin_actions){actions, PLUGIN_ACTIONS_CEILING, sizeof(*actions)}));
	for (size_t i = 0; i < 5; i++) {
		actions[i].parameters = (struct tocsin_fields){fields, PLUGIN_FIELDS_CEILING, sizeof(*fields)};
		actions[i].arguments_size = PLUGIN_FIELDS_CEILING;
	}
	CHANGED("actions.f4.parameters: are more than 256, or more than 1024 in the whole plugin",
		table.fields = (struct tocsin_fields){0};
		table.actions = ((struct tocsin_actions){actions, 5, sizeof(*actions)}));
	CHANGED("", table.fields = (struct tocsin_fields){0};
		table.actions = ((struct tocsin_actions){actions, 4, sizeof(*actions)}));
	free(fields);
	free(actions);
	free(names);
}

/* A settings struct of 24 bytes; "" where the two members may stand together. */
static void test_places_of_two(void **state)
{
	static const struct {
		uint32_t kinds[2];
		uint32_t offsets[2];
		const char *fault;
	} cases[] = {
		{{TOCSIN_KIND_STRING, TOCSIN_KIND_STRING}, {0, 8}, ""},
		{{TOCSIN_KIND_STRING, TOCSIN_KIND_STRING}, {8, 8}, "fields.b: has bytes of the struct that are a's"},
		{{TOCSIN_KIND_STRING, TOCSIN_KIND_INTEGER}, {16, 16}, "fields.b: has bytes of the struct that are a's"},
		{{TOCSIN_KIND_STRING, TOCSIN_KIND_BOOLEAN}, {8, 15}, "fields.b: has bytes of the struct that are a's"},
		{{TOCSIN_KIND_STRING, TOCSIN_KIND_BOOLEAN}, {8, 16}, ""},
		{{TOCSIN_KIND_BOOLEAN, TOCSIN_KIND_STRING}, {8, 8}, "fields.b: has bytes of the struct that are a's"},
		{{TOCSIN_KIND_BOOLEAN, TOCSIN_KIND_STRING}, {7, 8}, ""},
		{{TOCSIN_KIND_BOOLEAN, TOCSIN_KIND_BOOLEAN}, {0, 0}, "fields.b: has bytes of the struct that are a's"},
		{{TOCSIN_KIND_STRING, TOCSIN_KIND_STRING},
		 {0, 24},
		 "fields.b.offset: 24 is outside of the struct, which has 24 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_field rows[2] = {
			{.name = "a", .description = "A.", .kind = cases[i].kinds[0], .offset = cases[i].offsets[0]},
			{.name = "b", .description = "B.", .kind = cases[i].kinds[1], .offset = cases[i].offsets[1]},
		};

		CHANGED(cases[i].fault, table.fields = ((struct tocsin_fields)TOCSIN_LIST(rows));
			table.settings_size = 24);
	}
}

static void test_duplicates(void **state)
{
	static const struct tocsin_field twice[] = {
		TOCSIN_URL(struct settings, endpoint, .description = "Where."),
		TOCSIN_INTEGER(struct settings, timeout_seconds, .description = "When."),
		{.name = "endpoint", .description = "Again.", .kind = TOCSIN_KIND_BOOLEAN, .offset = 16},
	};
	static const struct tocsin_action again[] = {
		{.name = "go", .summary = "One.", .run = run},
		{.name = "go", .summary = "Two.", .run = run},
	};

	(void)state;
	CHANGED("fields.endpoint: stands twice", table.fields = ((struct tocsin_fields)TOCSIN_LIST(twice)));
	CHANGED("actions: go stands twice", table.actions = ((struct tocsin_actions)TOCSIN_LIST(again)));
}

static void test_actions(void **state)
{
	static const struct {
		struct tocsin_action row;
		const char *fault;
	} cases[] = {
		{{.summary = "A.", .run = run}, "actions[0].name: is missing"},
		{{.name = "Go", .summary = "A.", .run = run}, "actions.Go.name: \"Go\" has upper case letters"},
		{{.name = "a b", .summary = "A.", .run = run},
		 "actions[0].name: \"a b\" is not of 1 to 64 lower case letters, digits, '_' and '-', a letter or '_' "
		 "first"},
		{{.name = "go", .run = run}, "actions.go.summary: is missing"},
		{{.name = "go", .summary = "A."}, "actions.go: has no function to run"},
		{{.name = "go", .summary = "A.", .run = run, .returns = 3},
		 "actions.go: returns a number that no kind of result has"},
		{{.name = "go",
		  .summary = "A.",
		  .run = run,
		  .parameters = {good_parameters, 1, sizeof(struct tocsin_field)}},
		 "actions.go.parameters.title.offset: 0 is outside of the struct, which has 0 bytes"},
		{{.name = "go",
		  .summary = "A.",
		  .run = run,
		  .parameters = {good_parameters, 1, 81},
		  .arguments_size = 8},
		 "actions.go.parameters: are no table: 1 rows of 81 bytes"},
		{{.run = NULL, .returns = 9},
		 "actions[0].name: is missing; actions[0].summary: is missing; actions[0]: has no function to run; "
		 "actions[0]: returns a number that no kind of result has"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHANGED(cases[i].fault,
			table.actions = ((struct tocsin_actions){&cases[i].row, 1, sizeof(cases[i].row)}));
}

/* So wrong that not everything can be said: the rest is counted, and it is not taken for want of memory. */
static void test_everything_wrong(void **state)
{
	struct tocsin_field *fields = calloc(PLUGIN_FIELDS_CEILING, sizeof(*fields));
	struct tocsin_plugin table = {.fields = {fields, PLUGIN_FIELDS_CEILING, sizeof(*fields)}};
	const char *fault;

	(void)state;
	memset(fields, 0xff, PLUGIN_FIELDS_CEILING * sizeof(*fields));
	for (size_t i = 0; i < PLUGIN_FIELDS_CEILING; i++)
		fields[i].name = fields[i].description = fields[i].preset = fields[i].minimum = fields[i].maximum =
			fields[i].pattern = fields[i].unit = NULL,
		fields[i].choices = NULL;
	fault = compile(&table, NULL);
	assert_memory_equal(fault, "abi: is number 0 with 0 bytes, number 1 with 96 is needed; group: is missing; ",
			    60);
	assert_non_null(strstr(fault, "; and 12"));
	assert_non_null(strstr(fault, " more"));
	free(fields);
}

/* What a stranger's table may cost: shared texts and patterns are copied for each row, so their sum is bounded. */
static void test_shared_texts_do_not_multiply(void **state)
{
	static char text[PLUGIN_TEXT_CEILING + 1];
	static const char *choices[PLUGIN_CHOICES_CEILING + 1];
	static char names[PLUGIN_FIELDS_CEILING][8];
	static struct tocsin_field fields[PLUGIN_FIELDS_CEILING];
	struct tocsin_action actions[4];
	struct tocsin_plugin table = good;
	const char *fault;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	for (size_t i = 0; i < PLUGIN_CHOICES_CEILING; i++)
		choices[i] = text;
	for (size_t i = 0; i < PLUGIN_FIELDS_CEILING; i++) {
		snprintf(names[i], sizeof(names[i]), "f%zu", i);
		fields[i] = (struct tocsin_field){.name = names[i],
						  .description = text,
						  .kind = TOCSIN_KIND_CHOICE,
						  .choices = choices,
						  .offset = (uint32_t)i * 8};
	}
	for (size_t i = 0; i < COUNT_OF(actions); i++)
		actions[i] = (struct tocsin_action){.name = names[i],
						    .summary = text,
						    .run = run,
						    .parameters = TOCSIN_LIST(fields),
						    .arguments_size = sizeof(fields)};
	table.fields = (struct tocsin_fields){0};
	table.actions = (struct tocsin_actions)TOCSIN_LIST(actions);
	fault = compile(&table, NULL);
	assert_non_null(strstr(fault, "actions.f0.parameters.f0.choices: one stands twice"));
	assert_non_null(strstr(fault, " more"));
}

/* ---- Other shapes ---- */

/* A table whose rows are longer than ours, as a later version would make it. */
struct longer_field {
	struct tocsin_field field;
	uint64_t more[2];
};

struct longer_action {
	struct tocsin_action action;
	uint64_t more;
};

struct longer_plugin {
	struct tocsin_plugin plugin;
	uint64_t more[4];
};

struct longer {
	struct longer_plugin plugin;
	struct longer_field fields[3];
	struct longer_field parameters[1];
	struct longer_action actions[2];
};

static void lengthen(struct longer *longer)
{
	*longer = (struct longer){.plugin.plugin = good, .parameters[0].field = good_parameters[0]};
	for (size_t i = 0; i < 3; i++)
		longer->fields[i].field = good_fields[i];
	for (size_t i = 0; i < 2; i++)
		longer->actions[i].action = good_actions[i];
	longer->actions[0].action.parameters.items = &longer->parameters[0].field;
	longer->actions[0].action.parameters.stride = sizeof(longer->parameters[0]);
	longer->plugin.plugin.abi.size = sizeof(longer->plugin);
	longer->plugin.plugin.fields = (struct tocsin_fields){&longer->fields[0].field, 3, sizeof(longer->fields[0])};
	longer->plugin.plugin.actions =
		(struct tocsin_actions){&longer->actions[0].action, 2, sizeof(longer->actions[0])};
}

/* What widening says: "" for success, and then the native table compiles to the same contract. */
static const char *widen(const struct tocsin_plugin *table)
{
	static char text[TOCSIN_ERROR_ROOM];
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_plugin native;
	struct arena arena = {0};
	struct plugin *plugin;
	const enum tocsin_code code = plugin_widen(table, &arena, &native, &err);

	snprintf(text, sizeof(text), "%s", code ? tocsin_error_at(&err, 0) : "");
	if (!code) {
		assert_string_equal(compile(&native, &plugin), "");
		assert_int_equal(plugin->field_count, 3);
		assert_string_equal(plugin->fields[2].name, "quiet");
		assert_string_equal(plugin->actions[0].parameters[0].name, "title");
		assert_string_equal(plugin->actions[1].name, "ping");
		assert_ptr_equal(plugin->actions[1].run, run);
		plugin_unref(plugin);
	} else {
		assert_int_equal(code, TOCSIN_INVALID);
	}
	arena_release(&arena);
	return text;
}

static void test_longer_tables(void **state)
{
	struct longer longer;

	(void)state;
	assert_string_equal(widen(&good), "");
	lengthen(&longer);
	assert_string_equal(widen(&longer.plugin.plugin), "");
	longer.plugin.more[3] = 1;
	assert_string_equal(widen(&longer.plugin.plugin),
			    "the table of the plugin says something that this version of tocsin does not know");
	lengthen(&longer);
	((unsigned char *)&longer.fields[2])[sizeof(struct longer_field) - 1] = 1;
	assert_string_equal(widen(&longer.plugin.plugin),
			    "the table of fields says something that this version of tocsin does not know");
	lengthen(&longer);
	longer.actions[1].more = 1;
	assert_string_equal(widen(&longer.plugin.plugin),
			    "the table of actions says something that this version of tocsin does not know");
	lengthen(&longer);
	longer.parameters[0].more[0] = 1;
	assert_string_equal(widen(&longer.plugin.plugin),
			    "the table of parameters says something that this version of tocsin does not know");
}

/* The longest rows there may be, and parameters of an action that is not the first. */
static void test_longest_rows(void **state)
{
	static unsigned char fields[3][PLUGIN_ROW_CEILING], parameters[1][PLUGIN_ROW_CEILING],
		actions[2][PLUGIN_ROW_CEILING];
	struct tocsin_plugin table = good;
	struct tocsin_action last = good_actions[0];
	struct tocsin_error err;
	struct tocsin_plugin native;
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		memcpy(fields[i], &good_fields[i], sizeof(good_fields[i]));
	memcpy(parameters[0], &good_parameters[0], sizeof(good_parameters[0]));
	last.parameters = (struct tocsin_fields){(const void *)parameters, 1, PLUGIN_ROW_CEILING};
	memcpy(actions[0], &good_actions[1], sizeof(last));
	memcpy(actions[1], &last, sizeof(last));
	table.fields = (struct tocsin_fields){(const void *)fields, 3, PLUGIN_ROW_CEILING};
	table.actions = (struct tocsin_actions){(const void *)actions, 2, PLUGIN_ROW_CEILING};
	assert_int_equal(plugin_widen(&table, &arena, &native, &err), TOCSIN_OK);
	assert_string_equal(native.actions.items[1].parameters.items[0].name, "title");
	assert_string_equal(compile(&native, NULL), "");
	parameters[0][PLUGIN_ROW_CEILING - 1] = 1;
	assert_int_equal(plugin_widen(&table, &arena, &native, &err), TOCSIN_INVALID);
	assert_string_equal(tocsin_error_at(&err, 0),
			    "the table of parameters says something that this version of tocsin does not know");
	arena_release(&arena);
}

static void test_shapes_that_are_none(void **state)
{
	static const struct {
		uint32_t number, size, field_count, field_stride, action_count, action_stride;
		const char *fault;
	} cases[] = {
		{0, 96, 3, 80, 2, 48, "the plugin was built for ABI 0, this version of tocsin reads ABI 1"},
		{2, 96, 3, 80, 2, 48, "the plugin was built for ABI 2, this version of tocsin reads ABI 1"},
		{1, 0, 3, 80, 2, 48, "the table of the plugin has 0 bytes, 96 to 1024 are known"},
		{1, 88, 3, 80, 2, 48, "the table of the plugin has 88 bytes, 96 to 1024 are known"},
		{1, 1032, 3, 80, 2, 48, "the table of the plugin has 1032 bytes, 96 to 1024 are known"},
		{1, 100, 3, 80, 2, 48, "the table of the plugin has 100 bytes, 96 to 1024 are known"},
		{1, UINT32_MAX, 3, 80, 2, 48, "the table of the plugin has 4294967295 bytes, 96 to 1024 are known"},
		{1, 96, 3, 0, 2, 48, "the table of fields has rows of 0 bytes, 80 to 1024 are known"},
		{1, 96, 3, 72, 2, 48, "the table of fields has rows of 72 bytes, 80 to 1024 are known"},
		{1, 96, 3, 84, 2, 48, "the table of fields has rows of 84 bytes, 80 to 1024 are known"},
		{1, 96, 3, 1032, 2, 48, "the table of fields has rows of 1032 bytes, 80 to 1024 are known"},
		{1, 96, 3, UINT32_MAX, 2, 48, "the table of fields has rows of 4294967295 bytes, 80 to 1024 are known"},
		{1, 96, 257, 80, 2, 48, "the table of fields has 257 rows, at most 256 are allowed"},
		{1, 96, UINT32_MAX, 80, 2, 48, "the table of fields has 4294967295 rows, at most 256 are allowed"},
		{1, 96, 3, 80, 65, 48, "the table of actions has 65 rows, at most 64 are allowed"},
		{1, 96, 3, 80, 2, 40, "the table of actions has rows of 40 bytes, 48 to 1024 are known"},
	};
	struct tocsin_plugin table;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		table = good;
		table.abi = (struct tocsin_abi){cases[i].number, cases[i].size};
		table.fields.count = cases[i].field_count;
		table.fields.stride = cases[i].field_stride;
		table.actions.count = cases[i].action_count;
		table.actions.stride = cases[i].action_stride;
		assert_string_equal(widen(&table), cases[i].fault);
	}
	table = good;
	table.fields.items = NULL;
	assert_string_equal(widen(&table), "the table of fields is missing, and is to have 3 rows");
	table = good;
	table.actions.items = NULL;
	assert_string_equal(widen(&table), "the table of actions is missing, and is to have 2 rows");
}

/* The first ABI, which every later version reads: members stay where they are, and new ones go to the end. */
static void test_first_layout_stays(void **state)
{
	static const size_t layout[][2] = {
		{offsetof(struct tocsin_field, name), 0},
		{offsetof(struct tocsin_field, description), 8},
		{offsetof(struct tocsin_field, preset), 16},
		{offsetof(struct tocsin_field, minimum), 24},
		{offsetof(struct tocsin_field, maximum), 32},
		{offsetof(struct tocsin_field, pattern), 40},
		{offsetof(struct tocsin_field, unit), 48},
		{offsetof(struct tocsin_field, choices), 56},
		{offsetof(struct tocsin_field, kind), 64},
		{offsetof(struct tocsin_field, offset), 68},
		{offsetof(struct tocsin_field, required), 72},
		{offsetof(struct tocsin_action, name), 0},
		{offsetof(struct tocsin_action, summary), 8},
		{offsetof(struct tocsin_action, run), 16},
		{offsetof(struct tocsin_action, parameters), 24},
		{offsetof(struct tocsin_action, arguments_size), 40},
		{offsetof(struct tocsin_action, returns), 44},
		{offsetof(struct tocsin_plugin, abi), 0},
		{offsetof(struct tocsin_plugin, group), 8},
		{offsetof(struct tocsin_plugin, name), 16},
		{offsetof(struct tocsin_plugin, version), 24},
		{offsetof(struct tocsin_plugin, doc), 32},
		{offsetof(struct tocsin_plugin, fields), 40},
		{offsetof(struct tocsin_plugin, actions), 56},
		{offsetof(struct tocsin_plugin, hosts), 72},
		{offsetof(struct tocsin_plugin, settings_size), 80},
		{offsetof(struct tocsin_plugin, tier), 84},
		{offsetof(struct tocsin_plugin, idempotent), 88},
		{PLUGIN_FIELD_FIRST_SIZE, 80},
		{PLUGIN_ACTION_FIRST_SIZE, 48},
		{PLUGIN_TABLE_FIRST_SIZE, 96},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(layout); i++)
		assert_int_equal(layout[i][0], layout[i][1]);
}

/* A count of 0 needs neither rows nor a stride. */
static void test_widen_without_rows(void **state)
{
	struct tocsin_plugin table = good, native;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct arena arena = {0};

	(void)state;
	table.fields = (struct tocsin_fields){.stride = 7};
	table.actions = (struct tocsin_actions){0};
	assert_int_equal(plugin_widen(&table, &arena, &native, &err), TOCSIN_OK);
	assert_null(native.fields.items);
	assert_null(native.actions.items);
	assert_string_equal(compile(&native, NULL), "");
	arena_release(&arena);
}

/* ---- Looking up ---- */

static void test_lookups(void **state)
{
	struct tocsin_error err;
	struct plugin *plugin;

	(void)state;
	assert_string_equal(compile(&good, &plugin), "");
	assert_ptr_equal(plugin_field(plugin, "quiet", &err), &plugin->fields[2]);
	assert_null(plugin_field(plugin, "quite", &err));
	assert_int_equal(err.code, TOCSIN_NOT_FOUND);
	assert_string_equal(tocsin_error_at(&err, 0),
			    "delivery/web_hook-2 has no field named \"quite\"; did you mean quiet?");
	assert_null(plugin_field(plugin, "zzz", &err));
	assert_string_equal(tocsin_error_at(&err, 0), "delivery/web_hook-2 has no field named \"zzz\"");
	assert_null(plugin_field(plugin, "", NULL));
	assert_ptr_equal(plugin_action(plugin, "ping", &err), &plugin->actions[1]);
	assert_null(plugin_action(plugin, "delivery", &err));
	assert_int_equal(err.code, TOCSIN_NOT_FOUND);
	assert_string_equal(tocsin_error_at(&err, 0),
			    "delivery/web_hook-2 has no action named \"delivery\"; did you mean deliver?");
	assert_ptr_equal(plugin_find_action(plugin, "deliver"), &plugin->actions[0]);
	assert_null(plugin_find_action(plugin, "Deliver"));
	assert_ptr_equal(action_parameter(&plugin->actions[0], "title"), plugin->actions[0].parameters);
	assert_null(action_parameter(&plugin->actions[0], "status"));
	assert_null(action_parameter(&plugin->actions[1], "title"));
	plugin_unref(plugin);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_table),
		cmocka_unit_test(test_read_table_has_nothing_to_call),
		cmocka_unit_test(test_empty_table),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_tables_of_rows),
		cmocka_unit_test(test_places_of_two),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_everything_wrong),
		cmocka_unit_test(test_shared_texts_do_not_multiply),
		cmocka_unit_test(test_longer_tables),
		cmocka_unit_test(test_longest_rows),
		cmocka_unit_test(test_shapes_that_are_none),
		cmocka_unit_test(test_first_layout_stays),
		cmocka_unit_test(test_widen_without_rows),
		cmocka_unit_test(test_lookups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

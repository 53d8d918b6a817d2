/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests and signatures, letter for letter: tools compare them, and reviewers read them. A plugin with
 * every kind, defaults that need escapes, and the same bytes whenever it is done.
 */
#include "contract_help.h"

#include "contract/manifest.h"

struct every {
	const char *string;
	const char *choice;
	const char *url;
	int64_t integer;
	double number;
	bool boolean;
	int64_t duration;
	int64_t size;
	struct tocsin_secret secret;
	const struct tocsin_list *list;
	const struct tocsin_map *map;
	const struct tocsin_value *object;
	const struct tocsin_value *objects;
	const char *status;
};

static const struct tocsin_field fields[] = {
	TOCSIN_STRING(struct every, string, .preset = "[incident]", .maximum = "80", .pattern = "[^\\n]*",
		      .description = "What every line begins with."),
	TOCSIN_CHOICE(struct every, choice, .choices = TOCSIN_CHOICES("stdout", "stderr"), .preset = "stdout",
		      .description = "Where lines go."),
	TOCSIN_URL(struct every, url, .required = true, .minimum = "8", .description = "Where to."),
	TOCSIN_INTEGER(struct every, integer, .preset = "5", .minimum = "1", .maximum = "60", .unit = "seconds",
		       .description = "How long."),
	TOCSIN_NUMBER(struct every, number, .preset = "0.1", .minimum = "0", .description = "How much."),
	TOCSIN_BOOLEAN(struct every, boolean, .preset = "false", .description = "Whether."),
	TOCSIN_DURATION(struct every, duration, .preset = "90m", .maximum = "1d", .description = "How long."),
	TOCSIN_SIZE(struct every, size, .preset = "65536", .description = "How big."),
	TOCSIN_SECRET(struct every, secret, .description = "Who."),
	TOCSIN_TEXTS(struct every, list, .preset = "b,a", .minimum = "1", .description = "Which."),
	TOCSIN_MAP(struct every, map, .preset = "b=2,a=1", .description = "Which."),
};

static const struct tocsin_field parameters[] = {
	TOCSIN_STRING(struct every, string, .required = true, .description = "What."),
	TOCSIN_CHOICE(struct every, choice, .choices = TOCSIN_CHOICES("a", "b"), .preset = "b",
		      .description = "Which."),
	TOCSIN_URL(struct every, url, .description = "Where."),
	TOCSIN_INTEGER(struct every, integer, .preset = "1", .description = "How many."),
	TOCSIN_NUMBER(struct every, number, .description = "How much."),
	TOCSIN_BOOLEAN(struct every, boolean, .preset = "yes", .description = "Whether."),
	TOCSIN_DURATION(struct every, duration, .description = "How long."),
	TOCSIN_SIZE(struct every, size, .description = "How big."),
	TOCSIN_TEXTS(struct every, list, .preset = "", .description = "Which."),
	TOCSIN_MAP(struct every, map, .preset = "", .description = "Which."),
	TOCSIN_OBJECT(struct every, object, .preset = "", .description = "What else."),
	TOCSIN_OBJECTS(struct every, objects, .preset = "", .description = "What else."),
	TOCSIN_STRING(struct every, status, .preset = "firing", .description = "How it is."),
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
		.summary = "Send it.",
		.run = run,
		.parameters = TOCSIN_LIST(parameters),
		.arguments_size = sizeof(struct every),
		.returns = TOCSIN_RETURNS_OBJECT,
	},
	{.name = "ping", .summary = "Do nothing.", .run = run, .returns = TOCSIN_RETURNS_NOTHING},
	{.name = "about", .summary = "Say it.", .run = run, .returns = TOCSIN_RETURNS_TEXT},
};

static const char *const hosts[] = {"b.example.com", "a.example.com", NULL};

static const struct tocsin_plugin table = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "every",
	.version = "1.2.3",
	.doc = "Every kind there is: gr\xc3\xbc\xc3\x9f.",
	.fields = TOCSIN_LIST(fields),
	.actions = TOCSIN_LIST(actions),
	.hosts = hosts,
	.settings_size = sizeof(struct every),
	.idempotent = true,
};

static const struct tocsin_plugin small = {
	.abi = TOCSIN_ABI,
	.group = "tools",
	.name = "small",
	.version = "1",
	.doc = "Little.",
	.tier = TOCSIN_TIER_UNCONFINED,
};

static struct plugin *compile(const struct tocsin_plugin *from)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin *plugin;

	if (plugin_compile(from, PLUGIN_READ, "/secret/place/every.so", &plugin, &err))
		fail_msg("%s", tocsin_error_at(&err, 0));
	return plugin;
}

#define CONSTRUCTOR                                                                                                    \
	"(*, string='[incident]', choice='stdout', url, integer=5, number=0.1, boolean=False, "                        \
	"duration='1h30m', size='64KiB', secret=None, list=['b', 'a'], map={'a': '1', 'b': '2'})"
#define DELIVER                                                                                                        \
	"(*, string: str, choice: str = 'b', url: str = None, integer: int = 1, number: float = None, "                \
	"boolean: bool = True, duration: str = None, size: str = None, list: list[str] = [], "                         \
	"map: dict[str, str] = {}, object: dict[str, object] = {}, "                                                   \
	"objects: list[dict[str, object]] = [], status: str = 'firing') -> dict[str, object]"

static void test_signatures(void **state)
{
	struct plugin *plugin = compile(&table), *other = compile(&small);
	char *text;

	(void)state;
	text = plugin_constructor(plugin);
	assert_string_equal(text, CONSTRUCTOR);
	mem_free(text);
	text = action_signature(&plugin->actions[0]);
	assert_string_equal(text, DELIVER);
	mem_free(text);
	text = action_signature(&plugin->actions[1]);
	assert_string_equal(text, "() -> None");
	mem_free(text);
	text = action_signature(&plugin->actions[2]);
	assert_string_equal(text, "() -> str");
	mem_free(text);
	text = plugin_constructor(other);
	assert_string_equal(text, "()");
	mem_free(text);
	plugin_unref(plugin);
	plugin_unref(other);
}

/* Defaults as Python's repr() writes them; what cannot be seen is written as an escape. */
static void test_defaults_in_signatures(void **state)
{
	static const struct {
		uint32_t kind;
		const char *preset;
		const char *shown;
	} cases[] = {
		{TOCSIN_KIND_STRING, "", "''"},
		{TOCSIN_KIND_STRING, "it's", "\"it's\""},
		{TOCSIN_KIND_STRING, "a \"word\"", "'a \"word\"'"},
		{TOCSIN_KIND_STRING, "it's \"so\"", "'it\\'s \"so\"'"},
		{TOCSIN_KIND_STRING, "a\\b", "'a\\\\b'"},
		{TOCSIN_KIND_STRING, "a\nb\rc\td", "'a\\nb\\rc\\td'"},
		{TOCSIN_KIND_STRING, "a\x1b[2J\x7f", "'a\\x1b[2J\\x7f'"},
		{TOCSIN_KIND_STRING, "a\xc2\x9b\xc2\xa0\xc2\xad", "'a\\x9b\\xa0\\xad'"},
		{TOCSIN_KIND_STRING, "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x94",
		 "'gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x94'"},
		{TOCSIN_KIND_STRING,
		 "a\xe2\x80\xae"
		 "b\xe2\x80\x8b\xef\xbb\xbf",
		 "'a\\u202eb\\u200b\\ufeff'"},
		{TOCSIN_KIND_STRING, "a\xf3\xa0\x80\x81", "'a\\U000e0001'"},
		{TOCSIN_KIND_INTEGER, "-9223372036854775808", "-9223372036854775808"},
		{TOCSIN_KIND_INTEGER, "+007", "7"},
		{TOCSIN_KIND_NUMBER, "1", "1.0"},
		{TOCSIN_KIND_NUMBER, "1e3", "1000.0"},
		{TOCSIN_KIND_NUMBER, "0.30000000000000004", "0.30000000000000004"},
		{TOCSIN_KIND_NUMBER, "1e21", "1e+21"},
		{TOCSIN_KIND_NUMBER, "-2.5e-10", "-2.5e-10"},
		{TOCSIN_KIND_BOOLEAN, "on", "True"},
		{TOCSIN_KIND_BOOLEAN, "0", "False"},
		{TOCSIN_KIND_DURATION, "0", "'0s'"},
		{TOCSIN_KIND_SIZE, "1000", "'1kB'"},
		{TOCSIN_KIND_LIST, "it's,b", "[\"it's\", 'b']"},
		{TOCSIN_KIND_MAP, "z=1,a=\xc2\xa0", "{'a': '\\xa0', 'z': '1'}"},
		{TOCSIN_KIND_STRING, NULL, "None"},
		{TOCSIN_KIND_LIST, NULL, "None"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct tocsin_field row = {
			.name = "x", .description = "A.", .kind = cases[i].kind, .preset = cases[i].preset};
		struct tocsin_plugin one = small;
		struct plugin *plugin;
		char expected[256];
		char *text;

		one.fields = (struct tocsin_fields){&row, 1, sizeof(row)};
		one.settings_size = 8;
		plugin = compile(&one);
		text = plugin_constructor(plugin);
		snprintf(expected, sizeof(expected), "(*, x=%s)", cases[i].shown);
		assert_string_equal(text, expected);
		mem_free(text);
		plugin_unref(plugin);
	}
}

/* The whole, with keys sorted, and fields and actions in the order of the tables. */
static const char golden[] = "{\n"
			     "  \"actions\": [\n"
			     "    {\n"
			     "      \"name\": \"deliver\",\n"
			     "      \"parameters\": [\n"
			     "        {\n"
			     "          \"annotation\": \"str\",\n"
			     "          \"default\": null,\n"
			     "          \"description\": \"What.\",\n"
			     "          \"kind\": \"keyword_only\",\n"
			     "          \"name\": \"string\",\n"
			     "          \"required\": true\n"
			     "        },\n";

static void test_manifest_begins_as_people_read_it(void **state)
{
	struct plugin *plugin = compile(&table);
	json_t *manifest = plugin_manifest(plugin);
	char *text = json_text(manifest, JSON_STYLE_PAGE);

	(void)state;
	assert_memory_equal(text, golden, sizeof(golden) - 1);
	mem_free(text);
	json_decref(manifest);
	plugin_unref(plugin);
}

#define PARAMETER(name, annotation, value, description)                                                                \
	"{\"annotation\": \"" annotation "\", \"default\": " value ", \"description\": \"" description                 \
	"\", \"kind\": \"keyword_only\", \"name\": \"" name "\", \"required\": false}"
#define SETTING(name, kind, choices, value, description, maximum, minimum, rest)                                       \
	"{\"choices\": " choices ", \"default\": " value ", \"description\": \"" description "\", \"kind\": \"" kind   \
	"\", \"maximum\": " maximum ", \"minimum\": " minimum ", \"name\": \"" name "\", " rest "}"

static const char whole[] =
	"{\"actions\": [{\"name\": \"deliver\", \"parameters\": ["
	"{\"annotation\": \"str\", \"default\": null, \"description\": \"What.\", \"kind\": \"keyword_only\", "
	"\"name\": \"string\", \"required\": true}, " /* */
	PARAMETER("choice", "str", "\"b\"", "Which.") ", " /* */
	PARAMETER("url", "str", "null", "Where.") ", " /* */
	PARAMETER("integer", "int", "1", "How many.") ", " /* */
	PARAMETER("number", "float", "null", "How much.") ", " /* */
	PARAMETER("boolean", "bool", "true", "Whether.") ", " /* */
	PARAMETER("duration", "str", "null", "How long.") ", " /* */
	PARAMETER("size", "str", "null", "How big.") ", " /* */
	PARAMETER("list", "list[str]", "[]", "Which.") ", " /* */
	PARAMETER("map", "dict[str, str]", "{}", "Which.") ", " /* */
	PARAMETER("object", "dict[str, object]", "{}", "What else.") ", " /* */
	PARAMETER("objects", "list[dict[str, object]]", "[]", "What else.") ", " /* */
	PARAMETER("status", "str", "\"firing\"", "How it is.") /* */
	"], \"returns\": \"dict[str, object]\", \"signature\": \"" DELIVER "\", \"summary\": \"Send it.\"}, "
	"{\"name\": \"ping\", \"parameters\": [], \"returns\": \"None\", \"signature\": \"() -> None\", \"summary\": "
	"\"Do nothing.\"}, "
	"{\"name\": \"about\", \"parameters\": [], \"returns\": \"str\", \"signature\": \"() -> str\", \"summary\": "
	"\"Say it.\"}], "
	"\"api_version\": 1, \"constructor\": \"" CONSTRUCTOR "\", "
	"\"doc\": \"Every kind there is: gr\xc3\xbc\xc3\x9f.\", \"fields\": [" /* */
	SETTING("string", "string", "null", "\"[incident]\"", "What every line begins with.", "80", "0",
		"\"pattern\": \"[^\\\\n]*\", \"required\": false") ", " /* */
	SETTING("choice", "choice", "[\"stdout\", \"stderr\"]", "\"stdout\"", "Where lines go.", "null", "1",
		"\"required\": false") ", " /* */
	SETTING("url", "url", "null", "null", "Where to.", "null", "8", "\"required\": true") ", " /* */
	SETTING("integer", "integer", "null", "5", "How long.", "60", "1",
		"\"required\": false, \"unit\": \"seconds\"") ", " /* */
	SETTING("number", "number", "null", "0.1", "How much.", "null", "0.0", "\"required\": false") ", " /* */
	SETTING("boolean", "boolean", "null", "false", "Whether.", "null", "null", "\"required\": false") ", " /* */
	SETTING("duration", "duration", "null", "\"1h30m\"", "How long.", "\"1d\"", "null",
		"\"required\": false") ", " /* */
	SETTING("size", "size", "null", "\"64KiB\"", "How big.", "null", "null", "\"required\": false") ", " /* */
	SETTING("secret", "secret", "null", "null", "Who.", "null", "1",
		"\"required\": false, \"secret\": true") ", " /* */
	SETTING("list", "list", "null", "[\"b\", \"a\"]", "Which.", "null", "1", "\"required\": false") ", " /* */
	SETTING("map", "map", "null", "{\"a\": \"1\", \"b\": \"2\"}", "Which.", "null", "null",
		"\"required\": false") /* */
	"], \"group\": \"delivery\", \"hosts\": [\"b.example.com\", \"a.example.com\"], \"idempotent\": true, "
	"\"language\": \"c\", \"plugin_name\": \"every\", \"receives_resolved\": true, \"tier\": \"pure\", "
	"\"version\": \"1.2.3\"}";

static void test_plugin_manifest(void **state)
{
	struct plugin *plugin = compile(&table);

	(void)state;
	assert_json(plugin_manifest(plugin), whole);
	plugin_unref(plugin);
}

static void test_small_manifest(void **state)
{
	struct plugin *plugin = compile(&small);

	(void)state;
	assert_json(
		plugin_manifest(plugin),
		"{\"actions\": [], \"api_version\": 1, \"constructor\": \"()\", \"doc\": \"Little.\", \"fields\": [], "
		"\"group\": \"tools\", \"hosts\": [], \"idempotent\": false, \"language\": \"c\", \"plugin_name\": "
		"\"small\", \"receives_resolved\": false, \"tier\": \"unconfined\", \"version\": \"1\"}");
	plugin_unref(plugin);
}

/* An adapter that does not read `status` cannot tell an end from a beginning, and is not sent it. */
static void test_receives_resolved(void **state)
{
	struct tocsin_action deliver = actions[0];
	struct tocsin_plugin changed = table;
	struct plugin *plugin;
	json_t *manifest;

	(void)state;
	deliver.parameters.count--; /* `status` stands last */
	changed.actions = (struct tocsin_actions){&deliver, 1, sizeof(deliver)};
	plugin = compile(&changed);
	manifest = plugin_manifest(plugin);
	assert_true(json_is_false(json_object_get(manifest, "receives_resolved")));
	json_decref(manifest);
	plugin_unref(plugin);
}

/* Nothing says where a plugin's file is, or what its functions' addresses are. */
static void test_manifest_names_no_place(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin *read = compile(&table), *live;
	json_t *one = plugin_manifest(read), *other;
	char *text = json_text(one, JSON_STYLE_PAGE);

	(void)state;
	assert_null(strstr(text, "/secret/place"));
	assert_int_equal(plugin_compile(&table, PLUGIN_LIVE, "elsewhere", &live, &err), TOCSIN_OK);
	other = plugin_manifest(live);
	assert_true(json_equal(one, other));
	mem_free(text);
	json_decref(one);
	json_decref(other);
	plugin_unref(read);
	plugin_unref(live);
}

/* The same bytes, whatever the order in which plugins came. */
static void test_registry_manifest(void **state)
{
	struct tocsin_plugin second = small;
	struct plugin *plugins[3];
	char *first = NULL;

	(void)state;
	second.name = "another";
	plugins[0] = compile(&table);
	plugins[1] = compile(&small);
	plugins[2] = compile(&second);
	for (size_t i = 0; i < 6; i++) {
		struct registry registry = {0};
		json_t *manifest;
		char *text;

		for (size_t j = 0; j < 3; j++)
			assert_int_equal(registry_add(&registry, plugins[(i + (i < 3 ? j : 2 * j)) % 3], NULL),
					 TOCSIN_OK);
		manifest = registry_manifest(&registry, NULL);
		text = json_text(manifest, JSON_STYLE_PAGE);
		if (first)
			assert_string_equal(text, first);
		assert_int_equal(json_object_size(manifest), 2);
		assert_string_equal(
			json_get_text(json_array_get(json_object_get(manifest, "tools"), 0), "plugin_name", ""),
			"another");
		if (first)
			mem_free(text);
		else
			first = text;
		json_decref(manifest);
		registry_release(&registry);
	}
	mem_free(first);
	for (size_t i = 0; i < 3; i++)
		plugin_unref(plugins[i]);
}

static void test_groups(void **state)
{
	struct plugin *plugin = compile(&small);
	struct registry registry = {0};
	json_t *manifest;

	(void)state;
	assert_json(registry_manifest(&registry, NULL), "{}");
	assert_json(registry_manifest(&registry, "delivery"), "{\"delivery\": []}");
	assert_int_equal(registry_add(&registry, plugin, NULL), TOCSIN_OK);
	assert_json(registry_manifest(&registry, "delivery"), "{\"delivery\": []}");
	manifest = registry_manifest(&registry, "tools");
	assert_int_equal(json_object_size(manifest), 1);
	assert_int_equal(json_array_size(json_object_get(manifest, "tools")), 1);
	json_decref(manifest);
	plugin_unref(plugin);
	registry_release(&registry);
}

/* The largest signature that the ceilings of a contract allow is still written whole. */
static void test_largest_signature(void **state)
{
	static char preset[PLUGIN_TEXT_CEILING + 1];
	static char names[PLUGIN_FIELDS_CEILING][8];
	static struct tocsin_field many[PLUGIN_FIELDS_CEILING];
	struct tocsin_plugin large = small;
	struct plugin *plugin;
	char *text;

	(void)state;
	memset(preset, '\x01', sizeof(preset) - 1);
	preset[0] = preset[sizeof(preset) - 2] = 'a';
	for (size_t i = 0; i < COUNT_OF(many); i++) {
		snprintf(names[i], sizeof(names[i]), "f%zu", i);
		many[i] = (struct tocsin_field){.name = names[i],
						.description = "A.",
						.kind = TOCSIN_KIND_STRING,
						.preset = preset,
						.offset = (uint32_t)i * 8};
	}
	large.fields = (struct tocsin_fields)TOCSIN_LIST(many);
	large.settings_size = 8 * PLUGIN_FIELDS_CEILING;
	plugin = compile(&large);
	text = plugin_constructor(plugin);
	assert_non_null(text);
	assert_true(strlen(text) > (size_t)PLUGIN_FIELDS_CEILING * PLUGIN_TEXT_CEILING * 3);
	assert_string_equal(text + strlen(text) - 7, "\\x01a')");
	mem_free(text);
	plugin_unref(plugin);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_defaults_in_signatures),
		cmocka_unit_test(test_manifest_begins_as_people_read_it),
		cmocka_unit_test(test_plugin_manifest),
		cmocka_unit_test(test_small_manifest),
		cmocka_unit_test(test_receives_resolved),
		cmocka_unit_test(test_manifest_names_no_place),
		cmocka_unit_test(test_registry_manifest),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_largest_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The registry: always sorted, no name twice, resets, and scopes that leave what was there before. */
#include "contract_help.h"

#include "contract/registry.h"

static enum tocsin_code run(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			    struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)ret_result;
	(void)err;
	return TOCSIN_OK;
}

/* A plugin of one reference with the action `deliver` and, when named, one field. */
static struct plugin *make(const char *group, const char *name, const char *origin, const char *field)
{
	const struct tocsin_action action = {.name = "deliver", .summary = "Go.", .run = run};
	const struct tocsin_field row = {.name = field, .description = "A.", .kind = TOCSIN_KIND_BOOLEAN};
	const struct tocsin_plugin table = {
		.abi = TOCSIN_ABI,
		.group = group,
		.name = name,
		.version = "1",
		.doc = "A test.",
		.fields = {&row, field != NULL, sizeof(row)},
		.actions = {&action, 1, sizeof(action)},
		.settings_size = field != NULL,
	};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin *plugin;

	if (plugin_compile(&table, PLUGIN_LIVE, origin, &plugin, &err))
		fail_msg("%s", tocsin_error_at(&err, 0));
	return plugin;
}

/* Adds "group/name" and gives up its own reference. */
static enum tocsin_code add(struct registry *registry, const char *name, struct tocsin_error *err)
{
	const char *slash = strchr(name, '/');
	struct plugin *plugin;
	enum tocsin_code code;
	char group[32];

	snprintf(group, sizeof(group), "%.*s", (int)(slash - name), name);
	plugin = make(group, slash + 1, name, NULL);
	code = registry_add(registry, plugin, err);
	plugin_unref(plugin);
	return code;
}

static void fill(struct registry *registry, const char *const *names)
{
	for (; *names; names++)
		assert_int_equal(add(registry, *names, NULL), TOCSIN_OK);
}

static void assert_content(const struct registry *registry, const char *expected)
{
	char text[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < registry->count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s/%s", i ? " " : "",
					 registry->plugins[i]->group, registry->plugins[i]->name);
	assert_string_equal(text, expected);
}

static void test_sorted(void **state)
{
	static const char *const orders[][5] = {
		{"b/x", "a/y", "b/a", "a/x", NULL},
		{"a/x", "a/y", "b/a", "b/x", NULL},
		{"b/x", "b/a", "a/y", "a/x", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		struct registry registry = {0};

		fill(&registry, orders[i]);
		assert_content(&registry, "a/x a/y b/a b/x");
		registry_release(&registry);
		assert_content(&registry, "");
		registry_release(&registry);
	}
	registry_release(NULL);
}

/* More than the array has room for at first; names in an order that is not theirs. */
static void test_many(void **state)
{
	struct registry registry = {0};
	struct tocsin_error err;

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		char name[32];

		snprintf(name, sizeof(name), "g%u/p%u", i % 3, i * 7919 % 1000);
		assert_int_equal(add(&registry, name, NULL), TOCSIN_OK);
	}
	assert_int_equal(registry.count, 300);
	for (size_t i = 1; i < registry.count; i++) {
		const struct plugin *one = registry.plugins[i - 1], *two = registry.plugins[i];
		const int by_group = strcmp(one->group, two->group);

		assert_true(by_group < 0 || (by_group == 0 && strcmp(one->name, two->name) < 0));
	}
	for (size_t i = 0; i < registry.count; i++)
		assert_ptr_equal(registry_find(&registry, registry.plugins[i]->group, registry.plugins[i]->name, &err),
				 registry.plugins[i]);
	registry_release(&registry);
}

static void test_references(void **state)
{
	struct plugin *plugin = make("a", "b", "o", NULL);
	struct registry registry = {0};

	(void)state;
	assert_int_equal(registry_add(&registry, plugin, NULL), TOCSIN_OK);
	assert_int_equal(plugin->references, 2);
	registry_release(&registry);
	assert_int_equal(plugin->references, 1);
	plugin_unref(plugin);
}

static void test_duplicates_name_both_origins(void **state)
{
	struct plugin *first = make("delivery", "mail", "/usr/lib/mail.so", NULL);
	struct plugin *second = make("delivery", "mail", "/home/me/mail.so", NULL);
	struct registry registry = {0};
	struct tocsin_error err;

	(void)state;
	assert_int_equal(registry_add(&registry, first, &err), TOCSIN_OK);
	assert_int_equal(registry_add(&registry, second, &err), TOCSIN_EXISTS);
	assert_string_equal(tocsin_error_at(&err, 0),
			    "delivery/mail is declared twice: in /usr/lib/mail.so and in /home/me/mail.so");
	assert_int_equal(registry_add(&registry, first, NULL), TOCSIN_EXISTS);
	assert_ptr_equal(registry_find(&registry, "delivery", "mail", &err), first);
	assert_int_equal(registry.count, 1);
	assert_int_equal(second->references, 1);
	plugin_unref(first);
	plugin_unref(second);
	registry_release(&registry);
}

static void test_group_rules(void **state)
{
	static const struct tocsin_action other = {.name = "send", .summary = "Go.", .run = run};
	static const struct tocsin_plugin table = {
		.abi = TOCSIN_ABI,
		.group = "delivery",
		.name = "idle",
		.version = "1",
		.doc = "A test.",
		.actions = {&other, 1, sizeof(other)},
	};
	struct registry registry = {0};
	struct tocsin_error err;
	struct plugin *plugin;

	(void)state;
	assert_int_equal(plugin_compile(&table, PLUGIN_LIVE, "idle.so", &plugin, &err), TOCSIN_OK);
	assert_int_equal(registry_add(&registry, plugin, &err), TOCSIN_INVALID);
	assert_string_equal(tocsin_error_at(&err, 0),
			    "delivery/idle (idle.so) has no action deliver, which every plugin of delivery needs");
	plugin_unref(plugin);
	plugin = make("delivery", "greedy", "greedy.so", "plugin");
	assert_int_equal(registry_add(&registry, plugin, &err), TOCSIN_INVALID);
	assert_string_equal(tocsin_error_at(&err, 0),
			    "delivery/greedy (greedy.so) has a field named plugin, a key that "
			    "the configuration of delivery has for itself");
	plugin_unref(plugin);
	assert_int_equal(registry.count, 0);
	plugin = make("tools", "free", "free.so", "plugin");
	assert_int_equal(registry_add(&registry, plugin, &err), TOCSIN_OK);
	assert_int_equal(group_check(plugin, &err), TOCSIN_OK);
	plugin_unref(plugin);
	registry_release(&registry);
}

static void test_find(void **state)
{
	static const char *const names[] = {"delivery/console", "delivery/webhook", "tools/hammer", NULL};
	static const struct {
		const char *group;
		const char *name;
		const char *error;
	} cases[] = {
		{"delivery", "webhok", "the group delivery has no plugin named \"webhok\"; did you mean webhook?"},
		{"delivery", "consle", "the group delivery has no plugin named \"consle\"; did you mean console?"},
		{"tools", "hamer", "the group tools has no plugin named \"hamer\"; did you mean hammer?"},
		{"delivery", "Webhook", "the group delivery has no plugin named \"Webhook\"; did you mean webhook?"},
		{"delivery", "hammer", "the group delivery has no plugin named \"hammer\""},
		{"delivery", "", "the group delivery has no plugin named \"\""},
		{"delivrey", "webhook", "there is no group named \"delivrey\"; did you mean delivery?"},
		{"", "webhook", "there is no group named \"\""},
		{"x", "webhook", "there is no group named \"x\""},
	};
	struct registry registry = {0};
	struct tocsin_error err;

	(void)state;
	assert_null(registry_find(&registry, "delivery", "console", &err));
	assert_int_equal(err.code, TOCSIN_NOT_FOUND);
	assert_string_equal(tocsin_error_at(&err, 0),
			    "there is no plugin delivery/console: no plugins were found at all");
	fill(&registry, names);
	assert_string_equal(registry_find(&registry, "tools", "hammer", &err)->name, "hammer");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_null(registry_find(&registry, cases[i].group, cases[i].name, &err));
		assert_int_equal(err.code, TOCSIN_NOT_FOUND);
		assert_string_equal(tocsin_error_at(&err, 0), cases[i].error);
		assert_null(registry_find(&registry, cases[i].group, cases[i].name, NULL));
	}
	registry_release(&registry);
}

static const char *const three[] = {"a/x", "a/y", "b/x", NULL};

static void test_reset(void **state)
{
	static const struct {
		const char *group;
		const char *left;
	} cases[] = {{"a", "b/x"}, {"b", "a/x a/y"}, {"c", "a/x a/y b/x"}, {"", "a/x a/y b/x"}, {NULL, ""}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct registry registry = {0};

		fill(&registry, three);
		registry_reset(&registry, cases[i].group);
		assert_content(&registry, cases[i].left);
		registry_reset(&registry, NULL);
		fill(&registry, three); /* what was forgotten may come again */
		assert_content(&registry, "a/x a/y b/x");
		registry_release(&registry);
	}
}

/* What is done in a scope; each step may also fail half-way. */
static enum tocsin_code add_one(struct registry *registry)
{
	return add(registry, "c/new", NULL);
}

static enum tocsin_code add_many_then_fail(struct registry *registry)
{
	for (unsigned i = 0; i < 40; i++) {
		char name[16];

		snprintf(name, sizeof(name), "c/p%u", i);
		assert_int_equal(add(registry, name, NULL), TOCSIN_OK);
	}
	return add(registry, "a/x", NULL); /* a duplicate */
}

static enum tocsin_code forget_group(struct registry *registry)
{
	registry_reset(registry, "a");
	return TOCSIN_OK;
}

static enum tocsin_code replace_all(struct registry *registry)
{
	registry_reset(registry, NULL);
	return add(registry, "a/x", NULL);
}

static enum tocsin_code release_all(struct registry *registry)
{
	registry_release(registry);
	return TOCSIN_FAILED;
}

static enum tocsin_code nothing(struct registry *registry)
{
	(void)registry;
	return TOCSIN_OK;
}

static enum tocsin_code nested(struct registry *registry)
{
	struct registry_scope scope;

	assert_int_equal(add(registry, "c/outer", NULL), TOCSIN_OK);
	assert_int_equal(registry_scope_begin(registry, &scope, NULL), TOCSIN_OK);
	registry_reset(registry, "a");
	assert_int_equal(add(registry, "c/inner", NULL), TOCSIN_OK);
	assert_content(registry, "b/x c/inner c/outer");
	registry_scope_end(&scope);
	assert_content(registry, "a/x a/y b/x c/outer");
	return TOCSIN_OK;
}

static void test_scopes(void **state)
{
	static enum tocsin_code (*const bodies[])(struct registry *) = {
		add_one, add_many_then_fail, forget_group, replace_all, release_all, nothing, nested,
	};
	struct registry registry = {0};
	struct plugin *before[3];

	(void)state;
	fill(&registry, three);
	memcpy(before, registry.plugins, sizeof(before));
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		struct registry_scope scope;

		assert_int_equal(registry_scope_begin(&registry, &scope, NULL), TOCSIN_OK);
		bodies[i](&registry);
		registry_scope_end(&scope);
		registry_scope_end(&scope); /* twice is nothing */
		assert_content(&registry, "a/x a/y b/x");
		assert_memory_equal(before, registry.plugins, sizeof(before)); /* the very same plugins */
		for (size_t j = 0; j < 3; j++)
			assert_int_equal(before[j]->references, 1);
	}
	registry_scope_end(NULL);
	registry_release(&registry);
}

/* A scope around nothing leaves nothing. */
static void test_scope_of_an_empty_registry(void **state)
{
	struct registry registry = {0};
	struct registry_scope scope;

	(void)state;
	assert_int_equal(registry_scope_begin(&registry, &scope, NULL), TOCSIN_OK);
	fill(&registry, three);
	registry_scope_end(&scope);
	assert_content(&registry, "");
	fill(&registry, three);
	assert_content(&registry, "a/x a/y b/x");
	registry_release(&registry);
}

/* Whoever holds a plugin keeps it, whatever becomes of the registry. */
static void test_plugins_outlive_the_registry(void **state)
{
	struct registry registry = {0};
	struct plugin *plugin;

	(void)state;
	fill(&registry, three);
	plugin = plugin_ref(registry_find(&registry, "a", "y", NULL));
	registry_release(&registry);
	assert_string_equal(plugin->name, "y");
	plugin_unref(plugin);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_duplicates_name_both_origins),
		cmocka_unit_test(test_group_rules),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_scope_of_an_empty_registry),
		cmocka_unit_test(test_plugins_outlive_the_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugins: a table compiled into a contract; see plugin.h.
 *
 * Everything that is wrong with a table is collected before it is refused. The ceilings bound what a
 * hostile table costs; the sizes below must never shrink, or plugins of the first ABI would be refused.
 */
#include "contract/plugin.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static_assert(sizeof(struct tocsin_plugin) >= PLUGIN_TABLE_FIRST_SIZE, "the table only grows");
static_assert(sizeof(struct tocsin_field) >= PLUGIN_FIELD_FIRST_SIZE, "rows only grow");
static_assert(sizeof(struct tocsin_action) >= PLUGIN_ACTION_FIRST_SIZE, "rows only grow");

/* A plugin on its way. */
struct compilation {
	const struct tocsin_plugin *table;
	enum plugin_source source;
	struct plugin *plugin;
	struct problems problems;
};

static void *take(struct compilation *work, size_t size)
{
	void *memory = arena_alloc(&work->plugin->arena, size);

	if (!memory)
		work->problems.lost++;
	return memory;
}

/* A copy of required text; problems when it is missing or not plain. */
static const char *take_text(struct compilation *work, const char *path, const char *text)
{
	const char *copy;

	if (!text || !*text) {
		problems_add(&work->problems, path, "is missing");
		return NULL;
	}
	if (!text_is_utf8(text, strlen(text)) || text_has_control(text)) {
		problems_add(&work->problems, path, "is not plain UTF-8 text");
		return NULL;
	}
	copy = arena_text(&work->plugin->arena, text);
	if (!copy)
		work->problems.lost++;
	return copy;
}

/* Names of groups, plugins and actions are lower case, so that two cannot differ by case only. */
static const char *take_name(struct compilation *work, const char *path, const char *name)
{
	const char *copy = take_text(work, path, name);

	if (!copy)
		return NULL;
	for (const char *byte = copy; *byte; byte++)
		if (*byte != text_lower(*byte)) {
			problems_add(&work->problems, path, "\"%.64s\" has upper case letters", copy);
			return copy;
		}
	if (!text_is_name(copy))
		problems_add(&work->problems, path, "\"%.64s\" is not of 1 to 64 letters, digits, '_' and '-'", copy);
	return copy;
}

static void compile_hosts(struct compilation *work)
{
	const char *const *hosts = work->table->hosts;
	size_t count = 0;

	while (hosts && hosts[count] && count <= PLUGIN_HOSTS_CEILING)
		count++;
	if (count > PLUGIN_HOSTS_CEILING) {
		problems_add(&work->problems, "hosts", "are more than %d", PLUGIN_HOSTS_CEILING);
		return;
	}
	work->plugin->hosts = take(work, count * sizeof(*hosts));
	for (size_t i = 0; i < count && work->plugin->hosts; i++) {
		const char *host = take_text(work, "hosts", hosts[i]);

		if (!host)
			return;
		if (strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != strlen(host))
			problems_add(&work->problems, "hosts", "\"%.64s\" is not a host name in lower case", host);
		work->plugin->hosts[work->plugin->host_count++] = host;
	}
}

/* Compiles rows into `ret_fields` and says how many were begun, so that each is released. */
static struct field *compile_fields(struct compilation *work, const struct tocsin_fields *rows, enum field_role role,
				    uint32_t structure_size, const char *path, size_t *ret_count)
{
	struct field *fields;

	*ret_count = 0;
	if (rows->count > PLUGIN_FIELDS_CEILING || structure_size > PLUGIN_STRUCTURE_CEILING) {
		problems_add(&work->problems, path, "are more than %d, or their struct has more than %u bytes",
			     PLUGIN_FIELDS_CEILING, PLUGIN_STRUCTURE_CEILING);
		return NULL;
	}
	fields = take(work, rows->count * sizeof(*fields));
	for (size_t i = 0; i < rows->count && fields; i++) {
		const struct tocsin_field *row = &rows->items[i];
		char place[160];

		if (text_is_name(row->name))
			snprintf(place, sizeof(place), "%s.%s", path, row->name);
		else
			snprintf(place, sizeof(place), "%s[%zu]", path, i);
		field_compile(row, role, structure_size, &work->plugin->arena, place, &fields[i], &work->problems);
		(*ret_count)++;
		for (size_t j = 0; j < i; j++)
			if (fields[i].name && fields[j].name && strcmp(fields[i].name, fields[j].name) == 0)
				problems_add(&work->problems, place, "stands twice");
	}
	return fields;
}

static void compile_action(struct compilation *work, const struct tocsin_action *row, struct action *action)
{
	char path[128], place[160];

	snprintf(path, sizeof(path), "actions.%s", text_is_name(row->name) ? row->name : "?");
	snprintf(place, sizeof(place), "%s.name", path);
	action->name = take_name(work, place, row->name);
	snprintf(place, sizeof(place), "%s.summary", path);
	action->summary = take_text(work, place, row->summary);
	if (!row->run)
		problems_add(&work->problems, path, "has no function to run");
	if (work->source == PLUGIN_LIVE)
		action->run = row->run;
	if (!returns_is_known(row->returns))
		problems_add(&work->problems, path, "returns what no kind of result is");
	else
		action->returns = (enum tocsin_returns)row->returns;
	action->arguments_size = row->arguments_size;
	snprintf(place, sizeof(place), "%s.parameters", path);
	action->parameters = compile_fields(work, &row->parameters, FIELD_PARAMETER, row->arguments_size, place,
					    &action->parameter_count);
}

static void compile_actions(struct compilation *work)
{
	const struct tocsin_actions *rows = &work->table->actions;
	struct plugin *plugin = work->plugin;

	if (rows->count > PLUGIN_ACTIONS_CEILING) {
		problems_add(&work->problems, "actions", "are more than %d", PLUGIN_ACTIONS_CEILING);
		return;
	}
	plugin->actions = take(work, rows->count * sizeof(*plugin->actions));
	for (size_t i = 0; i < rows->count && plugin->actions; i++) {
		compile_action(work, &rows->items[i], &plugin->actions[i]);
		plugin->action_count++;
		for (size_t j = 0; j < i; j++)
			if (plugin->actions[i].name && plugin->actions[j].name &&
			    strcmp(plugin->actions[i].name, plugin->actions[j].name) == 0)
				problems_add(&work->problems, "actions", "%s stands twice", plugin->actions[i].name);
	}
}

static void compile_head(struct compilation *work)
{
	const struct tocsin_plugin *table = work->table;
	struct plugin *plugin = work->plugin;

	plugin->group = take_name(work, "group", table->group);
	plugin->name = take_name(work, "name", table->name);
	plugin->version = take_text(work, "version", table->version);
	plugin->doc = take_text(work, "doc", table->doc);
	plugin->language = "c";
	plugin->api_version = table->abi.number;
	plugin->settings_size = table->settings_size;
	plugin->idempotent = table->idempotent;
	if (tier_is_known(table->tier))
		plugin->tier = (enum tocsin_tier)table->tier;
	else
		problems_add(&work->problems, "tier", "is a number that no tier has");
	for (size_t i = 0; i < sizeof(table->reserved); i++)
		if (table->reserved[i])
			problems_add(&work->problems, "reserved", "is not zero");
}

enum tocsin_code plugin_compile(const struct tocsin_plugin *table, enum plugin_source source, const char *origin,
				struct plugin **ret_plugin, struct tocsin_error *err)
{
	struct compilation work = {.table = table, .source = source, .plugin = mem_zero(sizeof(*work.plugin))};
	enum tocsin_code code;

	if (!work.plugin)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the contract of %s", origin);
	work.plugin->references = 1;
	work.plugin->origin = arena_text(&work.plugin->arena, origin);
	if (!work.plugin->origin)
		work.problems.lost++;
	compile_head(&work);
	compile_hosts(&work);
	work.plugin->fields = compile_fields(&work, &table->fields, FIELD_SETTING, table->settings_size, "fields",
					     &work.plugin->field_count);
	compile_actions(&work);
	code = problems_fail(&work.problems, err);
	if (work.problems.lost)
		code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the contract of %s", origin);
	if (code) {
		plugin_unref(work.plugin);
		if (code == TOCSIN_INVALID)
			tocsin_wrap(err, "the contract of %s", origin);
	} else {
		*ret_plugin = work.plugin;
	}
	problems_release(&work.problems);
	return code;
}

/* Copies the part of a row that we know and refuses a tail that says something we do not know. */
static enum tocsin_code widen_row(const void *row, size_t row_size, void *native, size_t native_size, const char *what,
				  struct tocsin_error *err)
{
	const unsigned char *bytes = row;

	memcpy(native, row, row_size < native_size ? row_size : native_size);
	for (size_t i = native_size; i < row_size; i++)
		if (bytes[i])
			return tocsin_fail(err, TOCSIN_INVALID,
					   "%s says something that this version of tocsin does not know", what);
	return TOCSIN_OK;
}

static enum tocsin_code widen_rows(const void *items, uint32_t count, uint32_t stride, size_t first_size,
				   size_t native_size, size_t ceiling, const char *what, struct arena *arena,
				   const void **ret_items, struct tocsin_error *err)
{
	unsigned char *rows;

	if (!count) {
		*ret_items = NULL;
		return TOCSIN_OK;
	}
	if (count > ceiling)
		return tocsin_fail(err, TOCSIN_INVALID, "there are %u %ss, at most %zu are allowed", count, what,
				   ceiling);
	if (!items || stride < first_size || stride > PLUGIN_ROW_CEILING || stride % 8)
		return tocsin_fail(err, TOCSIN_INVALID, "the table of %ss has a stride of %u", what, stride);
	rows = arena_alloc(arena, count * native_size);
	if (!rows)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a table");
	for (size_t i = 0; i < count; i++)
		if (widen_row((const unsigned char *)items + i * stride, stride, rows + i * native_size, native_size,
			      what, err))
			return TOCSIN_INVALID;
	*ret_items = rows;
	return TOCSIN_OK;
}

static enum tocsin_code widen_fields(struct tocsin_fields *fields, const char *what, struct arena *arena,
				     struct tocsin_error *err)
{
	const void *items;
	const enum tocsin_code code =
		widen_rows(fields->items, fields->count, fields->stride, PLUGIN_FIELD_FIRST_SIZE,
			   sizeof(struct tocsin_field), PLUGIN_FIELDS_CEILING, what, arena, &items, err);

	if (!code)
		*fields = (struct tocsin_fields){items, fields->count, sizeof(struct tocsin_field)};
	return code;
}

enum tocsin_code plugin_widen(const struct tocsin_plugin *table, struct arena *arena, struct tocsin_plugin *ret_table,
			      struct tocsin_error *err)
{
	struct tocsin_plugin native = {0};
	struct tocsin_action *actions;
	const void *items;
	enum tocsin_code code;

	if (table->abi.number != TOCSIN_ABI_NUMBER)
		return tocsin_fail(err, TOCSIN_INVALID, "the plugin has ABI %u, this version of tocsin has %u",
				   table->abi.number, TOCSIN_ABI_NUMBER);
	if (table->abi.size < PLUGIN_TABLE_FIRST_SIZE || table->abi.size > PLUGIN_ROW_CEILING)
		return tocsin_fail(err, TOCSIN_INVALID, "the plugin table has %u bytes", table->abi.size);
	code = widen_row(table, table->abi.size, &native, sizeof(native), "the plugin table", err);
	if (!code)
		code = widen_fields(&native.fields, "field", arena, err);
	if (!code)
		code = widen_rows(native.actions.items, native.actions.count, native.actions.stride,
				  PLUGIN_ACTION_FIRST_SIZE, sizeof(*actions), PLUGIN_ACTIONS_CEILING, "action", arena,
				  &items, err);
	if (code)
		return code;
	actions = (struct tocsin_action *)items;
	for (size_t i = 0; i < native.actions.count && !code; i++)
		code = widen_fields(&actions[i].parameters, "parameter", arena, err);
	if (code)
		return code;
	native.abi.size = sizeof(native);
	native.actions = (struct tocsin_actions){actions, native.actions.count, sizeof(*actions)};
	*ret_table = native;
	return TOCSIN_OK;
}

struct plugin *plugin_ref(struct plugin *plugin)
{
	if (plugin)
		plugin->references++;
	return plugin;
}

void plugin_unref(struct plugin *plugin)
{
	if (!plugin || --plugin->references)
		return;
	for (size_t i = 0; i < plugin->field_count; i++)
		field_release(&plugin->fields[i]);
	for (size_t i = 0; i < plugin->action_count; i++)
		for (size_t j = 0; j < plugin->actions[i].parameter_count; j++)
			field_release(&plugin->actions[i].parameters[j]);
	arena_release(&plugin->arena);
	mem_free(plugin);
}

/* "PLUGIN has no WHAT named NAME; did you mean NEAREST?" */
static void report_missing(const struct plugin *plugin, const char *what, const char *name, const char *const *names,
			   size_t count, struct tocsin_error *err)
{
	const char *nearest = text_nearest(name, names, count);

	tocsin_fail(err, TOCSIN_NOT_FOUND, "%s/%s has no %s named \"%.64s\"%s%s%s", plugin->group, plugin->name, what,
		    name, nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

const struct field *plugin_field(const struct plugin *plugin, const char *name, struct tocsin_error *err)
{
	const char *names[PLUGIN_FIELDS_CEILING];

	for (size_t i = 0; i < plugin->field_count; i++) {
		names[i] = plugin->fields[i].name;
		if (strcmp(names[i], name) == 0)
			return &plugin->fields[i];
	}
	report_missing(plugin, "field", name, names, plugin->field_count, err);
	return NULL;
}

const struct action *plugin_find_action(const struct plugin *plugin, const char *name)
{
	for (size_t i = 0; i < plugin->action_count; i++)
		if (strcmp(plugin->actions[i].name, name) == 0)
			return &plugin->actions[i];
	return NULL;
}

const struct action *plugin_action(const struct plugin *plugin, const char *name, struct tocsin_error *err)
{
	const struct action *action = plugin_find_action(plugin, name);
	const char *names[PLUGIN_ACTIONS_CEILING];

	if (action)
		return action;
	for (size_t i = 0; i < plugin->action_count; i++)
		names[i] = plugin->actions[i].name;
	report_missing(plugin, "action", name, names, plugin->action_count, err);
	return NULL;
}

const struct field *action_parameter(const struct action *action, const char *name)
{
	for (size_t i = 0; i < action->parameter_count; i++)
		if (strcmp(action->parameters[i].name, name) == 0)
			return &action->parameters[i];
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugins: a table compiled into a contract; see plugin.h.
 *
 * Everything that is wrong with a table is collected before it is refused. The ceilings bound what a
 * hostile table costs. Tables of other shapes are made native first, in widen.c.
 */
#include "contract/plugin.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* A plugin on its way. */
struct compilation {
	const struct tocsin_plugin *table;
	struct plugin *plugin;
	size_t rows; /* fields and parameters so far */
	struct problems problems;
};

#define PATH_ROOM 160

static void *take(struct compilation *work, size_t size)
{
	void *memory = arena_alloc(&work->plugin->arena, size);

	if (!memory)
		work->problems.lost++;
	return memory;
}

/* A copy of required text. */
static const char *take_text(struct compilation *work, const char *path, const char *member, const char *text)
{
	char place[PATH_ROOM];

	if (text && *text)
		return table_text(&work->plugin->arena, text, path, member, &work->problems);
	problems_add(&work->problems, problem_path(place, sizeof(place), path, member), "is missing");
	return NULL;
}

/* Names of groups, plugins and actions are lower case, so that two cannot differ by case only. */
static const char *take_name(struct compilation *work, const char *path, const char *member, const char *name)
{
	const char *copy = take_text(work, path, member, name);
	const char *fault = NULL;
	char place[PATH_ROOM];

	if (!copy)
		return NULL;
	if (!text_is_name(copy))
		fault = "is not of 1 to 64 lower case letters, digits, '_' and '-', a letter or '_' first";
	for (const char *byte = copy; *byte && !fault; byte++)
		if (*byte != text_lower(*byte))
			fault = "has upper case letters";
	if (fault)
		problems_add(&work->problems, problem_path(place, sizeof(place), path, member), "\"%.64s\" %s", copy,
			     fault);
	return copy;
}

/* A name as the egress rule compares it: no port, no pattern, no dot at either end. */
static bool is_host(const char *host)
{
	const size_t length = strlen(host);

	return length <= 253 && strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") == length && *host != '.' &&
	       host[length - 1] != '.' && !strstr(host, "..");
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
		const char *host = take_text(work, "", "hosts", hosts[i]);

		if (!host)
			return;
		if (!is_host(host))
			problems_add(&work->problems, "hosts", "\"%.64s\" is not a host name in lower case", host);
		work->plugin->hosts[work->plugin->host_count++] = host;
	}
}

/* Whether the rows are native ones, and there are any where the count says so. */
static bool is_table(struct compilation *work, const char *path, const void *items, uint32_t count, uint32_t stride,
		     size_t native)
{
	if (!count || (items && stride == native))
		return true;
	problems_add(&work->problems, path, "are no table: %u rows of %u bytes", count, stride);
	return false;
}

/* Reports a name that was there before, and members that share bytes: one would overwrite the other. */
static void compare_fields(struct compilation *work, const char *path, const struct field *fields, size_t index)
{
	const struct field *field = &fields[index];
	const size_t end = field->offset + kind_size(field->kind);

	for (size_t i = 0; i < index; i++) {
		const struct field *other = &fields[i];

		if (!field->name || !other->name)
			continue;
		if (strcmp(field->name, other->name) == 0)
			problems_add(&work->problems, path, "stands twice");
		else if (kind_size(field->kind) && kind_size(other->kind) &&
			 field->offset < other->offset + kind_size(other->kind) && other->offset < end)
			problems_add(&work->problems, path, "has bytes of the struct that are %s's", other->name);
	}
}

/* Compiles rows and says how many were begun, so that each is released. */
static struct field *compile_fields(struct compilation *work, const struct tocsin_fields *rows, enum field_role role,
				    uint32_t structure_size, const char *path, size_t *ret_count)
{
	struct field *fields;

	*ret_count = 0;
	if (!is_table(work, path, rows->items, rows->count, rows->stride, sizeof(*rows->items)))
		return NULL;
	if (structure_size > PLUGIN_STRUCTURE_CEILING) {
		problems_add(&work->problems, path, "are in a struct of %u bytes, at most %u are allowed",
			     structure_size, PLUGIN_STRUCTURE_CEILING);
		return NULL;
	}
	if (rows->count > PLUGIN_FIELDS_CEILING || work->rows + rows->count > PLUGIN_ROWS_CEILING) {
		problems_add(&work->problems, path, "are more than %d, or more than %d in the whole plugin",
			     PLUGIN_FIELDS_CEILING, PLUGIN_ROWS_CEILING);
		return NULL;
	}
	work->rows += rows->count;
	fields = take(work, rows->count * sizeof(*fields));
	for (size_t i = 0; i < rows->count && fields; i++) {
		const struct tocsin_field *row = &rows->items[i];
		char place[PATH_ROOM];

		if (text_is_name(row->name))
			snprintf(place, sizeof(place), "%s.%s", path, row->name);
		else
			snprintf(place, sizeof(place), "%s[%zu]", path, i);
		field_compile(row, role, structure_size, &work->plugin->arena, place, &fields[i], &work->problems);
		(*ret_count)++;
		compare_fields(work, place, fields, i);
	}
	return fields;
}

static void compile_action(struct compilation *work, const struct tocsin_action *row, size_t index,
			   struct action *action)
{
	char path[PATH_ROOM / 2], place[PATH_ROOM];

	if (text_is_name(row->name))
		snprintf(path, sizeof(path), "actions.%s", row->name);
	else
		snprintf(path, sizeof(path), "actions[%zu]", index);
	action->name = take_name(work, path, "name", row->name);
	action->summary = take_text(work, path, "summary", row->summary);
	if (!row->run)
		problems_add(&work->problems, path, "has no function to run");
	if (work->plugin->source == PLUGIN_LIVE)
		action->run = row->run;
	if (returns_is_known(row->returns))
		action->returns = (enum tocsin_returns)row->returns;
	else
		problems_add(&work->problems, path, "returns a number that no kind of result has");
	action->arguments_size = row->arguments_size;
	snprintf(place, sizeof(place), "%s.parameters", path);
	action->parameters = compile_fields(work, &row->parameters, FIELD_PARAMETER, row->arguments_size, place,
					    &action->parameter_count);
}

static void compile_actions(struct compilation *work)
{
	const struct tocsin_actions *rows = &work->table->actions;
	struct plugin *plugin = work->plugin;

	if (!is_table(work, "actions", rows->items, rows->count, rows->stride, sizeof(*rows->items)))
		return;
	if (rows->count > PLUGIN_ACTIONS_CEILING) {
		problems_add(&work->problems, "actions", "are more than %d", PLUGIN_ACTIONS_CEILING);
		return;
	}
	plugin->actions = take(work, rows->count * sizeof(*plugin->actions));
	for (size_t i = 0; i < rows->count && plugin->actions; i++) {
		struct action *action = &plugin->actions[i];

		compile_action(work, &rows->items[i], i, action);
		plugin->action_count++;
		for (size_t j = 0; j < i; j++)
			if (action->name && plugin->actions[j].name &&
			    strcmp(action->name, plugin->actions[j].name) == 0)
				problems_add(&work->problems, "actions", "%s stands twice", action->name);
	}
}

static void compile_head(struct compilation *work)
{
	const struct tocsin_plugin *table = work->table;
	struct plugin *plugin = work->plugin;

	if (table->abi.number != TOCSIN_ABI_NUMBER || table->abi.size != sizeof(*table))
		problems_add(&work->problems, "abi", "is number %u with %u bytes, number %d with %zu is needed",
			     table->abi.number, table->abi.size, TOCSIN_ABI_NUMBER, sizeof(*table));
	plugin->group = take_name(work, "", "group", table->group);
	plugin->name = take_name(work, "", "name", table->name);
	plugin->version = take_text(work, "", "version", table->version);
	plugin->doc = take_text(work, "", "doc", table->doc);
	plugin->language = "c";
	plugin->api_version = table->abi.number;
	plugin->settings_size = table->settings_size;
	plugin->idempotent = table_flag(&table->idempotent, "", "idempotent", &work->problems);
	if (tier_is_known(table->tier))
		plugin->tier = (enum tocsin_tier)table->tier;
	else
		problems_add(&work->problems, "tier", "is a number that no tier has");
	for (size_t i = 0; i < sizeof(table->reserved); i++)
		if (table->reserved[i]) {
			problems_add(&work->problems, "reserved", "is not zero");
			break;
		}
}

enum tocsin_code plugin_compile(const struct tocsin_plugin *table, enum plugin_source source, const char *origin,
				struct plugin **ret_plugin, struct tocsin_error *err)
{
	struct compilation work = {.table = table, .plugin = mem_zero(sizeof(*work.plugin))};
	enum tocsin_code code;

	if (!work.plugin)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the contract of %s", origin);
	work.plugin->references = 1;
	work.plugin->source = source;
	work.plugin->origin = arena_text(&work.plugin->arena, origin);
	if (!work.plugin->origin)
		work.problems.lost++;
	compile_head(&work);
	compile_hosts(&work);
	work.plugin->fields = compile_fields(&work, &table->fields, FIELD_SETTING, table->settings_size, "fields",
					     &work.plugin->field_count);
	compile_actions(&work);
	code = work.problems.lost ? tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the contract of %s", origin)
				  : problems_fail(&work.problems, err);
	if (code == TOCSIN_INVALID)
		tocsin_wrap(err, "the contract of %s", origin);
	if (!code)
		*ret_plugin = plugin_ref(work.plugin);
	plugin_unref(work.plugin);
	problems_release(&work.problems);
	return code;
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

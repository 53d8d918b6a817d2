/* SPDX-License-Identifier: Apache-2.0 */
/* tocsin registry: the names of all plugins. Reads files; runs nothing of them. */
#include "cli/commands.h"

#include <string.h>

#include "base/json.h"
#include "cli/catalog.h"
#include "cli/output.h"
#include "cli/table.h"
#include "contract/registry.h"

/* The names of a group's plugins. New reference, NULL without memory. */
static json_t *names_of(const struct registry *registry, const char *group)
{
	json_t *names = json_array();

	for (size_t i = 0; i < registry->count && names; i++) {
		const struct plugin *plugin = registry->plugins[i];

		if (strcmp(plugin->group, group) == 0 && json_array_append_new(names, json_string(plugin->name))) {
			json_decref(names);
			return NULL;
		}
	}
	return names;
}

static json_t *one_group(const struct registry *registry, const char *group)
{
	json_t *json = json_object();

	if (json_put(json, "group", json_string(group)) || json_put(json, "plugins", names_of(registry, group))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static json_t *all_groups(const struct registry *registry)
{
	json_t *json = json_object();

	for (size_t i = 0; i < registry->count && json; i++) {
		const char *group = registry->plugins[i]->group;

		if (!json_object_get(json, group) && json_put(json, group, names_of(registry, group))) {
			json_decref(json);
			return NULL;
		}
	}
	return json;
}

static enum cli_exit print_table(const struct registry *registry, const char *group)
{
	static const char *const headings[] = {"GROUP", "PLUGIN", "FILE"};
	struct table table;

	table_init(&table, 3, headings);
	for (size_t i = 0; i < registry->count; i++) {
		const struct plugin *plugin = registry->plugins[i];

		if (!group || strcmp(plugin->group, group) == 0)
			table_add(&table, (const char *const[]){plugin->group, plugin->name, plugin->origin});
	}
	return table_print(&table);
}

static enum cli_exit run(const struct call *call)
{
	const char *group = call_value(call, "group");
	struct registry registry;
	enum cli_exit status = catalog_load(call, group, &registry);

	if (!status && call_wants_table(call))
		status = print_table(&registry, group);
	else if (!status)
		status = output_json(group ? one_group(&registry, group) : all_groups(&registry));
	registry_release(&registry);
	return status;
}

const struct command cmd_registry = {
	.name = "registry",
	.summary = "list the names of all plugins",
	.description = "Prints the plugins of each group, sorted by name. As a table, also the file that each one is "
		       "in. No plugin is loaded or run.",
	.options =
		(const struct command_option[]){
			OPTION_GROUP,
			OPTION_PLUGINS,
			OPTION_OUTPUT,
			{.name = NULL},
		},
	.examples = (const char *const[]){"tocsin registry --group delivery", NULL},
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* tocsin signatures: how plugins are constructed and their actions called. Reads files; runs nothing of them. */
#include "cli/commands.h"

#include <string.h>

#include "base/json.h"
#include "cli/catalog.h"
#include "cli/output.h"
#include "cli/table.h"
#include "contract/manifest.h"

/* JSON text of a new text, which is released; NULL stays NULL. */
static json_t *take_text(char *text)
{
	json_t *json = text ? json_string(text) : NULL;

	mem_free(text);
	return json;
}

static json_t *actions_of(const struct plugin *plugin)
{
	json_t *actions = json_array();

	for (size_t i = 0; i < plugin->action_count; i++) {
		json_t *action = json_object();

		if (json_put(action, "name", json_string(plugin->actions[i].name)) ||
		    json_put(action, "signature", take_text(action_signature(&plugin->actions[i]))) ||
		    json_array_append(actions, action)) {
			json_decref(action);
			json_decref(actions);
			return NULL;
		}
		json_decref(action);
	}
	return actions;
}

static json_t *signatures_of(const struct plugin *plugin)
{
	json_t *json = json_object();

	if (json_put(json, "plugin_name", json_string(plugin->name)) ||
	    json_put(json, "constructor", take_text(plugin_constructor(plugin))) ||
	    json_put(json, "actions", actions_of(plugin))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static json_t *describe(const struct registry *registry, const char *group)
{
	json_t *json = json_object();

	for (size_t i = 0; i < registry->count && json; i++) {
		const struct plugin *plugin = registry->plugins[i];

		if (group && strcmp(plugin->group, group) != 0)
			continue;
		if ((!json_object_get(json, plugin->group) && json_put(json, plugin->group, json_array())) ||
		    json_array_append_new(json_object_get(json, plugin->group), signatures_of(plugin))) {
			json_decref(json);
			return NULL;
		}
	}
	return json;
}

static void add_row(struct table *table, const struct plugin *plugin, const char *name, char *signature)
{
	if (signature)
		table_add(table, (const char *const[]){plugin->group, plugin->name, name, signature});
	else
		table->failed = true;
	mem_free(signature);
}

static enum cli_exit print_table(const struct registry *registry, const char *group)
{
	static const char *const headings[] = {"GROUP", "PLUGIN", "ACTION", "SIGNATURE"};
	struct table table;

	table_init(&table, 4, headings);
	for (size_t i = 0; i < registry->count; i++) {
		const struct plugin *plugin = registry->plugins[i];

		if (group && strcmp(plugin->group, group) != 0)
			continue;
		add_row(&table, plugin, "(constructor)", plugin_constructor(plugin));
		for (size_t j = 0; j < plugin->action_count; j++)
			add_row(&table, plugin, plugin->actions[j].name, action_signature(&plugin->actions[j]));
	}
	return table_print(&table);
}

static enum cli_exit run(const struct call *call)
{
	const char *group = call_value(call, "group");
	struct registry registry;
	enum cli_exit status = catalog_load(call, group, &registry);

	if (!status)
		status = call_wants_table(call) ? print_table(&registry, group)
						: output_json(describe(&registry, group));
	registry_release(&registry);
	return status;
}

const struct command cmd_signatures = {
	.name = "signatures",
	.summary = "print how plugins are constructed and their actions called",
	.description = "Prints the constructor and the actions of each plugin in one notation, whatever language it "
		       "is written in. No plugin is loaded or run.",
	.options =
		(const struct command_option[]){
			OPTION_GROUP,
			OPTION_PLUGINS,
			OPTION_OUTPUT,
			{.name = NULL},
		},
	.examples = (const char *const[]){"tocsin signatures --group delivery --output table", NULL},
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* tocsin action: the contract of one action. Reads files; runs nothing of them. */
#include "cli/commands.h"

#include "base/json.h"
#include "cli/catalog.h"
#include "cli/output.h"
#include "cli/report.h"
#include "contract/manifest.h"

static json_t *describe(const struct plugin *plugin, const struct action *action)
{
	json_t *json = json_object();

	if (json_put(json, "group", json_string(plugin->group)) ||
	    json_put(json, "plugin_name", json_string(plugin->name)) ||
	    json_put(json, "action", action_manifest(action))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static enum cli_exit run(const struct call *call)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct registry registry;
	enum cli_exit status = catalog_load(call, NULL, &registry);
	const struct plugin *plugin = status ? NULL : catalog_find(call, &registry);
	const struct action *action;

	status = CLI_FAILED;
	if (plugin) {
		action = plugin_action(plugin, call->operands[2], &err);
		status = action ? output_json(describe(plugin, action)) : report_error(&err);
	}
	registry_release(&registry);
	return status;
}

const struct command cmd_action = {
	.name = "action",
	.summary = "print the contract of one action of a plugin",
	.description = "Prints what an action takes and gives back, and how it is called. No plugin is loaded or run.",
	.operands =
		(const struct command_operand[]){
			{.name = "GROUP", .help = "the plugin's group, such as delivery"},
			{.name = "NAME", .help = "the plugin's name"},
			{.name = "ACTION", .help = "the action's name"},
			{.name = NULL},
		},
	.options = (const struct command_option[]){OPTION_PLUGINS, {.name = NULL}},
	.examples = (const char *const[]){"tocsin action delivery webhook deliver", NULL},
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* tocsin action: the contract of one action. Reads files; runs nothing of them. */
#include "cli/commands.h"

#include "cli/part.h"
#include "contract/manifest.h"

static json_t *manifest(const struct plugin *plugin, const char *name, struct tocsin_error *err)
{
	const struct action *action = plugin_action(plugin, name, err);

	return action ? action_manifest(action) : NULL;
}

static enum cli_exit run(const struct call *call)
{
	return part_print(call, "action", manifest);
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

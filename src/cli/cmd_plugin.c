/* SPDX-License-Identifier: Apache-2.0 */
/* tocsin plugin: the contract of one plugin. Reads files; runs nothing of them. */
#include "cli/commands.h"

#include "cli/catalog.h"
#include "cli/output.h"
#include "contract/manifest.h"

static enum cli_exit run(const struct call *call)
{
	struct registry registry;
	enum cli_exit status = catalog_load(call, NULL, &registry);
	const struct plugin *plugin = status ? NULL : catalog_find(call, &registry);

	status = plugin ? output_json(plugin_manifest(plugin)) : CLI_FAILED;
	registry_release(&registry);
	return status;
}

const struct command cmd_plugin = {
	.name = "plugin",
	.summary = "print the contract of one plugin",
	.description = "Prints one plugin as the manifest has it. No plugin is loaded or run.",
	.operands =
		(const struct command_operand[]){
			{.name = "GROUP", .help = "the plugin's group, such as delivery"},
			{.name = "NAME", .help = "the plugin's name"},
			{.name = NULL},
		},
	.options = (const struct command_option[]){OPTION_PLUGINS, {.name = NULL}},
	.examples = (const char *const[]){"tocsin plugin delivery webhook", NULL},
	.run = run,
};

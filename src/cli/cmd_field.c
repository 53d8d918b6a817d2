/* SPDX-License-Identifier: Apache-2.0 */
/* tocsin field: the contract of one setting. Reads files; runs nothing of them. */
#include "cli/commands.h"

#include "cli/part.h"

static json_t *manifest(const struct plugin *plugin, const char *name, struct tocsin_error *err)
{
	const struct field *field = plugin_field(plugin, name, err);

	return field ? field_manifest(field) : NULL;
}

static enum cli_exit run(const struct call *call)
{
	return part_print(call, "field", manifest);
}

const struct command cmd_field = {
	.name = "field",
	.summary = "print the contract of one setting of a plugin",
	.description = "Prints what a field is: kind, default, limits, and whether it must be given. No plugin is "
		       "loaded or run.",
	.operands =
		(const struct command_operand[]){
			{.name = "GROUP", .help = "the plugin's group, such as delivery"},
			{.name = "NAME", .help = "the plugin's name"},
			{.name = "FIELD", .help = "the field's name"},
			{.name = NULL},
		},
	.options = (const struct command_option[]){OPTION_PLUGINS, {.name = NULL}},
	.examples = (const char *const[]){"tocsin field delivery webhook timeout_seconds", NULL},
	.run = run,
};

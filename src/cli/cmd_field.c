/* SPDX-License-Identifier: Apache-2.0 */
/* tocsin field: the contract of one setting. Reads files; runs nothing of them. */
#include "cli/commands.h"

#include "base/json.h"
#include "cli/catalog.h"
#include "cli/output.h"
#include "cli/report.h"

static json_t *describe(const struct plugin *plugin, const struct field *field)
{
	json_t *json = json_object();

	if (json_put(json, "group", json_string(plugin->group)) ||
	    json_put(json, "plugin_name", json_string(plugin->name)) ||
	    json_put(json, "field", field_manifest(field))) {
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
	const struct field *field;

	status = CLI_FAILED;
	if (plugin) {
		field = plugin_field(plugin, call->operands[2], &err);
		status = field ? output_json(describe(plugin, field)) : report_error(&err);
	}
	registry_release(&registry);
	return status;
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

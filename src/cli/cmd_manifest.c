/* SPDX-License-Identifier: Apache-2.0 */
/* tocsin manifest: the contracts of all plugins. Reads files; runs nothing of them. */
#include "cli/commands.h"

#include <string.h>

#include "cli/catalog.h"
#include "cli/output.h"
#include "cli/table.h"
#include "contract/manifest.h"

static enum cli_exit print_table(const struct registry *registry, const char *group)
{
	static const char *const headings[] = {"GROUP", "PLUGIN", "VERSION", "TIER", "WHAT IT DOES"};
	struct table table;

	table_init(&table, 5, headings);
	for (size_t i = 0; i < registry->count; i++) {
		const struct plugin *plugin = registry->plugins[i];

		if (group && strcmp(plugin->group, group) != 0)
			continue;
		table_add(&table, (const char *const[]){plugin->group, plugin->name, plugin->version,
							tier_name(plugin->tier), plugin->doc});
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
						: output_json(registry_manifest(&registry, group));
	registry_release(&registry);
	return status;
}

const struct command cmd_manifest = {
	.name = "manifest",
	.summary = "print the contracts of all plugins",
	.description = "Prints every plugin with its fields, actions, defaults and limits, sorted by group and name. "
		       "The contracts are read out of the plugin files; no plugin is loaded or run. Equal "
		       "contracts give equal bytes.",
	.options =
		(const struct command_option[]){
			OPTION_GROUP,
			OPTION_PLUGINS,
			OPTION_OUTPUT,
			{.name = NULL},
		},
	.examples = (const char *const[]){"tocsin manifest", "tocsin manifest --group delivery --output table", NULL},
	.run = run,
};

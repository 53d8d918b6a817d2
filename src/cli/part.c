/* SPDX-License-Identifier: Apache-2.0 */
/* One part of one plugin, as JSON. Reads files; runs nothing of them. */
#include "cli/part.h"

#include "base/json.h"
#include "cli/catalog.h"
#include "cli/output.h"
#include "cli/report.h"

static json_t *describe(const struct plugin *plugin, const char *kind, json_t *manifest)
{
	json_t *json = json_object();

	if (json_put(json, kind, manifest) || json_put(json, "group", json_string(plugin->group)) ||
	    json_put(json, "plugin_name", json_string(plugin->name))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

enum cli_exit part_print(const struct call *call, const char *kind, part_manifest *manifest)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct registry registry;
	enum cli_exit status = catalog_load(call, NULL, &registry);
	const struct plugin *plugin = status ? NULL : catalog_find(call, &registry);
	json_t *part;

	status = CLI_FAILED;
	if (plugin) {
		part = manifest(plugin, call->operands[2], &err);
		status = err.code ? report_error(&err) : output_json(describe(plugin, kind, part));
	}
	registry_release(&registry);
	return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tocsin check: all that is wrong with a configuration, at once, by line and column.
 *
 * Contracts are read, settings checked against them, secrets looked for; nothing is loaded, run or sent.
 * A warning is something that works and is probably not meant.
 */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/setup.h"

/* Says it on stderr and adds it to the list. */
static int warn(const struct setup *setup, json_t *warnings, const char *path, const char *message)
{
	setup_warn(setup, path, message);
	return json_array_append_new(warnings, setup_remark_json(setup, path, message));
}

/* What loading found. */
static int warn_of_oddities(const struct setup *setup, json_t *warnings)
{
	const struct problems *odd = &setup->configuration.warnings;
	int failed = 0;

	for (size_t i = 0; i < odd->count && !failed; i++)
		failed = warn(setup, warnings, odd->items[i].path, odd->items[i].message);
	return failed;
}

static int warn_of_disabled(const struct setup *setup, json_t *warnings)
{
	const struct configuration *configuration = &setup->configuration;
	char path[128];
	int failed = 0;

	for (size_t i = 0; i < configuration->receiver_count && !failed; i++) {
		const struct receiver *receiver = &configuration->receivers[i];

		snprintf(path, sizeof(path), "receivers.%s", receiver->name);
		if (receiver->disabled)
			failed = warn(setup, warnings, path, receiver->disabled);
	}
	return failed;
}

/* Routes behind one that takes everything and does not go on. */
static int warn_of_routes(const struct setup *setup, json_t *warnings)
{
	const struct routes *routes = &setup->configuration.routes;
	char path[64], message[128];
	size_t last = 0;
	int failed = 0;

	while (last < routes->count && (routes->items[last].matcher_count || routes->items[last].goes_on))
		last++;
	for (size_t i = last + 1; i < routes->count && !failed; i++) {
		snprintf(path, sizeof(path), "routes[%zu]", i);
		snprintf(message, sizeof(message), "it is never reached: routes[%zu] takes everything", last);
		failed = warn(setup, warnings, path, message);
	}
	return failed;
}

static json_t *describe(const struct setup *setup)
{
	const struct configuration *configuration = &setup->configuration;
	/* As the file has them: one with a problem is a receiver too. */
	const json_t *declared = json_object_get(configuration->document.root, "receivers");
	json_t *json = json_object();
	json_t *warnings = json_array();

	if (warn_of_oddities(setup, warnings) || warn_of_disabled(setup, warnings) || warn_of_routes(setup, warnings) ||
	    json_put(json, "warnings", json_incref(warnings)) ||
	    json_put(json, "problems", setup_problems_json(setup)) ||
	    json_put(json, "receivers", json_integer((json_int_t)json_object_size(declared))) ||
	    json_put(json, "routes", json_integer((json_int_t)configuration->routes.count)) ||
	    json_put(json, "plugins", json_integer((json_int_t)configuration->host.registry.count))) {
		json_decref(json);
		json = NULL;
	}
	json_decref(warnings);
	return json;
}

static enum cli_exit run(const struct call *call)
{
	struct setup setup;
	enum cli_exit status = CLI_OK, printed;

	setup_load(call, call->operands[0], SECRETS_RESOLVE, &setup);
	if (!setup_is_good(&setup))
		status = setup_report(&setup);
	printed = output_json(describe(&setup));
	setup_release(&setup);
	return status ? status : printed;
}

const struct command cmd_check = {
	.name = "check",
	.summary = "find everything that is wrong with a configuration",
	.description = "Reads the configuration and the contracts of its plugins, and checks every setting, route and "
		       "secret. Each problem is a line on stderr, FILE:LINE:COLUMN: PATH: MESSAGE, and an entry on "
		       "stdout; with any problem the exit status is 1. Warnings are about what works and is "
		       "probably not meant. Nothing is loaded, run or sent.",
	.operands =
		(const struct command_operand[]){
			{.name = "CONFIG", .completes = COMPLETES_FILES, .help = "the configuration file (YAML)"},
			{.name = NULL},
		},
	.options = (const struct command_option[]){OPTION_CONFIGURED_PLUGINS, {.name = NULL}},
	.examples = (const char *const[]){"tocsin check examples/tocsin.yaml", NULL},
	.run = run,
};

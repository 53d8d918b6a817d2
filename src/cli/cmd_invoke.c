/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tocsin invoke and tocsin trace: one action of one plugin, run in a worker.
 *
 * Settings and arguments come as text, and the fields decide what they are. Secrets are never read: the
 * plugin gets placeholders, as always, and nothing is sent, so a secret that is not there is no obstacle.
 * What is printed has every secret masked. A trace of a failed invocation is printed all the same, since
 * that is when its history is wanted.
 */
#include "cli/commands.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/catalog.h"
#include "cli/output.h"
#include "cli/report.h"
#include "host/instance.h"

#define VALUE_DEPTH 32
#define VALUE_CEILING (1024ul * 1024)

/* The value of one "K=V" or "K=JSON"; NULL when reported. */
static json_t *read_value(const char *option, const char *given, const char *text, bool is_json)
{
	const struct json_limits limits = {.bytes = VALUE_CEILING, .depth = VALUE_DEPTH};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *value = NULL;

	if (!text_is_utf8(text, strlen(text))) {
		report_usage("--%s %s: the value is not UTF-8", option, given);
	} else if (!is_json) {
		value = json_string(text);
		if (!value)
			report_no_memory();
	} else if (json_read(text, strlen(text), &limits, &value, &err)) {
		report_usage("--%s %s: %s", option, given, tocsin_error_at(&err, 0));
	}
	return value;
}

/* Adds the values of one option to an object. */
static enum cli_exit read_values(const struct call *call, const char *option, bool is_json, json_t *object)
{
	size_t count;
	const char *const *given = call_values(call, option, &count);

	for (size_t i = 0; i < count; i++) {
		const size_t length = strcspn(given[i], "=");
		char key[128];
		json_t *value;

		if (!length || !given[i][length] || length >= sizeof(key) || !text_is_utf8(given[i], length))
			return report_usage("--%s %s: not of the form NAME=VALUE", option, given[i]);
		memcpy(key, given[i], length);
		key[length] = '\0';
		if (json_object_get(object, key))
			return report_usage("--%s %s: %s was given twice", option, given[i], key);
		value = read_value(option, given[i], given[i] + length + 1, is_json);
		if (!value)
			return CLI_USAGE;
		if (json_put(object, key, value))
			return report_no_memory();
	}
	return CLI_OK;
}

/* What was asked for. */
struct request {
	json_t *settings;
	json_t *arguments;
	int64_t deadline_ms; /* 0: the host's own */
};

static void request_free(struct request *request)
{
	json_decref(request->settings);
	json_decref(request->arguments);
}

static enum cli_exit read_request(const struct call *call, struct request *request)
{
	enum cli_exit status;

	request->settings = json_object();
	request->arguments = json_object();
	if (!request->settings || !request->arguments)
		return report_no_memory();
	status = read_values(call, "config", false, request->settings);
	if (!status)
		status = read_values(call, "config-json", true, request->settings);
	if (!status)
		status = read_values(call, "arg", false, request->arguments);
	if (!status)
		status = read_values(call, "arg-json", true, request->arguments);
	if (!status)
		status = call_duration(call, "timeout", &request->deadline_ms);
	return status;
}

static enum cli_exit construct(const struct call *call, struct tocsin_host *host, struct plugin *plugin,
			       const struct request *request, struct tocsin_instance **ret_instance)
{
	const struct instance_options options = {
		.place = TOCSIN_IN_WORKER,
		.secrets = SECRETS_MASK,
		.path = "config",
		.deadline_ms = request->deadline_ms,
	};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct problems problems = {.count = 0};
	enum cli_exit status = CLI_OK;

	if (plugin->tier == TOCSIN_TIER_UNCONFINED && !call_has(call, "allow-unconfined"))
		return report("%s/%s is unconfined, so its code may do whatever you may; --allow-unconfined runs it",
			      plugin->group, plugin->name);
	if (instance_new(host, plugin, request->settings, &options, ret_instance, &problems, &err))
		status = problems_none(&problems) ? report_error(&err) : report_problems("", &problems);
	problems_release(&problems);
	return status;
}

static int put_names(json_t *json, const struct plugin *plugin, const char *action)
{
	return json_put(json, "group", json_string(plugin->group)) ||
	       json_put(json, "plugin_name", json_string(plugin->name)) ||
	       json_put(json, "action_name", json_string(action));
}

static int put_result(json_t *json, const struct tocsin_instance *instance, const json_t *value)
{
	if (!value)
		return json_put(json, "result", json_null());
	return json_put(json, "result", secrets_hide_json(instance_secrets(instance), value));
}

static json_t *describe_invocation(const struct tocsin_instance *instance, const char *action, const json_t *value)
{
	json_t *json = json_object();

	if (put_names(json, instance_plugin(instance), action) || put_result(json, instance, value)) {
		json_decref(json);
		return NULL;
	}
	return json;
}

/* `value` is NULL when the invocation failed with `err`. */
static json_t *describe_trace(const struct tocsin_instance *instance, const char *action, const json_t *value,
			      const struct tocsin_error *err)
{
	json_t *json = json_object();

	if (put_names(json, instance_plugin(instance), action) || put_result(json, instance, value) ||
	    json_put(json, "configuration", instance_configuration(instance)) ||
	    json_put(json, "history", history_json(instance_history(instance))) ||
	    (!value && json_put(json, "error", error_chain_json(err)))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static enum cli_exit run_action(const struct call *call, struct tocsin_host *host, struct plugin *plugin,
				const struct request *request, bool traced)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	const struct action *action = plugin_action(plugin, call->operands[2], &err);
	struct tocsin_instance *instance = NULL;
	json_t *value = NULL;
	enum cli_exit status;

	/* A name that is not there is said before anything is constructed. */
	if (!action)
		return report_error(&err);
	status = construct(call, host, plugin, request, &instance);
	if (status)
		return status;
	if (instance_invoke(instance, action->name, request->arguments, &value, &err))
		status = report_error(&err);
	if (traced) {
		const enum cli_exit printed = output_json(describe_trace(instance, action->name, value, &err));

		status = status ? status : printed;
	} else if (!status) {
		status = output_json(describe_invocation(instance, action->name, value));
	}
	json_decref(value);
	instance_free(instance);
	return status;
}

static enum cli_exit run(const struct call *call, bool traced)
{
	struct request request = {.settings = NULL};
	struct tocsin_host host = {.registry.count = 0};
	struct plugin *plugin;
	enum cli_exit status = read_request(call, &request);

	if (!status)
		status = catalog_load(call, NULL, &host.registry);
	if (!status) {
		plugin = catalog_find(call, &host.registry);
		status = plugin ? run_action(call, &host, plugin, &request, traced) : CLI_FAILED;
	}
	host_release(&host);
	request_free(&request);
	return status;
}

static enum cli_exit run_invoke(const struct call *call)
{
	return run(call, false);
}

static enum cli_exit run_trace(const struct call *call)
{
	return run(call, true);
}

static const struct command_operand operands[] = {
	{.name = "GROUP", .help = "the plugin's group, such as delivery"},
	{.name = "NAME", .help = "the plugin's name"},
	{.name = "ACTION", .help = "the action's name"},
	{.name = NULL},
};

static const struct command_option options[] = {
	{.name = "config",
	 .letter = 'c',
	 .argument = "NAME=VALUE",
	 .repeats = true,
	 .help = "a setting, as text; its field decides what it is"},
	{.name = "config-json", .argument = "NAME=JSON", .repeats = true, .help = "a setting that is a list or a map"},
	{.name = "arg",
	 .letter = 'a',
	 .argument = "NAME=VALUE",
	 .repeats = true,
	 .help = "an argument, as text; its parameter decides what it is"},
	{.name = "arg-json", .argument = "NAME=JSON", .repeats = true, .help = "an argument that is a list or a map"},
	{.name = "timeout", .letter = 't', .argument = "DURATION", .help = "end the worker after so long (10s)"},
	{.name = "allow-unconfined", .help = "run a plugin that is not confined"},
	OPTION_PLUGINS,
	{.name = NULL},
};

const struct command cmd_invoke = {
	.name = "invoke",
	.summary = "run one action of a plugin and print its result",
	.description = "Constructs the plugin with the settings given, runs the action in a worker process of its own "
		       "and prints the result. For an adapter that is what it asks the runtime to do; nothing is "
		       "sent. A secret is masked in what is printed.",
	.operands = operands,
	.options = options,
	.examples =
		(const char *const[]){
			"tocsin invoke delivery console deliver --config prefix='[ops]' --arg title='Disk full' \\\n"
			"--arg severity=critical --arg summary='/var has 0 bytes left'",
			NULL,
		},
	.run = run_invoke,
};

const struct command cmd_trace = {
	.name = "trace",
	.summary = "run one action and print its result, configuration and history",
	.description = "Does what invoke does, and prints the configuration that the plugin was given, defaults "
		       "included and secrets masked, and the history of its invocations: arguments, type of the "
		       "result, outcome, error chain and duration, nested calls first. When the action fails, the "
		       "result is null, and the error is printed as well.",
	.operands = operands,
	.options = options,
	.examples =
		(const char *const[]){
			"tocsin trace delivery pager preview --config service=db --config routing_key=R0UT1NG \\\n"
			"--arg title='Disk full' --arg severity=critical --arg summary='/var is full'",
			NULL,
		},
	.run = run_trace,
};

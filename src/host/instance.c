/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instances: construction, and the one way to run an action.
 *
 * The order of instance_invoke() is its promise: the switches are asked before anything else is done, the
 * arguments are checked before the plugin's code sees them, the result before the caller does, and every
 * call of an action that exists leaves a record, whatever became of it. Secrets are hidden in what is
 * recorded and in errors, not in results, where the transport needs their placeholders.
 */
#include "host/instance.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "contract/manifest.h"
#include "contract/result.h"
#include "host/call.h"
#include "host/library.h"
#include "host/worker.h"
#include "loader/file.h"

struct tocsin_instance {
	struct tocsin_host *host;
	struct plugin *plugin; /* as registered; one reference */
	struct plugin *live; /* in process: the one with functions; one reference */
	json_t *settings; /* checked, as the configuration names them */
	json_t *given; /* the same with placeholders: what the plugin gets */
	struct secrets secrets;
	struct bound_values bound; /* in process: `given` as the plugin's struct */
	struct history history;
	enum tocsin_place place;
	int64_t deadline_ms;
	struct plugin_file file; /* in a worker: open for restarts */
	char digest[PLUGIN_DIGEST_ROOM]; /* in a worker: of the file as it was checked */
	struct worker *worker; /* NULL before the first call and after a death */
};

void host_release(struct tocsin_host *host)
{
	if (!host)
		return;
	overrides_end_since(&host->overrides, 0);
	switches_release(&host->switches);
	registry_release(&host->registry);
}

/* ---- Construction ---- */

/* Opens the plugin's file, and holds it to the pin and to the registered contract. */
static enum tocsin_code open_file(struct tocsin_instance *instance, const char *sha256, struct tocsin_error *err)
{
	struct plugin *contract = NULL;
	enum tocsin_code code = plugin_file_open(instance->plugin->origin, &instance->file, err);

	if (!code && sha256) {
		code = plugin_file_pin(&instance->file, sha256, err);
		if (!code)
			memcpy(instance->digest, sha256, sizeof(instance->digest));
	} else if (!code && instance->place == TOCSIN_IN_WORKER) {
		code = plugin_file_digest(&instance->file, instance->digest, err);
	}
	if (!code)
		code = plugin_file_contract(&instance->file, &contract, err);
	if (!code)
		code = plugin_same(contract, instance->plugin, err);
	plugin_unref(contract);
	return code;
}

static enum tocsin_code prepare_process(struct tocsin_instance *instance, struct tocsin_error *err)
{
	struct plugin *live;
	enum tocsin_code code = TOCSIN_OK;

	if (instance->plugin->source == PLUGIN_LIVE) {
		instance->live = plugin_ref(instance->plugin);
	} else {
		code = library_load(instance->file.fd, instance->plugin->origin, &instance->live, err);
		plugin_file_close(&instance->file);
		if (!code)
			code = plugin_same(instance->live, instance->plugin, err);
	}
	live = instance->live;
	return code ? code
		    : values_bind(live->fields, live->field_count, live->settings_size, instance->given,
				  &instance->bound, err);
}

static enum tocsin_code prepare_place(struct tocsin_instance *instance, const char *sha256, struct tocsin_error *err)
{
	const struct plugin *plugin = instance->plugin;

	if (plugin->source == PLUGIN_LIVE && instance->place == TOCSIN_IN_WORKER)
		return tocsin_fail(err, TOCSIN_INVALID, "%s/%s is part of this program and cannot run in a worker",
				   plugin->group, plugin->name);
	if (plugin->source == PLUGIN_LIVE && sha256)
		return tocsin_fail(err, TOCSIN_INVALID, "%s/%s is part of this program and has no file to pin",
				   plugin->group, plugin->name);
	if (plugin->source == PLUGIN_READ) {
		const enum tocsin_code code = open_file(instance, sha256, err);

		if (code)
			return code;
	}
	return instance->place == TOCSIN_IN_PROCESS ? prepare_process(instance, err) : TOCSIN_OK;
}

static enum tocsin_code construct(struct tocsin_instance *instance, const json_t *settings,
				  const struct instance_options *options, struct problems *problems,
				  struct tocsin_error *err)
{
	const struct plugin *plugin = instance->plugin;
	const char *path = options->path ? options->path : "";
	enum tocsin_code code = switches_check(&instance->host->switches, plugin->group, plugin->name, NULL, err);

	if (code)
		return code;
	code = values_check(plugin->fields, plugin->field_count, settings, path, &instance->settings, problems);
	if (!code)
		code = secrets_extract(plugin, instance->settings, options->secrets, path, &instance->secrets,
				       &instance->given, problems);
	if (code == TOCSIN_NO_MEMORY)
		return tocsin_fail(err, code, "no memory for the settings of %s/%s", plugin->group, plugin->name);
	return code ? code : prepare_place(instance, options->sha256, err);
}

enum tocsin_code instance_new(struct tocsin_host *host, struct plugin *plugin, const json_t *settings,
			      const struct instance_options *options, struct tocsin_instance **ret_instance,
			      struct problems *problems, struct tocsin_error *err)
{
	struct tocsin_instance *instance = mem_zero(sizeof(*instance));
	enum tocsin_code code;

	if (!instance)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for an instance");
	instance->host = host;
	instance->plugin = plugin_ref(plugin);
	instance->place = options->place;
	instance->deadline_ms = options->deadline_ms ? options->deadline_ms : WORKER_CALL_MS;
	instance->file.fd = -1;
	code = construct(instance, settings, options, problems, err);
	if (code) {
		instance_free(instance);
		return code;
	}
	*ret_instance = instance;
	return TOCSIN_OK;
}

void instance_free(struct tocsin_instance *instance)
{
	if (!instance)
		return;
	worker_free(instance->worker);
	plugin_file_close(&instance->file);
	bound_values_release(&instance->bound);
	history_release(&instance->history);
	secrets_release(&instance->secrets);
	json_decref(instance->given);
	json_decref(instance->settings);
	plugin_unref(instance->live);
	plugin_unref(instance->plugin);
	mem_free(instance);
}

/* ---- Recording ---- */

/* What the history may show of JSON, whose reference it takes over; NULL for NULL and without memory. */
static json_t *hidden(const struct tocsin_instance *instance, json_t *json)
{
	json_t *shown = json ? secrets_hide_json(&instance->secrets, json) : NULL;

	json_decref(json);
	return shown;
}

/* Records a nested call, whose arguments and sentences are still as the plugin gave them. */
static void record_nested(void *data, struct invocation *record)
{
	struct tocsin_instance *instance = data;

	/* In process the name is the loaded plugin's; the registered one's lives as long as the instance. */
	record->action = plugin_find_action(instance->plugin, record->action)->name;
	record->arguments = hidden(instance, record->arguments);
	record->error = hidden(instance, record->error);
	history_add(&instance->history, record);
}

/* Arguments that were not checked belong to the caller, who may change them: the record has a copy. */
static json_t *copy_unchecked(const json_t *arguments)
{
	return json_is_object(arguments) ? json_duplicate(arguments) : NULL;
}

/* ---- Running ---- */

/* One call on its way. */
struct running {
	struct tocsin_instance *instance;
	const struct action *action; /* of the registered plugin */
	json_t *arguments; /* checked; NULL until they are */
	json_t *off; /* actions that are switched off, for nested calls */
	json_t *value;
};

static enum tocsin_code run_in_process(struct running *running, struct tocsin_error *err)
{
	struct tocsin_instance *instance = running->instance;
	struct call call = {
		.plugin = instance->live,
		.registered = instance->plugin,
		.overrides = &instance->host->overrides,
		.off = running->off,
		.settings = instance->bound.memory,
		.recorded = instance->history.off ? NULL : record_nested,
		.data = instance,
	};

	return call_run(&call, plugin_find_action(instance->live, running->action->name), running->arguments,
			&running->value, err);
}

/* A plugin that is switched off does not stay loaded. */
static void stop_worker(struct tocsin_instance *instance)
{
	worker_free(instance->worker);
	instance->worker = NULL;
}

/* A worker that can be called: the one that there is, or a new one. */
static enum tocsin_code ensure_worker(struct tocsin_instance *instance, struct tocsin_error *err)
{
	const struct worker_options options = {
		.plugin_fd = instance->file.fd,
		.plugin = instance->plugin,
		.settings = instance->given,
		.start_ms = instance->deadline_ms < WORKER_START_MS ? instance->deadline_ms : WORKER_START_MS,
	};
	enum tocsin_code code;

	if (worker_is_alive(instance->worker))
		return TOCSIN_OK;
	stop_worker(instance);
	/* Somebody may have written into the file, instead of putting another one in its place. */
	code = plugin_file_same(&instance->file, instance->digest, err);
	return code ? code : worker_start(&options, &instance->worker, err);
}

static enum tocsin_code run_in_worker(struct running *running, struct tocsin_error *err)
{
	struct tocsin_instance *instance = running->instance;
	struct worker_reply reply;
	enum tocsin_code code = ensure_worker(instance, err);

	if (code)
		return code;
	code = worker_call(instance->worker, running->action, running->arguments, running->off, instance->deadline_ms,
			   &reply, err);
	for (size_t i = 0; i < reply.nested_count; i++)
		record_nested(instance, &reply.nested[i]);
	running->value = json_incref(reply.value);
	worker_reply_release(&reply);
	return code;
}

static enum tocsin_code check_arguments(struct running *running, const json_t *arguments, struct tocsin_error *err)
{
	const struct action *action = running->action;
	struct problems problems = {0};
	enum tocsin_code code = values_check(action->parameters, action->parameter_count, arguments, "",
					     &running->arguments, &problems);

	if (code == TOCSIN_NO_MEMORY)
		tocsin_fail(err, code, "no memory for the arguments");
	else if (code)
		problems_fail(&problems, err);
	problems_release(&problems);
	return code;
}

/* Everything but the record. */
static enum tocsin_code run(struct running *running, const json_t *arguments, struct tocsin_error *err)
{
	struct tocsin_instance *instance = running->instance;
	const struct plugin *plugin = instance->plugin;
	const struct switches *switches = &instance->host->switches;
	enum tocsin_code code = switches_check(switches, plugin->group, plugin->name, running->action->name, err);

	if (code && switches_check(switches, plugin->group, plugin->name, NULL, NULL))
		stop_worker(instance);
	if (!code)
		code = check_arguments(running, arguments, err);
	if (!code)
		code = switches_actions(switches, plugin->group, plugin->name, &running->off, err);
	if (code)
		return code;
	return instance->place == TOCSIN_IN_PROCESS ? run_in_process(running, err) : run_in_worker(running, err);
}

/* Adds the record of a call that ended, and hides secrets in its error. */
static void keep_record(struct running *running, const json_t *arguments, enum tocsin_code code, int64_t wall_ms,
			int64_t began_ns, struct tocsin_error *err)
{
	struct tocsin_instance *instance = running->instance;
	struct invocation record = {.wall_ms = wall_ms, .action = running->action->name, .outcome = code};
	json_t *given;

	if (code)
		secrets_hide_error(&instance->secrets, err);
	if (instance->history.off)
		return;
	record.duration_ns = clock_monotonic_ns() - began_ns;
	given = running->arguments ? json_incref(running->arguments) : copy_unchecked(arguments);
	record.arguments = hidden(instance, given);
	if (code)
		record.error = error_chain_json(err);
	else
		record.result_type = result_type_name(running->value);
	history_add(&instance->history, &record);
}

enum tocsin_code instance_invoke(struct tocsin_instance *instance, const char *action, const json_t *arguments,
				 json_t **ret_value, struct tocsin_error *err)
{
	const int64_t wall_ms = clock_wall_ms();
	const int64_t began_ns = clock_monotonic_ns();
	struct running running = {.instance = instance};
	struct tocsin_error own;
	enum tocsin_code code;

	err = err ? err : &own;
	running.action = plugin_action(instance->plugin, action ? action : "", err);
	if (!running.action)
		return TOCSIN_NOT_FOUND;
	code = run(&running, arguments, err);
	keep_record(&running, arguments, code, wall_ms, began_ns, err);
	json_decref(running.off);
	json_decref(running.arguments);
	if (code)
		return tocsin_wrap(err, "running %s of %s/%s", running.action->name, instance->plugin->group,
				   instance->plugin->name);
	*ret_value = running.value;
	return TOCSIN_OK;
}

/* ---- Asking ---- */

const struct plugin *instance_plugin(const struct tocsin_instance *instance)
{
	return instance->plugin;
}

const struct secrets *instance_secrets(const struct tocsin_instance *instance)
{
	return &instance->secrets;
}

const struct history *instance_history(const struct tocsin_instance *instance)
{
	return &instance->history;
}

const json_t *instance_settings(const struct tocsin_instance *instance)
{
	return instance->settings;
}

json_t *instance_configuration(const struct tocsin_instance *instance)
{
	return values_mask(instance->plugin->fields, instance->plugin->field_count, instance->settings);
}

void instance_record(struct tocsin_instance *instance, bool record)
{
	instance->history.off = !record;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * <tocsin/host.h>: the host for programs that embed it, over JSON text.
 *
 * Nothing is decided here but what crosses the boundary: input is read with the limits of the worker
 * protocol, and results have secrets masked, because an embedding program has no transport that could put
 * them in. Instances must be freed before their host. Overrides that are left when the host is freed, or when
 * the scope in which they began ends, end there, and their handles with them: an override has one owner, and
 * keeping the handles of ended ones would make a leak of every body that relies on its scope.
 */
#include <tocsin/host.h>

#include <stdio.h>
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "contract/manifest.h"
#include "host/frame.h"
#include "host/instance.h"
#include "loader/directory.h"

static enum tocsin_code read_json(const char *text, const char *what, json_t **ret_json, struct tocsin_error *err)
{
	static const struct json_limits limits = {.bytes = FRAME_CEILING, .depth = FRAME_DEPTH};
	enum tocsin_code code;

	if (!text) {
		*ret_json = NULL;
		return TOCSIN_OK;
	}
	code = json_read(text, strlen(text), &limits, ret_json, err);
	if (code)
		tocsin_wrap(err, "reading the %s", what);
	return code;
}

/* Whoever embeds us may be careless. NULL where something is needed is an error, not a crash. */
static enum tocsin_code need(const void *given, const char *what, struct tocsin_error *err)
{
	return given ? TOCSIN_OK : tocsin_fail(err, TOCSIN_INVALID, "%s is needed, NULL was given", what);
}

static enum tocsin_code need_names(const char *group, const char *name, struct tocsin_error *err)
{
	enum tocsin_code code = need(group, "the name of a group", err);

	return code ? code : need(name, "the name of a plugin", err);
}

/* Takes over `json`; NULL is one for which there was no memory. */
static enum tocsin_code give_json(json_t *json, enum json_style style, char **ret_text, struct tocsin_error *err)
{
	char *text = json ? json_text(json, style) : NULL;

	json_decref(json);
	if (!text)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for JSON text");
	*ret_text = text;
	return TOCSIN_OK;
}

enum tocsin_code tocsin_host_new(struct tocsin_host **ret_host, struct tocsin_error *err)
{
	struct tocsin_host *host = mem_zero(sizeof(*host));

	if (!host)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a host");
	*ret_host = host;
	return TOCSIN_OK;
}

void tocsin_host_free(struct tocsin_host *host)
{
	host_release(host);
	mem_free(host);
}

void tocsin_text_free(char *text)
{
	mem_free(text);
}

enum tocsin_code tocsin_host_add(struct tocsin_host *host, const struct tocsin_plugin *table, const char *origin,
				 struct tocsin_error *err)
{
	struct plugin *plugin = NULL;
	struct tocsin_plugin native;
	struct arena arena = {0};
	enum tocsin_code code = need(table, "a plugin's table", err);

	if (!code)
		code = need(origin, "the origin of a plugin", err);
	if (!code)
		code = plugin_widen(table, &arena, &native, err);
	if (!code)
		code = plugin_compile(&native, PLUGIN_LIVE, origin, &plugin, err);
	if (!code)
		code = registry_add(&host->registry, plugin, err);
	plugin_unref(plugin);
	arena_release(&arena);
	return code;
}

enum tocsin_code tocsin_host_add_file(struct tocsin_host *host, const char *path, struct tocsin_error *err)
{
	const enum tocsin_code code = need(path, "the path of a plugin file", err);

	return code ? code : loader_add_file(&host->registry, path, err);
}

enum tocsin_code tocsin_host_add_directory(struct tocsin_host *host, const char *path, tocsin_refused *refused,
					   void *data, struct tocsin_error *err)
{
	const enum tocsin_code code = need(path, "the path of a directory", err);

	return code ? code : loader_add_directory(&host->registry, path, refused, data, err);
}

void tocsin_host_reset(struct tocsin_host *host, const char *group)
{
	registry_reset(&host->registry, group);
}

enum tocsin_code tocsin_host_manifest(const struct tocsin_host *host, const char *group, char **ret_json,
				      struct tocsin_error *err)
{
	return give_json(registry_manifest(&host->registry, group), JSON_STYLE_PAGE, ret_json, err);
}

enum tocsin_code tocsin_host_disable(struct tocsin_host *host, const char *group, const char *name, const char *action,
				     const char *reason, struct tocsin_error *err)
{
	enum tocsin_code code = need_names(group, name, err);

	if (!code)
		code = need(reason, "a reason", err);
	return code ? code : switches_off(&host->switches, group, name, action, reason, clock_wall_ms(), err);
}

enum tocsin_code tocsin_host_enable(struct tocsin_host *host, const char *group, const char *name, const char *action,
				    struct tocsin_error *err)
{
	const enum tocsin_code code = need_names(group, name, err);

	return code ? code : switches_on(&host->switches, group, name, action, err);
}

/* ---- Instances ---- */

/* What the first version of the options had, in bytes, and what no version will have. */
#define OPTIONS_FIRST_SIZE 32u
#define OPTIONS_SIZE_CEILING 1024u

static_assert(sizeof(struct tocsin_instance_options) >= OPTIONS_FIRST_SIZE, "the options only grow");

/* Reads options of any version: what we do not know of must be zero, or it would be ignored in silence. */
static enum tocsin_code read_options(const struct tocsin_instance_options *given, struct instance_options *ret_options,
				     struct tocsin_error *err)
{
	struct tocsin_instance_options options = {.size = sizeof(options)};
	const unsigned char *bytes = (const unsigned char *)given;

	if (given && (given->size < OPTIONS_FIRST_SIZE || given->size > OPTIONS_SIZE_CEILING))
		return tocsin_fail(err, TOCSIN_INVALID, "the options of an instance have a size of %zu", given->size);
	if (given)
		memcpy(&options, given, given->size < sizeof(options) ? given->size : sizeof(options));
	for (size_t i = sizeof(options); given && i < given->size; i++)
		if (bytes[i])
			return tocsin_fail(err, TOCSIN_INVALID,
					   "the options of an instance say something that this version does not know");
	if (options.place != TOCSIN_IN_WORKER && options.place != TOCSIN_IN_PROCESS)
		return tocsin_fail(err, TOCSIN_INVALID, "%d is no place for an instance", (int)options.place);
	if (options.deadline_ms < 0)
		return tocsin_fail(err, TOCSIN_INVALID, "an instance cannot have a deadline in the past");
	*ret_options = (struct instance_options){.place = options.place,
						 .secrets = SECRETS_RESOLVE,
						 .sha256 = options.sha256,
						 .deadline_ms = options.deadline_ms};
	return TOCSIN_OK;
}

enum tocsin_code tocsin_instance_new(struct tocsin_host *host, const char *group, const char *name,
				     const char *settings_json, const struct tocsin_instance_options *options,
				     struct tocsin_instance **ret_instance, struct tocsin_error *err)
{
	struct instance_options how;
	struct problems problems = {0};
	json_t *settings = NULL;
	struct plugin *plugin;
	enum tocsin_code code = need_names(group, name, err);

	if (!code)
		code = read_options(options, &how, err);
	if (code)
		return code;
	plugin = registry_find(&host->registry, group, name, err);
	if (!plugin)
		return TOCSIN_NOT_FOUND;
	code = read_json(settings_json, "settings", &settings, err);
	if (code)
		return code;
	code = instance_new(host, plugin, settings, &how, ret_instance, &problems, err);
	if (code && !problems_none(&problems))
		code = problems_fail(&problems, err);
	if (code)
		tocsin_wrap(err, "constructing %s/%s", group, name);
	problems_release(&problems);
	json_decref(settings);
	return code;
}

void tocsin_instance_free(struct tocsin_instance *instance)
{
	instance_free(instance);
}

enum tocsin_code tocsin_instance_invoke(struct tocsin_instance *instance, const char *action,
					const char *arguments_json, char **ret_json, struct tocsin_error *err)
{
	json_t *arguments = NULL, *value = NULL;
	enum tocsin_code code = need(action, "the name of an action", err);

	if (!code)
		code = read_json(arguments_json, "arguments", &arguments, err);
	if (!code)
		code = instance_invoke(instance, action, arguments, &value, err);
	json_decref(arguments);
	if (code)
		return code;
	code = give_json(secrets_hide_json(instance_secrets(instance), value), JSON_STYLE_LINE, ret_json, err);
	json_decref(value);
	return code;
}

enum tocsin_code tocsin_instance_configuration(const struct tocsin_instance *instance, char **ret_json,
					       struct tocsin_error *err)
{
	return give_json(instance_configuration(instance), JSON_STYLE_PAGE, ret_json, err);
}

enum tocsin_code tocsin_instance_history(const struct tocsin_instance *instance, char **ret_json,
					 struct tocsin_error *err)
{
	return give_json(history_json(instance_history(instance)), JSON_STYLE_PAGE, ret_json, err);
}

void tocsin_instance_record(struct tocsin_instance *instance, bool record)
{
	instance_record(instance, record);
}

/* ---- Overrides ---- */

enum tocsin_code tocsin_override_begin(struct tocsin_host *host, const char *group, const char *name,
				       const char *action, tocsin_run *run, const char *owner,
				       struct tocsin_override **ret_override, struct tocsin_error *err)
{
	enum tocsin_code code = need_names(group, name, err);

	if (!code)
		code = need(action, "the name of an action", err);
	if (code)
		return code;
	return override_begin(&host->overrides, &host->registry, group, name, action, run, owner, ret_override, err);
}

void tocsin_override_end(struct tocsin_override *override)
{
	override_end(override);
}

enum tocsin_code tocsin_host_switches(const struct tocsin_host *host, char **ret_json, struct tocsin_error *err)
{
	return give_json(switches_json(&host->switches), JSON_STYLE_PAGE, ret_json, err);
}

enum tocsin_code tocsin_host_overrides(const struct tocsin_host *host, char **ret_json, struct tocsin_error *err)
{
	return give_json(overrides_json(&host->overrides), JSON_STYLE_PAGE, ret_json, err);
}

enum tocsin_code tocsin_host_scope(struct tocsin_host *host, tocsin_body *body, void *data, struct tocsin_error *err)
{
	const uint64_t mark = overrides_mark(&host->overrides);
	struct registry_scope scope;
	enum tocsin_code code;

	if (!body)
		return tocsin_fail(err, TOCSIN_INVALID, "a scope takes a function");
	code = registry_scope_begin(&host->registry, &scope, err);
	if (code)
		return code;
	code = body(host, data, err);
	overrides_end_since(&host->overrides, mark);
	registry_scope_end(&scope);
	return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration given its meaning; see configuration.h.
 *
 * Order matters: plugins first, then the switches, so that nothing that is off is constructed, then
 * receivers, then the routes that name them. A part that is wrong does not keep the next from being
 * checked. Nothing is fatal; the struct is whole enough to be released at every step.
 */
#include "delivery/configuration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "delivery/plugins.h"
#include "delivery/suggest.h"

#define PATH_ROOM 256

/* A configuration on its way. */
struct loading {
	struct configuration *configuration;
	const struct configuration_options *options;
	const char *path;
	struct problems *problems;
	struct problems refused; /* plugin files that were not added */
};

static const char *const known_keys[] = {"plugins", "receivers", "routes", "disabled", "listen", "storage"};

static bool is_known(const char *key, const char *const *known, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(key, known[i]) == 0)
			return true;
	return false;
}

static void check_keys(struct loading *loading)
{
	const char *key;
	json_t *value;

	json_object_foreach (loading->configuration->document.root, key, value)
		if (!is_known(key, known_keys, COUNT_OF(known_keys)))
			suggest(loading->problems, key, "is no key of the configuration", key, known_keys,
				COUNT_OF(known_keys));
}

/* Keys of the daemon: their shape is checked, so that a typo is found, and nothing else is done with them. */
static void check_daemon_keys(struct loading *loading)
{
	static const char *const storage_keys[] = {"path", "key"};
	const json_t *listen = json_object_get(loading->configuration->document.root, "listen");
	const json_t *storage = json_object_get(loading->configuration->document.root, "storage");
	const char *address = json_string_value(listen), *colon = address ? strrchr(address, ':') : NULL;
	char path[PATH_ROOM];
	const char *key;
	json_t *value;
	int64_t port;

	if (listen && (!colon || colon == address || !text_to_integer(colon + 1, &port) || port < 1 || port > 65535))
		problems_add(loading->problems, "listen", "is no ADDRESS:PORT such as 127.0.0.1:9095");
	if (storage && !json_is_object(storage))
		problems_add(loading->problems, "storage", "is %s, a map with path and key is needed",
			     json_kind(storage));
	json_object_foreach ((json_t *)storage, key, value) {
		snprintf(path, sizeof(path), "storage.%s", key);
		if (!is_known(key, storage_keys, COUNT_OF(storage_keys)))
			suggest(loading->problems, path, "is no key of storage", key, storage_keys,
				COUNT_OF(storage_keys));
		else if (!json_string_length(value))
			problems_add(loading->problems, path, "is %s, text is needed",
				     json_is_string(value) ? "empty" : json_kind(value));
	}
}

/* ---- Switches ---- */

/* Switches off PLUGIN or PLUGIN.ACTION. */
static void disable(struct loading *loading, const char *name, const char *reason)
{
	struct configuration *configuration = loading->configuration;
	const char *dot = strchr(name, '.');
	char path[PATH_ROOM], plugin[PATH_ROOM - sizeof("disabled.")], line[TOCSIN_ERROR_ROOM];
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	const struct plugin *known;

	snprintf(plugin, sizeof(plugin), "%.*s", dot ? (int)(dot - name) : (int)strlen(name), name);
	snprintf(path, sizeof(path), "disabled.%s%s", plugin, dot ? dot : "");
	if (!text_is_name(plugin) || (dot && !text_is_name(dot + 1)) || !reason || !*reason) {
		problems_add(loading->problems, path,
			     "is no PLUGIN or PLUGIN.ACTION with a reason, as in webhook: \"ticket 123\"");
		return;
	}
	/* Since when, the file does not say. */
	if (switches_off(&configuration->host.switches, "delivery", plugin, dot ? dot + 1 : NULL, reason, 0, &err)) {
		problems_add(loading->problems, path, "%s", tocsin_error_line(&err, line, sizeof(line)));
		return;
	}
	known = registry_find(&configuration->host.registry, "delivery", plugin, &err);
	if (!known || (dot && !plugin_action(known, dot + 1, &err)))
		problems_add(&configuration->warnings, path, "switches off what is not there: %s",
			     tocsin_error_line(&err, line, sizeof(line)));
}

static void read_disabled(struct loading *loading)
{
	const json_t *map = json_object_get(loading->configuration->document.root, "disabled");
	const char *name;
	json_t *reason;

	if (map && !json_is_object(map))
		problems_add(loading->problems, "disabled", "is %s, a map from plugin to reason is needed",
			     json_kind(map));
	json_object_foreach ((json_t *)map, name, reason)
		disable(loading, name, json_string_value(reason));
}

/* ---- Receivers ---- */

static int compare_receivers(const void *one, const void *other)
{
	return strcmp(((const struct receiver *)one)->name, ((const struct receiver *)other)->name);
}

/* Receivers whose plugin is on, but not the action that they live by. */
static void warn_held(struct loading *loading)
{
	struct configuration *configuration = loading->configuration;

	for (size_t i = 0; i < configuration->receiver_count; i++) {
		const struct receiver *receiver = &configuration->receivers[i];
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		char path[PATH_ROOM], line[TOCSIN_ERROR_ROOM];

		if (receiver->disabled ||
		    !switches_check(&configuration->host.switches, "delivery", receiver->plugin->name, "deliver", &err))
			continue;
		snprintf(path, sizeof(path), "receivers.%s", receiver->name);
		problems_add(&configuration->warnings, path, "%s", tocsin_error_line(&err, line, sizeof(line)));
	}
}

static enum tocsin_code read_receivers(struct loading *loading)
{
	struct configuration *configuration = loading->configuration;
	const json_t *map = json_object_get(configuration->document.root, "receivers");
	const struct receiver_context context = {.host = &configuration->host,
						 .secrets = loading->options->secrets,
						 .place = loading->options->place,
						 .refused = &loading->refused,
						 .file = loading->path,
						 .warnings = &configuration->warnings};
	const char *name;
	json_t *value;

	if (!map || !json_is_object(map) || !json_object_size(map)) {
		problems_add(loading->problems, "receivers",
			     map ? "is not a map of at least one receiver"
				 : "is missing: there is nobody to deliver to");
		return TOCSIN_OK;
	}
	configuration->receivers = mem_array(json_object_size(map), sizeof(*configuration->receivers));
	if (!configuration->receivers)
		return TOCSIN_NO_MEMORY;
	json_object_foreach ((json_t *)map, name, value) {
		struct receiver *receiver = &configuration->receivers[configuration->receiver_count];
		const enum tocsin_code code = receiver_read(&context, name, value, receiver, loading->problems);

		if (code == TOCSIN_NO_MEMORY)
			return code;
		configuration->receiver_count += !code;
	}
	qsort(configuration->receivers, configuration->receiver_count, sizeof(*configuration->receivers),
	      compare_receivers);
	warn_held(loading);
	return TOCSIN_OK;
}

/* The receivers as they are written, also those with problems, so that naming one is no second problem. */
static bool is_written(const struct loading *loading, const char *name)
{
	return json_object_get(json_object_get(loading->configuration->document.root, "receivers"), name);
}

static void miss_receiver(struct loading *loading, const char *path, const char *name)
{
	const json_t *map = json_object_get(loading->configuration->document.root, "receivers");
	const char **known = mem_array(json_object_size(map), sizeof(*known));
	char sentence[PATH_ROOM];
	size_t count = 0;
	const char *key;
	json_t *value;

	if (!known) {
		loading->problems->lost++;
		return;
	}
	json_object_foreach ((json_t *)map, key, value)
		known[count++] = key;
	snprintf(sentence, sizeof(sentence), "names the receiver %.*s, which there is not", (int)text_prefix(name, 48),
		 name);
	suggest(loading->problems, path, sentence, name, known, count);
	mem_free(known);
}

static struct receiver *find_receiver(const struct configuration *configuration, const char *name)
{
	struct receiver wanted = {.name = (char *)name};

	return configuration->receiver_count ? bsearch(&wanted, configuration->receivers, configuration->receiver_count,
						       sizeof(wanted), compare_receivers)
					     : NULL;
}

/* ---- Fallbacks ---- */

/* Follows the fallbacks from `start`. A circle is told once, by the first of its names. */
static void check_circle(struct loading *loading, const struct receiver *start)
{
	const struct configuration *configuration = loading->configuration;
	const struct receiver *next = start;
	char path[PATH_ROOM];

	for (size_t steps = 0; steps < configuration->receiver_count && next && next->fallback; steps++) {
		next = find_receiver(configuration, next->fallback);
		if (!next || next < start)
			return;
		if (next == start) {
			snprintf(path, sizeof(path), "receivers.%s.$fallback", start->name);
			if (steps)
				problems_add(loading->problems, path, "leads back to itself through %s",
					     start->fallback);
			else
				problems_add(loading->problems, path, "is the receiver itself");
			return;
		}
	}
}

static void check_fallbacks(struct loading *loading)
{
	const struct configuration *configuration = loading->configuration;

	for (size_t i = 0; i < configuration->receiver_count; i++) {
		const struct receiver *receiver = &configuration->receivers[i];
		char path[PATH_ROOM];

		snprintf(path, sizeof(path), "receivers.%s.$fallback", receiver->name);
		if (receiver->fallback && !is_written(loading, receiver->fallback))
			miss_receiver(loading, path, receiver->fallback);
		else
			check_circle(loading, receiver);
	}
}

/* ---- Routes ---- */

static void check_routes(struct loading *loading)
{
	const struct routes *routes = &loading->configuration->routes;

	for (size_t i = 0; i < routes->count; i++)
		for (size_t k = 0; k < routes->items[i].receiver_count; k++) {
			const char *name = routes->items[i].receivers[k];
			char path[PATH_ROOM];

			snprintf(path, sizeof(path), "routes[%zu].receivers[%zu]", i, k);
			if (!is_written(loading, name))
				miss_receiver(loading, path, name);
		}
}

static bool is_reached(const struct configuration *configuration, const char *name)
{
	const struct routes *routes = &configuration->routes;

	for (size_t i = 0; i < routes->count; i++)
		for (size_t k = 0; k < routes->items[i].receiver_count; k++)
			if (strcmp(routes->items[i].receivers[k], name) == 0)
				return true;
	for (size_t i = 0; i < configuration->receiver_count; i++)
		if (configuration->receivers[i].fallback && strcmp(configuration->receivers[i].fallback, name) == 0)
			return true;
	return false;
}

static void warn_unreached(struct loading *loading)
{
	struct configuration *configuration = loading->configuration;

	for (size_t i = 0; i < configuration->receiver_count; i++) {
		char path[PATH_ROOM];

		snprintf(path, sizeof(path), "receivers.%s", configuration->receivers[i].name);
		if (!is_reached(configuration, configuration->receivers[i].name))
			problems_add(&configuration->warnings, path,
				     "no route and no $fallback names it: nothing is ever sent to it");
	}
}

static enum tocsin_code read_routes(struct loading *loading)
{
	struct configuration *configuration = loading->configuration;
	const enum tocsin_code code = routes_read(json_object_get(configuration->document.root, "routes"),
						  &configuration->routes, loading->problems);

	if (code == TOCSIN_NO_MEMORY)
		return code;
	check_routes(loading);
	if (code)
		routes_release(&configuration->routes); /* half of them would route wrongly */
	else
		warn_unreached(loading);
	return TOCSIN_OK;
}

/* ---- All of it ---- */

static enum tocsin_code load(struct loading *loading, struct tocsin_error *err)
{
	struct configuration *configuration = loading->configuration;
	const struct plugin_search search = {
		.listed = json_object_get(configuration->document.root, "plugins"),
		.file = loading->path,
		.paths = loading->options->plugin_paths,
		.path_count = loading->options->plugin_path_count,
		.refused = &loading->refused,
		.warnings = &configuration->warnings,
		.problems = loading->problems,
	};
	enum tocsin_code code;

	check_keys(loading);
	check_daemon_keys(loading);
	code = plugins_find(&search, &configuration->host.registry);
	if (!code) {
		read_disabled(loading);
		code = read_receivers(loading);
	}
	if (!code)
		code = read_routes(loading);
	if (!code)
		check_fallbacks(loading);
	if (code || (loading->problems->lost && !loading->problems->count))
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the configuration");
	return problems_fail(loading->problems, err);
}

enum tocsin_code configuration_load(const char *path, const struct configuration_options *options,
				    struct configuration *ret_configuration, struct problems *problems,
				    struct tocsin_error *err)
{
	struct loading loading = {
		.configuration = ret_configuration, .options = options, .path = path, .problems = problems};
	enum tocsin_code code;

	*ret_configuration = (struct configuration){0};
	code = document_read_file(path, &ret_configuration->document, err);
	if (code)
		return code;
	code = load(&loading, err);
	problems_release(&loading.refused);
	if (code)
		tocsin_wrap(err, "the configuration %s", path);
	return code;
}

void configuration_release(struct configuration *configuration)
{
	if (!configuration)
		return;
	for (size_t i = 0; i < configuration->receiver_count; i++)
		receiver_release(&configuration->receivers[i]);
	mem_free(configuration->receivers);
	routes_release(&configuration->routes);
	host_release(&configuration->host);
	document_release(&configuration->document);
	problems_release(&configuration->warnings);
	*configuration = (struct configuration){0};
}

struct receiver *configuration_receiver(const struct configuration *configuration, const char *name,
					struct tocsin_error *err)
{
	struct receiver *receiver = find_receiver(configuration, name);
	const char **known = receiver ? NULL : mem_array(configuration->receiver_count, sizeof(*known));
	const char *nearest = NULL;

	if (receiver)
		return receiver;
	for (size_t i = 0; known && i < configuration->receiver_count; i++)
		known[i] = configuration->receivers[i].name;
	if (known)
		nearest = text_nearest(name, known, configuration->receiver_count);
	tocsin_fail(err, TOCSIN_NOT_FOUND, "there is no receiver %s%s%s%s", name, nearest ? "; did you mean " : "",
		    nearest ? nearest : "", nearest ? "?" : "");
	mem_free(known);
	return NULL;
}

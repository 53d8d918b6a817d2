/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A receiver, and how it is read from the configuration; see receiver.h.
 *
 * Keys with `$` are the runtime's, `plugin` names the adapter, all others are its fields. Reading goes on
 * after a problem; only want of memory ends it. A receiver owns all that it points to.
 */
#include "delivery/receiver.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "delivery/address.h"
#include "delivery/header.h"
#include "delivery/sign.h"
#include "delivery/suggest.h"
#include "delivery/url.h"
#include "incident/notification.h"

#define PATH_ROOM 256
#define DEADLINE_LEAST_MS 1000
#define DEADLINE_MOST_MS (7 * 86400000LL)

static const char *tier_choices[] = {"pure", "unconfined"};

enum own_key { KEY_DEADLINE, KEY_EGRESS, KEY_FALLBACK, KEY_SEND_RESOLVED, KEY_SHA256, KEY_TIER, OWN_KEYS };

static const struct field own_fields[OWN_KEYS] = {
	[KEY_DEADLINE] = {.name = "$deadline",
			  .kind = TOCSIN_KIND_DURATION,
			  .minimum = {.present = true, .integer = DEADLINE_LEAST_MS},
			  .maximum = {.present = true, .integer = DEADLINE_MOST_MS}},
	[KEY_EGRESS] = {.name = "$egress", .kind = TOCSIN_KIND_LIST},
	[KEY_FALLBACK] = {.name = "$fallback", .kind = TOCSIN_KIND_STRING},
	[KEY_SEND_RESOLVED] = {.name = "$send_resolved", .kind = TOCSIN_KIND_BOOLEAN},
	[KEY_SHA256] = {.name = "$sha256", .kind = TOCSIN_KIND_STRING},
	[KEY_TIER] = {.name = "$tier", .kind = TOCSIN_KIND_CHOICE, .choices = tier_choices, .choice_count = 2},
};

/* A receiver on its way. */
struct reading {
	const struct receiver_context *context;
	const char *path; /* "receivers.NAME" */
	json_t *settings; /* the plugin's fields as they were written */
	json_t *own[OWN_KEYS]; /* the runtime's keys, checked; NULL where absent */
	struct receiver receiver;
	struct problems problems;
};

/* Adds a problem below the receiver's path. */
static void complain(struct reading *reading, const char *key, const struct tocsin_error *err)
{
	char path[PATH_ROOM], line[TOCSIN_ERROR_ROOM];

	snprintf(path, sizeof(path), "%s.%s", reading->path, key);
	problems_add(&reading->problems, path, "%s", tocsin_error_line(err, line, sizeof(line)));
}

static void lose(struct reading *reading)
{
	reading->problems.lost++;
}

/* ---- Keys ---- */

static void read_own_key(struct reading *reading, const char *key, const json_t *value)
{
	const char *known[OWN_KEYS];
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "%s.%s", reading->path, key);
	for (size_t i = 0; i < OWN_KEYS; i++) {
		known[i] = own_fields[i].name;
		if (strcmp(key, known[i]) == 0) {
			field_coerce(&own_fields[i], value, path, &reading->own[i], &reading->problems);
			return;
		}
	}
	suggest(&reading->problems, path, "is no key of the runtime", key, known, OWN_KEYS);
}

/* Sorts the keys of the map into the runtime's and the plugin's. */
static void split_keys(struct reading *reading, const json_t *map)
{
	const char *key;
	json_t *value;

	reading->settings = json_object();
	json_object_foreach ((json_t *)map, key, value) {
		if (*key == '$')
			read_own_key(reading, key, value);
		else if (strcmp(key, "plugin") != 0 && json_object_set(reading->settings, key, value))
			lose(reading);
	}
}

static void check_networks(struct reading *reading)
{
	const json_t *item;
	size_t index;

	json_array_foreach (reading->own[KEY_EGRESS], index, item) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct network network;
		char key[48];

		snprintf(key, sizeof(key), "$egress[%zu]", index);
		if (network_read(json_string_value(item), &network, &err))
			complain(reading, key, &err);
	}
}

static void check_pin(struct reading *reading)
{
	const char *pin = json_string_value(reading->own[KEY_SHA256]);
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	if (!pin || (strlen(pin) == 64 && strspn(pin, "0123456789abcdef") == 64))
		return;
	tocsin_fail(&err, TOCSIN_INVALID, "is not the 64 lower-case hexadecimal digits of a SHA-256");
	complain(reading, own_fields[KEY_SHA256].name, &err);
	json_decref(reading->own[KEY_SHA256]);
	reading->own[KEY_SHA256] = NULL;
}

/* Puts the runtime's keys where they belong. */
static void take_own(struct reading *reading)
{
	struct receiver *receiver = &reading->receiver;
	const char *deadline = json_string_value(reading->own[KEY_DEADLINE]);
	const char *fallback = json_string_value(reading->own[KEY_FALLBACK]);

	receiver->deadline_ms = RECEIVER_DEADLINE_MS;
	if (deadline && !duration_parse(deadline, &receiver->deadline_ms))
		lose(reading);
	receiver->send_resolved = !json_is_false(reading->own[KEY_SEND_RESOLVED]);
	receiver->fallback = mem_text(fallback);
	if (fallback && !receiver->fallback)
		lose(reading);
	check_networks(reading);
	check_pin(reading);
}

/* ---- The plugin ---- */

/* Whether a file of that path would hold the plugin: NAME.so or libNAME.so, '-' and '_' being one. */
static bool is_file_of(const char *path, const char *plugin)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	if (text_starts_with(base, "lib") && !text_starts_with(plugin, "lib"))
		base += 3;
	for (; *plugin && *base; plugin++, base++)
		if (*base != *plugin && !(strchr("-_", *base) && strchr("-_", *plugin)))
			return false;
	return !*plugin && strcmp(base, ".so") == 0;
}

/* Says that there is no such plugin, and if a file of that name was refused, why. */
static void miss_plugin(struct reading *reading, const char *name, struct tocsin_error *err)
{
	const struct problems *refused = reading->context->refused;

	for (size_t i = 0; refused && i < refused->count; i++)
		if (is_file_of(refused->items[i].path, name)) {
			tocsin_fail(err, TOCSIN_NOT_FOUND,
				    "there is no plugin delivery/%s: the file %s was refused: %s", name,
				    refused->items[i].path, refused->items[i].message);
			break;
		}
	complain(reading, "plugin", err);
}

static void find_plugin(struct reading *reading, const json_t *value)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	const char *name = json_string_value(value);
	struct plugin *plugin;

	if (!name || !*name) {
		tocsin_fail(&err, TOCSIN_INVALID, "%s%s", value ? "is no name" : "is missing",
			    value ? "" : ": it names the adapter, as in plugin: webhook");
		complain(reading, "plugin", &err);
		return;
	}
	plugin = registry_find(&reading->context->host->registry, "delivery", name, &err);
	if (plugin)
		reading->receiver.plugin = plugin_ref(plugin);
	else
		miss_plugin(reading, name, &err);
}

/* An unconfined plugin needs the operator's word. */
static void check_tier(struct reading *reading)
{
	const struct plugin *plugin = reading->receiver.plugin;
	const char *granted = json_string_value(reading->own[KEY_TIER]);
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	if (plugin->tier != TOCSIN_TIER_UNCONFINED || (granted && strcmp(granted, "unconfined") == 0))
		return;
	tocsin_fail(&err, TOCSIN_DENIED,
		    "%s is unconfined: it does its own I/O and nothing is promised about it; grant that with "
		    "$tier: unconfined, or use another plugin",
		    plugin->name);
	complain(reading, "plugin", &err);
}

/* Checks the settings of a plugin that is not to be constructed, and where its secrets are with `resolve`. */
static void check_settings(struct reading *reading, bool resolve)
{
	const struct plugin *plugin = reading->receiver.plugin;
	json_t *checked = NULL, *given = NULL;
	struct secrets secrets = {0};

	if (!values_check(plugin->fields, plugin->field_count, reading->settings, reading->path, &checked,
			  &reading->problems) &&
	    resolve)
		secrets_extract(plugin, checked, reading->context->secrets, reading->path, &secrets, &given,
				&reading->problems);
	secrets_release(&secrets);
	json_decref(given);
	json_decref(checked);
}

/* A plugin that is off is not loaded; its settings are checked all the same. */
static void leave_disabled(struct reading *reading, const struct tocsin_error *reason)
{
	char line[TOCSIN_ERROR_ROOM];

	check_settings(reading, false);
	reading->receiver.disabled = mem_text(tocsin_error_line(reason, line, sizeof(line)));
	if (!reading->receiver.disabled)
		lose(reading);
}

/* ---- Secrets ---- */

#define FILE_REFERENCE "file:"

/* A "file:" of a secret, made relative to the configuration's directory. */
static void anchor_secret(struct reading *reading, const struct field *field)
{
	const char *text = json_string_value(json_object_get(reading->settings, field->name));
	const char *file = reading->context->file, *slash = file ? strrchr(file, '/') : NULL;
	const char *path;
	json_t *anchored;

	if (!text || !slash || !text_starts_with(text, FILE_REFERENCE))
		return;
	path = text + strlen(FILE_REFERENCE);
	if (!*path || *path == '/')
		return;
	anchored = json_sprintf(FILE_REFERENCE "%.*s/%s", (int)(slash - file), file, path);
	if (json_put(reading->settings, field->name, anchored))
		lose(reading);
}

static void anchor_secrets(struct reading *reading)
{
	const struct plugin *plugin = reading->receiver.plugin;

	for (size_t i = 0; plugin && i < plugin->field_count; i++)
		if (plugin->fields[i].kind == TOCSIN_KIND_SECRET)
			anchor_secret(reading, &plugin->fields[i]);
}

/* What is odd about a secret's value, NULL for nothing. Static text, that tells nothing of the value. */
static const char *secret_oddity(const char *value)
{
	char signature[SIGNATURE_ROOM];

	if (text_starts_with(value, "\xef\xbb\xbf"))
		return "begins with a byte order mark, which is part of the secret then";
	if (text_has_control(value))
		return "holds a line break or another control character: no header can carry it";
	if (header_value_fault(value))
		return "holds characters that no header can carry, such as a space at an end";
	if (strchr(value, ' '))
		return "holds a space: no bearer token has one";
	if (text_starts_with(value, SIGN_SECRET_PREFIX) &&
	    sign_standard_webhooks(value, "id", 0, "", 0, signature, NULL) == TOCSIN_INVALID)
		return "begins with " SIGN_SECRET_PREFIX " but what follows is not base64 of a key: nothing can be "
		       "signed with it";
	return NULL;
}

/* What a secret is for is known only when it is sent, so this is no problem yet. */
static void warn_of_secrets(struct reading *reading)
{
	const struct secrets *secrets = instance_secrets(reading->receiver.instance);
	char path[PATH_ROOM];

	for (size_t i = 0; reading->context->warnings && i < secrets->count; i++) {
		const char *oddity = secrets->items[i].value ? secret_oddity(secrets->items[i].value) : NULL;

		snprintf(path, sizeof(path), "%s.%s", reading->path, secrets->items[i].field);
		if (oddity)
			problems_add(reading->context->warnings, path, "the secret %s", oddity);
	}
}

/* ---- Construction ---- */

/* No request may ever go to some addresses, whoever names them. */
static void check_host(struct reading *reading, const char *field, const struct url *url)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct address address;
	const char *name;

	if (!address_parse(url->host, &address) || address_judge(&address, &name) != ADDRESS_NEVER)
		return;
	tocsin_fail(&err, TOCSIN_DENIED, "leads to %s, %s: no request may go there", url->host, name);
	complain(reading, field, &err);
}

/* The field checked a URL's shape; this asks the parser that will connect. */
static void check_urls(struct reading *reading)
{
	const struct plugin *plugin = reading->receiver.plugin;
	const json_t *settings = instance_settings(reading->receiver.instance);

	for (size_t i = 0; i < plugin->field_count; i++) {
		const char *value = json_get_text(settings, plugin->fields[i].name, "");
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct url url;

		if (plugin->fields[i].kind != TOCSIN_KIND_URL || !*value)
			continue;
		if (url_read(value, &url, &err)) {
			complain(reading, plugin->fields[i].name, &err);
			continue;
		}
		check_host(reading, plugin->fields[i].name, &url);
		url_release(&url);
	}
}

static void construct(struct reading *reading)
{
	const struct receiver_context *context = reading->context;
	const struct instance_options options = {.place = context->place,
						 .secrets = context->secrets,
						 .path = reading->path,
						 .sha256 = json_string_value(reading->own[KEY_SHA256])};
	struct receiver *receiver = &reading->receiver;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	enum tocsin_code code = instance_new(context->host, receiver->plugin, reading->settings, &options,
					     &receiver->instance, &reading->problems, &err);

	if (code == TOCSIN_DISABLED) {
		leave_disabled(reading, &err);
		return;
	}
	if (code == TOCSIN_NO_MEMORY)
		lose(reading);
	else if (code && err.code)
		complain(reading, code == TOCSIN_DENIED && options.sha256 ? "$sha256" : "plugin", &err);
	if (code)
		return;
	check_urls(reading);
	if (!problems_none(&reading->problems))
		return;
	code = egress_init(&receiver->egress, receiver->plugin, instance_settings(receiver->instance),
			   reading->own[KEY_EGRESS], &err);
	if (code)
		complain(reading, "plugin", &err);
	else
		warn_of_secrets(reading);
}

enum tocsin_code receiver_read(const struct receiver_context *context, const char *name, const json_t *map,
			       struct receiver *ret_receiver, struct problems *problems)
{
	enum tocsin_code code = TOCSIN_OK;
	char path[PATH_ROOM];
	struct reading reading = {.context = context, .path = path};

	snprintf(path, sizeof(path), "receivers.%s", name);
	if (!json_is_object(map)) {
		problems_add(problems, path, "is %s, a map with at least the key plugin is needed", json_kind(map));
		return TOCSIN_INVALID;
	}
	if (!text_is_name(name))
		problems_add(&reading.problems, path,
			     "is no name: 1 to 64 letters, digits, '_' and '-', beginning with a letter or '_'");
	reading.receiver.name = mem_text(name);
	split_keys(&reading, map);
	take_own(&reading);
	find_plugin(&reading, json_object_get(map, "plugin"));
	anchor_secrets(&reading);
	if (!reading.receiver.name || !reading.settings) {
		lose(&reading);
	} else if (reading.receiver.plugin) {
		check_tier(&reading);
		/* Constructing may load the plugin: not before its tier and its pin are right. */
		if (problems_none(&reading.problems))
			construct(&reading);
		else
			check_settings(&reading, true);
	}
	if (!problems_none(&reading.problems)) {
		code = reading.problems.count ? TOCSIN_INVALID : TOCSIN_NO_MEMORY;
		receiver_release(&reading.receiver);
	} else {
		*ret_receiver = reading.receiver;
	}
	problems_move(problems, "", &reading.problems);
	json_decref(reading.settings);
	for (size_t i = 0; i < OWN_KEYS; i++)
		json_decref(reading.own[i]);
	return code;
}

void receiver_release(struct receiver *receiver)
{
	if (!receiver)
		return;
	instance_free(receiver->instance);
	plugin_unref(receiver->plugin);
	egress_release(&receiver->egress);
	mem_free(receiver->name);
	mem_free(receiver->disabled);
	mem_free(receiver->fallback);
	*receiver = (struct receiver){0};
}

bool receiver_takes(const struct receiver *receiver, const char *status, const char **ret_reason)
{
	const struct action *deliver = plugin_find_action(receiver->plugin, "deliver");

	if (strcmp(status, "firing") == 0)
		return true;
	if (!deliver || !action_reads_status(deliver)) {
		*ret_reason = "its adapter does not read the status, and so is sent only what fires";
		return false;
	}
	if (strcmp(status, "resolved") == 0 && !receiver->send_resolved) {
		*ret_reason = "its $send_resolved is false";
		return false;
	}
	return true;
}

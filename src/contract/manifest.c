/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest and the signatures; see manifest.h.
 *
 * Failures are for want of memory only: each function then gives NULL. Order and spelling are part of the
 * format: JSON writers sort keys, and signatures follow the order of the tables.
 */
#include "contract/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

/* More than the defaults of a contract can make, each byte of which takes up to six. */
#define SIGNATURE_CEILING ((size_t)PLUGIN_ROWS_CEILING * (PLUGIN_TEXT_CEILING + 256) * 6)

static void write_default(struct buffer *buffer, const json_t *value);

/* Ranges of characters that are not seen, or turn the direction of others: a reviewer must not be misled. */
static const uint32_t unseen[][2] = {
	{0x00, 0x1f},	  {0x7f, 0xa0},	    {0xad, 0xad},     {0x61c, 0x61c},	{0x180e, 0x180e}, {0x2000, 0x200f},
	{0x2028, 0x202f}, {0x205f, 0x206f}, {0x3000, 0x3000}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
};

static bool is_unseen(uint32_t character)
{
	for (size_t i = 0; i < COUNT_OF(unseen); i++)
		if (character >= unseen[i][0] && character <= unseen[i][1])
			return true;
	return false;
}

/* The number of the character that `bytes` bytes of valid UTF-8 are. */
static uint32_t decode(const char *text, size_t bytes)
{
	uint32_t character = (unsigned char)*text & (bytes == 1 ? 0x7fu : 0xffu >> (bytes + 1));

	for (size_t i = 1; i < bytes; i++)
		character = character << 6 | ((unsigned char)text[i] & 0x3fu);
	return character;
}

static void write_escape(struct buffer *buffer, uint32_t character)
{
	if (character == '\n')
		buffer_text_add(buffer, "\\n");
	else if (character == '\r')
		buffer_text_add(buffer, "\\r");
	else if (character == '\t')
		buffer_text_add(buffer, "\\t");
	else if (character <= 0xff)
		buffer_format(buffer, "\\x%02x", character);
	else
		buffer_format(buffer, character <= 0xffff ? "\\u%04x" : "\\U%08x", character);
}

/* Text as Python's repr() writes it. */
static void write_quoted(struct buffer *buffer, const char *text)
{
	const char quote = strchr(text, '\'') && !strchr(text, '"') ? '"' : '\'';
	size_t left = strlen(text), bytes;

	buffer_byte(buffer, quote);
	for (; left; text += bytes, left -= bytes) {
		bytes = text_character(text, left);
		if (is_unseen(decode(text, bytes))) {
			write_escape(buffer, decode(text, bytes));
			continue;
		}
		if (*text == quote || *text == '\\')
			buffer_byte(buffer, '\\');
		buffer_add(buffer, text, bytes);
	}
	buffer_byte(buffer, quote);
}

static void write_default_list(struct buffer *buffer, const json_t *list)
{
	const json_t *item;
	size_t index;

	buffer_byte(buffer, '[');
	json_array_foreach (list, index, item) {
		buffer_text_add(buffer, index ? ", " : "");
		write_default(buffer, item);
	}
	buffer_byte(buffer, ']');
}

static int compare_keys(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static void write_default_map(struct buffer *buffer, json_t *map)
{
	const char *keys[FIELD_PRESET_ITEMS_CEILING];
	size_t count = 0;
	const char *key;
	json_t *item;

	json_object_foreach (map, key, item)
		if (count < COUNT_OF(keys)) /* always: no default is longer */
			keys[count++] = key;
	qsort(keys, count, sizeof(keys[0]), compare_keys);
	buffer_byte(buffer, '{');
	for (size_t i = 0; i < count; i++) {
		buffer_text_add(buffer, i ? ", " : "");
		write_quoted(buffer, keys[i]);
		buffer_text_add(buffer, ": ");
		write_default(buffer, json_object_get(map, keys[i]));
	}
	buffer_byte(buffer, '}');
}

/* A default in Python's notation. */
static void write_default(struct buffer *buffer, const json_t *value)
{
	char number[TEXT_NUMBER_ROOM];

	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		write_quoted(buffer, json_string_value(value));
		break;
	case JSON_INTEGER:
		buffer_format(buffer, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		buffer_text_add(buffer, text_number(json_real_value(value), number));
		break;
	case JSON_TRUE:
		buffer_text_add(buffer, "True");
		break;
	case JSON_FALSE:
		buffer_text_add(buffer, "False");
		break;
	case JSON_NULL:
		buffer_text_add(buffer, "None");
		break;
	case JSON_ARRAY:
		write_default_list(buffer, value);
		break;
	case JSON_OBJECT:
		write_default_map(buffer, (json_t *)value);
		break;
	}
}

/* "(*, a, b='x')"; with annotations "(*, a: int, b: str = 'x')". */
static void write_parameters(struct buffer *buffer, const struct field *fields, size_t count, bool annotated)
{
	buffer_text_add(buffer, count ? "(*" : "(");
	for (size_t i = 0; i < count; i++) {
		const struct field *field = &fields[i];

		buffer_format(buffer, ", %s", field->name);
		if (annotated)
			buffer_format(buffer, ": %s", kind_annotation(field->kind));
		if (field->required)
			continue;
		buffer_text_add(buffer, annotated ? " = " : "=");
		write_default(buffer, field->preset);
	}
	buffer_byte(buffer, ')');
}

static char *finish(struct buffer *buffer)
{
	char *text = buffer_take(buffer);

	buffer_release(buffer);
	return text;
}

char *plugin_constructor(const struct plugin *plugin)
{
	struct buffer buffer;

	buffer_init(&buffer, SIGNATURE_CEILING);
	write_parameters(&buffer, plugin->fields, plugin->field_count, false);
	return finish(&buffer);
}

char *action_signature(const struct action *action)
{
	struct buffer buffer;

	buffer_init(&buffer, SIGNATURE_CEILING);
	write_parameters(&buffer, action->parameters, action->parameter_count, true);
	buffer_format(&buffer, " -> %s", returns_annotation(action->returns));
	return finish(&buffer);
}

/* Takes over `text`. */
static int put_taken(json_t *object, const char *key, char *text)
{
	const int failed = json_put(object, key, text ? json_string(text) : NULL);

	mem_free(text);
	return failed;
}

static json_t *complete(json_t *json, int failed)
{
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}

json_t *action_manifest(const struct action *action)
{
	json_t *parameters = json_array();
	json_t *manifest = json_object();
	int failed = !parameters;

	for (size_t i = 0; i < action->parameter_count; i++)
		failed |= json_array_append_new(parameters, field_parameter_manifest(&action->parameters[i]));
	failed |= json_put(manifest, "name", json_string(action->name));
	failed |= json_put(manifest, "summary", json_string(action->summary));
	failed |= json_put(manifest, "parameters", parameters);
	failed |= json_put(manifest, "returns", json_string(returns_annotation(action->returns)));
	failed |= put_taken(manifest, "signature", action_signature(action));
	return complete(manifest, failed);
}

static json_t *hosts_manifest(const struct plugin *plugin)
{
	json_t *hosts = json_array();
	int failed = !hosts;

	for (size_t i = 0; i < plugin->host_count; i++)
		failed |= json_array_append_new(hosts, json_string(plugin->hosts[i]));
	return complete(hosts, failed);
}

/* Whether an adapter is told that an incident ended: it must read `status` to tell the two apart. */
static bool receives_resolved(const struct plugin *plugin)
{
	const struct action *deliver = plugin_find_action(plugin, "deliver");

	return deliver && action_parameter(deliver, "status");
}

json_t *plugin_manifest(const struct plugin *plugin)
{
	json_t *fields = json_array();
	json_t *actions = json_array();
	json_t *manifest = json_object();
	int failed = !fields || !actions;

	for (size_t i = 0; i < plugin->field_count; i++)
		failed |= json_array_append_new(fields, field_manifest(&plugin->fields[i]));
	for (size_t i = 0; i < plugin->action_count; i++)
		failed |= json_array_append_new(actions, action_manifest(&plugin->actions[i]));
	failed |= json_put(manifest, "group", json_string(plugin->group));
	failed |= json_put(manifest, "plugin_name", json_string(plugin->name));
	failed |= json_put(manifest, "version", json_string(plugin->version));
	failed |= json_put(manifest, "api_version", json_integer(plugin->api_version));
	failed |= json_put(manifest, "language", json_string(plugin->language));
	failed |= json_put(manifest, "doc", json_string(plugin->doc));
	failed |= json_put(manifest, "tier", json_string(tier_name(plugin->tier)));
	failed |= json_put(manifest, "hosts", hosts_manifest(plugin));
	failed |= json_put(manifest, "idempotent", json_boolean(plugin->idempotent));
	failed |= json_put(manifest, "receives_resolved", json_boolean(receives_resolved(plugin)));
	failed |= put_taken(manifest, "constructor", plugin_constructor(plugin));
	failed |= json_put(manifest, "fields", fields);
	failed |= json_put(manifest, "actions", actions);
	return complete(manifest, failed);
}

json_t *registry_manifest(const struct registry *registry, const char *group)
{
	json_t *manifest = json_object();
	int failed = !manifest;

	if (group)
		failed |= json_put(manifest, group, json_array());
	for (size_t i = 0; i < registry->count && !failed; i++) {
		const struct plugin *plugin = registry->plugins[i];

		if (group && strcmp(plugin->group, group) != 0)
			continue;
		if (!json_object_get(manifest, plugin->group))
			failed |= json_put(manifest, plugin->group, json_array());
		failed |= json_array_append_new(json_object_get(manifest, plugin->group), plugin_manifest(plugin));
	}
	return complete(manifest, failed);
}

enum tocsin_code plugin_same(const struct plugin *one, const struct plugin *other, struct tocsin_error *err)
{
	json_t *first = plugin_manifest(one);
	json_t *second = plugin_manifest(other);
	enum tocsin_code code = TOCSIN_OK;

	if (!first || !second)
		code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to compare contracts");
	else if (!json_equal(first, second))
		code = tocsin_fail(err, TOCSIN_INVALID, "the contract of %s is not the one that was registered",
				   one->origin);
	json_decref(first);
	json_decref(second);
	return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coercion of what has parts: lists and maps of text, and objects as programs pass them.
 *
 * The command line writes lists and maps as "a,b" and "a=1,b=2": parts cannot hold a comma there, white
 * space around them is removed, and an empty part is an error, for nobody knows what it was to be. In JSON
 * and YAML the parts are taken as they are.
 */
#include "contract/coerce.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define PATH_ROOM 512

static bool has_problems_since(const struct coercion *coercion, const struct problems *before)
{
	return problems_since(coercion->problems, before) != TOCSIN_OK;
}

/* The absolute ceiling, which stands above the field's own maximum. */
static bool is_countable(const struct coercion *coercion, size_t count)
{
	if (count <= FIELD_ITEMS_CEILING)
		return true;
	problems_add(coercion->problems, coercion->path, "has more than %d items", FIELD_ITEMS_CEILING);
	return false;
}

/* A part on its way into a list or a map. */
struct gathering {
	const struct coercion *coercion;
	json_t *into;
};

static void show_part(const struct gathering *gathering, const char *part, size_t length, const char *fault)
{
	char copy[SHOWN_CHARACTERS * 4 + 1], show[SHOWN_ROOM];

	snprintf(copy, sizeof(copy), "%.*s", (int)(length < sizeof(copy) ? length : sizeof(copy)), part);
	problems_add(gathering->coercion->problems, gathering->coercion->path, "%s %s",
		     coercion_show(gathering->coercion, copy, show), fault);
}

static void gather_item(const struct gathering *gathering, const char *part, size_t length)
{
	if (!length)
		problems_add(gathering->coercion->problems, gathering->coercion->path,
			     "has an empty item; the form is a,b,c");
	else if (json_array_append_new(gathering->into, json_stringn(part, length)))
		gathering->coercion->problems->lost++;
}

static void gather_pair(const struct gathering *gathering, const char *part, size_t length)
{
	const char *equals = length ? memchr(part, '=', length) : NULL;
	const size_t key_length = equals ? (size_t)(equals - part) : 0;
	char *key;

	if (!key_length) {
		show_part(gathering, part, length, "is not KEY=VALUE");
		return;
	}
	key = mem_alloc(key_length + 1);
	if (!key) {
		gathering->coercion->problems->lost++;
		return;
	}
	memcpy(key, part, key_length);
	key[key_length] = '\0';
	if (json_object_get(gathering->into, key))
		show_part(gathering, part, key_length, "stands twice");
	else if (json_put(gathering->into, key, json_stringn(equals + 1, length - key_length - 1)))
		gathering->coercion->problems->lost++;
	mem_free(key);
}

static const char *skip_space(const char *text)
{
	while (text_is_space(*text))
		text++;
	return text;
}

/* Takes each part of a comma-separated text; a text of white space has none. */
static void gather(const struct gathering *gathering, const char *text, bool is_map)
{
	size_t count = 0;

	for (text = skip_space(text); *text || count; text++) {
		const size_t until_comma = strcspn(text, ",");
		const char *part = skip_space(text);
		size_t length = until_comma - (size_t)(part - text);

		if (!is_countable(gathering->coercion, ++count))
			return;
		while (length && text_is_space(part[length - 1]))
			length--;
		if (is_map)
			gather_pair(gathering, part, length);
		else
			gather_item(gathering, part, length);
		text += until_comma;
		if (!*text)
			return;
	}
}

static json_t *many_from_text(const struct coercion *coercion, const json_t *value, bool is_map)
{
	const char *text = coercion_text(coercion, coercion->path, value);
	const struct gathering gathering = {coercion, is_map ? json_object() : json_array()};

	if (!coercion_made(coercion, gathering.into) || !text) {
		json_decref(gathering.into);
		return NULL;
	}
	gather(&gathering, text, is_map);
	return gathering.into;
}

static void check_part(const struct coercion *coercion, const char *path, const json_t *part)
{
	if (json_is_string(part))
		coercion_text(coercion, path, part);
	else
		problems_add(coercion->problems, path, "is %s, text is needed", json_kind(part));
}

static void check_list(const struct coercion *coercion, const json_t *list)
{
	char path[PATH_ROOM];
	const json_t *part;
	size_t index;

	json_array_foreach (list, index, part) {
		snprintf(path, sizeof(path), "%s[%zu]", coercion->path, index);
		check_part(coercion, path, part);
	}
}

static void check_map(const struct coercion *coercion, json_t *map)
{
	const char *separator = *coercion->path ? "." : "";
	char path[PATH_ROOM];
	const char *key;
	json_t *part;

	json_object_foreach (map, key, part) {
		snprintf(path, sizeof(path), "%s%s%s", coercion->path, separator, key);
		if (!*key)
			problems_add(coercion->problems, coercion->path, "has an empty key");
		else
			check_part(coercion, path, part);
	}
}

json_t *coerce_many(const struct coercion *coercion, const json_t *value)
{
	const bool is_map = coercion->field->kind == TOCSIN_KIND_MAP;
	const struct problems before = *coercion->problems;
	json_t *many = NULL;

	if (json_is_string(value)) {
		many = many_from_text(coercion, value, is_map);
	} else if (is_map ? !json_is_object(value) : !json_is_array(value)) {
		return coercion_misfit(coercion, value, is_map ? "a map" : "a list");
	} else if (is_countable(coercion, is_map ? json_object_size(value) : json_array_size(value))) {
		if (is_map)
			check_map(coercion, (json_t *)value);
		else
			check_list(coercion, value);
		if (!has_problems_since(coercion, &before))
			many = coercion_made(coercion, json_duplicate(value));
	}
	if (!has_problems_since(coercion, &before))
		coercion_allows(coercion, is_map ? json_object_size(many) : json_array_size(many), "item", "items");
	if (!has_problems_since(coercion, &before))
		return many;
	json_decref(many);
	return NULL;
}

/* Objects come from programs, as JSON; the empty text, as a preset, is an empty one. */
json_t *coerce_objects(const struct coercion *coercion, const json_t *value)
{
	const bool is_list = coercion->field->kind == TOCSIN_KIND_OBJECTS;
	const struct problems before = *coercion->problems;
	char path[PATH_ROOM];
	const json_t *item;
	size_t index;

	if (json_is_string(value) && !json_string_length(value))
		value = NULL;
	else if (is_list ? !json_is_array(value) : !json_is_object(value))
		return coercion_misfit(coercion, value, is_list ? "a list of maps" : "a map");
	else if (is_list && !is_countable(coercion, json_array_size(value)))
		return NULL;
	if (is_list)
		json_array_foreach (value, index, item) {
			if (json_is_object(item))
				continue;
			snprintf(path, sizeof(path), "%s[%zu]", coercion->path, index);
			problems_add(coercion->problems, path, "is %s, a map is needed", json_kind(item));
		}
	if (is_list && !has_problems_since(coercion, &before))
		coercion_allows(coercion, json_array_size(value), "item", "items");
	if (has_problems_since(coercion, &before))
		return NULL;
	if (!value)
		return coercion_made(coercion, is_list ? json_array() : json_object());
	return coercion_made(coercion, json_duplicate(value));
}

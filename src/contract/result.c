/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results: the builders that actions write with, and the readers for values; see <tocsin/result.h>.
 *
 * The first failure sticks in the result and everything after it is a no-op, so that an action needs no
 * checks. What an action can make is bounded in bytes and in depth, because the same code also runs in
 * process, where no other limit holds.
 */
#include "contract/result.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define DEPTH_CEILING 32
#define SCRATCH_CEILING (8u * 1024 * 1024) /* text handed to the action to build with */

/* Handles to a place in the result. Both are the same inside; two types keep actions from mixing them up. */
struct place {
	struct tocsin_result *result;
	json_t *json;
	unsigned depth;
};

struct tocsin_object {
	struct place place;
};

struct tocsin_array {
	struct place place;
};

void result_init(struct tocsin_result *result, result_invoke *invoke, void *host)
{
	*result = (struct tocsin_result){.invoke = invoke, .host = host};
	result->failure.code = TOCSIN_OK;
}

void result_release(struct tocsin_result *result)
{
	if (!result)
		return;
	json_decref(result->value);
	json_decref(result->kept);
	arena_release(&result->arena);
	result->value = NULL;
	result->kept = NULL;
}

const char *result_type_name(const json_t *value)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		return "str";
	case JSON_OBJECT:
		return "dict";
	case JSON_ARRAY:
		return "list";
	case JSON_INTEGER:
		return "int";
	case JSON_REAL:
		return "float";
	case JSON_TRUE:
	case JSON_FALSE:
		return "bool";
	case JSON_NULL:
		break;
	}
	return "NoneType";
}

enum tocsin_code result_take(struct tocsin_result *result, enum tocsin_returns returns, json_t **ret_value,
			     struct tocsin_error *err)
{
	static const json_type wanted[] = {
		[TOCSIN_RETURNS_NOTHING] = JSON_NULL,
		[TOCSIN_RETURNS_TEXT] = JSON_STRING,
		[TOCSIN_RETURNS_OBJECT] = JSON_OBJECT,
	};
	const json_type made = result->value ? json_typeof(result->value) : JSON_NULL;

	if (result->failure.code) {
		if (err)
			*err = result->failure;
		return result->failure.code;
	}
	if (made != wanted[returns])
		return tocsin_fail(err, TOCSIN_INVALID, "declares that it returns %s, but returned %s",
				   returns_annotation(returns), result_type_name(result->value));
	*ret_value = result->value ? result->value : json_null();
	result->value = NULL;
	return TOCSIN_OK;
}

/* Whether the result still takes something. */
static bool is_open(const struct tocsin_result *result)
{
	return result && !result->failure.code;
}

static void fail_memory(struct tocsin_result *result)
{
	if (is_open(result))
		tocsin_fail(&result->failure, TOCSIN_NO_MEMORY, "no memory for the result");
}

/* Counts `bytes` against the ceiling; false and a failure when it is reached. */
static bool account(struct tocsin_result *result, size_t bytes)
{
	result->size += bytes;
	if (result->size <= TOCSIN_RESULT_CEILING)
		return true;
	tocsin_fail(&result->failure, TOCSIN_LIMIT, "the result is larger than %d bytes", TOCSIN_RESULT_CEILING);
	return false;
}

/* Text as JSON, null for NULL; a failure that names `key` when it is not UTF-8. */
static json_t *text_json(struct tocsin_result *result, const char *key, const char *text)
{
	json_t *json;

	if (!text)
		return json_null();
	if (!account(result, strlen(text) + 8))
		return NULL;
	if (!text_is_utf8(text, strlen(text))) {
		tocsin_fail(&result->failure, TOCSIN_INVALID, "the text of \"%.64s\" is not UTF-8", key);
		return NULL;
	}
	json = json_string(text);
	if (!json)
		fail_memory(result);
	return json;
}

/* Keeps what is replaced alive: the action may still hold a handle to it. */
static void retire(struct tocsin_result *result, json_t *value)
{
	if (!json_is_object(value) && !json_is_array(value))
		return;
	if (!result->kept)
		result->kept = json_array();
	if (json_array_append(result->kept, value))
		fail_memory(result);
}

static void set_value(struct tocsin_result *result, json_t *value)
{
	if (!value)
		return;
	retire(result, result->value);
	json_decref(result->value);
	result->value = value;
}

void tocsin_result_text(struct tocsin_result *result, const char *text)
{
	if (is_open(result))
		set_value(result, text_json(result, "result", text));
}

void tocsin_result_json(struct tocsin_result *result, const struct tocsin_value *value)
{
	char *text;

	if (!is_open(result))
		return;
	text = json_text(json_of_value(value), JSON_STYLE_LINE);
	if (text)
		set_value(result, text_json(result, "result", text));
	else
		fail_memory(result);
	mem_free(text);
}

/* A new handle for `json`, which the result owns. Object and array handles are both just a place. */
static void *new_handle(struct tocsin_result *result, json_t *json, unsigned depth)
{
	struct place *place;

	if (depth > DEPTH_CEILING) {
		tocsin_fail(&result->failure, TOCSIN_LIMIT, "the result nests deeper than %d levels", DEPTH_CEILING);
		return NULL;
	}
	place = arena_alloc(&result->arena, sizeof(*place));
	if (!place) {
		fail_memory(result);
		return NULL;
	}
	*place = (struct place){.result = result, .json = json, .depth = depth};
	return place;
}

struct tocsin_object *tocsin_result_object(struct tocsin_result *result)
{
	if (!is_open(result))
		return NULL;
	if (!json_is_object(result->value)) {
		set_value(result, json_object());
		if (!json_is_object(result->value)) {
			fail_memory(result);
			return NULL;
		}
	}
	return new_handle(result, result->value, 1);
}

static bool place_is_open(const struct place *place)
{
	return place && is_open(place->result);
}

/* Takes over `value`; NULL means that the failure is already told. */
static void put(const struct place *place, const char *key, json_t *value)
{
	if (!value)
		return;
	if (!key || !text_is_utf8(key, strlen(key))) {
		json_decref(value);
		tocsin_fail(&place->result->failure, TOCSIN_INVALID, "a key of the result is not UTF-8 text");
		return;
	}
	if (!account(place->result, strlen(key) + 8)) {
		json_decref(value);
		return;
	}
	retire(place->result, json_object_get(place->json, key));
	if (json_put(place->json, key, value))
		fail_memory(place->result);
}

static void put_or_fail(struct tocsin_object *object, const char *key, json_t *value)
{
	if (!value)
		fail_memory(object->place.result);
	put(&object->place, key, value);
}

void tocsin_put_text(struct tocsin_object *object, const char *key, const char *text)
{
	if (object && place_is_open(&object->place))
		put(&object->place, key, text_json(object->place.result, key, text));
}

void tocsin_put_integer(struct tocsin_object *object, const char *key, int64_t number)
{
	if (object && place_is_open(&object->place))
		put_or_fail(object, key, json_integer(number));
}

void tocsin_put_number(struct tocsin_object *object, const char *key, double number)
{
	json_t *json;

	if (!object || !place_is_open(&object->place))
		return;
	json = json_real(number);
	if (!isfinite(number))
		tocsin_fail(&object->place.result->failure, TOCSIN_INVALID, "the number of \"%.64s\" is not finite",
			    key);
	put_or_fail(object, key, json);
}

void tocsin_put_boolean(struct tocsin_object *object, const char *key, bool boolean)
{
	if (object && place_is_open(&object->place))
		put_or_fail(object, key, json_boolean(boolean));
}

void tocsin_put_list(struct tocsin_object *object, const char *key, const struct tocsin_list *list)
{
	struct tocsin_array *array = tocsin_put_array(object, key);

	for (size_t i = 0; list && i < list->count; i++)
		tocsin_add_text(array, list->items[i]);
}

void tocsin_put_map(struct tocsin_object *object, const char *key, const struct tocsin_map *map)
{
	struct tocsin_object *inner = tocsin_put_object(object, key);

	for (size_t i = 0; map && i < map->count; i++)
		tocsin_put_text(inner, map->items[i].key, map->items[i].value);
}

/* What a value weighs against the ceiling, and how deep it nests. */
static size_t weigh(json_t *json, unsigned depth, unsigned *deepest)
{
	size_t bytes = 8, index;
	const char *key;
	json_t *item;

	if (depth > *deepest)
		*deepest = depth;
	if (json_is_string(json))
		bytes += json_string_length(json);
	if (depth <= DEPTH_CEILING) {
		json_array_foreach (json, index, item)
			bytes += weigh(item, depth + 1, deepest);
		json_object_foreach (json, key, item)
			bytes += strlen(key) + 8 + weigh(item, depth + 1, deepest);
	}
	return bytes;
}

void tocsin_put_value(struct tocsin_object *object, const char *key, const struct tocsin_value *value)
{
	json_t *json = (json_t *)json_of_value(value);
	unsigned deepest;

	if (!object || !place_is_open(&object->place))
		return;
	if (!json) {
		put(&object->place, key, json_null());
		return;
	}
	deepest = object->place.depth;
	if (!account(object->place.result, weigh(json, object->place.depth + 1, &deepest)))
		return;
	if (deepest > DEPTH_CEILING)
		tocsin_fail(&object->place.result->failure, TOCSIN_LIMIT, "the result nests deeper than %d levels",
			    DEPTH_CEILING);
	else
		put_or_fail(object, key, json_deep_copy(json));
}

/* Adds an empty container under `key`, or at the end of an array when `key` is NULL. */
static void *put_container(const struct place *place, const char *key, json_t *container)
{
	void *handle;

	if (!container) {
		fail_memory(place->result);
		return NULL;
	}
	handle = new_handle(place->result, container, place->depth + 1);
	if (!handle) {
		json_decref(container);
		return NULL;
	}
	if (key)
		put(place, key, container);
	else if (!account(place->result, 8))
		json_decref(container);
	else if (json_array_append_new(place->json, container))
		fail_memory(place->result);
	return place->result->failure.code ? NULL : handle;
}

struct tocsin_object *tocsin_put_object(struct tocsin_object *object, const char *key)
{
	return object && place_is_open(&object->place) ? put_container(&object->place, key ? key : "", json_object())
						       : NULL;
}

struct tocsin_array *tocsin_put_array(struct tocsin_object *object, const char *key)
{
	return object && place_is_open(&object->place) ? put_container(&object->place, key ? key : "", json_array())
						       : NULL;
}

static void add(struct tocsin_array *array, json_t *value)
{
	if (value && account(array->place.result, 8)) {
		if (json_array_append_new(array->place.json, value))
			fail_memory(array->place.result);
		return;
	}
	json_decref(value);
}

void tocsin_add_text(struct tocsin_array *array, const char *text)
{
	if (array && place_is_open(&array->place))
		add(array, text_json(array->place.result, "item", text));
}

void tocsin_add_integer(struct tocsin_array *array, int64_t number)
{
	json_t *json;

	if (!array || !place_is_open(&array->place))
		return;
	json = json_integer(number);
	if (!json)
		fail_memory(array->place.result);
	add(array, json);
}

struct tocsin_object *tocsin_add_object(struct tocsin_array *array)
{
	return array && place_is_open(&array->place) ? put_container(&array->place, NULL, json_object()) : NULL;
}

/* Room for text that the action builds with; NULL and a failure when there is none. */
static char *scratch(struct tocsin_result *result, size_t length)
{
	char *text;

	if (result->arena.total + length > SCRATCH_CEILING) {
		tocsin_fail(&result->failure, TOCSIN_LIMIT, "the action builds more than %u bytes of text",
			    SCRATCH_CEILING);
		return NULL;
	}
	text = arena_alloc(&result->arena, length + 1);
	if (!text)
		fail_memory(result);
	return text;
}

const char *tocsin_format(struct tocsin_result *result, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	if (!is_open(result))
		return NULL;
	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0) {
		tocsin_fail(&result->failure, TOCSIN_INVALID, "a text could not be formatted");
		return NULL;
	}
	text = scratch(result, (size_t)length);
	if (!text)
		return NULL;
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}

static char upper(char byte)
{
	return byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
}

static const char *mapped(struct tocsin_result *result, const char *text, char (*map)(char))
{
	char *copy;

	if (!is_open(result) || !text)
		return NULL;
	copy = scratch(result, strlen(text));
	for (size_t i = 0; copy && text[i]; i++)
		copy[i] = map(text[i]);
	return copy;
}

const char *tocsin_lower(struct tocsin_result *result, const char *text)
{
	return mapped(result, text, text_lower);
}

const char *tocsin_upper(struct tocsin_result *result, const char *text)
{
	return mapped(result, text, upper);
}

const char *tocsin_replace(struct tocsin_result *result, const char *text, const char *from, const char *to)
{
	size_t count = 0, from_length, to_length;
	const char *found;
	char *copy, *end;

	if (!is_open(result) || !text || !from || !*from || !to)
		return text;
	from_length = strlen(from);
	to_length = strlen(to);
	for (found = strstr(text, from); found; found = strstr(found + from_length, from))
		count++;
	copy = scratch(result, strlen(text) + count * to_length);
	if (!copy)
		return NULL;
	for (end = copy; (found = strstr(text, from)); text = found + from_length) {
		memcpy(end, text, (size_t)(found - text));
		end += found - text;
		memcpy(end, to, to_length);
		end += to_length;
	}
	memcpy(end, text, strlen(text) + 1);
	return copy;
}

const char *tocsin_shorten(struct tocsin_result *result, const char *text, size_t characters)
{
	static const char ellipsis[] = "\xe2\x80\xa6";
	size_t kept;
	char *copy;

	if (!is_open(result) || !text || !text_is_utf8(text, strlen(text)) || text_characters(text) <= characters)
		return text;
	if (!characters)
		return "";
	kept = text_prefix(text, characters - 1);
	copy = scratch(result, kept + sizeof(ellipsis) - 1);
	if (!copy)
		return NULL;
	memcpy(copy, text, kept);
	memcpy(copy + kept, ellipsis, sizeof(ellipsis));
	return copy;
}

const struct tocsin_value *tocsin_get(const struct tocsin_value *object, const char *key)
{
	return value_of_json(json_object_get(json_of_value(object), key));
}

size_t tocsin_count(const struct tocsin_value *value)
{
	const json_t *json = json_of_value(value);

	return json_is_array(json) ? json_array_size(json) : json_object_size(json);
}

const struct tocsin_value *tocsin_at(const struct tocsin_value *array, size_t index)
{
	return value_of_json(json_array_get(json_of_value(array), index));
}

const char *tocsin_text(const struct tocsin_value *value, const char *otherwise)
{
	const char *text = json_string_value(json_of_value(value));

	return text ? text : otherwise;
}

int64_t tocsin_integer(const struct tocsin_value *value, int64_t otherwise)
{
	const json_t *json = json_of_value(value);

	return json_is_integer(json) ? json_integer_value(json) : otherwise;
}

bool tocsin_boolean(const struct tocsin_value *value, bool otherwise)
{
	const json_t *json = json_of_value(value);

	return json_is_boolean(json) ? json_is_true(json) : otherwise;
}

const char *tocsin_map_get(const struct tocsin_map *map, const char *key, const char *otherwise)
{
	for (size_t i = 0; map && i < map->count; i++)
		if (strcmp(map->items[i].key, key) == 0)
			return map->items[i].value;
	return otherwise;
}

struct tocsin_object *tocsin_result_outcome(struct tocsin_result *result, enum tocsin_outcome outcome,
					    const char *reason)
{
	static const char *const names[] = {
#define X(name, text) [TOCSIN_##name] = text,
		TOCSIN_OUTCOMES(X)
#undef X
	};
	struct tocsin_object *object = tocsin_result_object(result);

	if ((size_t)outcome >= COUNT_OF(names)) {
		if (is_open(result))
			tocsin_fail(&result->failure, TOCSIN_INVALID, "%d is no outcome", (int)outcome);
		return NULL;
	}
	tocsin_put_text(object, "outcome", names[outcome]);
	tocsin_put_text(object, "reason", reason);
	return object;
}

enum tocsin_code tocsin_invoke(struct tocsin_result *caller, const char *action, const void *arguments,
			       const struct tocsin_value **ret_value, struct tocsin_error *err)
{
	enum tocsin_code code;
	json_t *value = NULL;

	if (!caller || !caller->invoke)
		return tocsin_fail(err, TOCSIN_DENIED, "%s cannot be called from here", action);
	code = caller->invoke(caller->host, action, arguments, &value, err);
	if (code)
		return code;
	if (!caller->kept)
		caller->kept = json_array();
	if (json_array_append(caller->kept, value)) {
		json_decref(value);
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the result of %s", action);
	}
	*ret_value = value_of_json(json_is_null(value) ? NULL : value);
	json_decref(value);
	return TOCSIN_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results: what actions write into; see <tocsin/result.h>.
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
	result->root = NULL;
	result->kept = NULL;
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
		return tocsin_fail(err, TOCSIN_INVALID, "the action declares that it returns %s, but returned %s",
				   returns_annotation(returns), result_type_name(result->value));
	*ret_value = result->value ? result->value : json_null();
	result->value = NULL;
	result->root = NULL;
	return TOCSIN_OK;
}

bool result_is_open(const struct tocsin_result *result)
{
	return result && !result->failure.code;
}

void result_fail_memory(struct tocsin_result *result)
{
	if (result_is_open(result))
		tocsin_fail(&result->failure, TOCSIN_NO_MEMORY, "no memory for the result");
}

/* Counts `bytes` against the ceiling; false and a failure when it is reached. */
static bool account(struct tocsin_result *result, size_t bytes)
{
	result->size += bytes;
	if (result->size <= TOCSIN_RESULT_CEILING)
		return true;
	tocsin_fail(&result->failure, TOCSIN_LIMIT, "the result has more than %d bytes of text and keys",
		    TOCSIN_RESULT_CEILING);
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
		tocsin_fail(&result->failure, TOCSIN_INVALID, "the text of \"%.64s\" is not UTF-8", key ? key : "");
		return NULL;
	}
	json = json_string(text);
	if (!json)
		result_fail_memory(result);
	return json;
}

/* Keeps `value` alive as long as the result; false without memory. */
static bool keep(struct tocsin_result *result, json_t *value)
{
	if (!result->kept)
		result->kept = json_array();
	return result->kept && json_array_append(result->kept, value) == 0;
}

/* Keeps what is replaced alive: the action may still hold a handle to it. */
static void retire(struct tocsin_result *result, json_t *value)
{
	if ((json_is_object(value) || json_is_array(value)) && !keep(result, value))
		result_fail_memory(result);
}

/* Takes over `value`; NULL means that the failure is already told. */
static void set_value(struct tocsin_result *result, json_t *value)
{
	if (!value)
		return;
	retire(result, result->value);
	json_decref(result->value);
	result->value = value;
	result->root = NULL;
}

void tocsin_result_text(struct tocsin_result *result, const char *text)
{
	if (result_is_open(result))
		set_value(result, text_json(result, "result", text));
}

void tocsin_result_json(struct tocsin_result *result, const struct tocsin_value *value)
{
	char *text;

	if (!result_is_open(result))
		return;
	text = json_text(json_of_value(value), JSON_STYLE_LINE);
	if (text)
		set_value(result, text_json(result, "result", text));
	else
		result_fail_memory(result);
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
		result_fail_memory(result);
		return NULL;
	}
	*place = (struct place){.result = result, .json = json, .depth = depth};
	return place;
}

struct tocsin_object *tocsin_result_object(struct tocsin_result *result)
{
	json_t *object;

	if (!result_is_open(result))
		return NULL;
	if (result->root)
		return result->root;
	object = json_object();
	if (!object)
		result_fail_memory(result);
	set_value(result, object);
	if (result_is_open(result))
		result->root = new_handle(result, object, 1);
	return result->root;
}

static bool place_is_open(const struct place *place)
{
	return place && result_is_open(place->result);
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
		result_fail_memory(place->result);
}

static void put_or_fail(struct tocsin_object *object, const char *key, json_t *value)
{
	if (!value)
		result_fail_memory(object->place.result);
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
	if (!object || !place_is_open(&object->place))
		return;
	if (isfinite(number))
		put_or_fail(object, key, json_real(number));
	else
		tocsin_fail(&object->place.result->failure, TOCSIN_INVALID, "the number of \"%.64s\" is not finite",
			    key ? key : "");
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

/* A copy of `value` that may stand below `place`, null for NULL; NULL and a failure when there is none. */
static json_t *value_json(const struct place *place, const struct tocsin_value *value)
{
	json_t *json = (json_t *)json_of_value(value);
	unsigned deepest = place->depth;
	json_t *copy;

	if (!json)
		return json_null();
	if (!account(place->result, weigh(json, place->depth + 1, &deepest)))
		return NULL;
	if (deepest > DEPTH_CEILING) {
		tocsin_fail(&place->result->failure, TOCSIN_LIMIT, "the result nests deeper than %d levels",
			    DEPTH_CEILING);
		return NULL;
	}
	copy = json_duplicate(json);
	if (!copy)
		result_fail_memory(place->result);
	return copy;
}

void tocsin_put_value(struct tocsin_object *object, const char *key, const struct tocsin_value *value)
{
	if (object && place_is_open(&object->place))
		put(&object->place, key, value_json(&object->place, value));
}

/* A handle to the new `container`, which is to be put below `place`; NULL and a failure when there is none. */
static void *contain(const struct place *place, json_t *container)
{
	if (!container) {
		result_fail_memory(place->result);
		return NULL;
	}
	return new_handle(place->result, container, place->depth + 1);
}

static void *put_container(struct tocsin_object *object, const char *key, json_t *container)
{
	struct place *handle = contain(&object->place, container);

	if (handle)
		put(&object->place, key, container);
	else
		json_decref(container);
	return place_is_open(handle) ? handle : NULL;
}

struct tocsin_object *tocsin_put_object(struct tocsin_object *object, const char *key)
{
	return object && place_is_open(&object->place) ? put_container(object, key, json_object()) : NULL;
}

struct tocsin_array *tocsin_put_array(struct tocsin_object *object, const char *key)
{
	return object && place_is_open(&object->place) ? put_container(object, key, json_array()) : NULL;
}

/* Takes over `value`; NULL means that the failure is already told. */
static void add(const struct place *place, json_t *value)
{
	if (!value)
		return;
	if (!account(place->result, 8))
		json_decref(value);
	else if (json_array_append_new(place->json, value))
		result_fail_memory(place->result);
}

void tocsin_add_text(struct tocsin_array *array, const char *text)
{
	if (array && place_is_open(&array->place))
		add(&array->place, text_json(array->place.result, "item", text));
}

void tocsin_add_integer(struct tocsin_array *array, int64_t number)
{
	json_t *json;

	if (!array || !place_is_open(&array->place))
		return;
	json = json_integer(number);
	if (!json)
		result_fail_memory(array->place.result);
	add(&array->place, json);
}

void tocsin_add_value(struct tocsin_array *array, const struct tocsin_value *value)
{
	if (array && place_is_open(&array->place))
		add(&array->place, value_json(&array->place, value));
}

struct tocsin_object *tocsin_add_object(struct tocsin_array *array)
{
	json_t *object;
	struct place *handle;

	if (!array || !place_is_open(&array->place))
		return NULL;
	object = json_object();
	handle = contain(&array->place, object);
	if (handle)
		add(&array->place, object);
	else
		json_decref(object);
	return place_is_open(handle) ? (struct tocsin_object *)handle : NULL;
}

struct tocsin_object *tocsin_result_outcome(struct tocsin_result *result, enum tocsin_outcome outcome,
					    const char *reason)
{
	static const char *const names[] = {
#define X(name, text) [TOCSIN_OUTCOME_##name] = text,
		TOCSIN_OUTCOMES(X)
#undef X
	};
	struct tocsin_object *object = tocsin_result_object(result);

	if ((size_t)outcome >= COUNT_OF(names)) {
		if (result_is_open(result))
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

	if (!action || !caller || !caller->invoke)
		return tocsin_fail(err, TOCSIN_DENIED, "%s cannot be called from here", action ? action : "no action");
	if (caller->failure.code) {
		if (err)
			*err = caller->failure;
		return caller->failure.code;
	}
	code = caller->invoke(caller->host, action, arguments, &value, err);
	if (code)
		return code;
	if (!keep(caller, value)) {
		json_decref(value);
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the result of %s", action);
	}
	if (ret_value)
		*ret_value = value_of_json(json_is_null(value) ? NULL : value);
	json_decref(value);
	return TOCSIN_OK;
}

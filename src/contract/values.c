/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values for a set of fields: checked as JSON, bound to a C struct, read back; see values.h.
 *
 * Text in a bound struct points into the JSON values, which the binding keeps alive; only lists and maps
 * need memory of their own.
 */
#include "contract/values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "contract/result.h"

#define PATH_ROOM 512

static const struct field *find(const struct field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

static void report_unknown(const struct field *fields, size_t count, const char *name, const char *path,
			   struct problems *problems)
{
	const char *names[PLUGIN_FIELDS_CEILING];
	const char *nearest;
	size_t known = 0;

	if (problems->count < PROBLEMS_CEILING) /* else nobody reads what it costs to find */
		for (; known < count && known < COUNT_OF(names); known++)
			names[known] = fields[known].name;
	nearest = text_nearest(name, names, known);
	if (nearest)
		problems_add(problems, path, "is not known; did you mean %s?", nearest);
	else
		problems_add(problems, path, "is not known");
}

enum tocsin_code values_check(const struct field *fields, size_t count, const json_t *input, const char *path,
			      json_t **ret_values, struct problems *problems)
{
	const struct problems before = *problems;
	char place[PATH_ROOM];
	json_t *values, *value;
	enum tocsin_code code;
	const char *name;

	if (input && !json_is_object(input)) {
		problems_add(problems, path, "is %s, a map is needed", json_kind(input));
		return problems_since(problems, &before);
	}
	values = json_object();
	if (!values)
		problems->lost++;
	json_object_foreach ((json_t *)input, name, value)
		if (!find(fields, count, name))
			report_unknown(fields, count, name, problem_path(place, sizeof(place), path, name), problems);
	for (size_t i = 0; i < count && values; i++) {
		const struct field *field = &fields[i];
		json_t *coerced = NULL;

		value = json_object_get(input, field->name);
		problem_path(place, sizeof(place), path, field->name);
		if (value)
			field_coerce(field, value, place, &coerced, problems);
		else if (field->required)
			problems_add(problems, place, "is required");
		else
			coerced = json_incref(field->preset);
		if (coerced && json_put(values, field->name, coerced))
			problems->lost++;
	}
	code = problems_since(problems, &before);
	if (code)
		json_decref(values);
	else
		*ret_values = values;
	return code;
}

static const struct tocsin_list *bind_list(struct arena *arena, const json_t *values)
{
	struct tocsin_list *list = arena_alloc(arena, sizeof(*list));
	const size_t count = json_array_size(values);
	const char **items = arena_alloc(arena, count * sizeof(*items));

	if (!list || !items)
		return NULL;
	for (size_t i = 0; i < count; i++)
		items[i] = json_string_value(json_array_get(values, i));
	*list = (struct tocsin_list){.count = count, .items = items};
	return list;
}

static int compare_pairs(const void *one, const void *other)
{
	return strcmp(((const struct tocsin_pair *)one)->key, ((const struct tocsin_pair *)other)->key);
}

static const struct tocsin_map *bind_map(struct arena *arena, json_t *values)
{
	struct tocsin_map *map = arena_alloc(arena, sizeof(*map));
	const size_t count = json_object_size(values);
	struct tocsin_pair *items = arena_alloc(arena, count * sizeof(*items));
	size_t used = 0;
	const char *key;
	json_t *value;

	if (!map || !items)
		return NULL;
	json_object_foreach (values, key, value)
		items[used++] = (struct tocsin_pair){.key = key, .value = json_string_value(value)};
	qsort(items, used, sizeof(*items), compare_pairs);
	*map = (struct tocsin_map){.count = used, .items = items};
	return map;
}

/* A member of the struct, whatever its type: written and read with memcpy. */
union member {
	const char *text;
	int64_t integer;
	double number;
	unsigned char boolean; /* a byte, for an action may hand us a bool that it never set */
	struct tocsin_secret secret;
	const struct tocsin_list *list;
	const struct tocsin_map *map;
	const struct tocsin_value *value;
};

/* False only without memory. */
static bool bind_value(const struct field *field, json_t *value, struct arena *arena, union member *ret_member)
{
	switch (field->kind) {
	case TOCSIN_KIND_STRING:
	case TOCSIN_KIND_CHOICE:
	case TOCSIN_KIND_URL:
		ret_member->text = json_string_value(value);
		return true;
	case TOCSIN_KIND_SECRET:
		ret_member->secret.placeholder = json_string_value(value);
		return true;
	case TOCSIN_KIND_INTEGER:
		ret_member->integer = json_integer_value(value);
		return true;
	case TOCSIN_KIND_NUMBER:
		ret_member->number = json_number_value(value);
		return true;
	case TOCSIN_KIND_BOOLEAN:
		ret_member->boolean = json_is_true(value);
		return true;
	case TOCSIN_KIND_DURATION:
		return duration_parse(json_string_value(value), &ret_member->integer);
	case TOCSIN_KIND_SIZE:
		return size_parse(json_string_value(value), &ret_member->integer);
	case TOCSIN_KIND_LIST:
		ret_member->list = bind_list(arena, value);
		return ret_member->list;
	case TOCSIN_KIND_MAP:
		ret_member->map = bind_map(arena, value);
		return ret_member->map;
	case TOCSIN_KIND_OBJECT:
	case TOCSIN_KIND_OBJECTS:
		ret_member->value = value_of_json(value);
		return true;
	case TOCSIN_KIND_NONE:
		break;
	}
	return false;
}

enum tocsin_code values_bind(const struct field *fields, size_t count, uint32_t structure_size, json_t *values,
			     struct bound_values *ret_bound, struct tocsin_error *err)
{
	struct bound_values bound = {0};
	unsigned char *memory = arena_alloc(&bound.arena, structure_size);

	if (!memory)
		goto no_memory;
	for (size_t i = 0; i < count; i++) {
		json_t *value = json_object_get(values, fields[i].name);
		union member member = {0};

		if (!value)
			continue;
		if (!bind_value(&fields[i], value, &bound.arena, &member))
			goto no_memory;
		memcpy(memory + fields[i].offset, &member, kind_size(fields[i].kind));
	}
	bound.memory = structure_size ? memory : NULL;
	bound.values = json_incref(values);
	*ret_bound = bound;
	return TOCSIN_OK;
no_memory:
	arena_release(&bound.arena);
	return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to bind values");
}

void bound_values_release(struct bound_values *bound)
{
	if (!bound)
		return;
	arena_release(&bound->arena);
	json_decref(bound->values);
	*bound = (struct bound_values){0};
}

/* Whether it is text that JSON can hold. */
static bool is_sound(const char *text)
{
	return text && text_is_utf8(text, strlen(text));
}

/* The next three give NULL without memory, and for what no JSON can say, which they tell by `sound`. */
static json_t *unbind_text(const char *text, bool *sound)
{
	*sound = is_sound(text);
	return *sound ? json_string(text) : NULL;
}

static json_t *unbind_list(const struct tocsin_list *list, bool *sound)
{
	json_t *values = json_array();

	for (size_t i = 0; i < list->count && values; i++)
		if (json_array_append_new(values, unbind_text(list->items[i], sound))) {
			json_decref(values);
			return NULL;
		}
	return values;
}

static json_t *unbind_map(const struct tocsin_map *map, bool *sound)
{
	json_t *values = json_object();

	for (size_t i = 0; i < map->count && values; i++) {
		json_t *value = unbind_text(map->items[i].value, sound);

		*sound = *sound && is_sound(map->items[i].key);
		if (json_put(values, *sound ? map->items[i].key : "", value) || !*sound) {
			json_decref(values);
			return NULL;
		}
	}
	return values;
}

static json_t *unbind_value(const struct field *field, const union member *member, bool *sound)
{
	char text[KIND_TEXT_ROOM];

	switch (field->kind) {
	case TOCSIN_KIND_STRING:
	case TOCSIN_KIND_CHOICE:
	case TOCSIN_KIND_URL:
		return unbind_text(member->text, sound);
	case TOCSIN_KIND_SECRET:
		return unbind_text(member->secret.placeholder, sound);
	case TOCSIN_KIND_INTEGER:
		return json_integer(member->integer);
	case TOCSIN_KIND_NUMBER:
		*sound = isfinite(member->number);
		return json_real(member->number);
	case TOCSIN_KIND_BOOLEAN:
		return json_boolean(member->boolean);
	case TOCSIN_KIND_DURATION:
		*sound = member->integer >= 0;
		return *sound ? json_string(duration_text(member->integer, text)) : NULL;
	case TOCSIN_KIND_SIZE:
		*sound = member->integer >= 0;
		return *sound ? json_string(size_text(member->integer, text)) : NULL;
	case TOCSIN_KIND_LIST:
		return unbind_list(member->list, sound);
	case TOCSIN_KIND_MAP:
		return unbind_map(member->map, sound);
	case TOCSIN_KIND_OBJECT:
	case TOCSIN_KIND_OBJECTS:
		return json_incref((json_t *)json_of_value(member->value));
	case TOCSIN_KIND_NONE:
		break;
	}
	return NULL;
}

/* Whether the member is a null pointer, which stands for an absent value. */
static bool is_absent(const struct field *field, const union member *member)
{
	switch (field->kind) {
	case TOCSIN_KIND_INTEGER:
	case TOCSIN_KIND_NUMBER:
	case TOCSIN_KIND_BOOLEAN:
	case TOCSIN_KIND_DURATION:
	case TOCSIN_KIND_SIZE:
		return false;
	default:
		return !member->text;
	}
}

/* What a member of the kind holds when it cannot be read back. */
static const char *unsound(const struct field *field)
{
	switch (kind_measure(field->kind)) {
	case MEASURE_NUMBER:
		return "a number that is not finite";
	case MEASURE_DURATION:
	case MEASURE_SIZE:
		return "a number below 0";
	default:
		return "text that is not UTF-8";
	}
}

enum tocsin_code values_unbind(const struct field *fields, size_t count, const void *memory, json_t **ret_values,
			       struct tocsin_error *err)
{
	json_t *values = json_object();

	if (!values)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to read values back");
	for (size_t i = 0; i < count; i++) {
		union member member = {0};
		bool sound = true;

		memcpy(&member, (const unsigned char *)memory + fields[i].offset, kind_size(fields[i].kind));
		if (is_absent(&fields[i], &member))
			continue;
		if (json_put(values, fields[i].name, unbind_value(&fields[i], &member, &sound)) == 0)
			continue;
		json_decref(values);
		if (sound)
			return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to read values back");
		return tocsin_fail(err, TOCSIN_INVALID, "%s holds %s", fields[i].name, unsound(&fields[i]));
	}
	*ret_values = values;
	return TOCSIN_OK;
}

json_t *values_mask(const struct field *fields, size_t count, const json_t *values)
{
	json_t *masked = json_duplicate(values);

	for (size_t i = 0; i < count && masked; i++) {
		if (fields[i].kind != TOCSIN_KIND_SECRET || !json_object_get(masked, fields[i].name))
			continue;
		if (json_put(masked, fields[i].name, json_string(VALUES_MASK))) {
			json_decref(masked);
			return NULL;
		}
	}
	return masked;
}

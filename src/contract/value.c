/* SPDX-License-Identifier: Apache-2.0 */
/* Values to read: the public names for what jansson has. Nothing here fails: what is absent is NULL or `otherwise`. */
#include <string.h>

#include "contract/result.h"

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

const char *tocsin_key(const struct tocsin_value *object, size_t index)
{
	json_t *json = (json_t *)json_of_value(object);
	void *member = json_object_iter(json);

	while (member && index--)
		member = json_object_iter_next(json, member);
	return member ? json_object_iter_key(member) : NULL;
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

double tocsin_number(const struct tocsin_value *value, double otherwise)
{
	const json_t *json = json_of_value(value);

	return json_is_number(json) ? json_number_value(json) : otherwise;
}

bool tocsin_boolean(const struct tocsin_value *value, bool otherwise)
{
	const json_t *json = json_of_value(value);

	return json_is_boolean(json) ? json_is_true(json) : otherwise;
}

const char *tocsin_map_get(const struct tocsin_map *map, const char *key, const char *otherwise)
{
	for (size_t i = 0; map && key && i < map->count; i++)
		if (strcmp(map->items[i].key, key) == 0)
			return map->items[i].value;
	return otherwise;
}

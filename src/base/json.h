/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

/*
 * What jansson lacks: output with sorted keys and numbers in their shortest form, and input with stated
 * limits. Reference counts follow jansson: functions that return json_t * give a new reference, those
 * that take one borrow it unless they say otherwise.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

enum json_style {
	JSON_STYLE_LINE, /* {"a": 1, "b": [2]} */
	JSON_STYLE_COMPACT, /* {"a":1,"b":[2]} */
	JSON_STYLE_PAGE, /* indent 2, without a line break at the end */
};

/* Writes `json` with sorted keys. Text stays UTF-8; control characters are escaped. */
void json_write(struct buffer *buffer, const json_t *json, enum json_style style);

/* The same as a new text for mem_free(), NULL without memory. */
char *json_text(const json_t *json, enum json_style style);

/* What a reader accepts. */
struct json_limits {
	size_t bytes;
	size_t depth; /* of nested arrays and objects */
};

/*
 * Reads one JSON text of `length` bytes (RFC 8259; duplicate keys, NUL in text and invalid UTF-8 are
 * errors). The error names line and column.
 */
enum tocsin_code json_read(const char *text, size_t length, const struct json_limits *limits, json_t **ret_json,
			   struct tocsin_error *err);

/* The member as text, or `otherwise` when it is absent or no text. Borrowed. */
const char *json_get_text(const json_t *object, const char *key, const char *otherwise);

/* What the value is, for error messages: "text", "an integer", "a list", ... */
const char *json_kind(const json_t *json);

/*
 * A copy that shares nothing with `json`. New reference; NULL without memory, where jansson's own copies leave out
 * what they have no memory for.
 */
json_t *json_duplicate(const json_t *json);

/* Sets a member and takes over the reference of `value`; -1 when `value` is NULL or there is no memory. */
static inline int json_put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

#endif

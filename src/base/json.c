/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON out and in; see json.h.
 *
 * jansson 2.14 prints 0.1 as 0.10000000000000001, which would make manifests differ from what authors
 * wrote; hence a writer of our own. The reader is jansson's, behind a check of depth and size, because
 * jansson's own depth limit is far above what any message here needs.
 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

/* How many bytes of `text` are a character that is written as \u.... or as one of the short escapes. */
static size_t escaped_bytes(const unsigned char *text, size_t length)
{
	if (*text < 0x20 || *text == 0x7f || *text == '"' || *text == '\\')
		return 1;
	return *text == 0xc2 && length > 1 && text[1] < 0xa0 ? 2 : 0; /* C1: terminals obey some of them */
}

static void write_text(struct buffer *buffer, const char *text, size_t length)
{
	static const char plain[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
	size_t start = 0, bytes;

	buffer_byte(buffer, '"');
	for (size_t i = 0; i < length; i += bytes ? bytes : 1) {
		const unsigned char *byte = (const unsigned char *)text + i;
		const char *known;

		bytes = escaped_bytes(byte, length - i);
		if (!bytes)
			continue;
		buffer_add(buffer, text + start, i - start);
		start = i + bytes;
		known = memchr(plain, *byte, sizeof(plain) - 1);
		if (known)
			buffer_format(buffer, "\\%c", letters[known - plain]);
		else
			buffer_format(buffer, "\\u%04x", (unsigned)byte[bytes - 1]);
	}
	buffer_add(buffer, text + start, length - start);
	buffer_byte(buffer, '"');
}

/* A line break and the indentation of `depth`. */
static void write_break(struct buffer *buffer, enum json_style style, unsigned depth)
{
	static const char spaces[] = "                                ";
	size_t left = (size_t)depth * 2;

	if (style != JSON_STYLE_PAGE)
		return;
	buffer_byte(buffer, '\n');
	for (; left > sizeof(spaces) - 1; left -= sizeof(spaces) - 1)
		buffer_add(buffer, spaces, sizeof(spaces) - 1);
	buffer_add(buffer, spaces, left);
}

static void write_comma(struct buffer *buffer, enum json_style style)
{
	buffer_byte(buffer, ',');
	if (style == JSON_STYLE_LINE)
		buffer_byte(buffer, ' ');
}

static void write_value(struct buffer *buffer, const json_t *json, enum json_style style, unsigned depth);

static void write_array(struct buffer *buffer, const json_t *json, enum json_style style, unsigned depth)
{
	const size_t count = json_array_size(json);

	buffer_byte(buffer, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			write_comma(buffer, style);
		write_break(buffer, style, depth + 1);
		write_value(buffer, json_array_get(json, i), style, depth + 1);
	}
	if (count)
		write_break(buffer, style, depth);
	buffer_byte(buffer, ']');
}

static int compare_keys(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

#define KEYS_ON_STACK 32

static void write_object(struct buffer *buffer, const json_t *json, enum json_style style, unsigned depth)
{
	const size_t count = json_object_size(json);
	const char *few[KEYS_ON_STACK];
	const char **keys = count <= KEYS_ON_STACK ? few : mem_array(count, sizeof(*keys));
	size_t used = 0;

	if (!keys) {
		buffer->code = buffer->code ? buffer->code : TOCSIN_NO_MEMORY;
		return;
	}
	for (void *iter = json_object_iter((json_t *)json); iter; iter = json_object_iter_next((json_t *)json, iter))
		keys[used++] = json_object_iter_key(iter);
	qsort(keys, used, sizeof(*keys), compare_keys);
	buffer_byte(buffer, '{');
	for (size_t i = 0; i < used; i++) {
		if (i)
			write_comma(buffer, style);
		write_break(buffer, style, depth + 1);
		write_text(buffer, keys[i], strlen(keys[i]));
		buffer_text_add(buffer, style == JSON_STYLE_COMPACT ? ":" : ": ");
		write_value(buffer, json_object_get(json, keys[i]), style, depth + 1);
	}
	if (used)
		write_break(buffer, style, depth);
	buffer_byte(buffer, '}');
	if (keys != few)
		mem_free(keys);
}

static void write_value(struct buffer *buffer, const json_t *json, enum json_style style, unsigned depth)
{
	char number[TEXT_NUMBER_ROOM];

	switch (json ? json_typeof(json) : JSON_NULL) {
	case JSON_OBJECT:
		write_object(buffer, json, style, depth);
		break;
	case JSON_ARRAY:
		write_array(buffer, json, style, depth);
		break;
	case JSON_STRING:
		write_text(buffer, json_string_value(json), json_string_length(json));
		break;
	case JSON_INTEGER:
		buffer_format(buffer, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
		break;
	case JSON_REAL:
		buffer_text_add(buffer, text_number(json_real_value(json), number));
		break;
	case JSON_TRUE:
		buffer_text_add(buffer, "true");
		break;
	case JSON_FALSE:
		buffer_text_add(buffer, "false");
		break;
	case JSON_NULL:
		buffer_text_add(buffer, "null");
		break;
	}
}

void json_write(struct buffer *buffer, const json_t *json, enum json_style style)
{
	write_value(buffer, json, style, 0);
}

char *json_text(const json_t *json, enum json_style style)
{
	struct buffer buffer;
	char *text;

	buffer_init(&buffer, (size_t)1 << 30);
	json_write(&buffer, json, style);
	text = buffer_take(&buffer);
	buffer_release(&buffer);
	return text;
}

/* The deepest nesting of brackets outside of text, without judging anything else. */
static size_t depth_of(const char *text, size_t length)
{
	size_t depth = 0, deepest = 0;
	bool quoted = false;

	for (size_t i = 0; i < length; i++) {
		if (quoted) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				quoted = false;
		} else if (text[i] == '"') {
			quoted = true;
		} else if (text[i] == '{' || text[i] == '[') {
			if (++depth > deepest)
				deepest = depth;
		} else if ((text[i] == '}' || text[i] == ']') && depth) {
			depth--;
		}
	}
	return deepest;
}

/* What jansson says, but for words that only a programmer who uses it can act on. */
static const char *sentence_of(const json_error_t *reason)
{
	switch (json_error_code(reason)) {
	case json_error_null_character:
		return "a text holds \\u0000, the character NUL";
	case json_error_null_byte_in_key:
		return "a key holds \\u0000, the character NUL";
	default:
		return reason->text;
	}
}

enum tocsin_code json_read(const char *text, size_t length, const struct json_limits *limits, json_t **ret_json,
			   struct tocsin_error *err)
{
	const size_t failures = mem_failures();
	json_error_t reason = {0};
	json_t *json;

	if (length > limits->bytes)
		return tocsin_fail(err, TOCSIN_LIMIT, "the JSON has %zu bytes, %zu are allowed", length, limits->bytes);
	if (depth_of(text, length) > limits->depth)
		return tocsin_fail(err, TOCSIN_LIMIT, "the JSON nests deeper than %zu levels", limits->depth);
	json = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &reason);
	/* Without memory jansson gives no reason, or blames a token, or leaves bytes out and succeeds. */
	if (mem_failures() != failures || (!json && !reason.text[0])) {
		json_decref(json);
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to read JSON");
	}
	if (!json)
		return tocsin_fail(err, TOCSIN_INVALID, "not JSON: %s (line %d, column %d)", sentence_of(&reason),
				   reason.line, reason.column);
	*ret_json = json;
	return TOCSIN_OK;
}

const char *json_get_text(const json_t *object, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : otherwise;
}

const char *json_kind(const json_t *json)
{
	if (!json)
		return "nothing";
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		return "a map";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "text";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		return "null";
	}
	return "nothing";
}

json_t *json_duplicate(const json_t *json)
{
	const char *key;
	json_t *copy, *item;
	size_t index;
	int failed = 0;

	if (!json_is_object(json) && !json_is_array(json))
		return json_deep_copy(json);
	copy = json_is_object(json) ? json_object() : json_array();
	json_object_foreach ((json_t *)json, key, item)
		failed |= json_put(copy, key, json_duplicate(item));
	json_array_foreach (json, index, item)
		failed |= json_array_append_new(copy, json_duplicate(item));
	if (!failed)
		return copy;
	json_decref(copy);
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages as bytes; see frame.h. What would not be accepted is not written either: the ceilings of size,
 * depth and values hold on both sides, so that neither end can be blamed for what the other said. Values are
 * counted in the bytes, before any memory is spent on them.
 */
#include "host/frame.h"

#include <stdbool.h>

#include "base/alloc.h"
#include "base/json.h"

static bool is_deeper(const json_t *json, size_t levels)
{
	const size_t count = json_array_size(json);

	if (!json_is_array(json) && !json_is_object(json))
		return false;
	if (!levels)
		return true;
	for (size_t i = 0; i < count; i++)
		if (is_deeper(json_array_get(json, i), levels - 1))
			return true;
	for (void *iter = json_object_iter((json_t *)json); iter; iter = json_object_iter_next((json_t *)json, iter))
		if (is_deeper(json_object_iter_value(iter), levels - 1))
			return true;
	return false;
}

/* How many values JSON has at most: one, and one more for each comma and bracket outside of text. */
static size_t values_of(const char *bytes, size_t length)
{
	bool quoted = false;
	size_t values = 1;

	for (size_t i = 0; i < length; i++) {
		if (quoted && bytes[i] == '\\')
			i++;
		else if (bytes[i] == '"')
			quoted = !quoted;
		else if (!quoted && (bytes[i] == ',' || bytes[i] == '[' || bytes[i] == '{'))
			values++;
	}
	return values;
}

enum tocsin_code frame_encode(const json_t *message, char **ret_bytes, size_t *ret_length, struct tocsin_error *err)
{
	struct buffer buffer;
	size_t body, length;
	char *bytes;

	if (is_deeper(message, FRAME_DEPTH))
		return tocsin_fail(err, TOCSIN_LIMIT, "the message nests deeper than %d levels", FRAME_DEPTH);
	buffer_init(&buffer, FRAME_HEAD + FRAME_CEILING);
	buffer_add(&buffer, "\0\0\0\0", FRAME_HEAD);
	json_write(&buffer, message, JSON_STYLE_COMPACT);
	if (buffer_code(&buffer)) {
		const enum tocsin_code code = buffer_code(&buffer);

		buffer_release(&buffer);
		if (code == TOCSIN_LIMIT)
			return tocsin_fail(err, code, "the message has more than %d bytes", FRAME_CEILING);
		return tocsin_fail(err, code, "no memory for a message");
	}
	length = buffer.length;
	body = buffer.length - FRAME_HEAD;
	bytes = buffer_take(&buffer);
	if (values_of(bytes + FRAME_HEAD, body) > FRAME_VALUES) {
		mem_free(bytes);
		return tocsin_fail(err, TOCSIN_LIMIT, "the message has more than %d values", FRAME_VALUES);
	}
	for (unsigned i = 0; i < FRAME_HEAD; i++)
		bytes[i] = (char)(unsigned char)(body >> (8 * (FRAME_HEAD - 1 - i)));
	*ret_bytes = bytes;
	*ret_length = length;
	return TOCSIN_OK;
}

enum tocsin_code frame_length(const unsigned char head[FRAME_HEAD], size_t *ret_length, struct tocsin_error *err)
{
	const size_t length = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];

	if (!length || length > FRAME_CEILING)
		return tocsin_fail(err, TOCSIN_PROTOCOL, "a message claims a length of %zu bytes, 1 to %d are allowed",
				   length, FRAME_CEILING);
	*ret_length = length;
	return TOCSIN_OK;
}

enum tocsin_code frame_decode(const char *bytes, size_t length, json_t **ret_message, struct tocsin_error *err)
{
	static const struct json_limits limits = {.bytes = FRAME_CEILING, .depth = FRAME_DEPTH};
	struct tocsin_error reason = TOCSIN_ERROR_INIT;
	json_t *message = NULL;
	enum tocsin_code code;

	if (values_of(bytes, length) > FRAME_VALUES)
		return tocsin_fail(err, TOCSIN_PROTOCOL, "a message has more than %d values", FRAME_VALUES);
	code = json_read(bytes, length, &limits, &message, &reason);
	if (code == TOCSIN_NO_MEMORY)
		return tocsin_fail(err, code, "no memory to read a message");
	if (code)
		return tocsin_fail(err, TOCSIN_PROTOCOL, "a message cannot be read: %s", tocsin_error_at(&reason, 0));
	if (!json_is_object(message)) {
		const char *kind = json_kind(message);

		json_decref(message);
		return tocsin_fail(err, TOCSIN_PROTOCOL, "a message is %s, not a map", kind);
	}
	*ret_message = message;
	return TOCSIN_OK;
}

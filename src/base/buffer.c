/* SPDX-License-Identifier: Apache-2.0 */
/* A growing text with a ceiling; see buffer.h. Growth doubles, so that adding is linear overall. */
#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

void buffer_init(struct buffer *buffer, size_t ceiling)
{
	*buffer = (struct buffer){.ceiling = ceiling};
}

void buffer_release(struct buffer *buffer)
{
	if (!buffer)
		return;
	mem_free(buffer->text);
	*buffer = (struct buffer){.ceiling = buffer->ceiling};
}

void buffer_clear(struct buffer *buffer)
{
	buffer->length = 0;
	buffer->code = TOCSIN_OK;
	if (buffer->text)
		buffer->text[0] = '\0';
}

/* Makes room for `more` bytes and the terminator. */
static int reserve(struct buffer *buffer, size_t more)
{
	size_t room = buffer->room ? buffer->room : 128;
	char *text;

	if (buffer->code)
		return -1;
	if (more > buffer->ceiling || buffer->length > buffer->ceiling - more || more >= SIZE_MAX - buffer->length) {
		buffer->code = TOCSIN_LIMIT;
		return -1;
	}
	if (buffer->text && buffer->length + more < buffer->room)
		return 0;
	while (room <= buffer->length + more)
		room = room <= SIZE_MAX / 2 ? room * 2 : SIZE_MAX;
	text = mem_grow(buffer->text, room, 1);
	if (!text) {
		buffer->code = TOCSIN_NO_MEMORY;
		return -1;
	}
	buffer->text = text;
	buffer->room = room;
	return 0;
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t length)
{
	if (reserve(buffer, length))
		return;
	if (length)
		memcpy(buffer->text + buffer->length, bytes, length);
	buffer->length += length;
	buffer->text[buffer->length] = '\0';
}

void buffer_text_add(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void buffer_byte(struct buffer *buffer, char byte)
{
	buffer_add(buffer, &byte, 1);
}

void buffer_format_list(struct buffer *buffer, const char *format, va_list arguments)
{
	va_list again;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0) {
		buffer->code = buffer->code ? buffer->code : TOCSIN_LIMIT;
		return;
	}
	if (reserve(buffer, (size_t)length))
		return;
	vsnprintf(buffer->text + buffer->length, (size_t)length + 1, format, arguments);
	buffer->length += (size_t)length;
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buffer_format_list(buffer, format, arguments);
	va_end(arguments);
}

const char *buffer_text(const struct buffer *buffer)
{
	return buffer->text ? buffer->text : "";
}

char *buffer_take(struct buffer *buffer)
{
	char *text;

	if (!buffer->code && !buffer->text)
		buffer_add(buffer, "", 0);
	text = buffer->code ? NULL : buffer->text;
	if (text)
		*buffer = (struct buffer){.ceiling = buffer->ceiling};
	return text;
}

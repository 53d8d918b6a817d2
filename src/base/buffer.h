/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

/*
 * A growing text with a ceiling. The first failure sticks and later calls do nothing, so that a writer
 * checks once, at the end, with buffer_code(). The text is always terminated.
 *
 *	struct buffer text;
 *
 *	buffer_init(&text, 64 * 1024);
 *	buffer_format(&text, "%s=%d", name, number);
 *	if (buffer_code(&text)) ...
 *	buffer_release(&text);
 */

#include <stdarg.h>
#include <stddef.h>

#include <tocsin/error.h>

struct buffer {
	char *text; /* NULL until something was written; see buffer_text() */
	size_t length;
	size_t room;
	size_t ceiling;
	enum tocsin_code code; /* TOCSIN_OK, TOCSIN_NO_MEMORY or TOCSIN_LIMIT */
};

void buffer_init(struct buffer *buffer, size_t ceiling);
void buffer_release(struct buffer *buffer);
void buffer_clear(struct buffer *buffer);

void buffer_add(struct buffer *buffer, const void *bytes, size_t length);
void buffer_text_add(struct buffer *buffer, const char *text);
void buffer_byte(struct buffer *buffer, char byte);
void buffer_format(struct buffer *buffer, const char *format, ...) TOCSIN_PRINTF(2, 3);
void buffer_format_list(struct buffer *buffer, const char *format, va_list arguments) TOCSIN_PRINTF(2, 0);

/* What was written, "" for nothing. Owned by the buffer. */
const char *buffer_text(const struct buffer *buffer);

/* Hands the text to the caller, who frees it with mem_free(); NULL when writing failed. */
char *buffer_take(struct buffer *buffer);

static inline enum tocsin_code buffer_code(const struct buffer *buffer)
{
	return buffer->code;
}

#endif

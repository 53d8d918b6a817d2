/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error chain: sentences one behind the other in a fixed buffer, the cause first.
 *
 * The cause is never dropped and never cut below half of the room; an outer sentence that finds no room
 * is counted, and the count is shown. Nothing here can fail.
 */
#include <tocsin/error.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_ROOM (TOCSIN_ERROR_ROOM / 2)

static const char *const code_names[] = {
#define X(name, text) [TOCSIN_##name] = text,
	TOCSIN_CODES(X)
#undef X
};

const char *tocsin_code_name(enum tocsin_code code)
{
	const size_t index = (size_t)code;

	return index < sizeof(code_names) / sizeof(code_names[0]) ? code_names[index] : "unknown";
}

/* Steps back from the middle of a UTF-8 sequence to its start. */
static size_t whole_characters(const char *text, size_t length)
{
	while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

static void append(struct tocsin_error *err, const char *format, va_list arguments)
{
	static const char mark[] = "...";
	const size_t left = TOCSIN_ERROR_ROOM - err->used;
	const size_t room = left < SENTENCE_ROOM ? left : SENTENCE_ROOM;
	char *sentence = err->text + err->used;
	int length;

	if (room < 32 || err->count == UINT8_MAX) {
		err->dropped = err->dropped < UINT8_MAX ? (uint8_t)(err->dropped + 1) : UINT8_MAX;
		return;
	}
	length = vsnprintf(sentence, room, format, arguments);
	if (length < 0)
		length = snprintf(sentence, room, "(a message that could not be formatted)");
	if ((size_t)length >= room) {
		const size_t kept = whole_characters(sentence, room - sizeof(mark));

		memcpy(sentence + kept, mark, sizeof(mark));
		length = (int)(kept + sizeof(mark) - 1);
	}
	err->used = (uint16_t)(err->used + length + 1);
	err->count++;
}

enum tocsin_code tocsin_fail(struct tocsin_error *err, enum tocsin_code code, const char *format, ...)
{
	va_list arguments;

	if (!err)
		return code;
	err->code = code;
	err->used = 0;
	err->count = 0;
	err->dropped = 0;
	va_start(arguments, format);
	append(err, format, arguments);
	va_end(arguments);
	return code;
}

enum tocsin_code tocsin_wrap(struct tocsin_error *err, const char *format, ...)
{
	va_list arguments;

	if (!err)
		return TOCSIN_FAILED;
	va_start(arguments, format);
	append(err, format, arguments);
	va_end(arguments);
	return err->code;
}

const char *tocsin_error_at(const struct tocsin_error *err, size_t index)
{
	const char *sentence;

	if (!err || index >= err->count)
		return NULL;
	sentence = err->text;
	while (index--)
		sentence += strlen(sentence) + 1;
	return sentence;
}

const char *tocsin_error_line(const struct tocsin_error *err, char *buffer, size_t size)
{
	size_t used = 0;

	if (!size)
		return buffer;
	buffer[0] = '\0';
	if (!err)
		return buffer;
	if (err->dropped)
		used = (size_t)snprintf(buffer, size, "(%u outer steps not shown): ", err->dropped);
	for (size_t index = err->count; index-- > 0 && used < size;) {
		const int length = snprintf(buffer + used, size - used, "%s%s", tocsin_error_at(err, index),
					    index ? ": " : "");

		used += (size_t)length;
	}
	if (used >= size)
		buffer[whole_characters(buffer, size - 1)] = '\0';
	return buffer;
}

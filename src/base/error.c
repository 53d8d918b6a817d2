/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error chain: sentences one behind the other in a fixed buffer, the cause first.
 *
 * The cause is never dropped and never cut below half of the room; an outer sentence that finds no room
 * is counted, and the count is shown. Sentences repeat what strangers wrote (file names, keys, texts of a
 * plugin), and go to terminals, logs and JSON: control characters become spaces, and bytes that are not
 * UTF-8 question marks. Nothing here can fail.
 */
#include <tocsin/error.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/code.h"
#include "base/text.h"

#define SENTENCE_ROOM (TOCSIN_ERROR_ROOM / 2)

static const char *const code_names[] = {
#define X(name, text) [TOCSIN_##name] = text,
	TOCSIN_CODES(X)
#undef X
};

const char *tocsin_code_name(enum tocsin_code code)
{
	return (unsigned)code < CODE_COUNT ? code_names[code] : "unknown";
}

bool code_find(const char *name, enum tocsin_code *ret_code)
{
	for (unsigned code = 0; code < CODE_COUNT; code++)
		if (strcmp(code_names[code], name) == 0) {
			*ret_code = (enum tocsin_code)code;
			return true;
		}
	return false;
}

/* Steps back from the middle of a UTF-8 sequence to its start. */
static size_t whole_characters(const char *text, size_t length)
{
	while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* The arguments may point into `err` itself, so the sentence is made beside it. */
TOCSIN_PRINTF(2, 0)
static void append(struct tocsin_error *err, const char *format, va_list arguments)
{
	static const char mark[] = "...";
	const size_t left = TOCSIN_ERROR_ROOM - err->used;
	const size_t room = left < SENTENCE_ROOM ? left : SENTENCE_ROOM;
	char sentence[SENTENCE_ROOM];
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
	text_one_line(sentence);
	memcpy(err->text + err->used, sentence, (size_t)length + 1);
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
	/* Whoever adds to a chain has failed, even when the one below forgot to say why. */
	if (err->code == TOCSIN_OK)
		err->code = TOCSIN_FAILED;
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

/* Adds `text` at `used`, shortened to fit; gives the new `used`, which is `size` when it did not fit. */
static size_t add(char *buffer, size_t size, size_t used, const char *text)
{
	size_t length;
	bool fits;

	if (!text || used >= size)
		return size;
	length = strlen(text);
	fits = length < size - used;
	if (!fits)
		length = whole_characters(text, size - used - 1);
	memcpy(buffer + used, text, length);
	buffer[used + length] = '\0';
	return fits ? used + length : size;
}

const char *tocsin_error_line(const struct tocsin_error *err, char *buffer, size_t size)
{
	char dropped[48];
	size_t used = 0;

	if (!size)
		return buffer;
	buffer[0] = '\0';
	if (!err)
		return buffer;
	if (err->dropped) {
		snprintf(dropped, sizeof(dropped), "(%u outer steps not shown): ", err->dropped);
		used = add(buffer, size, used, dropped);
	}
	for (size_t index = err->count; index-- > 0;) {
		used = add(buffer, size, used, tocsin_error_at(err, index));
		if (index)
			used = add(buffer, size, used, ": ");
	}
	return buffer;
}

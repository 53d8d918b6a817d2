/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text made harmless for a terminal; see printable.h.
 *
 * Terminals obey C0 control characters, and many obey C1 ones (U+0080 to U+009F) in UTF-8 as well. The
 * bidirectional controls drive nothing, but can make a line read as something else than it says.
 */
#include "base/printable.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* The bytes of the UTF-8 character at `text`, 0 when there is none; `*ret_point` is its number. */
static size_t character_at(const char *text, size_t length, unsigned *ret_point)
{
	const unsigned char *byte = (const unsigned char *)text;
	const size_t size = *byte < 0x80 ? 1 : *byte < 0xe0 ? 2 : *byte < 0xf0 ? 3 : 4;
	unsigned point = size == 1 ? *byte : *byte & (0x7fu >> size);

	if (size > length || !text_is_utf8(text, size))
		return 0;
	for (size_t i = 1; i < size; i++)
		point = point << 6 | (byte[i] & 0x3fu);
	*ret_point = point;
	return size;
}

static bool is_control(unsigned point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

static bool changes_direction(unsigned point)
{
	return (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) || point == 0x2028 ||
	       point == 0x2029 || point == 0x200e || point == 0x200f;
}

#define ESCAPE_ROOM 8

/* Takes one character: the escape to write for it, or "" when it may stay; `*ret_size` are its bytes. */
static const char *escape_of(const char *text, size_t length, char escape[ESCAPE_ROOM], size_t *ret_size)
{
	unsigned point = 0;
	const size_t size = character_at(text, length, &point);

	*ret_size = size ? size : 1;
	escape[0] = '\0';
	if (!size)
		snprintf(escape, ESCAPE_ROOM, "\\x%02x", (unsigned char)*text);
	else if (point == '\n' || point == '\r' || point == '\t')
		snprintf(escape, ESCAPE_ROOM, "\\%c", point == '\n' ? 'n' : point == '\r' ? 'r' : 't');
	else if (is_control(point) || changes_direction(point))
		snprintf(escape, ESCAPE_ROOM, "\\u%04x", point & 0xffffu);
	return escape;
}

void printable_add(struct buffer *buffer, const char *text, size_t length)
{
	char escape[ESCAPE_ROOM];
	size_t size;

	for (; length; text += size, length -= size) {
		escape_of(text, length, escape, &size);
		if (*escape)
			buffer_text_add(buffer, escape);
		else
			buffer_add(buffer, text, size);
	}
}

json_t *printable_json(const char *text)
{
	const size_t length = strlen(text);
	struct buffer clean;
	json_t *json;

	if (text_is_utf8(text, length))
		return json_string(text);
	buffer_init(&clean, length * ESCAPE_ROOM);
	printable_add(&clean, text, length);
	json = buffer_code(&clean) ? NULL : json_string(buffer_text(&clean));
	buffer_release(&clean);
	return json;
}

const char *printable_line(char *line, size_t size, const char *text, size_t length)
{
	char escape[ESCAPE_ROOM];
	size_t used = 0, taken;

	for (; length; text += taken, length -= taken) {
		const char *shown = escape_of(text, length, escape, &taken);
		const size_t shown_length = *shown ? strlen(shown) : taken;

		if (used + shown_length >= size)
			break;
		memcpy(line + used, *shown ? shown : text, shown_length);
		used += shown_length;
	}
	line[used] = '\0';
	return line;
}

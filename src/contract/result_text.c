/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that actions build with; see <tocsin/result.h>. It lives in the result's arena, under a ceiling of its
 * own. After a failure a function gives the text that it was given, or "", and never NULL: an action need not check.
 */
#include "contract/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define SCRATCH_CEILING (8u * 1024 * 1024)

/* Room for text that the action builds with; NULL and a failure when there is none. */
static char *scratch(struct tocsin_result *result, size_t length)
{
	char *text;

	if (result->arena.total + length > SCRATCH_CEILING) {
		tocsin_fail(&result->failure, TOCSIN_LIMIT, "the action builds more than %u bytes of text",
			    SCRATCH_CEILING);
		return NULL;
	}
	text = arena_alloc(&result->arena, length + 1);
	if (!text)
		result_fail_memory(result);
	return text;
}

const char *tocsin_format(struct tocsin_result *result, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	if (!result_is_open(result))
		return "";
	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0) {
		tocsin_fail(&result->failure, TOCSIN_INVALID, "a text could not be formatted");
		return "";
	}
	text = scratch(result, (size_t)length);
	if (!text)
		return "";
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}

static char upper(char byte)
{
	return byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
}

static const char *mapped(struct tocsin_result *result, const char *text, char (*map)(char))
{
	char *copy;

	if (!result_is_open(result) || !text)
		return text;
	copy = scratch(result, strlen(text));
	for (size_t i = 0; copy && text[i]; i++)
		copy[i] = map(text[i]);
	return copy ? copy : text;
}

const char *tocsin_lower(struct tocsin_result *result, const char *text)
{
	return mapped(result, text, text_lower);
}

const char *tocsin_upper(struct tocsin_result *result, const char *text)
{
	return mapped(result, text, upper);
}

const char *tocsin_replace(struct tocsin_result *result, const char *text, const char *from, const char *to)
{
	size_t count = 0, from_length, to_length;
	const char *found;
	char *copy, *end;

	if (!result_is_open(result) || !text || !from || !*from || !to)
		return text;
	from_length = strlen(from);
	to_length = strlen(to);
	for (found = strstr(text, from); found; found = strstr(found + from_length, from))
		count++;
	copy = scratch(result, strlen(text) - count * from_length + count * to_length);
	if (!copy)
		return text;
	for (end = copy; (found = strstr(text, from)); text = found + from_length) {
		memcpy(end, text, (size_t)(found - text));
		end += found - text;
		memcpy(end, to, to_length);
		end += to_length;
	}
	memcpy(end, text, strlen(text) + 1);
	return copy;
}

const char *tocsin_shorten(struct tocsin_result *result, const char *text, size_t characters)
{
	static const char ellipsis[] = "\xe2\x80\xa6";
	size_t kept;
	char *copy;

	if (!result_is_open(result) || !text || !text_is_utf8(text, strlen(text)) ||
	    text_characters(text) <= characters)
		return text;
	if (!characters)
		return "";
	kept = text_prefix(text, characters - 1);
	copy = scratch(result, kept + sizeof(ellipsis) - 1);
	if (!copy)
		return text;
	memcpy(copy, text, kept);
	memcpy(copy + kept, ellipsis, sizeof(ellipsis));
	return copy;
}

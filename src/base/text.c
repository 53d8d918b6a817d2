/* SPDX-License-Identifier: Apache-2.0 */
/* Text that people wrote; see text.h. Nothing here allocates or depends on the locale. */
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


bool text_is_utf8(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;
	const unsigned char *end = byte + length;

	while (byte < end) {
		unsigned char low = 0x80, high = 0xbf;
		size_t more;

		if (*byte < 0x80) {
			byte++;
			continue;
		}
		if (*byte >= 0xc2 && *byte <= 0xdf)
			more = 1;
		else if (*byte >= 0xe0 && *byte <= 0xef)
			more = 2;
		else if (*byte >= 0xf0 && *byte <= 0xf4)
			more = 3;
		else
			return false;
		if (*byte == 0xe0)
			low = 0xa0;
		else if (*byte == 0xed)
			high = 0x9f;
		else if (*byte == 0xf0)
			low = 0x90;
		else if (*byte == 0xf4)
			high = 0x8f;
		if ((size_t)(end - byte) <= more || byte[1] < low || byte[1] > high)
			return false;
		for (size_t i = 2; i <= more; i++)
			if ((byte[i] & 0xc0) != 0x80)
				return false;
		byte += more + 1;
	}
	return true;
}

size_t text_characters(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

size_t text_prefix(const char *text, size_t characters)
{
	size_t bytes = 0;

	while (text[bytes] && characters--)
		do
			bytes++;
		while (((unsigned char)text[bytes] & 0xc0) == 0x80);
	return bytes;
}

bool text_has_control(const char *text)
{
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++)
		if (*byte < 0x20 || *byte == 0x7f || (*byte == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0))
			return true;
	return false;
}

bool text_is_space(char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

char text_lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

bool text_same_ignoring_case(const char *one, const char *other)
{
	while (*one && text_lower(*one) == text_lower(*other)) {
		one++;
		other++;
	}
	return !*one && !*other;
}

bool text_starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

bool text_is_name(const char *text)
{
	size_t length = 0;

	if (!text || !is_letter(*text))
		return false;
	for (; text[length]; length++)
		if (length == 64 ||
		    !(is_letter(text[length]) || text[length] == '-' || (text[length] >= '0' && text[length] <= '9')))
			return false;
	return true;
}

#define NEAREST_LENGTH 64

/* Optimal string alignment distance, of at most NEAREST_LENGTH bytes each. */
static size_t distance(const char *one, size_t one_length, const char *other, size_t other_length)
{
	size_t rows[3][NEAREST_LENGTH + 1];
	size_t *before = rows[0], *previous = rows[1], *current = rows[2];

	for (size_t j = 0; j <= other_length; j++)
		previous[j] = j;
	for (size_t i = 1; i <= one_length; i++) {
		size_t *spare = before;

		current[0] = i;
		for (size_t j = 1; j <= other_length; j++) {
			const bool same = text_lower(one[i - 1]) == text_lower(other[j - 1]);
			size_t best = previous[j - 1] + !same;

			if (previous[j] + 1 < best)
				best = previous[j] + 1;
			if (current[j - 1] + 1 < best)
				best = current[j - 1] + 1;
			if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			current[j] = best;
		}
		before = previous;
		previous = current;
		current = spare;
	}
	return previous[other_length];
}

const char *text_nearest(const char *name, const char *const *candidates, size_t count)
{
	const size_t length = strlen(name);
	const char *nearest = NULL;
	size_t best = length / 3 > 1 ? length / 3 : 1;

	if (!length || length > NEAREST_LENGTH)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const size_t candidate_length = strlen(candidates[i]);
		size_t apart;

		if (candidate_length > NEAREST_LENGTH)
			continue;
		apart = distance(name, length, candidates[i], candidate_length);
		if (apart < best || (apart == best && !nearest)) {
			best = apart;
			nearest = candidates[i];
		}
	}
	return nearest;
}

const char *text_number(double number, char buffer[TEXT_NUMBER_ROOM])
{
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(buffer, TEXT_NUMBER_ROOM, "%.*g", precision, number);
		if (strtod(buffer, NULL) == number)
			break;
	}
	if (!strpbrk(buffer, ".en"))
		strcat(buffer, ".0");
	return buffer;
}

bool text_to_integer(const char *text, int64_t *ret_integer)
{
	const char *digit = text + (*text == '+' || *text == '-');
	long long integer;

	if (!*digit)
		return false;
	for (const char *byte = digit; *byte; byte++)
		if (*byte < '0' || *byte > '9')
			return false;
	errno = 0;
	integer = strtoll(text, NULL, 10);
	if (errno)
		return false;
	*ret_integer = integer;
	return true;
}

static const char *skip_digits(const char *text)
{
	while (*text >= '0' && *text <= '9')
		text++;
	return text;
}

bool text_to_number(const char *text, double *ret_number)
{
	const char *byte = text + (*text == '+' || *text == '-');
	const char *part = byte;
	double number;

	byte = skip_digits(byte);
	if (byte == part)
		return false;
	if (*byte == '.') {
		part = ++byte;
		byte = skip_digits(byte);
		if (byte == part)
			return false;
	}
	if (*byte == 'e' || *byte == 'E') {
		byte++;
		byte += *byte == '+' || *byte == '-';
		part = byte;
		byte = skip_digits(byte);
		if (byte == part)
			return false;
	}
	if (*byte)
		return false;
	number = strtod(text, NULL);
	if (!isfinite(number))
		return false;
	*ret_number = number;
	return true;
}

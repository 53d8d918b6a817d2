/* SPDX-License-Identifier: Apache-2.0 */
/* Text that people wrote; see text.h. Nothing here allocates or depends on the locale. */
#include "base/text.h"

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t text_character(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t bytes;

	if (*byte < 0x80)
		return 1;
	if (*byte >= 0xc2 && *byte <= 0xdf)
		bytes = 2;
	else if (*byte >= 0xe0 && *byte <= 0xef)
		bytes = 3;
	else if (*byte >= 0xf0 && *byte <= 0xf4)
		bytes = 4;
	else
		return 0;
	if (*byte == 0xe0)
		low = 0xa0;
	else if (*byte == 0xed)
		high = 0x9f;
	else if (*byte == 0xf0)
		low = 0x90;
	else if (*byte == 0xf4)
		high = 0x8f;
	if (length < bytes || byte[1] < low || byte[1] > high)
		return 0;
	for (size_t i = 2; i < bytes; i++)
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	return bytes;
}

bool text_is_utf8(const char *text, size_t length)
{
	while (length) {
		const size_t bytes = text_character(text, length);

		if (!bytes)
			return false;
		text += bytes;
		length -= bytes;
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

void text_one_line(char *text)
{
	size_t left = strlen(text);

	while (left) {
		size_t bytes = text_character(text, left);

		if (bytes == 0)
			*text = '?';
		else if ((bytes == 1 && ((unsigned char)*text < 0x20 || *text == 0x7f)) ||
			 (bytes == 2 && (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0))
			memset(text, ' ', bytes);
		bytes = bytes ? bytes : 1;
		text += bytes;
		left -= bytes;
	}
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

bool text_is_blank(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;

	while (byte && *byte) {
		if (*byte <= ' ' || *byte == 0x7f)
			byte++;
		else if (*byte == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0)
			byte += 2;
		else
			return false;
	}
	return true;
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
			if (i > 1 && j > 1 && text_lower(one[i - 1]) == text_lower(other[j - 2]) &&
			    text_lower(one[i - 2]) == text_lower(other[j - 1]) && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			current[j] = best;
		}
		before = previous;
		previous = current;
		current = spare;
	}
	return previous[other_length];
}

/* Shorter names are part of too much. */
#define PART_LENGTH 3

static bool begins_with(const char *text, const char *start)
{
	while (*start && text_lower(*text) == text_lower(*start)) {
		text++;
		start++;
	}
	return !*start;
}

static bool has_within(const char *text, const char *part)
{
	for (; *text; text++)
		if (begins_with(text, part))
			return true;
	return false;
}

/* The first candidate that begins with `name`, else the first that has it within. */
static const char *find_whole(const char *name, const char *const *candidates, size_t count)
{
	const char *within = NULL;

	if (strlen(name) < PART_LENGTH)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (begins_with(candidates[i], name))
			return candidates[i];
		if (!within && has_within(candidates[i], name))
			within = candidates[i];
	}
	return within;
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
	return nearest ? nearest : find_whole(name, candidates, count);
}

/* The decimal point is '.' whatever the program that embeds us has set. glibc allocates nothing for "C". */
static locale_t plain_locale(void)
{
	return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/*
 * Below a power of two the doubles lie closer than above it, so a decimal that is not the nearest of its
 * length can still read back right: the next one away from zero. Writes it, or gives false.
 */
static bool next_decimal(double number, int precision, char buffer[TEXT_NUMBER_ROOM])
{
	char digits[TEXT_NUMBER_ROOM];
	char *exponent, *last;

	/* One digit more than wanted, "d.ddddde-07": cut it off and add one to the last that is left. */
	snprintf(digits, sizeof(digits), "%.*e", precision, number);
	exponent = strchr(digits, 'e');
	if (!exponent || exponent[-2] == '9')
		return false; /* one more than 9 is a shorter decimal, which was tried before */
	last = exponent - 2;
	(*last)++;
	memmove(last + 1, exponent, strlen(exponent) + 1);
	if (strtod(digits, NULL) != number)
		return false;
	snprintf(buffer, TEXT_NUMBER_ROOM, "%.*Lg", precision, strtold(digits, NULL));
	return true;
}

const char *text_number(double number, char buffer[TEXT_NUMBER_ROOM])
{
	const locale_t before = uselocale(plain_locale());
	/* Fifteen digits, without the zeros at the end, are the shortest unless the number has lost bits. */
	const bool normal = isnormal(number);

	for (int precision = normal ? DBL_DIG : 1; precision <= DBL_DECIMAL_DIG; precision++) {
		snprintf(buffer, TEXT_NUMBER_ROOM, "%.*g", precision, number);
		if (strtod(buffer, NULL) == number || (normal && next_decimal(number, precision, buffer)))
			break;
	}
	uselocale(before);
	if (!strpbrk(buffer, ".en"))
		memcpy(buffer + strlen(buffer), ".0", sizeof(".0"));
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
	number = strtod_l(text, NULL, plain_locale());
	if (!isfinite(number) || (number == 0 && strcspn(text, "123456789") < strcspn(text, "eE")))
		return false;
	*ret_number = number;
	return true;
}

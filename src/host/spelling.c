/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spellings; see spelling.h.
 *
 * The text is decoded character by character while it is compared, so that nothing has to know in advance
 * which characters somebody escapes. A "%" or "\" that is meant as such may look like the beginning of an
 * escape: hence a second comparison that takes every byte as it stands.
 */
#include "host/spelling.h"

#include <string.h>

#include "base/text.h"

static int digit_of(char byte)
{
	const char lower = text_lower(byte);

	if (lower >= '0' && lower <= '9')
		return lower - '0';
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The number of `count` hexadecimal digits, -1 when there are not so many. */
static int number_of(const char *text, size_t count)
{
	int number = 0;

	for (size_t i = 0; i < count; i++) {
		const int digit = digit_of(text[i]);

		if (digit < 0)
			return -1;
		number = number * 16 + digit;
	}
	return number;
}

/* Writes the character as UTF-8. Returns its bytes. */
static size_t encode(unsigned point, char ret_bytes[4])
{
	const size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	static const unsigned char starts[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = length; i-- > 1; point >>= 6)
		ret_bytes[i] = (char)(0x80 | (point & 0x3f));
	ret_bytes[0] = (char)(starts[length] | point);
	return length;
}

/* Decodes \uXXXX, or a pair of them. Returns the bytes read, 0 when it is none. */
static size_t decode_units(const char *text, char ret_bytes[4], size_t *ret_length)
{
	const int first = number_of(text + 2, 4);
	int second;

	if (first < 0)
		return 0;
	if (first >= 0xd800 && first <= 0xdbff && text[6] == '\\' && text[7] == 'u') {
		second = number_of(text + 8, 4);
		if (second >= 0xdc00 && second <= 0xdfff) {
			*ret_length = encode(0x10000 + (((unsigned)first & 0x3ff) << 10) + ((unsigned)second & 0x3ff),
					     ret_bytes);
			return 12;
		}
	}
	*ret_length = encode((unsigned)first, ret_bytes);
	return 6;
}

/* Decodes the escape that the text begins with. Returns the bytes read, 0 when it is none. */
static size_t decode(const char *text, char ret_bytes[4], size_t *ret_length)
{
	static const char letters[] = "bfnrt\"\\/", plain[] = "\b\f\n\r\t\"\\/";
	const char *letter;
	int number;

	*ret_length = 1;
	if (*text == '+') {
		ret_bytes[0] = ' ';
		return 1;
	}
	if (*text == '%') {
		number = number_of(text + 1, 2);
		ret_bytes[0] = (char)number;
		return number < 0 ? 0 : 3;
	}
	if (*text != '\\' || !text[1])
		return 0;
	if (text[1] == 'u')
		return decode_units(text, ret_bytes, ret_length);
	letter = strchr(letters, text[1]);
	if (!letter)
		return 0;
	ret_bytes[0] = plain[letter - letters];
	return 2;
}

static int is_same(const char *bytes, const char *meant, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!meant[i] || text_lower(bytes[i]) != text_lower(meant[i]))
			return 0;
	return 1;
}

/* The bytes that spell it, every byte as it stands. */
static size_t compare_plain(const char *text, const char *meant)
{
	size_t i = 0;

	while (meant[i] && text_lower(text[i]) == text_lower(meant[i]))
		i++;
	return meant[i] ? 0 : i;
}

/* The bytes that spell it, whatever may be an escape taken for one. */
static size_t compare_decoded(const char *text, const char *meant)
{
	size_t used = 0;

	while (*meant) {
		char bytes[4];
		size_t length;
		const size_t step = decode(text + used, bytes, &length);

		if (step && is_same(bytes, meant, length)) {
			used += step;
			meant += length;
		} else if (text[used] && text_lower(text[used]) == text_lower(*meant)) {
			used++;
			meant++;
		} else {
			return 0;
		}
	}
	return used;
}

size_t spelling_of(const char *text, const char *meant)
{
	const size_t plain = compare_plain(text, meant);

	return plain ? plain : compare_decoded(text, meant);
}

const char *spelling_find(const char *text, const char *meant)
{
	const char first = text_lower(*meant);
	const char starts[] = {first, (char)(first >= 'a' && first <= 'z' ? first - 'a' + 'A' : first), '%', '\\', '+',
			       '\0'};

	for (text = strpbrk(text, starts); text; text = strpbrk(text + 1, starts))
		if (spelling_of(text, meant))
			return text;
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text mended; see json_mend.h.
 *
 * The text is run over twice, first to count: whole text, which is nearly all of it, is not copied. Only the
 * inside of texts is looked at; a bad byte anywhere else is left for the reader to refuse.
 */
#include "base/json_mend.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define ESCAPE_BYTES 6 /* of \uXXXX */

/* The number in \uXXXX, -1 when it is none. */
static int unit_of(const char *text, size_t length)
{
	int unit = 0;

	if (length < ESCAPE_BYTES || text[0] != '\\' || text[1] != 'u')
		return -1;
	for (size_t i = 2; i < ESCAPE_BYTES; i++) {
		const char digit = text_lower(text[i]);

		if (digit >= '0' && digit <= '9')
			unit = unit * 16 + (digit - '0');
		else if (digit >= 'a' && digit <= 'f')
			unit = unit * 16 + (digit - 'a' + 10);
		else
			return -1;
	}
	return unit;
}

/* The bytes of the escape that the text begins with, and whether it stands for no character. */
static size_t escape_at(const char *text, size_t length, bool *ret_bad)
{
	const int unit = unit_of(text, length);
	int second;

	*ret_bad = unit == 0 || (unit >= 0xd800 && unit <= 0xdfff);
	if (unit < 0)
		return length > 1 && (unsigned char)text[1] < 0x80 ? 2 : 1;
	if (unit < 0xd800 || unit > 0xdbff)
		return ESCAPE_BYTES;
	second = unit_of(text + ESCAPE_BYTES, length - ESCAPE_BYTES);
	if (second < 0xdc00 || second > 0xdfff)
		return ESCAPE_BYTES;
	*ret_bad = false;
	return 2 * ESCAPE_BYTES;
}

/* The bytes of what the text begins with, and whether that has to be replaced. `*quoted` is kept up to date. */
static size_t step_at(const char *text, size_t length, bool *quoted, bool *ret_bad)
{
	size_t bytes = 1;

	*ret_bad = false;
	if (*text == '"') {
		*quoted = !*quoted;
	} else if (*quoted && *text == '\\') {
		bytes = escape_at(text, length, ret_bad);
	} else if (*quoted) {
		bytes = text_character(text, length);
		*ret_bad = !bytes;
		bytes = bytes ? bytes : 1;
	}
	return bytes;
}

static void count_bad(struct json_mended *mended, size_t skipped)
{
	bool quoted = false, bad;
	size_t bytes;

	for (size_t i = 0; i < mended->length; i += bytes) {
		bytes = step_at(mended->text + i, mended->length - i, &quoted, &bad);
		if (bad && !mended->count++)
			mended->first = skipped + i + 1;
	}
}

static void write_copy(struct json_mended *mended)
{
	bool quoted = false, bad;
	size_t start = 0, bytes;

	for (size_t i = 0; i < mended->length; i += bytes) {
		bytes = step_at(mended->text + i, mended->length - i, &quoted, &bad);
		if (!bad)
			continue;
		buffer_add(&mended->copy, mended->text + start, i - start);
		buffer_text_add(&mended->copy, "\xef\xbf\xbd");
		start = i + bytes;
	}
	buffer_add(&mended->copy, mended->text + start, mended->length - start);
}

enum tocsin_code json_mend(const char *text, size_t length, struct json_mended *ret_mended, struct tocsin_error *err)
{
	static const char mark[] = "\xef\xbb\xbf";
	const size_t skipped = length >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;

	*ret_mended = (struct json_mended){.text = text + skipped, .length = length - skipped};
	buffer_init(&ret_mended->copy, 3 * length);
	count_bad(ret_mended, skipped);
	if (!ret_mended->count)
		return TOCSIN_OK;
	write_copy(ret_mended);
	if (buffer_code(&ret_mended->copy))
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to mend JSON");
	ret_mended->text = buffer_text(&ret_mended->copy);
	ret_mended->length = ret_mended->copy.length;
	return TOCSIN_OK;
}

void json_mended_release(struct json_mended *mended)
{
	if (mended)
		buffer_release(&mended->copy);
}

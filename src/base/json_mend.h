/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_MEND_H
#define BASE_JSON_MEND_H

/*
 * JSON from strangers, mended before it is read. One character that no text can hold must not cost the rest
 * of a message: inside of texts, a byte that is not UTF-8, the escape of NUL and the escape of half a
 * surrogate pair become U+FFFD. Nothing else is changed, so what was no JSON otherwise stays none. A byte
 * order mark at the beginning is passed over.
 */

#include <stddef.h>

#include "base/buffer.h"

struct json_mended {
	const char *text; /* what to read: in `copy`, or in the given text where that is whole */
	size_t length; /* at most three times that of the given text */
	size_t count; /* how many characters were replaced */
	size_t first; /* at which byte of the given text the first of them was, counted from 1; 0 for none */
	struct buffer copy;
};

/* `text` must outlive the result, which is to be released in every case. Takes linear time. */
enum tocsin_code json_mend(const char *text, size_t length, struct json_mended *ret_mended, struct tocsin_error *err);
void json_mended_release(struct json_mended *mended);

#endif

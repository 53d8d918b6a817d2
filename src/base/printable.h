/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

/*
 * Text from outside, made harmless for a terminal and for one line of a log: C0 and C1 control characters and
 * DEL become \n, \r, \t or \u00XX, bytes that are not UTF-8 become \xXX, and characters that change the
 * direction of the text \uXXXX. Everything else stays as it is.
 */

#include <jansson.h>
#include <stddef.h>

#include "base/buffer.h"

void printable_add(struct buffer *buffer, const char *text, size_t length);

/* Text of unknown origin as JSON: as it is when it is UTF-8, else made printable. New reference, NULL without memory.
 */
json_t *printable_json(const char *text);

/*
 * The same on one line, into `line` of `size` bytes, for where memory must not be needed. What does not fit is
 * left out at the end. Always terminated; returns `line`.
 */
const char *printable_line(char *line, size_t size, const char *text, size_t length);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_SPELLING_H
#define HOST_SPELLING_H

/*
 * Other spellings of a text: ASCII letters in either case, characters percent-encoded (%53, and + for a
 * space) or escaped as in JSON (\u0053, \/), any of them and in any mixture. For finding secrets in what
 * comes back from somewhere.
 */

#include <stddef.h>

/* The bytes at the beginning of `text` that spell `meant`, which is not empty; 0 when they do not. */
size_t spelling_of(const char *text, const char *meant);

/* Where in `text` the first spelling begins, NULL when there is none. */
const char *spelling_find(const char *text, const char *meant);

#endif

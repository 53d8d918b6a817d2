/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

/* Text that people wrote: UTF-8, names and how near they are, numbers. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The bytes of the UTF-8 character that `length` bytes, at least one, begin with; 0 when it is none. */
size_t text_character(const char *text, size_t length);

/* Whether `length` bytes are UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF). */
bool text_is_utf8(const char *text, size_t length);

/* Unicode characters in valid UTF-8. */
size_t text_characters(const char *text);

/* The bytes of the first `characters` characters of valid UTF-8. */
size_t text_prefix(const char *text, size_t characters);

/* Makes it one line of UTF-8, byte for byte: control characters become spaces, what is no UTF-8 '?'. */
void text_one_line(char *text);

/* Whether it holds a C0 or C1 control character or DEL. */
bool text_has_control(const char *text);

bool text_is_space(char byte);
bool text_is_blank(const char *text); /* NULL, or nothing but white space and control characters */
char text_lower(char byte);
bool text_same_ignoring_case(const char *one, const char *other);
bool text_starts_with(const char *text, const char *start);

/*
 * Whether it may name a plugin, field, action, group or receiver: 1 to 64 of a-z, A-Z, 0-9, '_', '-',
 * beginning with a letter or '_'.
 */
bool text_is_name(const char *text);

/*
 * The candidate nearest to `name`: at most a third of its characters away (insertions, deletions,
 * substitutions, swaps), at least one; else one that begins with it, else one that has it within, from 3
 * characters on; NULL when there is none. For "did you mean".
 */
const char *text_nearest(const char *name, const char *const *candidates, size_t count);

/* The shortest text that reads back as the same double, always with a '.' or an exponent. */
#define TEXT_NUMBER_ROOM 32
const char *text_number(double number, char buffer[TEXT_NUMBER_ROOM]);

/* Decimal digits with an optional sign, nothing else. False when it is not that or does not fit. */
bool text_to_integer(const char *text, int64_t *ret_integer);

/*
 * Decimal digits with an optional sign, fraction and exponent, nothing else. False when it is not that or
 * does not fit: neither too large, nor so small that only 0 is left of it.
 */
bool text_to_number(const char *text, double *ret_number);

#endif

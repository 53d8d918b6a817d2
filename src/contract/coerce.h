/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTRACT_COERCE_H
#define CONTRACT_COERCE_H

/* What the coercions of field_coerce() share: coerce.c has those of single values, coerce_many.c the others. */

#include "contract/field.h"

/* One value on its way: where it is, where problems go. */
struct coercion {
	const struct field *field;
	const char *path;
	struct problems *problems;
};

/* A text as a message shows it: short, in quotes; "the value" for a secret. */
#define SHOWN_CHARACTERS 48
#define SHOWN_ROOM (SHOWN_CHARACTERS * 4 + 8)
const char *coercion_show(const struct coercion *coercion, const char *text, char buffer[SHOWN_ROOM]);

/* Adds a problem that says what the value is and what is needed. Always NULL. */
json_t *coercion_misfit(const struct coercion *coercion, const json_t *value, const char *needed);

/* Gives `value` back; says that there was no memory when it is NULL. */
json_t *coercion_made(const struct coercion *coercion, json_t *value);

/* Whether the field's limits allow that many characters or items; a problem when not. */
bool coercion_allows(const struct coercion *coercion, size_t count, const char *one, const char *many);

/* The JSON text as a C string; NULL and a problem when it holds a NUL or is too long. */
const char *coercion_text(const struct coercion *coercion, const char *path, const json_t *value);

json_t *coerce_many(const struct coercion *coercion, const json_t *value); /* list, map */
json_t *coerce_objects(const struct coercion *coercion, const json_t *value); /* object, objects */

#endif

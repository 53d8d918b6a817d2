/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTRACT_FIELD_H
#define CONTRACT_FIELD_H

/*
 * A field: the contract of one setting or one parameter, checked and ready for use.
 *
 * It is compiled once from a row of a table, wherever that row came from: a plugin in memory, a file on
 * disk, a manifest. Values are JSON in between: text for string, choice, url, secret, and, in their
 * shortest form, duration and size; integers, reals and booleans as such; arrays and objects of text.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "contract/kind.h"
#include "contract/pattern.h"
#include "contract/problems.h"

struct limit {
	bool present;
	int64_t integer; /* for every measure but MEASURE_NUMBER */
	double number; /* for MEASURE_NUMBER */
};

struct field {
	const char *name;
	const char *description;
	const char *unit; /* NULL where absent, as are the next two */
	const char *pattern;
	struct pattern *expression; /* the compiled pattern */
	const char **choices;
	size_t choice_count;
	enum tocsin_kind kind;
	uint32_t offset;
	bool required;
	struct limit minimum;
	struct limit maximum;
	json_t *preset; /* the default, coerced; NULL: none */
};

/* Ceilings of one value, whatever its field says: nothing that tocsin is sent is larger. */
#define FIELD_TEXT_CEILING ((size_t)1024 * 1024) /* bytes of one text */
#define FIELD_ITEMS_CEILING 65536

/* Items of a default; nobody writes more, and it bounds what a thousand rows of a hostile table cost. */
#define FIELD_PRESET_ITEMS_CEILING 256

/* What the rows are: objects are for parameters, secrets for settings. */
enum field_role {
	FIELD_SETTING,
	FIELD_PARAMETER,
};

/*
 * Copies a text of a table into `arena`: UTF-8 without control characters, of PLUGIN_TEXT_CEILING bytes at
 * most, in a contract of PLUGIN_SIZE_CEILING at most. NULL for NULL, and for what is wrong or found no memory,
 * which is then in `problems` as "path.member".
 */
const char *table_text(struct arena *arena, const char *text, const char *path, const char *member,
		       struct problems *problems);

/* Reads a bool of a table, whose byte may be anything; a problem when it is neither 0 nor 1. */
bool table_flag(const bool *flag, const char *path, const char *member, struct problems *problems);

/*
 * Compiles a row into `ret_field`, which the caller releases with field_release() also when this fails.
 * Text is copied into `arena`. `structure_size` bounds the offset. All that is wrong with the row goes to
 * `problems`, with paths below `path`.
 */
enum tocsin_code field_compile(const struct tocsin_field *row, enum field_role role, uint32_t structure_size,
			       struct arena *arena, const char *path, struct field *ret_field,
			       struct problems *problems);
void field_release(struct field *field);

/*
 * Checks and coerces one value. On success `*ret_value` is a new reference. What is wrong goes to
 * `problems` under `path`. The rules are in docs/guides/coercion.md; nothing is guessed.
 */
enum tocsin_code field_coerce(const struct field *field, const json_t *value, const char *path, json_t **ret_value,
			      struct problems *problems);

/* The field as the manifest shows it. New reference, NULL without memory. */
json_t *field_manifest(const struct field *field);

/* A parameter as the manifest shows it. */
json_t *field_parameter_manifest(const struct field *field);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTRACT_VALUES_H
#define CONTRACT_VALUES_H

/*
 * Values for a set of fields: a plugin's settings, an action's arguments.
 *
 * values_check() turns what a person or a peer wrote into a complete, coerced JSON object.
 * values_bind() lays such an object out in the C struct that the tables describe, and values_unbind()
 * reads one back.
 */

#include "contract/plugin.h"

/*
 * Checks `input` (an object; NULL is an empty one) against `fields`. Unknown keys are problems that name
 * the nearest known one; absent optional values get their default, or are left out when they have none.
 * Every problem is reported, with its path below `path`. On success `*ret_values` is a new reference.
 */
enum tocsin_code values_check(const struct field *fields, size_t count, const json_t *input, const char *path,
			      json_t **ret_values, struct problems *problems);

/*
 * A filled struct. `memory` is what the plugin's function gets (NULL for a size of 0); it points into
 * the JSON values, which are referenced until the release.
 */
struct bound_values {
	void *memory;
	struct arena arena;
	json_t *values;
};

/* `values` must come from values_check() with the same fields. Fails only without memory. */
enum tocsin_code values_bind(const struct field *fields, size_t count, uint32_t structure_size, json_t *values,
			     struct bound_values *ret_bound, struct tocsin_error *err);
void bound_values_release(struct bound_values *bound);

/* The struct as JSON values again, for the record of a nested call. Text that is not UTF-8 fails. */
enum tocsin_code values_unbind(const struct field *fields, size_t count, const void *memory, json_t **ret_values,
			       struct tocsin_error *err);

#define VALUES_MASK "***"

/* A copy with every secret field's value replaced by VALUES_MASK. New reference, NULL without memory. */
json_t *values_mask(const struct field *fields, size_t count, const json_t *values);

#endif

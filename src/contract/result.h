/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTRACT_RESULT_H
#define CONTRACT_RESULT_H

/* The inside of struct tocsin_result, for the host that makes it and takes the value out. */

#include <jansson.h>

#include <tocsin/result.h>

#include "base/alloc.h"
#include "contract/kind.h"

/* Runs a nested call for tocsin_invoke(); `*ret_value` is a new reference or NULL. */
typedef enum tocsin_code result_invoke(void *host, const char *action, const void *arguments, json_t **ret_value,
				       struct tocsin_error *err);

struct tocsin_result {
	json_t *value; /* NULL: nothing */
	struct tocsin_object *root; /* the handle to the value while that is an object, else NULL */
	struct arena arena; /* text and handles given to the action */
	json_t *kept; /* array: what the action may still point to: results of nested calls, replaced values */
	size_t size; /* bytes of text and keys so far */
	struct tocsin_error failure; /* the first failure, sticky; code TOCSIN_OK while there is none */
	result_invoke *invoke; /* NULL: nested calls are refused */
	void *host;
};

void result_init(struct tocsin_result *result, result_invoke *invoke, void *host);
void result_release(struct tocsin_result *result);

/*
 * Takes the value out after the action returned TOCSIN_OK: fails with the sticky failure, or when the
 * value is not what `returns` declares. New reference; JSON null for nothing.
 */
enum tocsin_code result_take(struct tocsin_result *result, enum tocsin_returns returns, json_t **ret_value,
			     struct tocsin_error *err);

/* ---- For the files that the builders are in ---- */

/* Whether the result still takes something. */
bool result_is_open(const struct tocsin_result *result);

/* Fails for want of memory, unless it failed before. */
void result_fail_memory(struct tocsin_result *result);

/* What history calls the type of a value: "str", "dict", "NoneType", ... */
const char *result_type_name(const json_t *value);

/* The public, opaque type of a value to read is jansson's under another name. */
static inline const struct tocsin_value *value_of_json(const json_t *json)
{
	return (const struct tocsin_value *)(const void *)json;
}

static inline const json_t *json_of_value(const struct tocsin_value *value)
{
	return (const json_t *)(const void *)value;
}

#endif

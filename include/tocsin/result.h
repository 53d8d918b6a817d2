/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOCSIN_RESULT_H
#define TOCSIN_RESULT_H

/*
 * How an action says its result: nothing, a text, or an object.
 *
 *	struct tocsin_object *request = tocsin_result_object(ret_result);
 *	struct tocsin_object *payload = tocsin_put_object(request, "payload");
 *
 *	tocsin_put_text(request, "endpoint", self->endpoint);
 *	tocsin_put_text(payload, "title", arguments->title);
 *	return TOCSIN_OK;
 *
 * No call needs a check of its own: the first failure (no memory, text that is not UTF-8, over the
 * ceiling) sticks to the result, later calls do nothing, and the invocation fails with that reason.
 * Every pointer that these functions return belongs to the result and lives as long as the call.
 * All functions take NULL for the object, and for text, where they do nothing or write JSON's null.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tocsin/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What one result may hold, in bytes of text and keys; the protocol's ceiling of 1 MiB stands above it. */
#define TOCSIN_RESULT_CEILING (768 * 1024)

struct tocsin_result;
struct tocsin_object;
struct tocsin_array;
struct tocsin_value; /* any JSON value, to read */
struct tocsin_list;
struct tocsin_map;

/* ---- Writing ---- */

/* Makes the result a text. */
TOCSIN_PUBLIC void tocsin_result_text(struct tocsin_result *result, const char *text);

/* Makes the result the JSON text of `value`, keys sorted, as in {"a": 1, "b": [2]}. */
TOCSIN_PUBLIC void tocsin_result_json(struct tocsin_result *result, const struct tocsin_value *value);

/* Makes the result an object and returns it; again, and it returns the same one. */
TOCSIN_PUBLIC struct tocsin_object *tocsin_result_object(struct tocsin_result *result);

/* Each sets the member `key`, replacing an earlier one. */
TOCSIN_PUBLIC void tocsin_put_text(struct tocsin_object *object, const char *key, const char *text);
TOCSIN_PUBLIC void tocsin_put_integer(struct tocsin_object *object, const char *key, int64_t number);
TOCSIN_PUBLIC void tocsin_put_number(struct tocsin_object *object, const char *key, double number);
TOCSIN_PUBLIC void tocsin_put_boolean(struct tocsin_object *object, const char *key, bool boolean);
TOCSIN_PUBLIC void tocsin_put_list(struct tocsin_object *object, const char *key, const struct tocsin_list *list);
TOCSIN_PUBLIC void tocsin_put_map(struct tocsin_object *object, const char *key, const struct tocsin_map *map);
TOCSIN_PUBLIC void tocsin_put_value(struct tocsin_object *object, const char *key,
				    const struct tocsin_value *value);
TOCSIN_PUBLIC struct tocsin_object *tocsin_put_object(struct tocsin_object *object, const char *key);
TOCSIN_PUBLIC struct tocsin_array *tocsin_put_array(struct tocsin_object *object, const char *key);

/* Each adds one item at the end. */
TOCSIN_PUBLIC void tocsin_add_text(struct tocsin_array *array, const char *text);
TOCSIN_PUBLIC void tocsin_add_integer(struct tocsin_array *array, int64_t number);
TOCSIN_PUBLIC void tocsin_add_value(struct tocsin_array *array, const struct tocsin_value *value);
TOCSIN_PUBLIC struct tocsin_object *tocsin_add_object(struct tocsin_array *array);

/*
 * ---- Text to build with ----
 *
 * After a failure these give back the text that they were given, or "", never NULL; NULL for NULL.
 */

TOCSIN_PUBLIC const char *tocsin_format(struct tocsin_result *result, const char *format, ...)
	TOCSIN_PRINTF(2, 3);

/* ASCII letters only; other characters stay as they are. */
TOCSIN_PUBLIC const char *tocsin_lower(struct tocsin_result *result, const char *text);
TOCSIN_PUBLIC const char *tocsin_upper(struct tocsin_result *result, const char *text);

/* Every `from` made `to`. */
TOCSIN_PUBLIC const char *tocsin_replace(struct tocsin_result *result, const char *text, const char *from,
					 const char *to);

/* At most `characters` Unicode characters; what was longer ends in an ellipsis, which counts. */
TOCSIN_PUBLIC const char *tocsin_shorten(struct tocsin_result *result, const char *text, size_t characters);

/* ---- Reading ---- */

/* The member `key` of an object, or NULL. */
TOCSIN_PUBLIC const struct tocsin_value *tocsin_get(const struct tocsin_value *object, const char *key);

/* Items of an array or members of an object; 0 for anything else. */
TOCSIN_PUBLIC size_t tocsin_count(const struct tocsin_value *value);

/* Item `index` of an array, or NULL. */
TOCSIN_PUBLIC const struct tocsin_value *tocsin_at(const struct tocsin_value *array, size_t index);

/* The key of member `index` of an object, in the object's own order, or NULL. */
TOCSIN_PUBLIC const char *tocsin_key(const struct tocsin_value *object, size_t index);

/* The value, or `otherwise` when it is absent or of another type; an integer is a number, too. */
TOCSIN_PUBLIC const char *tocsin_text(const struct tocsin_value *value, const char *otherwise);
TOCSIN_PUBLIC int64_t tocsin_integer(const struct tocsin_value *value, int64_t otherwise);
TOCSIN_PUBLIC double tocsin_number(const struct tocsin_value *value, double otherwise);
TOCSIN_PUBLIC bool tocsin_boolean(const struct tocsin_value *value, bool otherwise);

/* The value of `key` in a map, or `otherwise`. */
TOCSIN_PUBLIC const char *tocsin_map_get(const struct tocsin_map *map, const char *key, const char *otherwise);

/* ---- Outcomes ---- */

/* X(NAME, text): what became of an attempt. */
#define TOCSIN_OUTCOMES(X)                                                   \
	X(DELIVERED, "delivered") /* the service has it */                   \
	X(RETRY, "retry")         /* not now; the same again may succeed */  \
	X(REJECTED, "rejected")   /* this notification will never succeed */

enum tocsin_outcome {
#define X(name, text) TOCSIN_OUTCOME_##name,
	TOCSIN_OUTCOMES(X)
#undef X
};

/*
 * The result of the optional action `outcome(*, request, response)`, which is asked after each attempt
 * that got a response. `response` has status (integer), headers (names in lower case) and body (text),
 * and json when the body is JSON. `reason` is a sentence for people. Returns the object, to which the
 * action may add `reference` (text, passed to the next deliver for the same dedup_key) and
 * `retry_after_seconds`.
 */
TOCSIN_PUBLIC struct tocsin_object *tocsin_result_outcome(struct tocsin_result *result, enum tocsin_outcome outcome,
							  const char *reason);

/* ---- Calling another action of the same plugin ---- */

/*
 * Runs `action` with `arguments`, which must point to that action's own arguments struct, on the same
 * settings. The call is recorded in the instance's history before the caller's own. On success
 * `*ret_value` is the result, NULL for nothing. Fails with TOCSIN_LIMIT when calls nest more than
 * eight deep or a call makes more than 64 of them.
 */
TOCSIN_PUBLIC enum tocsin_code tocsin_invoke(struct tocsin_result *caller, const char *action, const void *arguments,
					     const struct tocsin_value **ret_value, struct tocsin_error *err);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_READING_H
#define DELIVERY_READING_H

/* A request while it is read, for the files that read its parts. What is wrong goes to `problems`. */

#include <stdbool.h>

#include "contract/problems.h"
#include "delivery/request.h"

struct reading {
	struct request *request;
	const struct secrets *secrets;
	struct problems problems;
	bool misplaced; /* a placeholder stands where none may */
};

/* Whether the text holds no placeholder; a problem when it does. */
bool reading_permits(struct reading *reading, const char *path, const char *text);

/* The text of a value, NULL and a problem for anything else. */
const char *reading_text(struct reading *reading, const char *path, const json_t *value);

/* A member that is there and not null. */
json_t *reading_member(const json_t *object, const char *key);

/* Problems for all members of `object` but `known` ones. */
void reading_refuse_unknown(struct reading *reading, const char *path, const json_t *object, const char *const *known,
			    size_t count);

/* The members `auth` and `sign`. */
void reading_auth(struct reading *reading, json_t *value);
void reading_sign(struct reading *reading, json_t *value);

#endif

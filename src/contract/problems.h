/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTRACT_PROBLEMS_H
#define CONTRACT_PROBLEMS_H

/*
 * All that is wrong with an input, each with its path, such as "receivers.ops-hook.timeout_seconds".
 * Validation goes on after a problem, so that people are told everything at once.
 */

#include <stddef.h>

#include <tocsin/error.h>

struct problem {
	char *path; /* "" for the input as a whole */
	char *message;
};

/* A zeroed struct is an empty list. */
struct problems {
	struct problem *items;
	size_t count;
	size_t room;
	size_t lost; /* problems for which there was no memory, or no room under the ceiling */
};

#define PROBLEMS_CEILING 200

/* `path` is copied. Never fails: what cannot be stored is counted as lost. */
void problems_add(struct problems *problems, const char *path, const char *format, ...) TOCSIN_PRINTF(3, 4);

/* Whether nothing is wrong. */
static inline int problems_none(const struct problems *problems)
{
	return problems->count == 0 && problems->lost == 0;
}

/* Moves all of `from` into `into`, each path prefixed with `path` and a dot (no dot before a "["). */
void problems_move(struct problems *into, const char *path, struct problems *from);

/* Makes one error of all: "N problems: path: message; ...". TOCSIN_OK and `err` untouched when none. */
enum tocsin_code problems_fail(const struct problems *problems, struct tocsin_error *err);

void problems_release(struct problems *problems);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTRACT_PROBLEMS_H
#define CONTRACT_PROBLEMS_H

/*
 * All that is wrong with an input, each with its path, such as "receivers.ops-hook.timeout_seconds".
 * Validation goes on after a problem, so that people are told everything at once.
 *
 * Paths and messages repeat what strangers wrote and go to terminals: each is kept as one line of UTF-8,
 * control characters made spaces, shortened to its ceiling.
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
	size_t more; /* problems above the ceiling, counted and not kept */
	size_t lost; /* what could not be done or said because there was no memory */
};

#define PROBLEMS_CEILING 200
#define PROBLEM_PATH_CEILING 1024 /* bytes, the terminator included */
#define PROBLEM_MESSAGE_CEILING 2048

/*
 * "PATH.MEMBER", or "MEMBER" below an empty path, shortened to fit into `buffer` of `size` bytes; returns it. Make
 * it for what is wrong only, where nearly everything is right.
 */
const char *problem_path(char *buffer, size_t size, const char *path, const char *member);

/* `path` is copied. Never fails: what cannot be kept is counted. */
void problems_add(struct problems *problems, const char *path, const char *format, ...) TOCSIN_PRINTF(3, 4);

/* Whether nothing is wrong. */
static inline int problems_none(const struct problems *problems)
{
	return problems->count == 0 && problems->more == 0 && problems->lost == 0;
}

/* How many problems there are that `items` does not hold. */
static inline size_t problems_not_kept(const struct problems *problems)
{
	return problems->more + problems->lost;
}

/*
 * What happened since `before` was copied from the list: TOCSIN_OK when nothing was added,
 * TOCSIN_NO_MEMORY when something was lost, else TOCSIN_INVALID. Only the numbers of `before` are read.
 */
enum tocsin_code problems_since(const struct problems *problems, const struct problems *before);

/* Moves all of `from` into `into`, each path prefixed with `path` and a dot (no dot before a "["). */
void problems_move(struct problems *into, const char *path, struct problems *from);

/*
 * Makes one error of all: "path: message; path: message; and N more". TOCSIN_OK and `err` untouched when
 * there are none; TOCSIN_NO_MEMORY when all there is to say is that there was no memory.
 */
enum tocsin_code problems_fail(const struct problems *problems, struct tocsin_error *err);

void problems_release(struct problems *problems);

#endif

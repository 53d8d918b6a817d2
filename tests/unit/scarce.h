/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SCARCE_H
#define TESTS_SCARCE_H

/*
 * Memory that runs out: one allocation fails, the first behind `allowed` others. A test begins with 0 and
 * allows one more each round, until nothing was refused:
 *
 *	do {
 *		scarce_begin(allowed++);
 *		code = step();
 *		refused = scarce_end();
 *	} while (refused);
 *
 * Sanitizers see what leaks, or is used after it was freed, on the way.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"

static size_t scarce_left;
static bool scarce_refused;

static bool scarce_may_allocate(void)
{
	if (scarce_refused)
		return true;
	scarce_refused = scarce_left == 0;
	if (!scarce_refused)
		scarce_left--;
	return !scarce_refused;
}

static inline void scarce_begin(size_t allowed)
{
	scarce_left = allowed;
	scarce_refused = false;
	mem_ask(scarce_may_allocate);
}

/* Ends the round; whether an allocation was refused in it. */
static inline bool scarce_end(void)
{
	mem_ask(NULL);
	return scarce_refused;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_PLACE_H
#define CONFIG_PLACE_H

/*
 * Where the values of a document stood, by path. A path is kept as a 64-bit hash only: a long key above
 * many values would make the texts of their paths larger than memory. Two paths of one file having the
 * same hash is less likely than one in a billion, and would cost a wrong line number in a message.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/document.h"

struct place {
	uint64_t hash;
	struct position position;
};

/* Places are added in the order of the file, then sorted, then looked up. */
struct places {
	struct place *items;
	size_t count;
	size_t room;
};

/* The hash of the root's path, "", and of the paths below `parent`. */
uint64_t place_root(void);
uint64_t place_member(uint64_t parent, const char *key, size_t length);
uint64_t place_item(uint64_t parent, size_t index);

int places_add(struct places *places, uint64_t hash, struct position position); /* -1 without memory */
void places_sort(struct places *places);

/* Of places not yet sorted, the first with the hash, or NULL. Slow: for messages. */
const struct place *places_search(const struct places *places, uint64_t hash);

#endif

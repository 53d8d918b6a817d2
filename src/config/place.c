/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Positions by path; see place.h.
 *
 * The hash is FNV-1a over the path's bytes, so that the hash of every prefix of a path falls out on the
 * way, and a member's hash continues its parent's. Keys may hold dots and brackets: two values can then
 * share a path, and the first one in the file stands for both.
 */
#include "config/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

static uint64_t hash_byte(uint64_t hash, char byte)
{
	return (hash ^ (unsigned char)byte) * FNV_PRIME;
}

uint64_t place_root(void)
{
	return FNV_BASIS;
}

uint64_t place_member(uint64_t parent, const char *key, size_t length)
{
	uint64_t hash = parent == place_root() ? parent : hash_byte(parent, '.');

	for (size_t i = 0; i < length; i++)
		hash = hash_byte(hash, key[i]);
	return hash;
}

uint64_t place_item(uint64_t parent, size_t index)
{
	char text[32];

	snprintf(text, sizeof(text), "[%zu]", index);
	for (const char *byte = text; *byte; byte++)
		parent = hash_byte(parent, *byte);
	return parent;
}

int places_add(struct places *places, uint64_t hash, struct position position)
{
	if (places->count == places->room) {
		const size_t room = places->room ? places->room * 2 : 32;
		struct place *items = mem_grow(places->items, room, sizeof(*items));

		if (!items)
			return -1;
		places->items = items;
		places->room = room;
	}
	places->items[places->count++] = (struct place){.hash = hash, .position = position};
	return 0;
}

static int compare(const void *one, const void *other)
{
	const struct place *a = one, *b = other;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->position.line != b->position.line)
		return a->position.line < b->position.line ? -1 : 1;
	return (a->position.column > b->position.column) - (a->position.column < b->position.column);
}

void places_sort(struct places *places)
{
	if (places->count)
		qsort(places->items, places->count, sizeof(*places->items), compare);
}

const struct place *places_search(const struct places *places, uint64_t hash)
{
	for (size_t i = 0; i < places->count; i++)
		if (places->items[i].hash == hash)
			return &places->items[i];
	return NULL;
}

/* The first of the sorted places with the hash, or NULL. */
static const struct place *find(const struct document *document, uint64_t hash)
{
	size_t low = 0, high = document->place_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (document->places[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < document->place_count && document->places[low].hash == hash ? &document->places[low] : NULL;
}

struct position document_position(const struct document *document, const char *path)
{
	const struct place *nearest = find(document, place_root());
	uint64_t hash = place_root();

	for (const char *byte = path; *byte; byte++) {
		const struct place *place;

		hash = hash_byte(hash, *byte);
		if (byte[1] != '\0' && byte[1] != '.' && byte[1] != '[')
			continue;
		place = find(document, hash);
		if (place)
			nearest = place;
	}
	return nearest ? nearest->position : (struct position){0, 0};
}

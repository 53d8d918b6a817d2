/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

/*
 * Memory. All of tocsin allocates through these functions, and jansson does as well once
 * mem_use_for_json() was called, so that a test can make the Nth allocation fail.
 * Every function returns NULL when there is no memory; mem_free(NULL) does nothing.
 */

#include <stdbool.h>
#include <stddef.h>

void *mem_alloc(size_t size);
void *mem_zero(size_t size); /* zeroed */
void *mem_array(size_t count, size_t size); /* zeroed; NULL on overflow too */
void *mem_grow(void *memory, size_t count, size_t size);
char *mem_text(const char *text); /* a copy; NULL for NULL */
void *mem_copy(const void *memory, size_t size);
void mem_free(void *memory);

/*
 * How many allocations of this thread have failed so far. For callers of libraries that fail without saying
 * that it was for memory: compare before and after.
 */
size_t mem_failures(void);

/* Replaces the allocator: `may_allocate` is asked before each allocation. NULL restores it. Tests only. */
void mem_ask(bool (*may_allocate)(void));

/* Makes jansson allocate here too. */
void mem_use_for_json(void);

/*
 * An arena: many small blocks released at once. Blocks are aligned for any type and zeroed.
 * A zeroed struct is a valid, empty arena.
 */
struct arena {
	struct arena_chunk *chunks;
	size_t left; /* bytes free in the newest chunk */
	size_t total; /* bytes handed out */
};

void *arena_alloc(struct arena *arena, size_t size);
char *arena_text(struct arena *arena, const char *text);
char *arena_text_of(struct arena *arena, const char *text, size_t length);
void arena_release(struct arena *arena);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: the one place that calls malloc().
 *
 * Nothing here is fatal: the caller gets NULL and reports TOCSIN_NO_MEMORY. The hook that lets tests
 * refuse an allocation is one predictable branch.
 */
#include "base/alloc.h"

#include <jansson.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_CHUNK 4064u

static bool (*may_allocate)(void);
static _Thread_local size_t failures;

void mem_ask(bool (*ask)(void))
{
	may_allocate = ask;
}

static bool refused(void)
{
	return may_allocate && !may_allocate();
}

static void *counted(void *memory)
{
	failures += !memory;
	return memory;
}

size_t mem_failures(void)
{
	return failures;
}

void *mem_alloc(size_t size)
{
	return counted(refused() ? NULL : malloc(size ? size : 1));
}

void *mem_zero(size_t size)
{
	return counted(refused() ? NULL : calloc(1, size ? size : 1));
}

/* The bytes of `count` things, at least one: an allocator asked for none may say that there are none. */
static bool whole_size(size_t count, size_t size, size_t *ret_size)
{
	if (__builtin_mul_overflow(count, size, ret_size))
		return false;
	*ret_size = *ret_size ? *ret_size : 1;
	return true;
}

void *mem_array(size_t count, size_t size)
{
	size_t whole;

	return whole_size(count, size, &whole) ? mem_zero(whole) : counted(NULL);
}

void *mem_grow(void *memory, size_t count, size_t size)
{
	size_t whole;

	return counted(!whole_size(count, size, &whole) || refused() ? NULL : realloc(memory, whole));
}

void *mem_copy(const void *memory, size_t size)
{
	void *copy = mem_alloc(size);

	if (copy && size)
		memcpy(copy, memory, size);
	return copy;
}

char *mem_text(const char *text)
{
	return text ? mem_copy(text, strlen(text) + 1) : NULL;
}

void mem_free(void *memory)
{
	free(memory);
}

void mem_use_for_json(void)
{
	json_set_alloc_funcs(mem_alloc, mem_free);
}

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t unit = alignof(max_align_t);
	struct arena_chunk *chunk;
	unsigned char *block;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = size ? (size + unit - 1) / unit * unit : unit;
	if (size > arena->left) {
		const size_t room = size > ARENA_CHUNK ? size : ARENA_CHUNK;

		chunk = mem_zero(sizeof(*chunk) + room);
		if (!chunk)
			return NULL;
		chunk->size = room;
		chunk->next = arena->chunks;
		arena->chunks = chunk;
		arena->left = room;
	}
	chunk = arena->chunks;
	block = chunk->bytes + (chunk->size - arena->left);
	arena->left -= size;
	arena->total += size;
	return block;
}

char *arena_text_of(struct arena *arena, const char *text, size_t length)
{
	char *copy = length < SIZE_MAX ? arena_alloc(arena, length + 1) : NULL;

	if (copy && length)
		memcpy(copy, text, length);
	return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
	return text ? arena_text_of(arena, text, strlen(text)) : NULL;
}

void arena_release(struct arena *arena)
{
	struct arena_chunk *next;

	if (!arena)
		return;
	for (struct arena_chunk *chunk = arena->chunks; chunk; chunk = next) {
		next = chunk->next;
		mem_free(chunk);
	}
	*arena = (struct arena){0};
}

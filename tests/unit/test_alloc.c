/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: sizes of nothing and of too much, arenas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/text.h"
#include "scarce.h"

static void test_sizes(void **state)
{
	void *memory;

	(void)state;
	mem_free(NULL);
	assert_null(mem_text(NULL));
	for (int i = 0; i < 5; i++) {
		memory = i == 0	  ? mem_alloc(0)
			 : i == 1 ? mem_zero(0)
			 : i == 2 ? mem_array(0, 8)
			 : i == 3 ? mem_array(8, 0)
				  : mem_copy("", 0);
		assert_non_null(memory);
		mem_free(memory);
	}
	/* Grown to nothing, it is still there. */
	memory = mem_grow(mem_grow(mem_alloc(10), 0, 4), 4, 0);
	assert_non_null(memory);
	mem_free(memory);
	assert_null(mem_array(SIZE_MAX / 2, 3));
	assert_null(mem_grow(NULL, SIZE_MAX / 2, 3));
	memory = mem_array(100, 3);
	for (int i = 0; i < 300; i++)
		assert_int_equal(((char *)memory)[i], 0);
	mem_free(memory);
}

static void test_refusals(void **state)
{
	json_t *json;

	(void)state;
	for (int i = 0; i < 6; i++) {
		scarce_begin(0);
		if (i == 0)
			assert_null(mem_alloc(1));
		else if (i == 1)
			assert_null(mem_zero(1));
		else if (i == 2)
			assert_null(mem_array(1, 1));
		else if (i == 3)
			assert_null(mem_text("a"));
		else if (i == 4)
			assert_null(mem_copy("a", 1));
		else
			assert_null(json_string("a"));
		assert_true(scarce_end());
	}
	json = json_string("a");
	assert_non_null(json);
	json_decref(json);
}

static void test_arena(void **state)
{
	static const size_t sizes[] = {0, 1, 0, 15, 16, 17, 4064, 0, 4063, 4065, 100000, 1, 4048, 16, 1, 0};
	unsigned char *blocks[COUNT_OF(sizes)];
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		blocks[i] = arena_alloc(&arena, sizes[i]);
		assert_non_null(blocks[i]);
		assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(blocks[i][j], 0);
		memset(blocks[i], (int)(i + 1), sizes[i]);
	}
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(blocks[i][j], i + 1);
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX - 4096));
	arena_release(&arena);
	assert_null(arena.chunks);
	arena_release(&arena);
	arena_release(NULL);
}

static void test_arena_texts(void **state)
{
	struct arena arena = {0};
	size_t allowed = 0;
	bool refused;

	(void)state;
	assert_null(arena_text(&arena, NULL));
	assert_null(arena_text_of(&arena, "", SIZE_MAX));
	assert_string_equal(arena_text(&arena, ""), "");
	assert_string_equal(arena_text(&arena, "abc"), "abc");
	assert_string_equal(arena_text_of(&arena, "abc", 2), "ab");
	arena_release(&arena);
	do {
		char *text = NULL;

		scarce_begin(allowed++);
		for (int i = 0; i < 1000; i++) {
			text = arena_text(&arena, "some text");
			if (!text)
				break;
		}
		refused = scarce_end();
		assert_int_equal(text == NULL, refused);
		arena_release(&arena);
	} while (refused);
	assert_true(allowed > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_arena_texts),
	};

	mem_use_for_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

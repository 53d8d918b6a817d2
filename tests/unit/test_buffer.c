/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers: growth, the ceiling, failures that stick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/text.h"
#include "scarce.h"

static void test_writing(void **state)
{
	struct buffer buffer;
	char *text;

	(void)state;
	buffer_init(&buffer, 1024);
	assert_string_equal(buffer_text(&buffer), "");
	buffer_text_add(&buffer, "");
	buffer_add(&buffer, "abc", 2);
	buffer_add(&buffer, NULL, 0);
	buffer_byte(&buffer, '\0');
	buffer_format(&buffer, "%d-%s", 7, "x");
	assert_int_equal(buffer.length, 6);
	assert_memory_equal(buffer_text(&buffer), "ab\0007-x", 7);
	buffer_clear(&buffer);
	assert_string_equal(buffer_text(&buffer), "");
	buffer_text_add(&buffer, "again");
	text = buffer_take(&buffer);
	assert_string_equal(text, "again");
	mem_free(text);
	assert_string_equal(buffer_text(&buffer), "");
	text = buffer_take(&buffer);
	assert_string_equal(text, "");
	mem_free(text);
	buffer_release(&buffer);
	buffer_release(&buffer);
	buffer_release(NULL);
	assert_int_equal(buffer.ceiling, 1024);
}

static void test_growth(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 1 << 20);
	for (int i = 0; i < 100000; i++) {
		buffer_format(&buffer, "%d,", i % 10);
		assert_int_equal(buffer_text(&buffer)[buffer.length], '\0');
	}
	assert_int_equal(buffer_code(&buffer), TOCSIN_OK);
	assert_int_equal(buffer.length, 200000);
	for (size_t i = 0; i < buffer.length; i += 2)
		assert_int_equal(buffer_text(&buffer)[i], '0' + (int)(i / 2 % 10));
	buffer_release(&buffer);
}

static void add_bytes(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

static void add_format(struct buffer *buffer, const char *text)
{
	buffer_format(buffer, "%s", text);
}

/* The ceiling is exact, whoever reaches it; what was written before stays, what comes later is ignored. */
static void test_ceiling(void **state)
{
	static void (*const writers[])(struct buffer *, const char *) = {add_bytes, buffer_text_add, add_format};
	static const size_t ceilings[] = {0, 1, 127, 128, 129, 255, 256, 1000};

	(void)state;
	for (size_t w = 0; w < COUNT_OF(writers); w++) {
		for (size_t c = 0; c < COUNT_OF(ceilings); c++) {
			const size_t ceiling = ceilings[c];
			char *whole = malloc(ceiling + 1);
			struct buffer buffer;

			assert_non_null(whole);
			memset(whole, 'x', ceiling);
			whole[ceiling] = '\0';
			buffer_init(&buffer, ceiling);
			writers[w](&buffer, whole);
			assert_int_equal(buffer_code(&buffer), TOCSIN_OK);
			assert_string_equal(buffer_text(&buffer), whole);
			writers[w](&buffer, "y");
			assert_int_equal(buffer_code(&buffer), TOCSIN_LIMIT);
			buffer_byte(&buffer, 'z');
			writers[w](&buffer, "");
			assert_int_equal(buffer_code(&buffer), TOCSIN_LIMIT);
			assert_string_equal(buffer_text(&buffer), whole);
			assert_null(buffer_take(&buffer));
			buffer_clear(&buffer);
			assert_int_equal(buffer_code(&buffer), TOCSIN_OK);
			buffer_release(&buffer);
			free(whole);
		}
	}
}

static void test_no_ceiling_to_speak_of(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, SIZE_MAX);
	buffer_text_add(&buffer, "x");
	buffer_add(&buffer, "", SIZE_MAX);
	assert_int_equal(buffer_code(&buffer), TOCSIN_LIMIT);
	assert_string_equal(buffer_text(&buffer), "x");
	buffer_release(&buffer);
}

static void test_no_memory(void **state)
{
	size_t allowed = 0;
	bool refused;

	(void)state;
	do {
		struct buffer buffer;
		char *text;

		buffer_init(&buffer, 1 << 20);
		scarce_begin(allowed++);
		for (int i = 0; i < 1000; i++)
			buffer_format(&buffer, "line %d\n", i);
		text = buffer_take(&buffer);
		refused = scarce_end();
		assert_int_equal(text == NULL, refused);
		assert_int_equal(buffer_code(&buffer), refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		mem_free(text);
		buffer_release(&buffer);
	} while (refused);
	assert_true(allowed > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writing),	  cmocka_unit_test(test_growth),
		cmocka_unit_test(test_ceiling),	  cmocka_unit_test(test_no_ceiling_to_speak_of),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: what is written and in which form, what is read and refused, memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "scarce.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

static const struct json_limits limits = {.bytes = 1 << 20, .depth = 16};

static json_t *read_json(const char *text)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *json = NULL;

	if (json_read(text, strlen(text), &limits, &json, &err))
		fail_msg("%s: %s", text, tocsin_error_at(&err, 0));
	return json;
}

static void test_written(void **state)
{
	static const struct {
		const char *text, *line, *compact, *page;
	} cases[] = {
		{"{}", "{}", "{}", "{}"},
		{"[]", "[]", "[]", "[]"},
		{"null", "null", "null", "null"},
		{" true ", "true", "true", "true"},
		{"-12", "-12", "-12", "-12"},
		{"-9223372036854775808", "-9223372036854775808", "-9223372036854775808", "-9223372036854775808"},
		{"0.1", "0.1", "0.1", "0.1"},
		{"4.0", "4.0", "4.0", "4.0"},
		{"1E2", "100.0", "100.0", "100.0"},
		{"\"\"", "\"\"", "\"\"", "\"\""},
		{"{\"b\": 1, \"a\": [1, 2], \"c\": {\"x\": null}, \"B\": []}",
		 "{\"B\": [], \"a\": [1, 2], \"b\": 1, \"c\": {\"x\": null}}",
		 "{\"B\":[],\"a\":[1,2],\"b\":1,\"c\":{\"x\":null}}",
		 "{\n  \"B\": [],\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": 1,\n  \"c\": {\n    \"x\": null\n  }\n}"},
		{"[[[]], {\"a\": {}}]", "[[[]], {\"a\": {}}]", "[[[]],{\"a\":{}}]",
		 "[\n  [\n    []\n  ],\n  {\n    \"a\": {}\n  }\n]"},
	};
	static const enum json_style styles[] = {JSON_STYLE_LINE, JSON_STYLE_COMPACT, JSON_STYLE_PAGE};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *const expected[] = {cases[i].line, cases[i].compact, cases[i].page};
		json_t *json = read_json(cases[i].text);

		for (size_t s = 0; s < COUNT_OF(styles); s++) {
			char *text = json_text(json, styles[s]);
			json_t *again;

			assert_string_equal(text, expected[s]);
			again = read_json(text);
			assert_true(json_equal(json, again));
			json_decref(again);
			mem_free(text);
		}
		json_decref(json);
	}
}

static void test_text_escapes(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		const char *written;
	} cases[] = {
		{TEXT("plain"), "\"plain\""},
		{TEXT("\"\\/"), "\"\\\"\\\\/\""},
		{TEXT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
		{TEXT("\x01\x1f\x7f"), "\"\\u0001\\u001f\\u007f\""},
		{TEXT("a\0b"), "\"a\\u0000b\""},
		{TEXT("\xc2\x80x\xc2\x9b\xc2\x9f"), "\"\\u0080x\\u009b\\u009f\""},
		{TEXT("\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x94"),
		 "\"\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x94\""},
		{TEXT("\x1b[31m"), "\"\\u001b[31m\""},
		{TEXT("x\xc2\x80"), "\"x\\u0080\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *json = json_stringn(cases[i].text, cases[i].length), *again;
		char *text = json_text(json, JSON_STYLE_LINE);

		assert_string_equal(text, cases[i].written);
		again = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_true(json_equal(json, again));
		json_decref(again);
		json_decref(json);
		mem_free(text);
	}
	/* In keys too. */
	{
		json_t *json = read_json("{\"a\\n\\\"\\u009b\": 1}");
		char *text = json_text(json, JSON_STYLE_COMPACT);

		assert_string_equal(text, "{\"a\\n\\\"\\u009b\":1}");
		mem_free(text);
		json_decref(json);
	}
}

/* More keys than fit on the stack, in all orders of insertion the same text. */
static void test_sorted(void **state)
{
	char *first = NULL;

	(void)state;
	for (size_t step = 1; step < 101; step += 2) {
		json_t *object = json_object();
		char *text;

		for (size_t i = 0; i < 101; i++) {
			char key[24];

			snprintf(key, sizeof(key), "k%zu", i * step % 101);
			assert_int_equal(json_put(object, key, json_integer(1)), 0);
		}
		assert_int_equal(json_put(object, "\xc3\xa9", json_true()), 0);
		assert_int_equal(json_put(object, "Z", json_true()), 0);
		text = json_text(object, JSON_STYLE_LINE);
		if (!first) {
			first = text;
			assert_true(text_starts_with(text, "{\"Z\": true, \"k0\": 1, \"k1\": 1, \"k10\": 1, \"k100\": "
							   "1, \"k11\": 1, "));
			assert_non_null(strstr(text, ", \"k99\": 1, \"\xc3\xa9\": true}"));
		} else {
			assert_string_equal(text, first);
			mem_free(text);
		}
		json_decref(object);
	}
	mem_free(first);
	assert_int_equal(json_put(NULL, "a", json_integer(1)), -1);
}

static void test_ceiling_of_output(void **state)
{
	json_t *json = read_json("{\"a\": [1, 2, 3], \"b\": \"\\u0001\"}");
	char *whole = json_text(json, JSON_STYLE_PAGE);

	(void)state;
	for (size_t ceiling = 0; ceiling <= strlen(whole); ceiling++) {
		struct buffer buffer;

		buffer_init(&buffer, ceiling);
		json_write(&buffer, json, JSON_STYLE_PAGE);
		assert_int_equal(buffer_code(&buffer), ceiling < strlen(whole) ? TOCSIN_LIMIT : TOCSIN_OK);
		assert_int_equal(strncmp(whole, buffer_text(&buffer), buffer.length), 0);
		buffer_release(&buffer);
	}
	mem_free(whole);
	json_decref(json);
	whole = json_text(NULL, JSON_STYLE_LINE);
	assert_string_equal(whole, "null");
	mem_free(whole);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		enum tocsin_code code;
		const char *words;
	} cases[] = {
		{TEXT(""), TOCSIN_INVALID, "(line 1, column 0)"},
		{TEXT(" "), TOCSIN_INVALID, "not JSON"},
		{TEXT("{"), TOCSIN_INVALID, "not JSON"},
		{TEXT("{\n \"a\": x}"), TOCSIN_INVALID, "(line 2, column 7)"},
		{TEXT("[1,]"), TOCSIN_INVALID, "not JSON"},
		{TEXT("[1 2]"), TOCSIN_INVALID, "not JSON"},
		{TEXT("{'a': 1}"), TOCSIN_INVALID, "not JSON"},
		{TEXT("{\"a\": 1, \"a\": 2}"), TOCSIN_INVALID, "duplicate"},
		{TEXT("{\"a\": {\"b\": 1, \"\\u0062\": 2}}"), TOCSIN_INVALID, "duplicate"},
		{TEXT("[1] x"), TOCSIN_INVALID, "not JSON"},
		{TEXT("{}{}"), TOCSIN_INVALID, "not JSON"},
		{TEXT("nul"), TOCSIN_INVALID, "not JSON"},
		{TEXT("NaN"), TOCSIN_INVALID, "not JSON"},
		{TEXT("01"), TOCSIN_INVALID, "not JSON"},
		{TEXT("+1"), TOCSIN_INVALID, "not JSON"},
		{TEXT("99999999999999999999"), TOCSIN_INVALID, "too big"},
		{TEXT("1e999"), TOCSIN_INVALID, "overflow"},
		{TEXT("\"a\nb\""), TOCSIN_INVALID, "not JSON"},
		{TEXT("\"\xff\""), TOCSIN_INVALID, "not JSON"},
		{TEXT("\"\xed\xa0\x80\""), TOCSIN_INVALID, "not JSON"},
		{TEXT("\"\\ud800\""), TOCSIN_INVALID, "not JSON"},
		{TEXT("\"\\u0000\""), TOCSIN_INVALID, "a text holds \\u0000, the character NUL (line 1"},
		{TEXT("{\"\\u0000\": 1}"), TOCSIN_INVALID, "holds \\u0000, the character NUL"},
		{TEXT("\"a\0b\""), TOCSIN_INVALID, "not JSON"},
		{TEXT("[1]\0"), TOCSIN_INVALID, "not JSON"},
		{TEXT("\xef\xbb\xbf{}"), TOCSIN_INVALID, "not JSON"},
		{TEXT("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"), TOCSIN_LIMIT, "deeper than 16 levels"},
		{TEXT("[[[[[[[[{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{"), TOCSIN_LIMIT, "deeper"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		/* On the heap, so that a sanitizer sees a byte read too many. */
		char *text = malloc(cases[i].length + !cases[i].length);
		json_t *json = NULL;
		enum tocsin_code code;

		assert_non_null(text);
		memcpy(text, cases[i].text, cases[i].length);
		code = json_read(text, cases[i].length, &limits, &json, &err);
		free(text);
		if (code != cases[i].code || !strstr(tocsin_error_at(&err, 0), cases[i].words))
			fail_msg("%s: %s", cases[i].text, code ? tocsin_error_at(&err, 0) : "accepted");
		assert_null(json);
	}
}

/* Brackets in text are no nesting, and unbalanced ones cannot hide any. */
static void test_depth(void **state)
{
	static const char *const good[] = {
		"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
		"[\"[[[[[[[[[[[[[[[[[[[[[[[[[\", \"\\\"[[[[[[[[[[[[[[[[[[[[\", \"\\\\\", [[]], [[]], [[]], [[]], [[]], "
		"[[]], [[]], [[]]]",
	};
	static const char closed[] = "]]]]]]]]";
	char *deep = malloc(200000);
	json_t *json = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		json_decref(read_json(good[i]));
	assert_non_null(deep);
	memset(deep, '[', 200000);
	assert_int_equal(json_read(deep, 200000, &limits, &json, NULL), TOCSIN_LIMIT);
	for (size_t i = 0; i < 200000; i += 2)
		deep[i + 1] = ']';
	assert_int_equal(json_read(deep, 200000, &limits, &json, NULL), TOCSIN_INVALID);
	for (size_t i = 0; i + 16 <= 200000; i += 16)
		memcpy(deep + i, closed, 8);
	assert_int_not_equal(json_read(deep, 200000, &limits, &json, NULL), TOCSIN_OK);
	free(deep);
	assert_null(json);
}

static void test_bytes(void **state)
{
	const struct json_limits few = {.bytes = 5, .depth = 0};
	json_t *json = NULL;

	(void)state;
	assert_int_equal(json_read("12345", 5, &few, &json, NULL), TOCSIN_OK);
	json_decref(json);
	json = NULL;
	assert_int_equal(json_read("123456", 6, &few, &json, NULL), TOCSIN_LIMIT);
	assert_int_equal(json_read("[]", 2, &few, &json, NULL), TOCSIN_LIMIT);
	assert_null(json);
}

static void test_looking(void **state)
{
	json_t *json =
		read_json("{\"a\": \"x\", \"b\": 1, \"c\": null, \"d\": [], \"e\": {}, \"f\": 1.5, \"g\": true}");

	(void)state;
	assert_string_equal(json_get_text(json, "a", "none"), "x");
	assert_string_equal(json_get_text(json, "b", "none"), "none");
	assert_null(json_get_text(json, "z", NULL));
	assert_null(json_get_text(NULL, "z", NULL));
	assert_string_equal(json_kind(json_object_get(json, "a")), "text");
	assert_string_equal(json_kind(json_object_get(json, "b")), "an integer");
	assert_string_equal(json_kind(json_object_get(json, "c")), "null");
	assert_string_equal(json_kind(json_object_get(json, "d")), "a list");
	assert_string_equal(json_kind(json_object_get(json, "e")), "a map");
	assert_string_equal(json_kind(json_object_get(json, "f")), "a number");
	assert_string_equal(json_kind(json_object_get(json, "g")), "a boolean");
	assert_string_equal(json_kind(NULL), "nothing");
	json_decref(json);
}

static void test_no_memory(void **state)
{
	char text[2048] = "{\"list\": [1, 2.5, true, null, \"a long text with \\u20ac in it\"], \"object\": {";
	size_t allowed = 0;
	bool refused;

	(void)state;
	for (size_t i = 0; i < 50; i++) /* more keys than the writer keeps on its stack */
		snprintf(text + strlen(text), 16, "\"k%zu\": %zu, ", i, i);
	strcat(text, "\"z\": []}}");
	do {
		json_t *json = NULL;
		enum tocsin_code code;

		scarce_begin(allowed++);
		code = json_read(text, strlen(text), &limits, &json, NULL);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		assert_int_equal(json == NULL, refused);
		json_decref(json);
	} while (refused);
	assert_true(allowed > 60);
	allowed = 0;
	do {
		json_t *json = read_json(text);
		char *written;

		scarce_begin(allowed++);
		written = json_text(json, JSON_STYLE_LINE);
		refused = scarce_end();
		assert_int_equal(written == NULL, refused);
		mem_free(written);
		json_decref(json);
	} while (refused);
	assert_true(allowed > 3);
}

static void test_duplicate(void **state)
{
	static const char text[] = "{\"a\": [1, 2.5, \"x\", null, true, {}], \"b\": {\"c\": [[]]}}";
	json_t *json = read_json(text);
	size_t allowed = 0;
	bool refused;

	(void)state;
	assert_null(json_duplicate(NULL));
	do {
		json_t *copy;

		scarce_begin(allowed++);
		copy = json_duplicate(json);
		refused = scarce_end();
		assert_int_equal(copy == NULL, refused);
		assert_true(refused || json_equal(copy, json));
		assert_ptr_not_equal(json_object_get(copy, "a"), json_object_get(json, "a"));
		json_decref(copy);
	} while (refused);
	assert_true(allowed > 10);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),	  cmocka_unit_test(test_text_escapes),
		cmocka_unit_test(test_sorted),	  cmocka_unit_test(test_ceiling_of_output),
		cmocka_unit_test(test_refused),	  cmocka_unit_test(test_depth),
		cmocka_unit_test(test_bytes),	  cmocka_unit_test(test_looking),
		cmocka_unit_test(test_no_memory), cmocka_unit_test(test_duplicate),
	};

	mem_use_for_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

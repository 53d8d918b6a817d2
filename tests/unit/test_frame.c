/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: what is written is read back, what is too large or too deep is neither written nor read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../host/fixtures.h"
#include "base/text.h"
#include "host/frame.h"
#include "scarce.h"

static void test_round_trip(void **state)
{
	static const char *const messages[] = {
		"{}",
		"{'a':[1,2.5,-0.0,true,false,null,'x']}",
		"{'big':9223372036854775807,'number':1e+300,'small':-9223372036854775808}",
		"{'text':'\\u0001\\n\\\\\\u007f \xc3\xa4 \xf0\x9f\x94\x94'}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(messages); i++) {
		json_t *message = json_of(messages[i]), *again = NULL;
		size_t length = 0, body = 0;
		char *bytes = NULL;

		assert_int_equal(frame_encode(message, &bytes, &length, NULL), TOCSIN_OK);
		assert_int_equal(frame_length((const unsigned char *)bytes, &body, NULL), TOCSIN_OK);
		assert_int_equal(body + FRAME_HEAD, length);
		assert_int_equal(frame_decode(bytes + FRAME_HEAD, body, &again, NULL), TOCSIN_OK);
		assert_true(json_equal(message, again));
		mem_free(bytes);
		json_decref(message);
		json_decref(again);
	}
}

/* {"t": "xxx"} of `length` bytes as it is encoded. */
static json_t *message_of(size_t length)
{
	char *text = malloc(length);
	json_t *message;

	memset(text, 'x', length);
	text[length - strlen("{\"t\":\"\"}")] = '\0';
	message = json_pack("{s:s}", "t", text);
	free(text);
	return message;
}

static void test_ceiling_of_size(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *most = message_of(FRAME_CEILING), *more = message_of(FRAME_CEILING + 1), *again = NULL;
	size_t length = 0, body = 0;
	char *bytes = NULL;

	(void)state;
	assert_int_equal(frame_encode(most, &bytes, &length, &err), TOCSIN_OK);
	assert_int_equal(length, FRAME_HEAD + FRAME_CEILING);
	assert_int_equal(frame_length((const unsigned char *)bytes, &body, &err), TOCSIN_OK);
	assert_int_equal(frame_decode(bytes + FRAME_HEAD, body, &again, &err), TOCSIN_OK);
	assert_true(json_equal(most, again));
	mem_free(bytes);
	assert_failure(&err, frame_encode(more, &bytes, &length, &err), TOCSIN_LIMIT, "more than 1048576 bytes");
	json_decref(most);
	json_decref(more);
	json_decref(again);
}

/* {"a": [[[...]]]}, with `levels` levels in all. */
static json_t *nested(unsigned levels)
{
	json_t *inner = json_array();

	for (unsigned i = 2; i < levels; i++)
		inner = i % 2 ? json_pack("[o]", inner) : json_pack("{s:o}", "b", inner);
	return json_pack("{s:o}", "a", inner);
}

static void test_ceiling_of_depth(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *most = nested(FRAME_DEPTH), *more = nested(FRAME_DEPTH + 1), *again = NULL;
	char *bytes = NULL, *text;
	size_t length = 0;

	(void)state;
	assert_int_equal(frame_encode(most, &bytes, &length, &err), TOCSIN_OK);
	assert_int_equal(frame_decode(bytes + FRAME_HEAD, length - FRAME_HEAD, &again, &err), TOCSIN_OK);
	mem_free(bytes);
	assert_failure(&err, frame_encode(more, &bytes, &length, &err), TOCSIN_LIMIT, "deeper than 64");
	text = json_text(more, JSON_STYLE_COMPACT);
	assert_failure(&err, frame_decode(text, strlen(text), &again, &err), TOCSIN_PROTOCOL, "deeper than 64");
	mem_free(text);
	json_decref(most);
	json_decref(more);
	json_decref(again);
}

/* Values are counted alike on both sides, and what stands in text is none. */
static void test_ceiling_of_values(void **state)
{
	static const struct {
		size_t values; /* in a list, with what is around it 2 more */
		enum tocsin_code written, read;
	} cases[] = {
		{FRAME_VALUES - 2, TOCSIN_OK, TOCSIN_OK},
		{FRAME_VALUES - 1, TOCSIN_LIMIT, TOCSIN_PROTOCOL},
		{FRAME_VALUES * 2, TOCSIN_LIMIT, TOCSIN_PROTOCOL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		json_t *list = json_pack("[s]", "\",[{\\"), *message, *again = NULL;
		char *bytes = NULL, *text;
		size_t length = 0;

		for (size_t j = 1; j < cases[i].values; j++)
			json_array_append_new(list, json_true());
		/* One comma less than values, a bracket for each of list and map, and one for the whole. */
		message = json_pack("{s:o}", ",,[[\\\"{{", list);
		text = json_text(message, JSON_STYLE_COMPACT);
		assert_failure(&err, frame_encode(message, &bytes, &length, &err), cases[i].written, NULL);
		assert_failure(&err, frame_decode(text, strlen(text), &again, &err), cases[i].read,
			       cases[i].read ? "more than 100000 values" : NULL);
		mem_free(bytes);
		mem_free(text);
		json_decref(message);
		json_decref(again);
	}
}

static void test_lengths(void **state)
{
	static const struct {
		unsigned char head[FRAME_HEAD];
		size_t length; /* 0: refused */
	} cases[] = {
		{{0, 0, 0, 0}, 0},    {{0, 0, 0, 1}, 1}, {{0, 0, 1, 2}, 258},  {{0, 0x10, 0, 0}, FRAME_CEILING},
		{{0, 0x10, 0, 1}, 0}, {{1, 0, 0, 0}, 0}, {{0x80, 0, 0, 0}, 0}, {{0xff, 0xff, 0xff, 0xff}, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		size_t length = 0;
		const enum tocsin_code code = frame_length(cases[i].head, &length, &err);

		assert_failure(&err, code, cases[i].length ? TOCSIN_OK : TOCSIN_PROTOCOL,
			       cases[i].length ? NULL : "claims a length of");
		assert_int_equal(length, cases[i].length);
	}
}

static void test_what_is_no_message(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *why;
	} cases[] = {
		{"", 0, "cannot be read"},
		{"[]", 2, "a list, not a map"},
		{"1", 1, "an integer, not a map"},
		{"\"x\"", 3, "text, not a map"},
		{"null", 4, "null, not a map"},
		{"{", 1, "cannot be read"},
		{"{}x", 3, "cannot be read"},
		{"{}{}", 4, "cannot be read"},
		{"{}\0", 3, "cannot be read"},
		{"{\"a\":1,\"a\":2}", 13, "cannot be read"},
		{"{\"a\":\"\\u0000\"}", 14, "cannot be read"},
		{"{\"a\":\"\xff\"}", 9, "cannot be read"},
		{"{\"a\":\"\xed\xa0\x80\"}", 11, "cannot be read"},
		{"{\"a\":NaN}", 9, "cannot be read"},
		{"{\"a\":1e999}", 11, "cannot be read"},
		{"{\"\x1b[31m\":\x1b}", 10, "cannot be read"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		json_t *message = NULL;

		assert_failure(&err, frame_decode(cases[i].bytes, cases[i].length, &message, &err), TOCSIN_PROTOCOL,
			       cases[i].why);
		assert_null(message);
		assert_false(text_has_control(tocsin_error_at(&err, 0)));
	}
}

static void test_without_memory(void **state)
{
	json_t *message = json_of("{'a':[1,2,{'b':'some text that is longer than the first block of a buffer, so "
				  "that the buffer has to grow, which takes memory that is not there'}]}");
	size_t length = 0, allowed = 0;
	enum tocsin_code code;
	char *bytes = NULL;
	bool refused;

	(void)state;
	do {
		scarce_begin(allowed++);
		code = frame_encode(message, &bytes, &length, NULL);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
	} while (refused);
	assert_true(allowed > 1);
	allowed = 0;
	do {
		json_t *again = NULL;

		scarce_begin(allowed++);
		code = frame_decode(bytes + FRAME_HEAD, length - FRAME_HEAD, &again, NULL);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		json_decref(again);
	} while (refused);
	mem_free(bytes);
	json_decref(message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),	 cmocka_unit_test(test_ceiling_of_size),
		cmocka_unit_test(test_ceiling_of_depth), cmocka_unit_test(test_ceiling_of_values),
		cmocka_unit_test(test_lengths),		 cmocka_unit_test(test_what_is_no_message),
		cmocka_unit_test(test_without_memory),
	};

	mem_use_for_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

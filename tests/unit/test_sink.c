/* SPDX-License-Identifier: Apache-2.0 */
/* What the sink is made of: records of requests, addresses. The sink itself: test_sink.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "server/listen.h"
#include "server/sink_record.h"

static const char *show(const struct sink_request *request, struct buffer *out)
{
	json_t *record = sink_record(request);

	assert_non_null(record);
	buffer_clear(out);
	sink_record_show(record, out);
	json_decref(record);
	assert_int_equal(buffer_code(out), TOCSIN_OK);
	return buffer_text(out);
}

static void test_records(void **state)
{
	static const struct {
		const char *body;
		size_t length;
		const char *expected; /* behind the first line */
	} cases[] = {
		{"", 0, ""},
		{"{\"b\": 1, \"a\": []}", 17, "  {\n    \"a\": [],\n    \"b\": 1\n  }\n"},
		{"one\ntwo", 7, "  one\n  two\n"},
		{"one\n\n", 5, "  one\n  \n"},
		{"\xff", 1, "  (1 bytes that are not UTF-8)\n"},
		{NULL, 0, "  (a body that is too large)\n"},
	};
	struct sink_request request = {
		.method = "POST", .target = "/\x1b?\xff", .status = 202, .headers = json_object()};
	static const char first[] = "1970-01-01T00:00:00.000Z POST /\\u001b?\\xff -> 202\n";
	struct buffer out;

	(void)state;
	buffer_init(&out, 4096);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *text;

		request.body = cases[i].body;
		request.body_length = cases[i].length;
		text = show(&request, &out);
		assert_true(text_starts_with(text, first));
		assert_string_equal(text + strlen(first), cases[i].expected);
	}
	buffer_release(&out);
	json_decref(request.headers);
}

static size_t left;

static bool may_allocate(void)
{
	return left && left--;
}

/* Every allocation fails once: no record, or a whole one, and nothing leaks. */
static void test_records_without_memory(void **state)
{
	static const char body[] = "{\"a\": [1, 2, {\"b\": \"text\"}]}";
	struct sink_request request = {.method = "P\xff",
				       .target = "/\xff",
				       .headers = json_object(),
				       .body = body,
				       .body_length = sizeof(body) - 1,
				       .status = 200};
	bool whole = false;

	(void)state;
	for (size_t allowed = 0; !whole; allowed++) {
		struct buffer out;
		json_t *record;

		assert_true(allowed < 1000);
		buffer_init(&out, 4096);
		left = allowed;
		mem_ask(may_allocate);
		record = sink_record(&request);
		if (record)
			sink_record_show(record, &out);
		json_decref(record);
		mem_ask(NULL);
		whole = record && !buffer_code(&out);
		assert_true(whole || !record || buffer_code(&out) == TOCSIN_NO_MEMORY);
		buffer_release(&out);
	}
	json_decref(request.headers);
}

/* ---- Addresses ---- */

static void test_addresses(void **state)
{
	static const char *const good[] = {"127.0.0.1:0", "localhost:0", "0.0.0.0:0"};
	static const char *const bad[] = {"",	      ":80",	     "127.0.0.1",    "127.0.0.1:",    "127.0.0.1:65536",
					  "1.2.3:80", "::1:80",	     "[::1]",	     "[::1]80",	      "[]:80",
					  "[::1:80",  "host:80",     "127.0.0.1:8 ", "127.0.0.1:0x1", "127.0.0.1:-0",
					  "127.1:80", "[1.2.3.4]:1", " 127.0.0.1:80"};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char url[LISTEN_URL_ROOM] = "untouched";
	int fd = -1;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_int_equal(listen_open(good[i], &fd, url, &err), TOCSIN_OK);
		assert_true(text_starts_with(url, i == 2 ? "http://0.0.0.0:" : "http://127.0.0.1:"));
		assert_string_not_equal(strrchr(url, ':'), ":0");
		close(fd);
	}
	strcpy(url, "untouched");
	fd = -1;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_int_equal(listen_open(bad[i], &fd, url, &err), TOCSIN_INVALID);
		assert_non_null(strstr(tocsin_error_at(&err, 0), bad[i]));
	}
	assert_int_equal(fd, -1);
	assert_string_equal(url, "untouched");
	assert_int_equal(listen_open("192.0.2.1:80", &fd, url, &err), TOCSIN_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {

		cmocka_unit_test(test_records),
		cmocka_unit_test(test_records_without_memory),
		cmocka_unit_test(test_addresses),
	};

	mem_use_for_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

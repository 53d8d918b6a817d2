/* SPDX-License-Identifier: Apache-2.0 */
/* The stream transport: one line whatever the text, to the right stream, and readers that went away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "../host/fixtures.h"
#include "base/text.h"
#include "delivery/stream.h"
#include "scarce.h"

/* A pipe in the place of a stream. */
struct tap {
	int fd; /* which stream */
	int before; /* what it was */
	int reader;
};

static struct tap tap_open(int fd)
{
	struct tap tap = {.fd = fd, .before = dup(fd)};
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fflush(NULL);
	assert_int_equal(dup2(ends[1], fd), fd);
	close(ends[1]);
	tap.reader = ends[0];
	return tap;
}

/* Gives the stream back and says what was written to it. */
static size_t tap_close(struct tap *tap, char *text, size_t size)
{
	ssize_t got;
	size_t used = 0;

	assert_int_equal(dup2(tap->before, tap->fd), tap->fd);
	close(tap->before);
	while (size && (got = read(tap->reader, text + used, size - 1 - used)) > 0)
		used += (size_t)got;
	if (size)
		text[used] = '\0';
	if (tap->reader >= 0)
		close(tap->reader);
	return used;
}

static void test_lines(void **state)
{
	static const struct {
		const char *text, *line;
	} cases[] = {
		{"[incident] critical disk: full", "[incident] critical disk: full\n"},
		{"", "\n"},
		{"one\ntwo\r\nthree\ttab", "one\\ntwo\\r\\nthree\\ttab\n"},
		{"\x1b[2J\x1b]0;owned\x07", "\\u001b[2J\\u001b]0;owned\\u0007\n"},
		{"bell\x08\x7f\x01", "bell\\u0008\\u007f\\u0001\n"},
		{"c1 \xc2\x9b"
		 "31m \xc2\x85",
		 "c1 \\u009b31m \\u0085\n"},
		{"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x94 \xc2\xa0",
		 "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x94 \xc2\xa0\n"},
		{"bidi \xe2\x80\xae"
		 "evil\xe2\x81\xa6x\xe2\x80\x8f",
		 "bidi \\u202eevil\\u2066x\\u200f\n"},
		{"lines \xe2\x80\xa8 \xe2\x80\xa9", "lines \\u2028 \\u2029\n"},
		{"dash \xe2\x80\x94 dots \xe2\x80\xa6", "dash \xe2\x80\x94 dots \xe2\x80\xa6\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct delivery_outcome outcome;
		struct tap tap = tap_open(STDOUT_FILENO);
		char text[256];

		stream_write(NULL, cases[i].text, &outcome);
		tap_close(&tap, text, sizeof(text));
		assert_string_equal(text, cases[i].line);
		assert_int_equal(outcome.outcome, TOCSIN_OUTCOME_DELIVERED);
		assert_int_equal(outcome.code, DELIVERY_WRITTEN);
		assert_string_equal(outcome.reason, "written to stdout");
	}
}

static void test_streams(void **state)
{
	static const struct {
		const char *settings;
		int fd; /* -1: none */
	} cases[] = {
		{"{}", STDOUT_FILENO},
		{"{'stream': 'stdout'}", STDOUT_FILENO},
		{"{'stream': 'stderr'}", STDERR_FILENO},
		{"{'stream': '/etc/passwd'}", -1},
		{"{'stream': ''}", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *settings = json_of(cases[i].settings);
		struct tap out = tap_open(STDOUT_FILENO), error = tap_open(STDERR_FILENO);
		struct delivery_outcome outcome;
		char text[64], error_text[64];

		stream_write(settings, "x", &outcome);
		tap_close(&error, error_text, sizeof(error_text));
		tap_close(&out, text, sizeof(text));
		assert_string_equal(text, cases[i].fd == STDOUT_FILENO ? "x\n" : "");
		assert_string_equal(error_text, cases[i].fd == STDERR_FILENO ? "x\n" : "");
		assert_int_equal(outcome.outcome, cases[i].fd < 0 ? TOCSIN_OUTCOME_REJECTED : TOCSIN_OUTCOME_DELIVERED);
		json_decref(settings);
	}
}

/* A reader that went away is an outcome, and the signal of it reaches nobody. */
static void test_broken_pipe(void **state)
{
	struct delivery_outcome outcome;
	struct tap tap = tap_open(STDOUT_FILENO);
	sigset_t pending;

	(void)state;
	close(tap.reader);
	tap.reader = -1;
	stream_write(NULL, "x", &outcome);
	tap_close(&tap, NULL, 0);
	assert_int_equal(outcome.outcome, TOCSIN_OUTCOME_RETRY);
	assert_int_equal(outcome.code, DELIVERY_CONNECTION);
	assert_string_equal(outcome.reason, "stdout does not take the line: Broken pipe");
	sigpending(&pending);
	assert_int_equal(sigismember(&pending, SIGPIPE), 0);
}

static void test_closed(void **state)
{
	struct delivery_outcome outcome;
	const int before = dup(STDERR_FILENO);
	json_t *settings = json_of("{'stream': 'stderr'}");

	(void)state;
	close(STDERR_FILENO);
	stream_write(settings, "x", &outcome);
	assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
	close(before);
	json_decref(settings);
	assert_int_equal(outcome.outcome, TOCSIN_OUTCOME_RETRY);
	assert_string_equal(outcome.reason, "stderr does not take the line: Bad file descriptor");
}

#define LONG_TEXT 300000

static void *read_slowly(void *data)
{
	struct tap *tap = data;
	size_t *total = calloc(1, sizeof(*total));
	char bytes[4096];
	ssize_t got;

	usleep(50000);
	while (*total < LONG_TEXT + 1 && (got = read(tap->reader, bytes, sizeof(bytes))) > 0)
		*total += (size_t)got;
	return total;
}

/* A line longer than a pipe holds, to a slow reader, on a descriptor that does not wait. */
static void test_slow_reader(void **state)
{
	struct tap tap = tap_open(STDOUT_FILENO);
	char *text = calloc(1, LONG_TEXT + 1);
	struct delivery_outcome outcome;
	pthread_t reader;
	void *total;

	(void)state;
	memset(text, 'x', LONG_TEXT);
	assert_int_equal(fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_slowly, &tap), 0);
	stream_write(NULL, text, &outcome);
	pthread_join(reader, &total);
	tap_close(&tap, NULL, 0);
	assert_int_equal(*(size_t *)total, LONG_TEXT + 1);
	assert_int_equal(outcome.outcome, TOCSIN_OUTCOME_DELIVERED);
	free(total);
	free(text);
}

static void test_scarcity(void **state)
{
	struct delivery_outcome outcome;

	(void)state;
	scarce_begin(0);
	stream_write(NULL, "x", &outcome);
	assert_true(scarce_end());
	assert_int_equal(outcome.outcome, TOCSIN_OUTCOME_RETRY);
	assert_int_equal(outcome.code, DELIVERY_RUNTIME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),  cmocka_unit_test(test_streams),	   cmocka_unit_test(test_broken_pipe),
		cmocka_unit_test(test_closed), cmocka_unit_test(test_slow_reader), cmocka_unit_test(test_scarcity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stream transport; see stream.h.
 *
 * One text becomes one line, whatever is in it. The line goes out with write(2), complete or not at all as
 * far as we can tell; a reader that went away is an outcome, not a signal: SIGPIPE is held back for the
 * moment of writing. Writing waits for as long as the reader does not read.
 */
#include "delivery/stream.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/printable.h"

#define LINE_CEILING ((size_t)8 * 1024 * 1024)

/* Writes all bytes; 0 or an errno. */
static int write_all(int fd, const char *bytes, size_t length)
{
	while (length) {
		const ssize_t written = write(fd, bytes, length);

		if (written >= 0) {
			bytes += written;
			length -= (size_t)written;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			struct pollfd wait = {.fd = fd, .events = POLLOUT};

			if (poll(&wait, 1, -1) < 0 && errno != EINTR)
				return errno;
		} else if (errno != EINTR) {
			return errno;
		}
	}
	return 0;
}

/* The same with SIGPIPE blocked; one that we caused is taken away, one that was there before stays. */
static int write_without_signal(int fd, const char *bytes, size_t length)
{
	const struct timespec at_once = {0};
	sigset_t broken_pipe, before, pending;
	int error;

	sigemptyset(&broken_pipe);
	sigaddset(&broken_pipe, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
	error = write_all(fd, bytes, length);
	if (error == EPIPE && !sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&broken_pipe, NULL, &at_once) < 0 && errno == EINTR)
			continue;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

void stream_write(const json_t *settings, const char *text, struct delivery_outcome *ret_outcome)
{
	const char *name = json_get_text(settings, "stream", "stdout");
	const int fd = strcmp(name, "stderr") == 0 ? STDERR_FILENO : STDOUT_FILENO;
	struct buffer line;
	int error;

	if (strcmp(name, "stdout") != 0 && fd == STDOUT_FILENO) {
		outcome_set(ret_outcome, TOCSIN_OUTCOME_REJECTED, DELIVERY_REQUEST,
			    "the setting stream names \"%s\", which is neither stdout nor stderr", name);
		return;
	}
	buffer_init(&line, LINE_CEILING);
	printable_add(&line, text, strlen(text));
	buffer_byte(&line, '\n');
	if (buffer_code(&line) == TOCSIN_NO_MEMORY) {
		outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_RUNTIME, "no memory for a line");
	} else if (buffer_code(&line)) {
		outcome_set(ret_outcome, TOCSIN_OUTCOME_REJECTED, DELIVERY_REQUEST, "the line is longer than %zu bytes",
			    LINE_CEILING);
	} else {
		error = write_without_signal(fd, buffer_text(&line), line.length);
		if (error)
			outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_CONNECTION,
				    "%s does not take the line: %s", name, strerror(error));
		else
			outcome_set(ret_outcome, TOCSIN_OUTCOME_DELIVERED, DELIVERY_WRITTEN, "written to %s", name);
	}
	buffer_release(&line);
}

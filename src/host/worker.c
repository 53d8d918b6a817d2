/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's side of a worker: the handshake and the calls.
 *
 * An exchange writes one message and reads one, in a single loop over the socket, the output pipe and the
 * pidfd, until a deadline on the monotonic clock. Nothing in it blocks but poll(), so that a worker that does
 * not read, does not answer, floods or dies costs no more than the deadline. Whatever goes wrong in an
 * exchange, the process is ended: what it would say next could not be told from an answer. All that it sends
 * is hostile; reply.c reads it.
 */
#include "host/worker.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "build-config.h"
#include "host/frame.h"
#include "host/process.h"
#include "host/reply.h"

#define FIRST_ROOM 16384
#define KEPT_ROOM 65536 /* a larger input buffer is not kept between calls */
#define HANG_UP_MS 500 /* from the end of its stream to the end of the process */

struct worker {
	struct process process;
	const struct plugin *plugin;
	uint64_t id; /* of the newest call */
	bool ended;
	char *in;
	size_t room;
};

/* One message out, one message in. */
struct exchange {
	const char *bytes;
	size_t length;
	size_t sent;
	size_t got;
	size_t wanted; /* length of the answer with its head; 0 until the head is there */
	bool hung_up; /* it does not read any more; there may still be something to read from it */
	int64_t deadline_ns;
	int64_t limit_ms; /* the same as a duration, for people */
	const char *what; /* "deliver", for people */
};

static const char *program_beside(const char *path, size_t length, char buffer[PATH_MAX])
{
	while (length && path[length - 1] != '/')
		length--;
	if (!length || snprintf(buffer, PATH_MAX, "%.*stocsin-worker", (int)length, path) >= PATH_MAX)
		return NULL;
	return access(buffer, X_OK) ? NULL : buffer;
}

const char *worker_program(void)
{
	static _Thread_local char found[PATH_MAX];
	static const char here;
	const char *named = secure_getenv("TOCSIN_WORKER");
	char self[PATH_MAX];
	const ssize_t length = readlink("/proc/self/exe", self, sizeof(self));
	Dl_info library;

	if (named && *named)
		return named;
	if (length > 0 && program_beside(self, (size_t)length, found))
		return found;
	if (dladdr(&here, &library) && library.dli_fname[0] == '/' &&
	    program_beside(library.dli_fname, strlen(library.dli_fname), found))
		return found;
	return TOCSIN_WORKER_INSTALLED;
}

/* Ends the process after a failure that is told already, and adds what it last printed. */
static enum tocsin_code give_up(struct worker *worker, enum tocsin_code code, struct tocsin_error *err)
{
	struct tocsin_error ignored = TOCSIN_ERROR_INIT;

	process_drain(&worker->process, &ignored);
	process_end(&worker->process);
	worker->ended = true;
	process_add_output(&worker->process, err);
	return code;
}

/* The stream has ended, or the process: says which and how. */
static enum tocsin_code fail_ended(struct worker *worker, const struct exchange *exchange, struct tocsin_error *err)
{
	const struct plugin *plugin = worker->plugin;
	char how[PROCESS_END_ROOM];

	if (!process_wait(&worker->process, HANG_UP_MS))
		return tocsin_fail(err, TOCSIN_PROTOCOL, "the worker of %s/%s hung up without an answer to %s",
				   plugin->group, plugin->name, exchange->what);
	return tocsin_fail(err, TOCSIN_CRASHED, "the worker of %s/%s %s before it answered %s", plugin->group,
			   plugin->name, process_how_it_ended(&worker->process, how), exchange->what);
}

static enum tocsin_code fail_late(const struct worker *worker, const struct exchange *exchange,
				  struct tocsin_error *err)
{
	return tocsin_fail(err, TOCSIN_TIMEOUT, "the worker of %s/%s did not %s %s within %lld ms",
			   worker->plugin->group, worker->plugin->name,
			   exchange->sent < exchange->length ? "read" : "answer", exchange->what,
			   (long long)exchange->limit_ms);
}

static enum tocsin_code send_some(struct worker *worker, struct exchange *exchange, struct tocsin_error *err)
{
	const ssize_t put = send(worker->process.socket, exchange->bytes + exchange->sent,
				 exchange->length - exchange->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (put >= 0)
		exchange->sent += (size_t)put;
	else if (errno == EPIPE || errno == ECONNRESET)
		exchange->hung_up = true;
	else if (errno != EAGAIN && errno != EINTR)
		return tocsin_fail(err, TOCSIN_IO, "writing to a worker: %s", strerror(errno));
	return TOCSIN_OK;
}

static enum tocsin_code make_room(struct worker *worker, size_t room, struct tocsin_error *err)
{
	char *in;

	if (worker->room >= room)
		return TOCSIN_OK;
	room = room > FIRST_ROOM ? room : FIRST_ROOM;
	in = mem_grow(worker->in, room, 1);
	if (!in)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a worker's answer");
	worker->in = in;
	worker->room = room;
	return TOCSIN_OK;
}

/* Looks at the head, as soon as it is there, and at what must not be there. */
static enum tocsin_code check_progress(const struct worker *worker, struct exchange *exchange, struct tocsin_error *err)
{
	size_t length;

	if (exchange->sent < exchange->length && !exchange->hung_up)
		return tocsin_fail(err, TOCSIN_PROTOCOL, "the worker of %s/%s answered before it was asked",
				   worker->plugin->group, worker->plugin->name);
	if (!exchange->wanted && exchange->got >= FRAME_HEAD) {
		if (frame_length((const unsigned char *)worker->in, &length, err))
			return TOCSIN_PROTOCOL;
		exchange->wanted = FRAME_HEAD + length;
	}
	if (exchange->wanted && exchange->got > exchange->wanted)
		return tocsin_fail(err, TOCSIN_PROTOCOL, "the worker of %s/%s sent more than one answer to %s",
				   worker->plugin->group, worker->plugin->name, exchange->what);
	return TOCSIN_OK;
}

/* What a read found. */
enum found {
	FOUND_BYTES,
	FOUND_NOTHING, /* for now */
	FOUND_END, /* of the stream */
};

static enum tocsin_code receive_some(struct worker *worker, struct exchange *exchange, enum found *ret_found,
				     struct tocsin_error *err)
{
	/* One byte more than wanted, to see what must not be there. */
	enum tocsin_code code = make_room(worker, exchange->wanted + 1, err);
	ssize_t got;

	if (code)
		return code;
	got = recv(worker->process.socket, worker->in + exchange->got, worker->room - exchange->got, MSG_DONTWAIT);
	*ret_found = got > 0 || (got < 0 && errno == EINTR) ? FOUND_BYTES
		     : got < 0 && errno == EAGAIN	    ? FOUND_NOTHING
							    : FOUND_END;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return TOCSIN_OK;
	if (got < 0 && errno != ECONNRESET)
		return tocsin_fail(err, TOCSIN_IO, "reading from a worker: %s", strerror(errno));
	if (got <= 0)
		return TOCSIN_OK;
	exchange->got += (size_t)got;
	return check_progress(worker, exchange, err);
}

static bool is_answered(const struct exchange *exchange)
{
	return exchange->wanted && exchange->got == exchange->wanted;
}

/* Time left in whole milliseconds, rounded up; 0 when there is none. */
static int left_ms(const struct exchange *exchange)
{
	const int64_t left = (exchange->deadline_ns - clock_monotonic_ns() + 999999) / 1000000;

	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* Waits for something to happen and deals with it. */
static enum tocsin_code step(struct worker *worker, struct exchange *exchange, struct tocsin_error *err)
{
	const bool unsent = exchange->sent < exchange->length && !exchange->hung_up;
	struct pollfd events[] = {
		{.fd = worker->process.socket, .events = (short)(POLLIN | (unsent ? POLLOUT : 0))},
		{.fd = worker->process.output, .events = POLLIN},
		{.fd = worker->process.pidfd, .events = POLLIN},
	};
	const int left = left_ms(exchange);
	enum tocsin_code code = TOCSIN_OK;
	enum found found = FOUND_BYTES;

	if (!left)
		return fail_late(worker, exchange, err);
	if (poll(events, 3, left) < 0)
		return errno == EINTR ? TOCSIN_OK
				      : tocsin_fail(err, TOCSIN_IO, "waiting for a worker: %s", strerror(errno));
	if (events[1].revents)
		code = process_drain(&worker->process, err);
	if (!code && unsent && (events[0].revents & POLLOUT))
		code = send_some(worker, exchange, err);
	/*
	 * After the end of the process there may still be much of an answer in the socket: it is read until there
	 * is nothing left. Bytes that come between poll() and this read are seen because of the order.
	 */
	if (!code && ((events[0].revents & (POLLIN | POLLHUP | POLLERR)) || events[2].revents))
		code = receive_some(worker, exchange, &found, err);
	if (!code && !is_answered(exchange) && (found == FOUND_END || (found == FOUND_NOTHING && events[2].revents)))
		code = fail_ended(worker, exchange, err);
	return code;
}

/* Sends the message and reads the answer. After a failure the process is gone. */
static enum tocsin_code exchange_messages(struct worker *worker, struct exchange *exchange, json_t **ret_answer,
					  struct tocsin_error *err)
{
	enum tocsin_code code;

	exchange->deadline_ns = clock_monotonic_ns() + exchange->limit_ms * 1000000;
	process_forget(&worker->process);
	code = send_some(worker, exchange, err);
	while (!code && !is_answered(exchange))
		code = step(worker, exchange, err);
	if (!code)
		code = frame_decode(worker->in + FRAME_HEAD, exchange->wanted - FRAME_HEAD, ret_answer, err);
	if (worker->room > KEPT_ROOM) {
		mem_free(worker->in);
		worker->in = NULL;
		worker->room = 0;
	}
	return code ? give_up(worker, code, err) : TOCSIN_OK;
}

/* Encodes a message, takes over its reference, and exchanges it. A message that is too large is not sent. */
static enum tocsin_code ask(struct worker *worker, json_t *message, const char *what, int64_t limit_ms,
			    json_t **ret_answer, struct tocsin_error *err)
{
	struct exchange exchange = {.what = what, .limit_ms = limit_ms < INT_MAX ? limit_ms : INT_MAX};
	enum tocsin_code code;
	char *bytes;

	if (!message)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a message to a worker");
	code = frame_encode(message, &bytes, &exchange.length, err);
	json_decref(message);
	if (code) {
		tocsin_wrap(err, "asking the worker for %s", what);
		return code;
	}
	exchange.bytes = bytes;
	code = exchange_messages(worker, &exchange, ret_answer, err);
	mem_free(bytes);
	return code;
}

static enum tocsin_code introduce(struct worker *worker, const struct worker_options *options, struct tocsin_error *err)
{
	json_t *answer = NULL;
	enum tocsin_code code = ask(worker, json_pack("{s:s, s:O}", "type", "start", "settings", options->settings),
				    "\"start\"", options->start_ms ? options->start_ms : WORKER_START_MS, &answer, err);

	if (code)
		return code;
	code = reply_read_ready(answer, options->plugin, err);
	json_decref(answer);
	return code ? give_up(worker, code, err) : TOCSIN_OK;
}

enum tocsin_code worker_start(const struct worker_options *options, struct worker **ret_worker,
			      struct tocsin_error *err)
{
	const char *program = options->program ? options->program : worker_program();
	struct tocsin_error own;
	struct worker *worker = mem_zero(sizeof(*worker));
	enum tocsin_code code;

	err = err ? err : &own;
	if (!worker)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a worker");
	worker->plugin = options->plugin;
	code = process_start(program, options->plugin, options->plugin_fd, &worker->process, err);
	if (code) {
		mem_free(worker);
		tocsin_wrap(err, "starting a worker for %s/%s", options->plugin->group, options->plugin->name);
		return code;
	}
	code = introduce(worker, options, err);
	if (code) {
		worker_free(worker);
		tocsin_wrap(err, "starting a worker for %s/%s", options->plugin->group, options->plugin->name);
		return code;
	}
	*ret_worker = worker;
	return TOCSIN_OK;
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	if (!worker->ended)
		process_end(&worker->process);
	mem_free(worker->in);
	mem_free(worker);
}

bool worker_is_alive(const struct worker *worker)
{
	struct pollfd events[2];

	if (!worker || worker->ended)
		return false;
	events[0] = (struct pollfd){.fd = worker->process.socket, .events = POLLIN};
	events[1] = (struct pollfd){.fd = worker->process.pidfd, .events = POLLIN};
	return poll(events, 2, 0) == 0;
}

int worker_pid(const struct worker *worker)
{
	return worker->process.pid;
}

enum tocsin_code worker_call(struct worker *worker, const struct action *action, json_t *arguments, json_t *off,
			     int64_t deadline_ms, struct worker_reply *ret_reply, struct tocsin_error *err)
{
	const int64_t began = clock_monotonic_ns();
	struct question question = {
		.plugin = worker->plugin, .action = action, .off = off, .id = ++worker->id, .wall_ms = clock_wall_ms()};
	enum tocsin_code code, said = TOCSIN_OK;
	struct tocsin_error own;
	json_t *answer = NULL;
	json_t *message;

	err = err ? err : &own;
	*ret_reply = (struct worker_reply){0};
	if (worker->ended)
		return tocsin_fail(err, TOCSIN_CRASHED, "the worker of %s/%s has ended", worker->plugin->group,
				   worker->plugin->name);
	message = json_pack("{s:s, s:I, s:s, s:O, s:O*}", "type", "invoke", "id", (json_int_t)question.id, "action",
			    action->name, "arguments", arguments, "off", off);
	code = ask(worker, message, action->name, deadline_ms ? deadline_ms : WORKER_CALL_MS, &answer, err);
	if (code)
		return code;
	question.duration_ns = clock_monotonic_ns() - began;
	code = reply_read(answer, &question, ret_reply, &said, err);
	json_decref(answer);
	return code ? give_up(worker, code, err) : said;
}

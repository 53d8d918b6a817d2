/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sink: libmicrohttpd driven from one poll loop, together with a signalfd; see sink.h.
 *
 * One thread, so nothing is locked. A request is recorded and printed before it is answered, and answered
 * 500 when that failed, so that a sender never believes in a request that left no trace; the sink then
 * ends. It counts a request when its answer has been sent, so that it never ends in the middle of one.
 * Memory is bounded by connections times body ceiling.
 */
#include "server/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/text.h"
#include "server/listen.h"
#include "server/sink_record.h"

#define HEADER_CEILING (64ul * 1024) /* of one name or value; libmicrohttpd takes less */

/* What is read and thrown away of a body over the ceiling, so that its sender gets to see the 413. */
#define DRAIN_CEILING (16 * SINK_BODY_CEILING)

struct sink {
	struct sink_options options;
	struct MHD_Daemon *daemon;
	char url[LISTEN_URL_ROOM];
	int record_fd;
	int signal_fd;
	sigset_t signals_before;
	bool signals_blocked;
	int64_t received; /* requests that got an answer, sent or not */
	int64_t answered;
	struct tocsin_error failure; /* why it must end; code TOCSIN_OK while it need not */
};

/* A request on its way in. */
struct incoming {
	char *target;
	struct buffer body;
	size_t dropped; /* bytes over the ceiling */
	bool begun;
};

static void incoming_free(struct incoming *incoming)
{
	if (!incoming)
		return;
	mem_free(incoming->target);
	buffer_release(&incoming->body);
	mem_free(incoming);
}

/* ---- Recording and printing ---- */

static enum tocsin_code write_all(int fd, const char *bytes, size_t length, struct tocsin_error *err)
{
	while (length) {
		const ssize_t written = write(fd, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return tocsin_fail(err, TOCSIN_IO, "%s", strerror(errno));
		bytes += written;
		length -= (size_t)written;
	}
	return TOCSIN_OK;
}

static enum tocsin_code append_record(const struct sink *sink, const json_t *record, struct tocsin_error *err)
{
	struct buffer line;
	enum tocsin_code code;

	buffer_init(&line, 16 * SINK_BODY_CEILING);
	json_write(&line, record, JSON_STYLE_LINE);
	buffer_byte(&line, '\n');
	code = buffer_code(&line) ? tocsin_fail(err, buffer_code(&line), "no memory for a record")
				  : write_all(sink->record_fd, line.text, line.length, err);
	buffer_release(&line);
	if (code)
		tocsin_wrap(err, "writing to %s", sink->options.record);
	return code;
}

static enum tocsin_code print_record(const struct sink *sink, const json_t *record, struct tocsin_error *err)
{
	struct buffer text;
	enum tocsin_code code = TOCSIN_OK;

	buffer_init(&text, 64 * SINK_BODY_CEILING);
	sink_record_show(record, &text);
	if (buffer_code(&text))
		code = tocsin_fail(err, buffer_code(&text), "no memory to print a request");
	else if (fwrite(text.text, 1, text.length, sink->options.out) != text.length || fflush(sink->options.out))
		code = tocsin_fail(err, TOCSIN_IO, "cannot print a request: %s", strerror(errno));
	buffer_release(&text);
	return code;
}

static enum MHD_Result add_header(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
	json_t *headers = data;
	struct buffer text;
	json_t *clean;
	const char *before;
	enum MHD_Result result = MHD_NO;

	(void)kind;
	buffer_init(&text, HEADER_CEILING);
	for (const char *byte = name; *byte; byte++)
		buffer_byte(&text, text_lower(*byte));
	clean = buffer_code(&text) ? NULL : printable_json(buffer_text(&text));
	if (!clean)
		goto out;
	buffer_clear(&text);
	before = json_get_text(headers, json_string_value(clean), NULL);
	buffer_format(&text, "%s%s%s", before ? before : "", before ? ", " : "", value ? value : "");
	if (!buffer_code(&text) && !json_put(headers, json_string_value(clean), printable_json(buffer_text(&text))))
		result = MHD_YES;
out:
	json_decref(clean);
	buffer_release(&text);
	return result;
}

static json_t *headers_of(struct MHD_Connection *connection)
{
	json_t *headers = json_object();
	const int found = MHD_get_connection_values(connection, MHD_HEADER_KIND, NULL, NULL);

	/* The walk ends early when a header could not be added. */
	if (headers && MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, headers) != found) {
		json_decref(headers);
		return NULL;
	}
	return headers;
}

static enum tocsin_code keep(struct sink *sink, struct MHD_Connection *connection, const char *method,
			     const struct incoming *incoming, unsigned status, struct tocsin_error *err)
{
	struct sink_request request = {
		.wall_ms = clock_wall_ms(),
		.method = method,
		.target = incoming->target,
		.headers = headers_of(connection),
		.body = incoming->dropped ? NULL : buffer_text(&incoming->body),
		.body_length = incoming->body.length,
		.status = status,
	};
	json_t *record = request.headers ? sink_record(&request) : NULL;
	enum tocsin_code code = TOCSIN_OK;

	if (!record)
		code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a request");
	if (!code && sink->record_fd >= 0)
		code = append_record(sink, record, err);
	if (!code && sink->options.out)
		code = print_record(sink, record, err);
	json_decref(record);
	json_decref(request.headers);
	return code;
}

/* ---- Answering ---- */

static enum MHD_Result queue(const struct sink *sink, struct MHD_Connection *connection, unsigned status)
{
	const char *body = status < 400 ? "{\"ok\": true}\n" : "{\"ok\": false}\n";
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(body), (void *)body, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_NO;
	char seconds[24];

	if (!response)
		return MHD_NO;
	snprintf(seconds, sizeof(seconds), "%lld", (long long)sink->options.retry_after_seconds);
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json") &&
	    (status < 400 || sink->options.retry_after_seconds < 0 ||
	     MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds)))
		result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static unsigned choose_status(const struct sink *sink, const struct incoming *incoming)
{
	if (incoming->dropped)
		return MHD_HTTP_CONTENT_TOO_LARGE;
	return sink->received < sink->options.fail_first ? sink->options.fail_status : sink->options.status;
}

static enum MHD_Result answer(struct sink *sink, struct MHD_Connection *connection, const char *method,
			      const struct incoming *incoming)
{
	unsigned status = choose_status(sink, incoming);

	sink->received++;
	if (!sink->failure.code && keep(sink, connection, method, incoming, status, &sink->failure))
		status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	return queue(sink, connection, status);
}

/* Whether the request says in advance that its body is too large. */
static bool announces_too_much(struct MHD_Connection *connection, struct incoming *incoming)
{
	const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	int64_t bytes;

	if (!length || !text_to_integer(length, &bytes) || bytes <= (int64_t)SINK_BODY_CEILING)
		return false;
	incoming->dropped = (size_t)bytes;
	return true;
}

static enum MHD_Result take_body(struct incoming *incoming, const char *data, size_t *length)
{
	if (!incoming->dropped)
		buffer_add(&incoming->body, data, *length);
	if (buffer_code(&incoming->body) == TOCSIN_NO_MEMORY)
		return MHD_NO;
	if (buffer_code(&incoming->body)) {
		buffer_release(&incoming->body);
		incoming->dropped = SINK_BODY_CEILING;
	} else if (incoming->dropped) {
		incoming->dropped += *length;
	}
	*length = 0;
	return incoming->dropped > DRAIN_CEILING ? MHD_NO : MHD_YES;
}

static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *url, const char *method,
			      const char *version, const char *upload, size_t *upload_length, void **context)
{
	struct incoming *incoming = *context;

	(void)url;
	(void)version;
	if (!incoming)
		return MHD_NO;
	if (!incoming->begun) {
		incoming->begun = true;
		return announces_too_much(connection, incoming) ? answer(data, connection, method, incoming) : MHD_YES;
	}
	if (*upload_length)
		return take_body(incoming, upload, upload_length);
	return answer(data, connection, method, incoming);
}

/* Called when the request line is there, with its target as it was sent; makes the request's context. */
static void *begin(void *data, const char *target, struct MHD_Connection *connection)
{
	struct incoming *incoming = mem_zero(sizeof(*incoming));

	(void)data;
	(void)connection;
	if (!incoming)
		return NULL;
	buffer_init(&incoming->body, SINK_BODY_CEILING);
	incoming->target = mem_text(target);
	if (!incoming->target) {
		incoming_free(incoming);
		return NULL;
	}
	return incoming;
}

static void completed(void *data, struct MHD_Connection *connection, void **context,
		      enum MHD_RequestTerminationCode why)
{
	struct sink *sink = data;

	(void)connection;
	if (why == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		sink->answered++;
	incoming_free(*context);
	*context = NULL;
}

/* ---- The loop ---- */

static int wait_ms(const struct sink *sink, int64_t deadline_ns)
{
	MHD_UNSIGNED_LONG_LONG daemon_ms;
	int64_t wait = INT32_MAX;

	if (MHD_get_timeout(sink->daemon, &daemon_ms) == MHD_YES && daemon_ms < INT32_MAX)
		wait = (int64_t)daemon_ms;
	if (sink->options.timeout_ms) {
		const int64_t left = (deadline_ns - clock_monotonic_ns() + 999999) / 1000000;

		wait = left < wait ? left : wait;
	}
	return wait > 0 ? (int)wait : 0;
}

/* Takes the signal off the queue, or it would end the program as soon as signals are no longer blocked. */
static bool take_signal(const struct sink *sink)
{
	struct signalfd_siginfo info;

	return read(sink->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info);
}

enum tocsin_code sink_run(struct sink *sink, enum sink_end *ret_end, struct tocsin_error *err)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(sink->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	const int64_t deadline_ns = clock_monotonic_ns() + sink->options.timeout_ms * 1000000;
	struct pollfd fds[2] = {{.fd = info->epoll_fd, .events = POLLIN}, {.fd = sink->signal_fd, .events = POLLIN}};

	for (;;) {
		if (sink->failure.code) {
			if (err)
				*err = sink->failure;
			return sink->failure.code;
		}
		if (sink->options.count && sink->answered >= sink->options.count) {
			*ret_end = SINK_COUNTED;
			return TOCSIN_OK;
		}
		if (fds[1].revents && take_signal(sink)) {
			*ret_end = SINK_SIGNALLED;
			return TOCSIN_OK;
		}
		if (sink->options.timeout_ms && clock_monotonic_ns() >= deadline_ns) {
			*ret_end = SINK_TIMED_OUT;
			return TOCSIN_OK;
		}
		if (poll(fds, COUNT_OF(fds), wait_ms(sink, deadline_ns)) < 0 && errno != EINTR)
			return tocsin_fail(err, TOCSIN_IO, "cannot wait for requests: %s", strerror(errno));
		if (MHD_run(sink->daemon) != MHD_YES)
			return tocsin_fail(err, TOCSIN_IO, "the HTTP server stopped");
	}
}

/* ---- Opening and closing ---- */

static enum tocsin_code watch_signals(struct sink *sink, struct tocsin_error *err)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, &sink->signals_before))
		return tocsin_fail(err, TOCSIN_IO, "cannot block signals: %s", strerror(errno));
	sink->signals_blocked = true;
	sink->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sink->signal_fd < 0)
		return tocsin_fail(err, TOCSIN_IO, "cannot wait for signals: %s", strerror(errno));
	return TOCSIN_OK;
}

static enum tocsin_code start_daemon(struct sink *sink, struct tocsin_error *err)
{
	int fd = -1;
	enum tocsin_code code = listen_open(sink->options.listen, &fd, sink->url, err);

	if (code)
		return code;
	sink->daemon = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, handle, sink, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)SINK_CONNECTIONS_CEILING, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SINK_IDLE_SECONDS,
		MHD_OPTION_URI_LOG_CALLBACK, begin, sink, MHD_OPTION_NOTIFY_COMPLETED, completed, sink, MHD_OPTION_END);
	if (!sink->daemon) {
		close(fd);
		return tocsin_fail(err, TOCSIN_IO, "cannot start the HTTP server");
	}
	return TOCSIN_OK;
}

enum tocsin_code sink_open(const struct sink_options *options, struct sink **ret_sink, struct tocsin_error *err)
{
	struct sink *sink = mem_zero(sizeof(*sink));
	enum tocsin_code code = TOCSIN_OK;

	if (!sink)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a sink");
	sink->options = *options;
	sink->signal_fd = -1;
	sink->record_fd = -1;
	if (options->record) {
		/* What a sink is sent may hold credentials: its record is its owner's alone. */
		sink->record_fd = open(options->record, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
		if (sink->record_fd < 0)
			code = tocsin_fail(err, TOCSIN_IO, "cannot write to %s: %s", options->record, strerror(errno));
	}
	if (!code)
		code = watch_signals(sink, err);
	if (!code)
		code = start_daemon(sink, err);
	if (code) {
		sink_close(sink);
		return code;
	}
	*ret_sink = sink;
	return TOCSIN_OK;
}

void sink_close(struct sink *sink)
{
	if (!sink)
		return;
	if (sink->daemon)
		MHD_stop_daemon(sink->daemon);
	if (sink->signal_fd >= 0)
		close(sink->signal_fd);
	if (sink->record_fd >= 0)
		close(sink->record_fd);
	if (sink->signals_blocked)
		sigprocmask(SIG_SETMASK, &sink->signals_before, NULL);
	mem_free(sink);
}

const char *sink_url(const struct sink *sink)
{
	return sink->url;
}

int64_t sink_answered(const struct sink *sink)
{
	return sink->answered;
}

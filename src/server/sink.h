/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_SINK_H
#define SERVER_SINK_H

/*
 * An HTTP receiver for trying things out: it answers every request, prints it, and records it. It runs in
 * the caller's thread.
 *
 *	sink_open(&options, &sink, err);
 *	puts(sink_url(sink));
 *	sink_run(sink, &end, err);
 *	sink_close(sink);
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <tocsin/error.h>

#define SINK_BODY_CEILING (1024ul * 1024) /* a larger body is answered 413 */
#define SINK_CONNECTIONS_CEILING 64
#define SINK_IDLE_SECONDS 30 /* a connection that says nothing for so long is closed */

struct sink_options {
	const char *listen; /* HOST:PORT; port 0: any */
	const char *record; /* file to which each request is added as one line of JSON; NULL: none */
	FILE *out; /* where requests are printed; NULL: nowhere */
	unsigned status; /* of the answers */
	int64_t fail_first; /* so many requests are answered fail_status first */
	unsigned fail_status;
	int64_t retry_after_seconds; /* Retry-After of answers of 400 and more; -1: none */
	int64_t count; /* end after so many requests; 0: no end */
	int64_t timeout_ms; /* end after so long; 0: no end */
};

enum sink_end {
	SINK_COUNTED, /* `count` requests were answered */
	SINK_SIGNALLED, /* SIGINT or SIGTERM */
	SINK_TIMED_OUT, /* `timeout_ms` passed first */
};

struct sink;

/* Listens from here on. SIGINT and SIGTERM are blocked until sink_close(): sink_run() waits for them. */
enum tocsin_code sink_open(const struct sink_options *options, struct sink **ret_sink, struct tocsin_error *err);
void sink_close(struct sink *sink);

const char *sink_url(const struct sink *sink);
int64_t sink_answered(const struct sink *sink); /* requests whose answer was sent */

/* Serves until one of the ends. Fails when a request could not be recorded or printed; it was answered 500. */
enum tocsin_code sink_run(struct sink *sink, enum sink_end *ret_end, struct tocsin_error *err);

#endif

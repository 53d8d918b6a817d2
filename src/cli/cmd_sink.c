/* SPDX-License-Identifier: Apache-2.0 */
/* tocsin sink: an HTTP receiver for trying things out. The server is server/sink.c; this is its command line. */
#include "cli/commands.h"

#include <stdio.h>

#include "cli/report.h"
#include "server/sink.h"

#define DEFAULT_LISTEN "127.0.0.1:9199"
#define DEFAULT_STATUS 200
#define DEFAULT_FAIL_STATUS 503
#define COUNT_CEILING 1000000000

static enum cli_exit read_status(const struct call *call, const char *name, unsigned *ret_status)
{
	int64_t status = *ret_status;
	const enum cli_exit code = call_integer(call, name, 200, 599, &status);

	*ret_status = (unsigned)status;
	return code;
}

static enum cli_exit read_options(const struct call *call, struct sink_options *ret_options)
{
	struct sink_options options = {
		.listen = call_has(call, "listen") ? call_value(call, "listen") : DEFAULT_LISTEN,
		.record = call_value(call, "record"),
		.out = call_has(call, "quiet") ? NULL : stdout,
		.status = DEFAULT_STATUS,
		.fail_status = DEFAULT_FAIL_STATUS,
		.retry_after_seconds = -1,
	};

	if (read_status(call, "status", &options.status) || read_status(call, "fail-status", &options.fail_status) ||
	    call_integer(call, "fail-first", 0, COUNT_CEILING, &options.fail_first) ||
	    call_integer(call, "retry-after", 0, COUNT_CEILING, &options.retry_after_seconds) ||
	    call_integer(call, "count", 1, COUNT_CEILING, &options.count) ||
	    call_duration(call, "timeout", &options.timeout_ms))
		return CLI_USAGE;
	*ret_options = options;
	return CLI_OK;
}

static enum cli_exit serve(struct sink *sink, const struct sink_options *options)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	const long long wanted = options->count;
	enum sink_end end;

	/* Whoever started us waits for this line to know the port. */
	printf("listening on %s\n", sink_url(sink));
	if (fflush(stdout))
		return CLI_OK; /* the end of the program says why */
	if (sink_run(sink, &end, &err))
		return report_error(&err);
	if (wanted && end != SINK_COUNTED)
		return report("%lld of %lld requests came %s", (long long)sink_answered(sink), wanted,
			      end == SINK_TIMED_OUT ? "in time" : "before the end");
	return CLI_OK;
}

static enum cli_exit run(const struct call *call)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct sink_options options;
	struct sink *sink = NULL;
	enum cli_exit status = read_options(call, &options);

	if (status)
		return status;
	switch (sink_open(&options, &sink, &err)) {
	case TOCSIN_OK:
		break;
	case TOCSIN_INVALID:
		return report_usage("--listen: %s", tocsin_error_at(&err, 0));
	default:
		return report_error(&err);
	}
	status = serve(sink, &options);
	sink_close(sink);
	return status;
}

const struct command cmd_sink = {
	.name = "sink",
	.summary = "receive, print and record HTTP requests, for trying things out",
	.description =
		"Listens for HTTP, answers every request and prints it: time, method, path, answer and body. The "
		"first line says where it listens. It stands where a service would be, to see what an adapter "
		"sends and how a delivery fails; it asks nobody for a password, so keep it on the loopback "
		"address.\n\n"
		"A body may have 1 MiB; a larger one is answered 413. SIGINT and SIGTERM end it.",
	.options =
		(const struct command_option[]){
			{.name = "listen",
			 .letter = 'l',
			 .argument = "HOST:PORT",
			 .help = "where to listen (" DEFAULT_LISTEN "); port 0 takes any that is free"},
			{.name = "record",
			 .letter = 'r',
			 .argument = "FILE",
			 .completes = COMPLETES_FILES,
			 .help = "add each request to this file as a line of JSON: time, method, path, status, "
				 "headers, bytes, body, json"},
			{.name = "status", .letter = 's', .argument = "N", .help = "the status of the answers (200)"},
			{.name = "fail-first",
			 .argument = "N",
			 .help = "answer so many requests with --fail-status first"},
			{.name = "fail-status", .argument = "N", .help = "the status of those (503)"},
			{.name = "retry-after",
			 .argument = "SECONDS",
			 .help = "send Retry-After with answers of 400 and more"},
			{.name = "count",
			 .letter = 'n',
			 .argument = "N",
			 .help = "end after so many requests; ending with fewer is a failure"},
			{.name = "timeout",
			 .letter = 't',
			 .argument = "DURATION",
			 .help = "end after so long, such as 10s"},
			{.name = "quiet", .letter = 'q', .help = "do not print requests"},
			{.name = NULL},
		},
	.examples =
		(const char *const[]){
			"tocsin sink --record requests.jsonl",
			"tocsin sink --listen 127.0.0.1:0 --count 3 --timeout 10s",
			"tocsin sink --fail-first 2 --retry-after 1",
			NULL,
		},
	.run = run,
};

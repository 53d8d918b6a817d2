/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payloads from files; see payload.h.
 *
 * What a sender could not post is not read from a file either: the ceilings are those of the dialects.
 */
#include "cli/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "cli/report.h"

static enum tocsin_code read_all(int fd, struct buffer *text, struct tocsin_error *err)
{
	char chunk[16384];

	for (;;) {
		const ssize_t length = read(fd, chunk, sizeof(chunk));

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return tocsin_fail(err, TOCSIN_IO, "cannot read: %s", strerror(errno));
		if (length == 0)
			return TOCSIN_OK;
		buffer_add(text, chunk, (size_t)length);
		if (buffer_code(text) == TOCSIN_LIMIT)
			return tocsin_fail(err, TOCSIN_LIMIT, "a payload may have %d bytes, and this has more",
					   DIALECT_BYTES_CEILING);
		if (buffer_code(text))
			return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the payload");
	}
}

static enum tocsin_code read_file(const char *path, struct buffer *text, struct tocsin_error *err)
{
	const bool is_stdin = strcmp(path, "-") == 0;
	const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	enum tocsin_code code;

	if (fd < 0)
		return tocsin_fail(err, TOCSIN_IO, "cannot open: %s", strerror(errno));
	code = read_all(fd, text, err);
	if (!is_stdin)
		close(fd);
	return code;
}

static enum tocsin_code read_json(const char *path, json_t **ret_json, struct problems *problems,
				  struct tocsin_error *err)
{
	struct buffer text;
	enum tocsin_code code;

	buffer_init(&text, DIALECT_BYTES_CEILING);
	code = read_file(path, &text, err);
	if (!code)
		code = dialect_parse(buffer_text(&text), text.length, ret_json, problems, err);
	buffer_release(&text);
	return code;
}

static enum tocsin_code payload_read(const char *path, const char *dialect, struct payload *ret_payload,
				     struct tocsin_error *err)
{
	struct payload *payload = ret_payload;
	enum dialect spoken = DIALECT_NATIVE;
	json_t *json = NULL;
	enum tocsin_code code;

	*payload = (struct payload){.name = strcmp(path, "-") == 0 ? "stdin" : path};
	code = read_json(path, &json, &payload->problems, err);
	if (!code && !dialect)
		spoken = dialect_guess(json);
	else if (!code && dialect_parse_name(dialect, &spoken))
		code = tocsin_fail(err, TOCSIN_INVALID, "\"%s\" is no dialect", dialect);
	if (!code)
		code = dialect_read(spoken, json, &payload->events, &payload->problems, err);
	json_decref(json);
	if (code)
		tocsin_wrap(err, "%s", payload->name);
	return code;
}

/* Whether the error says nothing but that there are these problems. */
static bool is_of_problems(const struct tocsin_error *err, const struct problems *problems)
{
	struct tocsin_error same = TOCSIN_ERROR_INIT;

	return problems_fail(problems, &same) && strcmp(tocsin_error_at(err, 0), tocsin_error_at(&same, 0)) == 0;
}

enum cli_exit payload_load(const struct call *call, struct payload *ret_payload)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	const enum tocsin_code code = payload_read(call->operands[0], call_value(call, "dialect"), ret_payload, &err);

	if (code && !is_of_problems(&err, &ret_payload->problems))
		report_error(&err);
	report_problems(ret_payload->name, &ret_payload->problems);
	return code ? CLI_FAILED : CLI_OK;
}

void payload_release(struct payload *payload)
{
	events_release(&payload->events);
	problems_release(&payload->problems);
}

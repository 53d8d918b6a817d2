/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a worker: read a message, run the action, answer.
 *
 * One thread, one message at a time, blocking reads: the host has the clock. The host is trusted and the
 * plugin's code shares this address space, so that nothing here is a boundary; what the host relies on, it
 * checks itself. A message that the host must not send ends the worker with a line on stderr, which the
 * host then shows.
 */
#include "host/worker_child.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "contract/manifest.h"
#include "contract/values.h"
#include "host/call.h"
#include "host/frame.h"
#include "host/setup.h"

#define FIRST_ROOM 16384 /* most messages come with one read */

struct child {
	struct plugin *plugin;
	json_t *settings;
	struct bound_values bound;
	bool is_bound;
	char *in;
	size_t room;
	int64_t began_ns; /* of the call in progress */
	json_t *nested; /* its nested calls; NULL when one could not be kept */
};

/* Reads until `used` is `length`. The host never sends a second message before the answer to the first. */
static enum tocsin_code fill(struct child *child, size_t *used, size_t length, struct tocsin_error *err)
{
	if (child->room < length) {
		const size_t room = length > FIRST_ROOM ? length : FIRST_ROOM;
		char *in = mem_grow(child->in, room, 1);

		if (!in)
			return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a message");
		child->in = in;
		child->room = room;
	}
	while (*used < length) {
		const ssize_t got = recv(SETUP_SOCKET, child->in + *used, child->room - *used, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return tocsin_fail(err, TOCSIN_IO, "reading from the host: %s", strerror(errno));
		if (!got)
			return tocsin_fail(err, TOCSIN_IO, "the host went away within a message");
		*used += (size_t)got;
	}
	return TOCSIN_OK;
}

/* The next message; NULL when the host closed the socket between two. */
static enum tocsin_code read_message(struct child *child, json_t **ret_message, struct tocsin_error *err)
{
	enum tocsin_code code;
	size_t used = 0, length;

	code = fill(child, &used, FRAME_HEAD, err);
	if (code == TOCSIN_IO && !used) {
		*ret_message = NULL;
		return TOCSIN_OK;
	}
	if (!code)
		code = frame_length((const unsigned char *)child->in, &length, err);
	if (!code)
		code = fill(child, &used, FRAME_HEAD + length, err);
	if (!code && used > FRAME_HEAD + length)
		code = tocsin_fail(err, TOCSIN_PROTOCOL, "the host sent more than one message");
	return code ? code : frame_decode(child->in + FRAME_HEAD, length, ret_message, err);
}

static enum tocsin_code send_all(const char *bytes, size_t length, struct tocsin_error *err)
{
	size_t sent = 0;

	while (sent < length) {
		const ssize_t put = send(SETUP_SOCKET, bytes + sent, length - sent, MSG_NOSIGNAL);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return tocsin_fail(err, TOCSIN_IO, "writing to the host: %s", strerror(errno));
		sent += (size_t)put;
	}
	return TOCSIN_OK;
}

/* Sends a message and lets go of it; NULL is one for which there was no memory. */
static enum tocsin_code say(json_t *message, struct tocsin_error *err)
{
	enum tocsin_code code;
	size_t length;
	char *bytes;

	if (!message)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a message");
	code = frame_encode(message, &bytes, &length, err);
	json_decref(message);
	if (code)
		return code;
	code = send_all(bytes, length, err);
	mem_free(bytes);
	return code;
}

/* Takes over `value` and `error`. */
static json_t *result_message(json_int_t id, enum tocsin_code code, json_t *value, json_t *error, json_t *nested)
{
	return json_pack("{s:s, s:I, s:s, s:o, s:o, s:o}", "type", "result", "id", id, "code", tocsin_code_name(code),
			 "value", value, "error", error, "nested", nested);
}

/* A nested call ended: it goes into the answer. */
static void keep_nested(void *data, struct invocation *record)
{
	struct child *child = data;
	const int64_t offset_ns = clock_monotonic_ns() - child->began_ns - record->duration_ns;
	json_t *json =
		json_pack("{s:s, s:s, s:I, s:I, s:O?, s:O?}", "action", record->action, "outcome",
			  tocsin_code_name(record->outcome), "offset_ns", (json_int_t)offset_ns, "duration_ns",
			  (json_int_t)record->duration_ns, "arguments", record->arguments, "error", record->error);

	if (json_array_append_new(child->nested, json)) {
		json_decref(child->nested);
		child->nested = NULL;
	}
}

/* Settings are bound at the first call: only then has the host seen that the contracts agree. */
static enum tocsin_code bind_settings(struct child *child, struct tocsin_error *err)
{
	const struct plugin *plugin = child->plugin;
	enum tocsin_code code;

	if (child->is_bound)
		return TOCSIN_OK;
	code = values_bind(plugin->fields, plugin->field_count, plugin->settings_size, child->settings, &child->bound,
			   err);
	child->is_bound = !code;
	return code;
}

static enum tocsin_code run(struct child *child, const char *name, json_t *arguments, const json_t *off,
			    json_t **ret_value, struct tocsin_error *err)
{
	const struct action *action = plugin_action(child->plugin, name, err);
	struct call call = {.plugin = child->plugin,
			    .registered = child->plugin,
			    .off = off,
			    .recorded = keep_nested,
			    .data = child};
	enum tocsin_code code = action ? bind_settings(child, err) : TOCSIN_NOT_FOUND;

	call.settings = child->bound.memory;
	return code ? code : call_run(&call, action, arguments, ret_value, err);
}

/* Runs what was asked and answers. Fails when the message is none or the answer cannot be given. */
static enum tocsin_code serve(struct child *child, const json_t *message, struct tocsin_error *err)
{
	struct tocsin_error why = TOCSIN_ERROR_INIT;
	json_t *arguments, *off = NULL, *value = NULL;
	const char *type, *name;
	enum tocsin_code code;
	json_int_t id;

	if (json_unpack((json_t *)message, "{s:s, s:I, s:s, s:o, s?:o}", "type", &type, "id", &id, "action", &name,
			"arguments", &arguments, "off", &off) ||
	    strcmp(type, "invoke") != 0)
		return tocsin_fail(err, TOCSIN_PROTOCOL, "the host sent something else than a call");
	child->nested = json_array();
	child->began_ns = clock_monotonic_ns();
	code = run(child, name, arguments, off, &value, &why);
	fflush(stdout);
	code = say(result_message(id, code, code ? json_null() : value, code ? error_chain_json(&why) : json_null(),
				  child->nested),
		   err);
	if (code == TOCSIN_LIMIT) {
		tocsin_wrap(err, "answering the host");
		code = say(result_message(id, code, json_null(), error_chain_json(err), json_array()), err);
	}
	return code;
}

/* The first exchange: what became of the set-up. `*ret_ready` when there is a loop to run. */
static enum tocsin_code introduce(struct child *child, enum tocsin_code code, const struct tocsin_error *why,
				  bool *ret_ready, struct tocsin_error *err)
{
	json_t *message = NULL, *answer;
	const char *type;
	enum tocsin_code read = read_message(child, &message, err);

	*ret_ready = false;
	if (read || !message)
		return read;
	if (json_unpack(message, "{s:s, s:O}", "type", &type, "settings", &child->settings) ||
	    strcmp(type, "start") != 0) {
		json_decref(message);
		return tocsin_fail(err, TOCSIN_PROTOCOL, "the host did not begin with \"start\"");
	}
	json_decref(message);
	if (code)
		answer = json_pack("{s:s, s:s, s:o}", "type", "refused", "code", tocsin_code_name(code), "error",
				   error_chain_json(why));
	else
		answer = json_pack("{s:s, s:o}", "type", "ready", "manifest", plugin_manifest(child->plugin));
	*ret_ready = !code;
	return say(answer, err);
}

static enum tocsin_code loop(struct child *child, struct tocsin_error *err)
{
	enum tocsin_code code;
	json_t *message;

	for (;;) {
		code = read_message(child, &message, err);
		if (code || !message)
			return code;
		code = serve(child, message, err);
		json_decref(message);
		if (code)
			return code;
	}
}

int worker_child_main(int argc, char **argv)
{
	struct tocsin_error why = TOCSIN_ERROR_INIT, err = TOCSIN_ERROR_INIT;
	struct setup setup = {.tier = TOCSIN_TIER_PURE};
	struct child child = {0};
	enum tocsin_code code;
	struct stat about;
	char line[TOCSIN_ERROR_ROOM];
	bool ready;

	if (argc != 4 || fstat(SETUP_SOCKET, &about) || !S_ISSOCK(about.st_mode)) {
		fprintf(stderr, "tocsin-worker: tocsin starts this program by itself, it is of no use by hand\n");
		return 2;
	}
	mem_use_for_json();
	/* Whole lines leave at once, so that the last one before a crash is there to be shown. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	setup.origin = argv[3];
	if (strcmp(argv[2], tier_name(TOCSIN_TIER_UNCONFINED)) == 0)
		setup.tier = TOCSIN_TIER_UNCONFINED;
	code = setup_run(&setup, &why);
	child.plugin = setup.plugin;
	code = introduce(&child, code, &why, &ready, &err);
	if (!code && ready)
		code = loop(&child, &err);
	if (code)
		fprintf(stderr, "tocsin-worker: %s\n", tocsin_error_line(&err, line, sizeof(line)));
	bound_values_release(&child.bound);
	json_decref(child.settings);
	plugin_unref(child.plugin);
	mem_free(child.in);
	return code ? 1 : 0;
}

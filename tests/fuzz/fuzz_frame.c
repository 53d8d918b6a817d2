/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker sends, of any bytes: the length, the JSON, and the answer to a call or to "start". The first
 * byte says what was asked, the rest is the message. What is accepted is what the contract allows; what is
 * not has a code and a sentence.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The contract that answers are held to. */
#define tocsin_plugin_table echo_table
#include "../host/echo.c"
#include "base/alloc.h"
#include "base/json.h"
#include "contract/result.h"
#include "host/call.h"
#include "host/frame.h"
#include "host/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ID 1
#define DURATION_NS 5000000
#define WALL_MS 1700000000000

static void require(int condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void require_told(enum tocsin_code code, const struct tocsin_error *err)
{
	require(code == err->code, "the code of the error");
	require(err->count > 0 && *tocsin_error_at(err, 0), "a sentence");
}

static const struct plugin *contract(void)
{
	static struct plugin *plugin;

	if (!plugin) {
		mem_use_for_json();
		require(plugin_compile(&echo_table, PLUGIN_LIVE, "echo.c", &plugin, NULL) == TOCSIN_OK, "a contract");
	}
	return plugin;
}

static void check_length(const uint8_t *data, size_t size)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	enum tocsin_code code;
	size_t length = 0;

	if (size < FRAME_HEAD)
		return;
	code = frame_length(data, &length, &err);
	if (code)
		require_told(code, &err);
	else
		require(length > 0 && length <= FRAME_CEILING, "a length within its ceiling");
}

static void check_value(const json_t *value, enum tocsin_returns returns)
{
	static const char *const types[] = {
		[TOCSIN_RETURNS_NOTHING] = "NoneType",
		[TOCSIN_RETURNS_TEXT] = "str",
		[TOCSIN_RETURNS_OBJECT] = "dict",
	};

	require(strcmp(result_type_name(value), types[returns]) == 0, "a value of the declared type");
}

static void check_record(const struct invocation *record)
{
	const struct action *action = plugin_find_action(contract(), record->action);
	struct problems problems = {0};
	json_t *checked = NULL;

	require(action && action->name == record->action, "a name of the contract");
	require(record->duration_ns >= 0 && record->duration_ns <= DURATION_NS, "a duration within the call's");
	require(record->wall_ms >= WALL_MS && record->wall_ms <= WALL_MS + DURATION_NS / 1000000, "a time within it");
	require(!record->outcome == !record->error && !record->outcome == !!record->result_type, "one or the other");
	require(!record->arguments || json_is_object(record->arguments), "arguments");
	if (!record->outcome)
		require(values_check(action->parameters, action->parameter_count, record->arguments, "", &checked,
				     &problems) == TOCSIN_OK,
			"arguments that the action takes");
	json_decref(checked);
}

static void check_reply(const json_t *message, const struct action *action)
{
	const struct question question = {
		.plugin = contract(), .action = action, .id = ID, .wall_ms = WALL_MS, .duration_ns = DURATION_NS};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	enum tocsin_code said = TOCSIN_OK;
	struct worker_reply reply = {0};
	const enum tocsin_code code = reply_read(message, &question, &reply, &said, &err);

	if (code) {
		require(code == TOCSIN_PROTOCOL, "a refusal that blames the worker");
		require_told(code, &err);
		require(!reply.value && !reply.nested, "nothing of what was refused");
		return;
	}
	if (said)
		require_told(said, &err);
	require(!said == !!reply.value, "a value or a failure");
	if (!said)
		check_value(reply.value, action->returns);
	require(reply.nested_count <= CALL_NESTED_CEILING, "nested calls within their ceiling");
	for (size_t i = 0; i < reply.nested_count; i++)
		check_record(&reply.nested[i]);
	worker_reply_release(&reply);
}

static void check_ready(const json_t *message)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	const enum tocsin_code code = reply_read_ready(message, contract(), &err);

	if (code)
		require_told(code, &err);
	else
		require(strcmp(json_get_text(message, "type", ""), "ready") == 0, "a message that says ready");
}

/* What was read can be written, and is then the same. */
static void check_again(const json_t *message)
{
	size_t length = 0;
	char *bytes = NULL;
	json_t *again = NULL;
	const enum tocsin_code code = frame_encode(message, &bytes, &length, NULL);

	if (code) {
		/* Escapes are longer than what they stand for. */
		require(code == TOCSIN_LIMIT, "a message that is too large only");
		return;
	}
	require(frame_decode(bytes + FRAME_HEAD, length - FRAME_HEAD, &again, NULL) == TOCSIN_OK, "a message to read");
	require(json_equal(message, again), "the same message");
	json_decref(again);
	mem_free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct plugin *plugin = contract();
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *message = NULL;
	enum tocsin_code code;

	if (!size)
		return 0;
	check_length(data + 1, size - 1);
	code = frame_decode((const char *)data + 1, size - 1, &message, &err);
	if (code) {
		require(code == TOCSIN_PROTOCOL, "a refusal that blames the worker");
		require_told(code, &err);
		return 0;
	}
	check_again(message);
	if (data[0] == 'R')
		check_ready(message);
	else
		check_reply(message, &plugin->actions[data[0] % plugin->action_count]);
	json_decref(message);
	return 0;
}

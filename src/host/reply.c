/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of workers, checked; see reply.h.
 *
 * Every member must be there, of its type, and nothing else. Names are looked up in the contract that the
 * host read and the contract's own text is kept, so that nothing recorded depends on the worker's spelling.
 * Times are the worker's word, held within the time that the host measured. Codes that only the host may use
 * become TOCSIN_FAILED, and sentences are kept as those of any error are: one line each, cut, in bounded room.
 */
#include "host/reply.h"

#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/code.h"
#include "base/json.h"
#include "contract/manifest.h"
#include "contract/result.h"
#include "contract/values.h"
#include "host/call.h"

#define SENTENCES_CEILING 64
#define SENTENCES_KEPT 16 /* the cause and those next to it */

void worker_reply_release(struct worker_reply *reply)
{
	if (!reply)
		return;
	json_decref(reply->value);
	for (size_t i = 0; i < reply->nested_count; i++)
		invocation_release(&reply->nested[i]);
	mem_free(reply->nested);
	*reply = (struct worker_reply){0};
}

/* Takes a message apart, which must have just these members; `what` names it in the failure. */
static enum tocsin_code unpack(const json_t *json, const char *what, struct tocsin_error *err, const char *format, ...)
{
	const size_t failures = mem_failures();
	json_error_t reason;
	va_list members;
	int failed;

	va_start(members, format);
	failed = json_vunpack_ex((json_t *)json, &reason, JSON_STRICT, format, members);
	va_end(members);
	if (mem_failures() != failures)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to take %s apart", what);
	if (failed)
		return tocsin_fail(err, TOCSIN_PROTOCOL, "%s has not the right members: %s", what, reason.text);
	return TOCSIN_OK;
}

static enum tocsin_code fail_name(struct tocsin_error *err, const char *what, const char *name)
{
	return tocsin_fail(err, TOCSIN_PROTOCOL, "%s \"%.64s\"", what, name);
}

/* A code, and sentences if and only if it is a failure. */
static enum tocsin_code read_outcome(const char *name, const json_t *error, enum tocsin_code *ret_code,
				     struct tocsin_error *err)
{
	enum tocsin_code code;

	if (!code_find(name, &code))
		return fail_name(err, "there is no outcome", name);
	if (!code && !json_is_null(error))
		return tocsin_fail(err, TOCSIN_PROTOCOL, "a success came with an error");
	if (code && (!json_array_size(error) || json_array_size(error) > SENTENCES_CEILING))
		return tocsin_fail(err, TOCSIN_PROTOCOL, "a failure came without 1 to %d sentences", SENTENCES_CEILING);
	for (size_t i = 0; i < json_array_size(error); i++)
		if (!json_string_length(json_array_get(error, i)))
			return tocsin_fail(err, TOCSIN_PROTOCOL, "a failure came with a sentence that is none");
	*ret_code = code;
	return TOCSIN_OK;
}

/* What a worker's word for a failure counts as; `met_switch`: the action called one that is off. */
static enum tocsin_code own_code(enum tocsin_code said, bool met_switch)
{
	if (!said || call_may_say(said) || (said == TOCSIN_DISABLED && met_switch))
		return said;
	return TOCSIN_FAILED;
}

/* Sentences, outermost first, as an error. */
static void tell(const json_t *sentences, enum tocsin_code code, struct tocsin_error *err)
{
	const size_t count = json_array_size(sentences);
	const size_t first = count > SENTENCES_KEPT ? count - SENTENCES_KEPT : 0;
	size_t i = count - 1;

	tocsin_fail(err, code, "%s", json_string_value(json_array_get(sentences, i)));
	while (i-- > first)
		tocsin_wrap(err, "%s", json_string_value(json_array_get(sentences, i)));
}

/* Whether the value is of the declared type. */
static bool is_returned(const json_t *value, enum tocsin_returns returns)
{
	switch (returns) {
	case TOCSIN_RETURNS_NOTHING:
		return json_is_null(value);
	case TOCSIN_RETURNS_TEXT:
		return json_is_string(value);
	case TOCSIN_RETURNS_OBJECT:
		return json_is_object(value);
	}
	return false;
}

static const char *returned_type(enum tocsin_returns returns)
{
	return returns == TOCSIN_RETURNS_TEXT ? "str" : returns == TOCSIN_RETURNS_OBJECT ? "dict" : "NoneType";
}

static int64_t within(json_int_t time, int64_t ceiling)
{
	return time < 0 ? 0 : time > ceiling ? ceiling : time;
}

/* The arguments of a nested call that succeeded must be what the contract allows. */
static enum tocsin_code check_arguments(const struct action *action, const json_t *arguments, json_t **ret_checked,
					struct tocsin_error *err)
{
	struct problems problems = {0};
	enum tocsin_code code =
		values_check(action->parameters, action->parameter_count, arguments, "", ret_checked, &problems);

	problems_release(&problems);
	if (code == TOCSIN_NO_MEMORY)
		return tocsin_fail(err, code, "no memory for a nested call's arguments");
	if (code)
		return tocsin_fail(err, TOCSIN_PROTOCOL, "a nested call of %s has arguments that it does not take",
				   action->name);
	return TOCSIN_OK;
}

/* The sentences as a record keeps them. NULL without memory: the record then has none. */
static json_t *kept_sentences(const json_t *sentences, enum tocsin_code code)
{
	struct tocsin_error kept = TOCSIN_ERROR_INIT;

	tell(sentences, code, &kept);
	return error_chain_json(&kept);
}

/* `met_switch` is set when this call was refused by a switch, which calls around it then may pass on. */
static enum tocsin_code read_nested(const json_t *json, const struct question *question, bool *met_switch,
				    struct invocation *ret_record, struct tocsin_error *err)
{
	struct invocation record = {0};
	const char *name = "", *outcome = "";
	json_int_t offset_ns = 0, duration_ns = 0;
	json_t *arguments = NULL, *error = NULL;
	const struct action *action;
	enum tocsin_code code = unpack(json, "a nested call", err, "{s:s, s:s, s:I, s:I, s:o, s:o}", "action", &name,
				       "outcome", &outcome, "offset_ns", &offset_ns, "duration_ns", &duration_ns,
				       "arguments", &arguments, "error", &error);

	if (!code)
		code = read_outcome(outcome, error, &record.outcome, err);
	if (code)
		return code;
	action = plugin_find_action(question->plugin, name);
	if (!action)
		return fail_name(err, "a nested call is of an action that the contract does not have,", name);
	*met_switch |= record.outcome == TOCSIN_DISABLED && json_object_get(question->off, action->name);
	record.outcome = own_code(record.outcome, *met_switch);
	if (!record.outcome)
		code = check_arguments(action, arguments, &record.arguments, err);
	else if (json_is_object(arguments))
		record.arguments = json_incref(arguments);
	else if (!json_is_null(arguments))
		code = tocsin_fail(err, TOCSIN_PROTOCOL, "a nested call's arguments are %s", json_kind(arguments));
	if (code)
		return code;
	if (record.outcome)
		record.error = kept_sentences(error, record.outcome);
	else
		record.result_type = returned_type(action->returns);
	record.action = action->name;
	record.wall_ms = question->wall_ms + within(offset_ns, question->duration_ns) / 1000000;
	record.duration_ns = within(duration_ns, question->duration_ns);
	*ret_record = record;
	return TOCSIN_OK;
}

static enum tocsin_code read_all_nested(const json_t *list, const struct question *question, bool *met_switch,
					struct worker_reply *reply, struct tocsin_error *err)
{
	const size_t count = json_array_size(list);
	enum tocsin_code code = TOCSIN_OK;

	if (!json_is_array(list) || count > CALL_NESTED_CEILING)
		return tocsin_fail(err, TOCSIN_PROTOCOL, "the nested calls are not a list of at most %d",
				   CALL_NESTED_CEILING);
	if (!count)
		return TOCSIN_OK;
	reply->nested = mem_array(count, sizeof(*reply->nested));
	if (!reply->nested)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the records of nested calls");
	for (size_t i = 0; i < count && !code; i++) {
		code = read_nested(json_array_get(list, i), question, met_switch, &reply->nested[i], err);
		if (!code)
			reply->nested_count++;
	}
	return code;
}

enum tocsin_code reply_read(const json_t *message, const struct question *question, struct worker_reply *ret_reply,
			    enum tocsin_code *ret_code, struct tocsin_error *err)
{
	const struct action *action = question->action;
	struct worker_reply reply = {0};
	const char *type = "", *outcome = "";
	json_t *value = NULL, *error = NULL, *nested = NULL;
	enum tocsin_code code, said = TOCSIN_OK;
	bool met_switch = false;
	json_int_t id = 0;

	code = unpack(message, "the answer", err, "{s:s, s:I, s:s, s:o, s:o, s:o}", "type", &type, "id", &id, "code",
		      &outcome, "value", &value, "error", &error, "nested", &nested);
	if (code)
		return code;
	if (strcmp(type, "result") != 0)
		return fail_name(err, "the answer is not a result but", type);
	if (id < 0 || (uint64_t)id != question->id)
		return tocsin_fail(err, TOCSIN_PROTOCOL, "the answer is to call %lld, the question was call %llu",
				   (long long)id, (unsigned long long)question->id);
	code = read_outcome(outcome, error, &said, err);
	if (!code && said && !json_is_null(value))
		code = tocsin_fail(err, TOCSIN_PROTOCOL, "a failure came with a value");
	if (!code && !said && !is_returned(value, action->returns))
		code = tocsin_fail(err, TOCSIN_PROTOCOL, "%s returns %s, the answer is %s", action->name,
				   returned_type(action->returns), result_type_name(value));
	if (!code)
		code = read_all_nested(nested, question, &met_switch, &reply, err);
	if (code) {
		worker_reply_release(&reply);
		return code;
	}
	said = own_code(said, met_switch);
	if (said)
		tell(error, said, err);
	else
		reply.value = json_incref(value);
	*ret_reply = reply;
	*ret_code = said;
	return TOCSIN_OK;
}

static enum tocsin_code read_refusal(const json_t *message, struct tocsin_error *err)
{
	const char *type = "", *outcome = "";
	enum tocsin_code code, said = TOCSIN_OK;
	json_t *error = NULL;

	code = unpack(message, "the refusal", err, "{s:s, s:s, s:o}", "type", &type, "code", &outcome, "error", &error);
	if (!code)
		code = read_outcome(outcome, error, &said, err);
	if (code)
		return code;
	if (!said)
		return tocsin_fail(err, TOCSIN_PROTOCOL, "the worker refused to start and called it a success");
	/* Constructors ran before this was said: it may be the plugin's word. */
	if (said == TOCSIN_DISABLED)
		return tocsin_fail(err, TOCSIN_PROTOCOL,
				   "the worker refused to start with a switch that it cannot know of");
	tell(error, said, err);
	return said;
}

enum tocsin_code reply_read_ready(const json_t *message, const struct plugin *plugin, struct tocsin_error *err)
{
	const char *type = json_get_text(message, "type", "");
	json_t *live = NULL, *expected;
	enum tocsin_code code;
	bool same;

	if (strcmp(type, "refused") == 0)
		return read_refusal(message, err);
	code = unpack(message, "the first message", err, "{s:s, s:o}", "type", &type, "manifest", &live);
	if (code)
		return code;
	if (strcmp(type, "ready") != 0)
		return fail_name(err, "the first message is not \"ready\" but", type);
	expected = plugin_manifest(plugin);
	if (!expected)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to compare contracts");
	same = json_equal(live, expected);
	json_decref(expected);
	if (!same)
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the contract in the loaded plugin is not the one that was read from %s",
				   plugin->origin);
	return TOCSIN_OK;
}

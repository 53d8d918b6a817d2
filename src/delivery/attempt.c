/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt; see attempt.h.
 *
 * Whatever happens on the way, a record comes of it: the adapter's failures and the service's are outcomes
 * here, not errors. Only want of memory for the record itself is one. Nothing is put into the record
 * before it is masked.
 */
#include "delivery/attempt.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "delivery/http.h"
#include "delivery/opinion.h"
#include "delivery/stream.h"
#include "delivery/wire.h"
#include "incident/notification.h"

/* An attempt on its way. JSON members are NULL where there is nothing to record. */
struct trying {
	struct receiver *receiver;
	const json_t *notification;
	int64_t left_ms; /* of the deadline when it began; 0: there is none */
	int64_t began_ns;
	json_t *result; /* what deliver returned */
	const char *transport;
	json_t *request;
	json_t *response;
	json_t *text;
	json_t *outcome_error;
	struct tocsin_error err; /* why there was nothing to send */
	struct delivery_outcome outcome;
};

static void trying_release(struct trying *trying)
{
	json_decref(trying->result);
	json_decref(trying->request);
	json_decref(trying->response);
	json_decref(trying->text);
	json_decref(trying->outcome_error);
}

static const struct secrets *secrets_of(const struct trying *trying)
{
	return instance_secrets(trying->receiver->instance);
}

/* Sets the outcome from the error, with secrets masked in both. */
static void set_outcome(struct trying *trying, enum tocsin_outcome outcome, enum delivery_code code)
{
	char line[TOCSIN_ERROR_ROOM];

	secrets_hide_error(secrets_of(trying), &trying->err);
	outcome_set(&trying->outcome, outcome, code, "%s", tocsin_error_line(&trying->err, line, sizeof(line)));
}

/* ---- The adapter's turn ---- */

/*
 * What a failed `deliver` means. The function is pure: what it or its contract refused, it will refuse
 * again. A crash or a hang may be the moment's fault.
 */
static void judge_adapter(struct trying *trying, enum tocsin_code code)
{
	switch (code) {
	case TOCSIN_DISABLED:
		set_outcome(trying, TOCSIN_OUTCOME_RETRY, DELIVERY_DISABLED);
		break;
	case TOCSIN_FAILED:
	case TOCSIN_INVALID:
		set_outcome(trying, TOCSIN_OUTCOME_REJECTED, DELIVERY_ADAPTER);
		break;
	case TOCSIN_NO_MEMORY:
		set_outcome(trying, TOCSIN_OUTCOME_RETRY, DELIVERY_RUNTIME);
		break;
	default:
		set_outcome(trying, TOCSIN_OUTCOME_RETRY, DELIVERY_ADAPTER);
		break;
	}
}

/* Asks the adapter what to send; 0 when `result` is there. */
static int render(struct trying *trying)
{
	struct receiver *receiver = trying->receiver;
	const struct action *deliver = plugin_action(receiver->plugin, "deliver", &trying->err);
	enum tocsin_code code = TOCSIN_NOT_FOUND;
	json_t *arguments;

	if (deliver) {
		arguments = notification_arguments(trying->notification, deliver);
		code = arguments ? instance_invoke(receiver->instance, "deliver", arguments, &trying->result,
						   &trying->err)
				 : tocsin_fail(&trying->err, TOCSIN_NO_MEMORY, "no memory for the arguments");
		json_decref(arguments);
	}
	if (code)
		judge_adapter(trying, code);
	return code ? -1 : 0;
}

/* ---- Streams ---- */

/* Checks a text result; 0 when it may be written. */
static int check_text(struct trying *trying)
{
	const struct secret *secret = secrets_find(secrets_of(trying), json_string_value(trying->result));

	trying->transport = "stream";
	trying->text = secrets_hide_json(secrets_of(trying), trying->result);
	if (!trying->text) {
		tocsin_fail(&trying->err, TOCSIN_NO_MEMORY, "no memory for the text");
		set_outcome(trying, TOCSIN_OUTCOME_RETRY, DELIVERY_RUNTIME);
		return -1;
	}
	if (!secret)
		return 0;
	tocsin_fail(&trying->err, TOCSIN_DENIED, "the text holds the secret %s, which may not be written to a stream",
		    secret->field);
	set_outcome(trying, TOCSIN_OUTCOME_REJECTED, DELIVERY_SECRET);
	return -1;
}

/* ---- Requests ---- */

/* Reads the result as a request; 0 when it is one. */
static int read_request(struct trying *trying, struct request *ret_request)
{
	const enum tocsin_code code = request_read(trying->result, secrets_of(trying), ret_request, &trying->err);

	trying->transport = "http";
	if (code == TOCSIN_NO_MEMORY)
		set_outcome(trying, TOCSIN_OUTCOME_RETRY, DELIVERY_RUNTIME);
	else if (code)
		set_outcome(trying, TOCSIN_OUTCOME_REJECTED,
			    code == TOCSIN_DENIED ? DELIVERY_SECRET : DELIVERY_REQUEST);
	if (code)
		return -1;
	trying->request = request_preview(ret_request, secrets_of(trying));
	if (trying->request)
		return 0;
	tocsin_fail(&trying->err, TOCSIN_NO_MEMORY, "no memory to record the request");
	set_outcome(trying, TOCSIN_OUTCOME_RETRY, DELIVERY_RUNTIME);
	request_release(ret_request);
	return -1;
}

/* Lets the adapter's outcome(), if there is one, judge the response. Its failure leaves our judgement. */
static void ask_adapter(struct trying *trying, const struct response *response)
{
	struct tocsin_instance *instance = trying->receiver->instance;
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	if (!plugin_find_action(trying->receiver->plugin, "outcome") ||
	    !opinion_ask(instance, trying->result, response, &trying->outcome, &err))
		return;
	tocsin_wrap(&err, "asking the adapter's outcome(); the judgement is the runtime's own");
	secrets_hide_error(secrets_of(trying), &err);
	trying->outcome_error = error_chain_json(&err);
}

/* Holds the request to what is left of the deadline, if only for a moment. */
static void hold_to_deadline(const struct trying *trying, struct request *request)
{
	const int64_t left_ms = trying->left_ms - (clock_monotonic_ns() - trying->began_ns) / 1000000;

	if (trying->left_ms && left_ms < request->timeout_ms)
		request->timeout_ms = left_ms > 0 ? left_ms : 1;
}

static void send_request(struct trying *trying)
{
	const struct secrets *secrets = secrets_of(trying);
	struct transfer *transfer = NULL;
	struct response response;
	struct request request;

	if (read_request(trying, &request))
		return;
	hold_to_deadline(trying, &request);
	if (!transfer_new(&request, secrets, &trying->receiver->egress, &transfer, &trying->outcome, &trying->err)) {
		transfer_perform(transfer, &response, &trying->outcome);
		if (response.status)
			trying->response = response_json(&response, RESPONSE_RECORD_ROOM, false);
		if (response.complete)
			ask_adapter(trying, &response);
		response_release(&response);
	}
	transfer_free(transfer);
	request_release(&request);
}

/* ---- The record ---- */

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static int put_or_null(json_t *record, const char *key, json_t *value)
{
	return json_put(record, key, value ? json_incref(value) : json_null());
}

static int put_outcome(json_t *record, const struct delivery_outcome *outcome)
{
	return json_put(record, "outcome", json_string(outcome_name(outcome->outcome))) ||
	       json_put(record, "code", json_string(delivery_code_name(outcome->code))) ||
	       json_put(record, "reason", json_string(outcome->reason)) ||
	       json_put(record, "reference", text_or_null(outcome->reference)) ||
	       json_put(record, "retry_after_ms", json_integer(outcome->retry_after_ms));
}

static int put_about(json_t *record, const struct receiver *receiver, const json_t *notification)
{
	static const char *const copied[][2] = {
		{"notification_id", "id"}, {"dedup_key", "dedup_key"}, {"status", "status"}};

	for (size_t i = 0; i < COUNT_OF(copied); i++)
		if (put_or_null(record, copied[i][0], json_object_get(notification, copied[i][1])))
			return -1;
	return json_put(record, "receiver", json_string(receiver->name)) ||
	       json_put(record, "plugin_name", json_string(receiver->plugin->name));
}

static json_t *make_record(const struct trying *trying, int64_t began_ms, int64_t duration_ns)
{
	const int64_t duration_us = duration_ns / 1000;
	char time[CLOCK_TEXT_ROOM];
	json_t *record = json_object();

	if (put_about(record, trying->receiver, trying->notification) ||
	    json_put(record, "time", json_string(clock_text(began_ms, time))) ||
	    json_put(record, "duration_ms", json_real((double)duration_us / 1000)) ||
	    json_put(record, "transport", text_or_null(trying->transport)) || put_outcome(record, &trying->outcome) ||
	    json_put(record, "error", trying->err.code ? error_chain_json(&trying->err) : json_null()) ||
	    put_or_null(record, "outcome_error", trying->outcome_error) ||
	    put_or_null(record, "request", trying->request) || put_or_null(record, "response", trying->response) ||
	    put_or_null(record, "text", trying->text)) {
		json_decref(record);
		return NULL;
	}
	return record;
}

static void try_to_deliver(struct trying *trying)
{
	const struct receiver *receiver = trying->receiver;

	if (!receiver->instance) {
		tocsin_fail(&trying->err, TOCSIN_DISABLED, "%s",
			    receiver->disabled ? receiver->disabled : "the receiver is switched off");
		outcome_set(&trying->outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_DISABLED, "%s",
			    tocsin_error_at(&trying->err, 0));
		return;
	}
	if (render(trying))
		return;
	if (!json_is_string(trying->result))
		send_request(trying);
	else if (!check_text(trying))
		stream_write(instance_settings(receiver->instance), json_string_value(trying->result),
			     &trying->outcome);
}

enum tocsin_code attempt_deliver(struct receiver *receiver, const json_t *notification, int64_t left_ms,
				 struct attempt *ret_attempt, struct tocsin_error *err)
{
	struct trying trying = {.receiver = receiver,
				.notification = notification,
				.left_ms = left_ms,
				.began_ns = clock_monotonic_ns()};
	const int64_t began_ms = clock_wall_ms();

	try_to_deliver(&trying);
	ret_attempt->outcome = trying.outcome;
	ret_attempt->record = make_record(&trying, began_ms, clock_monotonic_ns() - trying.began_ns);
	trying_release(&trying);
	if (!ret_attempt->record)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to record an attempt of %s", receiver->name);
	return TOCSIN_OK;
}

/* ---- Previews ---- */

static bool all_are_read(const struct secrets *secrets)
{
	for (size_t i = 0; i < secrets->count; i++)
		if (!secrets->items[i].value)
			return false;
	return true;
}

/* Builds what would be sent, with the mask in the place of secrets that are not known. */
static enum tocsin_code build_known(const struct request *request, const struct secrets *secrets, struct wire *ret_wire,
				    struct tocsin_error *err)
{
	static char mask[] = VALUES_MASK;
	struct secrets known = {.items = mem_array(secrets->count, sizeof(*known.items)), .count = secrets->count};
	enum tocsin_code code;

	if (!known.items)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a preview");
	for (size_t i = 0; i < secrets->count; i++) {
		known.items[i] = secrets->items[i]; /* borrowed */
		if (!known.items[i].value)
			known.items[i].value = mask;
	}
	code = wire_init(ret_wire, request, &known, WIRE_REVEALED, err);
	mem_free(known.items);
	return code;
}

/*
 * Whether the request would be sent, as far as that is known without sending. Without the secrets' values
 * the URL is judged with the mask in their place; one that begins with a secret cannot be judged at all.
 */
static enum tocsin_code check_sending(const struct trying *trying, const struct request *request,
				      struct tocsin_error *err)
{
	const struct secrets *secrets = secrets_of(trying);
	char *shown = secrets_hide(secrets, request->endpoint);
	struct wire wire = {0};
	enum tocsin_code code;

	if (!shown)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a preview");
	code = build_known(request, secrets, &wire, err);
	if (!code && (all_are_read(secrets) || text_starts_with(wire.url, "http")))
		code = egress_check_url(&trying->receiver->egress, wire.url, shown, err);
	wire_release(&wire);
	mem_free(shown);
	if (code)
		secrets_hide_error(secrets, err);
	return code;
}

/* Fills `request` or `text`. */
static enum tocsin_code preview(struct trying *trying)
{
	struct request request;
	enum tocsin_code code;

	if (!trying->receiver->instance)
		return tocsin_fail(&trying->err, TOCSIN_DISABLED, "%s",
				   trying->receiver->disabled ? trying->receiver->disabled : "it is switched off");
	if (render(trying))
		return trying->err.code;
	if (json_is_string(trying->result))
		return check_text(trying) ? trying->err.code : TOCSIN_OK;
	if (read_request(trying, &request))
		return trying->err.code;
	code = check_sending(trying, &request, &trying->err);
	request_release(&request);
	return code;
}

enum tocsin_code attempt_preview(struct receiver *receiver, const json_t *notification, json_t **ret_preview,
				 struct tocsin_error *err)
{
	struct trying trying = {.receiver = receiver, .notification = notification};
	enum tocsin_code code = preview(&trying);
	json_t *preview_json = code ? NULL : json_object();
	int failed;

	if (code) {
		tocsin_wrap(&trying.err, "the receiver %s", receiver->name);
		if (err)
			*err = trying.err;
		goto out;
	}
	failed = json_put(preview_json, "receiver", json_string(receiver->name)) ||
		 json_put(preview_json, "plugin_name", json_string(receiver->plugin->name)) ||
		 json_put(preview_json, "transport", json_string(trying.transport)) ||
		 json_put(preview_json, trying.text ? "text" : "request",
			  json_incref(trying.text ? trying.text : trying.request));
	if (failed) {
		json_decref(preview_json);
		code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a preview");
		goto out;
	}
	*ret_preview = preview_json;
out:
	trying_release(&trying);
	return code;
}

void attempt_release(struct attempt *attempt)
{
	if (!attempt)
		return;
	json_decref(attempt->record);
	attempt->record = NULL;
}

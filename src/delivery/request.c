/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An adapter's result read as a request; see request.h.
 *
 * The adapter may be hostile, and so may be the incident whose text it put somewhere. Every member is
 * checked against what it may be; reading goes on after a problem, so that an author is told everything at
 * once. A secret's placeholder is let through only where a secret may be sent. A member that is null counts
 * as absent: that is what the SDK writes for an optional setting without a value.
 */
#include "delivery/request.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/printable.h"
#include "base/text.h"
#include "delivery/header.h"
#include "delivery/reading.h"
#include "delivery/suggest.h"

#define PATH_ROOM 256
#define SHOWN_ROOM 64
#define STATUSES_CEILING 32

bool reading_permits(struct reading *reading, const char *path, const char *text)
{
	const struct secret *secret = secrets_find(reading->secrets, text);

	if (!secret)
		return true;
	problems_add(&reading->problems, path, "holds the secret %s, which may not stand there", secret->field);
	reading->misplaced = true;
	return false;
}

const char *reading_text(struct reading *reading, const char *path, const json_t *value)
{
	if (!json_is_string(value)) {
		problems_add(&reading->problems, path, "is %s, text is needed", json_kind(value));
		return NULL;
	}
	return json_string_value(value);
}

json_t *reading_member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_null(value) ? NULL : value;
}

void reading_refuse_unknown(struct reading *reading, const char *path, const json_t *object, const char *const *known,
			    size_t count)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)object, key, value) {
		char place[PATH_ROOM], shown[SHOWN_ROOM];
		bool is_known = false;

		for (size_t i = 0; i < count; i++)
			is_known |= strcmp(key, known[i]) == 0;
		if (is_known || !reading_permits(reading, path, key))
			continue;
		snprintf(place, sizeof(place), "%s%s%s", path, *path ? "." : "",
			 printable_line(shown, sizeof(shown), key, strlen(key)));
		suggest(&reading->problems, place, "is no member of a request", key, known, count);
	}
}

/* The text with placeholders masked, for checks of its characters. mem_free(); NULL is counted as lost. */
static char *without_secrets(struct reading *reading, const char *text)
{
	char *hidden = secrets_hide(reading->secrets, text);

	if (!hidden)
		reading->problems.lost++;
	return hidden;
}

static void read_endpoint(struct reading *reading, json_t *value)
{
	const char *text = reading_text(reading, "endpoint", value);
	char *plain = text ? without_secrets(reading, text) : NULL;
	const char *fault = plain ? endpoint_fault(plain) : NULL;

	if (fault)
		problems_add(&reading->problems, "endpoint", "%s", fault);
	reading->request->endpoint = text;
	mem_free(plain);
}

static void read_method(struct reading *reading, json_t *value)
{
	static const char *const methods[] = {"POST", "GET", "PUT", "PATCH", "DELETE"};
	const char *text = reading_text(reading, "method", value);

	if (!text || !reading_permits(reading, "method", text))
		return;
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (strcmp(text, methods[i]) == 0) {
			reading->request->method = methods[i];
			return;
		}
	problems_add(&reading->problems, "method", "is none of POST, GET, PUT, PATCH and DELETE");
}

static void read_header(struct reading *reading, const char *name, const json_t *value)
{
	struct request *request = reading->request;
	const char *text, *fault;
	char path[PATH_ROOM], shown[SHOWN_ROOM];
	char *plain;

	if (!reading_permits(reading, "headers", name))
		return;
	snprintf(path, sizeof(path), "headers.%s", printable_line(shown, sizeof(shown), name, strlen(name)));
	fault = header_name_fault(name);
	if (fault) {
		problems_add(&reading->problems, path, "%s", fault);
		return;
	}
	for (size_t i = 0; i < request->header_count; i++)
		if (text_same_ignoring_case(name, request->headers[i].name))
			problems_add(&reading->problems, path, "stands twice");
	text = reading_text(reading, path, value);
	if (!text)
		return;
	plain = without_secrets(reading, text);
	fault = plain ? header_value_fault(plain) : NULL;
	if (fault)
		problems_add(&reading->problems, path, "%s", fault);
	mem_free(plain);
	request->headers[request->header_count++] = (struct request_header){name, text};
}

static void read_headers(struct reading *reading, json_t *value)
{
	struct request *request = reading->request;
	const char *name;
	json_t *text;

	if (!json_is_object(value)) {
		problems_add(&reading->problems, "headers", "is %s, a map is needed", json_kind(value));
		return;
	}
	if (json_object_size(value) > REQUEST_HEADERS_CEILING) {
		problems_add(&reading->problems, "headers", "are more than %d", REQUEST_HEADERS_CEILING);
		return;
	}
	request->headers = arena_alloc(&request->arena, json_object_size(value) * sizeof(*request->headers));
	if (!request->headers) {
		reading->problems.lost++;
		return;
	}
	json_object_foreach (value, name, text)
		if (!json_is_null(text))
			read_header(reading, name, text);
}

static void read_timeout(struct reading *reading, json_t *value)
{
	const json_int_t seconds = json_integer_value(value);

	if (!json_is_integer(value) || seconds < 1 || seconds > REQUEST_TIMEOUT_CEILING_SECONDS)
		problems_add(&reading->problems, "timeout_seconds", "is no integer from 1 to %d",
			     REQUEST_TIMEOUT_CEILING_SECONDS);
	else
		reading->request->timeout_ms = seconds * 1000;
}

/* Keys of JSON are written as they are, so no secret may be one. Depth is bounded by who read the JSON. */
static void check_keys(struct reading *reading, const char *path, const json_t *json)
{
	const char *key;
	json_t *item;
	size_t index;

	json_object_foreach ((json_t *)json, key, item) {
		reading_permits(reading, path, key);
		check_keys(reading, path, item);
	}
	json_array_foreach (json, index, item)
		check_keys(reading, path, item);
}

static void read_payload(struct reading *reading, json_t *value)
{
	check_keys(reading, "payload", value);
	reading->request->payload = value;
}

static void read_body(struct reading *reading, json_t *value)
{
	reading->request->body = reading_text(reading, "body", value);
}

static void read_statuses(struct reading *reading, json_t *value)
{
	const json_t *item;
	size_t index;

	if (!json_is_array(value) || !json_array_size(value) || json_array_size(value) > STATUSES_CEILING) {
		problems_add(&reading->problems, "expect.statuses", "is no list of 1 to %d statuses", STATUSES_CEILING);
		return;
	}
	json_array_foreach (value, index, item)
		if (json_integer_value(item) < 100 || json_integer_value(item) > 599)
			problems_add(&reading->problems, "expect.statuses", "item %zu is no status from 100 to 599",
				     index);
	reading->request->expect_statuses = value;
}

/* Placeholders of secrets in a JSON value that is only compared. */
static void check_leaves(struct reading *reading, const char *path, const json_t *json)
{
	const char *key;
	json_t *item;
	size_t index;

	if (json_is_string(json))
		reading_permits(reading, path, json_string_value(json));
	json_object_foreach ((json_t *)json, key, item)
		check_leaves(reading, path, item);
	json_array_foreach (json, index, item)
		check_leaves(reading, path, item);
}

static void read_expect(struct reading *reading, json_t *value)
{
	static const char *const known[] = {"statuses", "json"};
	json_t *statuses = reading_member(value, "statuses"), *json = reading_member(value, "json");

	if (!json_is_object(value)) {
		problems_add(&reading->problems, "expect", "is %s, a map is needed", json_kind(value));
		return;
	}
	reading_refuse_unknown(reading, "expect", value, known, COUNT_OF(known));
	if (statuses)
		read_statuses(reading, statuses);
	if (json && !json_is_object(json)) {
		problems_add(&reading->problems, "expect.json", "is %s, a map is needed", json_kind(json));
	} else if (json) {
		check_keys(reading, "expect.json", json);
		check_leaves(reading, "expect.json", json);
		reading->request->expect_json = json;
	}
}

/* What one member must not be beside another. */
static void check_together(struct reading *reading)
{
	static const char *const signed_headers[] = {"webhook-id", "webhook-timestamp", "webhook-signature"};
	const struct request *request = reading->request;

	if (request->payload && request->body)
		problems_add(&reading->problems, "body", "stands beside payload: a request has one or the other");
	if (strcmp(request->method, "GET") == 0 && (request->payload || request->body))
		problems_add(&reading->problems, "method", "GET carries no payload and no body");
	for (size_t i = 0; i < request->header_count; i++) {
		const char *name = request->headers[i].name;
		bool is_taken = request->auth && text_same_ignoring_case(name, "authorization");

		for (size_t k = 0; request->sign && k < COUNT_OF(signed_headers); k++)
			is_taken |= text_same_ignoring_case(name, signed_headers[k]);
		if (is_taken)
			problems_add(&reading->problems, "headers", "%s is a header that auth or sign writes", name);
	}
}

static const struct {
	const char *name;
	void (*read)(struct reading *reading, json_t *value);
} members[] = {
	{"endpoint", read_endpoint}, {"method", read_method},
	{"headers", read_headers},   {"timeout_seconds", read_timeout},
	{"payload", read_payload},   {"body", read_body},
	{"auth", reading_auth},	     {"sign", reading_sign},
	{"expect", read_expect},
};

static void read_members(struct reading *reading, const json_t *result)
{
	const char *known[COUNT_OF(members)];

	for (size_t i = 0; i < COUNT_OF(members); i++) {
		json_t *value = reading_member(result, members[i].name);

		known[i] = members[i].name;
		if (value)
			members[i].read(reading, value);
	}
	reading_refuse_unknown(reading, "", result, known, COUNT_OF(known));
	if (!reading_member(result, "endpoint"))
		problems_add(&reading->problems, "endpoint",
			     "is missing: the request has nowhere to go; does the receiver lack a setting?");
	check_together(reading);
}

enum tocsin_code request_read(json_t *result, const struct secrets *secrets, struct request *ret_request,
			      struct tocsin_error *err)
{
	struct request request = {.method = "POST", .timeout_ms = 1000LL * REQUEST_TIMEOUT_SECONDS};
	struct reading reading = {.request = &request, .secrets = secrets};
	enum tocsin_code code = TOCSIN_OK;

	if (!json_is_object(result))
		return tocsin_fail(err, TOCSIN_INVALID, "the adapter returned %s, a request is needed",
				   json_kind(result));
	request.source = json_incref(result);
	read_members(&reading, result);
	if (reading.problems.count)
		code = problems_fail(&reading.problems, err);
	else if (reading.problems.lost)
		code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to read a request");
	if (code && reading.misplaced) {
		code = TOCSIN_DENIED;
		if (err)
			err->code = code;
	}
	if (code == TOCSIN_INVALID || code == TOCSIN_DENIED)
		tocsin_wrap(err, "the adapter's result is no valid request");
	if (code)
		request_release(&request);
	else
		*ret_request = request;
	problems_release(&reading.problems);
	return code;
}

void request_release(struct request *request)
{
	if (!request)
		return;
	json_decref(request->source);
	arena_release(&request->arena);
	*request = (struct request){0};
}

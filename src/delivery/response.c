/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Responses; see response.h.
 *
 * Secrets are hidden before anything is cut to size, so that no half of one is left at an edge. Bytes that
 * are no UTF-8, and control characters but line breaks and tabs, become U+FFFD.
 */
#include "delivery/response.h"

#include <curl/curl.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#define SHOWN_LOCATION 200 /* bytes of a redirect's target in a sentence */

void response_init(struct response *response)
{
	*response = (struct response){0};
	buffer_init(&response->body, RESPONSE_BODY_CEILING);
}

void response_release(struct response *response)
{
	if (!response)
		return;
	json_decref(response->headers);
	json_decref(response->json);
	buffer_release(&response->body);
	response->headers = NULL;
	response->json = NULL;
}

/* Adds the bytes as clean text. */
static void clean(struct buffer *into, const char *bytes, size_t length)
{
	static const char unknown[] = "\xef\xbf\xbd";

	while (length) {
		const size_t step = text_character(bytes, length);
		const unsigned char first = (unsigned char)*bytes;
		const bool is_control = (first < 0x20 && first != '\n' && first != '\t' && first != '\r') ||
					first == 0x7f || (step == 2 && first == 0xc2 && (unsigned char)bytes[1] < 0xa0);

		if (!step || is_control)
			buffer_text_add(into, unknown);
		else
			buffer_add(into, bytes, step);
		bytes += step ? step : 1;
		length -= step ? step : 1;
	}
}

/* Clean text as JSON; NULL without memory. */
static json_t *clean_json(const char *bytes, size_t length)
{
	json_t *json = NULL;
	struct buffer text;

	buffer_init(&text, 3 * length);
	clean(&text, bytes, length);
	if (!buffer_code(&text))
		json = json_stringn(buffer_text(&text), text.length);
	buffer_release(&text);
	return json;
}

static void trim(const char **text, size_t *length)
{
	while (*length && text_is_space(**text)) {
		(*text)++;
		(*length)--;
	}
	while (*length && text_is_space((*text)[*length - 1]))
		(*length)--;
}

/* Sets a header, or adds to the one of that name that there is. */
static enum tocsin_code put_header(json_t *headers, const char *name, const char *value, size_t length)
{
	json_t *text = clean_json(value, length);
	const char *before = json_get_text(headers, name, NULL);
	int failed;

	if (before && text) {
		json_t *both = json_sprintf("%s, %s", before, json_string_value(text));

		json_decref(text);
		text = both;
	}
	failed = json_put(headers, name, text);
	return failed ? TOCSIN_NO_MEMORY : TOCSIN_OK;
}

static enum tocsin_code take_header(json_t *headers, const char *line, size_t length)
{
	const char *colon = memchr(line, ':', length);
	const size_t name_length = colon ? (size_t)(colon - line) : 0;
	size_t value_length = colon ? length - name_length - 1 : 0;
	const char *value = colon ? colon + 1 : NULL;
	enum tocsin_code code = TOCSIN_OK;
	struct buffer name;

	if (!name_length)
		return TOCSIN_OK;
	buffer_init(&name, 3 * name_length);
	clean(&name, line, name_length);
	if (buffer_code(&name)) {
		code = TOCSIN_NO_MEMORY;
	} else {
		for (char *byte = name.text; *byte; byte++)
			*byte = text_lower(*byte);
		trim(&value, &value_length);
		if (json_object_get(headers, name.text) || json_object_size(headers) < RESPONSE_HEADERS_KEPT)
			code = put_header(headers, name.text, value, value_length);
	}
	buffer_release(&name);
	return code;
}

enum tocsin_code response_add_header(struct response *response, const char *line, size_t length)
{
	response->header_bytes += length;
	if (response->header_bytes > RESPONSE_HEADERS_BYTES)
		return TOCSIN_LIMIT;
	if (response->body_began)
		return TOCSIN_OK; /* a trailer; nobody asks for those */
	if (!response->headers || (length > 5 && strncmp(line, "HTTP/", 5) == 0)) {
		json_decref(response->headers);
		response->headers = json_object();
		response->headers_ended = false;
		return response->headers ? TOCSIN_OK : TOCSIN_NO_MEMORY;
	}
	if (*line == '\r' || *line == '\n')
		response->headers_ended = true;
	return take_header(response->headers, line, length);
}

enum tocsin_code response_add_body(struct response *response, const char *bytes, size_t length)
{
	const size_t room = RESPONSE_BODY_CEILING - response->body.length;

	response->body_began = true;
	response->cut = length > room;
	buffer_add(&response->body, bytes, length > room ? room : length);
	if (buffer_code(&response->body))
		return buffer_code(&response->body);
	return response->cut ? TOCSIN_LIMIT : TOCSIN_OK;
}

/* Replaces a JSON value by what is left of it when secrets are hidden. */
static int hide(json_t **json, const struct secrets *secrets)
{
	json_t *hidden = *json ? secrets_hide_json(secrets, *json) : NULL;

	if (*json && !hidden)
		return -1;
	json_decref(*json);
	*json = hidden;
	return 0;
}

enum tocsin_code response_clean(struct response *response, const struct secrets *secrets)
{
	const struct json_limits limits = {RESPONSE_BODY_CEILING, RESPONSE_JSON_DEPTH};
	enum tocsin_code code = TOCSIN_OK;
	struct buffer text;
	char *hidden;

	if (response->body.length && !response->cut)
		code = json_read(response->body.text, response->body.length, &limits, &response->json, NULL);
	buffer_init(&text, 4 * (size_t)RESPONSE_BODY_CEILING);
	clean(&text, buffer_text(&response->body), response->body.length);
	hidden = secrets_hide(secrets, buffer_text(&text));
	buffer_clear(&text);
	if (hidden)
		buffer_text_add(&text, hidden);
	if (!hidden || buffer_code(&text) || code == TOCSIN_NO_MEMORY || hide(&response->headers, secrets) ||
	    hide(&response->json, secrets))
		code = TOCSIN_NO_MEMORY;
	else
		code = TOCSIN_OK;
	mem_free(hidden);
	buffer_release(&response->body);
	if (code)
		buffer_release(&text);
	else
		response->body = text;
	return code;
}

static int64_t retry_after_ms(const struct response *response)
{
	const char *text = json_get_text(response->headers, "retry-after", NULL);
	int64_t seconds, ms;
	time_t date;

	if (!text)
		return 0;
	if (*text && !text[strspn(text, "0123456789")]) {
		/* What is no number any more is one that is too large. */
		ms = !text_to_integer(text, &seconds) || seconds > RETRY_AFTER_CEILING_MS / 1000
			     ? RETRY_AFTER_CEILING_MS
			     : seconds * 1000;
	} else {
		date = curl_getdate(text, NULL);
		if (date < 0)
			return 0;
		ms = (int64_t)date * 1000 - clock_wall_ms();
	}
	if (ms < 0)
		return 0;
	return ms > RETRY_AFTER_CEILING_MS ? RETRY_AFTER_CEILING_MS : ms;
}

static bool is_expected_status(const struct request *request, long status)
{
	const json_t *item;
	size_t index;

	if (!request->expect_statuses)
		return status >= 200 && status < 300;
	json_array_foreach (request->expect_statuses, index, item)
		if (json_integer_value(item) == status)
			return true;
	return false;
}

/* The first member of `expect.json` that the body does not have, or NULL. */
static const char *unmet_expectation(const struct request *request, const struct response *response)
{
	const char *key;
	json_t *wanted;

	json_object_foreach (request->expect_json, key, wanted)
		if (!json_equal(json_object_get(response->json, key), wanted))
			return key;
	return NULL;
}

/* Statuses that blame the receiver's settings or the moment, not this notification. */
static bool is_worth_a_retry(long status)
{
	static const long statuses[] = {401, 403, 404, 408, 425, 429};

	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		if (status == statuses[i])
			return true;
	return status >= 500;
}

static void judge_refusal(const struct response *response, struct delivery_outcome *ret_outcome)
{
	const char *location = json_get_text(response->headers, "location", "nowhere");
	size_t length = strlen(location);

	if (response->status >= 300 && response->status < 400) {
		while (length > SHOWN_LOCATION || !text_is_utf8(location, length))
			length--;
		outcome_set(
			ret_outcome, TOCSIN_OUTCOME_REJECTED, DELIVERY_HTTP_STATUS,
			"HTTP %ld redirects to %.*s; redirects are not followed: name the right address in a setting",
			response->status, (int)length, location);
	} else if (is_worth_a_retry(response->status)) {
		outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS, "HTTP %ld: %s", response->status,
			    response->status == 429   ? "the service wants fewer requests"
			    : response->status >= 500 ? "the service has a fault of its own"
			    : response->status == 404 ? "the service does not know that address"
			    : response->status == 408 || response->status == 425
				    ? "the service asks for the request again"
				    : "the service does not accept the receiver's credentials");
		ret_outcome->retry_after_ms = retry_after_ms(response);
	} else if (response->status >= 400) {
		outcome_set(ret_outcome, TOCSIN_OUTCOME_REJECTED, DELIVERY_HTTP_STATUS,
			    "HTTP %ld: the service refuses this notification", response->status);
	} else {
		outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_EXPECTATION,
			    "HTTP %ld is not the status that means success here", response->status);
	}
}

void response_judge(const struct request *request, const struct response *response,
		    struct delivery_outcome *ret_outcome)
{
	const char *unmet;

	if (!is_expected_status(request, response->status)) {
		judge_refusal(response, ret_outcome);
		return;
	}
	unmet = unmet_expectation(request, response);
	if (unmet) {
		outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_EXPECTATION,
			    "HTTP %ld, but the body does not say \"%s\" as it must for a success", response->status,
			    unmet);
		ret_outcome->retry_after_ms = retry_after_ms(response);
	} else {
		outcome_set(ret_outcome, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP %ld", response->status);
	}
}

json_t *response_json(const struct response *response, size_t room, bool parsed)
{
	const char *body = buffer_text(&response->body);
	size_t length = response->body.length;
	json_t *json = json_object();

	while (length > room || !text_is_utf8(body, length))
		length--;
	if (json_put(json, "status", json_integer(response->status)) ||
	    json_put(json, "headers", response->headers ? json_incref(response->headers) : json_object()) ||
	    json_put(json, "body", json_stringn(body, length)) ||
	    (parsed && response->json && json_put(json, "json", json_incref(response->json)))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

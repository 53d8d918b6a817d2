/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sink keeps and shows of a request; see sink_record.h.
 *
 * The record is complete, headers with credentials included: the sink stands where the service would, and
 * a test must see what the service is sent. What is shown on a terminal is escaped first.
 */
#include "server/sink_record.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/text.h"

#define BODY_DEPTH 64
#define SHOWN_CEILING (16ul * 1024) /* bytes of a body that are shown */

static json_t *body_text(const struct sink_request *request)
{
	if (!request->body || !text_is_utf8(request->body, request->body_length))
		return json_null();
	return json_stringn(request->body, request->body_length);
}

static json_t *body_json(const struct sink_request *request)
{
	const struct json_limits limits = {.bytes = request->body_length, .depth = BODY_DEPTH};
	json_t *json = NULL;

	if (!request->body || json_read(request->body, request->body_length, &limits, &json, NULL))
		return json_null();
	return json;
}

static json_t *body_bytes(const struct sink_request *request)
{
	return request->body ? json_integer((json_int_t)request->body_length) : json_null();
}

json_t *sink_record(const struct sink_request *request)
{
	char time[CLOCK_TEXT_ROOM];
	json_t *record = json_object();

	if (json_put(record, "time", json_string(clock_text(request->wall_ms, time))) ||
	    json_put(record, "method", printable_json(request->method)) ||
	    json_put(record, "path", printable_json(request->target)) ||
	    json_put(record, "status", json_integer(request->status)) ||
	    json_put(record, "headers", json_incref(request->headers)) ||
	    json_put(record, "bytes", body_bytes(request)) || json_put(record, "body", body_text(request)) ||
	    json_put(record, "json", body_json(request))) {
		json_decref(record);
		return NULL;
	}
	return record;
}

/* Adds the lines of `text` behind two spaces, as far as they are shown; says when that is not all. */
static void add_indented(struct buffer *out, const char *text, size_t length)
{
	const size_t whole = length;

	length = length > SHOWN_CEILING ? SHOWN_CEILING : length;
	while (length) {
		const char *end = memchr(text, '\n', length);
		const size_t line = end ? (size_t)(end - text) : length;

		buffer_text_add(out, "  ");
		printable_add(out, text, line);
		buffer_byte(out, '\n');
		text += line + (end != NULL);
		length -= line + (end != NULL);
	}
	if (whole > SHOWN_CEILING)
		buffer_format(out, "  ... (%zu bytes in all)\n", whole);
}

static void show_body(const json_t *record, struct buffer *out)
{
	const json_t *json = json_object_get(record, "json");
	const json_t *body = json_object_get(record, "body");
	const json_t *bytes = json_object_get(record, "bytes");
	char *page;

	if (json_is_null(bytes)) {
		buffer_text_add(out, "  (a body that is too large)\n");
	} else if (json_is_null(json) && json_is_null(body)) {
		buffer_format(out, "  (%" JSON_INTEGER_FORMAT " bytes that are not UTF-8)\n",
			      json_integer_value(bytes));
	} else if (json_is_null(json)) {
		add_indented(out, json_string_value(body), json_string_length(body));
	} else {
		page = json_text(json, JSON_STYLE_PAGE);
		if (page)
			add_indented(out, page, strlen(page));
		else
			out->code = TOCSIN_NO_MEMORY;
		mem_free(page);
	}
}

void sink_record_show(const json_t *record, struct buffer *out)
{
	const char *method = json_get_text(record, "method", "");
	const char *path = json_get_text(record, "path", "");

	buffer_format(out, "%s ", json_get_text(record, "time", ""));
	printable_add(out, method, strlen(method));
	buffer_byte(out, ' ');
	printable_add(out, path, strlen(path));
	buffer_format(out, " -> %" JSON_INTEGER_FORMAT "\n", json_integer_value(json_object_get(record, "status")));
	show_body(record, out);
}

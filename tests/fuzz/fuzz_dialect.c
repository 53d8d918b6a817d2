/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payloads of any bytes, through the JSON reader and both dialects. What becomes an event keeps within the
 * limits of event.h and becomes a notification that a worker can be sent; what does not is named.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "incident/dialect.h"
#include "incident/notification.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MESSAGE_CEILING (1024 * 1024)
#define MESSAGE_SPARE (16 * 1024) /* for what stands around the notification in a message */

static void require(int condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void check_text(const char *text, size_t characters)
{
	require(text && text_is_utf8(text, strlen(text)), "UTF-8");
	require(!text_is_blank(text), "something in it");
	require(text_characters(text) <= characters, "a text within its ceiling");
}

static void check_map(const json_t *map)
{
	const char *key;
	json_t *value;

	require(json_is_object(map) && json_object_size(map) <= EVENT_LABELS_CEILING, "a map within its ceiling");
	json_object_foreach ((json_t *)map, key, value) {
		require(*key && strlen(key) <= EVENT_LABEL_NAME_CEILING, "a name within its ceiling");
		require(json_is_string(value), "a map of text");
		require(json_string_length(value) <= EVENT_LABEL_VALUE_CEILING, "a value within its ceiling");
	}
}

static void check_event(const struct event *event)
{
	json_t *notification = NULL;
	char *text;

	check_text(event->title, EVENT_TITLE_CEILING);
	check_text(event->summary, EVENT_SUMMARY_CEILING);
	check_text(event->severity, EVENT_SEVERITY_CEILING);
	require(!text_has_control(event->title) && !text_has_control(event->severity), "one line");
	require(*event->dedup_key && strlen(event->dedup_key) <= EVENT_KEY_CEILING, "a key within its ceiling");
	check_map(event->labels);
	check_map(event->annotations);
	check_map(event->links);
	require(event->ended_ms == EVENT_NO_TIME || event->status == EVENT_RESOLVED, "an end of what has ended");
	require(notification_of_event(event, "fuzz", &notification, NULL) == TOCSIN_OK, "a notification");
	text = json_text(notification, JSON_STYLE_LINE);
	require(text && strlen(text) <= MESSAGE_CEILING - MESSAGE_SPARE, "a notification that fits");
	mem_free(text);
	json_decref(notification);
}

static void check_dialect(enum dialect dialect, const json_t *payload)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct problems problems = {0};
	struct events events = {0};
	enum tocsin_code code;

	code = dialect_read(dialect, payload, &events, &problems, &err);
	if (code) {
		require(code == TOCSIN_INVALID || code == TOCSIN_LIMIT, "a code that says whose fault it is");
		require(err.code == code && err.count == 1 && !events.items, "a sentence, and no events");
	} else {
		require(events.count >= 1 && events.count <= DIALECT_EVENTS_CEILING, "events");
		for (size_t i = 0; i < events.count; i++)
			check_event(&events.items[i]);
	}
	require(problems.count <= PROBLEMS_CEILING && problems.lost == 0, "problems that are told");
	problems_release(&problems);
	events_release(&events);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct json_limits limits = {.bytes = DIALECT_BYTES_CEILING, .depth = DIALECT_DEPTH_CEILING};
	json_t *payload = NULL;

	if (json_read((const char *)data, size, &limits, &payload, NULL))
		return 0;
	check_dialect(DIALECT_NATIVE, payload);
	check_dialect(DIALECT_ALERTMANAGER, payload);
	json_decref(payload);
	return 0;
}

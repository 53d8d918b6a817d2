/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event in the making; see draft.h.
 *
 * Everything in a payload was written by strangers. What only informs (title, summary, severity, annotations)
 * is shortened to fit; what identifies (labels, dedup_key) is never changed, so too much of it is a problem.
 * A failure is remembered in `code`, and NO_MEMORY is never made INVALID by a later one.
 */
#include "incident/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "incident/digest.h"

#define SHOWN_CHARACTERS 48 /* of what a stranger wrote, in a problem */
#define ELLIPSIS "\xe2\x80\xa6"
#define YEAR_2_MS (-62104060800000LL)

static void no_memory(struct draft *draft)
{
	draft->code = TOCSIN_NO_MEMORY;
}

void draft_problem(struct draft *draft, const char *member, const char *format, ...)
{
	const struct problems before = *draft->problems;
	const char *dot = *draft->path && *member ? "." : "";
	char path[PROBLEM_PATH_CEILING], message[PROBLEM_MESSAGE_CEILING];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	snprintf(path, sizeof(path), "%s%s%s", draft->path, dot, member);
	problems_add(draft->problems, path, "%s", message);
	if (problems_since(draft->problems, &before) == TOCSIN_NO_MEMORY)
		no_memory(draft);
	else if (!draft->code)
		draft->code = TOCSIN_INVALID;
}

void draft_begin(struct draft *draft, const json_t *object, const char *path, struct problems *problems)
{
	*draft = (struct draft){
		.object = object,
		.path = path,
		.problems = problems,
		.event = {.started_ms = EVENT_NO_TIME, .ended_ms = EVENT_NO_TIME},
	};
	draft->event.links = json_object();
	if (!draft->event.links)
		no_memory(draft);
	if (!json_is_object(object))
		draft_problem(draft, "", "is %s, a map is needed", json_kind(object));
}

/* Bytes of a text as JSON, without quotes; json_write() escapes the same characters. */
static size_t json_bytes(const char *text)
{
	size_t bytes = 0;

	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
		if (*byte < 0x20 || *byte == 0x7f)
			bytes += strlen("\\u001f");
		else if (*byte == 0xc2 && byte[1] < 0xa0)
			bytes += strlen("\\u009f") - 1; /* the second byte counts for itself */
		else
			bytes += *byte == '"' || *byte == '\\' ? 2 : 1;
	}
	return bytes;
}

static size_t json_bytes_of_map(const json_t *map)
{
	size_t bytes = 0;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)map, key, value)
		bytes += json_bytes(key) + json_bytes(json_string_value(value)) + strlen("\"\": \"\", ");
	return bytes;
}

static void check_bytes(struct draft *draft)
{
	const struct event *event = &draft->event;
	const size_t bytes = json_bytes(event->dedup_key) + json_bytes(event->title) + json_bytes(event->severity) +
			     json_bytes(event->summary) + json_bytes_of_map(event->labels) +
			     json_bytes_of_map(event->annotations) + json_bytes_of_map(event->links);

	if (bytes > EVENT_BYTES_CEILING)
		draft_problem(draft, "", "has %zu bytes of text, at most %d are allowed: shorten its annotations",
			      bytes, EVENT_BYTES_CEILING);
}

enum tocsin_code draft_end(struct draft *draft, struct event *ret_event)
{
	if (!draft->code)
		check_bytes(draft);
	if (draft->code)
		event_release(&draft->event);
	else
		*ret_event = draft->event;
	return draft->code;
}

/* The member, NULL when it is absent or null. */
static const json_t *find(const struct draft *draft, const char *member)
{
	const json_t *value = json_object_get(draft->object, member);

	return json_is_null(value) ? NULL : value;
}

const char *draft_text(struct draft *draft, const char *member)
{
	const json_t *value = find(draft, member);

	if (value && !json_is_string(value))
		draft_problem(draft, member, "is %s, text is needed", json_kind(value));
	return json_string_value(value);
}

int64_t draft_time(struct draft *draft, const char *member)
{
	const char *text = draft_text(draft, member);
	int64_t wall_ms;

	if (!text)
		return EVENT_NO_TIME;
	if (!clock_parse(text, &wall_ms)) {
		draft_problem(draft, member, "is \"%.*s\", a date-time such as 2026-01-31T12:00:00Z is needed",
			      (int)text_prefix(text, SHOWN_CHARACTERS), text);
		return EVENT_NO_TIME;
	}
	return wall_ms < YEAR_2_MS ? EVENT_NO_TIME : wall_ms;
}

void draft_set_status(struct draft *draft, const enum event_status *otherwise)
{
	const char *text = draft_text(draft, "status");

	if (text && event_status_parse(text, &draft->event.status))
		draft_problem(draft, "status", "is \"%.*s\", firing, acknowledged or resolved is needed",
			      (int)text_prefix(text, SHOWN_CHARACTERS), text);
	else if (!find(draft, "status") && otherwise)
		draft->event.status = *otherwise;
	else if (!find(draft, "status"))
		draft_problem(draft, "status", "is missing: firing or resolved");
}

/* Copies text without white space around it, shortened to `characters`, the ellipsis included. */
static char *copy_shortened(struct draft *draft, const char *text, size_t characters, bool is_one_line)
{
	size_t start = 0, length = strlen(text), kept;
	char *copy = mem_alloc(length + sizeof(ELLIPSIS));

	if (!copy) {
		no_memory(draft);
		return NULL;
	}
	memcpy(copy, text, length + 1);
	if (is_one_line)
		text_one_line(copy);
	while (text_is_space(copy[start]))
		start++;
	length -= start;
	while (length && text_is_space(copy[start + length - 1]))
		length--;
	memmove(copy, copy + start, length);
	copy[length] = '\0';
	kept = text_prefix(copy, characters - 1);
	if (copy[text_prefix(copy, characters)])
		memcpy(copy + kept, ELLIPSIS, sizeof(ELLIPSIS));
	return copy;
}

void draft_set_title(struct draft *draft, const char *text)
{
	draft->event.title = copy_shortened(draft, text, EVENT_TITLE_CEILING, true);
}

void draft_set_summary(struct draft *draft, const char *text)
{
	draft->event.summary = copy_shortened(draft, text, EVENT_SUMMARY_CEILING, false);
}

void draft_set_severity(struct draft *draft, const char *text)
{
	draft->event.severity = copy_shortened(draft, text, EVENT_SEVERITY_CEILING, true);
	for (char *byte = draft->event.severity; byte && *byte; byte++)
		*byte = text_lower(*byte);
}

/* A copy of an annotation that is too long, cut between characters. */
static json_t *shortened(const char *text)
{
	size_t length = EVENT_LABEL_VALUE_CEILING - strlen(ELLIPSIS);
	struct buffer copy;
	json_t *json;

	while (((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	buffer_init(&copy, EVENT_LABEL_VALUE_CEILING);
	buffer_add(&copy, text, length);
	buffer_text_add(&copy, ELLIPSIS);
	json = buffer_code(&copy) ? NULL : json_string(buffer_text(&copy));
	buffer_release(&copy);
	return json;
}

/* Whether a pair can be a label or an annotation; says so when it cannot. */
static bool check_pair(struct draft *draft, const char *member, const char *name, const json_t *value,
		       bool is_long_allowed)
{
	const int shown = (int)text_prefix(name, SHOWN_CHARACTERS);
	char path[64 + SHOWN_CHARACTERS * 4];

	snprintf(path, sizeof(path), "%s.%.*s", member, shown, name);
	if (!*name)
		draft_problem(draft, member, "has a member without a name");
	else if (strlen(name) > EVENT_LABEL_NAME_CEILING)
		draft_problem(draft, member, "has a name of %zu bytes, at most %d are allowed: %.*s...", strlen(name),
			      EVENT_LABEL_NAME_CEILING, shown, name);
	else if (!json_is_string(value))
		draft_problem(draft, path, "is %s, text is needed", json_kind(value));
	else if (!is_long_allowed && json_string_length(value) > EVENT_LABEL_VALUE_CEILING)
		draft_problem(draft, path, "has %zu bytes, at most %d are allowed", json_string_length(value),
			      EVENT_LABEL_VALUE_CEILING);
	else
		return true;
	return false;
}

/* A member that is an object of text, as a new object; NULL only without memory. */
static json_t *read_map(struct draft *draft, const char *member, bool is_long_allowed)
{
	const json_t *map = find(draft, member);
	json_t *copy = json_object(), *value;
	const char *name;
	int failed = !copy;

	if (map && !json_is_object(map))
		draft_problem(draft, member, "is %s, a map is needed", json_kind(map));
	else if (json_object_size(map) > EVENT_LABELS_CEILING)
		draft_problem(draft, member, "has %zu members, at most %d are allowed", json_object_size(map),
			      EVENT_LABELS_CEILING);
	else
		json_object_foreach ((json_t *)map, name, value) {
			if (!check_pair(draft, member, name, value, is_long_allowed))
				continue;
			failed |= json_string_length(value) > EVENT_LABEL_VALUE_CEILING
					  ? json_object_set_new(copy, name, shortened(json_string_value(value)))
					  : json_object_set(copy, name, value);
		}
	if (failed)
		no_memory(draft);
	return copy;
}

void draft_set_labels(struct draft *draft)
{
	draft->event.labels = read_map(draft, "labels", false);
}

void draft_set_annotations(struct draft *draft)
{
	draft->event.annotations = read_map(draft, "annotations", true);
}

/* People click on links: only what a browser opens over the network is one. */
static bool is_web_url(const char *url)
{
	const char *host = text_starts_with(url, "https://")  ? url + strlen("https://")
			   : text_starts_with(url, "http://") ? url + strlen("http://")
							      : NULL;

	return host && *host && !strchr("/?#:", *host) && !strchr(url, ' ') && !text_has_control(url) &&
	       strlen(url) <= EVENT_LABEL_VALUE_CEILING;
}

bool draft_add_link(struct draft *draft, const char *label, const char *url)
{
	if (!is_web_url(url))
		return false;
	if (json_put(draft->event.links, label, json_string(url)))
		no_memory(draft);
	return true;
}

void draft_set_links(struct draft *draft)
{
	json_t *links = read_map(draft, "links", false), *url;
	const char *label;

	json_object_foreach (links, label, url) {
		char path[64 + SHOWN_CHARACTERS * 4];

		if (draft_add_link(draft, label, json_string_value(url)))
			continue;
		snprintf(path, sizeof(path), "links.%.*s", (int)text_prefix(label, SHOWN_CHARACTERS), label);
		draft_problem(draft, path, "is no http or https URL");
	}
	json_decref(links);
}

static void keep_key(struct draft *draft, const char *text)
{
	draft->event.dedup_key = mem_text(text);
	if (!draft->event.dedup_key)
		no_memory(draft);
}

void draft_set_key(struct draft *draft, const char *member, const char *text)
{
	if (text_is_blank(text))
		draft_problem(draft, member, "is empty: leave it out, and one is made");
	else if (strlen(text) > EVENT_KEY_CEILING)
		draft_problem(draft, member, "has %zu bytes, at most %d are allowed", strlen(text), EVENT_KEY_CEILING);
	else if (text_has_control(text))
		draft_problem(draft, member, "holds a control character");
	else
		keep_key(draft, text);
}

void draft_make_key(struct draft *draft, const char *title)
{
	char text[DIGEST_HEXADECIMAL_ROOM];
	struct digest digest;

	digest_init(&digest, "tocsin dedup_key");
	digest_map(&digest, draft->event.labels);
	digest_text(&digest, title ? title : "");
	digest_hexadecimal(&digest, text);
	keep_key(draft, text);
}

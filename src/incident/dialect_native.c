/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The native dialect: an event as this program would write it, or a list of them.
 *
 * Its senders are scripts that somebody can mend, so it is strict: an unknown member, such as a misspelled
 * one, is a problem and not silence. The defaults are in docs/guides/dialects.md.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "incident/dialect.h"
#include "incident/draft.h"

#define NAME_CHARACTERS 48 /* of an unknown name, in a problem's path */

static const char *const members[] = {
	"annotations", "dedup_key",  "ended_at", "labels",  "links",
	"severity",    "started_at", "status",	 "summary", "title",
};

static void check_member(struct draft *draft, const char *name)
{
	char path[PROBLEM_PATH_CEILING];
	const char *nearest = NULL;

	for (size_t i = 0; i < COUNT_OF(members); i++)
		if (strcmp(name, members[i]) == 0)
			return;
	if (draft->problems->count < PROBLEMS_CEILING) /* else nobody reads what it costs to find */
		nearest = text_nearest(name, members, COUNT_OF(members));
	snprintf(path, sizeof(path), "%.*s", (int)text_prefix(name, NAME_CHARACTERS), name);
	if (nearest)
		draft_problem(draft, path, "is not known; did you mean %s?", nearest);
	else
		draft_problem(draft, path, "is not known; put it in labels or annotations");
}

/* The member, when it is given and holds something; a text of white space is a problem. */
static const char *given_text(struct draft *draft, const char *member)
{
	const char *text = draft_text(draft, member);

	if (text && text_is_blank(text)) {
		draft_problem(draft, member, "is empty");
		return NULL;
	}
	return text;
}

static void read_title(struct draft *draft)
{
	const char *title = given_text(draft, "title");
	const char *summary = given_text(draft, "summary");
	const json_t *value = json_object_get(draft->object, "title");

	if (!value || json_is_null(value))
		draft_problem(draft, "title", "is missing: say what happened, in a few words");
	if (!title)
		return;
	draft_set_title(draft, title);
	draft_set_summary(draft, summary ? summary : title);
}

static void read_times(struct draft *draft)
{
	struct event *event = &draft->event;

	event->started_ms = draft_time(draft, "started_at");
	event->ended_ms = draft_time(draft, "ended_at");
	if (event->ended_ms != EVENT_NO_TIME && event->status != EVENT_RESOLVED)
		draft_problem(draft, "ended_at", "is for resolved events, this one is %s",
			      event_status_name(event->status));
}

static void read_key(struct draft *draft)
{
	const char *key = draft_text(draft, "dedup_key");

	if (key)
		draft_set_key(draft, "dedup_key", key);
	else if (!draft->code)
		draft_make_key(draft, draft->event.title);
}

static enum tocsin_code read_event(const json_t *object, const char *path, const void *data, struct problems *problems,
				   struct event *ret_event)
{
	static const enum event_status firing = EVENT_FIRING;
	const char *name, *severity;
	struct draft draft;
	json_t *value;

	(void)data;
	draft_begin(&draft, object, path, problems);
	if (draft.code)
		return draft_end(&draft, ret_event);
	json_object_foreach ((json_t *)object, name, value)
		check_member(&draft, name);
	draft_set_status(&draft, &firing);
	read_title(&draft);
	severity = given_text(&draft, "severity");
	draft_set_severity(&draft, severity ? severity : EVENT_DEFAULT_SEVERITY);
	draft_set_labels(&draft);
	draft_set_annotations(&draft);
	draft_set_links(&draft);
	read_times(&draft);
	read_key(&draft);
	return draft_end(&draft, ret_event);
}

enum tocsin_code dialect_read_native(const json_t *payload, struct events *ret_events, struct problems *problems,
				     struct tocsin_error *err)
{
	if (json_is_array(payload))
		return dialect_read_list(payload, "", read_event, NULL, ret_events, problems, err);
	return dialect_read_one(payload, read_event, ret_events, problems, err);
}

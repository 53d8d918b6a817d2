/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifications as JSON; see notification.h.
 *
 * The table below is made with the public macros, so a name or a C type that <tocsin/notification.h> does not
 * have, or has otherwise, does not compile here. A test holds the table to the header the other way round.
 */
#include "incident/notification.h"

#include <stdbool.h>
#include <string.h>

#include <tocsin/notification.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "incident/dialect.h"
#include "incident/digest.h"

/* One member for each attribute. */
struct attributes {
	const char *title;
	const char *severity;
	const char *summary;
	const char *status;
	const struct tocsin_map *labels;
	const struct tocsin_map *annotations;
	const struct tocsin_map *links;
	const char *dedup_key;
	const char *id;
	const char *reference;
	const struct tocsin_value *incidents;
	int64_t count;
	const char *started_at;
	const char *ended_at;
};

static const struct tocsin_field attributes[] = {
	TOCSIN_ATTRIBUTE(struct attributes, title),	 TOCSIN_ATTRIBUTE(struct attributes, severity),
	TOCSIN_ATTRIBUTE(struct attributes, summary),	 TOCSIN_ATTRIBUTE(struct attributes, status),
	TOCSIN_ATTRIBUTE(struct attributes, labels),	 TOCSIN_ATTRIBUTE(struct attributes, annotations),
	TOCSIN_ATTRIBUTE(struct attributes, links),	 TOCSIN_ATTRIBUTE(struct attributes, dedup_key),
	TOCSIN_ATTRIBUTE(struct attributes, id),	 TOCSIN_ATTRIBUTE(struct attributes, reference),
	TOCSIN_ATTRIBUTE(struct attributes, incidents),	 TOCSIN_ATTRIBUTE(struct attributes, count),
	TOCSIN_ATTRIBUTE(struct attributes, started_at), TOCSIN_ATTRIBUTE(struct attributes, ended_at),
};

static bool is_attribute(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(attributes); i++)
		if (strcmp(name, attributes[i].name) == 0)
			return true;
	return false;
}

/* RFC 3339, "" for no time. */
static const char *time_text(int64_t wall_ms, char buffer[CLOCK_TEXT_ROOM])
{
	return wall_ms == EVENT_NO_TIME ? "" : clock_text(wall_ms, buffer);
}

static json_t *incident_json(const struct event *event)
{
	char started[CLOCK_TEXT_ROOM], ended[CLOCK_TEXT_ROOM];
	json_t *incident = json_object();

	if (json_put(incident, "dedup_key", json_string(event->dedup_key)) ||
	    json_put(incident, "status", json_string(event_status_name(event->status))) ||
	    json_put(incident, "title", json_string(event->title)) ||
	    json_put(incident, "severity", json_string(event->severity)) ||
	    json_put(incident, "summary", json_string(event->summary)) ||
	    json_object_set(incident, "labels", event->labels) ||
	    json_object_set(incident, "annotations", event->annotations) ||
	    json_object_set(incident, "links", event->links) ||
	    json_put(incident, "started_at", json_string(time_text(event->started_ms, started))) ||
	    json_put(incident, "ended_at", json_string(time_text(event->ended_ms, ended)))) {
		json_decref(incident);
		return NULL;
	}
	return incident;
}

static void make_id(const struct event *event, const char *receiver, char ret_id[DIGEST_BASE32_ROOM])
{
	char started[CLOCK_TEXT_ROOM];
	struct digest digest;

	digest_init(&digest, "tocsin notification");
	digest_text(&digest, receiver);
	digest_text(&digest, event->dedup_key);
	digest_text(&digest, time_text(event->started_ms, started));
	digest_text(&digest, event_status_name(event->status));
	digest_base32(&digest, ret_id);
}

enum tocsin_code notification_of_event(const struct event *event, const char *receiver, json_t **ret_notification,
				       struct tocsin_error *err)
{
	json_t *incident = incident_json(event);
	json_t *notification = json_object();
	json_t *incidents = json_array();
	char id[DIGEST_BASE32_ROOM];
	int failed;

	make_id(event, receiver, id);
	/* All of these give up on NULL, and those that take a reference over release it all the same. */
	failed = json_object_update(notification, incident);
	failed |= json_array_append_new(incidents, incident);
	failed |= json_put(notification, "incidents", incidents);
	failed |= json_put(notification, "count", json_integer(1));
	failed |= json_put(notification, "id", json_string(id));
	failed |= json_put(notification, "reference", json_string(""));
	if (failed) {
		json_decref(notification);
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a notification to %s", receiver);
	}
	*ret_notification = notification;
	return TOCSIN_OK;
}

json_t *notification_example(void)
{
	json_t *payload = json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:{s:s}, s:{s:s}, s:s}",
				    /* clang-format off */
				    "title", "Disk almost full on db-3",
				    "severity", "critical",
				    "summary", "/var/lib/postgresql has 3 % left; at this rate it is full in 40 minutes.",
				    "status", "firing",
				    "dedup_key", "db-3:disk",
				    "labels", "alertname", "DiskAlmostFull", "host", "db-3", "team", "database",
				    "annotations", "value", "97 %",
				    "links", "runbook", "https://runbooks.example.com/disk-almost-full",
				    /* clang-format on */
				    "started_at", "2026-01-31T12:00:00Z");
	struct problems problems = {0};
	struct events events = {0};
	json_t *notification = NULL;

	if (payload && !dialect_read(DIALECT_NATIVE, payload, &events, &problems, NULL))
		notification_of_event(&events.items[0], "example", &notification, NULL);
	events_release(&events);
	problems_release(&problems);
	json_decref(payload);
	return notification;
}

json_t *notification_arguments(const json_t *notification, const struct action *action)
{
	json_t *arguments = json_object();

	for (size_t i = 0; i < action->parameter_count; i++) {
		const char *name = action->parameters[i].name;
		json_t *value = is_attribute(name) ? json_object_get(notification, name) : NULL;

		if (value && json_object_set(arguments, name, value)) {
			json_decref(arguments);
			return NULL;
		}
	}
	return arguments;
}

bool action_reads_status(const struct action *action)
{
	for (size_t i = 0; i < action->parameter_count; i++)
		if (strcmp(action->parameters[i].name, "status") == 0)
			return true;
	return false;
}

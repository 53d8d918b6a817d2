/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INCIDENT_EVENT_H
#define INCIDENT_EVENT_H

/*
 * An event: one thing a sender said. Immutable once made. Whatever the dialect, it is the same struct
 * afterwards, within the same limits.
 */

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/problems.h"

/* X(NAME, text) */
#define EVENT_STATUSES(X)                                                                                              \
	X(FIRING, "firing")                                                                                            \
	X(ACKNOWLEDGED, "acknowledged")                                                                                \
	X(RESOLVED, "resolved")

enum event_status {
#define X(name, text) EVENT_##name,
	EVENT_STATUSES(X)
#undef X
};

#define EVENT_TITLE_CEILING 1024 /* characters; longer text is shortened, with an ellipsis */
#define EVENT_SUMMARY_CEILING 16384
#define EVENT_SEVERITY_CEILING 64
#define EVENT_KEY_CEILING 256 /* bytes of a dedup_key; longer is a problem */
#define EVENT_LABELS_CEILING 128 /* labels, annotations and links, each */
#define EVENT_LABEL_NAME_CEILING 256 /* bytes */
#define EVENT_LABEL_VALUE_CEILING 16384 /* bytes; a longer annotation is shortened, other values are problems */

/*
 * Bytes of all text of one event, as JSON. A notification says it twice, and must fit into one message to a
 * worker.
 */
#define EVENT_BYTES_CEILING 393216

#define EVENT_NO_TIME INT64_MIN

struct event {
	enum event_status status;
	char *dedup_key;
	char *title;
	char *severity; /* lower case */
	char *summary;
	json_t *labels; /* objects of text */
	json_t *annotations;
	json_t *links; /* label to URL */
	int64_t started_ms; /* wall time; EVENT_NO_TIME when unknown */
	int64_t ended_ms;
};

struct events {
	struct event *items;
	size_t count;
};

const char *event_status_name(enum event_status status);
int event_status_parse(const char *text, enum event_status *ret_status); /* 0, or -1 for none */

void event_release(struct event *event);
void events_release(struct events *events);

#endif

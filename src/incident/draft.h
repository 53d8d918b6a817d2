/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INCIDENT_DRAFT_H
#define INCIDENT_DRAFT_H

/*
 * An event in the making: what a dialect reads out of one member of a payload, held to the limits of
 * event.h.
 *
 *	draft_begin(&draft, object, "alerts[3]", problems);
 *	draft_set_title(&draft, draft_text(&draft, "title"));
 *	...
 *	code = draft_end(&draft, &event);
 *
 * Every step goes on after a failure, so that all that is wrong with an event is told at once; draft_end()
 * says how it went. A member that is null counts as absent.
 */

#include <stdbool.h>

#include "incident/event.h"

struct draft {
	const json_t *object;
	const char *path;
	struct problems *problems;
	struct event event;
	enum tocsin_code code; /* the worst so far: TOCSIN_OK, TOCSIN_INVALID, TOCSIN_NO_MEMORY */
};

/* `object`, `path` and `problems` must live until draft_end(). Something that is no object is a problem. */
void draft_begin(struct draft *draft, const json_t *object, const char *path, struct problems *problems);

/* Gives the event away when all was well, else releases it. */
enum tocsin_code draft_end(struct draft *draft, struct event *ret_event);

/* `member` may be a path below the object's, and "" for the object itself. */
void draft_problem(struct draft *draft, const char *member, const char *format, ...) TOCSIN_PRINTF(3, 4);

/* The member as text, NULL when absent; something else is a problem. Borrowed. */
const char *draft_text(struct draft *draft, const char *member);

/* A date-time, EVENT_NO_TIME when absent or in the year 1, which is how Go writes that there is none. */
int64_t draft_time(struct draft *draft, const char *member);

/* The member `status`. `otherwise` when absent, unless it is NULL: then that is a problem. */
void draft_set_status(struct draft *draft, const enum event_status *otherwise);

/*
 * The members `labels` and `annotations`, as objects of text; empty when absent, and after a problem with
 * what is wrong left out.
 */
void draft_set_labels(struct draft *draft);
void draft_set_annotations(struct draft *draft);

/* The member `links`, an object of URLs. */
void draft_set_links(struct draft *draft);

/* Adds a link. What is no http or https URL within the limits is left out and gives false. */
bool draft_add_link(struct draft *draft, const char *label, const char *url);

#define EVENT_DEFAULT_SEVERITY "warning" /* of an event whose sender gave none */

/* Each copies, without white space around it, on one line but for the summary, and shortened to its ceiling. */
void draft_set_title(struct draft *draft, const char *text);
void draft_set_summary(struct draft *draft, const char *text);
void draft_set_severity(struct draft *draft, const char *text);

/* The dedup_key; `member` is where it came from, for problems. */
void draft_set_key(struct draft *draft, const char *member, const char *text);

/* A dedup_key made of the labels, and of the title unless it is NULL. */
void draft_make_key(struct draft *draft, const char *title);

#endif

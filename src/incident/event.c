/* SPDX-License-Identifier: Apache-2.0 */
/* The event's own: its statuses by name, and its release; see event.h. draft.c makes events. */
#include "incident/event.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

static const char *const status_names[] = {
#define X(name, text) [EVENT_##name] = text,
	EVENT_STATUSES(X)
#undef X
};

const char *event_status_name(enum event_status status)
{
	return status_names[status];
}

int event_status_parse(const char *text, enum event_status *ret_status)
{
	for (size_t i = 0; i < COUNT_OF(status_names); i++) {
		if (strcmp(text, status_names[i]) == 0) {
			*ret_status = (enum event_status)i;
			return 0;
		}
	}
	return -1;
}

void event_release(struct event *event)
{
	if (!event)
		return;
	mem_free(event->dedup_key);
	mem_free(event->title);
	mem_free(event->severity);
	mem_free(event->summary);
	json_decref(event->labels);
	json_decref(event->annotations);
	json_decref(event->links);
	*event = (struct event){0};
}

void events_release(struct events *events)
{
	if (!events)
		return;
	for (size_t i = 0; i < events->count; i++)
		event_release(&events->items[i]);
	mem_free(events->items);
	*events = (struct events){0};
}

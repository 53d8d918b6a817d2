/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INCIDENT_DIALECT_H
#define INCIDENT_DIALECT_H

/*
 * Dialects: what senders speak, made into events. Of a payload with several events the good ones are kept
 * and the bad ones named by path in `problems`. The defaults of each dialect (dedup_key, title, summary,
 * severity) are in docs/guides/dialects.md.
 */

#include "base/json.h"
#include "incident/event.h"

/* X(NAME, text) */
#define DIALECTS(X)                                                                                                    \
	X(NATIVE, "native")                                                                                            \
	X(ALERTMANAGER, "alertmanager")

enum dialect {
#define X(name, text) DIALECT_##name,
	DIALECTS(X)
#undef X
};

#define DIALECT_BYTES_CEILING 1048576
#define DIALECT_DEPTH_CEILING 16
#define DIALECT_EVENTS_CEILING 10000

/* 0, or -1 for a name that is none. */
int dialect_parse_name(const char *text, enum dialect *ret_dialect);

/* Alertmanager and Grafana mark their webhook payloads with "alerts"; all else is native. */
enum dialect dialect_guess(const json_t *payload);

/*
 * Makes JSON of a payload's text, mended as json_mend.h says: a problem tells how many characters were
 * replaced. New reference. The ceilings above are held.
 */
enum tocsin_code dialect_parse(const char *text, size_t length, json_t **ret_payload, struct problems *problems,
			       struct tocsin_error *err);

/*
 * Reads a payload. TOCSIN_INVALID when not one event could be made; otherwise TOCSIN_OK, with `problems`
 * for those that could not.
 */
enum tocsin_code dialect_read(enum dialect dialect, const json_t *payload, struct events *ret_events,
			      struct problems *problems, struct tocsin_error *err);

/* The two, each in a file of its own. */
enum tocsin_code dialect_read_native(const json_t *payload, struct events *ret_events, struct problems *problems,
				     struct tocsin_error *err);
enum tocsin_code dialect_read_alertmanager(const json_t *payload, struct events *ret_events, struct problems *problems,
					   struct tocsin_error *err);

/*
 * What they share. Makes an event from `item`, which stands at `path` in the payload; `data` is the dialect's
 * own. TOCSIN_INVALID with problems, or TOCSIN_NO_MEMORY.
 */
typedef enum tocsin_code dialect_reader(const json_t *item, const char *path, const void *data,
					struct problems *problems, struct event *ret_event);

/* Reads the items of a list, whose paths begin with `path`; fails as dialect_read() does. */
enum tocsin_code dialect_read_list(const json_t *list, const char *path, dialect_reader *read, const void *data,
				   struct events *ret_events, struct problems *problems, struct tocsin_error *err);

/* Reads the payload itself as the one event. */
enum tocsin_code dialect_read_one(const json_t *payload, dialect_reader *read, struct events *ret_events,
				  struct problems *problems, struct tocsin_error *err);

#endif

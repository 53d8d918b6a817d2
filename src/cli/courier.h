/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COURIER_H
#define CLI_COURIER_H

/*
 * Delivers what is queued, without a daemon: tries, waits and tries again, falls back, and keeps the record
 * of it all.
 */

#include "cli/queue.h"

#define COURIER_ATTEMPTS 3 /* by default */
#define COURIER_ATTEMPTS_CEILING 20
#define COURIER_WAIT_MS 200 /* before the second attempt; doubles each time */
#define COURIER_WAIT_CEILING_MS 5000 /* no wait is longer; a service that asks for more is not tried again */
#define COURIER_MISSED_CEILING 3 /* so many notifications in a row without an answer, and no more are tried */

struct courier {
	struct queues queues;
	int64_t attempts; /* at most, for one notification */
	json_int_t counts[ENDING_NONE]; /* by ending */
};

/*
 * Delivers until all queues are empty, or ends them as interrupted after a signal. Every parcel gets its
 * ending, and an entry: receiver, plugin_name, route, fallback_for, id, dedup_key, title, severity, status,
 * outcome (the ending), reason and attempts. What was neither delivered nor skipped is said on stderr.
 * Fails only without memory.
 */
enum tocsin_code courier_run(struct courier *courier, struct tocsin_error *err);

/* Whether everybody was told who was to be told; a held notification counts when its fallback takes over. */
bool courier_told_all(const struct courier *courier);

/* The entries, in the order in which events came and routes led to receivers. New reference, NULL without memory. */
json_t *courier_notifications(const struct courier *courier);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COURIER_H
#define CLI_COURIER_H

/*
 * Delivers one event to one receiver, without a daemon: tries, waits and tries again, falls back, and keeps
 * the record of it all.
 */

#include "cli/command.h"
#include "delivery/configuration.h"
#include "incident/event.h"

#define COURIER_ATTEMPTS 3 /* by default */
#define COURIER_ATTEMPTS_CEILING 20
#define COURIER_WAIT_MS 200 /* before the second attempt; doubles each time */
#define COURIER_WAIT_CEILING_MS 5000 /* no wait is longer; a service that asks for more is not tried again */

struct courier {
	const struct configuration *configuration;
	int64_t attempts; /* at most, for one notification */
	json_t *unreachable; /* an object with a member for each receiver that gave no answer when last tried */
	json_t *notifications; /* the record, in order; see courier_deliver() */
	int64_t delivered;
	int64_t failed;
	int64_t skipped;
	int64_t held;
};

/*
 * Delivers `event` to `receiver`, and to its $fallback when that fails and the fallback is not in `served`:
 * an object with a member for each receiver that is sent this event anyway. Adds to `notifications`, each
 * with receiver, plugin_name, route, fallback_for, id, dedup_key, title, severity, status, outcome
 * (delivered, rejected, expired, skipped or held), reason and attempts. Fails only without memory.
 */
enum tocsin_code courier_deliver(struct courier *courier, const struct event *event, struct receiver *receiver,
				 const json_t *route, json_t *served, struct tocsin_error *err);

#endif

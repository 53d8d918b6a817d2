/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_ATTEMPT_H
#define DELIVERY_ATTEMPT_H

/*
 * One try to deliver one notification through one receiver: the adapter renders, a transport sends, the
 * outcome is judged, everything is recorded.
 */

#include "delivery/outcome.h"
#include "delivery/receiver.h"

struct attempt {
	json_t *record; /* what happened, secrets masked; see docs/guides/attempts.md */
	struct delivery_outcome outcome;
};

/*
 * Tries once. What is sent gets at most `left_ms` for its answer, counted from now (0: as long as the request
 * wants). Always fills `ret_attempt`; fails only without memory. The record has: receiver,
 * plugin_name, notification_id, dedup_key, status, time, duration_ms, transport ("http", "stream", or null
 * when it did not come to that), outcome, code, reason, reference, retry_after_ms, error (the chain, or
 * null), outcome_error (the chain of an outcome() that failed, or null), request (masked, null for a
 * stream), response ({status, headers, body} with the first 2 KiB, or null), text (the line of a stream,
 * or null).
 */
enum tocsin_code attempt_deliver(struct receiver *receiver, const json_t *notification, int64_t left_ms,
				 struct attempt *ret_attempt, struct tocsin_error *err);

/*
 * The same without sending: `*ret_preview` is {receiver, plugin_name, transport, request} or
 * {..., text}. Fails when the adapter fails or its request would be refused.
 */
enum tocsin_code attempt_preview(struct receiver *receiver, const json_t *notification, json_t **ret_preview,
				 struct tocsin_error *err);

void attempt_release(struct attempt *attempt);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivering what is queued; see courier.h.
 *
 * An attempt that may succeed later is repeated, the wait doubling each time. Retry-After is a floor for
 * the wait, not a hint, and holds for all that goes to the receiver: where it is more than this command
 * waits, trying earlier would only make things worse, so the notification has expired, and says so. A
 * receiver that gives no answer waits until the others are done; its further notifications are tried once
 * each, and no more after a few in a row: a payload of a hundred alerts must not wait a hundred times for a
 * host that is down. Whatever happens is in the record; only want of memory for the record itself is an
 * error.
 */
#include "cli/courier.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/report.h"
#include "delivery/attempt.h"
#include "incident/notification.h"

#define NS_PER_MS 1000000

/* ---- The record ---- */

static json_t *name_or_null(const struct receiver *receiver)
{
	return receiver ? json_string(receiver->name) : json_null();
}

static json_t *describe(const struct parcel *parcel, enum ending ending, const char *reason)
{
	static const char *const copied[] = {"id", "dedup_key", "title", "severity", "status"};
	json_t *json = json_object();
	int failed = 0;

	for (size_t i = 0; i < COUNT_OF(copied) && !failed; i++)
		failed = json_object_set(json, copied[i], json_object_get(parcel->notification, copied[i]));
	if (failed || json_put(json, "receiver", json_string(parcel->receiver->name)) ||
	    json_put(json, "plugin_name", json_string(parcel->receiver->plugin->name)) ||
	    json_put(json, "route", json_incref(parcel->route)) ||
	    json_put(json, "fallback_for", name_or_null(parcel->for_whom)) ||
	    json_put(json, "outcome", json_string(ending_name(ending))) ||
	    json_put(json, "reason", json_string(reason)) ||
	    json_put(json, "attempts", json_incref(parcel->attempts))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static enum tocsin_code end_parcel(struct courier *courier, struct queue *queue, enum ending ending,
				   struct tocsin_error *err, const char *format, ...) TOCSIN_PRINTF(5, 6);

/* Ends the head of the queue: its record, the line for people, its fallback. */
static enum tocsin_code end_parcel(struct courier *courier, struct queue *queue, enum ending ending,
				   struct tocsin_error *err, const char *format, ...)
{
	struct parcel *parcel = queue->head;
	char reason[TOCSIN_ERROR_ROOM + 128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	text_one_line(reason); /* it may have been cut within a character */
	parcel->entry = describe(parcel, ending, reason);
	if (!parcel->entry)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the record of a notification");
	courier->counts[ending]++;
	queue_end_head(queue, ending);
	if (ending == ENDING_DELIVERED || ending == ENDING_SKIPPED)
		return TOCSIN_OK;
	report("%s: \"%s\" (%s) %s: %s", parcel->receiver->name, parcel->event->title,
	       event_status_name(parcel->event->status), ending_name(ending), reason);
	return ending == ENDING_INTERRUPTED ? TOCSIN_OK : queues_add_fallback(&courier->queues, parcel, err);
}

/* ---- One attempt ---- */

/* Since its first attempt began. */
static int64_t elapsed_ms(const struct parcel *parcel)
{
	return (clock_monotonic_ns() - parcel->began_ns) / NS_PER_MS;
}

/*
 * How long to wait after the newest of the head's attempts; -1 when there is to be no other, and why.
 */
static int64_t next_wait(const struct parcel *parcel, const struct delivery_outcome *outcome, char *reason, size_t size)
{
	const int64_t tried = (int64_t)json_array_size(parcel->attempts);
	int64_t wait = COURIER_WAIT_MS;

	for (int64_t i = 1; i < tried && wait < COURIER_WAIT_CEILING_MS; i++)
		wait *= 2;
	if (wait > COURIER_WAIT_CEILING_MS)
		wait = COURIER_WAIT_CEILING_MS;
	if (outcome->retry_after_ms > wait)
		wait = outcome->retry_after_ms;
	if (tried >= parcel->limit)
		snprintf(reason, size, "gave up after %lld attempt%s: %s", (long long)tried, tried == 1 ? "" : "s",
			 outcome->reason);
	else if (wait > COURIER_WAIT_CEILING_MS)
		snprintf(reason, size, "gave up, since the service asks to wait for %lld s: %s",
			 (long long)((wait + 999) / 1000), outcome->reason);
	else if (elapsed_ms(parcel) + wait >= parcel->receiver->deadline_ms)
		snprintf(reason, size, "its deadline passed: %s", outcome->reason);
	else
		return wait;
	return -1;
}

/* No answer from the service, or none from the adapter: it crashed or hung. */
static bool got_no_answer(const struct delivery_outcome *outcome)
{
	return outcome->code == DELIVERY_CONNECTION || outcome->code == DELIVERY_TLS ||
	       outcome->code == DELIVERY_TIMEOUT ||
	       (outcome->code == DELIVERY_ADAPTER && outcome->outcome == TOCSIN_OUTCOME_RETRY);
}

/* What the attempt says about the receiver, whatever it means for the notification. */
static void note_answer(struct queue *queue, const struct delivery_outcome *outcome)
{
	queue->unanswered = got_no_answer(outcome) ? queue->unanswered + 1 : 0;
	if (!queue->unanswered)
		queue->missed = 0;
	queue->not_before_ns = clock_monotonic_ns() + outcome->retry_after_ms * NS_PER_MS;
	if (outcome->outcome != TOCSIN_OUTCOME_DELIVERED)
		snprintf(queue->reason, sizeof(queue->reason), "%s", outcome->reason);
}

static enum tocsin_code judge(struct courier *courier, struct queue *queue, const struct delivery_outcome *outcome,
			      struct tocsin_error *err)
{
	char reason[sizeof(outcome->reason) + 128];
	int64_t wait;

	/* What is switched off is off by itself: waiting changes nothing. */
	if (outcome->code == DELIVERY_DISABLED)
		return end_parcel(courier, queue, ENDING_HELD, err, "%s", outcome->reason);
	note_answer(queue, outcome);
	if (outcome->outcome != TOCSIN_OUTCOME_RETRY)
		return end_parcel(courier, queue,
				  outcome->outcome == TOCSIN_OUTCOME_DELIVERED ? ENDING_DELIVERED : ENDING_REJECTED,
				  err, "%s", outcome->reason);
	wait = next_wait(queue->head, outcome, reason, sizeof(reason));
	if (wait >= 0) {
		queue->not_before_ns = clock_monotonic_ns() + wait * NS_PER_MS;
		return TOCSIN_OK;
	}
	queue->missed += queue->unanswered > 0;
	return end_parcel(courier, queue, ENDING_EXPIRED, err, "%s", reason);
}

static enum tocsin_code try_once(struct courier *courier, struct queue *queue, struct tocsin_error *err)
{
	struct parcel *parcel = queue->head;
	struct attempt attempt = {.record = NULL};
	enum tocsin_code code;
	int64_t left_ms;

	if (!json_array_size(parcel->attempts)) {
		parcel->limit = queue->unanswered ? 1 : courier->attempts;
		parcel->began_ns = clock_monotonic_ns();
	}
	left_ms = parcel->receiver->deadline_ms - elapsed_ms(parcel);
	if (left_ms <= 0) /* others took longer than it had */
		return end_parcel(courier, queue, ENDING_EXPIRED, err, "its deadline passed: %s", queue->reason);
	code = attempt_deliver(parcel->receiver, parcel->notification, left_ms, &attempt, err);
	if (!code && json_array_append(parcel->attempts, attempt.record))
		code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to record an attempt");
	if (!code)
		code = judge(courier, queue, &attempt.outcome, err);
	attempt_release(&attempt);
	return code;
}

/* ---- All of them ---- */

/* Makes what the head's turn needs. */
static enum tocsin_code prepare(struct parcel *parcel, struct tocsin_error *err)
{
	if (parcel->notification)
		return TOCSIN_OK;
	if (!parcel->attempts)
		parcel->attempts = json_array();
	if (!parcel->attempts)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a notification");
	return notification_of_event(parcel->event, parcel->receiver->name, &parcel->notification, err);
}

static enum tocsin_code interrupt(struct courier *courier, struct queue *queue, struct tocsin_error *err)
{
	const size_t tried = json_array_size(queue->head->attempts);

	if (!tried)
		return end_parcel(courier, queue, ENDING_INTERRUPTED, err, "a signal came before it was tried");
	return end_parcel(courier, queue, ENDING_INTERRUPTED, err, "a signal came after %zu attempt%s: %s", tried,
			  tried == 1 ? "" : "s", queue->reason);
}

/* Waits for the receiver's moment, and tries its head then. */
static enum tocsin_code wait_and_try(struct courier *courier, struct queue *queue, struct tocsin_error *err)
{
	const int64_t wait_ms = (queue->not_before_ns - clock_monotonic_ns()) / NS_PER_MS;

	if (wait_ms > COURIER_WAIT_CEILING_MS)
		return end_parcel(courier, queue, ENDING_EXPIRED, err,
				  "not tried, since the service asks to wait for another %lld s: %s",
				  (long long)((wait_ms + 999) / 1000), queue->reason);
	interrupt_sleep(queue->not_before_ns);
	return interrupt_came() ? interrupt(courier, queue, err) : try_once(courier, queue, err);
}

/* One step with the head of the queue: an attempt, or its ending without one. */
static enum tocsin_code step(struct courier *courier, struct queue *queue, struct tocsin_error *err)
{
	const struct parcel *parcel = queue->head;
	const struct receiver *receiver = queue->receiver;
	const char *reason = NULL;
	const enum tocsin_code code = prepare(queue->head, err);

	if (code)
		return code;
	if (interrupt_came())
		return interrupt(courier, queue, err);
	if (receiver->disabled)
		return end_parcel(courier, queue, ENDING_HELD, err, "%s", receiver->disabled);
	if (!receiver_takes(receiver, event_status_name(parcel->event->status), &reason))
		return end_parcel(courier, queue, ENDING_SKIPPED, err, "%s", reason);
	if (queue->missed >= COURIER_MISSED_CEILING)
		return end_parcel(courier, queue, ENDING_EXPIRED, err,
				  "not tried, since the receiver gave no answer to %d notifications in a row: %s",
				  COURIER_MISSED_CEILING, queue->reason);
	return wait_and_try(courier, queue, err);
}

enum tocsin_code courier_run(struct courier *courier, struct tocsin_error *err)
{
	enum tocsin_code code = TOCSIN_OK;
	struct queue *queue;

	while (!code && (queue = queues_next(&courier->queues)))
		code = step(courier, queue, err);
	return code;
}

/* Whether somebody was told of the event, or nobody was to be; `*ret_next` is the next event's first parcel. */
static bool somebody_was_told(const struct parcel *first, const struct parcel **ret_next)
{
	const struct parcel *parcel = first;
	bool told = false, wanted = false;

	for (; parcel && parcel->event == first->event; parcel = parcel->next) {
		told = told || parcel->ending == ENDING_DELIVERED;
		wanted = wanted || parcel->ending != ENDING_SKIPPED;
	}
	*ret_next = parcel;
	return told || !wanted;
}

bool courier_told_all(const struct courier *courier)
{
	const struct parcel *parcel = courier->queues.parcels;

	if (courier->counts[ENDING_REJECTED] || courier->counts[ENDING_EXPIRED] || courier->counts[ENDING_INTERRUPTED])
		return false;
	for (; parcel; parcel = parcel->next)
		if (parcel->ending == ENDING_HELD && !parcel->receiver->fallback)
			return false;
	parcel = courier->queues.parcels;
	while (parcel)
		if (!somebody_was_told(parcel, &parcel))
			return false;
	return true;
}

json_t *courier_notifications(const struct courier *courier)
{
	json_t *list = json_array();

	for (const struct parcel *parcel = courier->queues.parcels; list && parcel; parcel = parcel->next)
		if (parcel->entry && json_array_append(list, parcel->entry)) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivering one event to one receiver; see courier.h.
 *
 * An attempt that may succeed later is repeated, the wait doubling each time. Retry-After is a floor for
 * the wait, not a hint: where it is more than this command waits, trying earlier would only make things
 * worse, so the notification has expired, and says so. A receiver that gave no answer at all is tried only
 * once for each further notification, until it answers: a payload of hundred alerts must not wait hundred
 * times for a host that is down. Whatever happens is in the record; only want of
 * memory for the record itself is an error.
 */
#include "cli/courier.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/report.h"
#include "delivery/attempt.h"
#include "incident/notification.h"

/* What becomes of a notification in the end. */
struct ending {
	const char *outcome; /* static text */
	char reason[TOCSIN_ERROR_ROOM + 64];
};

static void wait_ms(int64_t ms)
{
	struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};

	while (nanosleep(&left, &left))
		continue;
}

/* How long to wait after attempt number `tried`; -1 when there is to be no other, and why. */
static int64_t next_wait(int64_t limit, const struct receiver *receiver, int64_t tried, int64_t elapsed_ms,
			 const struct delivery_outcome *outcome, struct ending *ending)
{
	int64_t wait = COURIER_WAIT_MS;

	for (int64_t i = 1; i < tried && wait < COURIER_WAIT_CEILING_MS; i++)
		wait *= 2;
	if (wait > COURIER_WAIT_CEILING_MS)
		wait = COURIER_WAIT_CEILING_MS;
	if (outcome->retry_after_ms > wait)
		wait = outcome->retry_after_ms;
	if (tried >= limit)
		snprintf(ending->reason, sizeof(ending->reason), "gave up after %lld attempt%s: %s", (long long)tried,
			 tried == 1 ? "" : "s", outcome->reason);
	else if (wait > COURIER_WAIT_CEILING_MS)
		snprintf(ending->reason, sizeof(ending->reason),
			 "gave up, since the service asks to wait for %lld s: %s", (long long)((wait + 999) / 1000),
			 outcome->reason);
	else if (elapsed_ms + wait >= receiver->deadline_ms)
		snprintf(ending->reason, sizeof(ending->reason), "its deadline passed: %s", outcome->reason);
	else
		return wait;
	return -1;
}

static bool got_no_answer(const struct delivery_outcome *outcome)
{
	return outcome->code == DELIVERY_CONNECTION || outcome->code == DELIVERY_TLS ||
	       outcome->code == DELIVERY_TIMEOUT;
}

/* Notes whether the receiver answered. */
static int note_answer(struct courier *courier, const struct receiver *receiver, const struct delivery_outcome *outcome)
{
	if (got_no_answer(outcome))
		return json_put(courier->unreachable, receiver->name, json_true());
	json_object_del(courier->unreachable, receiver->name);
	return 0;
}

/* Tries until it ends. */
static enum tocsin_code try_all(struct courier *courier, struct receiver *receiver, const json_t *notification,
				json_t *attempts, struct ending *ret_ending, struct tocsin_error *err)
{
	const int64_t limit = json_object_get(courier->unreachable, receiver->name) ? 1 : courier->attempts;
	const int64_t started_ns = clock_monotonic_ns();
	int64_t wait = 0;

	for (int64_t tried = 1; wait >= 0; tried++) {
		struct attempt attempt = {.record = NULL};
		enum tocsin_code code;

		wait_ms(wait);
		code = attempt_deliver(receiver, notification, &attempt, err);
		if (!code &&
		    (json_array_append(attempts, attempt.record) || note_answer(courier, receiver, &attempt.outcome)))
			code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to record an attempt");
		if (code) {
			attempt_release(&attempt);
			return code;
		}
		if (attempt.outcome.code == DELIVERY_DISABLED) {
			/* An action is off by itself: waiting changes nothing. */
			ret_ending->outcome = "held";
			snprintf(ret_ending->reason, sizeof(ret_ending->reason), "%s", attempt.outcome.reason);
			wait = -1;
		} else if (attempt.outcome.outcome == TOCSIN_RETRY) {
			ret_ending->outcome = "expired";
			wait = next_wait(limit, receiver, tried, (clock_monotonic_ns() - started_ns) / 1000000,
					 &attempt.outcome, ret_ending);
		} else {
			ret_ending->outcome = outcome_name(attempt.outcome.outcome);
			snprintf(ret_ending->reason, sizeof(ret_ending->reason), "%s", attempt.outcome.reason);
			wait = -1;
		}
		attempt_release(&attempt);
	}
	return TOCSIN_OK;
}

static enum tocsin_code end_notification(struct courier *courier, const struct event *event, struct receiver *receiver,
					 const json_t *notification, json_t *attempts, struct ending *ret_ending,
					 struct tocsin_error *err)
{
	const char *reason = NULL;

	*ret_ending = (struct ending){.outcome = receiver->disabled ? "held" : "skipped"};
	if (receiver->disabled)
		reason = receiver->disabled;
	else if (receiver_takes(receiver, event_status_name(event->status), &reason))
		return try_all(courier, receiver, notification, attempts, ret_ending, err);
	snprintf(ret_ending->reason, sizeof(ret_ending->reason), "%s", reason);
	return TOCSIN_OK;
}

static void count(struct courier *courier, const char *outcome)
{
	if (strcmp(outcome, "delivered") == 0)
		courier->delivered++;
	else if (strcmp(outcome, "skipped") == 0)
		courier->skipped++;
	else if (strcmp(outcome, "held") == 0)
		courier->held++;
	else
		courier->failed++;
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *describe(const struct receiver *receiver, const json_t *notification, const struct ending *ending)
{
	static const char *const copied[] = {"id", "dedup_key", "title", "severity", "status"};
	json_t *json = json_object();
	int failed = 0;

	for (size_t i = 0; i < COUNT_OF(copied) && !failed; i++)
		failed = json_object_set(json, copied[i], json_object_get(notification, copied[i]));
	if (failed || json_put(json, "receiver", json_string(receiver->name)) ||
	    json_put(json, "plugin_name", json_string(receiver->plugin->name)) ||
	    json_put(json, "outcome", json_string(ending->outcome)) ||
	    json_put(json, "reason", text_or_null(ending->reason))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

/* Delivers to one receiver, without its fallback. `for_whom` is the receiver that it stands in for, or NULL. */
static enum tocsin_code deliver_once(struct courier *courier, const struct event *event, struct receiver *receiver,
				     const json_t *route, const char *for_whom, bool *ret_failed,
				     struct tocsin_error *err)
{
	const int64_t failed_before = courier->failed;
	json_t *notification = NULL, *entry = NULL;
	json_t *attempts = json_array();
	struct ending ending;
	enum tocsin_code code = notification_of_event(event, receiver->name, &notification, err);

	if (!code)
		code = end_notification(courier, event, receiver, notification, attempts, &ending, err);
	if (code)
		goto out;
	count(courier, ending.outcome);
	entry = describe(receiver, notification, &ending);
	if (json_put(entry, "attempts", json_incref(attempts)) ||
	    json_put(entry, "fallback_for", text_or_null(for_whom)) ||
	    json_put(entry, "route", route ? json_incref((json_t *)route) : json_null()) ||
	    json_array_append(courier->notifications, entry)) {
		code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the record of a notification");
		goto out;
	}
	*ret_failed = courier->failed > failed_before;
	if (*ret_failed)
		report("%s: \"%s\" (%s) %s: %s", receiver->name, event->title, event_status_name(event->status),
		       ending.outcome, ending.reason);
out:
	json_decref(entry);
	json_decref(attempts);
	json_decref(notification);
	return code;
}

enum tocsin_code courier_deliver(struct courier *courier, const struct event *event, struct receiver *receiver,
				 const json_t *route, json_t *served, struct tocsin_error *err)
{
	const char *for_whom = NULL;

	/* Each turn adds a receiver to those served, so that a ring of fallbacks comes to its end. */
	for (;;) {
		bool failed = false;
		enum tocsin_code code = deliver_once(courier, event, receiver, route, for_whom, &failed, err);

		if (code || !failed || !receiver->fallback || json_object_get(served, receiver->fallback))
			return code;
		for_whom = receiver->name;
		receiver = configuration_receiver(courier->configuration, receiver->fallback, err);
		if (!receiver)
			return TOCSIN_NOT_FOUND;
		if (json_put(served, receiver->name, json_true()))
			return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to note a fallback");
		route = NULL;
	}
}

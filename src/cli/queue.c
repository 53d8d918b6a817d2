/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queues of notifications; see queue.h.
 *
 * A receiver's parcels leave in the order in which their events came, whatever happens to other receivers:
 * so a resolve never overtakes its trigger. Which receiver is next is asked anew before each attempt, by a
 * scan: there are few receivers, and an attempt costs a thousand times more.
 */
#include "cli/queue.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

static const char *const names[] = {
#define X(name, text) text,
	ENDINGS(X)
#undef X
};

const char *ending_name(enum ending ending)
{
	return names[ending];
}

enum tocsin_code queues_init(const struct configuration *configuration, struct queues *ret_queues,
			     struct tocsin_error *err)
{
	struct queue *items = mem_array(configuration->receiver_count, sizeof(*items));

	if (!items)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the queues");
	for (size_t i = 0; i < configuration->receiver_count; i++)
		items[i].receiver = &configuration->receivers[i];
	*ret_queues = (struct queues){.items = items, .count = configuration->receiver_count};
	return TOCSIN_OK;
}

void queues_release(struct queues *queues)
{
	struct parcel *next;

	for (struct parcel *parcel = queues->parcels; parcel; parcel = next) {
		next = parcel->next;
		json_decref(parcel->route);
		json_decref(parcel->notification);
		json_decref(parcel->attempts);
		json_decref(parcel->entry);
		mem_free(parcel);
	}
	mem_free(queues->items);
	*queues = (struct queues){0};
}

static struct queue *queue_of(struct queues *queues, const char *receiver)
{
	for (size_t i = 0; i < queues->count; i++)
		if (strcmp(queues->items[i].receiver->name, receiver) == 0)
			return &queues->items[i];
	return NULL;
}

/* Puts a parcel behind those of the same turn or an earlier one. */
static void enqueue(struct queue *queue, struct parcel *parcel)
{
	struct parcel **place = &queue->head;

	while (*place && (*place)->turn <= parcel->turn)
		place = &(*place)->behind;
	parcel->behind = *place;
	*place = parcel;
}

/* NULL without memory. */
static struct parcel *parcel_new(const struct queue *queue, const struct event *event, json_t *route)
{
	struct parcel *parcel = mem_zero(sizeof(*parcel));

	if (!parcel)
		return NULL;
	parcel->event = event;
	parcel->receiver = queue->receiver;
	parcel->route = json_incref(route);
	parcel->ending = ENDING_NONE;
	return parcel;
}

enum tocsin_code queues_add(struct queues *queues, const struct event *event, const char *receiver, json_t *route,
			    struct tocsin_error *err)
{
	struct queue *queue = queue_of(queues, receiver);
	struct parcel *last = queues->last;
	struct parcel *parcel;

	if (!queue)
		return tocsin_fail(err, TOCSIN_NOT_FOUND, "there is no receiver %s", receiver);
	parcel = parcel_new(queue, event, route);
	if (!parcel)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a notification");
	parcel->turn = queues->turns++;
	parcel->first = last && last->event == event ? last->first : parcel;
	if (last)
		last->next = parcel;
	else
		queues->parcels = parcel;
	queues->last = parcel;
	enqueue(queue, parcel);
	return TOCSIN_OK;
}

static bool is_told(const struct parcel *first, const char *receiver)
{
	for (const struct parcel *parcel = first; parcel && parcel->event == first->event; parcel = parcel->next)
		if (strcmp(parcel->receiver->name, receiver) == 0)
			return true;
	return false;
}

enum tocsin_code queues_add_fallback(struct queues *queues, struct parcel *parcel, struct tocsin_error *err)
{
	const char *name = parcel->receiver->fallback;
	struct queue *queue = name ? queue_of(queues, name) : NULL;
	struct parcel *fallback;

	if (!queue || is_told(parcel->first, name))
		return TOCSIN_OK;
	fallback = parcel_new(queue, parcel->event, json_null());
	if (!fallback)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a notification");
	fallback->for_whom = parcel->receiver;
	fallback->first = parcel->first;
	fallback->turn = parcel->turn;
	fallback->next = parcel->next;
	parcel->next = fallback;
	if (queues->last == parcel)
		queues->last = fallback;
	enqueue(queue, fallback);
	return TOCSIN_OK;
}

static bool goes_before(const struct queue *one, const struct queue *other, int64_t now_ns)
{
	const int64_t ready = one->not_before_ns > now_ns ? one->not_before_ns : now_ns;
	const int64_t other_ready = other->not_before_ns > now_ns ? other->not_before_ns : now_ns;

	if (one->unanswered != other->unanswered)
		return one->unanswered < other->unanswered;
	return ready != other_ready ? ready < other_ready : one->head->turn < other->head->turn;
}

struct queue *queues_next(struct queues *queues)
{
	const int64_t now_ns = clock_monotonic_ns();
	struct queue *best = NULL;

	for (size_t i = 0; i < queues->count; i++)
		if (queues->items[i].head && (!best || goes_before(&queues->items[i], best, now_ns)))
			best = &queues->items[i];
	return best;
}

void queue_end_head(struct queue *queue, enum ending ending)
{
	struct parcel *parcel = queue->head;

	queue->head = parcel->behind;
	parcel->behind = NULL;
	parcel->ending = ending;
	json_decref(parcel->notification);
	json_decref(parcel->attempts);
	parcel->notification = parcel->attempts = NULL;
}

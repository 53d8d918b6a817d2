/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_QUEUE_H
#define CLI_QUEUE_H

/*
 * The notifications that one command has to deliver: a queue for each receiver, and whose turn it is.
 *
 *	queues_init(&configuration, &queues, err);
 *	queues_add(&queues, event, "oncall", route, err);
 *	while ((queue = queues_next(&queues)))
 *		... queue->head ... queue_end_head(queue, ENDING_DELIVERED);
 *	queues_release(&queues);
 *
 * There are never more parcels than events times receivers; a dialect's ceiling bounds the events, and
 * what a parcel holds beyond its place is made when its turn comes.
 */

#include "delivery/configuration.h"
#include "incident/event.h"

/* X(NAME, text): what becomes of a notification in the end. */
#define ENDINGS(X)                                                                                                     \
	X(DELIVERED, "delivered")                                                                                      \
	X(REJECTED, "rejected") /* for good */                                                                         \
	X(EXPIRED, "expired") /* it might have succeeded later */                                                      \
	X(SKIPPED, "skipped") /* not meant for this receiver */                                                        \
	X(HELD, "held") /* switched off */                                                                             \
	X(INTERRUPTED, "interrupted") /* the command was */

enum ending {
#define X(name, text) ENDING_##name,
	ENDINGS(X)
#undef X
		ENDING_NONE, /* not ended yet; also how many there are */
};

const char *ending_name(enum ending ending);

/* One notification on its way. */
struct parcel {
	struct parcel *next; /* of all, in the order of the report */
	struct parcel *behind; /* for the same receiver */
	struct parcel *first; /* of the same event */
	const struct event *event;
	struct receiver *receiver;
	const struct receiver *for_whom; /* it is the fallback of this one, or NULL */
	json_t *route; /* JSON null when no route led here */
	size_t turn; /* parcels with a lower one were there earlier */
	json_t *notification; /* NULL before its turn and after its end */
	json_t *attempts; /* the same */
	int64_t limit; /* of attempts */
	int64_t began_ns; /* the first attempt */
	enum ending ending;
	json_t *entry; /* of the report, once ended */
};

struct queue {
	struct receiver *receiver;
	struct parcel *head;
	int64_t not_before_ns; /* monotonic: a wait between attempts, or Retry-After */
	unsigned unanswered; /* attempts in a row */
	unsigned missed; /* notifications in a row that ended unanswered */
	char reason[512]; /* of the newest attempt that did not deliver */
};

struct queues {
	struct queue *items; /* one for each receiver */
	size_t count;
	struct parcel *parcels;
	struct parcel *last;
	size_t turns;
};

enum tocsin_code queues_init(const struct configuration *configuration, struct queues *ret_queues,
			     struct tocsin_error *err);
void queues_release(struct queues *queues);

/* Adds a parcel behind all others. Those of one event are added one after the other. `route` is borrowed. */
enum tocsin_code queues_add(struct queues *queues, const struct event *event, const char *receiver, json_t *route,
			    struct tocsin_error *err);

/* Adds one for the fallback of the parcel's receiver, if there is one and it is not told of the event anyway. */
enum tocsin_code queues_add_fallback(struct queues *queues, struct parcel *parcel, struct tocsin_error *err);

/*
 * The queue whose head is next: receivers that answer before those that do not, then who has the least to
 * wait, then the oldest parcel. NULL when all queues are empty.
 */
struct queue *queues_next(struct queues *queues);

/* Takes the head off the queue. */
void queue_end_head(struct queue *queue, enum ending ending);

#endif

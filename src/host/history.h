/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_HISTORY_H
#define HOST_HISTORY_H

/*
 * The recorded invocations of one instance: a ring that keeps the newest HISTORY_CEILING. A record is a
 * JSON object: sequence (from 1, never reused), time (RFC 3339), action, arguments (secrets masked; where they
 * are above a ceiling {"...": "too large to keep"}, and no parameter can be named so), result_type (null when
 * it failed), outcome ("ok" or an error code's name), error (a list of sentences, the outermost first; null
 * when it did not fail), duration_ms.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include <tocsin/error.h>

#define HISTORY_CEILING 100
#define HISTORY_ARGUMENT_BYTES 65536 /* of text and names in one record's arguments */
#define HISTORY_ARGUMENT_VALUES 2000 /* of all kinds in them */

struct invocation {
	int64_t wall_ms; /* when it began */
	int64_t duration_ns;
	const char *action; /* lives as long as the instance's plugin */
	json_t *arguments; /* masked; one reference */
	const char *result_type; /* static text, NULL when it failed */
	enum tocsin_code outcome;
	json_t *error; /* NULL when it did not fail */
};

/* Lets go of what the record refers to and zeroes it. */
void invocation_release(struct invocation *invocation);

/* A zeroed struct is an empty history that records. */
struct history {
	struct invocation *ring; /* allocated at the first record */
	uint64_t sequence; /* of the newest record; 0 before the first */
	uint64_t lost; /* records that could not be kept for want of memory */
	bool off;
};

/* Takes over the references of `invocation`. Never fails: what cannot be kept is counted as lost. */
void history_add(struct history *history, struct invocation *invocation);

/* All records, oldest first. New reference, NULL without memory. */
json_t *history_json(const struct history *history);

/* Record number `sequence` as JSON; NULL when it is no longer kept. */
json_t *history_record_json(const struct history *history, uint64_t sequence);

void history_release(struct history *history);

/* The chain as a JSON list, outermost first. New reference, NULL without memory. */
json_t *error_chain_json(const struct tocsin_error *err);

#endif

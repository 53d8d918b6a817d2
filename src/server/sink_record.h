/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SERVER_SINK_RECORD_H
#define SERVER_SINK_RECORD_H

/* One request that the sink was sent, as a JSON record and as lines for people. */

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct sink_request {
	int64_t wall_ms;
	const char *method;
	const char *target; /* path and query, as sent */
	json_t *headers; /* borrowed; names in lower case */
	const char *body; /* NULL: it was too large */
	size_t body_length;
	unsigned status; /* what it was answered */
};

/*
 * {time, method, path, status, headers, bytes, body, json}: `bytes` counts the body and is null when it was
 * too large, `body` is null then and when it is not UTF-8, `json` is null when it is not JSON. New
 * reference, NULL without memory.
 */
json_t *sink_record(const struct sink_request *request);

/* "TIME METHOD PATH -> STATUS" and the body below, harmless for a terminal. */
void sink_record_show(const json_t *record, struct buffer *out);

#endif

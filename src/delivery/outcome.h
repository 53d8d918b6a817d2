/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_OUTCOME_H
#define DELIVERY_OUTCOME_H

/*
 * What became of one attempt: delivered, retry or rejected; a formal code; a sentence for people.
 * An object of its own, because "did it work" is not an error code.
 */

#include <jansson.h>
#include <stdint.h>

#include <tocsin/result.h>

/* X(NAME, text): why. The text is what records and metrics show. */
#define DELIVERY_CODES(X)                                                                                              \
	X(ACCEPTED, "accepted") /* 2xx, or what `expect` names */                                                      \
	X(WRITTEN, "written") /* the stream took it */                                                                 \
	X(HTTP_STATUS, "http_status") /* a status that says no */                                                      \
	X(EXPECTATION, "expectation") /* a success status, but not the body that was expected */                       \
	X(SERVICE, "service") /* the adapter's outcome() said so */                                                    \
	X(CONNECTION, "connection") /* no connection: refused, reset, name not found */                                \
	X(TLS, "tls") /* certificate or handshake */                                                                   \
	X(TIMEOUT, "timeout") /* sent, perhaps; no answer in time */                                                   \
	X(PROTOCOL, "protocol") /* an answer, but not one in HTTP or within our limits */                              \
	X(EGRESS, "egress") /* the destination is not allowed */                                                       \
	X(REQUEST, "request") /* the adapter's result is no valid request */                                           \
	X(ADAPTER, "adapter") /* the adapter failed, crashed or hung */                                                \
	X(DISABLED, "disabled") /* switched off */                                                                     \
	X(SECRET, "secret") /* a placeholder stands where none may, or its secret is not to be sent */                 \
	X(RUNTIME, "runtime") /* this program's own fault: no memory */

enum delivery_code {
#define X(name, text) DELIVERY_##name,
	DELIVERY_CODES(X)
#undef X
};

struct delivery_outcome {
	enum tocsin_outcome outcome;
	enum delivery_code code;
	int64_t retry_after_ms; /* what the service asked for; 0: nothing */
	char reason[512]; /* a sentence; holds no secret */
	char reference[256]; /* "" when the service gave none */
};

/* Sets outcome, code and reason; clears the rest. */
void outcome_set(struct delivery_outcome *outcome, enum tocsin_outcome result, enum delivery_code code,
		 const char *format, ...) TOCSIN_PRINTF(4, 5);

const char *outcome_name(enum tocsin_outcome outcome);
int outcome_parse(const char *text, enum tocsin_outcome *ret_outcome); /* 0, or -1 for none */
const char *delivery_code_name(enum delivery_code code);

#endif

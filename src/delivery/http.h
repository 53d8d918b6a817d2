/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_HTTP_H
#define DELIVERY_HTTP_H

/*
 * The http transport: carries out a request with libcurl. The only place, with sign.c, where secrets are
 * in the clear, for as long as one transfer takes.
 *
 * Protocols are http and https only, redirects are not followed, no proxy or .netrc is taken from the
 * environment, the response's size is capped, and egress rules are checked for the URL, for each socket
 * that is opened and again before a request goes out on a connection that is reused.
 */

#include "delivery/egress.h"
#include "delivery/outcome.h"
#include "delivery/request.h"

struct response {
	long status;                /* 0: there was no response */
	json_t *headers;            /* names in lower case; repeated ones joined by ", " */
	struct buffer body;         /* at most RESPONSE_BODY_CEILING */
	int64_t duration_ns;
};

struct transfer;

/* Prepares a transfer: `request`, `secrets` and `egress` must outlive it. */
enum tocsin_code transfer_new(const struct request *request, const struct secrets *secrets,
			      const struct egress *egress, struct transfer **ret_transfer, struct tocsin_error *err);
void transfer_free(struct transfer *transfer);

/* Carries it out and waits. What went wrong is an outcome, not an error. */
void transfer_perform(struct transfer *transfer, struct response *ret_response, struct delivery_outcome *ret_outcome);

void response_release(struct response *response);

/* What a response means without a word from the adapter: `expect`, then the status, then Retry-After. */
void response_judge(const struct request *request, const struct response *response,
		    struct delivery_outcome *ret_outcome);

#endif

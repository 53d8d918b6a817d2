/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_HTTP_H
#define DELIVERY_HTTP_H

/*
 * The http transport: carries out a request with libcurl. The only place, with wire.c and sign.c, where
 * secrets are in the clear, for as long as one transfer takes.
 *
 * Protocols are http and https only, redirects are not followed, no proxy or .netrc is taken from the
 * environment, the response's size is capped, and egress rules are checked for the URL, for each socket
 * that is opened and again before a request goes out on a connection that is reused.
 *
 * Not thread-safe for one transfer; different transfers may run in different threads.
 */

#include "delivery/egress.h"
#include "delivery/outcome.h"
#include "delivery/request.h"
#include "delivery/response.h"

struct transfer;

/*
 * Prepares a transfer: `request`, `secrets` and `egress` must outlive it. When it cannot be, the code and
 * `err` say why and `*ret_refusal` what that means for the attempt.
 */
enum tocsin_code transfer_new(const struct request *request, const struct secrets *secrets, const struct egress *egress,
			      struct transfer **ret_transfer, struct delivery_outcome *ret_refusal,
			      struct tocsin_error *err);
void transfer_free(struct transfer *transfer);

/*
 * Carries it out and waits; once. What went wrong is an outcome, not an error. `*ret_response` is to be
 * released in every case and holds no secret.
 */
void transfer_perform(struct transfer *transfer, struct response *ret_response, struct delivery_outcome *ret_outcome);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_OPINION_H
#define DELIVERY_OPINION_H

/* What an adapter's own outcome(request, response) says of a response. */

#include "delivery/response.h"
#include "host/instance.h"

#define OPINION_BODY_ROOM 65536 /* what it is shown of a body */

/*
 * Asks it. `request` is what deliver returned, placeholders and all; `response` holds no secret any more.
 * On success `*outcome`, our own judgement until then, is the adapter's; otherwise it stays as it is.
 */
enum tocsin_code opinion_ask(struct tocsin_instance *instance, json_t *request, const struct response *response,
			     struct delivery_outcome *outcome, struct tocsin_error *err);

#endif

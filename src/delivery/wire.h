/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_WIRE_H
#define DELIVERY_WIRE_H

/*
 * A request as it goes over the wire: what auth, sign and the transport add is in it, and every
 * placeholder is replaced, by its secret or by the mask. Preview and transport both come from here, so
 * that what people are shown is what is sent.
 */

#include "delivery/request.h"

enum wire_mode {
	WIRE_REVEALED, /* for sending; holds secrets */
	WIRE_MASKED, /* for people */
};

struct wire_header {
	char *name;
	char *value;
};

struct wire {
	char *url;
	struct wire_header *headers;
	size_t header_count;
	char *body; /* NULL when there is none */
	size_t body_length;
};

/*
 * TOCSIN_DENIED when a secret was not read, or has characters that do not go where it stands. The signature
 * is of now.
 */
enum tocsin_code wire_init(struct wire *ret_wire, const struct request *request, const struct secrets *secrets,
			   enum wire_mode mode, struct tocsin_error *err);
void wire_release(struct wire *wire); /* wipes */

#endif

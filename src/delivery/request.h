/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_REQUEST_H
#define DELIVERY_REQUEST_H

/*
 * A request: what an adapter's `deliver` asks the http transport to do, checked.
 *
 * Members of the result: endpoint (required to deliver), method (POST by default; GET, PUT, PATCH,
 * DELETE), headers (text to text), timeout_seconds (1 to 300, 10 by default), payload (JSON) or body
 * (text; not both), auth, sign, expect. Unknown members are refused: a typo must not be silent.
 *
 *	auth:   {"scheme": "bearer", "secret": S} or {"scheme": "basic", "username": U, "secret": S}
 *	sign:   {"scheme": "standard-webhooks", "secret": S, "id": ID}
 *	expect: {"statuses": [202], "json": {"ok": true}}
 *
 * A member that is null counts as absent, and auth or sign whose secret is null or empty as not there.
 * Header names are RFC 9110 tokens, values visible ASCII and inner spaces; headers that the transport
 * owns (Host, Content-Length, Transfer-Encoding, Connection, ...) are refused.
 */

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "host/secrets.h"

#define REQUEST_HEADERS_CEILING 64
#define REQUEST_TIMEOUT_SECONDS 10
#define REQUEST_TIMEOUT_CEILING_SECONDS 300
#define RESPONSE_BODY_CEILING 262144 /* what is read of a response */
#define RESPONSE_RECORD_ROOM 2048 /* what an attempt keeps of it */

enum request_auth { REQUEST_AUTH_NONE, REQUEST_AUTH_BEARER, REQUEST_AUTH_BASIC };
enum request_sign { REQUEST_SIGN_NONE, REQUEST_SIGN_STANDARD_WEBHOOKS };

struct request_header {
	const char *name;
	const char *value; /* may hold placeholders */
};

/* Text lives in `arena` or in `source`. Placeholders are still in place. */
struct request {
	json_t *source; /* the adapter's result; one reference */
	struct arena arena;
	const char *endpoint;
	const char *method;
	struct request_header *headers;
	size_t header_count;
	int64_t timeout_ms;
	json_t *payload; /* borrowed from source; NULL when there is a body or none */
	const char *body;
	enum request_auth auth;
	const char *auth_username;
	const char *auth_secret; /* a placeholder */
	enum request_sign sign;
	const char *sign_secret;
	const char *sign_id;
	json_t *expect_statuses; /* borrowed; NULL: any 2xx */
	json_t *expect_json; /* borrowed; NULL: nothing */
};

/*
 * TOCSIN_INVALID with all problems in one sentence, TOCSIN_DENIED when one of them is a placeholder where
 * none may stand. Those may stand in header values, the endpoint, text in payload and body, auth.secret
 * and sign.secret.
 */
enum tocsin_code request_read(json_t *result, const struct secrets *secrets, struct request *ret_request,
			      struct tocsin_error *err);
void request_release(struct request *request);

/*
 * The request as it would be sent, for people: method, endpoint, headers (those of auth, sign and the
 * transport included), payload or body; every secret, and what is computed from one, masked. New reference.
 */
json_t *request_preview(const struct request *request, const struct secrets *secrets);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_RESPONSE_H
#define DELIVERY_RESPONSE_H

/*
 * What a service answered. All of it is a stranger's: it is bounded while it comes in, and made into clean
 * UTF-8 without our secrets before anybody looks at it.
 */

#include <stdbool.h>

#include "base/buffer.h"
#include "delivery/outcome.h"
#include "delivery/request.h"

#define RESPONSE_HEADERS_BYTES 65536 /* of all header lines together; more ends the transfer */
#define RESPONSE_HEADERS_KEPT 100 /* further ones are not recorded */
#define RESPONSE_JSON_DEPTH 32
#define RETRY_AFTER_CEILING_MS 3600000 /* no service makes us wait longer */

struct response {
	long status; /* 0: there was no response */
	json_t *headers; /* names in lower case; repeated ones joined by ", " */
	json_t *json; /* the body when it is JSON and was not cut, else NULL */
	struct buffer body; /* at most RESPONSE_BODY_CEILING */
	size_t header_bytes;
	bool headers_ended; /* by an empty line: what came before is whole */
	bool body_began;
	bool cut; /* the body was longer */
	bool complete; /* it came to its end, or was cut by us; only then it means anything */
	int64_t duration_ns;
};

void response_init(struct response *response);
void response_release(struct response *response);

/* Takes one header line, or the status line, as it came. TOCSIN_LIMIT over the ceiling. */
enum tocsin_code response_add_header(struct response *response, const char *line, size_t length);

/* Takes a part of the body; TOCSIN_LIMIT, and `cut`, when it goes beyond the ceiling. */
enum tocsin_code response_add_body(struct response *response, const char *bytes, size_t length);

/* Reads the body as JSON, makes it clean text, and hides what `secrets` says: headers, body and JSON. */
enum tocsin_code response_clean(struct response *response, const struct secrets *secrets);

/*
 * What a response means without a word from the adapter: `expect`, then the status, then Retry-After.
 */
void response_judge(const struct request *request, const struct response *response,
		    struct delivery_outcome *ret_outcome);

/*
 * As JSON: status, headers and the first `room` bytes of the body; with `parsed`, and if there is some,
 * json as well. New reference, NULL without memory.
 */
json_t *response_json(const struct response *response, size_t room, bool parsed);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A request as people are shown it; see request.h. It is the wire form with every secret masked. */
#include "delivery/request.h"

#include "base/json.h"
#include "delivery/wire.h"

static json_t *headers_json(const struct wire *wire)
{
	json_t *headers = json_object();

	for (size_t i = 0; i < wire->header_count && headers; i++)
		if (json_put(headers, wire->headers[i].name, json_string(wire->headers[i].value))) {
			json_decref(headers);
			return NULL;
		}
	return headers;
}

/* The payload as JSON, or the body as text; nothing when there is neither. */
static int put_content(json_t *preview, const struct request *request, const struct secrets *secrets,
		       const struct wire *wire)
{
	if (request->payload)
		return json_put(preview, "payload", secrets_hide_json(secrets, request->payload));
	return request->body ? json_put(preview, "body", json_string(wire->body)) : 0;
}

json_t *request_preview(const struct request *request, const struct secrets *secrets)
{
	json_t *preview = json_object();
	struct wire wire = {0};
	int failed;

	if (!preview || wire_init(&wire, request, secrets, WIRE_MASKED, NULL)) {
		json_decref(preview);
		return NULL;
	}
	failed = json_put(preview, "method", json_string(request->method)) ||
		 json_put(preview, "endpoint", json_string(wire.url)) ||
		 json_put(preview, "headers", headers_json(&wire)) ||
		 json_put(preview, "timeout_seconds", json_integer(request->timeout_ms / 1000)) ||
		 put_content(preview, request, secrets, &wire);
	wire_release(&wire);
	if (failed) {
		json_decref(preview);
		return NULL;
	}
	return preview;
}

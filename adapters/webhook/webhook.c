/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook: the whole notification as JSON, to an address of your own.
 *
 * Signed when there is a secret, as Standard Webhooks 1.0.0 says (standardwebhooks.com): the transport
 * computes the signature, for the secret never comes here. Without one, Idempotency-Key carries the id
 * by which a receiver knows a repeat.
 *
 * redact_summary keeps the summary out of the whole request: also out of the incidents, and with it all
 * annotations, because that is where senders such as Prometheus write their summaries.
 */
#include <tocsin/tocsin.h>

struct webhook {
	const char *endpoint;
	int64_t timeout_seconds;
	bool redact_summary;
	const struct tocsin_map *headers;
	struct tocsin_secret signing_secret;
	struct tocsin_secret bearer_token;
};

static const struct tocsin_field webhook_fields[] = {
	TOCSIN_URL(struct webhook, endpoint, .required = true, .minimum = "8",
		   .description = "Where incidents are posted."),
	TOCSIN_INTEGER(struct webhook, timeout_seconds, .preset = "5", .minimum = "1", .maximum = "60",
		       .unit = "seconds", .description = "Give up on one attempt after this many seconds."),
	TOCSIN_BOOLEAN(struct webhook, redact_summary, .preset = "false",
		       .description = "Send [redacted] instead of summaries, and no annotations."),
	TOCSIN_MAP(struct webhook, headers, .preset = "", .description = "Headers to send besides our own."),
	TOCSIN_SECRET(struct webhook, signing_secret,
		      .description = "Sign each request with this, as Standard Webhooks does."),
	TOCSIN_SECRET(struct webhook, bearer_token, .description = "Send this as Authorization: Bearer."),
};

struct deliver {
	const char *title;
	const char *severity;
	const char *summary;
	const char *status;
	const struct tocsin_map *labels;
	const struct tocsin_map *annotations;
	const struct tocsin_map *links;
	const char *id;
	const char *dedup_key;
	const struct tocsin_value *incidents;
	int64_t count;
	const char *started_at;
	const char *ended_at;
};

static const struct tocsin_field deliver_parameters[] = {
	TOCSIN_ATTRIBUTE(struct deliver, title),     TOCSIN_ATTRIBUTE(struct deliver, severity),
	TOCSIN_ATTRIBUTE(struct deliver, summary),   TOCSIN_ATTRIBUTE(struct deliver, status),
	TOCSIN_ATTRIBUTE(struct deliver, labels),    TOCSIN_ATTRIBUTE(struct deliver, annotations),
	TOCSIN_ATTRIBUTE(struct deliver, links),     TOCSIN_ATTRIBUTE(struct deliver, id),
	TOCSIN_ATTRIBUTE(struct deliver, dedup_key), TOCSIN_ATTRIBUTE(struct deliver, incidents),
	TOCSIN_ATTRIBUTE(struct deliver, count),     TOCSIN_ATTRIBUTE(struct deliver, started_at),
	TOCSIN_ATTRIBUTE(struct deliver, ended_at),
};

/* Headers, signature and token: each only where there is one. */
static void put_envelope(struct tocsin_object *request, const struct webhook *self, const char *id)
{
	const bool is_signed = self->signing_secret.placeholder != NULL;
	const bool has_key = !is_signed && *id;
	struct tocsin_object *headers = NULL, *sign = NULL, *auth = NULL;

	if (self->headers->count || has_key)
		headers = tocsin_put_object(request, "headers");
	for (size_t i = 0; i < self->headers->count; i++)
		tocsin_put_text(headers, self->headers->items[i].key, self->headers->items[i].value);
	if (has_key)
		tocsin_put_text(headers, "Idempotency-Key", id);
	if (is_signed) {
		sign = tocsin_put_object(request, "sign");
		tocsin_put_text(sign, "scheme", "standard-webhooks");
		tocsin_put_text(sign, "secret", self->signing_secret.placeholder);
		tocsin_put_text(sign, "id", id);
	}
	if (self->bearer_token.placeholder) {
		auth = tocsin_put_object(request, "auth");
		tocsin_put_text(auth, "scheme", "bearer");
		tocsin_put_text(auth, "secret", self->bearer_token.placeholder);
	}
}

/* The incidents without summaries and annotations: only what is listed here goes out. */
static void put_redacted(struct tocsin_object *payload, const struct tocsin_value *incidents)
{
	static const char *const kept[] = {"dedup_key", "status", "title",	"severity",
					   "labels",	"links",  "started_at", "ended_at"};
	struct tocsin_array *list = tocsin_put_array(payload, "incidents");

	for (size_t i = 0; i < tocsin_count(incidents); i++) {
		struct tocsin_object *incident = tocsin_add_object(list);

		for (size_t k = 0; k < sizeof(kept) / sizeof(kept[0]); k++)
			tocsin_put_value(incident, kept[k], tocsin_get(tocsin_at(incidents, i), kept[k]));
		tocsin_put_text(incident, "summary", "[redacted]");
		tocsin_put_object(incident, "annotations");
	}
}

static enum tocsin_code deliver(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct webhook *self = settings;
	const struct deliver *incident = arguments;
	struct tocsin_object *request = tocsin_result_object(ret_result);
	struct tocsin_object *payload = tocsin_put_object(request, "payload");

	(void)err;
	tocsin_put_text(request, "endpoint", self->endpoint);
	tocsin_put_integer(request, "timeout_seconds", self->timeout_seconds);
	put_envelope(request, self, incident->id);

	tocsin_put_text(payload, "title", incident->title);
	tocsin_put_text(payload, "severity", tocsin_lower(ret_result, incident->severity));
	tocsin_put_text(payload, "status", incident->status);
	tocsin_put_map(payload, "labels", incident->labels);
	tocsin_put_map(payload, "links", incident->links);
	tocsin_put_text(payload, "id", incident->id);
	tocsin_put_text(payload, "dedup_key", incident->dedup_key);
	tocsin_put_integer(payload, "count", incident->count);
	tocsin_put_text(payload, "started_at", incident->started_at);
	tocsin_put_text(payload, "ended_at", incident->ended_at);
	if (self->redact_summary) {
		tocsin_put_text(payload, "summary", "[redacted]");
		tocsin_put_object(payload, "annotations");
		put_redacted(payload, incident->incidents);
	} else {
		tocsin_put_text(payload, "summary", incident->summary);
		tocsin_put_map(payload, "annotations", incident->annotations);
		tocsin_put_value(payload, "incidents", incident->incidents);
	}
	return TOCSIN_OK;
}

static const struct tocsin_action webhook_actions[] = {
	{
		.name = "deliver",
		.summary = "Build the request for one notification.",
		.run = deliver,
		.parameters = TOCSIN_LIST(deliver_parameters),
		.arguments_size = sizeof(struct deliver),
		.returns = TOCSIN_RETURNS_OBJECT,
	},
};

TOCSIN_PLUGIN = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "webhook",
	.version = "1.0.0",
	.doc = "Post incidents as JSON to an HTTPS address.",
	.settings_size = sizeof(struct webhook),
	.fields = TOCSIN_LIST(webhook_fields),
	.actions = TOCSIN_LIST(webhook_actions),
};

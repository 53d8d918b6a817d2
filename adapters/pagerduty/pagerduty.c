/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pagerduty: alerts through the Events API v2.
 *
 * The rules are those of "Send an Alert Event" and "Events API v2 Overview" on developer.pagerduty.com:
 * a routing key of 32 characters, a summary of at most 1024, a dedup_key of at most 255, four severities,
 * 512 KB in all, which nothing that intake takes can reach. An event with the dedup_key of an open alert is added to
 * that alert and opens none, so a repeat does no harm: that is why the plugin calls itself idempotent.
 */
#include <string.h>
#include <strings.h>

#include <tocsin/tocsin.h>

struct pagerduty {
	struct tocsin_secret routing_key;
	const char *region;
	const char *source;
	const char *endpoint;
};

static const struct tocsin_field pagerduty_fields[] = {
	TOCSIN_SECRET(struct pagerduty, routing_key, .required = true, .minimum = "32", .maximum = "32",
		      .description = "The integration key of a PagerDuty service or ruleset."),
	TOCSIN_CHOICE(struct pagerduty, region, .choices = TOCSIN_CHOICES("us", "eu"), .preset = "us",
		      .description = "The service region of the PagerDuty account."),
	TOCSIN_STRING(struct pagerduty, source, .preset = "tocsin", .minimum = "1",
		      .description = "The affected system, where no label instance, host or node names it."),
	TOCSIN_URL(struct pagerduty, endpoint, .description = "Post here instead, for a proxy or a test."),
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
	const char *started_at;
};

static const struct tocsin_field deliver_parameters[] = {
	TOCSIN_ATTRIBUTE(struct deliver, title),     TOCSIN_ATTRIBUTE(struct deliver, severity),
	TOCSIN_ATTRIBUTE(struct deliver, summary),   TOCSIN_ATTRIBUTE(struct deliver, status),
	TOCSIN_ATTRIBUTE(struct deliver, labels),    TOCSIN_ATTRIBUTE(struct deliver, annotations),
	TOCSIN_ATTRIBUTE(struct deliver, links),     TOCSIN_ATTRIBUTE(struct deliver, id),
	TOCSIN_ATTRIBUTE(struct deliver, dedup_key), TOCSIN_ATTRIBUTE(struct deliver, started_at),
};

struct word {
	const char *said;
	const char *meant;
};

/* The word for `said` in a table that ends with the word for everything else. */
static const char *translate(const struct word *table, const char *said)
{
	while (table->said && strcasecmp(table->said, said) != 0)
		table++;
	return table->meant;
}

static const struct word actions[] = {
	{"acknowledged", "acknowledge"},
	{"resolved", "resolve"},
	{NULL, "trigger"},
};

/* A word that we do not know is an error: too loud beats too quiet. The word itself is in the details. */
static const struct word severities[] = {
	{"critical", "critical"}, {"page", "critical"}, {"fatal", "critical"}, {"emergency", "critical"},
	{"warning", "warning"},	  {"warn", "warning"},	{"minor", "warning"},  {"info", "info"},
	{"low", "info"},	  {"none", "info"},	{"debug", "info"},     {NULL, "error"},
};

/* What the labels of an alert say about where it comes from; of two that fill the same, the later one counts. */
static const struct word places[] = {
	{"node", "source"},	  {"host", "source"},	      {"instance", "source"}, {"job", "component"},
	{"service", "component"}, {"component", "component"}, {"namespace", "group"}, {"cluster", "group"},
	{"group", "group"},	  {"alertname", "class"},     {NULL, NULL},
};

static void put_alert(struct tocsin_result *result, struct tocsin_object *event, const struct pagerduty *self,
		      const struct deliver *incident)
{
	const char *title = *incident->title ? incident->title : *incident->summary ? incident->summary : "incident";
	struct tocsin_object *alert = tocsin_put_object(event, "payload");
	struct tocsin_array *links = tocsin_put_array(event, "links");
	struct tocsin_object *details;

	tocsin_put_text(alert, "summary", tocsin_shorten(result, title, 1024));
	tocsin_put_text(alert, "severity", translate(severities, incident->severity));
	tocsin_put_text(alert, "source", self->source);
	for (const struct word *place = places; place->said; place++)
		if (*tocsin_map_get(incident->labels, place->said, ""))
			tocsin_put_text(alert, place->meant, tocsin_map_get(incident->labels, place->said, ""));
	if (*incident->started_at)
		tocsin_put_text(alert, "timestamp", incident->started_at);
	details = tocsin_put_object(alert, "custom_details");
	tocsin_put_text(details, "summary", incident->summary);
	tocsin_put_text(details, "severity", incident->severity);
	tocsin_put_text(details, "notification", incident->id);
	tocsin_put_map(details, "labels", incident->labels);
	tocsin_put_map(details, "annotations", incident->annotations);
	for (size_t i = 0; i < incident->links->count; i++) {
		const struct tocsin_pair *pair = &incident->links->items[i];
		struct tocsin_object *link = NULL;

		if (strncmp(pair->value, "http", 4) == 0)
			link = tocsin_add_object(links);
		tocsin_put_text(link, "href", pair->value);
		tocsin_put_text(link, "text", pair->key);
	}
}

static enum tocsin_code deliver(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct pagerduty *self = settings;
	const struct deliver *incident = arguments;
	const char *action = translate(actions, incident->status);
	const char *key = *incident->dedup_key ? incident->dedup_key : incident->id;
	const char *region = strcmp(self->region, "eu") == 0 ? "events.eu.pagerduty.com" : "events.pagerduty.com";
	struct tocsin_object *request, *event;

	if (!*key && strcmp(action, "trigger") != 0)
		return tocsin_fail(err, TOCSIN_INVALID, "without a dedup_key PagerDuty cannot know what to %s", action);
	request = tocsin_result_object(ret_result);
	event = tocsin_put_object(request, "payload");
	tocsin_put_text(request, "endpoint",
			self->endpoint ? self->endpoint : tocsin_format(ret_result, "https://%s/v2/enqueue", region));
	tocsin_put_text(event, "routing_key", self->routing_key.placeholder);
	tocsin_put_text(event, "event_action", action);
	if (*key)
		tocsin_put_text(event, "dedup_key", tocsin_shorten(ret_result, key, 255));
	if (strcmp(action, "trigger") == 0) {
		tocsin_put_text(event, "client", "tocsin");
		put_alert(ret_result, event, self, incident);
	}
	return TOCSIN_OK;
}

struct outcome {
	const struct tocsin_value *response;
};

static const struct tocsin_field outcome_parameters[] = {
	TOCSIN_OBJECT(struct outcome, response, .required = true, .description = "What PagerDuty answered."),
};

static enum tocsin_code outcome(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct outcome *attempt = arguments;
	const struct tocsin_value *body = tocsin_get(attempt->response, "json");
	const struct tocsin_value *errors = tocsin_get(body, "errors");
	const int64_t status = tocsin_integer(tocsin_get(attempt->response, "status"), 0);
	const char *reason = tocsin_text(tocsin_get(body, "message"), "no reason given");
	const char *key = tocsin_text(tocsin_get(body, "dedup_key"), "");
	struct tocsin_object *word;

	(void)settings;
	(void)err;
	for (size_t i = 0; i < tocsin_count(errors) && i < 5; i++)
		reason = tocsin_format(ret_result, "%s; %s", reason, tocsin_text(tocsin_at(errors, i), "?"));
	reason = tocsin_format(ret_result, "PagerDuty answered %d: %s", (int)status, reason);
	word = tocsin_result_outcome(ret_result,
				     status == 202   ? TOCSIN_OUTCOME_DELIVERED
				     : status == 400 ? TOCSIN_OUTCOME_REJECTED
						     : TOCSIN_OUTCOME_RETRY,
				     tocsin_shorten(ret_result, reason, 400));
	if (status == 202 && strlen(key) <= 255) /* a longer text is no reference */
		tocsin_put_text(word, "reference", key);
	return TOCSIN_OK;
}

static const struct tocsin_action pagerduty_actions[] = {
	{
		.name = "deliver",
		.summary = "Build the event that triggers, acknowledges or resolves an alert.",
		.run = deliver,
		.parameters = TOCSIN_LIST(deliver_parameters),
		.arguments_size = sizeof(struct deliver),
		.returns = TOCSIN_RETURNS_OBJECT,
	},
	{
		.name = "outcome",
		.summary = "Say what PagerDuty's answer means.",
		.run = outcome,
		.parameters = TOCSIN_LIST(outcome_parameters),
		.arguments_size = sizeof(struct outcome),
		.returns = TOCSIN_RETURNS_OBJECT,
	},
};

TOCSIN_PLUGIN = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "pagerduty",
	.version = "1.0.0",
	.doc = "Trigger, acknowledge and resolve PagerDuty alerts.",
	.settings_size = sizeof(struct pagerduty),
	.fields = TOCSIN_LIST(pagerduty_fields),
	.actions = TOCSIN_LIST(pagerduty_actions),
	.hosts = TOCSIN_CHOICES("events.pagerduty.com", "events.eu.pagerduty.com"),
	.idempotent = true,
};

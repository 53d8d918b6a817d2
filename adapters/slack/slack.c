/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slack: messages through an incoming webhook, laid out with Block Kit.
 *
 * The rules are those of "Sending messages using incoming webhooks", "Formatting message text" and the
 * Block Kit reference on docs.slack.dev: a header of at most 150 characters, a section of 3000, ten fields
 * of 2000, ten elements of a context; & < > are written as entities; success is the body "ok". A webhook's
 * address is its only credential, so its path is the secret. Slack cannot drop repeats: each message ends
 * with the notification's id, by which people can tell.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <tocsin/tocsin.h>

struct slack {
	struct tocsin_secret path;
	const char *base;
};

static const struct tocsin_field slack_fields[] = {
	TOCSIN_SECRET(struct slack, path, .required = true, .pattern = "[A-Za-z0-9]+(/[A-Za-z0-9]+)+",
		      .description =
			      "What follows https://hooks.slack.com/ in the webhook's address: services/T.../B.../..."),
	TOCSIN_URL(struct slack, base, .preset = "https://hooks.slack.com",
		   .description = "What comes before the path, without a slash at the end."),
};

struct deliver {
	const char *title;
	const char *severity;
	const char *summary;
	const char *status;
	const struct tocsin_map *labels;
	const struct tocsin_map *links;
	const char *id;
};

static const struct tocsin_field deliver_parameters[] = {
	TOCSIN_ATTRIBUTE(struct deliver, title),   TOCSIN_ATTRIBUTE(struct deliver, severity),
	TOCSIN_ATTRIBUTE(struct deliver, summary), TOCSIN_ATTRIBUTE(struct deliver, status),
	TOCSIN_ATTRIBUTE(struct deliver, labels),  TOCSIN_ATTRIBUTE(struct deliver, links),
	TOCSIN_ATTRIBUTE(struct deliver, id),
};

#define FIELDS 10 /* of a section */
#define ELEMENTS 10 /* of a context */

static const char *sign_of(const char *status, const char *severity)
{
	if (strcmp(status, "resolved") == 0)
		return ":white_check_mark:";
	if (strcmp(status, "acknowledged") == 0)
		return ":eyes:";
	if (strcasecmp(severity, "info") == 0)
		return ":information_source:";
	return strcasecmp(severity, "warning") == 0 ? ":warning:" : ":rotating_light:";
}

static const char *escape(struct tocsin_result *result, const char *text)
{
	text = tocsin_replace(result, text, "&", "&amp;");
	text = tocsin_replace(result, text, "<", "&lt;");
	return tocsin_replace(result, text, ">", "&gt;");
}

/* Escaped text of at most `room` characters. It is cut before it is escaped, so that no entity is. */
static const char *mrkdwn(struct tocsin_result *result, const char *text, size_t room)
{
	size_t characters = 0;

	for (const char *byte = text; byte && *byte; byte++) {
		const bool inside = ((unsigned char)*byte & 0xc0) == 0x80; /* of a character of several bytes */
		const size_t width = *byte == '&' ? 5 : *byte == '<' || *byte == '>' ? 4 : 1;

		if (inside)
			continue;
		if (width > room)
			break;
		room -= width;
		characters++;
	}
	return escape(result, tocsin_shorten(result, text, characters));
}

/* Verbatim: names such as @here in text from outside must not call anybody. */
static void fill_mrkdwn(struct tocsin_object *object, const char *text)
{
	tocsin_put_text(object, "type", "mrkdwn");
	tocsin_put_text(object, "text", text);
	tocsin_put_boolean(object, "verbatim", true);
}

static struct tocsin_object *add_block(struct tocsin_array *blocks, const char *type)
{
	struct tocsin_object *block = tocsin_add_object(blocks);

	tocsin_put_text(block, "type", type);
	return block;
}

static void add_fields(struct tocsin_result *result, struct tocsin_array *blocks, const struct tocsin_map *labels)
{
	struct tocsin_array *fields = tocsin_put_array(add_block(blocks, "section"), "fields");

	for (size_t i = 0; i < labels->count && i < FIELDS; i++)
		fill_mrkdwn(tocsin_add_object(fields),
			    tocsin_format(result, "*%s*\n%s", mrkdwn(result, labels->items[i].key, 200),
					  mrkdwn(result, labels->items[i].value, 1700)));
}

/* Links that Slack can show: of the web, of a sane length. */
static bool is_link(const char *url)
{
	return (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0) && strlen(url) <= 1000 &&
	       !strpbrk(url, " \t\r\n");
}

/* The small print: what it is, what was left out, where to read more, and the id. */
static void add_context(struct tocsin_result *result, struct tocsin_array *blocks, const struct deliver *incident)
{
	struct tocsin_array *elements = tocsin_put_array(add_block(blocks, "context"), "elements");
	const char *state = tocsin_format(result, "%s, %s", incident->status, incident->severity);

	fill_mrkdwn(tocsin_add_object(elements), mrkdwn(result, state, 200));
	if (incident->labels->count > FIELDS)
		fill_mrkdwn(tocsin_add_object(elements),
			    tocsin_format(result, "%zu more labels", incident->labels->count - FIELDS));
	for (size_t i = 0, room = ELEMENTS - 3; i < incident->links->count && room; i++) {
		const struct tocsin_pair *link = &incident->links->items[i];
		const char *name = tocsin_replace(result, tocsin_replace(result, link->key, "\n", " "), "|", "/");
		const char *url = tocsin_replace(result, escape(result, link->value), "|", "%7C");

		if (!is_link(link->value))
			continue;
		room--;
		fill_mrkdwn(tocsin_add_object(elements),
			    tocsin_format(result, "<%s|%s>", url, mrkdwn(result, name, 200)));
	}
	if (*incident->id)
		fill_mrkdwn(tocsin_add_object(elements), mrkdwn(result, incident->id, 200));
}

static enum tocsin_code deliver(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct slack *self = settings;
	const struct deliver *incident = arguments;
	const char *sign = sign_of(incident->status, incident->severity);
	const char *title = tocsin_format(ret_result, "%s %s", sign, incident->title);
	struct tocsin_object *request = tocsin_result_object(ret_result);
	struct tocsin_object *payload = tocsin_put_object(request, "payload");
	struct tocsin_array *blocks;
	struct tocsin_object *header;

	(void)err;
	tocsin_put_text(request, "endpoint", tocsin_format(ret_result, "%s/%s", self->base, self->path.placeholder));
	tocsin_put_text(payload, "text", mrkdwn(ret_result, title, 300)); /* for notifications and screen readers */
	blocks = tocsin_put_array(payload, "blocks");
	header = tocsin_put_object(add_block(blocks, "header"), "text");
	tocsin_put_text(header, "type", "plain_text");
	tocsin_put_boolean(header, "emoji", true);
	tocsin_put_text(header, "text", tocsin_shorten(ret_result, tocsin_replace(ret_result, title, "\n", " "), 150));
	if (*incident->summary)
		fill_mrkdwn(tocsin_put_object(add_block(blocks, "section"), "text"),
			    mrkdwn(ret_result, incident->summary, 3000));
	if (incident->labels->count)
		add_fields(ret_result, blocks, incident->labels);
	add_context(ret_result, blocks, incident);
	return TOCSIN_OK;
}

struct outcome {
	const struct tocsin_value *response;
};

static const struct tocsin_field outcome_parameters[] = {
	TOCSIN_OBJECT(struct outcome, response, .required = true, .description = "What Slack answered."),
};

static enum tocsin_code outcome(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct outcome *attempt = arguments;
	const int64_t status = tocsin_integer(tocsin_get(attempt->response, "status"), 0);
	const char *body = tocsin_text(tocsin_get(attempt->response, "body"), "");
	const struct tocsin_value *headers = tocsin_get(attempt->response, "headers");
	const int64_t wait = strtoll(tocsin_text(tocsin_get(headers, "retry-after"), "0"), NULL, 10);
	enum tocsin_outcome word = TOCSIN_OUTCOME_RETRY;
	struct tocsin_object *judgement;

	(void)settings;
	(void)err;
	if (status == 200 && strcmp(body, "ok") == 0)
		word = TOCSIN_OUTCOME_DELIVERED;
	else if (status == 400)
		word = TOCSIN_OUTCOME_REJECTED;
	judgement = tocsin_result_outcome(
		ret_result, word,
		tocsin_format(ret_result, "Slack answered %d: %s", (int)status, tocsin_shorten(ret_result, body, 200)));
	if (status == 429 && wait > 0)
		tocsin_put_integer(judgement, "retry_after_seconds", wait);
	return TOCSIN_OK;
}

static const struct tocsin_action slack_actions[] = {
	{
		.name = "deliver",
		.summary = "Build the message for one notification.",
		.run = deliver,
		.parameters = TOCSIN_LIST(deliver_parameters),
		.arguments_size = sizeof(struct deliver),
		.returns = TOCSIN_RETURNS_OBJECT,
	},
	{
		.name = "outcome",
		.summary = "Say what Slack's answer means.",
		.run = outcome,
		.parameters = TOCSIN_LIST(outcome_parameters),
		.arguments_size = sizeof(struct outcome),
		.returns = TOCSIN_RETURNS_OBJECT,
	},
};

TOCSIN_PLUGIN = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "slack",
	.version = "1.0.0",
	.doc = "Post incidents to a Slack channel.",
	.settings_size = sizeof(struct slack),
	.fields = TOCSIN_LIST(slack_fields),
	.actions = TOCSIN_LIST(slack_actions),
	.hosts = TOCSIN_CHOICES("hooks.slack.com"),
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * telegram: messages through the Bot API.
 *
 * The rules are those of core.telegram.org/bots/api, "Making requests", "sendMessage" and "HTML style": at
 * most 4096 characters after entities; < > & and quotes as entities; success is {"ok": true} in the body;
 * a failure has error_code and description, and sometimes how long to wait. What is said about an incident
 * later replies to what was said before. Telegram cannot drop repeats: each message ends with the
 * notification's id, by which people can tell.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <tocsin/tocsin.h>

struct telegram {
	struct tocsin_secret token;
	const char *chat_id;
	int64_t topic;
	const char *base;
};

static const struct tocsin_field telegram_fields[] = {
	TOCSIN_SECRET(struct telegram, token, .required = true, .pattern = "[0-9]+:[A-Za-z0-9_-]+",
		      .description = "The token that BotFather gave the bot."),
	TOCSIN_STRING(struct telegram, chat_id, .required = true, .pattern = "-?[0-9]+|@[A-Za-z0-9_]{5,}",
		      .description = "The chat: its number, or the @name of a channel."),
	TOCSIN_INTEGER(struct telegram, topic, .minimum = "1",
		       .description = "The topic of a forum to write in: its message_thread_id."),
	TOCSIN_URL(struct telegram, base, .preset = "https://api.telegram.org",
		   .description = "A Bot API server, without a slash at the end."),
};

struct deliver {
	const char *title;
	const char *severity;
	const char *summary;
	const char *status;
	const struct tocsin_map *labels;
	const struct tocsin_map *links;
	const char *id;
	const char *reference;
};

static const struct tocsin_field deliver_parameters[] = {
	TOCSIN_ATTRIBUTE(struct deliver, title),   TOCSIN_ATTRIBUTE(struct deliver, severity),
	TOCSIN_ATTRIBUTE(struct deliver, summary), TOCSIN_ATTRIBUTE(struct deliver, status),
	TOCSIN_ATTRIBUTE(struct deliver, labels),  TOCSIN_ATTRIBUTE(struct deliver, links),
	TOCSIN_ATTRIBUTE(struct deliver, id),	   TOCSIN_ATTRIBUTE(struct deliver, reference),
};

static const char *sign_of(const char *status, const char *severity)
{
	if (strcmp(status, "resolved") == 0)
		return "\u2705";
	if (strcmp(status, "acknowledged") == 0)
		return "\U0001f440";
	if (strcasecmp(severity, "info") == 0)
		return "\u2139";
	return strcasecmp(severity, "warning") == 0 ? "\u26a0" : "\U0001f6a8";
}

/* Text of at most `room` characters, cut before it is escaped: what counts is what it is after entities. */
static const char *html(struct tocsin_result *result, const char *text, size_t room)
{
	text = tocsin_replace(result, tocsin_shorten(result, text, room), "&", "&amp;");
	text = tocsin_replace(result, tocsin_replace(result, text, "<", "&lt;"), ">", "&gt;");
	return tocsin_replace(result, text, "\"", "&quot;");
}

/* The rooms add up to less than 4096: 400 for the head, 2000, ten labels of 123, five links of 61, the id. */
static const char *message(struct tocsin_result *result, const struct deliver *incident)
{
	const struct tocsin_map *labels = incident->labels, *links = incident->links;
	const char *text =
		tocsin_format(result, "%s <b>%s</b>\n%s, %s\n%s\n", sign_of(incident->status, incident->severity),
			      html(result, incident->title, 256), html(result, incident->status, 16),
			      html(result, incident->severity, 32), html(result, incident->summary, 2000));

	for (size_t i = 0; i < labels->count && i < 10; i++)
		text = tocsin_format(result, "%s\n%s: %s", text, html(result, labels->items[i].key, 30),
				     html(result, labels->items[i].value, 90));
	for (size_t i = 0; i < links->count && i < 5; i++)
		if (strlen(links->items[i].value) <= 1000)
			text = tocsin_format(result, "%s\n<a href=\"%s\">%s</a>", text,
					     html(result, links->items[i].value, 1000),
					     html(result, links->items[i].key, 60));
	return *incident->id ? tocsin_format(result, "%s\n<code>%s</code>", text, html(result, incident->id, 64))
			     : text;
}

static enum tocsin_code deliver(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct telegram *self = settings;
	const struct deliver *incident = arguments;
	const int64_t earlier = strtoll(incident->reference, NULL, 10);
	struct tocsin_object *request = tocsin_result_object(ret_result);
	struct tocsin_object *payload = tocsin_put_object(request, "payload");

	(void)err;
	tocsin_put_text(request, "endpoint",
			tocsin_format(ret_result, "%s/bot%s/sendMessage", self->base, self->token.placeholder));
	if (*self->chat_id == '@')
		tocsin_put_text(payload, "chat_id", self->chat_id);
	else
		tocsin_put_integer(payload, "chat_id", strtoll(self->chat_id, NULL, 10));
	if (self->topic)
		tocsin_put_integer(payload, "message_thread_id", self->topic);
	tocsin_put_text(payload, "text", message(ret_result, incident));
	tocsin_put_text(payload, "parse_mode", "HTML");
	tocsin_put_boolean(tocsin_put_object(payload, "link_preview_options"), "is_disabled", true);
	if (earlier > 0) {
		struct tocsin_object *reply = tocsin_put_object(payload, "reply_parameters");

		tocsin_put_integer(reply, "message_id", earlier);
		tocsin_put_boolean(reply, "allow_sending_without_reply", true);
	}
	tocsin_put_boolean(tocsin_put_object(tocsin_put_object(request, "expect"), "json"), "ok", true);
	return TOCSIN_OK;
}

struct outcome {
	const struct tocsin_value *response;
};

static const struct tocsin_field outcome_parameters[] = {
	TOCSIN_OBJECT(struct outcome, response, .required = true, .description = "What Telegram answered."),
};

static enum tocsin_code outcome(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct outcome *attempt = arguments;
	const struct tocsin_value *body = tocsin_get(attempt->response, "json");
	const struct tocsin_value *parameters = tocsin_get(body, "parameters");
	const int64_t status = tocsin_integer(tocsin_get(attempt->response, "status"), 0);
	const int64_t error = tocsin_integer(tocsin_get(body, "error_code"), status);
	const int64_t sent = tocsin_integer(tocsin_get(tocsin_get(body, "result"), "message_id"), 0);
	const int64_t wait = tocsin_integer(tocsin_get(parameters, "retry_after"), 0);
	const int64_t moved = tocsin_integer(tocsin_get(parameters, "migrate_to_chat_id"), 0);
	const char *reason = tocsin_text(tocsin_get(body, "description"), "no description");
	struct tocsin_object *word;

	(void)settings;
	(void)err;
	if (tocsin_boolean(tocsin_get(body, "ok"), false)) {
		word = tocsin_result_outcome(ret_result, TOCSIN_OUTCOME_DELIVERED, "Telegram has sent the message");
		if (sent)
			tocsin_put_text(word, "reference", tocsin_format(ret_result, "%" PRId64, sent));
		return TOCSIN_OK;
	}
	reason = tocsin_format(ret_result, "Telegram answered %" PRId64 ": %s", error,
			       tocsin_shorten(ret_result, reason, 300));
	if (moved)
		reason = tocsin_format(ret_result, "%s; the chat_id is now %" PRId64, reason, moved);
	word = tocsin_result_outcome(ret_result, error == 400 ? TOCSIN_OUTCOME_REJECTED : TOCSIN_OUTCOME_RETRY, reason);
	if (wait > 0)
		tocsin_put_integer(word, "retry_after_seconds", wait);
	return TOCSIN_OK;
}

static const struct tocsin_action telegram_actions[] = {
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
		.summary = "Say what Telegram's answer means.",
		.run = outcome,
		.parameters = TOCSIN_LIST(outcome_parameters),
		.arguments_size = sizeof(struct outcome),
		.returns = TOCSIN_RETURNS_OBJECT,
	},
};

TOCSIN_PLUGIN = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "telegram",
	.version = "1.0.0",
	.doc = "Send incidents to a Telegram chat.",
	.settings_size = sizeof(struct telegram),
	.fields = TOCSIN_LIST(telegram_fields),
	.actions = TOCSIN_LIST(telegram_actions),
	.hosts = TOCSIN_CHOICES("api.telegram.org"),
};

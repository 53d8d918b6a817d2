/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin with every kind of field, parameter and result of ABI 1. It was compiled once, when ABI 1 was
 * made, and is never compiled again: tests/abi/test_abi.py loads the same bytes ever after. A change to
 * this file is no change to what is tested; see build.sh.
 */
#include <tocsin/tocsin.h>

struct first {
	const char *string;
	bool boolean;
	const char *choice;
	int64_t integer;
	const char *url;
	double number;
	int64_t duration;
	struct tocsin_secret secret;
	int64_t size;
	const struct tocsin_list *list;
	const struct tocsin_map *map;
	const char *absent;
};

static const struct tocsin_field first_fields[] = {
	TOCSIN_STRING(struct first, string, .preset = "text", .minimum = "1", .maximum = "20", .pattern = "[a-z ]+",
		      .description = "A string."),
	TOCSIN_CHOICE(struct first, choice, .choices = TOCSIN_CHOICES("one", "two"), .preset = "two",
		      .description = "A choice."),
	TOCSIN_URL(struct first, url, .required = true, .minimum = "10", .description = "A URL."),
	TOCSIN_INTEGER(struct first, integer, .preset = "-7", .minimum = "-9223372036854775808", .maximum = "100",
		       .unit = "pieces", .description = "An integer."),
	TOCSIN_NUMBER(struct first, number, .preset = "0.1", .minimum = "0", .maximum = "1e300",
		      .description = "A number."),
	TOCSIN_BOOLEAN(struct first, boolean, .preset = "true", .description = "A boolean."),
	TOCSIN_DURATION(struct first, duration, .preset = "90m", .minimum = "1s", .maximum = "1d",
			.description = "A duration."),
	TOCSIN_SIZE(struct first, size, .preset = "64KiB", .minimum = "1", .maximum = "1GiB", .description = "A size."),
	TOCSIN_SECRET(struct first, secret, .minimum = "4", .maximum = "64", .description = "A secret."),
	TOCSIN_TEXTS(struct first, list, .preset = "a, b", .maximum = "3", .description = "A list."),
	TOCSIN_MAP(struct first, map, .preset = "k=v", .maximum = "3", .description = "A map."),
	TOCSIN_STRING(struct first, absent, .description = "A string without a default."),
};

struct deliver {
	const char *title;
	const char *severity;
	const char *summary;
	const char *status;
	const struct tocsin_map *labels;
	const struct tocsin_map *annotations;
	const struct tocsin_map *links;
	const char *dedup_key;
	const char *id;
	const char *reference;
	const struct tocsin_value *incidents;
	int64_t count;
	const char *started_at;
	const char *ended_at;
};

static const struct tocsin_field deliver_parameters[] = {
	TOCSIN_ATTRIBUTE(struct deliver, title),      TOCSIN_ATTRIBUTE(struct deliver, severity),
	TOCSIN_ATTRIBUTE(struct deliver, summary),    TOCSIN_ATTRIBUTE(struct deliver, status),
	TOCSIN_ATTRIBUTE(struct deliver, labels),     TOCSIN_ATTRIBUTE(struct deliver, annotations),
	TOCSIN_ATTRIBUTE(struct deliver, links),      TOCSIN_ATTRIBUTE(struct deliver, dedup_key),
	TOCSIN_ATTRIBUTE(struct deliver, id),	      TOCSIN_ATTRIBUTE(struct deliver, reference),
	TOCSIN_ATTRIBUTE(struct deliver, incidents),  TOCSIN_ATTRIBUTE(struct deliver, count),
	TOCSIN_ATTRIBUTE(struct deliver, started_at), TOCSIN_ATTRIBUTE(struct deliver, ended_at),
};

/* All arguments, through every way to write and to read. */
static enum tocsin_code deliver(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct first *self = settings;
	const struct deliver *incident = arguments;
	const struct tocsin_value *one = tocsin_at(incident->incidents, 0);
	struct tocsin_object *request = tocsin_result_object(ret_result);
	struct tocsin_object *payload = tocsin_put_object(request, "payload");
	struct tocsin_array *array = tocsin_put_array(payload, "array");

	if (*incident->title == '!')
		return tocsin_wrap(err, "wrapped %d",
				   (int)tocsin_fail(err, TOCSIN_FAILED, "the title is %s", incident->title));
	tocsin_put_text(request, "endpoint", self->url);
	tocsin_put_text(payload, "title", tocsin_upper(ret_result, incident->title));
	tocsin_put_text(payload, "severity", tocsin_lower(ret_result, incident->severity));
	tocsin_put_text(payload, "summary", tocsin_shorten(ret_result, incident->summary, 5));
	tocsin_put_text(payload, "status", tocsin_replace(ret_result, incident->status, "i", "<>"));
	tocsin_put_map(payload, "labels", incident->labels);
	tocsin_put_map(payload, "annotations", incident->annotations);
	tocsin_put_map(payload, "links", incident->links);
	tocsin_put_text(payload, "dedup_key", incident->dedup_key);
	tocsin_put_text(payload, "id", incident->id);
	tocsin_put_text(payload, "reference", incident->reference);
	tocsin_put_value(payload, "incidents", incident->incidents);
	tocsin_put_integer(payload, "count", incident->count);
	tocsin_put_text(payload, "started_at", incident->started_at);
	tocsin_put_text(payload, "ended_at", incident->ended_at);
	tocsin_put_text(payload, "team", tocsin_map_get(incident->labels, "team", "none"));
	tocsin_add_text(array, tocsin_text(tocsin_get(one, "title"), "no incident"));
	tocsin_add_integer(array, (int64_t)tocsin_count(incident->incidents));
	tocsin_add_integer(array, tocsin_integer(tocsin_get(one, "number"), -1));
	tocsin_put_boolean(tocsin_add_object(array), "flag", tocsin_boolean(tocsin_get(one, "flag"), true));
	return TOCSIN_OK;
}

static enum tocsin_code settings(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				 struct tocsin_error *err)
{
	const struct first *self = settings;
	struct tocsin_object *object = tocsin_result_object(ret_result);

	(void)arguments;
	(void)err;
	tocsin_put_text(object, "string", self->string);
	tocsin_put_text(object, "choice", self->choice);
	tocsin_put_text(object, "url", self->url);
	tocsin_put_integer(object, "integer", self->integer);
	tocsin_put_number(object, "number", self->number);
	tocsin_put_boolean(object, "boolean", self->boolean);
	tocsin_put_integer(object, "duration", self->duration);
	tocsin_put_integer(object, "size", self->size);
	tocsin_put_boolean(object, "secret", self->secret.placeholder != NULL);
	tocsin_put_list(object, "list", self->list);
	tocsin_put_map(object, "map", self->map);
	tocsin_put_text(object, "absent", self->absent);
	return TOCSIN_OK;
}

/* The payload of `deliver`, by a nested call. */
static enum tocsin_code preview(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct tocsin_value *request;

	(void)settings;
	if (tocsin_invoke(ret_result, "deliver", arguments, &request, err))
		return tocsin_wrap(err, "previewing");
	tocsin_result_json(ret_result, tocsin_get(request, "payload"));
	return TOCSIN_OK;
}

static enum tocsin_code nothing(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)ret_result;
	(void)err;
	return TOCSIN_OK;
}

struct outcome {
	const struct tocsin_value *request;
	const struct tocsin_value *response;
};

static const struct tocsin_field outcome_parameters[] = {
	TOCSIN_OBJECT(struct outcome, request, .required = true, .description = "What was sent."),
	TOCSIN_OBJECT(struct outcome, response, .required = true, .description = "What came back."),
};

static enum tocsin_code outcome(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct outcome *attempt = arguments;
	const bool good = tocsin_integer(tocsin_get(attempt->response, "status"), 0) == 200;

	(void)settings;
	(void)err;
	tocsin_put_text(
		tocsin_result_outcome(ret_result, good ? TOCSIN_OUTCOME_DELIVERED : TOCSIN_OUTCOME_REJECTED,
				      tocsin_format(ret_result, "%zu members sent", tocsin_count(attempt->request))),
		"reference", "first");
	return TOCSIN_OK;
}

static const struct tocsin_action first_actions[] = {
	{.name = "deliver",
	 .summary = "Show the arguments.",
	 .run = deliver,
	 .parameters = TOCSIN_LIST(deliver_parameters),
	 .arguments_size = sizeof(struct deliver),
	 .returns = TOCSIN_RETURNS_OBJECT},
	{.name = "settings", .summary = "Show the settings.", .run = settings, .returns = TOCSIN_RETURNS_OBJECT},
	{.name = "preview",
	 .summary = "Show the payload as text.",
	 .run = preview,
	 .parameters = TOCSIN_LIST(deliver_parameters),
	 .arguments_size = sizeof(struct deliver),
	 .returns = TOCSIN_RETURNS_TEXT},
	{.name = "nothing", .summary = "Do nothing.", .run = nothing, .returns = TOCSIN_RETURNS_NOTHING},
	{.name = "outcome",
	 .summary = "Judge a response.",
	 .run = outcome,
	 .parameters = TOCSIN_LIST(outcome_parameters),
	 .arguments_size = sizeof(struct outcome),
	 .returns = TOCSIN_RETURNS_OBJECT},
};

TOCSIN_PLUGIN = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "first",
	.version = "1.0.0",
	.doc = "Every kind of ABI 1.",
	.fields = TOCSIN_LIST(first_fields),
	.actions = TOCSIN_LIST(first_actions),
	.hosts = TOCSIN_CHOICES("one.example.com", "two.example.com"),
	.settings_size = sizeof(struct first),
	.idempotent = true,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Prometheus Alertmanager's webhook sends (version 4), and Grafana, which sends the same with more
 * members and a version of its own.
 *
 * Members that are not read here are passed over: new ones come with every release, and are not ours to
 * judge. Both wait for a 2xx and send all alerts of a group again otherwise, so one bad alert must not cost
 * the others. The defaults are in docs/guides/dialects.md.
 */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "incident/dialect.h"
#include "incident/draft.h"

#define ALERTMANAGER_VERSION "4"
#define GRAFANA_VERSION "1"

/* What the alerts of one payload share. */
struct sender {
	const char *url; /* of the sender's own page, or NULL */
	const char *label; /* of the link to it */
};

/* The first of the annotations or labels `names` that holds something, or NULL. */
static const char *first_of(const json_t *texts, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = json_get_text(texts, names[i], NULL);

		if (!text_is_blank(text))
			return text;
	}
	return NULL;
}

static void set_texts(struct draft *draft)
{
	static const char *const title_annotations[] = {"title"}, *const title_labels[] = {"alertname"};
	static const char *const summaries[] = {"summary", "description", "message"};
	static const char *const severities[] = {"severity"};
	const json_t *labels = draft->event.labels, *annotations = draft->event.annotations;
	const char *title = first_of(annotations, title_annotations, COUNT_OF(title_annotations));
	const char *summary = first_of(annotations, summaries, COUNT_OF(summaries));
	const char *severity = first_of(labels, severities, COUNT_OF(severities));

	if (!title)
		title = first_of(labels, title_labels, COUNT_OF(title_labels));
	if (!title)
		title = "An alert without a name";
	draft_set_title(draft, title);
	draft_set_summary(draft, summary ? summary : title);
	draft_set_severity(draft, severity ? severity : EVENT_DEFAULT_SEVERITY);
}

static void set_key(struct draft *draft)
{
	const char *fingerprint = draft_text(draft, "fingerprint");

	if (!text_is_blank(fingerprint))
		draft_set_key(draft, "fingerprint", fingerprint);
	else if (json_object_size(draft->event.labels) == 0)
		draft_problem(draft, "", "has neither a fingerprint nor labels, so nothing says which alert it is");
	else if (!draft->code)
		draft_make_key(draft, NULL);
}

static void set_times(struct draft *draft)
{
	draft->event.started_ms = draft_time(draft, "startsAt");
	/* Of a firing alert it is when Alertmanager would give up on it, or no time at all. */
	if (draft->event.status == EVENT_RESOLVED)
		draft->event.ended_ms = draft_time(draft, "endsAt");
}

static void add_links(struct draft *draft, const struct sender *sender)
{
	static const struct {
		const char *label, *member, *annotation; /* one of the two */
	} links[] = {
		{"source", "generatorURL", NULL},    {"runbook", NULL, "runbook_url"},
		{"dashboard", "dashboardURL", NULL}, {"dashboard", NULL, "dashboard_url"},
		{"panel", "panelURL", NULL},	     {"silence", "silenceURL", NULL},
		{"image", "imageURL", NULL},
	};

	if (sender->url)
		draft_add_link(draft, sender->label, sender->url);
	for (size_t i = 0; i < COUNT_OF(links); i++) {
		const char *url = links[i].member ? json_get_text(draft->object, links[i].member, NULL)
						  : json_get_text(draft->event.annotations, links[i].annotation, NULL);

		if (url)
			draft_add_link(draft, links[i].label, url);
	}
}

static enum tocsin_code read_alert(const json_t *alert, const char *path, const void *data, struct problems *problems,
				   struct event *ret_event)
{
	struct draft draft;

	draft_begin(&draft, alert, path, problems);
	if (draft.code)
		return draft_end(&draft, ret_event);
	draft_set_status(&draft, NULL);
	draft_set_labels(&draft);
	draft_set_annotations(&draft);
	set_texts(&draft);
	set_key(&draft);
	set_times(&draft);
	add_links(&draft, data);
	return draft_end(&draft, ret_event);
}

/* What the sender left out is lost: it says only how many there were. */
static void tell_truncated(const json_t *payload, struct problems *problems)
{
	const json_t *value = json_object_get(payload, "truncatedAlerts");
	const json_int_t count = json_integer_value(value);

	if (!value || json_is_null(value))
		return;
	if (!json_is_integer(value) || count < 0)
		problems_add(problems, "truncatedAlerts", "is %s, a number of alerts is needed",
			     json_is_integer(value) ? "negative" : json_kind(value));
	else if (count)
		problems_add(problems, "truncatedAlerts",
			     "%" JSON_INTEGER_FORMAT " alert%s cut off by the sender, and nobody is told of %s: raise "
			     "max_alerts of its webhook (0 is no limit)",
			     count, count == 1 ? " was" : "s were", count == 1 ? "it" : "them");
}

/* Who sent it, by its version. */
static enum tocsin_code read_sender(const json_t *payload, struct sender *ret_sender, struct tocsin_error *err)
{
	const json_t *value = json_object_get(payload, "version");
	const char *version = json_string_value(value);
	struct sender sender = {.url = json_get_text(payload, "externalURL", NULL), .label = "alertmanager"};

	if (!version)
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the payload's version is %s, Alertmanager writes \"" ALERTMANAGER_VERSION
				   "\" and Grafana \"" GRAFANA_VERSION "\"",
				   value ? json_kind(value) : "missing");
	if (strcmp(version, GRAFANA_VERSION) == 0 && json_object_get(payload, "orgId"))
		sender.label = "grafana";
	else if (strcmp(version, ALERTMANAGER_VERSION) != 0)
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the payload's version is \"%.*s\": version " ALERTMANAGER_VERSION
				   " of Alertmanager's webhook is needed, or Grafana's " GRAFANA_VERSION
				   " with an orgId",
				   (int)text_prefix(version, 40), version);
	*ret_sender = sender;
	return TOCSIN_OK;
}

enum tocsin_code dialect_read_alertmanager(const json_t *payload, struct events *ret_events, struct problems *problems,
					   struct tocsin_error *err)
{
	const json_t *alerts = json_object_get(payload, "alerts");
	enum tocsin_code code;
	struct sender sender;

	if (!json_is_object(payload))
		return tocsin_fail(err, TOCSIN_INVALID, "the payload is %s, a map is needed", json_kind(payload));
	code = read_sender(payload, &sender, err);
	if (code)
		return code;
	if (!json_is_array(alerts))
		return tocsin_fail(err, TOCSIN_INVALID, "the payload's alerts are %s, a list is needed",
				   alerts ? json_kind(alerts) : "missing");
	tell_truncated(payload, problems);
	return dialect_read_list(alerts, "alerts", read_alert, &sender, ret_events, problems, err);
}

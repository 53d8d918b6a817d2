/* SPDX-License-Identifier: Apache-2.0 */
/* Dialects: defaults, limits, problems by path, hostile payloads, memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "incident/dialect.h"
#include "scarce.h"

static const struct json_limits limits = {.bytes = DIALECT_BYTES_CEILING, .depth = DIALECT_DEPTH_CEILING};

static json_t *read_json(const char *text)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *json = NULL;

	if (json_read(text, strlen(text), &limits, &json, &err))
		fail_msg("%s: %s", text, tocsin_error_at(&err, 0));
	return json;
}

/* The event as one line, to compare with. */
static char *event_text(const struct event *event)
{
	char started[CLOCK_TEXT_ROOM], ended[CLOCK_TEXT_ROOM];
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:O, s:O, s:O, s:s, s:s}", "status",
				 event_status_name(event->status), "key", event->dedup_key, "title", event->title,
				 "severity", event->severity, "summary", event->summary, "labels", event->labels,
				 "annotations", event->annotations, "links", event->links, "started",
				 event->started_ms == EVENT_NO_TIME ? "" : clock_text(event->started_ms, started),
				 "ended", event->ended_ms == EVENT_NO_TIME ? "" : clock_text(event->ended_ms, ended));
	char *text = json_text(json, JSON_STYLE_LINE);

	json_decref(json);
	return text;
}

static void test_names(void **state)
{
	static const struct {
		const char *payload;
		enum dialect dialect;
	} cases[] = {
		{"{\"alerts\": []}", DIALECT_ALERTMANAGER},
		{"{\"alerts\": null}", DIALECT_ALERTMANAGER},
		{"{\"title\": \"x\"}", DIALECT_NATIVE},
		{"{\"version\": \"4\"}", DIALECT_NATIVE},
		{"[{\"alerts\": []}]", DIALECT_NATIVE},
		{"\"alerts\"", DIALECT_NATIVE},
		{"null", DIALECT_NATIVE},
	};
	enum dialect dialect;

	(void)state;
	assert_int_equal(dialect_parse_name("native", &dialect), 0);
	assert_int_equal(dialect, DIALECT_NATIVE);
	assert_int_equal(dialect_parse_name("alertmanager", &dialect), 0);
	assert_int_equal(dialect, DIALECT_ALERTMANAGER);
	assert_int_equal(dialect_parse_name("Native", &dialect), -1);
	assert_int_equal(dialect_parse_name("", &dialect), -1);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *payload = read_json(cases[i].payload);

		assert_int_equal(dialect_guess(payload), cases[i].dialect);
		json_decref(payload);
	}
}

/* One good event of each case: `expected` is what event_text() makes of it. */
static void check_one(enum dialect dialect, const char *payload_text, const char *expected)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *payload = read_json(payload_text);
	struct problems problems = {0};
	struct events events = {0};
	char *text;

	if (dialect_read(dialect, payload, &events, &problems, &err))
		fail_msg("%s: %s", payload_text, tocsin_error_at(&err, 0));
	json_decref(payload);
	assert_true(problems_none(&problems));
	assert_int_equal(events.count, 1);
	text = event_text(&events.items[0]);
	assert_string_equal(text, expected);
	mem_free(text);
	events_release(&events);
}

static void test_native(void **state)
{
	static const struct {
		const char *payload, *expected;
	} cases[] = {
		{"{\"title\": \"It broke\"}",
		 "{\"annotations\": {}, \"ended\": \"\", \"key\": \"a3a4e2c5b5be0d4eac95e1aa45abe6c6\", \"labels\": "
		 "{}, \"links\": {}, "
		 "\"severity\": \"warning\", \"started\": \"\", \"status\": \"firing\", \"summary\": \"It broke\", "
		 "\"title\": \"It broke\"}"},
		{"[{\"title\": \"  It\\nbroke\\t\\u001b[31m \", \"summary\": \" a\\nb \", \"severity\": \" "
		 "CRITical\"}]",
		 "{\"annotations\": {}, \"ended\": \"\", \"key\": \"5f04d058e82e27b9964297929a98b770\", \"labels\": "
		 "{}, \"links\": {}, "
		 "\"severity\": \"critical\", \"started\": \"\", \"status\": \"firing\", \"summary\": \"a\\nb\", "
		 "\"title\": \"It broke  [31m\"}"},
		{"{\"title\": \"x\", \"severity\": null, \"summary\": null, \"status\": null, \"dedup_key\": null, "
		 "\"labels\": null, \"annotations\": null, \"links\": null, \"started_at\": null, \"ended_at\": null}",
		 "{\"annotations\": {}, \"ended\": \"\", \"key\": \"6c75a688a4e735baf564a58e5d057243\", \"labels\": "
		 "{}, \"links\": {}, "
		 "\"severity\": \"warning\", \"started\": \"\", \"status\": \"firing\", \"summary\": \"x\", "
		 "\"title\": \"x\"}"},
		{"{\"title\": \"x\", \"severity\": \"error\", \"summary\": \"y\", \"status\": \"resolved\", "
		 "\"dedup_key\": \" a key \", \"labels\": {\"team\": \"db\", \"empty\": \"\"}, "
		 "\"annotations\": {\"note\": \"\xc3\xa9\"}, \"links\": {\"runbook\": \"https://example.com/r\"}, "
		 "\"started_at\": \"2026-01-31T13:00:00+01:00\", \"ended_at\": \"2026-01-31T12:30:00.5Z\"}",
		 "{\"annotations\": {\"note\": \"\xc3\xa9\"}, \"ended\": \"2026-01-31T12:30:00.500Z\", "
		 "\"key\": \" a key \", \"labels\": {\"empty\": \"\", \"team\": \"db\"}, "
		 "\"links\": {\"runbook\": \"https://example.com/r\"}, \"severity\": \"error\", "
		 "\"started\": \"2026-01-31T12:00:00.000Z\", \"status\": \"resolved\", \"summary\": \"y\", "
		 "\"title\": \"x\"}"},
		{"{\"title\": \"x\", \"status\": \"acknowledged\", \"dedup_key\": \"k\", "
		 "\"started_at\": \"0001-01-01T00:00:00Z\"}",
		 "{\"annotations\": {}, \"ended\": \"\", \"key\": \"k\", \"labels\": {}, \"links\": {}, "
		 "\"severity\": \"warning\", \"started\": \"\", \"status\": \"acknowledged\", \"summary\": \"x\", "
		 "\"title\": \"x\"}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_one(DIALECT_NATIVE, cases[i].payload, cases[i].expected);
}

/* What makes a dedup_key: the labels and the title, nothing else. */
static void test_native_key(void **state)
{
	static const char *const same[] = {
		"{\"title\": \"x\", \"labels\": {\"a\": \"1\", \"b\": \"2\"}}",
		"{\"title\": \" x \", \"labels\": {\"b\": \"2\", \"a\": \"1\"}}",
		"{\"title\": \"x\", \"labels\": {\"a\": \"1\", \"b\": \"2\"}, \"severity\": \"critical\", "
		"\"summary\": \"y\", \"status\": \"resolved\", \"annotations\": {\"c\": \"d\"}, "
		"\"started_at\": \"2026-01-31T13:00:00Z\", \"links\": {\"l\": \"http://l\"}}",
	};
	static const char *const different[] = {
		"{\"title\": \"x\", \"labels\": {\"a\": \"1\", \"b\": \"2\"}}",
		"{\"title\": \"y\", \"labels\": {\"a\": \"1\", \"b\": \"2\"}}",
		"{\"title\": \"x\", \"labels\": {\"a\": \"1\"}}",
		"{\"title\": \"x\", \"labels\": {\"a\": \"2\", \"b\": \"1\"}}",
		"{\"title\": \"x\", \"labels\": {\"a\": \"1b\", \"2\": \"\"}}",
		"{\"title\": \"x\"}",
	};
	char keys[COUNT_OF(different)][64];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(same) + COUNT_OF(different); i++) {
		const bool is_same = i < COUNT_OF(same);
		json_t *payload = read_json(is_same ? same[i] : different[i - COUNT_OF(same)]);
		struct problems problems = {0};
		struct events events = {0};
		char *key = keys[is_same ? 0 : i - COUNT_OF(same)];

		assert_int_equal(dialect_read(DIALECT_NATIVE, payload, &events, &problems, NULL), TOCSIN_OK);
		assert_int_equal(strlen(events.items[0].dedup_key), 32);
		if (is_same && i > 0)
			assert_string_equal(events.items[0].dedup_key, key);
		strcpy(key, events.items[0].dedup_key);
		for (size_t j = 0; !is_same && j < i - COUNT_OF(same); j++)
			assert_string_not_equal(keys[j], key);
		events_release(&events);
		json_decref(payload);
	}
}

/* The paths and words of the problems of a payload that is wholly bad. */
static void check_problems(enum dialect dialect, const char *payload_text, const char *const (*expected)[2],
			   size_t count)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *payload = read_json(payload_text);
	struct events events = {.count = 4711};
	struct problems problems = {0};

	if (dialect_read(dialect, payload, &events, &problems, &err) != TOCSIN_INVALID)
		fail_msg("accepted: %s", payload_text);
	assert_int_equal(events.count, 4711);
	assert_int_equal(err.code, TOCSIN_INVALID);
	if (count == 1 && !expected[0][0]) { /* the payload as a whole: no list, one sentence */
		assert_non_null(strstr(tocsin_error_at(&err, 0), expected[0][1]));
		assert_true(problems_none(&problems));
		json_decref(payload);
		return;
	}
	for (size_t i = 0; i < problems.count || i < count; i++) {
		if (i >= count || i >= problems.count || strcmp(problems.items[i].path, expected[i][0]) != 0 ||
		    !strstr(problems.items[i].message, expected[i][1]))
			fail_msg("%s\ngives \"%s\": \"%s\" instead of \"%s\": \"%s\"", payload_text,
				 i < problems.count ? problems.items[i].path : "",
				 i < problems.count ? problems.items[i].message : "(nothing)",
				 i < count ? expected[i][0] : "", i < count ? expected[i][1] : "(nothing)");
	}
	assert_non_null(strstr(tocsin_error_at(&err, 0), expected[0][1]));
	problems_release(&problems);
	json_decref(payload);
}

#define MOST_PROBLEMS 12

static void test_native_problems(void **state)
{
	static const struct {
		const char *payload;
		const char *problems[MOST_PROBLEMS][2];
	} cases[] = {
		{"\"x\"", {{"", "is text, a map is needed"}}},
		{"null", {{"", "is null, a map is needed"}}},
		{"[]", {{NULL, "the payload holds no event"}}},
		{"[[]]", {{"[0]", "is a list, a map is needed"}}},
		{"[1, null]", {{"[0]", "is an integer, a map is needed"}, {"[1]", "is null, a map is needed"}}},
		{"{}", {{"title", "is missing"}}},
		{"{\"title\": null}", {{"title", "is missing"}}},
		{"{\"title\": 4}", {{"title", "is an integer, text is needed"}}},
		{"{\"title\": \" \\t\\n\"}", {{"title", "is empty"}}},
		{"{\"title\": \" \\u001b\\u007f\\u009b\"}", {{"title", "is empty"}}},
		{"{\"title\": \"x\", \"summary\": \"\"}", {{"summary", "is empty"}}},
		{"{\"title\": \"x\", \"severity\": \"\"}", {{"severity", "is empty"}}},
		{"{\"title\": \"x\", \"severity\": true}", {{"severity", "is a boolean, text is needed"}}},
		{"{\"title\": \"x\", \"status\": \"fired\"}",
		 {{"status", "is \"fired\", firing, acknowledged or resolved"}}},
		{"{\"title\": \"x\", \"status\": 1.5}", {{"status", "is a number, text is needed"}}},
		{"{\"title\": \"x\", \"dedup_key\": \"\"}", {{"dedup_key", "is empty: leave it out"}}},
		{"{\"title\": \"x\", \"dedup_key\": \"a\\nb\"}", {{"dedup_key", "holds a control character"}}},
		{"{\"title\": \"x\", \"dedup_key\": {}}", {{"dedup_key", "is a map, text is needed"}}},
		{"{\"title\": \"x\", \"labels\": []}", {{"labels", "is a list, a map is needed"}}},
		{"{\"title\": \"x\", \"labels\": {\"team\": 1}}", {{"labels.team", "is an integer, text is needed"}}},
		{"{\"title\": \"x\", \"labels\": {\"team\": null}}", {{"labels.team", "is null, text is needed"}}},
		{"{\"title\": \"x\", \"labels\": {\"\": \"x\"}}", {{"labels", "a member without a name"}}},
		{"{\"title\": \"x\", \"annotations\": {\"n\": {}}}", {{"annotations.n", "is a map, text is needed"}}},
		{"{\"title\": \"x\", \"links\": \"http://x\"}", {{"links", "is text, a map is needed"}}},
		{"{\"title\": \"x\", \"links\": {\"a\": \"javascript:alert(1)\", \"b\": \"http://\", \"c\": "
		 "\"https:///x\", "
		 "\"d\": \"http://a b\", \"e\": \"x\", \"f\": \"http://x\\n\", \"g\": false, \"h\": \"file://x/\"}}",
		 {{"links.g", "is a boolean, text is needed"},
		  {"links.a", "is no http or https URL"},
		  {"links.b", "is no http or https URL"},
		  {"links.c", "is no http or https URL"},
		  {"links.d", "is no http or https URL"},
		  {"links.e", "is no http or https URL"},
		  {"links.f", "is no http or https URL"},
		  {"links.h", "is no http or https URL"}}},
		{"{\"title\": \"x\", \"started_at\": \"yesterday\"}",
		 {{"started_at", "is \"yesterday\", a date-time such as"}}},
		{"{\"title\": \"x\", \"started_at\": 1769860800}", {{"started_at", "is an integer, text is needed"}}},
		{"{\"title\": \"x\", \"ended_at\": \"2026-01-31T12:00:00Z\"}",
		 {{"ended_at", "is for resolved events, this one is firing"}}},
		{"{\"title\": \"x\", \"labls\": {}}", {{"labls", "is not known; did you mean labels?"}}},
		{"{\"Title\": \"x\"}", {{"Title", "did you mean title?"}, {"title", "is missing"}}},
		{"{\"title\": \"x\", \"description\": \"y\"}",
		 {{"description", "is not known; put it in labels or annotations"}}},
		{"{\"title\": \"x\", \"a\\n\\u001b\": 1}", {{"a  ", "is not known"}}},
		/* All at once, and each under its own event. */
		{"[{\"titel\": \"x\"}, {\"title\": \"y\", \"labels\": {\"a\": 1, \"b\": \"c\", \"d\": []}, "
		 "\"status\": \"off\"}]",
		 {{"[0].titel", "did you mean title?"},
		  {"[0].title", "is missing"},
		  {"[1].status", "is \"off\""},
		  {"[1].labels.a", "is an integer, text is needed"},
		  {"[1].labels.d", "is a list, text is needed"}}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t count = 0;

		while (count < MOST_PROBLEMS && cases[i].problems[count][1])
			count++;
		check_problems(DIALECT_NATIVE, cases[i].payload, cases[i].problems, count);
	}
}

static void test_alertmanager(void **state)
{
#define ALERT(members) "{\"version\": \"4\", \"alerts\": [{" members "}]}"
#define REST                                                                                                           \
	"\"ended\": \"\", \"key\": \"f\", \"labels\": {}, \"links\": {}, \"severity\": \"warning\", \"started\": "     \
	"\"\", "                                                                                                       \
	"\"status\": \"firing\", "
	static const struct {
		const char *payload, *expected;
	} cases[] = {
		{ALERT("\"status\": \"firing\", \"fingerprint\": \"f\""),
		 "{\"annotations\": {}, " REST
		 "\"summary\": \"An alert without a name\", \"title\": \"An alert without a name\"}"},
		/* Titles and summaries, in the order of preference. */
		{ALERT("\"status\": \"firing\", \"fingerprint\": \"f\", \"annotations\": {\"message\": \"m\"}"),
		 "{\"annotations\": {\"message\": \"m\"}, " REST
		 "\"summary\": \"m\", \"title\": \"An alert without a name\"}"},
		{ALERT("\"status\": \"firing\", \"fingerprint\": \"f\", \"annotations\": {\"message\": \"m\", "
		       "\"description\": \"d\", \"title\": \"t\", \"summary\": \" \"}"),
		 "{\"annotations\": {\"description\": \"d\", \"message\": \"m\", \"summary\": \" \", \"title\": "
		 "\"t\"}, " REST "\"summary\": \"d\", \"title\": \"t\"}"},
		{ALERT("\"status\": \"firing\", \"fingerprint\": \"f\", \"annotations\": {\"description\": \"d\", "
		       "\"summary\": \"s\"}"),
		 "{\"annotations\": {\"description\": \"d\", \"summary\": \"s\"}, " REST
		 "\"summary\": \"s\", \"title\": \"An alert without a name\"}"},
		/* Labels, a made key, and times: that of a firing alert's end is no end. */
		{ALERT("\"status\": \"firing\", \"labels\": {\"severity\": \"CRITICAL\", \"alertname\": \"Disk\"}, "
		       "\"startsAt\": \"2026-01-31T11:58:12.423Z\", \"endsAt\": \"2026-01-31T12:58:12.423Z\""),
		 "{\"annotations\": {}, \"ended\": \"\", \"key\": \"5619941ee000c816b944424bc4e9741d\", "
		 "\"labels\": {\"alertname\": \"Disk\", \"severity\": \"CRITICAL\"}, \"links\": {}, "
		 "\"severity\": \"critical\", \"started\": \"2026-01-31T11:58:12.423Z\", \"status\": \"firing\", "
		 "\"summary\": \"Disk\", \"title\": \"Disk\"}"},
		{ALERT("\"status\": \"resolved\", \"labels\": {\"alertname\": \"Disk\", \"severity\": \"\"}, "
		       "\"fingerprint\": \"\", \"startsAt\": \"0001-01-01T00:00:00Z\", "
		       "\"endsAt\": \"2026-01-31T12:58:12.423+01:00\""),
		 "{\"annotations\": {}, \"ended\": \"2026-01-31T11:58:12.423Z\", \"key\": "
		 "\"af29378ecd16ab0cd3fb1548c93fba26\", "
		 "\"labels\": {\"alertname\": \"Disk\", \"severity\": \"\"}, \"links\": {}, "
		 "\"severity\": \"warning\", \"started\": \"\", \"status\": \"resolved\", "
		 "\"summary\": \"Disk\", \"title\": \"Disk\"}"},
		/* Links: only what is a URL, the annotation before Grafana's own. */
		{"{\"version\": \"4\", \"externalURL\": \"http://am:9093\", \"alerts\": [{\"status\": \"firing\", "
		 "\"fingerprint\": \"f\", \"generatorURL\": \"/graph?g0\", \"dashboardURL\": \"http://g/d\", "
		 "\"panelURL\": \"\", \"annotations\": {\"dashboard_url\": \"http://own/d\", "
		 "\"runbook_url\": \"see wiki\"}, \"values\": null, \"unknown\": [1]}], \"unknown\": {}}",
		 "{\"annotations\": {\"dashboard_url\": \"http://own/d\", \"runbook_url\": \"see wiki\"}, "
		 "\"ended\": \"\", \"key\": \"f\", \"labels\": {}, "
		 "\"links\": {\"alertmanager\": \"http://am:9093\", \"dashboard\": \"http://own/d\"}, "
		 "\"severity\": \"warning\", \"started\": \"\", \"status\": \"firing\", "
		 "\"summary\": \"An alert without a name\", \"title\": \"An alert without a name\"}"},
		/* Grafana. */
		{"{\"receiver\": \"x\", \"status\": \"firing\", \"state\": \"alerting\", \"orgId\": 1, \"version\": "
		 "\"1\", "
		 "\"title\": \"[FIRING:1]\", \"message\": \"m\", \"externalURL\": \"https://grafana.example.com/\", "
		 "\"groupKey\": \"{}\", \"truncatedAlerts\": 0, \"alerts\": [{\"status\": \"firing\", "
		 "\"labels\": {\"alertname\": \"Memory\", \"grafana_folder\": \"Ops\"}, "
		 "\"annotations\": {\"summary\": \"zone us-1\", \"runbook_url\": \"https://r/1\"}, "
		 "\"startsAt\": \"2026-01-31T13:51:03.157076+02:00\", \"endsAt\": \"0001-01-01T00:00:00Z\", "
		 "\"generatorURL\": \"https://g/alerting/1/edit\", \"fingerprint\": \"c6eadffa33fcdf37\", "
		 "\"silenceURL\": \"https://g/silence\", \"dashboardURL\": \"https://g/d/1\", "
		 "\"panelURL\": \"https://g/d/1?viewPanel=2\", \"imageURL\": \"https://g/i.png\", "
		 "\"values\": {\"B\": 44.2, \"C\": 1}, \"valueString\": \"[ var='B' value=44.2 ]\", \"orgId\": 1}]}",
		 "{\"annotations\": {\"runbook_url\": \"https://r/1\", \"summary\": \"zone us-1\"}, \"ended\": \"\", "
		 "\"key\": \"c6eadffa33fcdf37\", \"labels\": {\"alertname\": \"Memory\", \"grafana_folder\": \"Ops\"}, "
		 "\"links\": {\"dashboard\": \"https://g/d/1\", \"grafana\": \"https://grafana.example.com/\", "
		 "\"image\": \"https://g/i.png\", \"panel\": \"https://g/d/1?viewPanel=2\", "
		 "\"runbook\": \"https://r/1\", \"silence\": \"https://g/silence\", "
		 "\"source\": \"https://g/alerting/1/edit\"}, \"severity\": \"warning\", "
		 "\"started\": \"2026-01-31T11:51:03.157Z\", \"status\": \"firing\", \"summary\": \"zone us-1\", "
		 "\"title\": \"Memory\"}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_one(DIALECT_ALERTMANAGER, cases[i].payload, cases[i].expected);
}

static void test_alertmanager_problems(void **state)
{
#define FIRING "\"status\": \"firing\", "
	static const struct {
		const char *payload;
		const char *problems[MOST_PROBLEMS][2];
	} cases[] = {
		{"[]", {{NULL, "the payload is a list, a map is needed"}}},
		{"{\"alerts\": []}", {{NULL, "the payload's version is missing"}}},
		{"{\"version\": 4, \"alerts\": []}", {{NULL, "the payload's version is an integer"}}},
		{"{\"version\": \"3\", \"alerts\": []}", {{NULL, "the payload's version is \"3\": version 4"}}},
		{"{\"version\": \"1\", \"alerts\": []}", {{NULL, "the payload's version is \"1\": version 4"}}},
		{"{\"version\": \"4\"}", {{NULL, "the payload's alerts are missing"}}},
		{"{\"version\": \"4\", \"alerts\": {}}", {{NULL, "the payload's alerts are a map, a list is needed"}}},
		{"{\"version\": \"4\", \"alerts\": []}", {{NULL, "the payload holds no event"}}},
		{"{\"version\": \"1\", \"orgId\": 1, \"alerts\": []}", {{NULL, "the payload holds no event"}}},
		{"{\"version\": \"4\", \"alerts\": [1]}", {{"alerts[0]", "is an integer, a map is needed"}}},
		{ALERT("\"fingerprint\": \"f\""), {{"alerts[0].status", "is missing: firing or resolved"}}},
		{ALERT("\"status\": \"pending\", \"fingerprint\": \"f\""), {{"alerts[0].status", "is \"pending\""}}},
		{ALERT("\"status\": \"firing\""), {{"alerts[0]", "has neither a fingerprint nor labels"}}},
		{ALERT(FIRING "\"fingerprint\": 5, \"labels\": {\"a\": \"b\"}"),
		 {{"alerts[0].fingerprint", "is an integer, text is needed"}}},
		{ALERT(FIRING "\"fingerprint\": \"f\", \"labels\": {\"a\": 1.5}"),
		 {{"alerts[0].labels.a", "is a number, text is needed"}}},
		{ALERT(FIRING "\"fingerprint\": \"f\", \"annotations\": {\"summary\": [\"x\"]}"),
		 {{"alerts[0].annotations.summary", "is a list, text is needed"}}},
		{ALERT(FIRING "\"fingerprint\": \"f\", \"startsAt\": \"soon\""),
		 {{"alerts[0].startsAt", "is \"soon\", a date-time such as"}}},
		{ALERT("\"status\": \"resolved\", \"fingerprint\": \"f\", \"endsAt\": 1"),
		 {{"alerts[0].endsAt", "is an integer, text is needed"}}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t count = 0;

		while (count < MOST_PROBLEMS && cases[i].problems[count][1])
			count++;
		check_problems(DIALECT_ALERTMANAGER, cases[i].payload, cases[i].problems, count);
	}
}

/* Alerts that the sender left out are told of, and cost none of the others. */
static void test_truncated(void **state)
{
	static const struct {
		const char *value, *message; /* NULL: nothing is told */
	} cases[] = {
		{"0", NULL},
		{"null", NULL},
		{"1", "1 alert was cut off by the sender, and nobody is told of it: raise max_alerts"},
		{"5", "5 alerts were cut off by the sender, and nobody is told of them: raise max_alerts"},
		{"-1", "is negative, a number of alerts is needed"},
		{"\"5\"", "is text, a number of alerts is needed"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct problems problems = {0};
		struct events events = {0};
		json_t *payload;
		char text[256];

		snprintf(text, sizeof(text),
			 "{\"version\": \"4\", \"truncatedAlerts\": %s, \"alerts\": [{\"status\": \"firing\", "
			 "\"fingerprint\": \"a\"}]}",
			 cases[i].value);
		payload = read_json(text);
		assert_int_equal(dialect_read(DIALECT_ALERTMANAGER, payload, &events, &problems, NULL), TOCSIN_OK);
		assert_int_equal(events.count, 1);
		assert_int_equal(problems.count, cases[i].message != NULL);
		if (cases[i].message) {
			assert_string_equal(problems.items[0].path, "truncatedAlerts");
			assert_non_null(strstr(problems.items[0].message, cases[i].message));
		}
		problems_release(&problems);
		events_release(&events);
		json_decref(payload);
	}
}

/* One character that is none does not cost an event, its own least of all. */
static void test_parsing(void **state)
{
#define ONE "{\"title\": \"a\"}"
	static const struct {
		const char *text, *message; /* NULL: nothing is told */
		size_t events;
	} cases[] = {
		{"[" ONE "]", NULL, 1},
		{"\xef\xbb\xbf" ONE, NULL, 1},
		{"[" ONE ", {\"title\": \"a\\u0000b\"}]",
		 "1 character that no text can hold was replaced by U+FFFD, the first at byte 30", 2},
		{"[" ONE ", {\"title\": \"\\ud800\"}, {\"title\": \"\xff\"}]",
		 "2 characters that no text can hold were replaced by U+FFFD, the first at byte 29", 3},
		{"[{\"title\": \"x\", \"labels\": {\"a\\u0000\": \"\xc3\"}}, " ONE "]", "2 characters", 2},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct problems problems = {0};
		struct events events = {0};
		json_t *payload = NULL;

		assert_int_equal(dialect_parse(cases[i].text, strlen(cases[i].text), &payload, &problems, &err),
				 TOCSIN_OK);
		assert_int_equal(dialect_read(DIALECT_NATIVE, payload, &events, &problems, &err), TOCSIN_OK);
		assert_int_equal(events.count, cases[i].events);
		assert_int_equal(problems.count, cases[i].message != NULL);
		if (cases[i].message && !strstr(problems.items[0].message, cases[i].message))
			fail_msg("%s", problems.items[0].message);
		problems_release(&problems);
		events_release(&events);
		json_decref(payload);
	}
}

/* The ceiling is that of what was sent, not of what mending makes of it. */
static void test_ceiling_of_payloads(void **state)
{
	char *text = mem_alloc(DIALECT_BYTES_CEILING + 2);
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct problems problems = {0};
	json_t *payload = NULL;

	(void)state;
	assert_non_null(text);
	memset(text, 0xff, DIALECT_BYTES_CEILING + 1);
	text[0] = text[DIALECT_BYTES_CEILING - 1] = '"';
	assert_int_equal(dialect_parse(text, DIALECT_BYTES_CEILING, &payload, &problems, &err), TOCSIN_OK);
	assert_int_equal(json_string_length(payload), 3 * (DIALECT_BYTES_CEILING - 2));
	assert_int_equal(dialect_parse(text, DIALECT_BYTES_CEILING + 1, &payload, &problems, &err), TOCSIN_LIMIT);
	assert_int_equal(dialect_parse("[\"\xff\"", 4, &payload, &problems, &err), TOCSIN_INVALID);
	scarce_begin(0);
	assert_int_equal(dialect_parse("\"\xff\"", 3, &payload, &problems, &err), TOCSIN_NO_MEMORY);
	assert_true(scarce_end());
	assert_int_equal(problems.count, 1);
	problems_release(&problems);
	json_decref(payload);
	mem_free(text);
}

/* The good ones are kept, in their order; the bad ones are named. */
static void test_partly_bad(void **state)
{
	json_t *payload =
		read_json("{\"version\": \"4\", \"alerts\": [{\"status\": \"firing\", \"fingerprint\": \"a\"}, "
			  "{\"status\": \"firing\", \"fingerprint\": \"b\", \"labels\": {\"x\": 1}}, 7, "
			  "{\"status\": \"resolved\", \"fingerprint\": \"c\"}]}");
	struct problems problems = {0};
	struct events events = {0};

	(void)state;
	assert_int_equal(dialect_read(DIALECT_ALERTMANAGER, payload, &events, &problems, NULL), TOCSIN_OK);
	assert_int_equal(events.count, 2);
	assert_string_equal(events.items[0].dedup_key, "a");
	assert_string_equal(events.items[1].dedup_key, "c");
	assert_int_equal(problems.count, 2);
	assert_string_equal(problems.items[0].path, "alerts[1].labels.x");
	assert_string_equal(problems.items[1].path, "alerts[2]");
	problems_release(&problems);
	events_release(&events);
	json_decref(payload);
}

static char *repeated(const char *unit, size_t count)
{
	struct buffer text;

	buffer_init(&text, 1 << 24);
	while (count--)
		buffer_text_add(&text, unit);
	return buffer_take(&text);
}

static enum tocsin_code read_object(json_t *payload, struct event *ret_event, struct problems *problems)
{
	struct events events = {0};
	const enum tocsin_code code = dialect_read(DIALECT_NATIVE, payload, &events, problems, NULL);

	if (!code) {
		*ret_event = events.items[0];
		mem_free(events.items);
	}
	return code;
}

/* Text is shortened at its ceiling, in characters, and only above it. */
static void test_shortened(void **state)
{
	static const struct {
		const char *member;
		size_t ceiling;
	} cases[] = {
		{"title", EVENT_TITLE_CEILING},
		{"summary", EVENT_SUMMARY_CEILING},
		{"severity", EVENT_SEVERITY_CEILING},
	};
	static const char *const characters[] = {"x", "\xc3\xa9", "\xf0\x9f\x94\x94"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases) * COUNT_OF(characters) * 3; i++) {
		const size_t c = i / 9, more = i % 3;
		const char *character = characters[i / 3 % 3];
		const size_t size = strlen(character), ceiling = cases[c].ceiling;
		char *text = repeated(character, ceiling - 1 + more);
		json_t *payload = json_pack("{s:s}", "title", "x");
		struct problems problems = {0};
		const char *kept;
		struct event event;

		json_put(payload, cases[c].member, json_string(text));
		assert_int_equal(read_object(payload, &event, &problems), TOCSIN_OK);
		kept = c == 0 ? event.title : c == 1 ? event.summary : event.severity;
		if (more < 2) {
			assert_string_equal(kept, text);
		} else {
			assert_int_equal(text_characters(kept), ceiling);
			assert_int_equal(strncmp(kept, text, (ceiling - 1) * size), 0);
			assert_string_equal(kept + (ceiling - 1) * size, "\xe2\x80\xa6");
		}
		event_release(&event);
		json_decref(payload);
		mem_free(text);
	}
}

/* `bytes` of x as the value `name` of `map`; whether it is accepted, and if so, what became of it. */
static bool accepts(const char *map, const char *name, size_t bytes, struct event *ret_event)
{
	char *text = repeated("x", bytes);
	json_t *payload = json_pack("{s:s, s:{s:s}}", "title", "x", map, name, text);
	struct problems problems = {0};
	const enum tocsin_code code = read_object(payload, ret_event, &problems);

	assert_int_equal(code == TOCSIN_OK, problems_none(&problems));
	problems_release(&problems);
	json_decref(payload);
	mem_free(text);
	return code == TOCSIN_OK;
}

static void test_ceilings_of_maps(void **state)
{
	static const char *const maps[] = {"labels", "annotations", "links"};
	char *name = repeated("n", EVENT_LABEL_NAME_CEILING + 1);
	struct problems problems = {0};
	struct event event;
	json_t *payload;

	(void)state;
	assert_true(accepts("labels", "x", EVENT_LABEL_VALUE_CEILING, &event));
	event_release(&event);
	assert_false(accepts("labels", "x", EVENT_LABEL_VALUE_CEILING + 1, &event));
	assert_false(accepts("labels", name, 1, &event));
	assert_false(accepts("annotations", name, 1, &event));
	name[EVENT_LABEL_NAME_CEILING] = '\0';
	assert_true(accepts("labels", name, 1, &event));
	event_release(&event);
	mem_free(name);
	assert_true(accepts("annotations", "x", EVENT_LABEL_VALUE_CEILING + 1, &event));
	assert_int_equal(json_string_length(json_object_get(event.annotations, "x")), EVENT_LABEL_VALUE_CEILING);
	assert_non_null(strstr(json_get_text(event.annotations, "x", ""), "xx\xe2\x80\xa6"));
	event_release(&event);
	for (size_t i = 0; i < COUNT_OF(maps) * 2; i++) {
		const size_t count = EVENT_LABELS_CEILING + i % 2;
		json_t *map = json_object();

		for (size_t j = 0; j < count; j++) {
			char key[24];

			snprintf(key, sizeof(key), "k%zu", j);
			json_put(map, key, json_string("http://x"));
		}
		payload = json_pack("{s:s, s:o}", "title", "x", maps[i / 2], map);
		assert_int_equal(read_object(payload, &event, &problems), i % 2 ? TOCSIN_INVALID : TOCSIN_OK);
		if (i % 2 == 0)
			event_release(&event);
		else
			assert_string_equal(problems.items[problems.count - 1].message,
					    "has 129 members, at most 128 are allowed");
		json_decref(payload);
	}
	problems_release(&problems);
}

static void test_ceiling_of_keys(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		char *key = repeated("k", EVENT_KEY_CEILING + more);
		json_t *payload = json_pack("{s:s, s:s}", "title", "x", "dedup_key", key);
		struct problems problems = {0};
		struct event event = {0};

		assert_int_equal(read_object(payload, &event, &problems), more ? TOCSIN_INVALID : TOCSIN_OK);
		if (more)
			assert_string_equal(problems.items[0].message, "has 257 bytes, at most 256 are allowed");
		event_release(&event);
		problems_release(&problems);
		json_decref(payload);
		mem_free(key);
	}
}

/* An event that would not fit into a worker's message, twice and escaped, is refused; one that fits is not. */
static void test_ceiling_of_bytes(void **state)
{
	static const char *const units[] = {"x", "\\", "\x01", "\xc2\x9b"};
	static const size_t written[] = {1, 2, 6, 6};

	(void)state;
	for (size_t u = 0; u < COUNT_OF(units); u++) {
		const size_t size = strlen(units[u]);
		char *text = repeated(units[u], 16000 / size);
		const size_t fitting = EVENT_BYTES_CEILING / (16000 / size * written[u] + 20);

		for (size_t more = 0; more < 2; more++) {
			json_t *annotations = json_object();
			json_t *payload = json_pack("{s:s, s:o}", "title", "x", "annotations", annotations);
			struct problems problems = {0};
			struct event event = {0};

			for (size_t i = 0; i < fitting + more; i++) {
				char key[24];

				snprintf(key, sizeof(key), "k%04zu", i);
				json_put(annotations, key, json_string(text));
			}
			assert_int_equal(read_object(payload, &event, &problems), more ? TOCSIN_INVALID : TOCSIN_OK);
			if (more)
				assert_non_null(strstr(problems.items[0].message, "shorten its annotations"));
			event_release(&event);
			problems_release(&problems);
			json_decref(payload);
		}
		mem_free(text);
	}
}

static void test_ceiling_of_events(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		json_t *payload = json_array();
		struct problems problems = {0};
		struct events events = {0};

		for (size_t i = 0; i < DIALECT_EVENTS_CEILING + more; i++)
			json_array_append_new(payload, json_pack("{s:s}", "title", "x"));
		assert_int_equal(dialect_read(DIALECT_NATIVE, payload, &events, &problems, NULL),
				 more ? TOCSIN_LIMIT : TOCSIN_OK);
		assert_int_equal(events.count, more ? 0 : DIALECT_EVENTS_CEILING);
		events_release(&events);
		json_decref(payload);
	}
}

/* A payload full of faults costs no more than its size, and what is told has a ceiling. */
static void test_many_faults(void **state)
{
	const int64_t start = clock_monotonic_ns();
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct problems problems = {0};
	struct events events = {0};
	json_t *payload = json_object();

	(void)state;
	for (size_t i = 0; i < 60000; i++) {
		char key[48];

		snprintf(key, sizeof(key), "an unknown member with number %zu", i);
		json_put(payload, key, json_null());
	}
	assert_int_equal(dialect_read(DIALECT_NATIVE, payload, &events, &problems, &err), TOCSIN_INVALID);
	assert_int_equal(problems.count, PROBLEMS_CEILING);
	assert_int_equal(problems.count + problems.more, 60001);
	problems_release(&problems);
	json_decref(payload);
	payload = json_array();
	for (size_t i = 0; i < DIALECT_EVENTS_CEILING; i++)
		json_array_append_new(payload, json_null());
	assert_int_equal(dialect_read(DIALECT_NATIVE, payload, &events, &problems, &err), TOCSIN_INVALID);
	assert_int_equal(problems.count + problems.more, DIALECT_EVENTS_CEILING);
	problems_release(&problems);
	json_decref(payload);
	assert_true(clock_monotonic_ns() - start < 10 * (int64_t)1000000000);
}

/* Long and strange names in problems: one line of UTF-8, of bounded length. */
static void test_names_in_problems(void **state)
{
	char *name = repeated("\xf0\x9f\x94\x94\n", 5000);
	json_t *payload = json_pack("{s:s, s:i, s:{s:i}, s:{s:s}, s:s}", "title", "x", name, 1, "labels", name, 1,
				    "links", "\x1b]0;x\x07", "no URL", "status", name);
	struct problems problems = {0};
	struct events events = {0};

	(void)state;
	assert_int_equal(dialect_read(DIALECT_NATIVE, payload, &events, &problems, NULL), TOCSIN_INVALID);
	assert_int_equal(problems.count, 4);
	for (size_t i = 0; i < problems.count; i++) {
		assert_true(strlen(problems.items[i].path) < 300);
		assert_true(strlen(problems.items[i].message) < 500);
		assert_false(text_has_control(problems.items[i].path));
		assert_false(text_has_control(problems.items[i].message));
		assert_true(text_is_utf8(problems.items[i].path, strlen(problems.items[i].path)));
	}
	problems_release(&problems);
	json_decref(payload);
	mem_free(name);
}

static void test_no_memory(void **state)
{
	static const struct {
		enum dialect dialect;
		const char *payload;
		enum tocsin_code code;
	} cases[] = {
		{DIALECT_NATIVE,
		 "[{\"title\": \"x\", \"labels\": {\"a\": \"b\"}, \"annotations\": {\"c\": \"d\"}, "
		 "\"links\": {\"e\": \"http://f\"}}, {\"title\": \"y\", \"dedup_key\": \"z\"}]",
		 TOCSIN_OK},
		{DIALECT_NATIVE, "{\"title\": \"x\"}", TOCSIN_OK},
		{DIALECT_NATIVE, "[{\"title\": \"x\"}, {\"titel\": \"y\"}, 5]", TOCSIN_OK},
		{DIALECT_NATIVE,
		 "{\"title\": 1, \"labels\": {\"a\": 1}, \"links\": {\"x\": \"y\"}, \"status\": \"z\", \"dedup_key\": "
		 "\"k\"}",
		 TOCSIN_INVALID},
		{DIALECT_ALERTMANAGER,
		 "{\"version\": \"4\", \"externalURL\": \"http://am\", \"alerts\": [{\"status\": \"firing\", "
		 "\"labels\": {\"alertname\": \"a\"}, \"annotations\": {\"runbook_url\": \"http://r\"}, "
		 "\"generatorURL\": \"http://p\"}, {\"status\": \"resolved\", \"fingerprint\": \"f\"}, {}]}",
		 TOCSIN_OK},
		{DIALECT_ALERTMANAGER, "{\"version\": \"4\", \"alerts\": [{}]}", TOCSIN_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *payload = read_json(cases[i].payload);
		size_t allowed = 0;
		bool refused;

		do {
			struct tocsin_error err = TOCSIN_ERROR_INIT;
			struct events events = {.count = 4711};
			struct problems problems = {0};
			enum tocsin_code code;

			scarce_begin(allowed++);
			code = dialect_read(cases[i].dialect, payload, &events, &problems, &err);
			refused = scarce_end();
			assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : cases[i].code);
			assert_int_equal(err.code, code);
			if (!code)
				events_release(&events);
			else
				assert_int_equal(events.count, 4711);
			problems_release(&problems);
		} while (refused);
		assert_true(allowed > 3);
		json_decref(payload);
	}
	/* A long annotation is copied on another way. */
	{
		json_t *payload = json_pack("{s:s, s:{s:o}}", "title", "x", "annotations", "a", json_null());
		char *text = repeated("\xe2\x82\xac", EVENT_LABEL_VALUE_CEILING);
		size_t allowed = 0;
		bool refused;

		json_put(json_object_get(payload, "annotations"), "a", json_string(text));
		do {
			struct problems problems = {0};
			struct event event = {0};
			enum tocsin_code code;

			scarce_begin(allowed++);
			code = read_object(payload, &event, &problems);
			refused = scarce_end();
			assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
			event_release(&event);
			problems_release(&problems);
		} while (refused);
		json_decref(payload);
		mem_free(text);
	}
}

/* The examples that the guide shows are what they say. */
static void test_examples(void **state)
{
	static const struct {
		const char *file;
		enum dialect dialect;
		size_t count;
		const char *first_key;
	} cases[] = {
		{"alertmanager-webhook.json", DIALECT_ALERTMANAGER, 3, "9c3f1f0e6b5d2a47"},
		{"event.json", DIALECT_NATIVE, 1, "backup:orders"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct problems problems = {0};
		struct events events = {0};
		json_error_t reason;
		char path[512];
		json_t *payload;

		snprintf(path, sizeof(path), "%.*s../../examples/%s",
			 (int)(strlen(__FILE__) - strlen("test_dialect.c")), __FILE__, cases[i].file);
		payload = json_load_file(path, JSON_REJECT_DUPLICATES, &reason);
		if (!payload)
			fail_msg("%s: %s", path, reason.text);
		assert_int_equal(dialect_guess(payload), cases[i].dialect);
		assert_int_equal(dialect_read(cases[i].dialect, payload, &events, &problems, NULL), TOCSIN_OK);
		assert_true(problems_none(&problems));
		assert_int_equal(events.count, cases[i].count);
		assert_string_equal(events.items[0].dedup_key, cases[i].first_key);
		events_release(&events);
		json_decref(payload);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_native),
		cmocka_unit_test(test_native_key),
		cmocka_unit_test(test_native_problems),
		cmocka_unit_test(test_alertmanager),
		cmocka_unit_test(test_alertmanager_problems),
		cmocka_unit_test(test_partly_bad),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_parsing),
		cmocka_unit_test(test_ceiling_of_payloads),
		cmocka_unit_test(test_shortened),
		cmocka_unit_test(test_ceilings_of_maps),
		cmocka_unit_test(test_ceiling_of_keys),
		cmocka_unit_test(test_ceiling_of_bytes),
		cmocka_unit_test(test_ceiling_of_events),
		cmocka_unit_test(test_many_faults),
		cmocka_unit_test(test_names_in_problems),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_examples),
	};

	mem_use_for_json();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

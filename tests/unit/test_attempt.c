/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts: what is recorded of each, whatever the adapter and the service do, and that no secret is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <tocsin/tocsin.h>

#include "../host/fixtures.h"
#include "base/clock.h"
#include "base/text.h"
#include "contract/result.h"
#include "delivery/attempt.h"
#include "delivery/response.h"
#include "incident/notification.h"
#include "scarce.h"
#include "wayward.h"

/* ---- An adapter that does as it is told ---- */

#define SECRET_VALUE "s3cr3t/tok\"en"

struct settings {
	const char *endpoint;
	struct tocsin_secret token;
	const char *script; /* what deliver returns: JSON, TOKEN standing for the placeholder */
	const char
		*opinion; /* what outcome returns, BODY standing for the response's, TOKEN as above; "" for failing */
	const char *stream;
	int64_t code; /* what deliver fails with; 0: it does not */
};

static const struct tocsin_field fields[] = {
	TOCSIN_URL(struct settings, endpoint, .description = "Where to."),
	TOCSIN_SECRET(struct settings, token, .description = "A secret."),
	TOCSIN_STRING(struct settings, script, .preset = "{}", .description = "What to return."),
	TOCSIN_STRING(struct settings, opinion, .preset = "", .description = "What to think."),
	TOCSIN_CHOICE(struct settings, stream, .choices = TOCSIN_CHOICES("stdout", "stderr"), .preset = "stdout",
		      .description = "Where to write."),
	TOCSIN_INTEGER(struct settings, code, .preset = "0", .description = "What to fail with."),
};

struct deliver {
	const char *title;
	const char *status;
};

static const struct tocsin_field deliver_parameters[] = {
	TOCSIN_ATTRIBUTE(struct deliver, title),
	TOCSIN_ATTRIBUTE(struct deliver, status),
};

static const struct tocsin_field deaf_parameters[] = {TOCSIN_ATTRIBUTE(struct deliver, title)};

/* The script with TOKEN replaced, as JSON; NULL without memory, as in all that follows. */
static json_t *script_of(const struct settings *self, struct tocsin_result *result)
{
	const char *placeholder = self->token.placeholder ? self->token.placeholder : "(none)";
	const char *script = tocsin_replace(result, self->script, "TOKEN", placeholder);

	return script ? json_loads(script, JSON_DECODE_ANY, NULL) : NULL;
}

static enum tocsin_code deliver_object(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				       struct tocsin_error *err)
{
	const struct settings *self = settings;
	struct tocsin_object *object = tocsin_result_object(ret_result);
	json_t *json, *value;
	const char *key;

	(void)arguments;
	if (self->code)
		return tocsin_fail(err, (enum tocsin_code)self->code, "no wish to deliver with %s",
				   self->token.placeholder ? self->token.placeholder : "nothing");
	json = script_of(self, ret_result);
	if (!json)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no script");
	json_object_foreach (json, key, value)
		tocsin_put_value(object, key, value_of_json(value));
	json_decref(json);
	return TOCSIN_OK;
}

static enum tocsin_code deliver_text(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				     struct tocsin_error *err)
{
	const struct deliver *incident = arguments;
	const struct settings *self = settings;
	json_t *json = script_of(self, ret_result);

	if (!json)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no script");
	tocsin_result_text(ret_result, tocsin_format(ret_result, "%s %s", json_string_value(json), incident->title));
	json_decref(json);
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
	const struct settings *self = settings;
	const struct outcome *asked = arguments;
	const char *body = tocsin_text(tocsin_get(asked->response, "body"), "(none)");
	struct tocsin_object *object;
	json_t *json, *value;
	const char *key;

	if (!*self->opinion)
		return tocsin_fail(err, TOCSIN_FAILED, "no opinion of %s", self->token.placeholder);
	assert_non_null(tocsin_get(asked->request, "endpoint"));
	assert_true(tocsin_integer(tocsin_get(asked->response, "status"), 0) > 0);
	assert_non_null(tocsin_get(asked->response, "headers"));
	object = tocsin_result_object(ret_result);
	json = json_loads(self->opinion, 0, NULL);
	if (!json)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no opinion");
	json_object_foreach (json, key, value) {
		if (json_is_string(value) && strcmp(json_string_value(value), "BODY") == 0)
			tocsin_put_text(object, key, body);
		else if (json_is_string(value) && strcmp(json_string_value(value), "TOKEN") == 0)
			tocsin_put_text(object, key, self->token.placeholder);
		else if (json_is_string(value) && strcmp(json_string_value(value), "JSON") == 0)
			tocsin_put_value(object, key, tocsin_get(tocsin_get(asked->response, "json"), "member"));
		else
			tocsin_put_value(object, key, value_of_json(value));
	}
	json_decref(json);
	return TOCSIN_OK;
}

#define DELIVER(function, kind, rows)                                                                                  \
	{                                                                                                              \
		.name = "deliver", .summary = "As told.", .run = function, .parameters = TOCSIN_LIST(rows),            \
		.arguments_size = sizeof(struct deliver), .returns = kind                                              \
	}

static const struct tocsin_action plain_actions[] = {
	DELIVER(deliver_object, TOCSIN_RETURNS_OBJECT, deliver_parameters)};
static const struct tocsin_action text_actions[] = {DELIVER(deliver_text, TOCSIN_RETURNS_TEXT, deaf_parameters)};
static const struct tocsin_action judging_actions[] = {
	DELIVER(deliver_object, TOCSIN_RETURNS_OBJECT, deliver_parameters),
	{
		.name = "outcome",
		.summary = "As told.",
		.run = outcome,
		.parameters = TOCSIN_LIST(outcome_parameters),
		.arguments_size = sizeof(struct outcome),
		.returns = TOCSIN_RETURNS_OBJECT,
	},
};

#define TABLE(name_, actions_)                                                                                         \
	{                                                                                                              \
		.abi = TOCSIN_ABI, .group = "delivery", .name = name_, .version = "1", .doc = "A test.",               \
		.settings_size = sizeof(struct settings), .fields = TOCSIN_LIST(fields),                               \
		.actions = TOCSIN_LIST(actions_)                                                                       \
	}

enum adapter { PLAIN, TEXT, JUDGING, ADAPTERS };

static const struct tocsin_plugin tables[ADAPTERS] = {
	[PLAIN] = TABLE("plain", plain_actions),
	[TEXT] = TABLE("text", text_actions),
	[JUDGING] = TABLE("judging", judging_actions),
};

static struct tocsin_host host;
static struct wayward server;
static json_t *notification;

static int start(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < ADAPTERS; i++)
		assert_failure(&err, tocsin_host_add(&host, &tables[i], "test_attempt.c", &err), TOCSIN_OK, NULL);
	wayward_start(&server);
	notification = notification_example();
	return notification ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	json_decref(notification);
	wayward_stop(&server);
	host_release(&host);
	return 0;
}

/* A receiver of the adapter; its settings as JSON with ' for ", URL standing for the server's. */
static struct receiver receiver_of(enum adapter adapter, const char *settings, enum secrets_mode mode)
{
	const struct instance_options options = {.place = TOCSIN_IN_PROCESS, .secrets = mode};
	struct receiver receiver = {.send_resolved = true};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct problems problems = {0};
	json_t *json = json_of(settings);
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/hook", server.port);
	if (!json_object_get(json, "endpoint"))
		json_object_set_new(json, "endpoint", json_string(url));
	receiver.name = mem_text("ops");
	receiver.plugin = plugin_ref(registry_find(&host.registry, "delivery", tables[adapter].name, &err));
	if (instance_new(&host, receiver.plugin, json, &options, &receiver.instance, &problems, &err))
		fail_msg("%s: %s %s", settings, problems.count ? problems.items[0].message : "", err.text);
	assert_failure(&err,
		       egress_init(&receiver.egress, receiver.plugin, instance_settings(receiver.instance), NULL, &err),
		       TOCSIN_OK, NULL);
	json_decref(json);
	return receiver;
}

/* A request to the server as deliver returns it, `members` with ' for ". A setting for receiver_of(). */
static const char *request_setting(const char *members, const char *others)
{
	static char text[4096];
	char script[2048];
	size_t used = 0;

	snprintf(script, sizeof(script), "{\"endpoint\": \"http://127.0.0.1:%d/hook\"%s%s}", server.port,
		 *members ? ", " : "", members);
	used = (size_t)snprintf(text, sizeof(text), "{'token': 's3cr3t/tok\\\"en', %s%s'script': \"", others,
				*others ? ", " : "");
	for (const char *byte = script; *byte; byte++) {
		/* one level of JSON inside another */
		if (*byte == '"' || *byte == '\'' || *byte == '\\')
			text[used++] = '\\';
		text[used++] = *byte == '\'' ? '"' : *byte;
	}
	snprintf(text + used, sizeof(text) - used, "\"}");
	return text;
}

static struct attempt attempt(struct receiver *receiver)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct attempt made;

	assert_failure(&err, attempt_deliver(receiver, notification, 0, &made, &err), TOCSIN_OK, NULL);
	return made;
}

static void assert_outcome(const struct attempt *made, enum tocsin_outcome expected, enum delivery_code code,
			   const char *reason)
{
	if (made->outcome.outcome != expected || made->outcome.code != code || !strstr(made->outcome.reason, reason))
		fail_msg("expected %s/%s with \"%s\", got %s/%s: %s", outcome_name(expected), delivery_code_name(code),
			 reason, outcome_name(made->outcome.outcome), delivery_code_name(made->outcome.code),
			 made->outcome.reason);
	assert_string_equal(json_get_text(made->record, "outcome", ""), outcome_name(expected));
	assert_string_equal(json_get_text(made->record, "code", ""), delivery_code_name(code));
	assert_string_equal(json_get_text(made->record, "reason", ""), made->outcome.reason);
}

/* No form of the secret is anywhere in the record. */
static void assert_hidden(const struct attempt *made)
{
	static const char *const forms[] = {"s3cr3t", "tok\\\\\\\"en", "czNjcjN0L3Rva1wiZW4", "{tocsin:"};
	char *text = json_text(made->record, JSON_STYLE_LINE);

	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (strstr(text, forms[i]))
			fail_msg("%s is in %s", forms[i], text);
	mem_free(text);
}

/* ---- Records ---- */

static int64_t noon(void)
{
	return 1700000000000;
}

static void test_record(void **state)
{
	char expected[2048];
	struct receiver receiver;
	struct attempt made;

	(void)state;
	clock_use(noon);
	wayward_answer(&server, "HTTP/1.1 202 Accepted\r\nX-A: b\r\n\r\n{\"id\": 7}");
	receiver = receiver_of(PLAIN,
			       request_setting("'payload': {'t': 'TOKEN'},"
					       " 'auth': {'scheme': 'bearer', 'secret': 'TOKEN'}",
					       ""),
			       SECRETS_RESOLVE);
	made = attempt(&receiver);
	assert_outcome(&made, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 202");
	assert_true(json_real_value(json_object_get(made.record, "duration_ms")) > 0);
	json_object_del(made.record, "duration_ms");
	assert_non_null(json_object_get(made.record, "notification_id"));
	json_object_del(made.record, "notification_id");
	snprintf(expected, sizeof(expected),
		 "{'code':'accepted','dedup_key':'db-3:disk','error':null,'outcome':'delivered','outcome_error':null,"
		 "'plugin_name':'plain','reason':'HTTP 202','receiver':'ops','reference':null,"
		 "'request':{'endpoint':'http://127.0.0.1:%d/hook','headers':{'accept':'*/*','authorization':'Bearer "
		 "***',"
		 "'content-type':'application/json','user-agent':'tocsin/0.1.0'},'method':'POST','payload':{'t':'***'},"
		 "'timeout_seconds':10},'response':{'body':'{\\'id\\': 7}','headers':{'x-a':'b'},'status':202},"
		 "'retry_after_ms':0,'status':'firing','text':null,'time':'2023-11-14T22:13:20.000Z',"
		 "'transport':'http'}",
		 server.port);
	assert_json(made.record, expected);
	assert_non_null(strstr(server.request, "Bearer s3cr3t/tok\"en"));
	assert_non_null(strstr(server.request, "{\"t\":\"s3cr3t/tok\\\"en\"}"));
	attempt_release(&made);
	attempt_release(NULL);
	receiver_release(&receiver);
	receiver_release(NULL);
	clock_use(NULL);
}

static void test_stream(void **state)
{
	struct receiver receiver = receiver_of(TEXT, "{'script': '\\'line:\\''}", SECRETS_RESOLVE);
	const int before = dup(STDOUT_FILENO);
	struct attempt made;
	char line[128] = "";
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fflush(NULL);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[1]);
	made = attempt(&receiver);
	dup2(before, STDOUT_FILENO);
	close(before);
	assert_true(read(ends[0], line, sizeof(line) - 1) > 0);
	close(ends[0]);
	assert_string_equal(line, "line: Disk almost full on db-3\n");
	assert_outcome(&made, TOCSIN_OUTCOME_DELIVERED, DELIVERY_WRITTEN, "written to stdout");
	assert_string_equal(json_get_text(made.record, "text", ""), "line: Disk almost full on db-3");
	assert_string_equal(json_get_text(made.record, "transport", ""), "stream");
	assert_true(json_is_null(json_object_get(made.record, "request")));
	assert_true(json_is_null(json_object_get(made.record, "response")));
	attempt_release(&made);
	receiver_release(&receiver);
}

/* What never gets as far as a transport, or is refused by it. */
static void test_nothing_sent(void **state)
{
	static const struct {
		enum adapter adapter;
		const char *settings;
		enum tocsin_outcome outcome;
		enum delivery_code code;
		const char *reason;
	} cases[] = {
		{PLAIN, "{'code': 6, 'token': 's3cr3t/tok\\'en'}", TOCSIN_OUTCOME_REJECTED, DELIVERY_ADAPTER,
		 "running deliver of delivery/plain: no wish to deliver with ***"},
		{PLAIN, "{'code': 1}", TOCSIN_OUTCOME_REJECTED, DELIVERY_ADAPTER, "no wish to deliver"},
		/* Codes that are the host's are no more than a failure: denied, disabled, timeout, crashed, no_memory.
		 */
		{PLAIN, "{'code': 4}", TOCSIN_OUTCOME_REJECTED, DELIVERY_ADAPTER, "no wish to deliver"},
		{PLAIN, "{'code': 5}", TOCSIN_OUTCOME_REJECTED, DELIVERY_ADAPTER, "no wish to deliver"},
		{PLAIN, "{'code': 7}", TOCSIN_OUTCOME_REJECTED, DELIVERY_ADAPTER, "no wish to deliver"},
		{PLAIN, "{'code': 8}", TOCSIN_OUTCOME_REJECTED, DELIVERY_ADAPTER, "no wish to deliver"},
		{PLAIN, "{'code': 10}", TOCSIN_OUTCOME_RETRY, DELIVERY_ADAPTER, "no wish to deliver"},
		{PLAIN, "{'code': 12}", TOCSIN_OUTCOME_REJECTED, DELIVERY_ADAPTER, "no wish to deliver"},
		{PLAIN, "{'code': 999}", TOCSIN_OUTCOME_REJECTED, DELIVERY_ADAPTER, "which is no code"},
		{PLAIN, "{}", TOCSIN_OUTCOME_REJECTED, DELIVERY_REQUEST, "endpoint: is missing"},
		{PLAIN, "{'script': '{\\'endpoint\\': \\'http://127.0.0.1:1/\\', \\'method\\': \\'BREW\\'}'}",
		 TOCSIN_OUTCOME_REJECTED, DELIVERY_REQUEST, "method: is none of"},
		{PLAIN,
		 "{'token': 's3cr3t/tok\\'en', 'script': '{\\'endpoint\\': \\'http://127.0.0.1:1/\\',"
		 " \\'payload\\': {\\'TOKEN\\': 1}}'}",
		 TOCSIN_OUTCOME_REJECTED, DELIVERY_SECRET,
		 "payload: holds the secret token, which may not stand there"},
		{PLAIN,
		 "{'token': 'tok en', 'script': '{\\'endpoint\\': \\'http://127.0.0.1:1/\\',"
		 " \\'auth\\': {\\'scheme\\': \\'bearer\\', \\'secret\\': \\'TOKEN\\'}}'}",
		 TOCSIN_OUTCOME_REJECTED, DELIVERY_SECRET, "the secret token is empty, too long or has a character"},
		{PLAIN, "{'script': '{\\'endpoint\\': \\'http://evil.example/\\'}'}", TOCSIN_OUTCOME_RETRY,
		 DELIVERY_EGRESS, "may not go to evil.example"},
		{PLAIN,
		 "{'token': 's3cr3t/tok\\'en', 'script':"
		 " '{\\'endpoint\\': \\'http://evil.example/?TOKEN\\'}'}",
		 TOCSIN_OUTCOME_REJECTED, DELIVERY_SECRET, "the endpoint with the secret token in it"},
		{PLAIN, "{'token': 's3cr3t-name', 'script': '{\\'endpoint\\': \\'http://TOKEN.evil.example/\\'}'}",
		 TOCSIN_OUTCOME_RETRY, DELIVERY_EGRESS, "may not go to the host of http://***.evil.example/:"},
		{PLAIN, "{'token': 'S3cR3t-NamE', 'script': '{\\'endpoint\\': \\'http://TOKEN.evil.example/\\'}'}",
		 TOCSIN_OUTCOME_RETRY, DELIVERY_EGRESS, "may not go to the host of http://***.evil.example/:"},
		{PLAIN,
		 "{'endpoint': 'http://127.0.0.1:1/', 'token': '8443',"
		 " 'script': '{\\'endpoint\\': \\'http://127.0.0.1:TOKEN/\\'}'}",
		 TOCSIN_OUTCOME_RETRY, DELIVERY_EGRESS,
		 "may go to 127.0.0.1 on port 1 with http or https only, not as http://127.0.0.1:***/ has it"},
		{PLAIN, "{'endpoint': 'http://127.0.0.1:1/', 'script': '{\\'endpoint\\': \\'http://127.0.0.1:1/\\'}'}",
		 TOCSIN_OUTCOME_RETRY, DELIVERY_CONNECTION, "127.0.0.1"},
		{PLAIN,
		 "{'endpoint': 'http://169.254.169.254/', 'script':"
		 " '{\\'endpoint\\': \\'http://169.254.169.254/\\'}'}",
		 TOCSIN_OUTCOME_RETRY, DELIVERY_EGRESS, "a cloud metadata service"},
		{TEXT, "{'token': 's3cr3t/tok\\'en', 'script': '\\'TOKEN\\''}", TOCSIN_OUTCOME_REJECTED,
		 DELIVERY_SECRET, "the text holds the secret token"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct receiver receiver = receiver_of(cases[i].adapter, cases[i].settings, SECRETS_RESOLVE);
		struct attempt made = attempt(&receiver);

		assert_outcome(&made, cases[i].outcome, cases[i].code, cases[i].reason);
		assert_hidden(&made);
		assert_true(json_is_null(json_object_get(made.record, "response")));
		attempt_release(&made);
		receiver_release(&receiver);
	}
}

/* Switched off before it was made, and while it runs. */
static void test_disabled(void **state)
{
	struct receiver receiver = receiver_of(PLAIN, request_setting("", ""), SECRETS_RESOLVE);
	struct receiver off = {.name = mem_text("off"),
			       .plugin = plugin_ref(receiver.plugin),
			       .disabled = mem_text("delivery/plain is switched off: ticket 1")};
	struct attempt made = attempt(&off);
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *preview;

	(void)state;
	assert_outcome(&made, TOCSIN_OUTCOME_RETRY, DELIVERY_DISABLED, "ticket 1");
	assert_true(json_is_null(json_object_get(made.record, "transport")));
	assert_failure(&err, attempt_preview(&off, notification, &preview, &err), TOCSIN_DISABLED, "ticket 1");
	attempt_release(&made);
	assert_int_equal(tocsin_host_disable(&host, "delivery", "plain", NULL, "ticket 2", NULL), TOCSIN_OK);
	made = attempt(&receiver);
	assert_outcome(&made, TOCSIN_OUTCOME_RETRY, DELIVERY_DISABLED, "ticket 2");
	assert_int_equal(tocsin_host_enable(&host, "delivery", "plain", NULL, NULL), TOCSIN_OK);
	attempt_release(&made);
	receiver_release(&receiver);
	receiver_release(&off);
}

/* What is left of the deadline ends an attempt before the request's own timeout does. */
static void test_deadline(void **state)
{
	struct receiver receiver = receiver_of(PLAIN, request_setting("'timeout_seconds': 20", ""), SECRETS_RESOLVE);
	const int64_t began_ns = clock_monotonic_ns();
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct attempt made;

	(void)state;
	server.manner = WAYWARD_SILENT;
	assert_failure(&err, attempt_deliver(&receiver, notification, 300, &made, &err), TOCSIN_OK, NULL);
	assert_true(clock_monotonic_ns() - began_ns < 5000000000);
	assert_outcome(&made, TOCSIN_OUTCOME_RETRY, DELIVERY_TIMEOUT, "no complete answer within 0.");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(made.record, "request"), "timeout_seconds")), 20);
	attempt_release(&made);
	/* more than the request wants changes nothing */
	wayward_answer(&server, "HTTP/1.1 200 OK\r\n\r\n");
	assert_failure(&err, attempt_deliver(&receiver, notification, 3600000, &made, &err), TOCSIN_OK, NULL);
	assert_outcome(&made, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200");
	attempt_release(&made);
	receiver_release(&receiver);
}

/* Services that send our secrets back, also across the edges at which the record is cut. */
static void test_echoed_secrets(void **state)
{
	static char answer[8192];
	struct receiver receiver =
		receiver_of(PLAIN, request_setting("'headers': {'X-Key': 'TOKEN'}, 'payload': {'t': 'TOKEN'}", ""),
			    SECRETS_RESOLVE);
	struct attempt made;
	const char *body;

	(void)state;
	server.manner = WAYWARD_ECHO;
	made = attempt(&receiver);
	assert_hidden(&made);
	body = json_get_text(json_object_get(made.record, "response"), "body", "");
	assert_non_null(strstr(body, "X-Key: ***"));
	assert_non_null(strstr(body, "{\"t\":\"***\"}"));
	attempt_release(&made);
	for (size_t before = RESPONSE_RECORD_ROOM - 14; before < RESPONSE_RECORD_ROOM + 2; before++) {
		size_t used = (size_t)snprintf(answer, sizeof(answer), "HTTP/1.1 500 Oops\r\n\r\n");

		memset(answer + used, '.', before);
		snprintf(answer + used + before, sizeof(answer) - used - before, "%s behind", SECRET_VALUE);
		wayward_answer(&server, answer);
		made = attempt(&receiver);
		assert_hidden(&made);
		body = json_get_text(json_object_get(made.record, "response"), "body", "");
		assert_true(strlen(body) <= RESPONSE_RECORD_ROOM);
		attempt_release(&made);
	}
	receiver_release(&receiver);
}

/* ---- The adapter's opinion ---- */

static void test_opinions(void **state)
{
	static const char *const good = "HTTP/1.1 200 OK\r\nRetry-After: 3\r\n\r\n{\"member\": \"thread-7\"}";
	static const char *const bad = "HTTP/1.1 503 Busy\r\nRetry-After: 3\r\n\r\nbe\x1b[31m back s3cr3t/tok\"en";
	const struct {
		const char *opinion, *answer;
		enum tocsin_outcome outcome;
		enum delivery_code code;
		const char *reason, *reference;
		int64_t retry_after_ms;
		const char *error; /* in outcome_error; NULL: none */
	} cases[] = {
		{"{'outcome': 'delivered', 'reason': 'in thread', 'reference': 'JSON'}", good, TOCSIN_OUTCOME_DELIVERED,
		 DELIVERY_SERVICE, "in thread", "thread-7", 0, NULL},
		{"{'outcome': 'delivered'}", good, TOCSIN_OUTCOME_DELIVERED, DELIVERY_SERVICE, "HTTP 200", "", 0, NULL},
		{"{'outcome': 'delivered', 'reason': null, 'reference': null, 'retry_after_seconds': null}", good,
		 TOCSIN_OUTCOME_DELIVERED, DELIVERY_SERVICE, "HTTP 200", "", 0, NULL},
		{"{'outcome': 'rejected', 'reason': 'BODY'}", good, TOCSIN_OUTCOME_REJECTED, DELIVERY_SERVICE,
		 "thread-7", "", 0, NULL},
		{"{'outcome': 'retry', 'reason': 'later', 'retry_after_seconds': 90}", good, TOCSIN_OUTCOME_RETRY,
		 DELIVERY_SERVICE, "later", "", 90000, NULL},
		{"{'outcome': 'retry', 'retry_after_seconds': 999999999}", good, TOCSIN_OUTCOME_RETRY, DELIVERY_SERVICE,
		 "HTTP 200", "", 3600000, NULL},
		{"{'outcome': 'retry', 'reason': 'BODY'}", bad, TOCSIN_OUTCOME_RETRY, DELIVERY_SERVICE, "[31m back ***",
		 "", 3000, NULL},
		{"{'outcome': 'delivered', 'reason': 'a\\u001b[2Jb\\nc'}", bad, TOCSIN_OUTCOME_DELIVERED,
		 DELIVERY_SERVICE, "a\\u001b[2Jb\\nc", "", 0, NULL},
		{"{'outcome': 'delivered', 'reason': 'TOKEN', 'reference': 'TOKEN'}", good, TOCSIN_OUTCOME_DELIVERED,
		 DELIVERY_SERVICE, "***", "***", 0, NULL},
		/* failing: the runtime's own judgement stands */
		{"", good, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200", "", 0, "no opinion of ***"},
		{"", bad, TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS, "HTTP 503", "", 3000, "no opinion of ***"},
		{"{}", good, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200", "", 0,
		 "none of delivered, retry and"},
		{"{'outcome': 'ok'}", good, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200", "", 0,
		 "none of delivered"},
		{"{'outcome': 7}", good, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200", "", 0,
		 "none of delivered"},
		{"{'outcome': 'delivered', 'reference': 'a\\nb'}", good, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED,
		 "HTTP 200", "", 0, "reference is longer than 255 bytes or holds a control character"},
		{"{'outcome': 'retry', 'retry_after_seconds': -1}", good, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED,
		 "HTTP 200", "", 0, "no integer from 0"},
		{"{'outcome': 'retry', 'retry_after_seconds': '5'}", good, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED,
		 "HTTP 200", "", 0, "no integer from 0"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *opinion = json_string(cases[i].opinion);
		char others[512], *text;
		struct receiver receiver;
		struct attempt made;

		/* The opinion is JSON inside a text of JSON. */
		for (char *byte = (char *)json_string_value(opinion); *byte; byte++)
			*byte = *byte == '\'' ? '"' : *byte;
		text = json_text(opinion, JSON_STYLE_LINE);
		snprintf(others, sizeof(others), "'opinion': %s", text);
		receiver = receiver_of(JUDGING, request_setting("'payload': {'t': 'TOKEN'}", others), SECRETS_RESOLVE);
		wayward_answer(&server, cases[i].answer);
		made = attempt(&receiver);
		assert_outcome(&made, cases[i].outcome, cases[i].code, cases[i].reason);
		assert_string_equal(made.outcome.reference, cases[i].reference);
		assert_int_equal(made.outcome.retry_after_ms, cases[i].retry_after_ms);
		assert_hidden(&made);
		mem_free(text);
		json_decref(opinion);
		text = json_text(json_object_get(made.record, "outcome_error"), JSON_STYLE_LINE);
		if (cases[i].error)
			assert_non_null(strstr(text, cases[i].error));
		else
			assert_string_equal(text, "null");
		mem_free(text);
		attempt_release(&made);
		receiver_release(&receiver);
	}
}

/* No response, no question. */
static void test_no_opinion(void **state)
{
	static const enum wayward_manner manners[] = {WAYWARD_CLOSE, WAYWARD_RESET_IN_BODY, WAYWARD_SHORT_BODY};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(manners); i++) {
		struct receiver receiver = receiver_of(JUDGING, request_setting("", ""), SECRETS_RESOLVE);
		struct attempt made;

		server.manner = manners[i];
		made = attempt(&receiver);
		assert_outcome(&made, TOCSIN_OUTCOME_RETRY, DELIVERY_CONNECTION, "");
		assert_true(json_is_null(json_object_get(made.record, "outcome_error")));
		attempt_release(&made);
		receiver_release(&receiver);
	}
}

/* ---- Previews ---- */

static void test_preview(void **state)
{
	const int before = server.connections;
	struct receiver receiver =
		receiver_of(PLAIN, request_setting("'payload': {'t': 'TOKEN', 'n': 1}", ""), SECRETS_RESOLVE);
	struct receiver masked =
		receiver_of(PLAIN, request_setting("'payload': {'t': 'TOKEN', 'n': 1}", ""), SECRETS_MASK);
	struct receiver text = receiver_of(TEXT, "{'script': '\\'line:\\''}", SECRETS_RESOLVE);
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *one, *other, *line;
	struct attempt made;
	char *payload;

	(void)state;
	assert_failure(&err, attempt_preview(&receiver, notification, &one, &err), TOCSIN_OK, NULL);
	assert_failure(&err, attempt_preview(&masked, notification, &other, &err), TOCSIN_OK, NULL);
	assert_failure(&err, attempt_preview(&text, notification, &line, &err), TOCSIN_OK, NULL);
	assert_int_equal(server.connections, before);
	assert_true(json_equal(one, other));
	assert_string_equal(json_get_text(one, "transport", ""), "http");
	assert_json(json_object_get(json_object_get(one, "request"), "payload"), "{'n':1,'t':'***'}");
	assert_json(line, "{'plugin_name':'text','receiver':'ops','text':'line: Disk almost full on db-3',"
			  "'transport':'stream'}");
	/* what the record of the real thing shows is the preview, and what was sent is that with the secret */
	wayward_answer(&server, "HTTP/1.1 200 OK\r\n\r\n");
	made = attempt(&receiver);
	assert_true(json_equal(json_object_get(one, "request"), json_object_get(made.record, "request")));
	payload = json_text(json_object_get(json_object_get(one, "request"), "payload"), JSON_STYLE_COMPACT);
	assert_string_equal(payload, "{\"n\":1,\"t\":\"***\"}");
	assert_string_equal(strstr(server.request, "\r\n\r\n") + 4, "{\"n\":1,\"t\":\"s3cr3t/tok\\\"en\"}");
	mem_free(payload);
	attempt_release(&made);
	json_decref(one);
	json_decref(other);
	json_decref(line);
	receiver_release(&receiver);
	receiver_release(&masked);
	receiver_release(&text);
}

/* A preview says what would be refused, with the secrets at hand or without. */
static void test_refused_previews(void **state)
{
	static const struct {
		const char *settings;
		enum secrets_mode mode;
		enum tocsin_code code;
		const char *why; /* NULL: it is shown */
	} cases[] = {
		{"{}", SECRETS_RESOLVE, TOCSIN_INVALID, "endpoint: is missing"},
		{"{'code': 6}", SECRETS_RESOLVE, TOCSIN_FAILED, "the receiver ops"},
		{"{'script': '{\\'endpoint\\': \\'http://evil.example/\\'}'}", SECRETS_RESOLVE, TOCSIN_DENIED,
		 "may not go to evil.example"},
		{"{'script': '{\\'endpoint\\': \\'http://evil.example/\\'}'}", SECRETS_MASK, TOCSIN_DENIED,
		 "may not go to evil.example"},
		{"{'token': 'env:NONE', 'script': '{\\'endpoint\\': \\'http://evil.example/TOKEN\\'}'}", SECRETS_MASK,
		 TOCSIN_DENIED, "may not go to evil.example"},
		{"{'token': 's3cr3t', 'script': '{\\'endpoint\\': \\'http://TOKEN.example/\\'}'}", SECRETS_RESOLVE,
		 TOCSIN_DENIED, "may not go to the host of http://***.example/:"},
		{"{'endpoint': 'http://a.example/', 'token': 'env:NONE', 'script':"
		 " '{\\'endpoint\\': \\'http://a.example/bot/TOKEN/send\\'}'}",
		 SECRETS_MASK, TOCSIN_OK, NULL},
		{"{'endpoint': 'http://a.example/', 'token': 'http://a.example/T0/B0/x', 'script':"
		 " '{\\'endpoint\\': \\'TOKEN\\'}'}",
		 SECRETS_RESOLVE, TOCSIN_OK, NULL},
		{"{'endpoint': 'http://a.example/', 'token': 'http://b.example/T0/B0/x', 'script':"
		 " '{\\'endpoint\\': \\'TOKEN\\'}'}",
		 SECRETS_RESOLVE, TOCSIN_DENIED, "may not go to the host of ***:"},
		/* a secret that stands in the settings is known without being read */
		{"{'endpoint': 'http://a.example/', 'token': 'tok en', 'script': '{\\'endpoint\\': "
		 "\\'http://a.example/\\',"
		 " \\'auth\\': {\\'scheme\\': \\'bearer\\', \\'secret\\': \\'TOKEN\\'}}'}",
		 SECRETS_MASK, TOCSIN_DENIED, "has a character that no bearer token has"},
		{"{'endpoint': 'http://a.example/', 'token': 'env:NONE', 'script': '{\\'endpoint\\': "
		 "\\'http://a.example/\\',"
		 " \\'auth\\': {\\'scheme\\': \\'bearer\\', \\'secret\\': \\'TOKEN\\'}}'}",
		 SECRETS_MASK, TOCSIN_OK, NULL},
		/* the URL itself is the secret, and was not read: nothing can be said of it */
		{"{'token': 'env:NONE', 'script': '{\\'endpoint\\': \\'TOKEN\\'}'}", SECRETS_MASK, TOCSIN_OK, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct receiver receiver = receiver_of(PLAIN, cases[i].settings, cases[i].mode);
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		json_t *preview = NULL;

		assert_failure(&err, attempt_preview(&receiver, notification, &preview, &err), cases[i].code,
			       cases[i].why);
		json_decref(preview);
		receiver_release(&receiver);
	}
}

/* ---- Who is told ---- */

static void test_taking(void **state)
{
	static const struct {
		enum adapter adapter;
		bool send_resolved;
		const char *status;
		const char *why_not; /* NULL: it is */
	} cases[] = {
		{PLAIN, true, "firing", NULL},
		{PLAIN, true, "acknowledged", NULL},
		{PLAIN, true, "resolved", NULL},
		{PLAIN, false, "firing", NULL},
		{PLAIN, false, "acknowledged", NULL},
		{PLAIN, false, "resolved", "$send_resolved is false"},
		{TEXT, true, "firing", NULL},
		{TEXT, true, "acknowledged", "does not read the status"},
		{TEXT, true, "resolved", "does not read the status"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct receiver receiver = receiver_of(cases[i].adapter, "{}", SECRETS_RESOLVE);
		const char *reason = NULL;

		receiver.send_resolved = cases[i].send_resolved;
		assert_int_equal(receiver_takes(&receiver, cases[i].status, &reason), !cases[i].why_not);
		if (cases[i].why_not)
			assert_non_null(strstr(reason, cases[i].why_not));
		receiver_release(&receiver);
	}
}

/* Memory runs out anywhere: there is a record that says so, or an error, and never a secret. */
static void test_scarcity(void **state)
{
	struct receiver receiver;
	size_t allowed = 0;
	bool refused;

	(void)state;
	mem_use_for_json();
	receiver = receiver_of(
		JUDGING, request_setting("'payload': {'t': 'TOKEN'}", "'opinion': '{\\'outcome\\': \\'delivered\\'}'"),
		SECRETS_RESOLVE);
	wayward_answer(&server, "HTTP/1.1 200 OK\r\n\r\ns3cr3t/tok\"en");
	do {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct attempt made = {0};
		enum tocsin_code code;
		char *text;

		scarce_begin(allowed++);
		code = attempt_deliver(&receiver, notification, 0, &made, &err);
		refused = scarce_end();
		if (code)
			assert_int_equal(code, TOCSIN_NO_MEMORY);
		/* Without memory jansson reads the script, and so the placeholder, with bytes missing. */
		text = json_text(made.record, JSON_STYLE_LINE);
		assert_null(strstr(text, "s3cr3t"));
		mem_free(text);
		if (!refused) {
			assert_outcome(&made, TOCSIN_OUTCOME_DELIVERED, DELIVERY_SERVICE, "HTTP 200");
			assert_hidden(&made);
		}
		attempt_release(&made);
	} while (refused && allowed < 2000);
	assert_true(allowed > 100 && !refused);
	receiver_release(&receiver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),	       cmocka_unit_test(test_stream),
		cmocka_unit_test(test_nothing_sent),   cmocka_unit_test(test_disabled),
		cmocka_unit_test(test_echoed_secrets), cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_opinions),       cmocka_unit_test(test_no_opinion),
		cmocka_unit_test(test_preview),	       cmocka_unit_test(test_refused_previews),
		cmocka_unit_test(test_taking),	       cmocka_unit_test(test_scarcity),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

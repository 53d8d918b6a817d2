/* SPDX-License-Identifier: Apache-2.0 */
/* The http transport against a server that misbehaves in every way we know, and what is really sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <microhttpd.h>
#include <sys/stat.h>
#include <tocsin/tocsin.h>

#include "../host/fixtures.h"
#include "base/clock.h"
#include "base/text.h"
#include "delivery/http.h"
#include "scarce.h"
#include "wayward.h"

#define TOKEN "{tocsin:token:00112233445566778899aabbccddeeff}"
#define PASSWORD "{tocsin:password:ffeeddccbbaa99887766554433221100}"

static struct secret items[] = {
	{"token", (char *)TOKEN, (char *)"s3cr3t/tok\"en"},
	{"password", (char *)PASSWORD, (char *)"pa ss:word"},
};
static const struct secrets secrets = {items, COUNT_OF(items)};

struct settings {
	const char *endpoint;
};

static const struct tocsin_field fields[] = {TOCSIN_URL(struct settings, endpoint, .description = "Where to.")};

static enum tocsin_code run(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			    struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)err;
	tocsin_result_text(ret_result, "");
	return TOCSIN_OK;
}

static const struct tocsin_action actions[] = {
	{.name = "deliver", .summary = "Nothing.", .run = run, .returns = TOCSIN_RETURNS_TEXT}};

static const struct tocsin_plugin table = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "probe",
	.version = "1",
	.doc = "A test.",
	.settings_size = sizeof(struct settings),
	.fields = TOCSIN_LIST(fields),
	.actions = TOCSIN_LIST(actions),
};

static struct plugin *plugin;
static struct wayward server;

static int start(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	(void)state;
	assert_failure(&err, plugin_compile(&table, PLUGIN_LIVE, "test_http.c", &plugin, &err), TOCSIN_OK, NULL);
	wayward_start(&server);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	wayward_stop(&server);
	plugin_unref(plugin);
	return 0;
}

static struct egress rule_of(const char *endpoint, const char *networks)
{
	json_t *settings = json_pack("{s:s}", "endpoint", endpoint), *list = json_of(networks);
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct egress egress = {0};

	assert_failure(&err, egress_init(&egress, plugin, settings, list, &err), TOCSIN_OK, NULL);
	json_decref(settings);
	json_decref(list);
	return egress;
}

/* What became of one request. */
struct exchange {
	struct response response;
	struct delivery_outcome outcome;
	enum tocsin_code refused; /* the transfer was not even made */
};

/* Sends `members`, with ' for ", to `url`, which is also the only setting. */
static struct exchange exchange_with(const char *url, const char *members, const char *networks)
{
	struct egress egress = rule_of(url, networks);
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct transfer *transfer = NULL;
	struct exchange exchange = {0};
	struct request request;
	char text[4096];
	json_t *json;

	snprintf(text, sizeof(text), "{'endpoint': '%s'%s%s}", url, *members ? ", " : "", members);
	json = json_of(text);
	assert_failure(&err, request_read(json, &secrets, &request, &err), TOCSIN_OK, NULL);
	json_decref(json);
	exchange.refused = transfer_new(&request, &secrets, &egress, &transfer, &exchange.outcome, &err);
	if (!exchange.refused)
		transfer_perform(transfer, &exchange.response, &exchange.outcome);
	transfer_free(transfer);
	request_release(&request);
	egress_release(&egress);
	return exchange;
}

static struct exchange exchange(const char *members)
{
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/hook?a=b", server.port);
	return exchange_with(url, members, NULL);
}

static void assert_outcome(const struct exchange *exchange, enum tocsin_outcome outcome, enum delivery_code code,
			   const char *part)
{
	if (exchange->outcome.outcome != outcome || exchange->outcome.code != code ||
	    !strstr(exchange->outcome.reason, part))
		fail_msg("expected %s/%s with \"%s\", got %s/%s: %s", outcome_name(outcome), delivery_code_name(code),
			 part, outcome_name(exchange->outcome.outcome), delivery_code_name(exchange->outcome.code),
			 exchange->outcome.reason);
}

/* ---- What is sent ---- */

static void test_bytes(void **state)
{
	static const char head[] =
		"POST /hook?a=b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-Own: v s3cr3t/tok\"en\r\nX-Empty:\r\n"
		"accept: */*\r\ncontent-type: application/json\r\nuser-agent: tocsin/0.1.0\r\n"
		"authorization: Basic bWU6cGEgc3M6d29yZA==\r\nContent-Length: 42\r\n\r\n"
		"{\"a\":[1.5,null,\"s3cr3t/tok\\\"en\"],\"b\":true}";
	char expected[1024];
	struct exchange it;

	(void)state;
	server.manner = WAYWARD_ANSWER;
	it = exchange("'headers': {'X-Own': 'v " TOKEN "', 'X-Empty': ''},"
		      " 'payload': {'b': true, 'a': [1.5, null, '" TOKEN "']},"
		      " 'auth': {'scheme': 'basic', 'username': 'me', 'secret': '" PASSWORD "'}");
	assert_outcome(&it, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200");
	snprintf(expected, sizeof(expected), head, server.port);
	assert_string_equal(server.request, expected);
	response_release(&it.response);
}

static void test_methods(void **state)
{
	static const struct {
		const char *members, *starts, *ends;
		bool has_length;
	} cases[] = {
		{"'method': 'GET'", "GET /hook", "\r\n\r\n", false},
		{"'method': 'DELETE'", "DELETE /hook", "\r\n\r\n", false},
		{"'method': 'DELETE', 'payload': {}", "DELETE /hook", "\r\n\r\n{}", true},
		{"'method': 'PUT', 'body': 'text'", "PUT /hook", "\r\n\r\ntext", true},
		{"'method': 'PUT'", "PUT /hook", "\r\n\r\n", true},
		{"'method': 'PATCH', 'payload': []", "PATCH /hook", "\r\n\r\n[]", true},
		{"", "POST /hook", "\r\n\r\n", true},
		{"'body': ''", "POST /hook", "\r\n\r\n", true},
	};

	(void)state;
	server.manner = WAYWARD_ANSWER;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct exchange it = exchange(cases[i].members);
		const size_t end = strlen(cases[i].ends);

		assert_outcome(&it, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200");
		assert_true(text_starts_with(server.request, cases[i].starts));
		assert_string_equal(server.request + server.request_length - end, cases[i].ends);
		assert_int_equal(strcasestr(server.request, "content-length") != NULL, cases[i].has_length);
		assert_null(strcasestr(server.request, "urlencoded"));
		assert_null(strcasestr(server.request, "expect:"));
		response_release(&it.response);
	}
}

/* What people are shown is what is sent, secrets apart. */
static void test_preview_is_sent(void **state)
{
	json_t *json = json_of("{'endpoint': 'http://127.0.0.1/', 'headers': {'X-A': 'b', 'x-C': 'd e'}, 'payload':"
			       " {'z': '\xc3\xa9\\n', 'y': {'n': 0.1, 'm': []}, 'x': 12345678901234}}");
	struct request request;
	struct exchange it;
	json_t *preview, *value;
	const char *name;
	char *payload, line[256];

	(void)state;
	assert_int_equal(request_read(json, &secrets, &request, NULL), TOCSIN_OK);
	preview = request_preview(&request, &secrets);
	server.manner = WAYWARD_ANSWER;
	it = exchange("'headers': {'X-A': 'b', 'x-C': 'd e'}, 'payload':"
		      " {'z': '\xc3\xa9\\n', 'y': {'n': 0.1, 'm': []}, 'x': 12345678901234}");
	payload = json_text(json_object_get(preview, "payload"), JSON_STYLE_COMPACT);
	assert_string_equal(strstr(server.request, "\r\n\r\n") + 4, payload);
	json_object_foreach (json_object_get(preview, "headers"), name, value) {
		snprintf(line, sizeof(line), "\r\n%s: %s\r\n", name, json_string_value(value));
		assert_non_null(strstr(server.request, line));
	}
	mem_free(payload);
	json_decref(preview);
	json_decref(json);
	request_release(&request);
	response_release(&it.response);
}

/* Nothing of the environment reaches a request. */
static void test_environment(void **state)
{
	char home[] = "/tmp/tocsin-http-XXXXXX", path[64];
	struct exchange it;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(home));
	snprintf(path, sizeof(path), "%s/.netrc", home);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("machine 127.0.0.1 login thief password stolen\ndefault login thief password stolen\n", file);
	fclose(file);
	assert_int_equal(setenv("HOME", home, 1), 0);
	assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1/", 1), 0);
	assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1/", 1), 0);
	server.manner = WAYWARD_ANSWER;
	it = exchange("");
	assert_outcome(&it, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200");
	assert_null(strcasestr(server.request, "authorization"));
	response_release(&it.response);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	unlink(path);
	rmdir(home);
}

/* ---- What is answered ---- */

static void test_answers(void **state)
{
	static const struct {
		const char *answer, *members;
		enum tocsin_outcome outcome;
		enum delivery_code code;
		const char *reason;
		int64_t retry_after_ms;
	} cases[] = {
		{"HTTP/1.1 200 OK\r\n\r\n", "", TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200", 0},
		{"HTTP/1.0 202 Accepted\r\n\r\n", "", TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 202", 0},
		{"HTTP/1.1 204 No Content\r\n\r\n", "", TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 204", 0},
		{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "", TOCSIN_OUTCOME_DELIVERED,
		 DELIVERY_ACCEPTED, "HTTP 200", 0},
		{"HTTP/1.1 400 Bad Request\r\n\r\n", "", TOCSIN_OUTCOME_REJECTED, DELIVERY_HTTP_STATUS,
		 "HTTP 400: the service refuses this notification", 0},
		{"HTTP/1.1 413 Too Large\r\nRetry-After: 5\r\n\r\n", "", TOCSIN_OUTCOME_REJECTED, DELIVERY_HTTP_STATUS,
		 "HTTP 413", 0},
		{"HTTP/1.1 422 Unprocessable\r\n\r\n", "", TOCSIN_OUTCOME_REJECTED, DELIVERY_HTTP_STATUS, "HTTP 422",
		 0},
		{"HTTP/1.1 410 Gone\r\n\r\n", "", TOCSIN_OUTCOME_REJECTED, DELIVERY_HTTP_STATUS, "HTTP 410", 0},
		{"HTTP/1.1 451 Unavailable\r\n\r\n", "", TOCSIN_OUTCOME_REJECTED, DELIVERY_HTTP_STATUS, "HTTP 451", 0},
		{"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n", "", TOCSIN_OUTCOME_RETRY,
		 DELIVERY_HTTP_STATUS, "HTTP 401: the service does not accept the receiver's credentials", 0},
		{"HTTP/1.1 403 Forbidden\r\n\r\n", "", TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS, "HTTP 403: ", 0},
		{"HTTP/1.1 404 Not Found\r\n\r\n", "", TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS,
		 "HTTP 404: the service does not know that address", 0},
		{"HTTP/1.1 408 Timeout\r\n\r\n", "", TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS, "HTTP 408: ", 0},
		{"HTTP/1.1 425 Too Early\r\n\r\n", "", TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS, "HTTP 425: ", 0},
		{"HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\n\r\n", "", TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS,
		 "HTTP 429: the service wants fewer requests", 7000},
		{"HTTP/1.1 429 Too Many\r\nretry-after:   120  \r\n\r\n", "", TOCSIN_OUTCOME_RETRY,
		 DELIVERY_HTTP_STATUS, "HTTP 429", 120000},
		{"HTTP/1.1 503 Busy\r\nRetry-After: Tue, 14 Nov 2023 22:14:20 GMT\r\n\r\n", "", TOCSIN_OUTCOME_RETRY,
		 DELIVERY_HTTP_STATUS, "HTTP 503", 60000},
		{"HTTP/1.1 503 Busy\r\nRetry-After: Tue, 14 Nov 2023 20:00:00 GMT\r\n\r\n", "", TOCSIN_OUTCOME_RETRY,
		 DELIVERY_HTTP_STATUS, "HTTP 503", 0},
		{"HTTP/1.1 503 Busy\r\nRetry-After: Wed, 14 Nov 2040 20:00:00 GMT\r\n\r\n", "", TOCSIN_OUTCOME_RETRY,
		 DELIVERY_HTTP_STATUS, "HTTP 503", 3600000},
		{"HTTP/1.1 503 Busy\r\nRetry-After: 99999999999999999\r\n\r\n", "", TOCSIN_OUTCOME_RETRY,
		 DELIVERY_HTTP_STATUS, "HTTP 503", 3600000},
		{"HTTP/1.1 503 Busy\r\nRetry-After: 99999999999999999999999999\r\n\r\n", "", TOCSIN_OUTCOME_RETRY,
		 DELIVERY_HTTP_STATUS, "HTTP 503", 3600000},
		{"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\n\r\n", "", TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS,
		 "HTTP 503", 0},
		{"HTTP/1.1 503 Busy\r\nRetry-After:\r\n\r\n", "", TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS,
		 "HTTP 503", 0},
		{"HTTP/1.1 503 Busy\r\nRetry-After: -5\r\n\r\n", "", TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS,
		 "HTTP 503", 0},
		{"HTTP/1.1 503 Busy\r\nRetry-After: soon\r\n\r\n", "", TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS,
		 "HTTP 503", 0},
		{"HTTP/1.1 500 Oops\r\n\r\n", "", TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS,
		 "HTTP 500: the service has a fault of its own", 0},
		{"HTTP/1.1 501 Never\r\n\r\n", "", TOCSIN_OUTCOME_RETRY, DELIVERY_HTTP_STATUS, "HTTP 501", 0},
		{"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/\r\n\r\n", "", TOCSIN_OUTCOME_REJECTED,
		 DELIVERY_HTTP_STATUS, "HTTP 301 redirects to https://elsewhere.example/; redirects are not followed",
		 0},
		{"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\n\r\n", "", TOCSIN_OUTCOME_REJECTED,
		 DELIVERY_HTTP_STATUS, "redirects to http://169.254.169.254/latest", 0},
		{"HTTP/1.1 307 Found\r\n\r\n", "", TOCSIN_OUTCOME_REJECTED, DELIVERY_HTTP_STATUS,
		 "redirects to nowhere", 0},
		{"HTTP/1.1 304 Not Modified\r\n\r\n", "", TOCSIN_OUTCOME_REJECTED, DELIVERY_HTTP_STATUS, "HTTP 304", 0},
		/* expect */
		{"HTTP/1.1 200 OK\r\n\r\n", "'expect': {'statuses': [202]}", TOCSIN_OUTCOME_RETRY, DELIVERY_EXPECTATION,
		 "HTTP 200 is not the status that means success here", 0},
		{"HTTP/1.1 202 OK\r\n\r\n", "'expect': {'statuses': [201, 202]}", TOCSIN_OUTCOME_DELIVERED,
		 DELIVERY_ACCEPTED, "HTTP 202", 0},
		{"HTTP/1.1 409 Conflict\r\n\r\n", "'expect': {'statuses': [200, 409]}", TOCSIN_OUTCOME_DELIVERED,
		 DELIVERY_ACCEPTED, "HTTP 409", 0},
		{"HTTP/1.1 400 Bad\r\n\r\n", "'expect': {'statuses': [202]}", TOCSIN_OUTCOME_REJECTED,
		 DELIVERY_HTTP_STATUS, "HTTP 400", 0},
		{"HTTP/1.1 200 OK\r\n\r\n{\"ok\": true, \"id\": 7}", "'expect': {'json': {'ok': true}}",
		 TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200", 0},
		{"HTTP/1.1 200 OK\r\n\r\n{\"ok\": false}", "'expect': {'json': {'ok': true}}", TOCSIN_OUTCOME_RETRY,
		 DELIVERY_EXPECTATION, "the body does not say \"ok\"", 0},
		{"HTTP/1.1 200 OK\r\n\r\n{\"ok\": \"true\"}", "'expect': {'json': {'ok': true}}", TOCSIN_OUTCOME_RETRY,
		 DELIVERY_EXPECTATION, "the body does not say \"ok\"", 0},
		{"HTTP/1.1 200 OK\r\n\r\n{\"a\": {\"ok\": true}}", "'expect': {'json': {'ok': true}}",
		 TOCSIN_OUTCOME_RETRY, DELIVERY_EXPECTATION, "the body does not say \"ok\"", 0},
		{"HTTP/1.1 200 OK\r\n\r\nok", "'expect': {'json': {'ok': true}}", TOCSIN_OUTCOME_RETRY,
		 DELIVERY_EXPECTATION, "the body does not say \"ok\"", 0},
		{"HTTP/1.1 200 OK\r\n\r\n[true]", "'expect': {'json': {'ok': true}}", TOCSIN_OUTCOME_RETRY,
		 DELIVERY_EXPECTATION, "the body does not say \"ok\"", 0},
		{"HTTP/1.1 200 OK\r\n\r\n{\"ok\": true, \"ok\": false}", "'expect': {'json': {'ok': true}}",
		 TOCSIN_OUTCOME_RETRY, DELIVERY_EXPECTATION, "the body does not say \"ok\"", 0},
		{"HTTP/1.1 200 OK\r\n\r\n{\"ok\": true, \"x\": "
		 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
		 "'expect': {'json': {'ok': true}}", TOCSIN_OUTCOME_RETRY, DELIVERY_EXPECTATION,
		 "the body does not say \"ok\"", 0},
		{"HTTP/1.1 200 OK\r\n\r\n{}", "'expect': {'json': {}}", TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED,
		 "HTTP 200", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct exchange it;

		wayward_answer(&server, cases[i].answer);
		it = exchange(cases[i].members);
		assert_outcome(&it, cases[i].outcome, cases[i].code, cases[i].reason);
		assert_int_equal(it.outcome.retry_after_ms, cases[i].retry_after_ms);
		response_release(&it.response);
	}
}

static int64_t a_night_in_november(void)
{
	return 1700000000000; /* 2023-11-14T22:13:20Z */
}

static int set_clock(void **state)
{
	(void)state;
	clock_use(a_night_in_november);
	return 0;
}

static int unset_clock(void **state)
{
	(void)state;
	clock_use(NULL);
	return 0;
}

static void test_headers(void **state)
{
	struct exchange it;

	(void)state;
	wayward_answer(&server, "HTTP/1.1 200 OK\r\nX-One:  a b \r\nx-ONE: c\r\nX-Empty:\r\nX-\xff: \xfe\x1b[31m\r\n"
				"Set-Cookie: a=b\r\n\r\n\x1b[2Jbody\x01\xff\xc3\xa9\n\x7f");
	it = exchange("");
	assert_json(it.response.headers, "{'set-cookie':'a=b','x-empty':'','x-one':'a b, c',"
					 "'x-\xef\xbf\xbd':'\xef\xbf\xbd\xef\xbf\xbd[31m'}");
	assert_string_equal(buffer_text(&it.response.body),
			    "\xef\xbf\xbd[2Jbody\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9\n\xef\xbf\xbd");
	assert_int_equal(it.response.status, 200);
	assert_true(it.response.complete);
	response_release(&it.response);
}

static void test_many_headers(void **state)
{
	char answer[16384] = "HTTP/1.1 200 OK\r\n";
	struct exchange it;

	(void)state;
	for (int i = 0; i < 150; i++)
		sprintf(answer + strlen(answer), "X-%d: y\r\n", i);
	strcat(answer, "\r\n");
	wayward_answer(&server, answer);
	it = exchange("");
	assert_outcome(&it, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200");
	assert_int_equal(json_object_size(it.response.headers), RESPONSE_HEADERS_KEPT);
	response_release(&it.response);
}

/* What a server can do to us, how it ends, and that it ends in time. */
static void test_bombs(void **state)
{
	static const struct {
		enum wayward_manner manner;
		const char *members;
		enum tocsin_outcome outcome;
		enum delivery_code code;
		const char *reason;
		size_t body; /* bytes kept */
	} cases[] = {
		{WAYWARD_ENDLESS_BODY, "", TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200",
		 RESPONSE_BODY_CEILING},
		{WAYWARD_ENDLESS_CHUNKS, "", TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200",
		 RESPONSE_BODY_CEILING},
		{WAYWARD_ENDLESS_BODY, "'expect': {'json': {'ok': true}}", TOCSIN_OUTCOME_RETRY, DELIVERY_EXPECTATION,
		 "the body does not say", RESPONSE_BODY_CEILING},
		{WAYWARD_ENDLESS_HEADERS, "", TOCSIN_OUTCOME_RETRY, DELIVERY_PROTOCOL,
		 "more than 65536 bytes of headers", 0},
		{WAYWARD_ENDLESS_LINE, "", TOCSIN_OUTCOME_RETRY, DELIVERY_PROTOCOL, "a header line without an end", 0},
		{WAYWARD_ENDLESS_CONTINUE, "", TOCSIN_OUTCOME_RETRY, DELIVERY_PROTOCOL,
		 "more than 65536 bytes of headers", 0},
		{WAYWARD_SILENT, "'timeout_seconds': 1", TOCSIN_OUTCOME_RETRY, DELIVERY_TIMEOUT,
		 "no complete answer within 1 s; the service may have the notification", 0},
		{WAYWARD_DRIP_HEADERS, "'timeout_seconds': 1", TOCSIN_OUTCOME_RETRY, DELIVERY_TIMEOUT, "within 1 s", 0},
		{WAYWARD_DRIP_BODY, "'timeout_seconds': 1", TOCSIN_OUTCOME_RETRY, DELIVERY_TIMEOUT, "within 1 s",
		 SIZE_MAX},
		{WAYWARD_CLOSE, "", TOCSIN_OUTCOME_RETRY, DELIVERY_CONNECTION, "Empty reply from server", 0},
		{WAYWARD_RESET, "", TOCSIN_OUTCOME_RETRY, DELIVERY_CONNECTION, "reset", 0},
		{WAYWARD_RESET_IN_BODY, "", TOCSIN_OUTCOME_RETRY, DELIVERY_CONNECTION, "reset", 10},
		{WAYWARD_SHORT_BODY, "", TOCSIN_OUTCOME_RETRY, DELIVERY_CONNECTION, "90 bytes remaining", 10},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const int64_t began_ns = clock_monotonic_ns();
		struct exchange it;

		server.manner = cases[i].manner;
		it = exchange(cases[i].members);
		assert_outcome(&it, cases[i].outcome, cases[i].code, cases[i].reason);
		assert_true(clock_monotonic_ns() - began_ns < 5000000000);
		if (cases[i].body != SIZE_MAX)
			assert_int_equal(it.response.body.length, cases[i].body);
		assert_int_equal(it.response.complete,
				 cases[i].outcome == TOCSIN_OUTCOME_DELIVERED || cases[i].code == DELIVERY_EXPECTATION);
		response_release(&it.response);
	}
}

static void test_garbage(void **state)
{
	static const struct {
		const char *answer;
		enum delivery_code code;
	} cases[] = {
		{"SSH-2.0-OpenSSH_9.2\r\n", DELIVERY_PROTOCOL},
		{"<html>no status line</html>", DELIVERY_PROTOCOL},
		{"HTTP/9.9 200 OK\r\n\r\n", DELIVERY_PROTOCOL},
		{"HTTP/1.1 xyz\r\n\r\n", DELIVERY_PROTOCOL},
		{"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", DELIVERY_PROTOCOL},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n", DELIVERY_CONNECTION},
		{"HTTP/1.1 200 OK\r\nX: y", DELIVERY_CONNECTION},
		{"\r\n\r\n\r\n", DELIVERY_PROTOCOL},
		{"", DELIVERY_CONNECTION},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct exchange it;

		wayward_answer(&server, cases[i].answer);
		it = exchange("'timeout_seconds': 2");
		if (it.outcome.outcome != TOCSIN_OUTCOME_RETRY || it.outcome.code != cases[i].code)
			fail_msg("%s: %s %s", cases[i].answer, delivery_code_name(it.outcome.code), it.outcome.reason);
		response_release(&it.response);
	}
}

/* A server that sends all of our request back learns us nothing that we would write down. */
static void test_echo(void **state)
{
	static const char *const telling[] = {"s3cr3t", "tok\"en", "tok\\\"en", "pa ss:word", "bWU6cGEgc3M6d29yZA=="};
	struct exchange it;
	char *headers;

	(void)state;
	server.manner = WAYWARD_ECHO;
	it = exchange("'headers': {'X-Own': 'v " TOKEN "'}, 'payload': {'a': '" TOKEN "'},"
		      " 'auth': {'scheme': 'basic', 'username': 'me', 'secret': '" PASSWORD "'}");
	assert_outcome(&it, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200");
	assert_non_null(strstr(server.request, "bWU6cGEgc3M6d29yZA=="));
	assert_non_null(strstr(buffer_text(&it.response.body), "authorization: Basic ***"));
	assert_non_null(strstr(buffer_text(&it.response.body), "{\"a\":\"***\"}"));
	for (size_t i = 0; i < COUNT_OF(telling); i++)
		assert_null(strstr(buffer_text(&it.response.body), telling[i]));
	response_release(&it.response);

	wayward_answer(&server, "HTTP/1.1 302 s3cr3t\r\nLocation: http://x.example/?t=s3cr3t%2Ftok%22en\r\n"
				"X-Token: s3cr3t/tok\"en\r\n\r\n{\"t\": \"s3cr3t\\/tok\\\"en\"}");
	it = exchange("");
	assert_outcome(&it, TOCSIN_OUTCOME_REJECTED, DELIVERY_HTTP_STATUS, "http://x.example/?t=***;");
	headers = json_text(it.response.headers, JSON_STYLE_LINE);
	assert_null(strstr(headers, "s3cr3t"));
	assert_string_equal(buffer_text(&it.response.body), "{\"t\": \"***\"}");
	assert_string_equal(json_string_value(json_object_get(it.response.json, "t")), "***");
	mem_free(headers);
	response_release(&it.response);

	/* in the name of a header, which we write in lower case; escaped where nothing needs it */
	wayward_answer(&server, "HTTP/1.1 200 OK\r\nX-S3cR3t/tOk\"EN-y: a\r\n\r\n"
				"{\"t\": \"\\u00733cr3t\\/%74%6fk\\u0022en\"}");
	it = exchange("");
	assert_outcome(&it, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200");
	assert_string_equal(json_string_value(json_object_get(it.response.headers, "x-***-y")), "a");
	assert_string_equal(buffer_text(&it.response.body), "{\"t\": \"***\"}");
	assert_string_equal(json_string_value(json_object_get(it.response.json, "t")), "***");
	response_release(&it.response);
}

/* ---- Where it goes ---- */

static void test_no_server(void **state)
{
	struct exchange it;

	(void)state;
	it = exchange_with("http://127.0.0.1:1/", "", NULL);
	assert_outcome(&it, TOCSIN_OUTCOME_RETRY, DELIVERY_CONNECTION, "127.0.0.1");
	assert_int_equal(it.response.status, 0);
	response_release(&it.response);
}

/* A name that leads into a closed network; libcurl itself knows that *.localhost is this machine. */
static void test_egress(void **state)
{
	const int before = server.connections;
	char url[64];
	struct exchange it;

	(void)state;
	server.manner = WAYWARD_ANSWER;
	wayward_answer(&server, "HTTP/1.1 200 OK\r\n\r\n");
	snprintf(url, sizeof(url), "http://hook.localhost:%d/", server.port);
	it = exchange_with(url, "", NULL);
	assert_outcome(&it, TOCSIN_OUTCOME_RETRY, DELIVERY_EGRESS,
		       "a loopback address: name that address in a setting");
	response_release(&it.response);
	it = exchange_with("http://169.254.169.254/latest/meta-data/", "", "['0.0.0.0/0']");
	assert_outcome(&it, TOCSIN_OUTCOME_RETRY, DELIVERY_EGRESS, "a cloud metadata service: no request may go there");
	response_release(&it.response);
	it = exchange_with("http://0.0.0.0:1/", "", "['0.0.0.0/0']");
	assert_outcome(&it, TOCSIN_OUTCOME_RETRY, DELIVERY_EGRESS, "an unspecified address");
	response_release(&it.response);
	assert_int_equal(server.connections, before);
	it = exchange_with(url, "", "['127.0.0.0/8']");
	assert_outcome(&it, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200");
	response_release(&it.response);
	snprintf(url, sizeof(url), "http://localhost:%d/", server.port);
	it = exchange_with(url, "", NULL);
	assert_outcome(&it, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200");
	response_release(&it.response);
}

/* What is refused before anything is opened. */
static void test_refusals(void **state)
{
	static const struct {
		const char *setting, *endpoint, *members;
		enum tocsin_outcome outcome;
		enum delivery_code code;
		const char *reason;
	} cases[] = {
		{"https://a.example/", "https://b.example/", "", TOCSIN_OUTCOME_RETRY, DELIVERY_EGRESS,
		 "may not go to b.example"},
		{"https://a.example/", "http://a.example/", "", TOCSIN_OUTCOME_RETRY, DELIVERY_EGRESS,
		 "with https only"},
		{"https://a.example/", "https://" TOKEN ".b.example/", "", TOCSIN_OUTCOME_REJECTED, DELIVERY_SECRET,
		 "the endpoint with the secret token in it holds a character"},
		{"https://a.example/", "https://" PASSWORD "@a.example/", "", TOCSIN_OUTCOME_REJECTED, DELIVERY_SECRET,
		 "the endpoint with the secret password"},
		{"https://a.example/", "https://a.example:x/", "", TOCSIN_OUTCOME_REJECTED, DELIVERY_REQUEST,
		 "the URL cannot be used"},
		{"https://a.example/", "https://u:p@a.example/", "", TOCSIN_OUTCOME_REJECTED, DELIVERY_REQUEST,
		 "the URL cannot be used"},
		{"https://a.example/", "https://a.example/",
		 "'sign': {'scheme': 'standard-webhooks', 'secret': '" TOKEN "', 'id': 'x'},"
		 "'auth': {'scheme': 'bearer', 'secret': '" PASSWORD "'}",
		 TOCSIN_OUTCOME_REJECTED, DELIVERY_SECRET, "the secret password is empty, too long or has a character"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct egress egress = rule_of(cases[i].setting, NULL);
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct transfer *transfer = NULL;
		struct exchange it = {0};
		struct request request;
		char text[512];
		json_t *json;

		snprintf(text, sizeof(text), "{'endpoint': '%s'%s%s}", cases[i].endpoint, *cases[i].members ? ", " : "",
			 cases[i].members);
		json = json_of(text);
		assert_failure(&err, request_read(json, &secrets, &request, &err), TOCSIN_OK, NULL);
		assert_int_not_equal(transfer_new(&request, &secrets, &egress, &transfer, &it.outcome, &err),
				     TOCSIN_OK);
		assert_outcome(&it, cases[i].outcome, cases[i].code, cases[i].reason);
		assert_null(strstr(it.outcome.reason, "s3cr3t"));
		json_decref(json);
		request_release(&request);
		egress_release(&egress);
	}
	transfer_free(NULL);
}

/* ---- TLS ---- */

/* A certificate that nobody vouches for, and its key, which protects nothing but this test. */
static const char certificate[] = "-----BEGIN CERTIFICATE-----\n"
				  "MIIBmjCCAUGgAwIBAgIUPfOliiSK2/06MmeDELBXN9Tu7X8wCgYIKoZIzj0EAwIw\n"
				  "FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMDEzNDYyOFoYDzIxMjYxMDI3\n"
				  "MTM0NjI4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO\n"
				  "PQMBBwNCAAS285d6iLRePcbOEYWm22uXVrokFpiJWiS8ktn4Wma4EoeCHVWNyDTn\n"
				  "an+bSFFkTuLIrumIU34iWZJw/DiJFj+Fo28wbTAdBgNVHQ4EFgQUSviLXmNzfBVT\n"
				  "dauFmZy2l6gqWrcwHwYDVR0jBBgwFoAUSviLXmNzfBVTdauFmZy2l6gqWrcwDwYD\n"
				  "VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI\n"
				  "zj0EAwIDRwAwRAIgBZinzue4r4NRu10mrE1UF4uId6vxu87ZOwcDtp/OHakCIExI\n"
				  "ZGqMiJjQT4EX4ZMT1+00skcojZrUdhvTzwuotP+k\n"
				  "-----END CERTIFICATE-----\n";
static const char certificate_key[] = "-----BEGIN PRIVATE KEY-----\n"
				      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgNL8razVZTWmZJVr3\n"
				      "nHEE9nTosJXHbINoWivx/+lacG2hRANCAAS285d6iLRePcbOEYWm22uXVrokFpiJ\n"
				      "WiS8ktn4Wma4EoeCHVWNyDTnan+bSFFkTuLIrumIU34iWZJw/DiJFj+F\n"
				      "-----END PRIVATE KEY-----\n";

static enum MHD_Result answer_anything(void *data, struct MHD_Connection *connection, const char *url,
				       const char *method, const char *version, const char *upload, size_t *upload_size,
				       void **request)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	const enum MHD_Result result = MHD_queue_response(connection, 200, response);

	(void)url;
	(void)method;
	(void)version;
	(void)upload;
	(void)upload_size;
	(void)request;
	(*(int *)data)++;
	MHD_destroy_response(response);
	return result;
}

static void test_tls(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct MHD_Daemon *daemon;
	struct exchange it;
	int requests = 0;
	char url[64];

	(void)state;
	daemon = MHD_start_daemon(MHD_USE_TLS | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer_anything,
				  &requests, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_HTTPS_MEM_CERT, certificate,
				  MHD_OPTION_HTTPS_MEM_KEY, certificate_key, MHD_OPTION_END);
	assert_non_null(daemon);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/",
		 MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	it = exchange_with(url, "'payload': {'a': '" TOKEN "'}", NULL);
	assert_outcome(&it, TOCSIN_OUTCOME_RETRY, DELIVERY_TLS, "certificate");
	assert_int_equal(requests, 0);
	response_release(&it.response);
	MHD_stop_daemon(daemon);

	/* no TLS at all on the other side */
	wayward_answer(&server, "HTTP/1.1 200 OK\r\n\r\n");
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/", server.port);
	it = exchange_with(url, "'timeout_seconds': 2", NULL);
	assert_int_equal(it.outcome.outcome, TOCSIN_OUTCOME_RETRY);
	assert_true(it.outcome.code == DELIVERY_TLS || it.outcome.code == DELIVERY_CONNECTION);
	response_release(&it.response);
}

static void test_scarcity(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct egress egress;
	struct request request;
	size_t allowed = 0;
	char url[64];
	json_t *json;
	bool refused;

	(void)state;
	mem_use_for_json();
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", server.port);
	egress = rule_of(url, NULL);
	json = json_pack("{s:s, s:{s:s}}", "endpoint", url, "payload", "a", TOKEN);
	assert_failure(&err, request_read(json, &secrets, &request, &err), TOCSIN_OK, NULL);
	wayward_answer(&server, "HTTP/1.1 200 OK\r\nX-A: b\r\nX-A: c\r\n\r\n{\"t\": \"s3cr3t\\/tok\\\"en\"}");
	do {
		struct transfer *transfer = NULL;
		struct exchange it = {0};

		scarce_begin(allowed++);
		it.refused = transfer_new(&request, &secrets, &egress, &transfer, &it.outcome, NULL);
		if (!it.refused)
			transfer_perform(transfer, &it.response, &it.outcome);
		refused = scarce_end();
		if (!refused) {
			assert_outcome(&it, TOCSIN_OUTCOME_DELIVERED, DELIVERY_ACCEPTED, "HTTP 200");
			assert_string_equal(buffer_text(&it.response.body), "{\"t\": \"***\"}");
		} else if (it.outcome.outcome != TOCSIN_OUTCOME_DELIVERED) {
			assert_int_equal(it.outcome.outcome, TOCSIN_OUTCOME_RETRY);
			assert_int_equal(it.outcome.code, DELIVERY_RUNTIME);
		}
		assert_null(strstr(buffer_text(&it.response.body), "s3cr3t"));
		response_release(&it.response);
		transfer_free(transfer);
	} while (refused);
	assert_true(allowed > 30);
	request_release(&request);
	egress_release(&egress);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_preview_is_sent),
		cmocka_unit_test(test_environment),
		cmocka_unit_test_setup_teardown(test_answers, set_clock, unset_clock),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_many_headers),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_no_server),
		cmocka_unit_test(test_egress),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_scarcity),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* An adapter's result as a request: what is one, where a secret may stand, and what people are shown of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../host/fixtures.h"
#include "base/clock.h"
#include "base/text.h"
#include "delivery/disguise.h"
#include "delivery/request.h"
#include "delivery/wire.h"
#include "scarce.h"

/* As the host makes them, but known. The values need escaping in JSON, in URLs, or nowhere. */
#define TOKEN "{tocsin:token:00112233445566778899aabbccddeeff}"
#define KEY "{tocsin:key:ffeeddccbbaa99887766554433221100}"
#define ODD "{tocsin:odd:0123456789abcdef0123456789abcdef}"
#define UNREAD "{tocsin:unread:fedcba9876543210fedcba9876543210}"

static struct secret items[] = {
	{"token", (char *)TOKEN, (char *)"s3cr3t-token"},
	{"key", (char *)KEY, (char *)"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
	{"odd", (char *)ODD, (char *)"a\"b\\c/d\xc3\xa9 \n"},
	{"unread", (char *)UNREAD, NULL},
};
static const struct secrets secrets = {items, COUNT_OF(items)};

static int64_t noon(void)
{
	return 1700000000250;
}

/* Reads JSON with ' for ". The JSON may go; a request holds its own reference. */
static enum tocsin_code read_text(const char *text, struct request *ret_request, struct tocsin_error *err)
{
	json_t *json = json_of(text);
	const enum tocsin_code code = request_read(json, &secrets, ret_request, err);

	json_decref(json);
	return code;
}

static void test_defaults(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct request request;

	(void)state;
	assert_failure(&err,
		       read_text("{'endpoint': 'https://a.example/', 'method': null, 'headers': null, 'payload': null,"
				 " 'body': null, 'timeout_seconds': null, 'expect': null, 'auth': null,"
				 " 'sign': {'scheme': 'standard-webhooks', 'secret': null, 'id': null}}",
				 &request, &err),
		       TOCSIN_OK, NULL);
	assert_string_equal(request.method, "POST");
	assert_int_equal(request.timeout_ms, 10000);
	assert_int_equal(request.header_count, 0);
	assert_null(request.payload);
	assert_null(request.body);
	assert_int_equal(request.auth, REQUEST_AUTH_NONE);
	assert_int_equal(request.sign, REQUEST_SIGN_NONE);
	assert_null(request.expect_statuses);
	assert_null(request.expect_json);
	request_release(&request);
	request_release(NULL);
}

static void test_everything(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct request request;

	(void)state;
	assert_failure(&err,
		       read_text("{'endpoint': 'https://a.example/bot" TOKEN "/send', 'method': 'PUT',"
				 " 'headers': {'X-A': 'b c', 'x-key': 'k=" KEY "', 'X-None': null},"
				 " 'timeout_seconds': 300, 'payload': {'text': ['" ODD "']},"
				 " 'auth': {'scheme': 'basic', 'username': 'me', 'secret': '" TOKEN "'},"
				 " 'sign': {'scheme': 'standard-webhooks', 'secret': '" KEY "', 'id': 'n-1'},"
				 " 'expect': {'statuses': [202, 404], 'json': {'ok': true}}}",
				 &request, &err),
		       TOCSIN_OK, NULL);
	assert_string_equal(request.method, "PUT");
	assert_int_equal(request.timeout_ms, 300000);
	assert_int_equal(request.header_count, 2);
	assert_int_equal(request.auth, REQUEST_AUTH_BASIC);
	assert_string_equal(request.auth_username, "me");
	assert_int_equal(request.sign, REQUEST_SIGN_STANDARD_WEBHOOKS);
	assert_string_equal(request.sign_id, "n-1");
	assert_int_equal(json_array_size(request.expect_statuses), 2);
	assert_int_equal(json_object_size(request.expect_json), 1);
	request_release(&request);
}

/* What is wrong with one member, beside a good endpoint. */
static void test_members(void **state)
{
	static const struct {
		const char *members, *why;
	} cases[] = {
		{"'endpoint': 7", "endpoint: is an integer, text is needed"},
		{"'endpoint': ''", "endpoint: is empty"},
		{"'endpoint': 'https://a.example/ x'", "endpoint: holds a character that a URL must percent-encode"},
		{"'endpoint': 'https://a.example/\\r\\nX: y'", "must percent-encode"},
		{"'endpoint': 'https://a.example/\xc3\xa4'", "must percent-encode"},
		{"'endpoint': 'https://a\\\\b/'", "must percent-encode"},
		{"'endpiont': 'x'", "endpiont: is no member of a request; did you mean endpoint?"},
		{"'payloads': {}", "payloads: is no member of a request; did you mean payload?"},
		{"'zzz': {}", "zzz: is no member of a request"},
		{"'method': 'post'", "method: is none of POST, GET, PUT, PATCH and DELETE"},
		{"'method': 'CONNECT'", "method: is none of"},
		{"'method': 'POST /x HTTP/1.1'", "method: is none of"},
		{"'method': 1", "method: is an integer, text is needed"},
		{"'method': 'GET', 'payload': {}", "method: GET carries no payload and no body"},
		{"'method': 'GET', 'body': ''", "method: GET carries no payload and no body"},
		{"'payload': {}, 'body': 'x'", "body: stands beside payload"},
		{"'body': {}", "body: is a map, text is needed"},
		{"'timeout_seconds': 0", "timeout_seconds: is no integer from 1 to 300"},
		{"'timeout_seconds': 301", "timeout_seconds: is no integer from 1 to 300"},
		{"'timeout_seconds': 1.5", "timeout_seconds: is no integer from 1 to 300"},
		{"'timeout_seconds': '5'", "timeout_seconds: is no integer from 1 to 300"},
		{"'headers': []", "headers: is a list, a map is needed"},
		{"'headers': {'X-A': 1}", "headers.X-A: is an integer, text is needed"},
		{"'headers': {'': 'x'}", "headers.: is no header name"},
		{"'headers': {'X A': 'x'}", "is no header name"},
		{"'headers': {'X:A': 'x'}", "is no header name"},
		{"'headers': {'X\\r\\nY': 'x'}", "is no header name"},
		{"'headers': {'X-\xc3\xa4': 'x'}", "is no header name"},
		{"'headers': {'X-A': 'b\\r\\nX-B: c'}", "headers.X-A: holds a character that no header may"},
		{"'headers': {'X-A': 'b\\nc'}", "headers.X-A: holds a character that no header may"},
		{"'headers': {'X-A': 'b\\tc'}", "headers.X-A: holds a character that no header may"},
		{"'headers': {'X-A': 'b\\u007fc'}", "headers.X-A: holds a character that no header may"},
		{"'headers': {'X-A': 'b\\u0085c'}", "headers.X-A: holds a character that no header may"},
		{"'headers': {'X-A': '\xc3\xa4'}", "headers.X-A: holds a character that no header may"},
		{"'headers': {'X-A': ' b'}", "headers.X-A: begins or ends with a space"},
		{"'headers': {'X-A': 'b '}", "headers.X-A: begins or ends with a space"},
		{"'headers': {'X-A': 'b', 'x-a': 'c'}", "headers.x-a: stands twice"},
		{"'headers': {'Host': 'evil.example'}", "headers.Host: is a header that the transport writes"},
		{"'headers': {'content-length': '0'}", "is a header that the transport writes"},
		{"'headers': {'Transfer-Encoding': 'chunked'}", "is a header that the transport writes"},
		{"'headers': {'CONNECTION': 'close'}", "is a header that the transport writes"},
		{"'headers': {'Proxy-Authorization': 'x'}", "is a header that the transport writes"},
		{"'headers': {'Upgrade': 'h2c'}", "is a header that the transport writes"},
		{"'headers': {'TE': 'trailers'}", "is a header that the transport writes"},
		{"'headers': {'Expect': '100-continue'}", "is a header that the transport writes"},
		{"'headers': {'Accept-Encoding': 'gzip'}", "is a header that the transport writes"},
		{"'auth': 'x'", "auth: is text, a map is needed"},
		{"'auth': {}", "auth.scheme: is nothing, text is needed"},
		{"'auth': {'scheme': 'digest', 'secret': '" TOKEN "'}", "auth.scheme: is not bearer or basic"},
		{"'auth': {'scheme': 'bearer', 'secret': 'plain'}",
		 "auth.secret: is not one of this receiver's secret settings"},
		{"'auth': {'scheme': 'bearer', 'secret': 'x" TOKEN "'}",
		 "auth.secret: is not one of this receiver's secret settings"},
		{"'auth': {'scheme': 'bearer', 'secret': 5}", "auth.secret: is an integer, text is needed"},
		{"'auth': {'scheme': 'bearer', 'secret': '" TOKEN "', 'username': 'me'}",
		 "auth.username: has no place in bearer"},
		{"'auth': {'scheme': 'bearer', 'secrets': '" TOKEN "'}",
		 "auth.secrets: is no member of a request; did you mean secret?"},
		{"'auth': {'scheme': 'basic', 'secret': '" TOKEN "'}", "auth.username: is nothing, text is needed"},
		{"'auth': {'scheme': 'basic', 'secret': '" TOKEN "', 'username': 'a:b'}",
		 "auth.username: holds a colon or a control character"},
		{"'auth': {'scheme': 'bearer', 'secret': '" TOKEN "'}, 'headers': {'authorization': 'x'}",
		 "headers: authorization is a header that auth or sign writes"},
		{"'sign': []", "sign: is a list, a map is needed"},
		{"'sign': {'scheme': 'v2', 'secret': '" KEY "', 'id': 'x'}", "sign.scheme: is not standard-webhooks"},
		{"'sign': {'scheme': 'standard-webhooks', 'secret': 'plain', 'id': 'x'}",
		 "sign.secret: is not one of this receiver's secret settings"},
		{"'sign': {'scheme': 'standard-webhooks', 'secret': '" KEY "'}", "sign.id: is nothing, text is needed"},
		{"'sign': {'scheme': 'standard-webhooks', 'secret': '" KEY "', 'id': ''}", "sign.id: is empty"},
		{"'sign': {'scheme': 'standard-webhooks', 'secret': '" KEY "', 'id': 'a.b'}",
		 "sign.id: is empty or has a full stop"},
		{"'sign': {'scheme': 'standard-webhooks', 'secret': '" KEY "', 'id': 'a\\nb'}",
		 "sign.id: holds a character that no header may"},
		{"'sign': {'scheme': 'standard-webhooks', 'secret': '" KEY "', 'id': 'x'},"
		 " 'headers': {'Webhook-Id': 'y'}",
		 "headers: Webhook-Id is a header that auth or sign writes"},
		{"'expect': []", "expect: is a list, a map is needed"},
		{"'expect': {'status': 200}", "expect.status: is no member of a request; did you mean statuses?"},
		{"'expect': {'statuses': 200}", "expect.statuses: is no list of 1 to 32 statuses"},
		{"'expect': {'statuses': []}", "expect.statuses: is no list of 1 to 32 statuses"},
		{"'expect': {'statuses': [200, 99]}", "expect.statuses: item 1 is no status from 100 to 599"},
		{"'expect': {'statuses': ['200']}", "expect.statuses: item 0 is no status from 100 to 599"},
		{"'expect': {'json': [1]}", "expect.json: is a list, a map is needed"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct request request;
		char text[512];

		snprintf(text, sizeof(text), "{%s%s}",
			 strncmp(cases[i].members, "'endpoint'", 10) == 0 ? "" : "'endpoint': 'https://a.example/', ",
			 cases[i].members);
		assert_failure(&err, read_text(text, &request, &err), TOCSIN_INVALID, cases[i].why);
	}
}

/* All problems come at once. */
static void test_all_at_once(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct request request;
	const char *sentence;

	(void)state;
	assert_failure(&err,
		       read_text("{'method': 'x', 'headers': {'Host': 'a'}, 'timeout_seconds': -1}", &request, &err),
		       TOCSIN_INVALID, "the adapter's result is no valid request");
	sentence = tocsin_error_at(&err, 0);
	assert_non_null(strstr(sentence, "method:"));
	assert_non_null(strstr(sentence, "headers.Host:"));
	assert_non_null(strstr(sentence, "timeout_seconds:"));
	assert_non_null(strstr(sentence, "endpoint: is missing"));
	assert_failure(&err, read_text("'text'", &request, &err), TOCSIN_INVALID, "returned text, a request is needed");
	assert_failure(&err, read_text("null", &request, &err), TOCSIN_INVALID, "returned null, a request is needed");
}

static void test_many_headers(void **state)
{
	json_t *headers = json_object(), *json = json_pack("{s:s, s:o}", "endpoint", "https://a/", "headers", headers);
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct request request;
	char name[16], value[9000];

	(void)state;
	for (int i = 0; i < REQUEST_HEADERS_CEILING; i++) {
		snprintf(name, sizeof(name), "x-%d", i);
		json_object_set_new(headers, name, json_string("y"));
	}
	assert_failure(&err, request_read(json, &secrets, &request, &err), TOCSIN_OK, NULL);
	assert_int_equal(request.header_count, REQUEST_HEADERS_CEILING);
	request_release(&request);
	json_object_set_new(headers, "x-more", json_string("y"));
	assert_failure(&err, request_read(json, &secrets, &request, &err), TOCSIN_INVALID, "headers: are more than 64");
	json_object_clear(headers);
	memset(value, 'a', sizeof(value));
	value[sizeof(value) - 1] = '\0';
	json_object_set_new(headers, "x", json_string(value));
	assert_failure(&err, request_read(json, &secrets, &request, &err), TOCSIN_INVALID, "longer than 8192 bytes");
	json_decref(json);
}

/* A placeholder stands where none may. */
static void test_misplaced_secrets(void **state)
{
	static const char *const cases[] = {
		"'method': '" TOKEN "'",
		"'headers': {'x-" TOKEN "': 'a'}",
		"'headers': {'" TOKEN "': 'a'}",
		"'payload': {'" TOKEN "': 'a'}",
		"'payload': {'a': [{'b" TOKEN "': 'a'}]}",
		"'" TOKEN "': 'a'",
		"'auth': {'scheme': '" TOKEN "', 'secret': '" TOKEN "'}",
		"'auth': {'scheme': 'basic', 'username': '" TOKEN "', 'secret': '" TOKEN "'}",
		"'auth': {'scheme': 'bearer', 'secret': '" TOKEN "', '" KEY "': 1}",
		"'sign': {'scheme': 'standard-webhooks', 'secret': '" KEY "', 'id': '" TOKEN "'}",
		"'expect': {'json': {'a': '" TOKEN "'}}",
		"'expect': {'json': {'" TOKEN "': 1}}",
		"'expect': {'json': {'a': ['x" TOKEN "']}}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct request request;
		char text[512];

		snprintf(text, sizeof(text), "{'endpoint': 'https://a.example/', %s}", cases[i]);
		assert_failure(&err, read_text(text, &request, &err), TOCSIN_DENIED, "which may not stand there");
	}
}

/* Text that only looks like a placeholder is data. */
static void test_lookalikes(void **state)
{
	static const char body[] = "{\"{tocsin:token:ffff}\":\"{tocsin:token:00112233445566778899aabbccddeef0}\"}";
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct request request;
	struct wire wire;

	(void)state;
	assert_failure(
		&err,
		read_text("{'endpoint': 'https://a.example/',"
			  " 'payload': {'{tocsin:token:ffff}': '{tocsin:token:00112233445566778899aabbccddeef0}'}}",
			  &request, &err),
		TOCSIN_OK, NULL);
	assert_failure(&err, wire_init(&wire, &request, &secrets, WIRE_REVEALED, &err), TOCSIN_OK, NULL);
	assert_string_equal(wire.body, body);
	wire_release(&wire);
	request_release(&request);
}

static const char *header_of(const struct wire *wire, const char *name)
{
	for (size_t i = 0; i < wire->header_count; i++)
		if (text_same_ignoring_case(wire->headers[i].name, name))
			return wire->headers[i].value;
	return NULL;
}

/* What goes over the wire: every placeholder is its secret, fit for where it stands. */
static void test_wire(void **state)
{
	static const char payload[] = "{\"a\":[\"x s3cr3t-token y\",{\"b\":\"a\\\"b\\\\c/d\xc3\xa9 \\n\"}],\"z\":1}";
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct request request;
	struct wire wire;
	json_t *json;

	(void)state;
	clock_use(noon);
	assert_failure(&err,
		       read_text("{'endpoint': 'https://a.example/bot" TOKEN "/send',"
				 " 'headers': {'X-Key': 'k=" TOKEN ";'},"
				 " 'payload': {'z': 1, 'a': ['x " TOKEN " y', {'b': '" ODD "'}]},"
				 " 'auth': {'scheme': 'basic', 'username': 'me', 'secret': '" TOKEN "'},"
				 " 'sign': {'scheme': 'standard-webhooks', 'secret': '" KEY "', 'id': 'n-1'}}",
				 &request, &err),
		       TOCSIN_OK, NULL);
	assert_failure(&err, wire_init(&wire, &request, &secrets, WIRE_REVEALED, &err), TOCSIN_OK, NULL);
	assert_string_equal(wire.url, "https://a.example/bots3cr3t-token/send");
	assert_string_equal(wire.body, payload);
	json = json_loads(wire.body, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(json, "a"), 1), "b")),
			    items[2].value);
	json_decref(json);
	assert_string_equal(header_of(&wire, "x-key"), "k=s3cr3t-token;");
	assert_string_equal(header_of(&wire, "content-type"), "application/json");
	assert_string_equal(header_of(&wire, "authorization"), "Basic bWU6czNjcjN0LXRva2Vu");
	assert_string_equal(header_of(&wire, "webhook-id"), "n-1");
	assert_string_equal(header_of(&wire, "webhook-timestamp"), "1700000000");
	/* computed with Python's hmac module over "n-1.1700000000." and the payload above */
	assert_string_equal(header_of(&wire, "webhook-signature"), "v1,vEP4+ANrNtmYNcTZW3ibiDUiDZV7KioiNEAyTa+EbUg=");
	wire_release(&wire);
	wire_release(NULL);
	request_release(&request);
	clock_use(NULL);
}

static void test_content_types(void **state)
{
	static const struct {
		const char *members, *type;
	} cases[] = {
		{"'payload': {}", "application/json"},
		{"'payload': []", "application/json"},
		{"'payload': {}, 'headers': {'Content-Type': 'application/vnd.x+json'}", "application/vnd.x+json"},
		{"'body': 'x'", "text/plain; charset=utf-8"},
		{"'body': ''", "text/plain; charset=utf-8"},
		{"'body': 'a=b', 'headers': {'content-type': 'application/x-www-form-urlencoded'}",
		 "application/x-www-form-urlencoded"},
		{"'method': 'POST'", NULL},
		{"'method': 'GET'", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct request request;
		struct wire wire;
		char text[512];

		snprintf(text, sizeof(text), "{'endpoint': 'https://a.example/', %s}", cases[i].members);
		assert_int_equal(read_text(text, &request, NULL), TOCSIN_OK);
		assert_int_equal(wire_init(&wire, &request, &secrets, WIRE_REVEALED, NULL), TOCSIN_OK);
		if (cases[i].type)
			assert_string_equal(header_of(&wire, "content-type"), cases[i].type);
		else
			assert_null(header_of(&wire, "content-type"));
		assert_string_equal(header_of(&wire, "user-agent"), "tocsin/0.1.0");
		wire_release(&wire);
		request_release(&request);
	}
}

/* Secrets whose characters do not go where they stand, and ones that were not read. */
static void test_unfit_secrets(void **state)
{
	static const struct {
		const char *members, *why;
	} cases[] = {
		{"'headers': {'X': '" ODD "'}", "the header X with the secret odd in it"},
		{"'headers': {'X': 'a" ODD "b'}", "the header X with the secret odd in it"},
		{"'endpoint': 'https://a.example/" ODD "'", "the endpoint with the secret odd in it"},
		{"'auth': {'scheme': 'bearer', 'secret': '" ODD "'}",
		 "the secret odd is empty, too long or has a character"},
		{"'auth': {'scheme': 'bearer', 'secret': '" UNREAD "'}", "the secret unread was not read"},
		{"'headers': {'X': '" UNREAD "'}", "the secret unread was not read"},
		{"'payload': ['" UNREAD "']", "the secret unread was not read"},
		{"'body': '" UNREAD "'", "the secret unread was not read"},
		{"'endpoint': '" UNREAD "'", "the secret unread was not read"},
		{"'sign': {'scheme': 'standard-webhooks', 'secret': '" UNREAD "', 'id': 'x'}",
		 "the secret unread was not read"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct request request;
		struct wire wire;
		char text[512];

		snprintf(text, sizeof(text), "{%s%s}",
			 strncmp(cases[i].members, "'endpoint'", 10) == 0 ? "" : "'endpoint': 'https://a.example/', ",
			 cases[i].members);
		assert_failure(&err, read_text(text, &request, &err), TOCSIN_OK, NULL);
		assert_failure(&err, wire_init(&wire, &request, &secrets, WIRE_REVEALED, &err), TOCSIN_DENIED,
			       cases[i].why);
		/* for people, nothing is missing */
		assert_int_equal(wire_init(&wire, &request, &secrets, WIRE_MASKED, NULL), TOCSIN_OK);
		wire_release(&wire);
		request_release(&request);
	}
}

static void test_preview(void **state)
{
	static const struct {
		const char *members, *preview;
	} cases[] = {
		{"'payload': {'b': 1, 'a': 'x" TOKEN "'}",
		 "{'endpoint':'https://a.example/','headers':{'accept':'*/*','content-type':'application/json',"
		 "'user-agent':'tocsin/0.1.0'},'method':'POST','payload':{'a':'x***','b':1},'timeout_seconds':10}"},
		{"'body': 'x " TOKEN "', 'timeout_seconds': 3, 'method': 'PATCH'",
		 "{'body':'x ***','endpoint':'https://a.example/','headers':{'accept':'*/*','content-type':"
		 "'text/plain; charset=utf-8','user-agent':'tocsin/0.1.0'},'method':'PATCH','timeout_seconds':3}"},
		{"'method': 'GET', 'headers': {'User-Agent': 'me', 'X-Key': 'k" TOKEN "'}",
		 "{'endpoint':'https://a.example/','headers':{'User-Agent':'me','X-Key':'k***','accept':'*/*'},"
		 "'method':'GET','timeout_seconds':10}"},
		{"'auth': {'scheme': 'bearer', 'secret': '" TOKEN "'}",
		 "{'endpoint':'https://a.example/','headers':{'accept':'*/*','authorization':'Bearer ***',"
		 "'user-agent':'tocsin/0.1.0'},'method':'POST','timeout_seconds':10}"},
		{"'auth': {'scheme': 'basic', 'username': 'me', 'secret': '" UNREAD "'}",
		 "{'endpoint':'https://a.example/','headers':{'accept':'*/*','authorization':'Basic ***',"
		 "'user-agent':'tocsin/0.1.0'},'method':'POST','timeout_seconds':10}"},
		{"'sign': {'scheme': 'standard-webhooks', 'secret': '" KEY "', 'id': 'n-1'}",
		 "{'endpoint':'https://a.example/','headers':{'accept':'*/*','user-agent':'tocsin/0.1.0',"
		 "'webhook-id':'n-1','webhook-signature':'v1,***','webhook-timestamp':'1700000000'},"
		 "'method':'POST','timeout_seconds':10}"},
		{"'payload': {'leaked': 'the s3cr3t-token itself'}",
		 "{'endpoint':'https://a.example/','headers':{'accept':'*/*','content-type':'application/json',"
		 "'user-agent':'tocsin/0.1.0'},'method':'POST','payload':{'leaked':'the *** itself'},"
		 "'timeout_seconds':10}"},
	};

	(void)state;
	clock_use(noon);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct request request;
		json_t *preview;
		char text[512];

		snprintf(text, sizeof(text), "{'endpoint': 'https://a.example/', %s}", cases[i].members);
		assert_failure(&err, read_text(text, &request, &err), TOCSIN_OK, NULL);
		preview = request_preview(&request, &secrets);
		assert_json(preview, cases[i].preview);
		json_decref(preview);
		request_release(&request);
	}
	clock_use(NULL);
}

static void test_escapes(void **state)
{
	static const struct {
		const char *text, *escaped;
	} cases[] = {
		{"plain", "plain"},
		{"", ""},
		{"a\"b\\c/d\b\f\n\r\t\x01\x7f", "a\\\"b\\\\c/d\\b\\f\\n\\r\\t\\u0001\\u007f"},
		{"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x94", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x94"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *escaped = json_escaped_text(cases[i].text);

		assert_string_equal(escaped, cases[i].escaped);
		mem_free(escaped);
	}
}

/* However a server sends a secret back, it is hidden. */
static void test_disguises(void **state)
{
	static const char *const telling[] = {
		"s3cr3t-token",
		"czNjcjN0LXRva2Vu",
		"bWU6czNjcjN0LXRva2Vu",
		TOKEN,
		"a\\\"b\\\\c/d\xc3\xa9 \\n",
		"a\\\"b\\\\c\\/d\xc3\xa9 \\n",
		"a\\\"b\\\\c/d\\u00e9 \\n",
		"a%22b%5Cc%2Fd%C3%A9%20%0A",
		"a%22b%5cc%2fd%c3%a9%20%0a",
		"%61%22%62%5C%63%2F%64%C3%A9%20%0A",
		"\\u0061\\u0022\\u0062\\u005c\\u0063\\u002F\\u0064\\u00E9\\u0020\\u000a",
		"\\u0053%33cr3t-%74oken",
		"S3CR3T-TOKEN",
		UNREAD,
	};
	struct secrets disguises = {0};
	struct request request;

	(void)state;
	assert_int_equal(read_text("{'endpoint': 'https://a.example/',"
				   " 'auth': {'scheme': 'basic', 'username': 'me', 'secret': '" TOKEN "'}}",
				   &request, NULL),
			 TOCSIN_OK);
	assert_int_equal(disguises_init(&disguises, &request, &secrets, NULL), TOCSIN_OK);
	for (size_t i = 0; i < COUNT_OF(telling); i++) {
		char text[256], *hidden;

		snprintf(text, sizeof(text), "before %s behind", telling[i]);
		hidden = secrets_hide(&disguises, text);
		assert_string_equal(hidden, "before *** behind");
		mem_free(hidden);
	}
	secrets_release(&disguises);
	request_release(&request);
}

static void test_scarcity(void **state)
{
	json_t *json = json_of("{'endpoint': 'https://a.example/" TOKEN "', 'headers': {'X': 'a'},"
			       " 'payload': {'a': '" ODD "'},"
			       " 'auth': {'scheme': 'basic', 'username': 'me', 'secret': '" TOKEN "'},"
			       " 'sign': {'scheme': 'standard-webhooks', 'secret': '" KEY "', 'id': 'n-1'}}");
	size_t allowed = 0;
	bool refused;

	(void)state;
	mem_use_for_json();
	do {
		struct request request = {0};
		struct secrets disguises = {0};
		struct wire wire = {0};
		enum tocsin_code code;
		json_t *preview = NULL;

		scarce_begin(allowed++);
		code = request_read(json, &secrets, &request, NULL);
		if (!code)
			code = wire_init(&wire, &request, &secrets, WIRE_REVEALED, NULL);
		if (!code)
			code = disguises_init(&disguises, &request, &secrets, NULL);
		if (!code)
			preview = request_preview(&request, &secrets);
		refused = scarce_end();
		assert_int_equal(code	   ? code
				 : preview ? TOCSIN_OK
					   : TOCSIN_NO_MEMORY,
				 refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		json_decref(preview);
		secrets_release(&disguises);
		wire_release(&wire);
		request_release(&request);
	} while (refused);
	assert_true(allowed > 60);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),      cmocka_unit_test(test_everything),
		cmocka_unit_test(test_members),	      cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_many_headers),  cmocka_unit_test(test_misplaced_secrets),
		cmocka_unit_test(test_lookalikes),    cmocka_unit_test(test_wire),
		cmocka_unit_test(test_content_types), cmocka_unit_test(test_unfit_secrets),
		cmocka_unit_test(test_preview),	      cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_disguises),     cmocka_unit_test(test_scarcity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

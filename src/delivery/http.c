/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The http transport; see http.h.
 *
 * A transfer is set up, run and finished in three steps that do not know of each other, so that one loop
 * may later run many. libcurl is told everything that its defaults or the environment could decide
 * otherwise; an option that it does not take is a failure, since each of them is a promise. All that
 * comes from the service is cleaned of our secrets before it leaves this file.
 */
#include "delivery/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/printable.h"
#include "base/text.h"
#include "delivery/disguise.h"
#include "delivery/url.h"
#include "delivery/wire.h"

#define CONNECT_CEILING_MS 10000
#define HEADER_LINE_PROBE 262144 /* bytes; more than libcurl takes for one header line (100 KiB) */

struct transfer {
	const struct request *request;
	const struct egress *egress;
	struct secrets disguises;
	struct wire wire;
	struct url url;
	CURL *easy;
	struct curl_slist *headers;
	struct response response;
	struct tocsin_error refusal; /* what an egress check said last */
	unsigned opened; /* sockets that egress allowed */
	bool is_starved; /* no memory for the response */
	char message[CURL_ERROR_SIZE];
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_ready;

static void start_curl(void)
{
	curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- What libcurl asks and tells ---- */

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = data;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    egress_check_address(transfer->egress, transfer->url.host, &address->addr, &transfer->refusal))
		return CURL_SOCKET_BAD;
	transfer->opened++;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Before a request goes out, also on a connection that was there already. */
static int before_request(void *data, char *remote, char *local, int remote_port, int local_port)
{
	struct transfer *transfer = data;
	struct sockaddr_storage storage = {0};
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	(void)local;
	(void)remote_port;
	(void)local_port;
	if (inet_pton(AF_INET, remote, &v4.sin_addr) == 1)
		memcpy(&storage, &v4, sizeof(v4));
	else if (inet_pton(AF_INET6, remote, &v6.sin6_addr) == 1)
		memcpy(&storage, &v6, sizeof(v6));
	if (egress_check_address(transfer->egress, transfer->url.host, (const struct sockaddr *)&storage,
				 &transfer->refusal))
		return CURL_PREREQFUNC_ABORT;
	return CURL_PREREQFUNC_OK;
}

static size_t take_header(char *line, size_t size, size_t count, void *data)
{
	struct transfer *transfer = data;
	const enum tocsin_code code = response_add_header(&transfer->response, line, size * count);

	transfer->is_starved |= code == TOCSIN_NO_MEMORY;
	return code ? 0 : size * count;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
	struct transfer *transfer = data;
	const enum tocsin_code code = response_add_body(&transfer->response, bytes, size * count);

	transfer->is_starved |= code == TOCSIN_NO_MEMORY;
	return code ? 0 : size * count;
}

/* ---- Setting up ---- */

/* Appends "NAME: VALUE" as libcurl takes it; an empty value is written "NAME;". */
static enum tocsin_code append_header(struct transfer *transfer, const char *name, const char *value)
{
	const size_t room = strlen(name) + strlen(value) + 3;
	struct curl_slist *longer = NULL;
	char *line = mem_alloc(room);

	if (line) {
		snprintf(line, room, *value ? "%s: %s" : "%s;%s", name, value);
		longer = curl_slist_append(transfer->headers, line);
		wipe_text(line);
	}
	if (!longer)
		return TOCSIN_NO_MEMORY;
	transfer->headers = longer;
	return TOCSIN_OK;
}

/* Our headers, and the end of those that libcurl would add by itself. */
static enum tocsin_code set_headers(struct transfer *transfer)
{
	const struct wire *wire = &transfer->wire;
	enum tocsin_code code = TOCSIN_OK;
	bool has_type = false;

	for (size_t i = 0; i < wire->header_count && !code; i++) {
		has_type |= text_same_ignoring_case(wire->headers[i].name, "content-type");
		code = append_header(transfer, wire->headers[i].name, wire->headers[i].value);
	}
	for (size_t i = has_type; i < 2 && !code; i++) {
		static const char *const unwanted[] = {"Content-Type:", "Expect:"};
		struct curl_slist *longer = curl_slist_append(transfer->headers, unwanted[i]);

		if (longer)
			transfer->headers = longer;
		else
			code = TOCSIN_NO_MEMORY;
	}
	return code;
}

#define SET(option, value) (result = result ? result : curl_easy_setopt(easy, CURLOPT_##option, value))

/* What to send. */
static CURLcode set_request(struct transfer *transfer)
{
	const struct wire *wire = &transfer->wire;
	const char *method = transfer->request->method;
	const bool posts = wire->body || *method == 'P'; /* POST, PUT, PATCH */
	CURL *easy = transfer->easy;
	CURLcode result = CURLE_OK;

	SET(CURLU, transfer->url.handle);
	if (posts) {
		SET(POST, 1L);
		SET(POSTFIELDSIZE_LARGE, (curl_off_t)wire->body_length);
		SET(POSTFIELDS, wire->body ? wire->body : "");
	} else {
		SET(HTTPGET, 1L);
	}
	SET(CUSTOMREQUEST, method);
	SET(HTTPHEADER, transfer->headers);
	return result;
}

/* Where it may go, how long it may take, and what is not taken from anywhere else. */
static CURLcode set_rules(struct transfer *transfer)
{
	const long timeout_ms = (long)transfer->request->timeout_ms;
	CURL *easy = transfer->easy;
	CURLcode result = CURLE_OK;

	SET(PROTOCOLS_STR, "http,https");
	SET(FOLLOWLOCATION, 0L);
	SET(HTTP09_ALLOWED, 0L);
	SET(PROXY, "");
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	SET(NOSIGNAL, 1L);
	SET(TIMEOUT_MS, timeout_ms);
	SET(CONNECTTIMEOUT_MS, timeout_ms < CONNECT_CEILING_MS ? timeout_ms : CONNECT_CEILING_MS);
	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(OPENSOCKETFUNCTION, open_socket);
	SET(OPENSOCKETDATA, transfer);
	SET(PREREQFUNCTION, before_request);
	SET(PREREQDATA, transfer);
	SET(HEADERFUNCTION, take_header);
	SET(HEADERDATA, transfer);
	SET(WRITEFUNCTION, take_body);
	SET(WRITEDATA, transfer);
	SET(ERRORBUFFER, transfer->message);
	return result;
}

static enum tocsin_code set_up(struct transfer *transfer, struct tocsin_error *err)
{
	CURLcode result;

	pthread_once(&curl_once, start_curl);
	transfer->easy = curl_ready ? NULL : curl_easy_init();
	if (!transfer->easy || set_headers(transfer))
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a transfer");
	result = set_request(transfer);
	if (!result)
		result = set_rules(transfer);
	if (result == CURLE_OUT_OF_MEMORY)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a transfer");
	return result ? tocsin_fail(err, TOCSIN_IO, "libcurl does not take an option: %s", curl_easy_strerror(result))
		      : TOCSIN_OK;
}

/* Sets what a failure to prepare means. */
static void refuse(struct delivery_outcome *refusal, enum tocsin_code code, enum delivery_code when_denied,
		   struct tocsin_error *err, const struct secrets *secrets)
{
	char line[TOCSIN_ERROR_ROOM];

	secrets_hide_error(secrets, err);
	tocsin_error_line(err, line, sizeof(line));
	if (code == TOCSIN_DENIED && when_denied == DELIVERY_EGRESS)
		outcome_set(refusal, TOCSIN_OUTCOME_RETRY, DELIVERY_EGRESS, "%s", line);
	else if (code == TOCSIN_DENIED)
		outcome_set(refusal, TOCSIN_OUTCOME_REJECTED, DELIVERY_SECRET, "%s", line);
	else if (code == TOCSIN_INVALID)
		outcome_set(refusal, TOCSIN_OUTCOME_REJECTED, DELIVERY_REQUEST, "%s", line);
	else
		outcome_set(refusal, TOCSIN_OUTCOME_RETRY, DELIVERY_RUNTIME, "%s", line);
}

enum tocsin_code transfer_new(const struct request *request, const struct secrets *secrets, const struct egress *egress,
			      struct transfer **ret_transfer, struct delivery_outcome *ret_refusal,
			      struct tocsin_error *err)
{
	struct transfer *transfer = mem_zero(sizeof(*transfer));
	struct tocsin_error reason = TOCSIN_ERROR_INIT;
	enum delivery_code when_denied = DELIVERY_SECRET;
	char *shown = secrets_hide(secrets, request->endpoint);
	enum tocsin_code code;

	if (!transfer || !shown) {
		code = tocsin_fail(&reason, TOCSIN_NO_MEMORY, "no memory for a transfer");
		goto out;
	}
	transfer->request = request;
	transfer->egress = egress;
	response_init(&transfer->response);
	code = wire_init(&transfer->wire, request, secrets, WIRE_REVEALED, &reason);
	if (!code) {
		when_denied = DELIVERY_EGRESS;
		code = egress_check_url(egress, transfer->wire.url, shown, &reason);
	}
	if (!code)
		code = url_read(transfer->wire.url, &transfer->url, &reason);
	if (!code)
		code = disguises_init(&transfer->disguises, request, secrets, &reason);
	if (!code)
		code = set_up(transfer, &reason);
out:
	if (code) {
		refuse(ret_refusal, code, when_denied, &reason, secrets);
		if (err)
			*err = reason;
		transfer_free(transfer);
	} else {
		*ret_transfer = transfer;
	}
	mem_free(shown);
	return code;
}

void transfer_free(struct transfer *transfer)
{
	if (!transfer)
		return;
	curl_easy_cleanup(transfer->easy);
	for (struct curl_slist *item = transfer->headers; item; item = item->next)
		explicit_bzero(item->data, strlen(item->data));
	curl_slist_free_all(transfer->headers);
	url_release(&transfer->url);
	wire_release(&transfer->wire);
	secrets_release(&transfer->disguises);
	response_release(&transfer->response);
	mem_free(transfer);
}

/* ---- Finishing ---- */

static bool is_tls_fault(CURLcode result)
{
	static const CURLcode faults[] = {
		CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
		CURLE_SSL_CIPHER,	 CURLE_SSL_CACERT_BADFILE,	 CURLE_SSL_CRL_BADFILE,
		CURLE_SSL_ISSUER_ERROR,	 CURLE_SSL_INVALIDCERTSTATUS,	 CURLE_SSL_ENGINE_INITFAILED,
		CURLE_USE_SSL_FAILED,	 CURLE_SSL_SHUTDOWN_FAILED,
	};

	for (size_t i = 0; i < COUNT_OF(faults); i++)
		if (result == faults[i])
			return true;
	return false;
}

static bool is_protocol_fault(CURLcode result)
{
	static const CURLcode faults[] = {
		CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_HTTP2,
		CURLE_HTTP2_STREAM,	  CURLE_BAD_CONTENT_ENCODING,
	};

	for (size_t i = 0; i < COUNT_OF(faults); i++)
		if (result == faults[i])
			return true;
	return false;
}

/* Whether the request may have been sent, at least in part. */
static bool was_sent(const struct transfer *transfer)
{
	curl_off_t microseconds = 0;

	return !curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds) && microseconds > 0;
}

/*
 * Whether libcurl gave up on one endless header line. That is a limit of its own, and up to some version it
 * says "out of memory" for it: it was not if there is as much memory as it would have taken.
 */
static bool is_endless_header(const struct transfer *transfer, CURLcode result)
{
	bool is_enough;
	void *probe;

#if LIBCURL_VERSION_NUM >= 0x080600
	if (result == CURLE_TOO_LARGE)
		return true;
#endif
	if (result != CURLE_OUT_OF_MEMORY || transfer->is_starved || !was_sent(transfer) ||
	    transfer->response.headers_ended)
		return false;
	probe = mem_alloc(HEADER_LINE_PROBE);
	is_enough = probe != NULL;
	mem_free(probe);
	return is_enough;
}

/* What it means that libcurl failed. Nothing of this is the notification's fault. */
static void judge_failure(const struct transfer *transfer, CURLcode result, struct delivery_outcome *ret_outcome)
{
	const char *message = *transfer->message ? transfer->message : curl_easy_strerror(result);
	const bool refused = transfer->refusal.code && (result == CURLE_ABORTED_BY_CALLBACK || !transfer->opened);
	const double seconds = (double)transfer->request->timeout_ms / 1000;

	if (refused)
		outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_EGRESS, "%s",
			    tocsin_error_at(&transfer->refusal, 0));
	else if (is_endless_header(transfer, result))
		outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_PROTOCOL,
			    "the answer has a header line without an end, or one that is too long");
	else if (transfer->is_starved || result == CURLE_OUT_OF_MEMORY)
		outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_RUNTIME, "no memory for the transfer");
	else if (is_tls_fault(result))
		outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_TLS, "%s", message);
	else if (result == CURLE_WRITE_ERROR)
		outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_PROTOCOL,
			    "the answer has more than %d bytes of headers", RESPONSE_HEADERS_BYTES);
	else if (is_protocol_fault(result))
		outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_PROTOCOL, "the answer is no good HTTP: %s",
			    message);
	else if (result == CURLE_OPERATION_TIMEDOUT && was_sent(transfer))
		outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_TIMEOUT,
			    "no complete answer within %g s; the service may have the notification", seconds);
	else
		outcome_set(ret_outcome, TOCSIN_OUTCOME_RETRY, DELIVERY_CONNECTION, "%s", message);
}

/* The reason may quote the service, its certificate included. */
static void tidy_reason(const struct secrets *secrets, struct delivery_outcome *outcome)
{
	const struct delivery_outcome before = *outcome;
	char *hidden = secrets_hide(secrets, before.reason);
	const char *reason = hidden ? hidden : "(no memory to say why)";
	char shown[sizeof(outcome->reason)];

	outcome_set(outcome, before.outcome, before.code, "%s",
		    printable_line(shown, sizeof(shown), reason, strlen(reason)));
	outcome->retry_after_ms = before.retry_after_ms;
	mem_free(hidden);
}

static void finish(struct transfer *transfer, CURLcode result, struct delivery_outcome *ret_outcome)
{
	struct response *response = &transfer->response;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &response->status);
	response->complete = response->status && response->headers_ended &&
			     (!result || (result == CURLE_WRITE_ERROR && response->cut));
	if (response_clean(response, &transfer->disguises)) {
		response_release(response);
		transfer->is_starved = true;
		response->complete = false;
		response->status = 0;
	}
	if (response->complete)
		response_judge(transfer->request, response, ret_outcome);
	else
		judge_failure(transfer, result ? result : CURLE_GOT_NOTHING, ret_outcome);
	tidy_reason(&transfer->disguises, ret_outcome);
}

void transfer_perform(struct transfer *transfer, struct response *ret_response, struct delivery_outcome *ret_outcome)
{
	const int64_t begun = clock_monotonic_ns();
	const CURLcode result = curl_easy_perform(transfer->easy);

	transfer->response.duration_ns = clock_monotonic_ns() - begun;
	finish(transfer, result, ret_outcome);
	*ret_response = transfer->response;
	response_init(&transfer->response);
}

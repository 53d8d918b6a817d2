/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests as they are sent; see wire.h.
 *
 * This file turns placeholders into secrets. All that holds one is wiped before it is freed, failures
 * included. A secret that was let into a header or the URL as a placeholder is checked again as itself:
 * its characters were unknown until now.
 */
#include "delivery/wire.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "build-config.h"
#include "delivery/disguise.h"
#include "delivery/header.h"
#include "delivery/sign.h"

#define OWN_HEADERS 7 /* accept, content-type, user-agent, authorization and the three of sign */

/* A wire on its way. */
struct building {
	struct wire wire;
	const struct request *request;
	const struct secrets *secrets;
	enum wire_mode mode;
	struct tocsin_error *err;
};

void wire_release(struct wire *wire)
{
	if (!wire)
		return;
	wipe_text(wire->url);
	for (size_t i = 0; i < wire->header_count; i++) {
		mem_free(wire->headers[i].name);
		wipe_text(wire->headers[i].value);
	}
	mem_free(wire->headers);
	wipe_text(wire->body);
	*wire = (struct wire){0};
}

static enum tocsin_code no_memory(const struct building *building)
{
	tocsin_fail(building->err, TOCSIN_NO_MEMORY, "no memory for a request");
	return TOCSIN_NO_MEMORY;
}

/* Finds the placeholder of a secret that was not read, and says so. */
static enum tocsin_code check_read(const struct building *building, const char *text)
{
	const struct secrets *secrets = building->secrets;

	for (size_t i = 0; i < secrets->count; i++)
		if (!secrets->items[i].value && strstr(text, secrets->items[i].placeholder))
			return tocsin_fail(building->err, TOCSIN_DENIED, "the secret %s was not read",
					   secrets->items[i].field);
	return TOCSIN_OK;
}

/* A new text with placeholders replaced, as the mode says. */
static enum tocsin_code replaced(const struct building *building, const char *text, char **ret_text)
{
	enum tocsin_code code = TOCSIN_OK;
	char *copy;

	if (building->mode == WIRE_REVEALED)
		code = check_read(building, text);
	if (code)
		return code;
	copy = building->mode == WIRE_MASKED ? secrets_hide(building->secrets, text)
					     : secrets_reveal(building->secrets, text);
	if (!copy)
		return no_memory(building);
	*ret_text = copy;
	return TOCSIN_OK;
}

/* The name of the secret whose placeholder stands in the text, for messages. */
static const char *secret_in(const struct building *building, const char *text)
{
	const struct secret *secret = secrets_find(building->secrets, text);

	return secret ? secret->field : "?";
}

static enum tocsin_code add_url(struct building *building)
{
	const char *endpoint = building->request->endpoint;
	enum tocsin_code code = replaced(building, endpoint, &building->wire.url);
	const char *fault;

	if (code || building->mode == WIRE_MASKED)
		return code;
	fault = endpoint_fault(building->wire.url);
	if (fault)
		return tocsin_fail(building->err, TOCSIN_DENIED, "the endpoint with the secret %s in it %s",
				   secret_in(building, endpoint), fault);
	return TOCSIN_OK;
}

/* Adds a header whose value is handed over. */
static enum tocsin_code take_header(struct building *building, const char *name, char *value)
{
	char *copy = mem_text(name);

	if (!copy || !value) {
		mem_free(copy);
		wipe_text(value);
		return no_memory(building);
	}
	building->wire.headers[building->wire.header_count++] = (struct wire_header){copy, value};
	return TOCSIN_OK;
}

static enum tocsin_code add_header(struct building *building, const char *name, const char *value)
{
	return take_header(building, name, mem_text(value));
}

static enum tocsin_code add_adapter_headers(struct building *building)
{
	const struct request *request = building->request;
	enum tocsin_code code = TOCSIN_OK;

	for (size_t i = 0; i < request->header_count && !code; i++) {
		const struct request_header *header = &request->headers[i];
		const char *fault;
		char *value = NULL;

		code = replaced(building, header->value, &value);
		if (code)
			return code;
		fault = building->mode == WIRE_REVEALED ? header_value_fault(value) : NULL;
		if (fault) {
			wipe_text(value);
			return tocsin_fail(building->err, TOCSIN_DENIED, "the header %s with the secret %s in it %s",
					   header->name, secret_in(building, header->value), fault);
		}
		code = take_header(building, header->name, value);
	}
	return code;
}

static bool has_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (text_same_ignoring_case(request->headers[i].name, name))
			return true;
	return false;
}

static enum tocsin_code add_own_headers(struct building *building)
{
	static const char text_type[] = "text/plain; charset=utf-8";
	const struct request *request = building->request;
	const char *type = request->payload ? "application/json" : request->body ? text_type : NULL;
	enum tocsin_code code = TOCSIN_OK;

	if (!has_header(request, "accept"))
		code = add_header(building, "accept", "*/*");
	if (!code && type && !has_header(request, "content-type"))
		code = add_header(building, "content-type", type);
	if (!code && !has_header(request, "user-agent"))
		code = add_header(building, "user-agent", "tocsin/" TOCSIN_VERSION);
	return code;
}

static enum tocsin_code add_bearer(struct building *building, const char *secret)
{
	const size_t room = sizeof("Bearer ") + strlen(secret);
	char *value;

	if (!*secret || strchr(secret, ' ') || header_value_fault(secret))
		return tocsin_fail(building->err, TOCSIN_DENIED,
				   "the secret %s is empty, too long or has a character that no bearer token has",
				   secret_in(building, building->request->auth_secret));
	value = mem_alloc(room);
	if (value)
		snprintf(value, room, "Bearer %s", secret);
	return take_header(building, "authorization", value);
}

static enum tocsin_code add_auth(struct building *building)
{
	const struct request *request = building->request;
	const bool is_basic = request->auth == REQUEST_AUTH_BASIC;
	enum tocsin_code code;
	char *secret = NULL;

	if (request->auth == REQUEST_AUTH_NONE)
		return TOCSIN_OK;
	if (building->mode == WIRE_MASKED)
		return add_header(building, "authorization", is_basic ? "Basic " VALUES_MASK : "Bearer " VALUES_MASK);
	code = replaced(building, request->auth_secret, &secret);
	if (code)
		return code;
	if (is_basic)
		code = take_header(building, "authorization", basic_credentials(request->auth_username, secret));
	else
		code = add_bearer(building, secret);
	wipe_text(secret);
	return code;
}

/* The secrets with values that are fit to stand inside a JSON text. */
static enum tocsin_code escape_secrets(const struct building *building, struct secrets *ret_escaped)
{
	const struct secrets *secrets = building->secrets;
	struct secrets escaped = {.items = mem_array(secrets->count, sizeof(*escaped.items))};

	for (size_t i = 0; escaped.items && i < secrets->count; i++) {
		const struct secret *secret = &secrets->items[i];
		char *placeholder = secret->value ? mem_text(secret->placeholder) : NULL;
		char *value = secret->value ? json_escaped_text(secret->value) : NULL;

		if (placeholder && value) {
			escaped.items[escaped.count++] = (struct secret){secret->field, placeholder, value};
		} else {
			mem_free(placeholder);
			wipe_text(value);
			if (secret->value) {
				secrets_release(&escaped);
				return no_memory(building);
			}
		}
	}
	if (!escaped.items)
		return no_memory(building);
	*ret_escaped = escaped;
	return TOCSIN_OK;
}

/* The payload as compact JSON with sorted keys. */
static enum tocsin_code add_payload(struct building *building)
{
	char *text = json_text(building->request->payload, JSON_STYLE_COMPACT);
	struct secrets escaped = {0};
	enum tocsin_code code;

	if (!text)
		return no_memory(building);
	code = building->mode == WIRE_REVEALED ? check_read(building, text) : TOCSIN_OK;
	if (!code && building->mode == WIRE_REVEALED) {
		code = escape_secrets(building, &escaped);
		if (!code)
			building->wire.body = secrets_reveal(&escaped, text);
	} else if (!code) {
		building->wire.body = secrets_hide(building->secrets, text);
	}
	if (!code && !building->wire.body)
		code = no_memory(building);
	secrets_release(&escaped);
	mem_free(text);
	return code;
}

static enum tocsin_code add_body(struct building *building)
{
	enum tocsin_code code = TOCSIN_OK;

	if (building->request->payload)
		code = add_payload(building);
	else if (building->request->body)
		code = replaced(building, building->request->body, &building->wire.body);
	if (!code && building->wire.body)
		building->wire.body_length = strlen(building->wire.body);
	return code;
}

static enum tocsin_code add_signature(struct building *building)
{
	const struct request *request = building->request;
	const struct wire *wire = &building->wire;
	const int64_t now = clock_wall_ms() / 1000;
	char timestamp[24], signature[SIGNATURE_ROOM] = "v1," VALUES_MASK;
	enum tocsin_code code = TOCSIN_OK;
	char *secret = NULL;

	if (request->sign == REQUEST_SIGN_NONE)
		return TOCSIN_OK;
	if (building->mode == WIRE_REVEALED) {
		code = replaced(building, request->sign_secret, &secret);
		if (!code)
			code = sign_standard_webhooks(secret, request->sign_id, now, wire->body ? wire->body : "",
						      wire->body_length, signature, building->err);
		if (code == TOCSIN_INVALID) {
			code = TOCSIN_DENIED;
			if (building->err)
				building->err->code = code;
			tocsin_wrap(building->err, "signing with the secret %s",
				    secret_in(building, request->sign_secret));
		}
		wipe_text(secret);
	}
	snprintf(timestamp, sizeof(timestamp), "%lld", (long long)now);
	if (!code)
		code = add_header(building, "webhook-id", request->sign_id);
	if (!code)
		code = add_header(building, "webhook-timestamp", timestamp);
	if (!code)
		code = add_header(building, "webhook-signature", signature);
	return code;
}

enum tocsin_code wire_init(struct wire *ret_wire, const struct request *request, const struct secrets *secrets,
			   enum wire_mode mode, struct tocsin_error *err)
{
	static enum tocsin_code (*const steps[])(struct building *) = {
		add_url, add_adapter_headers, add_own_headers, add_auth, add_body, add_signature};
	struct building building = {.request = request, .secrets = secrets, .mode = mode, .err = err};
	enum tocsin_code code = TOCSIN_OK;

	building.wire.headers = mem_array(request->header_count + OWN_HEADERS, sizeof(*building.wire.headers));
	if (!building.wire.headers)
		code = no_memory(&building);
	for (size_t i = 0; i < COUNT_OF(steps) && !code; i++)
		code = steps[i](&building);
	if (code)
		wire_release(&building.wire);
	else
		*ret_wire = building.wire;
	return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a request must be computed from a secret: auth and sign; see request.h and reading.h.
 *
 * Their secret is a whole placeholder of this receiver's own, or nothing: an optional setting without a
 * value makes them go away, so that an adapter need not ask.
 */
#include "delivery/reading.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "delivery/header.h"

/* The secret of auth or sign: NULL for none, which an unset setting gives. */
static const char *read_secret(struct reading *reading, const char *path, const json_t *object)
{
	const json_t *value = reading_member(object, "secret");
	const struct secret *secret;
	const char *text = value ? reading_text(reading, path, value) : NULL;

	if (!text || !*text)
		return NULL;
	secret = secrets_find(reading->secrets, text);
	if (secret && strcmp(secret->placeholder, text) == 0)
		return text;
	problems_add(&reading->problems, path, "is not one of this receiver's secret settings");
	return NULL;
}

/* The scheme of auth or sign; NULL and a problem when it is none of `known`. */
static const char *read_scheme(struct reading *reading, const char *path, const json_t *object,
			       const char *const *known, size_t count)
{
	const json_t *value = json_object_get(object, "scheme");
	const char *text = reading_text(reading, path, value);

	if (!text || !reading_permits(reading, path, text))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, known[i]) == 0)
			return known[i];
	problems_add(&reading->problems, path, "is not %s%s%s", known[0], count > 1 ? " or " : "",
		     count > 1 ? known[1] : "");
	return NULL;
}

static void read_username(struct reading *reading, const json_t *auth)
{
	const char *text = reading_text(reading, "auth.username", json_object_get(auth, "username"));

	if (!text || !reading_permits(reading, "auth.username", text))
		return;
	if (strchr(text, ':') || text_has_control(text) || strlen(text) > HEADER_NAME_CEILING)
		problems_add(&reading->problems, "auth.username",
			     "holds a colon or a control character, or is longer than %d bytes", HEADER_NAME_CEILING);
	reading->request->auth_username = text;
}

void reading_auth(struct reading *reading, json_t *value)
{
	static const char *const known[] = {"scheme", "username", "secret"};
	static const char *const schemes[] = {"bearer", "basic"};
	struct request *request = reading->request;
	const char *scheme;

	if (!json_is_object(value)) {
		problems_add(&reading->problems, "auth", "is %s, a map is needed", json_kind(value));
		return;
	}
	reading_refuse_unknown(reading, "auth", value, known, COUNT_OF(known));
	scheme = read_scheme(reading, "auth.scheme", value, schemes, COUNT_OF(schemes));
	if (scheme == schemes[1])
		read_username(reading, value);
	else if (scheme && reading_member(value, "username"))
		problems_add(&reading->problems, "auth.username", "has no place in bearer");
	request->auth_secret = read_secret(reading, "auth.secret", value);
	if (request->auth_secret)
		request->auth = scheme == schemes[1] ? REQUEST_AUTH_BASIC : REQUEST_AUTH_BEARER;
}

void reading_sign(struct reading *reading, json_t *value)
{
	static const char *const known[] = {"scheme", "secret", "id"};
	static const char *const schemes[] = {"standard-webhooks"};
	struct request *request = reading->request;
	const char *id, *fault;

	if (!json_is_object(value)) {
		problems_add(&reading->problems, "sign", "is %s, a map is needed", json_kind(value));
		return;
	}
	reading_refuse_unknown(reading, "sign", value, known, COUNT_OF(known));
	read_scheme(reading, "sign.scheme", value, schemes, COUNT_OF(schemes));
	request->sign_secret = read_secret(reading, "sign.secret", value);
	if (!request->sign_secret)
		return;
	request->sign = REQUEST_SIGN_STANDARD_WEBHOOKS;
	id = reading_text(reading, "sign.id", json_object_get(value, "id"));
	if (!id || !reading_permits(reading, "sign.id", id))
		return;
	fault = header_value_fault(id);
	if (fault)
		problems_add(&reading->problems, "sign.id", "%s", fault);
	else if (!*id || strchr(id, '.'))
		problems_add(&reading->problems, "sign.id",
			     "is empty or has a full stop, which separates what is signed");
	request->sign_id = id;
}

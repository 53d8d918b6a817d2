/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header names and values; see header.h. Nothing that could end a header or begin another passes: no
 * control characters, also none that RFC 9110 would allow inside a value.
 */
#include "delivery/header.h"

#include <string.h>

#include "base/text.h"
#include "delivery/url.h"

/* Written by the transport or by libcurl; an adapter that could set them could smuggle requests. */
static const char *const owned[] = {
	"host",
	"content-length",
	"transfer-encoding",
	"connection",
	"proxy-connection",
	"keep-alive",
	"te",
	"trailer",
	"upgrade",
	"expect",
	"http2-settings",
	"proxy-authorization",
	"accept-encoding",
};

static bool is_token_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
	       (byte && strchr("!#$%&'*+-.^_`|~", byte));
}

const char *header_name_fault(const char *name)
{
	const size_t length = strlen(name);

	if (!length || length > HEADER_NAME_CEILING)
		return "is no header name of 1 to 128 bytes";
	for (size_t i = 0; i < length; i++)
		if (!is_token_byte(name[i]))
			return "is no header name: only letters, digits and !#$%&'*+-.^_`|~ may stand in one";
	for (size_t i = 0; i < COUNT_OF(owned); i++)
		if (text_same_ignoring_case(name, owned[i]))
			return "is a header that the transport writes";
	return NULL;
}

const char *header_value_fault(const char *value)
{
	const size_t length = strlen(value);

	if (length > HEADER_VALUE_CEILING)
		return "is longer than 8192 bytes";
	if (length && (value[0] == ' ' || value[length - 1] == ' '))
		return "begins or ends with a space";
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)value[i] < ' ' || (unsigned char)value[i] > '~')
			return "holds a character that no header may: only visible ASCII and spaces inside";
	return NULL;
}

const char *endpoint_fault(const char *endpoint)
{
	if (!*endpoint)
		return "is empty";
	if (strlen(endpoint) > URL_CEILING)
		return "is longer than 8192 bytes";
	for (const unsigned char *byte = (const unsigned char *)endpoint; *byte; byte++)
		if (*byte <= ' ' || *byte >= 0x7f || strchr("\\\"<>", *byte))
			return "holds a character that a URL must percent-encode";
	return NULL;
}

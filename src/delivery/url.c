/* SPDX-License-Identifier: Apache-2.0 */
/* URLs; see url.h. Nothing is guessed: a URL without a scheme or with an odd part is refused. */
#include "delivery/url.h"

#include <curl/curl.h>
#include <string.h>

#include "base/text.h"

/* Copies the host in the form in which hosts are compared. */
static enum tocsin_code take_host(const char *host, struct url *url, struct tocsin_error *err)
{
	size_t length = strlen(host);

	if (length > 2 && host[0] == '[' && host[length - 1] == ']') {
		host++;
		length -= 2;
	} else if (length && host[length - 1] == '.') {
		length--;
	}
	if (!length || length > URL_HOST_CEILING)
		return tocsin_fail(err, TOCSIN_INVALID, "its host is empty or longer than %d bytes", URL_HOST_CEILING);
	for (size_t i = 0; i < length; i++)
		url->host[i] = text_lower(host[i]);
	url->host[length] = '\0';
	return TOCSIN_OK;
}

static enum tocsin_code take_scheme(const char *scheme, struct url *url, struct tocsin_error *err)
{
	url->secure = strcmp(scheme, "https") == 0;
	if (!url->secure && strcmp(scheme, "http") != 0)
		return tocsin_fail(err, TOCSIN_INVALID, "its scheme is neither http nor https");
	return TOCSIN_OK;
}

static enum tocsin_code take_port(const char *port, struct url *url, struct tocsin_error *err)
{
	int64_t number;

	if (!text_to_integer(port, &number) || number < 1 || number > UINT16_MAX)
		return tocsin_fail(err, TOCSIN_INVALID, "its port is none from 1 to 65535");
	url->port = (uint16_t)number;
	return TOCSIN_OK;
}

/* Gets one part and hands it on. */
static enum tocsin_code part(struct url *url, CURLUPart which, unsigned flags,
			     enum tocsin_code (*take)(const char *, struct url *, struct tocsin_error *),
			     struct tocsin_error *err)
{
	enum tocsin_code code;
	char *text = NULL;
	CURLUcode result;

	result = curl_url_get(url->handle, which, &text, flags);
	if (result)
		return tocsin_fail(err, result == CURLUE_OUT_OF_MEMORY ? TOCSIN_NO_MEMORY : TOCSIN_INVALID, "%s",
				   curl_url_strerror(result));
	code = take(text, url, err);
	curl_free(text);
	return code;
}

/* Refuses a part that must not be there. */
static enum tocsin_code refuse(struct url *url, CURLUPart which, const char *name, struct tocsin_error *err)
{
	char *text = NULL;
	CURLUcode result = curl_url_get(url->handle, which, &text, 0);

	curl_free(text);
	if (result == CURLUE_OUT_OF_MEMORY)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a URL");
	return result ? TOCSIN_OK : tocsin_fail(err, TOCSIN_INVALID, "it has %s", name);
}

static enum tocsin_code take_apart(const char *text, struct url *url, struct tocsin_error *err)
{
	const CURLUcode result = curl_url_set(url->handle, CURLUPART_URL, text, CURLU_DISALLOW_USER);
	enum tocsin_code code;

	if (result)
		return tocsin_fail(err, result == CURLUE_OUT_OF_MEMORY ? TOCSIN_NO_MEMORY : TOCSIN_INVALID, "%s",
				   curl_url_strerror(result));
	code = part(url, CURLUPART_SCHEME, 0, take_scheme, err);
	if (!code)
		code = part(url, CURLUPART_HOST, 0, take_host, err);
	if (!code)
		code = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT, take_port, err);
	if (!code)
		code = refuse(url, CURLUPART_ZONEID, "a zone behind the address", err);
	if (!code)
		code = refuse(url, CURLUPART_FRAGMENT, "a fragment (#), which is never sent", err);
	return code;
}

enum tocsin_code url_read(const char *text, struct url *ret_url, struct tocsin_error *err)
{
	struct url url = {0};
	enum tocsin_code code;

	if (strlen(text) > URL_CEILING)
		return tocsin_fail(err, TOCSIN_INVALID, "the URL is longer than %d bytes", URL_CEILING);
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++)
		if (*byte <= ' ' || *byte >= 0x7f || *byte == '\\')
			return tocsin_fail(err, TOCSIN_INVALID,
					   "the URL holds a character that must be percent-encoded");
	url.handle = curl_url();
	if (!url.handle)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a URL");
	code = take_apart(text, &url, err);
	if (code) {
		url_release(&url);
		tocsin_wrap(err, "the URL cannot be used");
		return code;
	}
	*ret_url = url;
	return TOCSIN_OK;
}

void url_release(struct url *url)
{
	if (!url)
		return;
	curl_url_cleanup(url->handle);
	*url = (struct url){0};
}

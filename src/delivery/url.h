/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_URL_H
#define DELIVERY_URL_H

/*
 * A URL, taken apart by libcurl's parser: the one that will connect. What was judged and what is sent are
 * the same handle, so that no two parsers can disagree.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tocsin/error.h>

#define URL_CEILING 8192
#define URL_HOST_CEILING 255

struct url {
	void *handle; /* a CURLU */
	bool secure; /* https */
	char host[URL_HOST_CEILING + 1]; /* lower case, without brackets and final dot; IPv4 as four numbers */
	uint16_t port; /* the scheme's own when the URL names none */
};

/*
 * Reads an absolute http or https URL without user information, fragment or zone. TOCSIN_INVALID with a
 * sentence that does not repeat the URL, since it may hold a secret.
 */
enum tocsin_code url_read(const char *text, struct url *ret_url, struct tocsin_error *err);
void url_release(struct url *url);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_SIGN_H
#define DELIVERY_SIGN_H

/*
 * Standard Webhooks (standardwebhooks.com, version 1): the headers webhook-id, webhook-timestamp and
 * webhook-signature, the last "v1," and base64 of HMAC-SHA256 over "ID.TIMESTAMP.BODY". The secret is
 * "whsec_" and base64, or plain text that is used as it is.
 */

#include <stddef.h>
#include <stdint.h>

#include <tocsin/error.h>

#define SIGN_SECRET_PREFIX "whsec_"
#define SIGNATURE_ROOM 64

enum tocsin_code sign_standard_webhooks(const char *secret, const char *id, int64_t timestamp_seconds, const char *body,
					size_t body_length, char ret_signature[SIGNATURE_ROOM],
					struct tocsin_error *err);

#endif

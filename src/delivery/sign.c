/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard Webhooks signatures; see sign.h. The key is decoded into a buffer of this function's own and
 * wiped before it returns. Nothing here repeats a byte of the secret in a message.
 */
#include "delivery/sign.h"

#include <nettle/base64.h>
#include <nettle/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

/* Decodes what stands behind the prefix into `key`, which has room for it. */
static enum tocsin_code decode_key(const char *encoded, uint8_t *key, size_t *ret_length, struct tocsin_error *err)
{
	struct base64_decode_ctx context;
	size_t length = 0;

	base64_decode_init(&context);
	if (!base64_decode_update(&context, &length, key, strlen(encoded), encoded) || !base64_decode_final(&context) ||
	    !length)
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the signing secret begins with " SIGN_SECRET_PREFIX
				   " but what follows is not base64 of a key");
	*ret_length = length;
	return TOCSIN_OK;
}

enum tocsin_code sign_standard_webhooks(const char *secret, const char *id, int64_t timestamp_seconds, const char *body,
					size_t body_length, char ret_signature[SIGNATURE_ROOM],
					struct tocsin_error *err)
{
	const bool is_encoded = text_starts_with(secret, SIGN_SECRET_PREFIX);
	const char *bytes = is_encoded ? secret + strlen(SIGN_SECRET_PREFIX) : secret;
	const size_t room = BASE64_DECODE_LENGTH(strlen(bytes));
	char timestamp[24], encoded[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE)];
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct hmac_sha256_ctx context;
	enum tocsin_code code = TOCSIN_OK;
	size_t length = strlen(bytes);
	uint8_t *key = NULL;

	if (!*secret)
		return tocsin_fail(err, TOCSIN_INVALID, "the signing secret is empty");
	if (!*id || strchr(id, '.'))
		return tocsin_fail(err, TOCSIN_INVALID,
				   "a signature needs an id without a full stop, which separates what is signed");
	key = mem_zero(room);
	if (!key)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a signature");
	if (is_encoded)
		code = decode_key(bytes, key, &length, err);
	if (code)
		goto out;
	hmac_sha256_set_key(&context, length, is_encoded ? key : (const uint8_t *)bytes);
	hmac_sha256_update(&context, strlen(id), (const uint8_t *)id);
	snprintf(timestamp, sizeof(timestamp), ".%lld.", (long long)timestamp_seconds);
	hmac_sha256_update(&context, strlen(timestamp), (const uint8_t *)timestamp);
	hmac_sha256_update(&context, body_length, (const uint8_t *)body);
	hmac_sha256_digest(&context, sizeof(digest), digest);
	base64_encode_raw(encoded, sizeof(digest), digest);
	snprintf(ret_signature, SIGNATURE_ROOM, "v1,%.*s", (int)sizeof(encoded), encoded);
out:
	explicit_bzero(key, room);
	explicit_bzero(&context, sizeof(context));
	mem_free(key);
	return code;
}

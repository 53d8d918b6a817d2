/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INCIDENT_DIGEST_H
#define INCIDENT_DIGEST_H

/*
 * Names made from contents: SHA-256 over a list of texts. Each text goes in with its length, so that no two
 * lists look alike, and the first one says what the name is for.
 *
 *	digest_init(&digest, "tocsin notification");
 *	digest_text(&digest, receiver);
 *	digest_base32(&digest, id);
 */

#include <jansson.h>
#include <nettle/sha2.h>

struct digest {
	struct sha256_ctx context;
};

void digest_init(struct digest *digest, const char *purpose);
void digest_text(struct digest *digest, const char *text);

/* The pairs of an object of text, sorted by key, at most EVENT_LABELS_CEILING; their number first. */
void digest_map(struct digest *digest, const json_t *map);

/* Both end the digest. 128 bits in lower-case hexadecimal; 130 bits in lower-case base32 (RFC 4648). */
#define DIGEST_HEXADECIMAL_ROOM 33
#define DIGEST_BASE32_ROOM 27
void digest_hexadecimal(struct digest *digest, char ret_text[DIGEST_HEXADECIMAL_ROOM]);
void digest_base32(struct digest *digest, char ret_text[DIGEST_BASE32_ROOM]);

#endif

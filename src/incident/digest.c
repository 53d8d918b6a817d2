/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names made from contents; see digest.h.
 *
 * These names are stored by services and compared across restarts and versions: what goes in, and in which
 * order, must not change. Nothing here allocates or fails.
 */
#include "incident/digest.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "incident/event.h"

static void digest_number(struct digest *digest, uint64_t number)
{
	uint8_t bytes[8];

	for (size_t i = sizeof(bytes); i-- > 0; number >>= 8)
		bytes[i] = (uint8_t)number;
	sha256_update(&digest->context, sizeof(bytes), bytes);
}

void digest_init(struct digest *digest, const char *purpose)
{
	sha256_init(&digest->context);
	digest_text(digest, purpose);
}

void digest_text(struct digest *digest, const char *text)
{
	const size_t length = strlen(text);

	digest_number(digest, length);
	sha256_update(&digest->context, length, (const uint8_t *)text);
}

static int compare(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

void digest_map(struct digest *digest, const json_t *map)
{
	const char *keys[EVENT_LABELS_CEILING];
	const char *key;
	json_t *value;
	size_t count = 0;

	json_object_foreach ((json_t *)map, key, value)
		if (count < EVENT_LABELS_CEILING)
			keys[count++] = key;
	qsort(keys, count, sizeof(*keys), compare);
	digest_number(digest, count);
	for (size_t i = 0; i < count; i++) {
		digest_text(digest, keys[i]);
		digest_text(digest, json_string_value(json_object_get(map, keys[i])));
	}
}

void digest_hexadecimal(struct digest *digest, char ret_text[DIGEST_HEXADECIMAL_ROOM])
{
	uint8_t bytes[SHA256_DIGEST_SIZE];

	sha256_digest(&digest->context, sizeof(bytes), bytes);
	for (size_t i = 0; i < (DIGEST_HEXADECIMAL_ROOM - 1) / 2; i++)
		snprintf(ret_text + 2 * i, 3, "%02x", bytes[i]);
}

void digest_base32(struct digest *digest, char ret_text[DIGEST_BASE32_ROOM])
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t bytes[SHA256_DIGEST_SIZE];
	unsigned held = 0, bits = 0; /* bits not yet written, and how many they are */
	size_t next = 0;

	sha256_digest(&digest->context, sizeof(bytes), bytes);
	for (size_t i = 0; i < DIGEST_BASE32_ROOM - 1; i++) {
		if (bits < 5) {
			held = (held << 8 | bytes[next++]) & 0xfff;
			bits += 8;
		}
		bits -= 5;
		ret_text[i] = alphabet[held >> bits & 31];
	}
	ret_text[DIGEST_BASE32_ROOM - 1] = '\0';
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disguises of secrets; see disguise.h.
 *
 * A text is escaped by running over it twice, first to measure: no buffer grows, and so none leaves a copy
 * of a secret in memory that was freed.
 */
#include "delivery/disguise.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

void wipe_text(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	mem_free(text);
}

/* Text being measured (`into` is NULL) or written. */
struct writing {
	char *into;
	size_t length;
};

static void write_bytes(struct writing *writing, const char *bytes, size_t length)
{
	if (writing->into)
		memcpy(writing->into + writing->length, bytes, length);
	writing->length += length;
}

static void write_unit(struct writing *writing, unsigned unit)
{
	char text[16];

	write_bytes(writing, text, (size_t)snprintf(text, sizeof(text), "\\u%04x", unit));
}

/* The inside of a JSON text. */
static void write_json(struct writing *writing, const char *text)
{
	static const char plain[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";

	for (; *text; text++) {
		const unsigned char byte = (unsigned char)*text;
		const char *found = strchr(plain, byte);

		if (found) {
			write_bytes(writing, "\\", 1);
			write_bytes(writing, &letters[found - plain], 1);
		} else if (byte < 0x20 || byte == 0x7f) {
			write_unit(writing, byte);
		} else {
			write_bytes(writing, text, 1);
		}
	}
}

char *json_escaped_text(const char *text)
{
	struct writing writing = {0};

	write_json(&writing, text);
	writing = (struct writing){.into = mem_zero(writing.length + 1)};
	if (writing.into)
		write_json(&writing, text);
	return writing.into;
}

static char *base64_text(const char *bytes, size_t length)
{
	char *text = mem_zero(BASE64_ENCODE_RAW_LENGTH(length) + 1);

	if (text)
		base64_encode_raw(text, length, (const uint8_t *)bytes);
	return text;
}

/* Two texts as one. */
static char *joined(const char *one, const char *other)
{
	const size_t first = strlen(one), second = strlen(other);
	char *text = mem_zero(first + second + 1);

	if (text)
		snprintf(text, first + second + 1, "%s%s", one, other);
	return text;
}

char *basic_credentials(const char *username, const char *secret)
{
	char *user = joined(username, ":");
	char *plain = user ? joined(user, secret) : NULL;
	char *encoded = plain ? base64_text(plain, strlen(plain)) : NULL;
	char *value = encoded ? joined("Basic ", encoded) : NULL;

	mem_free(user);
	wipe_text(plain);
	wipe_text(encoded);
	return value;
}

/* Adds `secret` under the value `disguise`, which is handed over, if that is a new one; NULL: no memory. */
static int add(struct secrets *disguises, const struct secret *secret, char *disguise)
{
	struct secret *item = &disguises->items[disguises->count];

	for (size_t i = 0; i < disguises->count && disguise; i++)
		if (disguises->items[i].value && strcmp(disguises->items[i].value, disguise) == 0) {
			wipe_text(disguise);
			return 0;
		}
	*item = (struct secret){secret->field, mem_text(secret->placeholder), disguise};
	if (!item->placeholder || (!disguise && secret->value)) {
		mem_free(item->placeholder);
		wipe_text(disguise);
		return -1;
	}
	disguises->count++;
	return 0;
}

static int add_all(struct secrets *disguises, const struct secret *secret, const struct request *request)
{
	int failed = add(disguises, secret, mem_text(secret->value));
	char *basic;

	if (!secret->value)
		return failed;
	failed |= add(disguises, secret, base64_text(secret->value, strlen(secret->value)));
	if (request->auth == REQUEST_AUTH_BASIC && strcmp(request->auth_secret, secret->placeholder) == 0) {
		basic = basic_credentials(request->auth_username, secret->value);
		failed |= add(disguises, secret, basic ? mem_text(basic + strlen("Basic ")) : NULL);
		wipe_text(basic);
	}
	return failed;
}

#define DISGUISES 3 /* of one secret, itself included */

enum tocsin_code disguises_init(struct secrets *ret_disguises, const struct request *request,
				const struct secrets *secrets, struct tocsin_error *err)
{
	struct secrets disguises = {.items = mem_array(secrets->count * DISGUISES, sizeof(*disguises.items))};
	int failed = disguises.items ? 0 : -1;

	for (size_t i = 0; i < secrets->count && !failed; i++)
		failed = add_all(&disguises, &secrets->items[i], request);
	if (failed) {
		secrets_release(&disguises);
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to hide secrets");
	}
	*ret_disguises = disguises;
	return TOCSIN_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_SECRETS_H
#define HOST_SECRETS_H

/*
 * The secrets of one instance and the placeholders that stand for them.
 *
 * A placeholder is a token with 128 random bits, new for every instance, so that text from outside can
 * never name one. The plugin sees placeholders only; the transport asks for the replacement when it is
 * about to send. A setting `env:NAME` or `file:PATH` is read here, by the host; a file's final line break
 * is not part of the secret.
 */

#include "contract/values.h"

#define SECRET_CEILING 65536 /* bytes */
#define SECRET_PLACEHOLDER_START "{tocsin:"

struct secret {
	const char *field; /* name of the setting; lives as long as the plugin */
	char *placeholder;
	char *value; /* NULL when it was not resolved */
};

struct secrets {
	struct secret *items;
	size_t count;
};

enum secrets_mode {
	SECRETS_RESOLVE, /* read env: and file:, report what is missing */
	SECRETS_MASK, /* read neither; for previews and for tests of adapters */
};

/*
 * Takes the secrets out of checked `settings`: `*ret_settings` is a new object with placeholders in their
 * stead. What is missing goes to `problems`, as "routing_key": the environment has no PD_KEY. The limits of
 * the field hold for what env: and file: name as well. A relative path is relative to the working directory.
 */
enum tocsin_code secrets_extract(const struct plugin *plugin, const json_t *settings, enum secrets_mode mode,
				 const char *path, struct secrets *ret_secrets, json_t **ret_settings,
				 struct problems *problems);
void secrets_release(struct secrets *secrets); /* wipes the values */

/* The secret whose placeholder stands somewhere in `text`, or NULL. */
const struct secret *secrets_find(const struct secrets *secrets, const char *text);

/*
 * A copy of `text` with every placeholder replaced by its secret, for sending. mem_free(); may hold a secret.
 * The placeholder of a secret without a value stays.
 */
char *secrets_reveal(const struct secrets *secrets, const char *text);

/*
 * A copy with every placeholder, and every secret value of 4 bytes or more in each spelling of spelling.h,
 * replaced by VALUES_MASK.
 */
char *secrets_hide(const struct secrets *secrets, const char *text);

/*
 * The same for every text and key in a JSON value. New reference, to the value itself where there is nothing
 * to hide; NULL without memory.
 */
json_t *secrets_hide_json(const struct secrets *secrets, const json_t *json);

/* The same for the sentences of an error, in place. */
void secrets_hide_error(const struct secrets *secrets, struct tocsin_error *err);

#endif

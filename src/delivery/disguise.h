/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_DISGUISE_H
#define DELIVERY_DISGUISE_H

/*
 * The disguises of a secret: the forms in which we send it, and in which a server may send it back, but for
 * other spellings, which secrets_hide() knows. Every function makes one block of just the needed size, so that wiping
 * it leaves no copy behind.
 */

#include "delivery/request.h"

/* `text` as it stands inside of a JSON text. For mem_free(), NULL without memory. The caller wipes it. */
char *json_escaped_text(const char *text);

/* "Basic " and base64 of "USERNAME:SECRET", likewise. */
char *basic_credentials(const char *username, const char *secret);

/* Wipes and frees; NULL is allowed. */
void wipe_text(char *text);

/*
 * All secrets in all their disguises, and the request's basic credentials, for secrets_hide() and its
 * sisters. Release with secrets_release(), which wipes.
 */
enum tocsin_code disguises_init(struct secrets *ret_disguises, const struct request *request,
				const struct secrets *secrets, struct tocsin_error *err);

#endif

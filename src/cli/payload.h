/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PAYLOAD_H
#define CLI_PAYLOAD_H

/* A payload, as a sender would post it, read from a file or from stdin. */

#include "incident/dialect.h"

struct payload {
	const char *name; /* of the file, for messages */
	struct events events;
	struct problems problems; /* events that could not be made, by path */
};

/* `path` "-" is stdin. `dialect` is a dialect's name, or NULL to guess. Released by the caller in every case. */
enum tocsin_code payload_read(const char *path, const char *dialect, struct payload *ret_payload,
			      struct tocsin_error *err);
void payload_release(struct payload *payload);

#endif

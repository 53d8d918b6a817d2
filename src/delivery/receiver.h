/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_RECEIVER_H
#define DELIVERY_RECEIVER_H

/*
 * A receiver: a named instance of an adapter, with its egress rule and the runtime's own `$` keys.
 */

#include "contract/problems.h"
#include "delivery/egress.h"
#include "host/instance.h"

struct receiver {
	char *name;
	struct tocsin_instance *instance; /* NULL when its plugin is disabled */
	char *disabled; /* why, or NULL */
	struct plugin *plugin; /* one reference */
	struct egress egress;
	int64_t deadline_ms; /* $deadline; 1 h by default */
	char *fallback; /* $fallback, a receiver's name, or NULL */
	bool send_resolved; /* $send_resolved; true by default */
};

#define RECEIVER_DEADLINE_MS 3600000

/* What a receiver is made with. */
struct receiver_context {
	struct tocsin_host *host;
	enum secrets_mode secrets;
	enum tocsin_place place;
	const struct problems *refused; /* plugin files that were not added: path and reason */
	const char
		*file; /* the configuration's; "file:" is relative to its directory. NULL: to the working directory */
	struct problems *warnings; /* what is odd, but stops nothing; NULL: nobody asks */
};

/*
 * Makes the receiver `name` from its map in the configuration. All that is wrong goes to `problems`, with
 * paths below "receivers.NAME"; TOCSIN_INVALID then. Whether the fallback exists is not asked here.
 */
enum tocsin_code receiver_read(const struct receiver_context *context, const char *name, const json_t *map,
			       struct receiver *ret_receiver, struct problems *problems);
void receiver_release(struct receiver *receiver);

/*
 * Whether the receiver is sent notifications of `status` ("firing", "acknowledged", "resolved"). When it is
 * not, `*ret_reason` is a sentence that says why; static text.
 */
bool receiver_takes(const struct receiver *receiver, const char *status, const char **ret_reason);

#endif

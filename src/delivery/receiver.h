/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_RECEIVER_H
#define DELIVERY_RECEIVER_H

/*
 * A receiver: a named instance of an adapter, with its egress rule and the runtime's own `$` keys.
 */

#include "delivery/egress.h"
#include "host/instance.h"

struct receiver {
	char *name;
	struct tocsin_instance *instance;   /* NULL when its plugin is disabled */
	char *disabled;                     /* why, or NULL */
	struct plugin *plugin;              /* one reference */
	struct egress egress;
	int64_t deadline_ms;                /* $deadline; 1 h by default */
	char *fallback;                     /* $fallback, a receiver's name, or NULL */
	bool send_resolved;                 /* $send_resolved; true by default */
};

void receiver_release(struct receiver *receiver);

#endif

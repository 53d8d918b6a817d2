/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_EGRESS_H
#define DELIVERY_EGRESS_H

/*
 * Where requests may go.
 *
 * First the host: it must be one that the receiver's own settings (url fields) or the contract's `hosts`
 * name, exactly. A setting names its port too, the scheme's own when it writes none, and https there is
 * not sent as http. Contract hosts are https on port 443.
 *
 * Then, once names are resolved, the address that is really connected to. Metadata services, multicast,
 * unspecified and broadcast addresses: never. Loopback, private, link-local, shared, unique-local and
 * reserved ones: only when a setting names that very address (or "localhost" for loopback), or `$egress`
 * lists a network that holds it. What the contract says, its defaults included, opens none of these.
 */

#include <stdbool.h>
#include <sys/socket.h>

#include "contract/plugin.h"

struct egress {
	struct egress_host *hosts;
	size_t host_count;
	struct network *networks;
	size_t network_count;
};

/*
 * Makes the rule of one receiver from its contract, its checked settings and its `$egress` (a list of
 * networks such as "10.0.0.0/8" or "fd00::/8", or NULL).
 */
enum tocsin_code egress_init(struct egress *egress, const struct plugin *plugin, const json_t *settings,
			     const json_t *networks, struct tocsin_error *err);
void egress_release(struct egress *egress);

/*
 * TOCSIN_DENIED with a sentence that names the host; TOCSIN_INVALID when it is no usable URL. `shown` is the
 * same URL without secrets: what is judged may hold some, and is never spoken of where the two differ.
 */
enum tocsin_code egress_check_url(const struct egress *egress, const char *url, const char *shown,
				  struct tocsin_error *err);

/* TOCSIN_DENIED with a sentence that names the address and what it is. `host` is the one in struct url. */
enum tocsin_code egress_check_address(const struct egress *egress, const char *host, const struct sockaddr *address,
				      struct tocsin_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_ROUTE_H
#define DELIVERY_ROUTE_H

/*
 * Routes: from labels to receivers, tried in the order of the file. The first that matches ends the
 * search unless it says `continue`. A route without `match` matches everything. A route that cannot be
 * decided (see matcher.h) counts as one that matches and goes on, so that nobody is left out.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "contract/problems.h"
#include "delivery/matcher.h"

struct route {
	struct matcher *matchers; /* all must match */
	size_t matcher_count;
	char **receivers;
	size_t receiver_count;
	bool goes_on; /* `continue: true` */
};

struct routes {
	struct route *items;
	size_t count;
};

/*
 * Reads the list at `routes` in the configuration; problems have paths such as "routes[0].match[1]". With
 * TOCSIN_INVALID `*ret_routes` has what could be read, for further checks only; to be released in every case.
 */
enum tocsin_code routes_read(const json_t *list, struct routes *ret_routes, struct problems *problems);
void routes_release(struct routes *routes);

/*
 * The receivers for an event's labels, each once, in order, as a JSON list of {receiver, route} where
 * route is the index that named it first, and undecided: true where that route could not be decided. New
 * reference, NULL without memory.
 */
json_t *routes_match(const struct routes *routes, const json_t *labels);

#endif

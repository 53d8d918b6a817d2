/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

/* Who is to be told of an event. */

#include "cli/command.h"
#include "delivery/configuration.h"
#include "incident/event.h"

/* Checks the names that --receiver gives. */
enum cli_exit plan_check(const struct call *call, const struct configuration *configuration);

/*
 * The receivers for an event as a list of {receiver, route}: those that --receiver names, whatever the
 * routes say (route is null), else those of the routes. New reference, NULL without memory.
 */
json_t *plan_receivers(const struct call *call, const struct configuration *configuration, const struct event *event);

#endif

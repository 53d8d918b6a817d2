/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_OVERRIDES_H
#define HOST_OVERRIDES_H

/*
 * Actions replaced for a while: each override has an owner, a target and an end, and the ledger lists
 * those in force. Overrides of one action stack, the newest serves; ending one leaves the others.
 */

#include <jansson.h>

#include "contract/registry.h"

#define OVERRIDES_CEILING 256
#define OVERRIDE_OWNER_CEILING 200 /* bytes */

struct overrides {
	struct tocsin_override *newest; /* linked to older ones */
	uint64_t begun; /* how many were ever begun; numbers them */
};

/*
 * The target must be a registered plugin's action: anything else is TOCSIN_NOT_FOUND. The override serves the
 * plugin that is registered now; one of the same name that takes its place later is not overridden.
 */
enum tocsin_code override_begin(struct overrides *overrides, const struct registry *registry, const char *group,
				const char *plugin, const char *action, tocsin_run *run, const char *owner,
				struct tocsin_override **ret_override, struct tocsin_error *err);
void override_end(struct tocsin_override *override);

/* The function in force for the action: the newest override's, or the plugin's own. */
tocsin_run *overrides_run(const struct overrides *overrides, const struct plugin *plugin, const struct action *action);

/* A list of {owner, group, plugin_name, action, number, since}, oldest first. New reference. */
json_t *overrides_json(const struct overrides *overrides);

/* A mark, and the end of everything begun since it. */
uint64_t overrides_mark(const struct overrides *overrides);
void overrides_end_since(struct overrides *overrides, uint64_t mark);

#endif

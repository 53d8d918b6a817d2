/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTRACT_REGISTRY_H
#define CONTRACT_REGISTRY_H

/*
 * Plugins by (group, name), always sorted. Nothing is registered but by registry_add(). Not thread-safe.
 */

#include "contract/plugin.h"

/* A zeroed struct is an empty registry. */
struct registry {
	struct plugin **plugins; /* sorted by group, then name; one reference each */
	size_t count;
	size_t room;
};

void registry_release(struct registry *registry);

/* Takes a reference of its own. A duplicate fails with TOCSIN_EXISTS and names both origins. */
enum tocsin_code registry_add(struct registry *registry, struct plugin *plugin, struct tocsin_error *err);

/* Borrowed; NULL and an error that names the nearest group or plugin when there is none. */
struct plugin *registry_find(const struct registry *registry, const char *group, const char *name,
			     struct tocsin_error *err);

/* Forgets the plugins of `group`, or all when it is NULL. */
void registry_reset(struct registry *registry, const char *group);

/*
 * A scope: whatever happens to the registry until registry_scope_end(), its content is then again what it
 * was at registry_scope_begin(). Scopes nest; end the inner one first. Ending cannot fail.
 *
 *	struct registry_scope scope;
 *
 *	if (registry_scope_begin(&registry, &scope, err)) ...
 *	code = do_something(&registry, err);
 *	registry_scope_end(&scope);
 *	return code;
 */
struct registry_scope {
	struct registry *registry;
	struct registry before;
};

enum tocsin_code registry_scope_begin(struct registry *registry, struct registry_scope *ret_scope,
				      struct tocsin_error *err);
void registry_scope_end(struct registry_scope *scope);

/*
 * What each plugin of a group must have. `delivery` requires the action `deliver` and reserves the field
 * name `plugin`, a key of every receiver; a group without a rule requires nothing. Part of registry_add().
 */
enum tocsin_code group_check(const struct plugin *plugin, struct tocsin_error *err);

#endif

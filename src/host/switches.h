/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_SWITCHES_H
#define HOST_SWITCHES_H

/*
 * Kill switches: a plugin, or one action of it, is off for a reason. What is off is never loaded and never
 * called. Names need not be registered: a switch may be older than the plugin it stops.
 */

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include <tocsin/error.h>

#define SWITCHES_CEILING 1024
#define SWITCH_REASON_CEILING 500 /* bytes */

struct switch_off {
	char *group;
	char *plugin;
	char *action; /* NULL: the whole plugin */
	char *reason;
	int64_t since_ms; /* wall time; 0: unknown */
};

/* A zeroed struct has everything on. */
struct switches {
	struct switch_off *items;
	size_t count;
	size_t room;
};

/*
 * `since_ms` is wall time; 0 when nobody knows since when, as of a switch that a file sets. Switching off what
 * is off replaces reason and time.
 */
enum tocsin_code switches_off(struct switches *switches, const char *group, const char *plugin, const char *action,
			      const char *reason, int64_t since_ms, struct tocsin_error *err);

/* TOCSIN_NOT_FOUND when it was not off. */
enum tocsin_code switches_on(struct switches *switches, const char *group, const char *plugin, const char *action,
			     struct tocsin_error *err);

/*
 * TOCSIN_DISABLED, with the reason and, if known, since when, if the plugin is off, or the action; `action` NULL asks
 * for the plugin only.
 */
enum tocsin_code switches_check(const struct switches *switches, const char *group, const char *plugin,
				const char *action, struct tocsin_error *err);

/*
 * The actions of one plugin that are off by name: an object of action and sentence, for nested calls.
 * `*ret_off` is a new reference, or NULL when there are none.
 */
enum tocsin_code switches_actions(const struct switches *switches, const char *group, const char *plugin,
				  json_t **ret_off, struct tocsin_error *err);

/* A list of {group, plugin_name, action, reason, since}; since is null when unknown. New reference, NULL without
 * memory. */
json_t *switches_json(const struct switches *switches);

void switches_release(struct switches *switches);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_CALL_H
#define HOST_CALL_H

/*
 * Running an action in this process: in a worker, or in the program that embeds the plugin.
 *
 * Arguments are bound to the action's struct, the function in force is called, the value is taken out and
 * held to what the contract says. Nested calls come back here through tocsin_invoke(): they are checked
 * like outer ones, bounded in number and depth, and recorded when they end, so inner ones first.
 */

#include "contract/values.h"
#include "host/history.h"
#include "host/overrides.h"

#define CALL_NESTED_CEILING 64 /* nested calls of one outer call */
#define CALL_DEPTH_CEILING 8

/* Told of a nested call that ended. May take over the references of `record`, and zeroes what it took. */
typedef void call_recorded(void *data, struct invocation *record);

/* One outer call. */
struct call {
	const struct plugin *plugin; /* live: its actions have functions */
	const struct plugin *registered; /* the one that overrides name */
	const struct overrides *overrides; /* NULL: none */
	const json_t *off; /* of switches_actions(), for nested calls; NULL: none */
	const void *settings; /* bound */
	call_recorded *recorded; /* NULL: nested calls are not recorded */
	void *data;
	unsigned depth; /* these are 0 at the start */
	unsigned nested;
	bool met_switch; /* a nested call was refused because its action is off */
};

/*
 * Whether an action may end with this code by its own word. The others are the host's: a plugin that says
 * "disabled" is not the switch. What it says instead of them is TOCSIN_FAILED, with the same sentences.
 */
bool call_may_say(enum tocsin_code code);

/*
 * Runs `action`, one of the call's plugin, with checked `arguments`. `*ret_value` is a new reference, JSON
 * null for nothing. A failure that the function reports has its code, if it may say that, and its chain.
 */
enum tocsin_code call_run(struct call *call, const struct action *action, json_t *arguments, json_t **ret_value,
			  struct tocsin_error *err);

#endif

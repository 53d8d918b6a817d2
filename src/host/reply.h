/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_REPLY_H
#define HOST_REPLY_H

/*
 * What a worker answers, checked member by member against the contract that the host read: a worker runs a
 * stranger's code, and may say anything.
 */

#include "contract/plugin.h"
#include "host/worker.h"

/* The call that an answer must be the answer to. */
struct question {
	const struct plugin *plugin;
	const struct action *action;
	const json_t *off; /* actions that nested calls must not reach; NULL: none */
	uint64_t id;
	int64_t wall_ms; /* when it was asked */
	int64_t duration_ns; /* how long the answer took */
};

/*
 * Reads a "result" message. TOCSIN_PROTOCOL when it is not the answer to the question in every part,
 * TOCSIN_NO_MEMORY; `err` then says why. Else TOCSIN_OK, the reply, and in `*ret_code` the action's own
 * code, with its sentences in `err` when it failed: one that call_may_say(), or TOCSIN_DISABLED when it
 * called an action that is off.
 */
enum tocsin_code reply_read(const json_t *message, const struct question *question, struct worker_reply *ret_reply,
			    enum tocsin_code *ret_code, struct tocsin_error *err);

/* Reads a "ready" message, or the reason of a "refused" one, whose code is then returned. */
enum tocsin_code reply_read_ready(const json_t *message, const struct plugin *plugin, struct tocsin_error *err);

#endif

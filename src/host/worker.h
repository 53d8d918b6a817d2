/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_WORKER_H
#define HOST_WORKER_H

/*
 * A worker: the process in which one instance's plugin code runs, seen from the host.
 *
 *	worker_start(&options, &worker, err);
 *	worker_call(worker, action, arguments, NULL, deadline_ms, &reply, err);
 *	worker_reply_release(&reply);
 *	worker_free(worker);
 *
 * One call at a time, so that a crash has one culprit. After a failure that is the process's fault (it did
 * not answer in time, ended, sent what it must not, wrote too much) the process is gone and
 * worker_is_alive() says so; start another. What the protocol is: docs/internals/host.md.
 *
 * The process ends when the thread that started it does (PR_SET_PDEATHSIG): start workers in a thread that
 * lives as long as they shall. Each holds three descriptors of the host.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "contract/plugin.h"
#include "host/history.h"

#define WORKER_START_MS 5000 /* from spawn to "ready" */
#define WORKER_CALL_MS 10000 /* one action */
#define WORKER_OUTPUT_CEILING 1048576 /* bytes a plugin may write to stdout and stderr in one call */
#define WORKER_TAIL_ROOM 2048 /* of which the last are kept for the error message */

struct worker;

struct worker_options {
	const char *program; /* the tocsin-worker binary; NULL: worker_program() */
	int plugin_fd; /* the plugin's file, open for reading; the caller keeps it */
	const struct plugin *plugin; /* the contract that was read from it, the live one must be the same;
					lives as long as the worker */
	json_t *settings; /* checked, with placeholders for secrets */
	int64_t start_ms; /* 0: WORKER_START_MS */
};

/*
 * Where tocsin-worker is: what the environment's TOCSIN_WORKER names, beside the running program, beside the
 * library, else where it was installed.
 */
const char *worker_program(void);

/* Starts the process, loads the plugin in it and waits until it says that it is ready. */
enum tocsin_code worker_start(const struct worker_options *options, struct worker **ret_worker,
			      struct tocsin_error *err);
void worker_free(struct worker *worker); /* ends the process */

/* Whether it may be called: it runs, and did not speak without having been asked. NULL does not. */
bool worker_is_alive(const struct worker *worker);
int worker_pid(const struct worker *worker);

struct worker_reply {
	json_t *value; /* JSON null for nothing; NULL when the call failed */
	struct invocation *nested; /* records of nested calls, inner first; secrets not hidden */
	size_t nested_count;
};

/*
 * Runs one action with checked `arguments`. `off` are the actions that nested calls must not reach, as
 * switches_actions() has them; NULL: none. A failure that the action itself reports comes back as its own
 * code and chain, with the nested calls filled in all the same; the worker lives on. `ret_reply` is set in
 * every case.
 */
enum tocsin_code worker_call(struct worker *worker, const struct action *action, json_t *arguments, json_t *off,
			     int64_t deadline_ms, struct worker_reply *ret_reply, struct tocsin_error *err);
void worker_reply_release(struct worker_reply *reply);

#endif

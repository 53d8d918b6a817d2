/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

/*
 * A worker's process: how it is started, what it prints, how it ends.
 *
 * It has an empty environment, /dev/null as input, one pipe for both outputs that never blocks it, a
 * session of its own, the host's socket as descriptor 3 and the plugin's file as 4.
 */

#include <stdbool.h>
#include <stddef.h>

#include "contract/plugin.h"
#include "host/worker.h"

struct process {
	int pid;
	int pidfd; /* -1 when the process is gone and collected */
	int socket; /* stream socket; this end is used without blocking */
	int output; /* both of its outputs; -1 when it closed them */
	bool unknown; /* somebody else in this program collected its status */
	int how; /* CLD_EXITED and so on */
	int status; /* exit status, or the signal */
	size_t written; /* bytes of output since process_forget() */
	char tail[WORKER_TAIL_ROOM]; /* the last of them */
	size_t tail_length;
};

enum tocsin_code process_start(const char *program, const struct plugin *plugin, int plugin_fd,
			       struct process *ret_process, struct tocsin_error *err);

/* Kills it if it still runs, collects it and closes what belongs to it. */
void process_end(struct process *process);

/* Waits up to `ms` until it has ended; false if it has not. */
bool process_wait(struct process *process, int ms);

/* Reads what it printed, as far as it is there. TOCSIN_LIMIT over WORKER_OUTPUT_CEILING. */
enum tocsin_code process_drain(struct process *process, struct tocsin_error *err);

/* Begins to count output anew. */
void process_forget(struct process *process);

/* "ended with exit status 3", "was killed by SIGSEGV", once it has ended. */
#define PROCESS_END_ROOM 64
const char *process_how_it_ended(const struct process *process, char buffer[PROCESS_END_ROOM]);

/* Adds the last lines that it printed to a chain; nothing when it printed none. */
void process_add_output(const struct process *process, struct tocsin_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PAYLOAD_H
#define CLI_PAYLOAD_H

/* A payload, as a sender would post it, read from a file or from stdin. */

#include "cli/command.h"
#include "incident/dialect.h"

struct payload {
	const char *name; /* of the file, for messages */
	struct events events;
	struct problems problems; /* events that could not be made, by path */
};

/*
 * Reads the call's first operand, "-" for stdin, in the dialect of --dialect or the one it seems to be. What
 * is wrong is reported: with events, event by event; with all of it, in one sentence. CLI_FAILED when it could
 * not be read or has no good event. Released by the caller in every case.
 */
enum cli_exit payload_load(const struct call *call, struct payload *ret_payload);
void payload_release(struct payload *payload);

#endif

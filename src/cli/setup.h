/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SETUP_H
#define CLI_SETUP_H

/*
 * The configuration that a command works with, and all that is wrong with it, by line and column.
 *
 *	setup_load(call, path, SECRETS_RESOLVE, &setup);
 *	if (!setup_is_good(&setup))
 *		status = setup_report(&setup);
 *	setup_release(&setup);
 */

#include "cli/command.h"
#include "delivery/configuration.h"

struct setup {
	const char *path;
	struct configuration configuration;
	struct problems problems;
	struct tocsin_error err; /* what failed when no problem says it */
	bool failed;
};

void setup_load(const struct call *call, const char *path, enum secrets_mode secrets, struct setup *ret_setup);
void setup_release(struct setup *setup);
bool setup_is_good(const struct setup *setup);

/* Every problem as "FILE:LINE:COLUMN: PATH: MESSAGE" on stderr. Gives CLI_FAILED. */
enum cli_exit setup_report(const struct setup *setup);

/* One warning in the same form. */
void setup_warn(const struct setup *setup, const char *path, const char *message);

/* The problems as a list of {path, line, column, message}; line and column are null when there is none. */
json_t *setup_problems_json(const struct setup *setup);

/* {path, line, column, message} for something at a path of the configuration. */
json_t *setup_remark_json(const struct setup *setup, const char *path, const char *message);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

/* Help, made from the commands' tables. */

#include "base/buffer.h"
#include "cli/command.h"

/* "tocsin --help": all commands. */
void help_program(struct buffer *out);

/* "tocsin COMMAND --help". */
void help_command(const struct command *command, struct buffer *out);

/* "tocsin deliver --config FILE [OPTION...] PAYLOAD", as help and the man page show it. */
void help_synopsis(const struct command *command, struct buffer *out);

/* The environment and the exit codes, as help and the man page tell them: rows of a name and what it means. */
struct help_row {
	const char *name;
	const char *text;
};
#define HELP_ENVIRONMENT_COUNT 2
#define HELP_EXITS_COUNT 3
extern const struct help_row help_environment[HELP_ENVIRONMENT_COUNT];
extern const struct help_row help_exits[HELP_EXITS_COUNT];
extern const char help_about[];

#endif

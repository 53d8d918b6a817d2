/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

/*
 * What the program says on stderr: "tocsin deliver: ..." in one line each, harmless for a terminal. Only
 * the program's own layer reports; all others return errors.
 */

#include "cli/command.h"
#include "contract/problems.h"

/* The command that speaks from now on; NULL: the program itself. The text must stay. */
void report_as(const char *command);

/* Gives CLI_FAILED, so that `return report(...)` reads as one step. */
enum cli_exit report(const char *format, ...) TOCSIN_PRINTF(1, 2);

/* The whole chain. */
enum cli_exit report_error(const struct tocsin_error *err);

/* Every problem in a line of its own: "PLACE: PATH: MESSAGE", with what is not empty of it. */
enum cli_exit report_problems(const char *place, const struct problems *problems);

enum cli_exit report_no_memory(void);
void report_warning(const char *format, ...) TOCSIN_PRINTF(1, 2);

/* The message, and where the help is. Gives CLI_USAGE. */
enum cli_exit report_usage(const char *format, ...) TOCSIN_PRINTF(1, 2);

#endif

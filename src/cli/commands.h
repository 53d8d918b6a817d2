/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/* All commands, one file each, in the order in which people meet them. */

#include "cli/command.h"

extern const struct command cmd_manifest;
extern const struct command cmd_registry;
extern const struct command cmd_plugin;
extern const struct command cmd_field;
extern const struct command cmd_action;
extern const struct command cmd_signatures;
extern const struct command cmd_inspect;
extern const struct command cmd_invoke;
extern const struct command cmd_trace;
extern const struct command cmd_check;
extern const struct command cmd_preview;
extern const struct command cmd_deliver;
extern const struct command cmd_sink;
extern const struct command cmd_bundle;
extern const struct command cmd_completion;
extern const struct command cmd_man;

#define COMMANDS_COUNT 16
extern const struct command *const commands[COMMANDS_COUNT];

/* NULL when there is none of that name. */
const struct command *commands_find(const char *name);

/* The nearest name, for "did you mean"; NULL when none is near. */
const char *commands_nearest(const char *name);

#endif

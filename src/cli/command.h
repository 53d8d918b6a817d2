/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

/*
 * Commands as tables. One table makes the parser, the help, the man page and the shell completions, so
 * that they cannot drift apart.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

/* What the program exits with. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1, /* it was asked rightly and could not do it, or found what it looked for */
	CLI_USAGE = 2, /* it was asked wrongly; nothing was done */
};

/* What a shell offers for a value. */
enum completes {
	COMPLETES_NOTHING,
	COMPLETES_FILES,
	COMPLETES_DIRECTORIES,
};

/* Tables of options and operands end with a row whose name is NULL. */
struct command_option {
	const char *name; /* without the dashes */
	char letter; /* 0: none */
	bool required;
	bool repeats;
	enum completes completes;
	const char *argument; /* what its value is called; NULL: it has none */
	const char *const *choices; /* the only values, NULL at the end; NULL: any */
	const char *help;
};

struct command_operand {
	const char *name;
	bool optional;
	enum completes completes;
	const char *const *choices;
	const char *help;
};

struct call;

struct command {
	const char *name;
	const char *summary; /* half a sentence: "print the contracts of all plugins" */
	const char *description; /* paragraphs, separated by an empty line */
	const struct command_operand *operands;
	const struct command_option *options;
	const char *const *examples; /* command lines, NULL at the end */
	enum cli_exit (*run)(const struct call *call);
};

#define COMMAND_OPTIONS_CEILING 16

/* A command line, parsed. Text belongs to argv. */
struct call {
	const struct command *command;
	const char **operands;
	size_t operand_count;
	struct {
		const char **items; /* "" for each time an option without a value was given */
		size_t count;
	} values[COMMAND_OPTIONS_CEILING]; /* by the option's row */
	bool help; /* --help was given; the rest was not checked */
};

/* The rows that several commands share. */
#define OPTION_GROUP                                                                                                   \
	{                                                                                                              \
		.name = "group", .letter = 'g', .argument = "GROUP",                                                   \
		.help = "only the plugins of this group, such as delivery"                                             \
	}
#define OPTION_PLUGINS                                                                                                 \
	{                                                                                                              \
		.name = "plugins", .letter = 'p', .argument = "PATH", .repeats = true, .completes = COMPLETES_FILES,   \
		.help = "a directory of plugin files, or one plugin file; replaces TOCSIN_PLUGINS"                     \
	}
#define OPTION_CONFIGURED_PLUGINS                                                                                      \
	{                                                                                                              \
		.name = "plugins", .letter = 'p', .argument = "PATH", .repeats = true, .completes = COMPLETES_FILES,   \
		.help = "plugins for a configuration that names none: a directory of plugin files, or one file"        \
	}
#define OPTION_CONFIG                                                                                                  \
	{                                                                                                              \
		.name = "config", .letter = 'c', .required = true, .argument = "CONFIG", .completes = COMPLETES_FILES, \
		.help = "the configuration file (YAML)"                                                                \
	}
#define OPTION_RECEIVER                                                                                                \
	{                                                                                                              \
		.name = "receiver", .letter = 'r', .argument = "NAME", .repeats = true,                                \
		.help = "this receiver only, whatever the routes say"                                                  \
	}
#define OPTION_DIALECT                                                                                                 \
	{                                                                                                              \
		.name = "dialect", .letter = 'd', .argument = "DIALECT", .choices = command_dialect_choices,           \
		.help = "what the payload is: native or alertmanager (found out by itself)"                            \
	}
#define OPTION_OUTPUT                                                                                                  \
	{                                                                                                              \
		.name = "output", .letter = 'o', .argument = "FORMAT", .choices = command_output_choices,              \
		.help = "json (the default) or table"                                                                  \
	}
extern const char *const command_output_choices[];
extern const char *const command_dialect_choices[];

/*
 * Parses argv[1] and what follows; argv[0] is the command's name. Options may stand anywhere, "--" ends
 * them. What is wrong is reported and gives CLI_USAGE.
 */
enum cli_exit command_parse(const struct command *command, int argc, char **argv, struct arena *arena,
			    struct call *ret_call);

/* An option's value, the last one given, or NULL. The name must be in the command's table. */
const char *call_value(const struct call *call, const char *name);
bool call_has(const struct call *call, const char *name);
const char *const *call_values(const struct call *call, const char *name, size_t *ret_count);

/* Whether --output table was given. */
bool call_wants_table(const struct call *call);

/*
 * Values that are numbers: `*ret_number` keeps what it holds when the option was not given. What is wrong
 * is reported and gives CLI_USAGE.
 */
enum cli_exit call_integer(const struct call *call, const char *name, int64_t minimum, int64_t maximum,
			   int64_t *ret_number);
enum cli_exit call_duration(const struct call *call, const char *name, int64_t *ret_ms);

#endif

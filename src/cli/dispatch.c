/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program from its command line to its exit code; see dispatch.h.
 *
 * The command is the first word that is neither an option nor an option's value, so that options may stand
 * in front of it. SIGPIPE is ignored: a reader that went away is an error that output_end() reports.
 */
#include "cli/dispatch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "build-config.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/report.h"

#define HELP_CEILING (256ul * 1024)

static enum cli_exit print_help(const struct command *command)
{
	struct buffer text;
	enum cli_exit status;

	buffer_init(&text, HELP_CEILING);
	if (command)
		help_command(command, &text);
	else
		help_program(&text);
	status = output_buffer(&text);
	buffer_release(&text);
	return status;
}

static enum cli_exit unknown_command(const char *name)
{
	const char *nearest = commands_nearest(name);

	if (nearest)
		return report_usage("there is no command \"%s\"; did you mean %s?", name, nearest);
	return report_usage("there is no command \"%s\"", name);
}

/* "tocsin help [COMMAND]" */
static enum cli_exit help(int argc, char **argv)
{
	const struct command *command = argc > 1 ? commands_find(argv[1]) : NULL;

	if (argc > 2)
		return report_usage("\"%s\" is one operand too many", argv[2]);
	if (argc > 1 && !command)
		return unknown_command(argv[1]);
	return print_help(command);
}

static enum cli_exit run(const struct command *command, int argc, char **argv)
{
	struct arena arena = {.chunks = NULL};
	struct call call;
	enum cli_exit status;

	report_as(command->name);
	status = command_parse(command, argc, argv, &arena, &call);
	if (!status)
		status = call.help ? print_help(command) : command->run(&call);
	arena_release(&arena);
	return status;
}

/* Whether `word` is an option whose value is the next word, in any command. */
static bool takes_next_word(const char *word)
{
	for (size_t i = 0; i < COMMANDS_COUNT; i++) {
		for (const struct command_option *option = commands[i]->options; option && option->name; option++) {
			if (!option->argument)
				continue;
			if (word[1] == option->letter && !word[2])
				return true;
			if (word[1] == '-' && strcmp(word + 2, option->name) == 0)
				return true;
		}
	}
	return false;
}

/* Where in argv the command stands; argc when it is nowhere. */
static int find_command(int argc, char **argv)
{
	int i = 1;

	while (i < argc && argv[i][0] == '-' && argv[i][1] && strcmp(argv[i], "--") != 0)
		i += takes_next_word(argv[i]) ? 2 : 1;
	return i < argc ? i : argc;
}

/* Puts the command at argv[1], the options that stood before it behind it. */
static void move_command_first(char **argv, int at)
{
	char *command = argv[at];

	memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof(*argv));
	argv[1] = command;
}

static bool is_one_of_two(const char *word, const char *one, const char *other)
{
	return strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

/* Only options were given, of which `word` is the first. */
static enum cli_exit no_command(const char *word)
{
	static const char *const names[] = {"--help", "--version"};
	const char *nearest = text_nearest(word, names, COUNT_OF(names));

	if (nearest)
		return report_usage("there is no option %s; did you mean %s?", word, nearest);
	return report_usage("%s stands there without a command", word);
}

static enum cli_exit choose(int argc, char **argv)
{
	const int at = find_command(argc, argv);
	const struct command *command;

	if (argc < 2) {
		struct buffer text;

		buffer_init(&text, HELP_CEILING);
		help_program(&text);
		fputs(buffer_text(&text), stderr);
		buffer_release(&text);
		return CLI_USAGE;
	}
	if (is_one_of_two(argv[1], "-h", "--help"))
		return print_help(NULL);
	if (is_one_of_two(argv[1], "-V", "--version")) {
		printf("tocsin %s\n", TOCSIN_VERSION);
		return CLI_OK;
	}
	if (at == argc)
		return no_command(argv[1]);
	move_command_first(argv, at);
	if (strcmp(argv[1], "help") == 0)
		return help(argc - 1, argv + 1);
	command = commands_find(argv[1]);
	return command ? run(command, argc - 1, argv + 1) : unknown_command(argv[1]);
}

int dispatch(int argc, char **argv)
{
	output_begin();
	mem_use_for_json();
	signal(SIGPIPE, SIG_IGN);
	return (int)output_end(choose(argc, argv));
}

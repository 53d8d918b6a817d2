/* SPDX-License-Identifier: Apache-2.0 */
/* Help on the terminal, made from the commands' tables; see help.h. Lines are 80 columns at most. */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"

#define LINE_WIDTH 80
#define NAME_WIDTH 28 /* of the column of options; a longer one has its text on the next line */

const char help_about[] = "Delivers incidents to people and systems through adapters whose contracts can be read "
			  "without running them.";

const struct help_row help_environment[HELP_ENVIRONMENT_COUNT] = {
	{"TOCSIN_PLUGINS", "directories of plugin files, or plugin files, with colons between them; used when "
			   "neither --plugins nor the configuration names any"},
	{"TOCSIN_WORKER", "the program that plugins are run in; by default tocsin-worker beside this program, else "
			  "where it was installed"},
};

const struct help_row help_exits[HELP_EXITS_COUNT] = {
	{"0", "it was done"},
	{"1", "it failed, and stderr says why; for check: the configuration has problems"},
	{"2", "the command line is wrong; nothing was done"},
};

/* Adds words behind `column` columns that are already on the line, further lines behind `indent` spaces. */
static void add_wrapped(struct buffer *out, const char *text, size_t column, size_t indent)
{
	size_t used = column;

	while (*text) {
		const size_t bytes = strcspn(text, " \n");
		const char *rest = text + bytes;

		if (used > indent && used + 1 + bytes > LINE_WIDTH) {
			buffer_format(out, "\n%*s", (int)indent, "");
			used = indent;
		} else if (used > indent) {
			buffer_byte(out, ' ');
			used++;
		}
		buffer_add(out, text, bytes);
		used += bytes;
		if (rest[0] == '\n' && rest[1] == '\n') {
			buffer_format(out, "\n\n%*s", (int)indent, "");
			used = indent;
		}
		text = rest + strspn(rest, " \n");
	}
	buffer_byte(out, '\n');
}

/* One row of two columns. */
static void add_row(struct buffer *out, const char *name, size_t width, const char *text)
{
	const size_t length = strlen(name);
	size_t column = 2 + length;

	buffer_format(out, "  %s", name);
	if (length + 2 > width) {
		buffer_byte(out, '\n');
		column = 0;
	}
	buffer_format(out, "%*s", (int)(2 + width - column), "");
	add_wrapped(out, text, 2 + width, 2 + width);
}

void help_synopsis(const struct command *command, struct buffer *out)
{
	bool others = false;

	buffer_format(out, "tocsin %s", command->name);
	for (const struct command_option *option = command->options; option && option->name; option++) {
		if (option->required)
			buffer_format(out, " --%s %s", option->name, option->argument);
		else
			others = true;
	}
	if (others)
		buffer_text_add(out, " [OPTION...]");
	for (const struct command_operand *operand = command->operands; operand && operand->name; operand++)
		buffer_format(out, operand->optional ? " [%s]" : " %s", operand->name);
}

static void add_option(struct buffer *out, const struct command_option *option)
{
	char letter[8] = "    ", name[64];

	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	snprintf(name, sizeof(name), "%s--%s%s%s%s", letter, option->name, option->argument ? " " : "",
		 option->argument ? option->argument : "", option->repeats ? " ..." : "");
	add_row(out, name, NAME_WIDTH, option->help);
}

static void add_rows(struct buffer *out, const char *heading, const struct help_row *rows, size_t count)
{
	size_t width = 0;

	for (size_t i = 0; i < count; i++)
		if (strlen(rows[i].name) > width)
			width = strlen(rows[i].name);
	buffer_format(out, "\n%s:\n", heading);
	for (size_t i = 0; i < count; i++)
		add_row(out, rows[i].name, width + 2, rows[i].text);
}

/* A command line, which may be broken into several. */
static void add_example(struct buffer *out, const char *example)
{
	buffer_text_add(out, "  ");
	for (; *example; example++) {
		buffer_byte(out, *example);
		if (*example == '\n')
			buffer_text_add(out, "      ");
	}
	buffer_byte(out, '\n');
}

void help_command(const struct command *command, struct buffer *out)
{
	static const struct command_option help = {.name = "help", .letter = 'h', .help = "print this"};

	buffer_text_add(out, "Usage: ");
	help_synopsis(command, out);
	buffer_text_add(out, "\n\n");
	add_wrapped(out, command->description, 0, 0);
	if (command->operands) {
		buffer_text_add(out, "\nOperands:\n");
		for (const struct command_operand *operand = command->operands; operand->name; operand++)
			add_row(out, operand->name, 12, operand->help);
	}
	buffer_text_add(out, "\nOptions:\n");
	for (const struct command_option *option = command->options; option && option->name; option++)
		add_option(out, option);
	add_option(out, &help);
	if (command->examples) {
		buffer_text_add(out, "\nExamples:\n");
		for (const char *const *example = command->examples; *example; example++)
			add_example(out, *example);
	}
}

void help_program(struct buffer *out)
{
	buffer_text_add(out, "Usage: tocsin COMMAND [OPTION...] [OPERAND...]\n\n");
	add_wrapped(out, help_about, 0, 0);
	buffer_text_add(out, "\nCommands:\n");
	for (size_t i = 0; i < COMMANDS_COUNT; i++)
		add_row(out, commands[i]->name, 12, commands[i]->summary);
	buffer_text_add(out, "\nOptions:\n");
	add_row(out, "-h, --help", 15, "print this; behind a command, its help");
	add_row(out, "-V, --version", 15, "print the version");
	add_rows(out, "Environment", help_environment, COUNT_OF(help_environment));
	add_rows(out, "Exit status", help_exits, COUNT_OF(help_exits));
}

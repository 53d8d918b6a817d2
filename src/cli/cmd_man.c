/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tocsin man: the manual page tocsin(1), made from the same tables as the help.
 *
 * Text goes out as troff: backslashes and dashes are escaped, and a line never begins with a control
 * character of troff's.
 */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "build-config.h"
#include "cli/help.h"
#include "cli/output.h"

#define PAGE_CEILING (256ul * 1024)

/* Adds text that is not at the start of a line. */
static void add_text(struct buffer *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\')
			buffer_text_add(out, "\\e");
		else if (*text == '-')
			buffer_text_add(out, "\\-");
		else if (*text == '\'')
			buffer_text_add(out, "\\(aq");
		else if (*text == '~')
			buffer_text_add(out, "\\(ti");
		else
			buffer_byte(out, *text);
	}
}

/* Adds lines of text; an empty line becomes `break_with`. */
static void add_lines(struct buffer *out, const char *text, const char *break_with)
{
	const char *end;

	while ((end = strstr(text, "\n\n"))) {
		char paragraph[2048];

		/* The tables' paragraphs are shorter; the tests read the page. */
		snprintf(paragraph, sizeof(paragraph), "%.*s", (int)(end - text), text);
		buffer_text_add(out, "\\&");
		add_text(out, paragraph);
		buffer_format(out, "\n%s\n", break_with);
		text = end + 2;
	}
	buffer_text_add(out, "\\&");
	add_text(out, text);
	buffer_byte(out, '\n');
}

static void add_bold(struct buffer *out, const char *text)
{
	buffer_text_add(out, "\\fB");
	add_text(out, text);
	buffer_text_add(out, "\\fR");
}

static void add_italic(struct buffer *out, const char *text)
{
	buffer_text_add(out, "\\fI");
	add_text(out, text);
	buffer_text_add(out, "\\fR");
}

/* An item of a list: its name was written by the caller. */
static void add_item(struct buffer *out, const char *name, const char *text)
{
	buffer_text_add(out, ".TP\n");
	add_bold(out, name);
	buffer_byte(out, '\n');
	add_lines(out, text, ".IP");
}

static void add_option(struct buffer *out, const struct command_option *option)
{
	const char letter[] = {'-', option->letter, '\0'};
	char name[64];

	buffer_text_add(out, ".TP\n");
	if (option->letter) {
		add_bold(out, letter);
		buffer_text_add(out, ", ");
	}
	snprintf(name, sizeof(name), "--%s", option->name);
	add_bold(out, name);
	if (option->argument) {
		buffer_byte(out, ' ');
		add_italic(out, option->argument);
	}
	if (option->repeats)
		buffer_text_add(out, " ...");
	buffer_byte(out, '\n');
	add_lines(out, option->help, ".IP");
}

static void add_command(struct buffer *out, const struct command *command)
{
	struct buffer synopsis;

	buffer_init(&synopsis, 4096);
	help_synopsis(command, &synopsis);
	buffer_text_add(out, ".SS ");
	add_text(out, buffer_text(&synopsis));
	buffer_byte(out, '\n');
	if (buffer_code(&synopsis))
		out->code = buffer_code(&synopsis);
	buffer_release(&synopsis);
	add_lines(out, command->description, ".PP");
	for (const struct command_operand *operand = command->operands; operand && operand->name; operand++) {
		buffer_text_add(out, ".TP\n");
		add_italic(out, operand->name);
		buffer_byte(out, '\n');
		add_lines(out, operand->help, ".IP");
	}
	for (const struct command_option *option = command->options; option && option->name; option++)
		add_option(out, option);
	if (!command->examples)
		return;
	buffer_text_add(out, ".PP\n.nf\n.RS 4\n");
	for (const char *const *example = command->examples; *example; example++) {
		buffer_text_add(out, "\\&");
		for (const char *byte = *example; *byte; byte++) {
			add_text(out, (const char[]){*byte, '\0'});
			if (*byte == '\n')
				buffer_text_add(out, "\\&    ");
		}
		buffer_byte(out, '\n');
	}
	buffer_text_add(out, ".RE\n.fi\n");
}

static void add_page(struct buffer *out)
{
	buffer_format(out,
		      ".\\\" Made by: tocsin man\n"
		      ".TH TOCSIN 1 \"\" \"tocsin %s\" \"User Commands\"\n"
		      ".SH NAME\n"
		      "tocsin \\- incident delivery runtime\n"
		      ".SH SYNOPSIS\n"
		      ".B tocsin\n"
		      ".I COMMAND\n"
		      "[\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]\n"
		      ".br\n"
		      ".B tocsin\n"
		      "[\\fB\\-\\-help\\fR] [\\fB\\-\\-version\\fR]\n"
		      ".SH DESCRIPTION\n",
		      TOCSIN_VERSION);
	add_lines(out, help_about, ".PP");
	buffer_text_add(out, ".PP\nOptions may stand anywhere; \\fB\\-\\-\\fR ends them. Every command prints its help "
			     "with \\fB\\-\\-help\\fR. Results go to standard output, as JSON with sorted keys "
			     "unless said otherwise; messages go to standard error.\n"
			     ".SH COMMANDS\n");
	for (size_t i = 0; i < COMMANDS_COUNT; i++)
		add_command(out, commands[i]);
	buffer_text_add(out, ".SH ENVIRONMENT\n");
	for (size_t i = 0; i < COUNT_OF(help_environment); i++)
		add_item(out, help_environment[i].name, help_environment[i].text);
	buffer_text_add(out, ".SH EXIT STATUS\n");
	for (size_t i = 0; i < COUNT_OF(help_exits); i++)
		add_item(out, help_exits[i].name, help_exits[i].text);
}

static enum cli_exit run(const struct call *call)
{
	struct buffer page;
	enum cli_exit status;

	(void)call;
	buffer_init(&page, PAGE_CEILING);
	add_page(&page);
	status = output_buffer(&page);
	buffer_release(&page);
	return status;
}

const struct command cmd_man = {
	.name = "man",
	.summary = "print the manual page",
	.description = "Prints tocsin(1) as troff, made from the same tables as the help.",
	.examples = (const char *const[]){"tocsin man | man -l -", NULL},
	.run = run,
};

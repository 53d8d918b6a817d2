/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tocsin completion: a script that makes a shell complete tocsin's commands, options and values.
 *
 * The scripts are made from the commands' tables and hold no logic of their own: a line a command. Help
 * texts are quoted for the shell they go to, since an apostrophe in one would end the script.
 */
#include "cli/commands.h"

#include <string.h>

#include "base/text.h"
#include "cli/output.h"

#define SCRIPT_CEILING (256ul * 1024)

/* Adds text between the quotes of a shell word; `escape` stands for an apostrophe. */
static void add_quoted(struct buffer *out, const char *text, const char *escape)
{
	for (; *text; text++) {
		if (*text == '\'')
			buffer_text_add(out, escape);
		else
			buffer_byte(out, *text);
	}
}

static void add_choices(struct buffer *out, const char *const *choices)
{
	for (size_t i = 0; choices[i]; i++)
		buffer_format(out, "%s%s", i ? " " : "", choices[i]);
}

/* ---- bash ---- */

/* Cases for the word behind an option that takes a value: its choices, files, directories or nothing. */
static void add_bash_values(struct buffer *out, const struct command *command)
{
	for (const struct command_option *option = command->options; option && option->name; option++) {
		if (!option->argument)
			continue;
		buffer_format(out, "\t%s:--%s", command->name, option->name);
		if (option->letter)
			buffer_format(out, " | %s:-%c", command->name, option->letter);
		buffer_text_add(out, ")\n");
		if (option->choices) {
			buffer_text_add(out, "\t\tmapfile -t COMPREPLY < <(compgen -W '");
			add_choices(out, option->choices);
			buffer_text_add(out, "' -- \"$word\")\n");
		} else if (option->completes == COMPLETES_FILES) {
			buffer_text_add(out, "\t\tcompopt -o filenames\n"
					     "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n");
		}
		buffer_text_add(out, "\t\treturn ;;\n");
	}
}

static void add_bash_words(struct buffer *out, const struct command *command)
{
	buffer_format(out, "\t%s)\n\t\twords='--help", command->name);
	for (const struct command_option *option = command->options; option && option->name; option++)
		buffer_format(out, " --%s", option->name);
	buffer_text_add(out, "'\n");
	for (const struct command_operand *operand = command->operands; operand && operand->name; operand++) {
		if (operand->choices) {
			buffer_text_add(out, "\t\tvalues='");
			add_choices(out, operand->choices);
			buffer_text_add(out, "'\n");
		} else if (operand->completes != COMPLETES_NOTHING) {
			buffer_format(out, "\t\tfiles=%s\n", operand->completes == COMPLETES_FILES ? "-f" : "-d");
		}
	}
	buffer_text_add(out, "\t\t;;\n");
}

static void add_bash(struct buffer *out)
{
	buffer_text_add(out, "# bash completion for tocsin; made by: tocsin completion bash\n"
			     "_tocsin() {\n"
			     "\tlocal word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}\n"
			     "\tlocal words='' values='' files=''\n"
			     "\tCOMPREPLY=()\n"
			     "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
			     "\t\tmapfile -t COMPREPLY < <(compgen -W '--help --version help");
	for (size_t i = 0; i < COMMANDS_COUNT; i++)
		buffer_format(out, " %s", commands[i]->name);
	buffer_text_add(out, "' -- \"$word\")\n\t\treturn\n\tfi\n"
			     "\tcase \"$command:${COMP_WORDS[COMP_CWORD - 1]}\" in\n");
	for (size_t i = 0; i < COMMANDS_COUNT; i++)
		add_bash_values(out, commands[i]);
	buffer_text_add(out, "\tesac\n\tcase \"$command\" in\n");
	for (size_t i = 0; i < COMMANDS_COUNT; i++)
		add_bash_words(out, commands[i]);
	buffer_text_add(out, "\thelp)\n\t\tvalues='");
	for (size_t i = 0; i < COMMANDS_COUNT; i++)
		buffer_format(out, "%s%s", i ? " " : "", commands[i]->name);
	buffer_text_add(out, "'\n\t\t;;\n\tesac\n"
			     "\tif [[ $word == -* ]]; then\n"
			     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
			     "\telif [ -n \"$values\" ]; then\n"
			     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$word\")\n"
			     "\telif [ -n \"$files\" ]; then\n"
			     "\t\tcompopt -o filenames\n"
			     "\t\tmapfile -t COMPREPLY < <(compgen \"$files\" -- \"$word\")\n"
			     "\tfi\n}\n"
			     "complete -F _tocsin tocsin\n");
}

/* ---- zsh ---- */

/* In a specification of _arguments brackets and colons mean something. */
static void add_zsh_text(struct buffer *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("[]:\\", *text))
			buffer_byte(out, '\\');
		add_quoted(out, (const char[]){*text, '\0'}, "'\\''");
	}
}

static void add_zsh_action(struct buffer *out, const char *const *choices, enum completes completes)
{
	if (choices) {
		buffer_byte(out, '(');
		add_choices(out, choices);
		buffer_byte(out, ')');
	} else if (completes != COMPLETES_NOTHING) {
		buffer_text_add(out, completes == COMPLETES_FILES ? "_files" : "_files -/");
	}
}

static void add_zsh_option(struct buffer *out, const struct command_option *option, bool use_letter)
{
	buffer_text_add(out, " \\\n\t\t\t'");
	if (option->repeats)
		buffer_byte(out, '*');
	if (use_letter)
		buffer_format(out, "-%c[", option->letter);
	else
		buffer_format(out, "--%s[", option->name);
	add_zsh_text(out, option->help);
	buffer_byte(out, ']');
	if (option->argument) {
		buffer_byte(out, ':');
		add_zsh_text(out, option->argument);
		buffer_byte(out, ':');
		add_zsh_action(out, option->choices, option->completes);
	}
	buffer_byte(out, '\'');
}

static void add_zsh_command(struct buffer *out, const struct command *command)
{
	buffer_format(out, "\t%s)\n\t\t_arguments -s '--help[print help]'", command->name);
	for (const struct command_option *option = command->options; option && option->name; option++) {
		add_zsh_option(out, option, false);
		if (option->letter)
			add_zsh_option(out, option, true);
	}
	for (const struct command_operand *operand = command->operands; operand && operand->name; operand++) {
		buffer_format(out, " \\\n\t\t\t'%s:", operand->optional ? ":" : "");
		add_zsh_text(out, operand->name);
		buffer_byte(out, ':');
		add_zsh_action(out, operand->choices, operand->completes);
		buffer_byte(out, '\'');
	}
	buffer_text_add(out, "\n\t\t;;\n");
}

static void add_zsh(struct buffer *out)
{
	buffer_text_add(out, "#compdef tocsin\n"
			     "# zsh completion for tocsin; made by: tocsin completion zsh\n"
			     "_tocsin() {\n"
			     "\tlocal -a commands=(\n");
	for (size_t i = 0; i < COMMANDS_COUNT; i++) {
		buffer_format(out, "\t\t'%s:", commands[i]->name);
		add_quoted(out, commands[i]->summary, "'\\''");
		buffer_text_add(out, "'\n");
	}
	buffer_text_add(out, "\t\t'help:print help'\n\t)\n"
			     "\tif (( CURRENT == 2 )); then\n"
			     "\t\t_describe command commands\n"
			     "\t\treturn\n"
			     "\tfi\n"
			     "\tshift words\n"
			     "\t(( CURRENT-- ))\n"
			     "\tcase $words[1] in\n");
	for (size_t i = 0; i < COMMANDS_COUNT; i++)
		add_zsh_command(out, commands[i]);
	buffer_text_add(out, "\thelp)\n\t\t_describe command commands\n\t\t;;\n\tesac\n}\n"
			     "if [ \"$funcstack[1]\" = _tocsin ]; then\n"
			     "\t_tocsin \"$@\"\n"
			     "else\n"
			     "\tcompdef _tocsin tocsin\n"
			     "fi\n");
}

/* ---- fish ---- */

static void add_fish_command(struct buffer *out, const struct command *command)
{
	const char *const seen = "__fish_seen_subcommand_from";

	buffer_format(out, "complete -c tocsin -n __fish_use_subcommand -a %s -d '", command->name);
	add_quoted(out, command->summary, "\\'");
	buffer_text_add(out, "'\n");
	for (const struct command_option *option = command->options; option && option->name; option++) {
		buffer_format(out, "complete -c tocsin -n '%s %s' -l %s", seen, command->name, option->name);
		if (option->letter)
			buffer_format(out, " -s %c", option->letter);
		if (option->argument)
			buffer_text_add(out, option->completes == COMPLETES_FILES ? " -r -F" : " -x");
		if (option->choices) {
			buffer_text_add(out, " -a '");
			add_choices(out, option->choices);
			buffer_byte(out, '\'');
		}
		buffer_text_add(out, " -d '");
		add_quoted(out, option->help, "\\'");
		buffer_text_add(out, "'\n");
	}
	for (const struct command_operand *operand = command->operands; operand && operand->name; operand++) {
		if (operand->choices) {
			buffer_format(out, "complete -c tocsin -n '%s %s' -a '", seen, command->name);
			add_choices(out, operand->choices);
			buffer_text_add(out, "'\n");
		} else if (operand->completes != COMPLETES_NOTHING) {
			buffer_format(out, "complete -c tocsin -n '%s %s' %s\n", seen, command->name,
				      operand->completes == COMPLETES_FILES ? "-F"
									    : "-a '(__fish_complete_directories)'");
		}
	}
}

static void add_fish(struct buffer *out)
{
	buffer_text_add(out, "# fish completion for tocsin; made by: tocsin completion fish\n"
			     "complete -c tocsin -f\n"
			     "complete -c tocsin -s h -l help -d 'print help'\n"
			     "complete -c tocsin -n __fish_use_subcommand -s V -l version -d 'print the version'\n"
			     "complete -c tocsin -n __fish_use_subcommand -a help -d 'print help'\n");
	for (size_t i = 0; i < COMMANDS_COUNT; i++)
		add_fish_command(out, commands[i]);
	buffer_text_add(out, "complete -c tocsin -n '__fish_seen_subcommand_from help' -a '");
	for (size_t i = 0; i < COMMANDS_COUNT; i++)
		buffer_format(out, "%s%s", i ? " " : "", commands[i]->name);
	buffer_text_add(out, "'\n");
}

static enum cli_exit run(const struct call *call)
{
	const char *shell = call->operands[0];
	struct buffer script;
	enum cli_exit status;

	buffer_init(&script, SCRIPT_CEILING);
	if (strcmp(shell, "bash") == 0)
		add_bash(&script);
	else if (strcmp(shell, "zsh") == 0)
		add_zsh(&script);
	else
		add_fish(&script);
	status = output_buffer(&script);
	buffer_release(&script);
	return status;
}

const struct command cmd_completion = {
	.name = "completion",
	.summary = "print a script that makes a shell complete tocsin's words",
	.description = "Prints a completion script for bash, zsh or fish.",
	.operands =
		(const struct command_operand[]){
			{.name = "SHELL",
			 .choices = (const char *const[]){"bash", "zsh", "fish", NULL},
			 .help = "bash, zsh or fish"},
			{.name = NULL},
		},
	.examples =
		(const char *const[]){
			"source <(tocsin completion bash)",
			"tocsin completion fish > ~/.config/fish/completions/tocsin.fish",
			NULL,
		},
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines, parsed with getopt_long() from the command's tables; see command.h.
 *
 * getopt's own messages are off, since they know no nearest name. Everything that is wrong with a command
 * line is found here, before the command runs, so that CLI_USAGE means that nothing was done. Asking for
 * an option that the table does not have is a mistake in the program and ends it.
 */
#include "cli/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/report.h"
#include "contract/kind.h"
#include "incident/dialect.h"

/* getopt's numbers: above all letters, so that both forms of an option can be told from '?' and ':'. */
#define ROW_BASE 1000
#define ROW_HELP 999
#define DURATION_CEILING_MS ((int64_t)7 * 24 * 3600 * 1000)

const char *const command_output_choices[] = {"json", "table", NULL};
const char *const command_dialect_choices[] = {
#define X(name, text) text,
	DIALECTS(X)
#undef X
		NULL,
};

static size_t count_options(const struct command *command)
{
	size_t count = 0;

	while (command->options && command->options[count].name)
		count++;
	if (count > COMMAND_OPTIONS_CEILING)
		abort();
	return count;
}

/* getopt's two descriptions of the table. */
struct getopt_tables {
	struct option names[COMMAND_OPTIONS_CEILING + 2];
	char letters[3 * COMMAND_OPTIONS_CEILING + 4];
};

static void describe(const struct command *command, struct getopt_tables *ret_tables)
{
	const size_t count = count_options(command);
	size_t used = 0;

	memset(ret_tables, 0, sizeof(*ret_tables));
	ret_tables->letters[used++] = ':';
	for (size_t i = 0; i < count; i++) {
		const struct command_option *option = &command->options[i];

		ret_tables->names[i] = (struct option){
			.name = option->name,
			.has_arg = option->argument ? required_argument : no_argument,
			.val = ROW_BASE + (int)i,
		};
		if (!option->letter)
			continue;
		ret_tables->letters[used++] = option->letter;
		if (option->argument)
			ret_tables->letters[used++] = ':';
	}
	ret_tables->letters[used] = 'h';
	ret_tables->names[count] = (struct option){.name = "help", .has_arg = no_argument, .val = ROW_HELP};
}

/* The row of an option by getopt's number or letter; -1 for none. */
static int row_of(const struct command *command, int found)
{
	const size_t count = count_options(command);

	for (size_t i = 0; i < count; i++)
		if (found == ROW_BASE + (int)i || (command->options[i].letter && found == command->options[i].letter))
			return (int)i;
	return -1;
}

static enum cli_exit unknown_option(const struct command *command, const char *argument, int letter)
{
	const size_t count = count_options(command);
	const char *names[COMMAND_OPTIONS_CEILING + 1];
	const char *nearest;
	char name[64];

	if (letter)
		return report_usage("there is no option -%c", letter);
	for (size_t i = 0; i < count; i++)
		names[i] = command->options[i].name;
	names[count] = "help";
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
	nearest = text_nearest(name, names, count + 1);
	if (nearest)
		return report_usage("there is no option --%s; did you mean --%s?", name, nearest);
	return report_usage("there is no option --%s", name);
}

/* What getopt reports as '?': an unknown option, or a value for an option that takes none. */
static enum cli_exit refused_option(const struct command *command, const char *argument)
{
	if (optopt == ROW_HELP)
		return report_usage("--help takes no value");
	if (optopt >= ROW_BASE && row_of(command, optopt) >= 0)
		return report_usage("--%s takes no value", command->options[row_of(command, optopt)].name);
	return unknown_option(command, argument, optopt);
}

static bool is_one_of(const char *value, const char *const *choices)
{
	for (; *choices; choices++)
		if (strcmp(value, *choices) == 0)
			return true;
	return false;
}

/* Checks a value against its choices; `prefix` and `name` say whose it is. */
static enum cli_exit check_choice(const char *prefix, const char *name, const char *value, const char *const *choices)
{
	char list[256] = "";
	size_t count = 0;
	const char *nearest;

	if (!choices || is_one_of(value, choices))
		return CLI_OK;
	for (; choices[count]; count++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", count ? ", " : "", choices[count]);
	nearest = text_nearest(value, choices, count);
	if (nearest)
		return report_usage("%s%s: \"%s\" is not one of %s; did you mean %s?", prefix, name, value, list,
				    nearest);
	return report_usage("%s%s: \"%s\" is not one of %s", prefix, name, value, list);
}

static enum cli_exit take_option(struct call *call, int row, const char *value, int argc, struct arena *arena)
{
	const struct command_option *option = &call->command->options[row];

	if (!call->values[row].items)
		call->values[row].items = arena_alloc(arena, (size_t)argc * sizeof(const char *));
	if (!call->values[row].items)
		return report_no_memory();
	if (call->values[row].count && !option->repeats)
		return report_usage("--%s was given twice", option->name);
	call->values[row].items[call->values[row].count++] = value ? value : "";
	return value ? check_choice("--", option->name, value, option->choices) : CLI_OK;
}

static enum cli_exit check_required(const struct call *call)
{
	const struct command *command = call->command;

	for (size_t i = 0; command->options && command->options[i].name; i++)
		if (command->options[i].required && !call->values[i].count)
			return report_usage("--%s %s is missing", command->options[i].name,
					    command->options[i].argument);
	return CLI_OK;
}

static enum cli_exit take_operands(struct call *call, int argc, char **argv)
{
	const struct command_operand *operand = call->command->operands;
	enum cli_exit status;

	call->operands = (const char **)argv;
	for (; operand && operand->name && (int)call->operand_count < argc; operand++) {
		status = check_choice("", operand->name, argv[call->operand_count], operand->choices);
		if (status)
			return status;
		call->operand_count++;
	}
	if (operand && operand->name && !operand->optional)
		return report_usage("%s is missing", operand->name);
	if ((int)call->operand_count < argc)
		return report_usage("\"%s\" is one operand too many", argv[call->operand_count]);
	return CLI_OK;
}

enum cli_exit command_parse(const struct command *command, int argc, char **argv, struct arena *arena,
			    struct call *ret_call)
{
	struct getopt_tables tables;
	struct call call = {.command = command};
	enum cli_exit status = CLI_OK;
	int found;

	describe(command, &tables);
	opterr = 0;
	optind = 0;
	while (!status && (found = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
		const int row = row_of(command, found);

		if (found == ROW_HELP || (found == 'h' && row < 0)) {
			call.help = true;
			*ret_call = call;
			return CLI_OK;
		}
		if (found == ':')
			status = report_usage("%s needs a value", argv[optind - 1]);
		else if (row < 0)
			status = refused_option(command, argv[optind - 1]);
		else
			status = take_option(&call, row, optarg, argc, arena);
	}
	if (!status)
		status = check_required(&call);
	if (!status)
		status = take_operands(&call, argc - optind, argv + optind);
	*ret_call = call;
	return status;
}

static size_t row_named(const struct call *call, const char *name)
{
	const struct command_option *options = call->command->options;

	for (size_t i = 0; options && options[i].name; i++)
		if (strcmp(options[i].name, name) == 0)
			return i;
	abort();
}

const char *call_value(const struct call *call, const char *name)
{
	const size_t row = row_named(call, name);
	const size_t count = call->values[row].count;

	return count ? call->values[row].items[count - 1] : NULL;
}

bool call_has(const struct call *call, const char *name)
{
	return call->values[row_named(call, name)].count > 0;
}

const char *const *call_values(const struct call *call, const char *name, size_t *ret_count)
{
	const size_t row = row_named(call, name);

	*ret_count = call->values[row].count;
	return call->values[row].items;
}

bool call_wants_table(const struct call *call)
{
	const char *output = call_value(call, "output");

	return output && strcmp(output, "table") == 0;
}

enum cli_exit call_integer(const struct call *call, const char *name, int64_t minimum, int64_t maximum,
			   int64_t *ret_number)
{
	const char *value = call_value(call, name);
	int64_t number;

	if (!value)
		return CLI_OK;
	if (!text_to_integer(value, &number) || number < minimum || number > maximum)
		return report_usage("--%s: \"%s\" is not an integer from %lld to %lld", name, value, (long long)minimum,
				    (long long)maximum);
	*ret_number = number;
	return CLI_OK;
}

enum cli_exit call_duration(const struct call *call, const char *name, int64_t *ret_ms)
{
	const char *value = call_value(call, name);
	int64_t ms;

	if (!value)
		return CLI_OK;
	if (!duration_parse(value, &ms) || ms <= 0 || ms > DURATION_CEILING_MS)
		return report_usage("--%s: \"%s\" is not a duration from 1ms to 7d, such as 5s or 1m30s", name, value);
	*ret_ms = ms;
	return CLI_OK;
}

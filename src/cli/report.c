/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages on stderr; see report.h.
 *
 * Messages quote file names, YAML, payloads and what services answered, so each is escaped as a whole and
 * stays one line. When even that finds no memory, the message is replaced by a fixed one. If stderr
 * itself cannot be written there is nobody left to tell; the exit code stands.
 */
#include "cli/report.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/printable.h"

#define MESSAGE_CEILING (64ul * 1024)

static const char *speaker;

void report_as(const char *command)
{
	speaker = command;
}

static void say(const char *kind, const char *text, size_t length)
{
	struct buffer line;

	buffer_init(&line, 6 * MESSAGE_CEILING);
	buffer_format(&line, "tocsin%s%s: %s", speaker ? " " : "", speaker ? speaker : "", kind);
	printable_add(&line, text, length);
	buffer_byte(&line, '\n');
	if (buffer_code(&line))
		fputs("tocsin: a message could not be shown for want of memory\n", stderr);
	else
		fwrite(line.text, 1, line.length, stderr);
	buffer_release(&line);
}

static void say_format(const char *kind, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

static void say_format(const char *kind, const char *format, va_list arguments)
{
	struct buffer text;

	buffer_init(&text, MESSAGE_CEILING);
	buffer_format_list(&text, format, arguments);
	if (buffer_code(&text))
		say(kind, "a message that is too long to show", strlen("a message that is too long to show"));
	else
		say(kind, buffer_text(&text), text.length);
	buffer_release(&text);
}

enum cli_exit report(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_format("", format, arguments);
	va_end(arguments);
	return CLI_FAILED;
}

enum cli_exit report_error(const struct tocsin_error *err)
{
	char line[TOCSIN_ERROR_ROOM + 64];

	return report("%s", tocsin_error_line(err, line, sizeof(line)));
}

enum cli_exit report_problems(const char *place, const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->items[i];

		report("%s%s%s%s%s", place, *place ? ": " : "", problem->path, *problem->path ? ": " : "",
		       problem->message);
	}
	if (problems_not_kept(problems))
		report("%s%s%zu more problems are not shown", place, *place ? ": " : "", problems_not_kept(problems));
	return CLI_FAILED;
}

enum cli_exit report_no_memory(void)
{
	return report("no memory");
}

void report_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_format("warning: ", format, arguments);
	va_end(arguments);
}

enum cli_exit report_usage(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_format("", format, arguments);
	va_end(arguments);
	fprintf(stderr, "Try 'tocsin %s%s--help'.\n", speaker ? speaker : "", speaker ? " " : "");
	return CLI_USAGE;
}

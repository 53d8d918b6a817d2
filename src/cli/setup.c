/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command's configuration and what is wrong with it; see setup.h.
 *
 * A file that is no YAML has no paths yet: its error says "NAME:LINE:COLUMN: " itself, and is taken apart
 * here, so that all problems have one shape.
 */
#include "cli/setup.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/printable.h"
#include "cli/catalog.h"
#include "cli/report.h"

void setup_load(const struct call *call, const char *path, enum secrets_mode secrets, struct setup *ret_setup)
{
	struct setup *setup = ret_setup;
	struct plugin_paths paths = {.count = 0};
	struct configuration_options options = {.secrets = secrets, .place = TOCSIN_IN_WORKER};

	*setup = (struct setup){.path = path};
	if (plugin_paths_find(call, &paths, &setup->err)) {
		setup->failed = true;
		return;
	}
	options.plugin_paths = paths.items;
	options.plugin_path_count = paths.count;
	setup->failed = configuration_load(path, &options, &setup->configuration, &setup->problems, &setup->err) != 0;
	plugin_paths_release(&paths);
}

void setup_release(struct setup *setup)
{
	configuration_release(&setup->configuration);
	problems_release(&setup->problems);
}

bool setup_is_good(const struct setup *setup)
{
	return !setup->failed && problems_none(&setup->problems);
}

/* Reads "NUMBER:" and steps behind it. */
static bool read_number(const char **text, size_t *ret_number)
{
	const char *digits = *text;
	size_t number = 0;

	while (*digits >= '0' && *digits <= '9' && number < SIZE_MAX / 100)
		number = 10 * number + (size_t)(*digits++ - '0');
	if (digits == *text || *digits != ':')
		return false;
	*text = digits + 1;
	*ret_number = number;
	return true;
}

/* What failed as a sentence, and where, when it begins with "FILE:LINE:COLUMN: ". */
static const char *place_failure(const struct setup *setup, char *line, size_t size, struct position *ret_position)
{
	const size_t name = strlen(setup->path);
	struct position position;
	const char *rest;

	*ret_position = (struct position){.line = 0};
	tocsin_error_line(&setup->err, line, size);
	if (strncmp(line, setup->path, name) != 0 || line[name] != ':')
		return line;
	rest = line + name + 1;
	if (!read_number(&rest, &position.line) || !read_number(&rest, &position.column) || *rest != ' ')
		return line;
	*ret_position = position;
	return rest + 1;
}

static void report_one(const struct setup *setup, struct position position, const char *path, const char *message)
{
	const char *colon = *path ? ": " : "";

	if (position.line)
		report("%s:%zu:%zu: %s%s%s", setup->path, position.line, position.column, path, colon, message);
	else
		report("%s: %s%s%s", setup->path, path, colon, message);
}

enum cli_exit setup_report(const struct setup *setup)
{
	char line[TOCSIN_ERROR_ROOM + 64];
	struct position position;
	const char *message;

	for (size_t i = 0; i < setup->problems.count; i++) {
		const struct problem *problem = &setup->problems.items[i];

		report_one(setup, document_position(&setup->configuration.document, problem->path), problem->path,
			   problem->message);
	}
	if (problems_not_kept(&setup->problems))
		report("%s: %zu more problems are not shown", setup->path, problems_not_kept(&setup->problems));
	if (problems_none(&setup->problems)) {
		message = place_failure(setup, line, sizeof(line), &position);
		if (position.line)
			report_one(setup, position, "", message);
		else
			report("%s", message);
	}
	return CLI_FAILED;
}

/* Where something stands; a path with a slash is that of a file beside the configuration. */
static struct position position_of(const struct setup *setup, const char *path)
{
	if (strchr(path, '/'))
		return (struct position){.line = 0};
	return document_position(&setup->configuration.document, path);
}

void setup_warn(const struct setup *setup, const char *path, const char *message)
{
	const struct position position = position_of(setup, path);
	const char *colon = *path ? ": " : "";

	if (position.line)
		report_warning("%s:%zu:%zu: %s%s%s", setup->path, position.line, position.column, path, colon, message);
	else
		report_warning("%s%s%s", path, colon, message);
}

static json_t *remark(struct position position, const char *path, const char *message)
{
	json_t *json = json_object();

	if (json_put(json, "path", printable_json(path)) || json_put(json, "message", printable_json(message)) ||
	    json_put(json, "line", position.line ? json_integer((json_int_t)position.line) : json_null()) ||
	    json_put(json, "column", position.line ? json_integer((json_int_t)position.column) : json_null())) {
		json_decref(json);
		return NULL;
	}
	return json;
}

json_t *setup_remark_json(const struct setup *setup, const char *path, const char *message)
{
	return remark(position_of(setup, path), path, message);
}

json_t *setup_problems_json(const struct setup *setup)
{
	char line[TOCSIN_ERROR_ROOM + 64];
	struct position position;
	json_t *list = json_array();
	const char *message;
	int failed = 0;

	for (size_t i = 0; i < setup->problems.count && !failed; i++) {
		const struct problem *problem = &setup->problems.items[i];

		failed = json_array_append_new(list, setup_remark_json(setup, problem->path, problem->message));
	}
	if (problems_not_kept(&setup->problems) && !failed) {
		snprintf(line, sizeof(line), "%zu more problems are not shown", problems_not_kept(&setup->problems));
		failed = json_array_append_new(list, remark((struct position){.line = 0}, "", line));
	}
	if (setup->failed && problems_none(&setup->problems)) {
		message = place_failure(setup, line, sizeof(line), &position);
		failed = json_array_append_new(list, remark(position, "", message));
	}
	if (!failed)
		return list;
	json_decref(list);
	return NULL;
}

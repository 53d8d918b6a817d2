/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_HOST_FIXTURES_H
#define TESTS_HOST_FIXTURES_H

/*
 * What tests of the host share: the programs and plugins of the build directory, which is two levels above
 * the test's own program, and JSON in single quotes. Include it behind cmocka.h.
 */

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"
#include "loader/file.h"

/* A path in the build directory, in one of a few buffers in turn. */
static inline const char *built(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned turn;
	char self[PATH_MAX];
	const ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *path = paths[turn++ % 4];

	assert_true(length > 0);
	self[length] = '\0';
	for (int level = 0; level < 3; level++)
		*strrchr(self, '/') = '\0';
	assert_true(snprintf(path, PATH_MAX, "%s/%s", self, name) < PATH_MAX);
	return path;
}

/* The path of a fixture plugin. */
static inline const char *fixture(const char *name)
{
	char place[64];

	snprintf(place, sizeof(place), "tests/host/%s.so", name);
	return built(place);
}

/* JSON from text in which ' stands for ". NULL for NULL. */
static inline json_t *json_of(const char *text)
{
	char *copy;
	json_t *json;

	if (!text)
		return NULL;
	copy = strdup(text);
	for (char *byte = copy; *byte; byte++)
		*byte = *byte == '\'' ? '"' : *byte;
	json = json_loads(copy, JSON_DECODE_ANY, NULL);
	if (!json)
		fail_msg("not JSON: %s", copy);
	free(copy);
	return json;
}

/* Asserts that JSON is, in its compact form with ' for ", `expected`. */
static inline void assert_json(const json_t *json, const char *expected)
{
	char *text = json ? json_text(json, JSON_STYLE_COMPACT) : mem_text("(none)");

	assert_non_null(text);
	for (char *byte = text; *byte; byte++)
		*byte = *byte == '"' ? '\'' : *byte;
	assert_string_equal(text, expected);
	mem_free(text);
}

/* Asserts that an error has the code, and `part` somewhere in its line; NULL: anything. */
static inline void assert_failure(const struct tocsin_error *err, enum tocsin_code code, enum tocsin_code expected,
				  const char *part)
{
	char line[TOCSIN_ERROR_ROOM + 64];

	tocsin_error_line(err, line, sizeof(line));
	if (code != expected || (code && err->code != expected) || (part && !strstr(line, part)))
		fail_msg("expected %s with \"%s\", got %s (%s): %s", tocsin_code_name(expected), part ? part : "",
			 tocsin_code_name(code), tocsin_code_name(err->code), line);
}

/* The contract of a fixture plugin; one reference. */
static inline struct plugin *contract_of(const char *name)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin_file file;
	struct plugin *plugin;

	assert_failure(&err, plugin_file_open(fixture(name), &file, &err), TOCSIN_OK, NULL);
	assert_failure(&err, plugin_file_contract(&file, &plugin, &err), TOCSIN_OK, NULL);
	plugin_file_close(&file);
	return plugin;
}

#endif

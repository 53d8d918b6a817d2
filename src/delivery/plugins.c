/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin files by directory or by name; see plugins.h.
 *
 * Of a directory, one bad file hides no other: it is put aside with its reason. A plugin that is there
 * twice is a problem, because nobody could say which of the two a receiver means.
 */
#include "delivery/plugins.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/json.h"
#include "contract/field.h"
#include "loader/directory.h"

#define FILE_PATH_CEILING 4096

static const struct field plugins_field = {
	.name = "plugins", .kind = TOCSIN_KIND_LIST, .minimum = {.present = true, .integer = 1}};

/* One path being searched. */
struct searching {
	const struct plugin_search *search;
	struct problems *complaints; /* where what is wrong with this path goes */
	const char *place; /* "plugins[1]" */
};

static void put_aside(void *data, const char *path, const struct tocsin_error *reason)
{
	const struct searching *searching = data;
	const struct plugin_search *search = searching->search;
	char line[TOCSIN_ERROR_ROOM];

	tocsin_error_line(reason, line, sizeof(line));
	if (reason->code == TOCSIN_EXISTS) {
		problems_add(searching->complaints, searching->place, "%s", line);
		return;
	}
	problems_add(search->refused, path, "%s", line);
	problems_add(search->warnings, searching->place, "a file is left out: %s", line);
}

static enum tocsin_code add_path(struct searching *searching, const char *path, struct registry *registry)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char line[TOCSIN_ERROR_ROOM];
	struct stat about;
	enum tocsin_code code;

	if (stat(path, &about))
		code = tocsin_fail(&err, errno == ENOENT ? TOCSIN_NOT_FOUND : TOCSIN_IO, "%s cannot be read: %s", path,
				   strerror(errno));
	else if (S_ISDIR(about.st_mode))
		code = loader_add_directory(registry, path, put_aside, searching, &err);
	else
		code = loader_add_file(registry, path, &err);
	if (code && code != TOCSIN_NO_MEMORY)
		problems_add(searching->complaints, searching->place, "%s",
			     tocsin_error_line(&err, line, sizeof(line)));
	return code == TOCSIN_NO_MEMORY ? code : TOCSIN_OK;
}

/* A listed path, made relative to the configuration's directory. */
static enum tocsin_code add_listed(struct searching *searching, const char *path, struct registry *registry)
{
	const char *slash = strrchr(searching->search->file, '/');
	const int directory = *path == '/' || !slash ? 0 : (int)(slash - searching->search->file) + 1;
	enum tocsin_code code;
	struct buffer whole;

	buffer_init(&whole, FILE_PATH_CEILING);
	buffer_format(&whole, "%.*s%s", directory, searching->search->file, path);
	code = buffer_code(&whole);
	if (!*path)
		problems_add(searching->complaints, searching->place, "is empty");
	else if (code == TOCSIN_LIMIT)
		problems_add(searching->complaints, searching->place, "is longer than %d bytes", FILE_PATH_CEILING);
	else if (!code)
		code = add_path(searching, buffer_text(&whole), registry);
	buffer_release(&whole);
	return code == TOCSIN_LIMIT ? TOCSIN_OK : code;
}

static enum tocsin_code find_listed(const struct plugin_search *search, struct registry *registry)
{
	json_t *list = NULL;
	enum tocsin_code code = field_coerce(&plugins_field, search->listed, "plugins", &list, search->problems);
	const json_t *item;
	size_t index;

	json_array_foreach (list, index, item) {
		char place[48];
		struct searching searching = {search, search->problems, place};

		snprintf(place, sizeof(place), "plugins[%zu]", index);
		code = add_listed(&searching, json_string_value(item), registry);
		if (code)
			break;
	}
	json_decref(list);
	return code == TOCSIN_NO_MEMORY ? code : TOCSIN_OK;
}

enum tocsin_code plugins_find(const struct plugin_search *search, struct registry *registry)
{
	struct searching searching = {search, search->warnings, "plugins"};
	enum tocsin_code code = TOCSIN_OK;

	if (search->listed)
		return find_listed(search, registry);
	if (!search->path_count)
		problems_add(search->problems, "plugins", "is missing: it lists the directories of the adapters");
	for (size_t i = 0; i < search->path_count && !code; i++)
		code = add_path(&searching, search->paths[i], registry);
	return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories of plugins; see directory.h.
 *
 * Files are taken in the order of their names, so that two machines with the same files refuse the same
 * one of a duplicate. What is wrong with one file is told and the next is read; only a directory that
 * cannot be read, or a lack of memory, which is no file's fault, ends the call.
 */
#include "loader/directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "loader/file.h"

/* Far above the adapters that exist; it bounds what a directory full of names can cost. */
#define FILES_CEILING 16384u

#define SUFFIX ".so"

struct paths {
	char **items;
	size_t count;
	size_t room;
};

static void paths_release(struct paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		mem_free(paths->items[i]);
	mem_free(paths->items);
	*paths = (struct paths){0};
}

/* Adds "directory/name". */
static enum tocsin_code paths_add(struct paths *paths, const char *directory, const char *name,
				  struct tocsin_error *err)
{
	const size_t length = strlen(directory), size = length + 1 + strlen(name) + 1;
	const char *slash = length && directory[length - 1] == '/' ? "" : "/";
	char *path;

	if (paths->count == FILES_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "the plugin directory %s has more than %u plugin files",
				   directory, FILES_CEILING);
	if (paths->count == paths->room) {
		const size_t room = paths->room ? paths->room * 2 : 16;
		char **items = mem_grow(paths->items, room, sizeof(*items));

		if (!items)
			return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the names in %s", directory);
		paths->items = items;
		paths->room = room;
	}
	path = mem_alloc(size);
	if (!path)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the names in %s", directory);
	snprintf(path, size, "%s%s%s", directory, slash, name);
	paths->items[paths->count++] = path;
	return TOCSIN_OK;
}

static bool is_plugin_name(const char *name)
{
	const size_t length = strlen(name);

	return name[0] != '.' && length >= sizeof(SUFFIX) && strcmp(name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static int compare_paths(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static enum tocsin_code list_directory(const char *path, struct paths *paths, struct tocsin_error *err)
{
	DIR *directory = opendir(path);
	enum tocsin_code code = TOCSIN_OK;

	if (!directory)
		return tocsin_fail(err, errno == ENOENT ? TOCSIN_NOT_FOUND : TOCSIN_IO,
				   "the plugin directory %s cannot be opened: %s", path, strerror(errno));
	while (!code) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(directory);
		if (!entry) {
			if (errno)
				code = tocsin_fail(err, TOCSIN_IO, "the plugin directory %s cannot be read: %s", path,
						   strerror(errno));
			break;
		}
		if (is_plugin_name(entry->d_name))
			code = paths_add(paths, path, entry->d_name, err);
	}
	closedir(directory);
	if (paths->count)
		qsort(paths->items, paths->count, sizeof(*paths->items), compare_paths);
	return code;
}

enum tocsin_code loader_add_file(struct registry *registry, const char *path, struct tocsin_error *err)
{
	struct plugin_file file;
	struct plugin *plugin;
	enum tocsin_code code = plugin_file_open(path, &file, err);

	if (code)
		return code;
	code = plugin_file_contract(&file, &plugin, err);
	plugin_file_close(&file);
	if (code)
		return code;
	code = registry_add(registry, plugin, err);
	plugin_unref(plugin);
	return code;
}

enum tocsin_code loader_add_directory(struct registry *registry, const char *path, loader_refused *refused, void *data,
				      struct tocsin_error *err)
{
	struct paths paths = {0};
	enum tocsin_code code = list_directory(path, &paths, err);

	for (size_t i = 0; i < paths.count && !code; i++) {
		struct tocsin_error reason = TOCSIN_ERROR_INIT;
		const enum tocsin_code problem = loader_add_file(registry, paths.items[i], &reason);

		if (problem == TOCSIN_NO_MEMORY)
			code = tocsin_fail(err, problem, "no memory for the plugin file %s", paths.items[i]);
		else if (problem && refused)
			refused(data, paths.items[i], &reason);
	}
	paths_release(&paths);
	return code;
}

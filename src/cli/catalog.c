/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where plugins come from, and their contracts; see catalog.h.
 *
 * A path that was named and cannot be read is a failure; a file in a directory that is refused is a
 * warning, since one bad file must not take the others away. Nothing is loaded or run.
 */
#include "cli/catalog.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"
#include "build-config.h"
#include "cli/report.h"
#include "loader/directory.h"

static enum tocsin_code add_path(struct plugin_paths *paths, const char *path, size_t length, struct tocsin_error *err)
{
	if (paths->count == PLUGIN_PATHS_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "more than %d plugin paths", PLUGIN_PATHS_CEILING);
	paths->items[paths->count] = arena_text_of(&paths->arena, path, length);
	if (!paths->items[paths->count])
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a path");
	paths->count++;
	return TOCSIN_OK;
}

/* The paths of TOCSIN_PLUGINS; empty ones count for nothing. */
static enum tocsin_code add_environment(struct plugin_paths *paths, const char *value, struct tocsin_error *err)
{
	enum tocsin_code code = TOCSIN_OK;

	while (!code && *value) {
		const size_t length = strcspn(value, ":");

		if (length)
			code = add_path(paths, value, length, err);
		value += length + (value[length] == ':');
	}
	return code;
}

/* "adapters" beside the running program, as it is in a build directory. */
static bool beside_program(char ret_path[PATH_MAX])
{
	static const char name[] = "adapters";
	struct stat status;
	ssize_t length = readlink("/proc/self/exe", ret_path, PATH_MAX);

	if (length <= 0)
		return false;
	while (length && ret_path[length - 1] != '/')
		length--;
	if ((size_t)length + sizeof(name) > PATH_MAX)
		return false;
	memcpy(ret_path + length, name, sizeof(name));
	return stat(ret_path, &status) == 0 && S_ISDIR(status.st_mode);
}

static enum tocsin_code find_paths(const struct call *call, struct plugin_paths *paths, struct tocsin_error *err)
{
	const char *environment = getenv("TOCSIN_PLUGINS");
	char beside[PATH_MAX];
	size_t count;
	const char *const *given = call_values(call, "plugins", &count);
	enum tocsin_code code = TOCSIN_OK;

	for (size_t i = 0; i < count && !code; i++)
		code = add_path(paths, given[i], strlen(given[i]), err);
	if (code || count)
		return code;
	if (environment)
		code = add_environment(paths, environment, err);
	if (code || paths->count)
		return code;
	if (beside_program(beside))
		return add_path(paths, beside, strlen(beside), err);
	return add_path(paths, TOCSIN_ADAPTERS_INSTALLED, strlen(TOCSIN_ADAPTERS_INSTALLED), err);
}

enum tocsin_code plugin_paths_find(const struct call *call, struct plugin_paths *ret_paths, struct tocsin_error *err)
{
	struct plugin_paths paths = {.count = 0};
	const enum tocsin_code code = find_paths(call, &paths, err);

	if (code)
		plugin_paths_release(&paths);
	else
		*ret_paths = paths;
	return code;
}

void plugin_paths_release(struct plugin_paths *paths)
{
	arena_release(&paths->arena);
	paths->count = 0;
}

static void warn(void *data, const char *path, const struct tocsin_error *reason)
{
	char line[TOCSIN_ERROR_ROOM + 64];

	(void)data;
	tocsin_error_line(reason, line, sizeof(line));
	/* Most reasons name their file themselves. */
	if (strstr(line, path))
		report_warning("%s", line);
	else
		report_warning("%s: %s", path, line);
}

static enum tocsin_code load_path(struct registry *registry, const char *path, struct tocsin_error *err)
{
	struct stat status;

	if (stat(path, &status))
		return tocsin_fail(err, TOCSIN_NOT_FOUND,
				   "there are no plugins at %s: %s; --plugins says where they are", path,
				   strerror(errno));
	if (S_ISDIR(status.st_mode))
		return loader_add_directory(registry, path, warn, NULL, err);
	return loader_add_file(registry, path, err);
}

/* Fails when no plugin is in the group, naming the groups that there are. */
static enum cli_exit check_group(const struct registry *registry, const char *group)
{
	const char *groups[16];
	struct buffer list;
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; i < registry->count; i++) {
		const char *name = registry->plugins[i]->group;

		if (strcmp(name, group) == 0)
			return CLI_OK;
		/* Sorted by group; a list in a message need not be complete. */
		if (count < COUNT_OF(groups) && (!count || strcmp(name, groups[count - 1]) != 0))
			groups[count++] = name;
	}
	if (!count)
		return report("there is no group \"%s\": no plugins were found", group);
	nearest = text_nearest(group, groups, count);
	if (nearest)
		return report("there is no group \"%s\"; did you mean %s?", group, nearest);
	buffer_init(&list, 4096);
	for (size_t i = 0; i < count; i++)
		buffer_format(&list, "%s%s", i ? ", " : "", groups[i]);
	report("there is no group \"%s\"; there is %s", group, buffer_text(&list));
	buffer_release(&list);
	return CLI_FAILED;
}

enum cli_exit catalog_load(const struct call *call, const char *group, struct registry *ret_registry)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin_paths paths;
	enum tocsin_code code;

	*ret_registry = (struct registry){.count = 0};
	if (plugin_paths_find(call, &paths, &err))
		return report_error(&err);
	code = TOCSIN_OK;
	for (size_t i = 0; i < paths.count && !code; i++)
		code = load_path(ret_registry, paths.items[i], &err);
	plugin_paths_release(&paths);
	if (code)
		return report_error(&err);
	return group ? check_group(ret_registry, group) : CLI_OK;
}

struct plugin *catalog_find(const struct call *call, const struct registry *registry)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin *plugin = registry_find(registry, call->operands[0], call->operands[1], &err);

	if (!plugin)
		report_error(&err);
	return plugin;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CATALOG_H
#define CLI_CATALOG_H

/*
 * Where a command's plugins come from: --plugins, else the environment's TOCSIN_PLUGINS (paths with colons
 * between), else "adapters" beside the running program when there is such a directory, else the directory
 * they are installed in.
 */

#include "cli/command.h"
#include "contract/registry.h"

#define PLUGIN_PATHS_CEILING 64

struct plugin_paths {
	const char *items[PLUGIN_PATHS_CEILING];
	size_t count;
	struct arena arena;
};

enum tocsin_code plugin_paths_find(const struct call *call, struct plugin_paths *ret_paths, struct tocsin_error *err);
void plugin_paths_release(struct plugin_paths *paths);

/*
 * Reads the contracts of all plugins into a registry, which the caller releases in every case. A file that
 * is refused is a warning and hides no other. With `group`, it is a failure that no plugin is in it.
 */
enum cli_exit catalog_load(const struct call *call, const char *group, struct registry *ret_registry);

/* The plugin that the first two operands name, from the plugins of catalog_load(); NULL when reported. */
struct plugin *catalog_find(const struct call *call, const struct registry *registry);

#endif

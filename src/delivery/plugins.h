/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_PLUGINS_H
#define DELIVERY_PLUGINS_H

/* Finds the plugin files that the configuration lists under `plugins`. Reads contracts; runs nothing. */

#include <jansson.h>

#include "contract/registry.h"

struct plugin_search {
	const json_t *listed; /* the value of `plugins`, or NULL */
	const char *file; /* the configuration's; relative paths are relative to its directory */
	const char *const *paths; /* searched when nothing is listed */
	size_t path_count;
	struct problems *refused; /* files that were not added: path and reason */
	struct problems *warnings; /* the same by place; all about `paths`, which nobody wrote into the file */
	struct problems *problems;
};

/* Adds what it finds to `registry`. Only want of memory fails; what is wrong is told. */
enum tocsin_code plugins_find(const struct plugin_search *search, struct registry *registry);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOADER_DIRECTORY_H
#define LOADER_DIRECTORY_H

/* Finds plugin files and puts their contracts into a registry. */

#include "contract/registry.h"

/* Told of each file that was not added, with the reason. */
typedef void loader_refused(void *data, const char *path, const struct tocsin_error *reason);

enum tocsin_code loader_add_file(struct registry *registry, const char *path, struct tocsin_error *err);

/*
 * Adds every "*.so" of a directory, in the order of their names. A file that cannot be added is told to
 * `refused` (may be NULL) and hides no other. Fails only when the directory cannot be read.
 */
enum tocsin_code loader_add_directory(struct registry *registry, const char *path, loader_refused *refused, void *data,
				      struct tocsin_error *err);

#endif

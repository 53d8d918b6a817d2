/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_LIBRARY_H
#define HOST_LIBRARY_H

/* Plugin files loaded into this process: in a worker its one, in a program that embeds plugins several. */

#include "contract/plugin.h"

#define LIBRARIES_CEILING 256 /* files a process; none is ever unloaded */

/*
 * Loads the plugin file open at `fd`, which the caller keeps, and compiles the live table. Constructors run.
 * The same file loads once, whatever descriptor names it. `origin` is its path for people. `*ret_plugin` is
 * a new reference. May be called from any thread; the plugin is the caller's thread's as ever.
 */
enum tocsin_code library_load(int fd, const char *origin, struct plugin **ret_plugin, struct tocsin_error *err);

#endif

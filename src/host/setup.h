/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_SETUP_H
#define HOST_SETUP_H

/* What a worker does to itself before it listens, in the one order in which it holds. */

#include <tocsin/plugin.h>

#include "contract/plugin.h"

#define SETUP_SOCKET 3 /* the host's end is the other one */
#define SETUP_PLUGIN 4 /* the plugin's file */
#define SETUP_DESCRIPTORS 16 /* a pure plugin's, the worker's own included */
#define SETUP_MEMORY (256ul * 1024 * 1024) /* of address space, for a pure plugin */

struct setup {
	enum tocsin_tier tier;
	const char *origin; /* the plugin's path, for people */
	struct plugin *plugin; /* out: the live one; the caller's reference */
};

/* Runs all steps; fails at the first that fails, which is then named in the chain. */
enum tocsin_code setup_run(struct setup *setup, struct tocsin_error *err);

#endif

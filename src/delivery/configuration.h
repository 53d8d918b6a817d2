/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_CONFIGURATION_H
#define DELIVERY_CONFIGURATION_H

/*
 * The configuration file given its meaning: plugins, receivers, routes. configuration_load() finds
 * everything that is wrong at once.
 */

#include "config/document.h"
#include "delivery/receiver.h"
#include "delivery/route.h"

struct configuration {
	struct document document;
	struct tocsin_host host;
	struct receiver *receivers; /* sorted by name */
	size_t receiver_count;
	struct routes routes;
	struct problems warnings; /* what is odd, but stops nothing */
};

struct configuration_options {
	const char *const *plugin_paths; /* directories or files used when the file names none */
	size_t plugin_path_count;
	enum secrets_mode secrets;
	enum tocsin_place place;
};

/*
 * Reads `path`. On TOCSIN_INVALID `problems` has everything that is wrong, with paths that
 * document_position() knows, and `err` the same as one sentence; a file that cannot be read or is no YAML
 * is in `err` alone. `*ret_configuration` is set and must be released in every case; receivers point into
 * it, so it must stay where it is. Relative plugin paths, and those of "file:", are relative to the file's
 * directory.
 */
enum tocsin_code configuration_load(const char *path, const struct configuration_options *options,
				    struct configuration *ret_configuration, struct problems *problems,
				    struct tocsin_error *err);
void configuration_release(struct configuration *configuration);

struct receiver *configuration_receiver(const struct configuration *configuration, const char *name,
					struct tocsin_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PART_H
#define CLI_PART_H

/* One part of one plugin: what `tocsin field` and `tocsin action` have in common. */

#include <jansson.h>

#include "cli/command.h"
#include "contract/plugin.h"

/* The manifest of the plugin's part `name`: NULL and an error when it has none, NULL alone without memory. */
typedef json_t *part_manifest(const struct plugin *plugin, const char *name, struct tocsin_error *err);

/* Prints {group, plugin_name, KIND: manifest} for the operands GROUP, NAME and the part's name. */
enum cli_exit part_print(const struct call *call, const char *kind, part_manifest *manifest);

#endif

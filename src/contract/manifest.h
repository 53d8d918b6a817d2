/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTRACT_MANIFEST_H
#define CONTRACT_MANIFEST_H

/*
 * Contracts as JSON and as text, format version 1. Equal contracts give equal bytes. Nothing here says
 * what a plugin did, where its file is, or what its settings are.
 */

#include "contract/registry.h"

json_t *action_manifest(const struct action *action);
json_t *plugin_manifest(const struct plugin *plugin);

/* {group: [plugin, ...]}, sorted; only `group` when it is not NULL. An unknown group is an empty list. */
json_t *registry_manifest(const struct registry *registry, const char *group);

/*
 * Signatures in Python's notation, whatever language the plugin is written in:
 * "(*, prefix='[incident]', uppercase_severity=False)" and "(*, title: str) -> str".
 * New text for mem_free(), NULL without memory.
 */
char *plugin_constructor(const struct plugin *plugin);
char *action_signature(const struct action *action);

/* Whether both are the same contract, by their manifests. TOCSIN_NO_MEMORY, or TOCSIN_INVALID when not. */
enum tocsin_code plugin_same(const struct plugin *one, const struct plugin *other, struct tocsin_error *err);

#endif

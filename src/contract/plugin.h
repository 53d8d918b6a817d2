/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTRACT_PLUGIN_H
#define CONTRACT_PLUGIN_H

/*
 * A plugin's contract: compiled, checked, independent of where it was read.
 *
 * plugin_compile() is the one way in. It takes the public table, either the live one of a loaded plugin
 * or a copy that the loader made of a file's bytes, trusts nothing in it, and reports everything that is
 * wrong at once. Reference counted: registries, instances and scopes each hold their own reference.
 */

#include "contract/field.h"

struct action {
	const char *name;
	const char *summary;
	tocsin_run *run; /* NULL when the contract was read without loading the plugin */
	struct field *parameters;
	size_t parameter_count;
	uint32_t arguments_size;
	enum tocsin_returns returns;
};

/*
 * Whether function pointers in the table may be called. A table read from a file has none: its `run`
 * members are only compared with NULL.
 */
enum plugin_source {
	PLUGIN_LIVE,
	PLUGIN_READ,
};

struct plugin {
	size_t references;
	enum plugin_source source;
	struct arena arena; /* owns all text and arrays */
	const char *group;
	const char *name;
	const char *version;
	const char *doc;
	const char *language; /* "c" or "python" */
	const char *origin; /* where it was declared: a file's path, for people */
	uint32_t api_version;
	enum tocsin_tier tier;
	bool idempotent;
	const char **hosts;
	size_t host_count;
	struct field *fields;
	size_t field_count;
	uint32_t settings_size;
	struct action *actions;
	size_t action_count;
};

/* Ceilings of a contract. Far above what a person writes; they bound what a hostile file can cost. */
#define PLUGIN_FIELDS_CEILING 256
#define PLUGIN_ACTIONS_CEILING 64
#define PLUGIN_CHOICES_CEILING 256
#define PLUGIN_HOSTS_CEILING 64
#define PLUGIN_STRUCTURE_CEILING 65536u
#define PLUGIN_TEXT_CEILING 8192 /* bytes of one text */
#define PLUGIN_ROWS_CEILING 1024 /* fields and parameters of all actions together */
#define PLUGIN_SIZE_CEILING ((size_t)4 * 1024 * 1024) /* bytes of all texts and rows together */

/* What the rows of the first ABI had, in bytes; a shorter one was never published. */
#define PLUGIN_TABLE_FIRST_SIZE 96u
#define PLUGIN_FIELD_FIRST_SIZE 80u
#define PLUGIN_ACTION_FIRST_SIZE 48u

/* Rows longer than this are no table; they bound what one row costs to read. */
#define PLUGIN_ROW_CEILING 1024u

/*
 * Compiles `table` into a new plugin with one reference. `table` must be in native shape: see
 * plugin_widen(). Fails with TOCSIN_INVALID and all problems in the error's text.
 */
enum tocsin_code plugin_compile(const struct tocsin_plugin *table, enum plugin_source source, const char *origin,
				struct plugin **ret_plugin, struct tocsin_error *err);

/*
 * Copies a live table of an older or newer minor shape into native shape, in `arena`: members that the
 * table does not have are zero, bytes that we do not know must be zero.
 */
enum tocsin_code plugin_widen(const struct tocsin_plugin *table, struct arena *arena, struct tocsin_plugin *ret_table,
			      struct tocsin_error *err);

struct plugin *plugin_ref(struct plugin *plugin);
void plugin_unref(struct plugin *plugin);

/* NULL and an error that names the nearest when there is none of that name. */
const struct field *plugin_field(const struct plugin *plugin, const char *name, struct tocsin_error *err);
const struct action *plugin_action(const struct plugin *plugin, const char *name, struct tocsin_error *err);

/* The same without an error, for asking. */
const struct action *plugin_find_action(const struct plugin *plugin, const char *name);
const struct field *action_parameter(const struct action *action, const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of an older or newer shape made native ones; see plugin_widen().
 *
 * Rows only grow, at their end, and a member that is zero means what its absence meant. So a shorter row is
 * padded with zeros, and a longer one is cut when the rest of it is zero: when it is not, it says something
 * that we would ignore, and is refused. The sizes below must never shrink.
 */
#include <assert.h>
#include <string.h>

#include "contract/plugin.h"

static_assert(sizeof(struct tocsin_plugin) >= PLUGIN_TABLE_FIRST_SIZE, "the table only grows");
static_assert(sizeof(struct tocsin_field) >= PLUGIN_FIELD_FIRST_SIZE, "rows only grow");
static_assert(sizeof(struct tocsin_action) >= PLUGIN_ACTION_FIRST_SIZE, "rows only grow");

/* Copies the part of a row that we know and refuses a tail that says something we do not know. */
static enum tocsin_code widen_row(const void *row, size_t row_size, void *native, size_t native_size, const char *what,
				  struct tocsin_error *err)
{
	const unsigned char *bytes = row;

	memcpy(native, row, row_size < native_size ? row_size : native_size);
	for (size_t i = native_size; i < row_size; i++)
		if (bytes[i])
			return tocsin_fail(err, TOCSIN_INVALID,
					   "the table of %s says something that this version of tocsin does not know",
					   what);
	return TOCSIN_OK;
}

static enum tocsin_code widen_rows(const void *items, uint32_t count, uint32_t stride, size_t first_size,
				   size_t native_size, size_t ceiling, const char *what, struct arena *arena,
				   const void **ret_items, struct tocsin_error *err)
{
	unsigned char *rows;

	if (!count) {
		*ret_items = NULL;
		return TOCSIN_OK;
	}
	if (count > ceiling)
		return tocsin_fail(err, TOCSIN_INVALID, "the table of %s has %u rows, at most %zu are allowed", what,
				   count, ceiling);
	if (!items)
		return tocsin_fail(err, TOCSIN_INVALID, "the table of %s is missing, and is to have %u rows", what,
				   count);
	if (stride < first_size || stride > PLUGIN_ROW_CEILING || stride % 8)
		return tocsin_fail(err, TOCSIN_INVALID, "the table of %s has rows of %u bytes, %zu to %u are known",
				   what, stride, first_size, PLUGIN_ROW_CEILING);
	rows = arena_alloc(arena, count * native_size);
	if (!rows)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the table of %s", what);
	for (size_t i = 0; i < count; i++)
		if (widen_row((const unsigned char *)items + i * stride, stride, rows + i * native_size, native_size,
			      what, err))
			return TOCSIN_INVALID;
	*ret_items = rows;
	return TOCSIN_OK;
}

static enum tocsin_code widen_fields(struct tocsin_fields *fields, const char *what, struct arena *arena,
				     struct tocsin_error *err)
{
	const void *items = NULL;
	const enum tocsin_code code =
		widen_rows(fields->items, fields->count, fields->stride, PLUGIN_FIELD_FIRST_SIZE,
			   sizeof(struct tocsin_field), PLUGIN_FIELDS_CEILING, what, arena, &items, err);

	if (!code)
		*fields = (struct tocsin_fields){items, fields->count, sizeof(struct tocsin_field)};
	return code;
}

enum tocsin_code plugin_widen(const struct tocsin_plugin *table, struct arena *arena, struct tocsin_plugin *ret_table,
			      struct tocsin_error *err)
{
	struct tocsin_plugin native = {0};
	struct tocsin_action *actions;
	const void *items = NULL;
	enum tocsin_code code;

	if (table->abi.number != TOCSIN_ABI_NUMBER)
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the plugin was built for ABI %u, this version of tocsin reads ABI %u",
				   table->abi.number, TOCSIN_ABI_NUMBER);
	if (table->abi.size < PLUGIN_TABLE_FIRST_SIZE || table->abi.size > PLUGIN_ROW_CEILING || table->abi.size % 8)
		return tocsin_fail(err, TOCSIN_INVALID, "the table of the plugin has %u bytes, %u to %u are known",
				   table->abi.size, PLUGIN_TABLE_FIRST_SIZE, PLUGIN_ROW_CEILING);
	code = widen_row(table, table->abi.size, &native, sizeof(native), "the plugin", err);
	if (!code)
		code = widen_fields(&native.fields, "fields", arena, err);
	if (!code)
		code = widen_rows(native.actions.items, native.actions.count, native.actions.stride,
				  PLUGIN_ACTION_FIRST_SIZE, sizeof(*actions), PLUGIN_ACTIONS_CEILING, "actions", arena,
				  &items, err);
	if (code)
		return code;
	actions = (struct tocsin_action *)items;
	for (size_t i = 0; actions && i < native.actions.count && !code; i++)
		code = widen_fields(&actions[i].parameters, "parameters", arena, err);
	if (code)
		return code;
	native.abi.size = sizeof(native);
	native.actions = (struct tocsin_actions){actions, native.actions.count, sizeof(*actions)};
	*ret_table = native;
	return TOCSIN_OK;
}

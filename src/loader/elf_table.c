/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking the tables of <tocsin/plugin.h> in a file; see elf_table.h.
 *
 * The layouts below are those of a 64-bit little-endian machine, whatever this one is. A row that is
 * shorter than ours is an older one: what it lacks is zero. A longer one is newer: what we do not know
 * must be zero. Only the shape is judged here; plugin_compile() judges what the texts say.
 */
#include "loader/elf_table.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "loader/elf_row.h"
#include "loader/elf_symbol.h"

struct file_rows {
	uint64_t items;
	uint32_t count;
	uint32_t stride;
};

struct file_field {
	uint64_t name, description, preset, minimum, maximum, pattern, unit, choices;
	uint32_t kind, offset;
	uint8_t required, reserved[7];
};

struct file_action {
	uint64_t name, summary, run;
	struct file_rows parameters;
	uint32_t arguments_size, returns;
};

struct file_plugin {
	struct tocsin_abi abi;
	uint64_t group, name, version, doc;
	struct file_rows fields, actions;
	uint64_t hosts;
	uint32_t settings_size, tier;
	uint8_t idempotent, reserved[7];
};

#if UINTPTR_MAX == UINT64_MAX
static_assert(sizeof(struct file_field) == sizeof(struct tocsin_field), "the layouts follow plugin.h");
static_assert(sizeof(struct file_action) == sizeof(struct tocsin_action), "the layouts follow plugin.h");
static_assert(sizeof(struct file_plugin) == sizeof(struct tocsin_plugin), "the layouts follow plugin.h");
#endif

#define TEXT_MEMBER(row, member)                                                                                       \
	{                                                                                                              \
		.name = #member, .file = offsetof(struct file_##row, member),                                          \
		.native = offsetof(struct tocsin_##row, member),                                                       \
	}

/* Ascending in the file, as a span wants it; they stand before all other pointers of their rows. */
static const struct elf_text_member field_texts[] = {
	TEXT_MEMBER(field, name),    TEXT_MEMBER(field, description), TEXT_MEMBER(field, preset),
	TEXT_MEMBER(field, minimum), TEXT_MEMBER(field, maximum),     TEXT_MEMBER(field, pattern),
	TEXT_MEMBER(field, unit),
};
static const struct elf_text_member action_texts[] = {
	TEXT_MEMBER(action, name),
	TEXT_MEMBER(action, summary),
};
static const struct elf_text_member plugin_texts[] = {
	TEXT_MEMBER(plugin, group),
	TEXT_MEMBER(plugin, name),
	TEXT_MEMBER(plugin, version),
	TEXT_MEMBER(plugin, doc),
};

/* What a function of a file stands for: nobody can call it, since nothing of the file is loaded. */
static enum tocsin_code not_loaded(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				   struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)ret_result;
	return tocsin_fail(err, TOCSIN_DENIED, "the plugin's contract was read, its code was not loaded");
}

/* Reads one row of a table into native shape. */
typedef enum tocsin_code read_row(const struct elf_reader *reader, const struct elf_row *row, void *native,
				  struct tocsin_error *err);

/* A table whose pointer, count and stride stand at `member` of `row`. */
struct rows {
	const char *name;
	size_t member;
	uint32_t ceiling;
	uint32_t first_size;
	size_t native_size;
	read_row *read;
};

static enum tocsin_code read_rows(const struct elf_reader *reader, const struct elf_row *row, const struct rows *rows,
				  const void **ret_items, uint32_t *ret_count, struct tocsin_error *err)
{
	const struct elf_path path = {row->path, rows->name, ELF_PATH_NO_INDEX};
	const uint32_t count = elf_row_u32(row, rows->member + offsetof(struct file_rows, count));
	const uint32_t stride = elf_row_u32(row, rows->member + offsetof(struct file_rows, stride));
	struct elf_pointer pointer;
	struct elf_span span;
	unsigned char *items = NULL;
	enum tocsin_code code = elf_row_pointer(row, rows->member, &path, &pointer, err);

	if (!code && count) {
		if (count > rows->ceiling)
			return elf_path_fail(&path, err, "has %u rows, at most %u are allowed", count, rows->ceiling);
		if (stride < rows->first_size || stride > PLUGIN_ROW_CEILING || stride % sizeof(uint64_t))
			return elf_path_fail(&path, err, "has rows of %u bytes, which no version of tocsin made",
					     stride);
		if (pointer.kind == ELF_POINTER_NULL)
			return elf_path_fail(&path, err, "has %u rows at no address", count);
		code = elf_reader_open(reader, &pointer, &path, &span, err);
		if (!code && span.size < (uint64_t)count * stride)
			return elf_path_fail(&path, err, "reaches beyond the constant data of the file");
		if (code)
			return code;
		items = arena_alloc(reader->arena, count * rows->native_size);
		code = elf_reader_check(reader, items, err);
	}
	for (uint32_t i = 0; i < count && !code; i++) {
		const struct elf_path item_path = {row->path, rows->name, i};
		const struct elf_row item = {&span, (uint64_t)i * stride, stride, &item_path};

		code = rows->read(reader, &item, items + i * rows->native_size, err);
	}
	if (code)
		return code;
	*ret_items = items;
	*ret_count = count;
	return TOCSIN_OK;
}

static enum tocsin_code read_field(const struct elf_reader *reader, const struct elf_row *row, void *native,
				   struct tocsin_error *err)
{
	struct tocsin_field *field = native;
	enum tocsin_code code = elf_row_texts(reader, row, field_texts, COUNT_OF(field_texts), field, err);

	if (!code)
		code = elf_row_list(reader, row, offsetof(struct file_field, choices), "choices",
				    PLUGIN_CHOICES_CEILING, &field->choices, err);
	field->kind = elf_row_u32(row, offsetof(struct file_field, kind));
	field->offset = elf_row_u32(row, offsetof(struct file_field, offset));
	if (!code)
		code = elf_row_flag(row, offsetof(struct file_field, required), "required", &field->required, err);
	return code ? code : elf_row_end(row, offsetof(struct file_field, reserved), err);
}

static enum tocsin_code read_fields(const struct elf_reader *reader, const struct elf_row *row, const char *name,
				    size_t member, struct tocsin_fields *fields, struct tocsin_error *err)
{
	const struct rows rows = {
		name, member, PLUGIN_FIELDS_CEILING, PLUGIN_FIELD_FIRST_SIZE, sizeof(struct tocsin_field), read_field,
	};
	const void *items;
	uint32_t count;
	const enum tocsin_code code = read_rows(reader, row, &rows, &items, &count, err);

	if (!code)
		*fields = (struct tocsin_fields){items, count, sizeof(struct tocsin_field)};
	return code;
}

static enum tocsin_code read_run(const struct elf_reader *reader, const struct elf_row *row, tocsin_run **ret_run,
				 struct tocsin_error *err)
{
	const struct elf_path path = {row->path, "run", ELF_PATH_NO_INDEX};
	struct elf_pointer pointer;
	struct elf_symbol symbol = {0};
	enum tocsin_code code = elf_row_pointer(row, offsetof(struct file_action, run), &path, &pointer, err);

	if (code)
		return code;
	if (pointer.kind == ELF_POINTER_NULL) {
		*ret_run = NULL;
		return TOCSIN_OK;
	}
	if (pointer.kind == ELF_POINTER_SYMBOL) {
		code = elf_symbol_at(reader->image, reader->dynamic, pointer.symbol, &symbol, err);
		if (code)
			return code;
		if (!symbol.is_defined || symbol.type != STT_FUNC || pointer.address != 0)
			return elf_path_fail(&path, err, "is no function of this file");
	}
	if (!elf_image_is_code(reader->image, pointer.address + symbol.address))
		return elf_path_fail(&path, err, "points to what is no code of this file");
	*ret_run = not_loaded;
	return TOCSIN_OK;
}

static enum tocsin_code read_action(const struct elf_reader *reader, const struct elf_row *row, void *native,
				    struct tocsin_error *err)
{
	struct tocsin_action *action = native;
	enum tocsin_code code = elf_row_texts(reader, row, action_texts, COUNT_OF(action_texts), action, err);

	if (!code)
		code = read_run(reader, row, &action->run, err);
	if (!code)
		code = read_fields(reader, row, "parameters", offsetof(struct file_action, parameters),
				   &action->parameters, err);
	action->arguments_size = elf_row_u32(row, offsetof(struct file_action, arguments_size));
	action->returns = elf_row_u32(row, offsetof(struct file_action, returns));
	return code ? code : elf_row_end(row, sizeof(struct file_action), err);
}

static enum tocsin_code read_actions(const struct elf_reader *reader, const struct elf_row *row,
				     struct tocsin_actions *actions, struct tocsin_error *err)
{
	const struct rows rows = {
		"actions",
		offsetof(struct file_plugin, actions),
		PLUGIN_ACTIONS_CEILING,
		PLUGIN_ACTION_FIRST_SIZE,
		sizeof(struct tocsin_action),
		read_action,
	};
	const void *items;
	uint32_t count;
	const enum tocsin_code code = read_rows(reader, row, &rows, &items, &count, err);

	if (!code)
		*actions = (struct tocsin_actions){items, count, sizeof(struct tocsin_action)};
	return code;
}

static enum tocsin_code read_plugin(const struct elf_reader *reader, const struct elf_row *row,
				    struct tocsin_plugin *plugin, struct tocsin_error *err)
{
	enum tocsin_code code = elf_span_close(row->span, sizeof(struct tocsin_abi), NULL, err);

	if (!code)
		code = elf_row_texts(reader, row, plugin_texts, COUNT_OF(plugin_texts), plugin, err);
	if (!code)
		code = read_fields(reader, row, "fields", offsetof(struct file_plugin, fields), &plugin->fields, err);
	if (!code)
		code = read_actions(reader, row, &plugin->actions, err);
	if (!code)
		code = elf_row_list(reader, row, offsetof(struct file_plugin, hosts), "hosts", PLUGIN_HOSTS_CEILING,
				    &plugin->hosts, err);
	plugin->settings_size = elf_row_u32(row, offsetof(struct file_plugin, settings_size));
	plugin->tier = elf_row_u32(row, offsetof(struct file_plugin, tier));
	if (!code)
		code = elf_row_flag(row, offsetof(struct file_plugin, idempotent), "idempotent", &plugin->idempotent,
				    err);
	return code ? code : elf_row_end(row, offsetof(struct file_plugin, reserved), err);
}

enum tocsin_code elf_table_read(struct elf_image *image, const struct elf_dynamic *dynamic,
				const struct elf_relocations *relocations, uint64_t address, uint64_t size,
				struct arena *arena, struct tocsin_plugin *ret_table, struct tocsin_error *err)
{
	const struct elf_reader reader = {image, dynamic, relocations, arena, arena->total};
	struct tocsin_plugin plugin = {.abi = {TOCSIN_ABI_NUMBER, sizeof(plugin)}};
	struct elf_span span;
	struct elf_row row = {&span, 0, 0, NULL};
	uint32_t number;
	enum tocsin_code code = elf_span_open(image, relocations, address, &span, err);

	if (code)
		return code;
	if (span.size < PLUGIN_TABLE_FIRST_SIZE)
		return elf_path_fail(NULL, err, "is not constant data of the file: declare it with TOCSIN_PLUGIN");
	number = elf_u32(span.bytes + offsetof(struct tocsin_abi, number));
	row.size = elf_u32(span.bytes + offsetof(struct tocsin_abi, size));
	if (number != TOCSIN_ABI_NUMBER)
		return elf_path_fail(NULL, err, "has ABI %u, this version of tocsin has %u", number, TOCSIN_ABI_NUMBER);
	if (row.size < PLUGIN_TABLE_FIRST_SIZE || row.size > PLUGIN_ROW_CEILING || row.size % sizeof(uint64_t))
		return elf_path_fail(NULL, err, "says that it has %u bytes, which no version of tocsin made", row.size);
	if (size < row.size)
		return elf_path_fail(NULL, err, "says that it has %u bytes, but its symbol has fewer", row.size);
	if (span.size < row.size)
		return elf_path_fail(NULL, err, "reaches beyond the constant data of the file");
	code = read_plugin(&reader, &row, &plugin, err);
	if (!code)
		*ret_table = plugin;
	return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a table and the texts that they point to; see elf_row.h.
 *
 * Texts are copied, each with its terminator found inside constant data. A ceiling on the sum of
 * everything ends files whose small tables point to the same large texts again and again.
 */
#include "loader/elf_row.h"

#include <assert.h>

#include "contract/plugin.h"
#include "loader/elf_symbol.h"

uint32_t elf_row_u32(const struct elf_row *row, size_t member)
{
	return member + sizeof(uint32_t) <= row->size ? elf_u32(row->span->bytes + row->offset + member) : 0;
}

enum tocsin_code elf_row_flag(const struct elf_row *row, size_t member, const char *name, bool *ret_flag,
			      struct tocsin_error *err)
{
	const struct elf_path path = {row->path, name, ELF_PATH_NO_INDEX};
	const unsigned byte = member < row->size ? row->span->bytes[row->offset + member] : 0;

	if (byte > 1)
		return elf_path_fail(&path, err, "is %u, neither true nor false", byte);
	*ret_flag = byte;
	return TOCSIN_OK;
}

enum tocsin_code elf_row_pointer(const struct elf_row *row, size_t member, const struct elf_path *path,
				 struct elf_pointer *ret_pointer, struct tocsin_error *err)
{
	if (member + sizeof(uint64_t) <= row->size)
		return elf_span_pointer(row->span, row->offset + member, path, ret_pointer, err);
	*ret_pointer = (struct elf_pointer){.kind = ELF_POINTER_NULL};
	return TOCSIN_OK;
}

enum tocsin_code elf_reader_check(const struct elf_reader *reader, const void *memory, struct tocsin_error *err)
{
	if (!memory)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the plugin table");
	if (reader->arena->total - reader->before > ELF_CONTRACT_CEILING)
		return tocsin_fail(err, TOCSIN_INVALID, "the plugin table is larger than %u bytes with all its texts",
				   ELF_CONTRACT_CEILING);
	return TOCSIN_OK;
}

static enum tocsin_code refuse_symbol(const struct elf_reader *reader, const struct elf_pointer *pointer,
				      const struct elf_path *path, struct tocsin_error *err)
{
	struct elf_symbol symbol;
	const enum tocsin_code code = elf_symbol_at(reader->image, reader->dynamic, pointer->symbol, &symbol, err);
	const char *name;

	if (code)
		return code;
	name = symbol.name ? symbol.name : "?";
	if (symbol.is_defined)
		return elf_path_fail(
			path, err,
			"points to the symbol \"%.64s\", which another library could replace: declare it static", name);
	return elf_path_fail(path, err, "points to the symbol \"%.64s\", which is not in this file", name);
}

enum tocsin_code elf_reader_open(const struct elf_reader *reader, const struct elf_pointer *pointer,
				 const struct elf_path *path, struct elf_span *ret_span, struct tocsin_error *err)
{
	struct elf_span span;
	enum tocsin_code code;

	if (pointer->kind == ELF_POINTER_SYMBOL)
		return refuse_symbol(reader, pointer, path, err);
	code = elf_span_open(reader->image, reader->relocations, pointer->address, &span, err);
	if (code)
		return code;
	if (!span.size)
		return elf_path_fail(path, err,
				     "points to what is not constant data of the file: declare it static const");
	*ret_span = span;
	return TOCSIN_OK;
}

static enum tocsin_code read_text(const struct elf_reader *reader, const struct elf_pointer *pointer,
				  const struct elf_path *path, const char **ret_text, struct tocsin_error *err)
{
	struct elf_span span = {0};
	const unsigned char *end;
	size_t room, length;
	char *text;
	enum tocsin_code code;

	if (pointer->kind == ELF_POINTER_NULL) {
		*ret_text = NULL;
		return TOCSIN_OK;
	}
	code = elf_reader_open(reader, pointer, path, &span, err);
	if (code)
		return code;
	room = span.size < PLUGIN_TEXT_CEILING + 1 ? (size_t)span.size : PLUGIN_TEXT_CEILING + 1;
	end = room ? memchr(span.bytes, '\0', room) : NULL;
	if (!end)
		return elf_path_fail(path, err, "has no end within %zu bytes of constant data", room);
	length = (size_t)(end - span.bytes);
	code = elf_span_close(&span, length + 1, path, err);
	if (code)
		return code;
	text = arena_text_of(reader->arena, (const char *)span.bytes, length);
	code = elf_reader_check(reader, text, err);
	if (!code)
		*ret_text = text;
	return code;
}

enum tocsin_code elf_row_texts(const struct elf_reader *reader, const struct elf_row *row,
			       const struct elf_text_member *members, size_t count, void *native,
			       struct tocsin_error *err)
{
	enum tocsin_code code = TOCSIN_OK;

	for (size_t i = 0; i < count && !code; i++) {
		const struct elf_path path = {row->path, members[i].name, ELF_PATH_NO_INDEX};
		struct elf_pointer pointer;
		const char *text = NULL;

		code = elf_row_pointer(row, members[i].file, &path, &pointer, err);
		if (!code)
			code = read_text(reader, &pointer, &path, &text, err);
		if (!code)
			memcpy((unsigned char *)native + members[i].native, &text, sizeof(text));
	}
	return code;
}

enum tocsin_code elf_row_list(const struct elf_reader *reader, const struct elf_row *row, size_t member,
			      const char *name, size_t ceiling, const char *const **ret_texts, struct tocsin_error *err)
{
	const struct elf_path whole = {row->path, name, ELF_PATH_NO_INDEX};
	const char *found[PLUGIN_CHOICES_CEILING + 1] = {0};
	struct elf_pointer pointer;
	struct elf_span span = {0};
	const char **texts;
	size_t count = 0;
	enum tocsin_code code = elf_row_pointer(row, member, &whole, &pointer, err);

	static_assert(PLUGIN_CHOICES_CEILING >= PLUGIN_HOSTS_CEILING, "both have room");
	if (code || pointer.kind == ELF_POINTER_NULL) {
		if (!code)
			*ret_texts = NULL;
		return code;
	}
	code = elf_reader_open(reader, &pointer, &whole, &span, err);
	for (; !code; count++) {
		const struct elf_path path = {row->path, name, (uint32_t)count};

		if (span.size < (count + 1) * sizeof(uint64_t))
			return elf_path_fail(&whole, err, "has no NULL at its end");
		code = elf_span_pointer(&span, count * sizeof(uint64_t), &path, &pointer, err);
		if (!code && pointer.kind == ELF_POINTER_NULL)
			break;
		if (!code && count == ceiling)
			return elf_path_fail(&whole, err, "has more than %zu items, or no NULL at its end", ceiling);
		if (!code)
			code = read_text(reader, &pointer, &path, &found[count], err);
	}
	if (code)
		return code;
	texts = arena_alloc(reader->arena, (count + 1) * sizeof(*texts));
	code = elf_reader_check(reader, texts, err);
	if (code)
		return code;
	memcpy(texts, found, count * sizeof(*texts));
	*ret_texts = texts;
	return TOCSIN_OK;
}

enum tocsin_code elf_row_end(const struct elf_row *row, size_t known, struct tocsin_error *err)
{
	for (size_t i = known; i < row->size; i++)
		if (row->span->bytes[row->offset + i])
			return elf_path_fail(row->path, err,
					     "says something that this version of tocsin does not know (byte %zu)", i);
	return elf_span_close(row->span, row->offset + row->size, row->path, err);
}

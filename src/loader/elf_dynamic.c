/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dynamic section of a shared object; see elf_dynamic.h.
 *
 * An entry that stands twice is refused: the dynamic linker would take the last one, other tools the
 * first. Entries that nobody lists here change nothing of what a symbol or a relocation means, and are
 * passed over. Everything found wrong is fatal for the file.
 */
#include "loader/elf_dynamic.h"

#include <inttypes.h>

#include "base/text.h"
#include "build-config.h"

/* Linkers make about thirty. */
#define ENTRIES_CEILING 512u

#define NAME_ROOM 256u

static const char *const entry_texts[] = {
#define X(name, tag, text) [ELF_ENTRY_##name] = (text),
	ELF_ENTRIES(X)
#undef X
};

/* Entries that change what is loaded, searched or run, or how the bytes are to be read. */
static const struct {
	uint64_t tag;
	const char *sentence;
} refused_entries[] = {
	{DT_RPATH, "the file brings a library search path (DT_RPATH): link it without -rpath"},
	{DT_RUNPATH, "the file brings a library search path (DT_RUNPATH): link it without -rpath"},
	{DT_AUDIT, "the file names an auditor to be loaded (DT_AUDIT)"},
	{DT_DEPAUDIT, "the file names an auditor to be loaded (DT_DEPAUDIT)"},
	{DT_CONFIG, "the file names a configuration of the dynamic linker (DT_CONFIG)"},
	{DT_FILTER, "the file is a filter for another library (DT_FILTER)"},
	{DT_AUXILIARY, "the file is a filter for another library (DT_AUXILIARY)"},
	{DT_TEXTREL, "the file has relocations in its code (DT_TEXTREL): compile it with -fPIC"},
	{DT_REL, "the file has relocations of another machine's sort (DT_REL)"},
	{0x6000000f, "the file has relocations packed in Android's way: link it with --pack-dyn-relocs=relr or none"},
	{0x60000011, "the file has relocations packed in Android's way: link it with --pack-dyn-relocs=relr or none"},
};

/* Libraries that a plugin may need: each is in the worker already, or comes with the C library. */
static const char *const allowed_libraries[] = {
	"libc.so.6",
	"libm.so.6",
	"libpthread.so.0",
	"libgcc_s.so.1",
	"libtocsin.so.0",
	"ld-linux-x86-64.so.2",
	"ld-linux-aarch64.so.1",
};

#ifdef TOCSIN_SANITIZED
static const char *const allowed_beginnings[] = {"libasan.so.", "libubsan.so."};
#endif

static enum elf_entry entry_of(uint64_t tag)
{
	switch (tag) {
#define X(name, tag, text)                                                                                             \
	case tag:                                                                                                      \
		return ELF_ENTRY_##name;
		ELF_ENTRIES(X)
#undef X
	default:
		return ELF_ENTRY_COUNT;
	}
}

static enum tocsin_code take_entry(struct elf_dynamic *dynamic, uint64_t tag, uint64_t value, struct tocsin_error *err)
{
	const enum elf_entry entry = entry_of(tag);

	if (entry != ELF_ENTRY_COUNT) {
		if (dynamic->present[entry])
			return tocsin_fail(err, TOCSIN_INVALID, "%s stands twice in the dynamic section",
					   entry_texts[entry]);
		dynamic->present[entry] = true;
		dynamic->values[entry] = value;
		return TOCSIN_OK;
	}
	for (size_t i = 0; i < COUNT_OF(refused_entries); i++)
		if (refused_entries[i].tag == tag)
			return tocsin_fail(err, TOCSIN_INVALID, "%s", refused_entries[i].sentence);
	return TOCSIN_OK;
}

static enum tocsin_code check_flags(const struct elf_dynamic *dynamic, struct tocsin_error *err)
{
	const uint64_t flags = dynamic->values[ELF_ENTRY_FLAGS], flags_1 = dynamic->values[ELF_ENTRY_FLAGS_1];

	if (flags & DF_TEXTREL)
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the file has relocations in its code (DF_TEXTREL): compile it with -fPIC");
	if (flags_1 & DF_1_PIE)
		return tocsin_fail(err, TOCSIN_INVALID, "the file is a program (DF_1_PIE): link it with -shared");
	if (flags_1 & DF_1_NOOPEN)
		return tocsin_fail(err, TOCSIN_INVALID, "the file forbids that it be loaded (DF_1_NOOPEN)");
	if (flags_1 & DF_1_INTERPOSE)
		return tocsin_fail(err, TOCSIN_INVALID, "the file replaces functions of others (DF_1_INTERPOSE)");
	return TOCSIN_OK;
}

/* A table: its address needs its size, and its entries are of one known sort. */
static const struct table_shape {
	enum elf_entry address;
	enum elf_entry size; /* in bytes; ELF_ENTRY_COUNT: not said */
	uint64_t unit;
	enum elf_entry sort;
	uint64_t sort_value;
} table_shapes[] = {
	{ELF_ENTRY_STRINGS, ELF_ENTRY_STRINGS_SIZE, 1, ELF_ENTRY_COUNT, 0},
	{ELF_ENTRY_SYMBOLS, ELF_ENTRY_COUNT, 1, ELF_ENTRY_SYMBOL_SIZE, sizeof(Elf64_Sym)},
	{ELF_ENTRY_RELA, ELF_ENTRY_RELA_SIZE, sizeof(Elf64_Rela), ELF_ENTRY_RELA_ENTRY, sizeof(Elf64_Rela)},
	{ELF_ENTRY_PLT, ELF_ENTRY_PLT_SIZE, sizeof(Elf64_Rela), ELF_ENTRY_PLT_KIND, DT_RELA},
	{ELF_ENTRY_RELR, ELF_ENTRY_RELR_SIZE, sizeof(uint64_t), ELF_ENTRY_RELR_ENTRY, sizeof(uint64_t)},
};

static enum tocsin_code check_shape(const struct elf_dynamic *dynamic, const struct table_shape *shape,
				    struct tocsin_error *err)
{
	const bool present = dynamic->present[shape->address];

	if (shape->size != ELF_ENTRY_COUNT) {
		if (present != dynamic->present[shape->size])
			return tocsin_fail(err, TOCSIN_INVALID, "the dynamic section has only one of %s and %s",
					   entry_texts[shape->address], entry_texts[shape->size]);
		if (dynamic->values[shape->size] % shape->unit)
			return tocsin_fail(err, TOCSIN_INVALID, "%s is no multiple of %" PRIu64,
					   entry_texts[shape->size], shape->unit);
	}
	if (present && shape->sort != ELF_ENTRY_COUNT && dynamic->values[shape->sort] != shape->sort_value)
		return tocsin_fail(err, TOCSIN_INVALID, "%s is %" PRIu64 " where only %" PRIu64 " is known",
				   entry_texts[shape->sort], dynamic->values[shape->sort], shape->sort_value);
	return TOCSIN_OK;
}

static enum tocsin_code check_shapes(const struct elf_dynamic *dynamic, struct tocsin_error *err)
{
	enum tocsin_code code = TOCSIN_OK;

	if (!dynamic->present[ELF_ENTRY_STRINGS] || !dynamic->present[ELF_ENTRY_SYMBOLS])
		return tocsin_fail(err, TOCSIN_INVALID, "the dynamic section names no symbols");
	for (size_t i = 0; i < COUNT_OF(table_shapes) && !code; i++)
		code = check_shape(dynamic, &table_shapes[i], err);
	/* The dynamic linker applies as many as this says, whatever the size of the table. */
	if (!code &&
	    dynamic->values[ELF_ENTRY_RELA_RELATIVE] > dynamic->values[ELF_ENTRY_RELA_SIZE] / sizeof(Elf64_Rela))
		code = tocsin_fail(err, TOCSIN_INVALID, "DT_RELACOUNT counts more relocations than there are");
	return code;
}

static bool is_allowed(const char *library)
{
	for (size_t i = 0; i < COUNT_OF(allowed_libraries); i++)
		if (strcmp(allowed_libraries[i], library) == 0)
			return true;
#ifdef TOCSIN_SANITIZED
	for (size_t i = 0; i < COUNT_OF(allowed_beginnings); i++)
		if (text_starts_with(library, allowed_beginnings[i]) && !strchr(library, '/'))
			return true;
#endif
	return false;
}

static enum tocsin_code check_library(const struct elf_dynamic *dynamic, uint64_t offset, struct tocsin_error *err)
{
	const char *name = elf_dynamic_name(dynamic, offset);

	if (!name)
		return tocsin_fail(err, TOCSIN_INVALID, "the file needs a library without a proper name");
	if (!is_allowed(name))
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the file needs the library \"%.64s\", which is not among those a plugin may load",
				   name);
	return TOCSIN_OK;
}

/*
 * The dynamic linker gives what is loaded already to whoever asks for it by the name it has for itself. Files are
 * asked for by path: none may have the path of another.
 */
static enum tocsin_code check_own_name(const struct elf_dynamic *dynamic, struct tocsin_error *err)
{
	const char *name;

	if (!dynamic->present[ELF_ENTRY_OWN_NAME])
		return TOCSIN_OK;
	name = elf_dynamic_name(dynamic, dynamic->values[ELF_ENTRY_OWN_NAME]);
	if (!name)
		return tocsin_fail(err, TOCSIN_INVALID, "the file has no proper name for itself (DT_SONAME)");
	if (strchr(name, '/'))
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the file has a path as its name for itself (DT_SONAME): link it without -soname");
	return TOCSIN_OK;
}

static enum tocsin_code read_section(struct elf_image *image, const unsigned char **ret_entries, size_t *ret_count,
				     struct tocsin_error *err)
{
	const size_t room = image->dynamic_size / sizeof(Elf64_Dyn);
	struct elf_segment *segment = elf_image_find(image, image->dynamic_address, image->dynamic_size);
	const enum tocsin_code code = elf_image_load(image, segment, err);
	const unsigned char *entries;

	if (code)
		return code;
	entries = segment->bytes + (image->dynamic_address - segment->address);
	for (size_t i = 0; i < room && i < ENTRIES_CEILING; i++)
		if (elf_u64(entries + i * sizeof(Elf64_Dyn)) == DT_NULL) {
			*ret_entries = entries;
			*ret_count = i;
			return TOCSIN_OK;
		}
	return tocsin_fail(err, TOCSIN_INVALID, "the dynamic section has no end within %u entries", ENTRIES_CEILING);
}

enum tocsin_code elf_dynamic_read(struct elf_image *image, struct elf_dynamic *ret_dynamic, struct tocsin_error *err)
{
	struct elf_dynamic dynamic = {0};
	const unsigned char *entries = NULL;
	size_t count = 0;
	enum tocsin_code code = read_section(image, &entries, &count, err);

	for (size_t i = 0; i < count && !code; i++)
		code = take_entry(&dynamic, elf_u64(entries + i * sizeof(Elf64_Dyn)),
				  elf_u64(entries + i * sizeof(Elf64_Dyn) + offsetof(Elf64_Dyn, d_un)), err);
	if (!code)
		code = check_flags(&dynamic, err);
	if (!code)
		code = check_shapes(&dynamic, err);
	if (!code)
		code = elf_image_bytes(image, dynamic.values[ELF_ENTRY_STRINGS], dynamic.values[ELF_ENTRY_STRINGS_SIZE],
				       "the table of names", &dynamic.strings, err);
	if (!code)
		code = check_own_name(&dynamic, err);
	for (size_t i = 0; i < count && !code; i++)
		if (elf_u64(entries + i * sizeof(Elf64_Dyn)) == DT_NEEDED)
			code = check_library(&dynamic,
					     elf_u64(entries + i * sizeof(Elf64_Dyn) + offsetof(Elf64_Dyn, d_un)), err);
	if (!code)
		*ret_dynamic = dynamic;
	return code;
}

const char *elf_dynamic_name(const struct elf_dynamic *dynamic, uint64_t offset)
{
	const uint64_t size = dynamic->values[ELF_ENTRY_STRINGS_SIZE];
	uint64_t room;

	if (offset >= size)
		return NULL;
	room = size - offset < NAME_ROOM ? size - offset : NAME_ROOM;
	return memchr(dynamic->strings + offset, '\0', room) ? (const char *)dynamic->strings + offset : NULL;
}

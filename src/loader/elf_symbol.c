/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbol lookup; see elf_symbol.h.
 *
 * The hash tables are walked with the dynamic linker's own algorithm, its filter included, so that a file
 * cannot show one table to a reader and another to dlsym(). Section headers are not used: they may be
 * missing. Chains of a hostile file may be long or circular; the ceiling ends them.
 */
#include "loader/elf_symbol.h"

#include <inttypes.h>

/* Symbols looked at before giving up. A chain of an honest file has a handful. */
#define CHAIN_CEILING 65536u

/* A search through the symbols that share a hash. */
struct search {
	struct elf_image *image;
	const struct elf_dynamic *dynamic;
	const char *name;
	uint32_t found; /* the symbol's number; 0: not yet */
	uint32_t steps;
};

static enum tocsin_code read_u32(struct elf_image *image, uint64_t address, uint64_t index, uint32_t *ret_number,
				 struct tocsin_error *err)
{
	const unsigned char *bytes;
	const enum tocsin_code code = elf_image_bytes(image, address + index * sizeof(*ret_number), sizeof(*ret_number),
						      "the hash table of symbols", &bytes, err);

	if (!code)
		*ret_number = elf_u32(bytes);
	return code;
}

enum tocsin_code elf_symbol_at(struct elf_image *image, const struct elf_dynamic *dynamic, uint32_t number,
			       struct elf_symbol *ret_symbol, struct tocsin_error *err)
{
	const uint64_t address = dynamic->values[ELF_ENTRY_SYMBOLS] + (uint64_t)number * sizeof(Elf64_Sym);
	const unsigned char *bytes;
	const enum tocsin_code code =
		elf_image_bytes(image, address, sizeof(Elf64_Sym), "the table of symbols", &bytes, err);
	uint32_t name_offset;
	uint16_t section;

	if (code)
		return code;
	name_offset = elf_u32(bytes + offsetof(Elf64_Sym, st_name));
	section = elf_u16(bytes + offsetof(Elf64_Sym, st_shndx));
	*ret_symbol = (struct elf_symbol){
		.name = elf_dynamic_name(dynamic, name_offset),
		.name_offset = name_offset,
		.address = elf_u64(bytes + offsetof(Elf64_Sym, st_value)),
		.size = elf_u64(bytes + offsetof(Elf64_Sym, st_size)),
		.type = ELF64_ST_TYPE(bytes[offsetof(Elf64_Sym, st_info)]),
		.binding = ELF64_ST_BIND(bytes[offsetof(Elf64_Sym, st_info)]),
		.visibility = ELF64_ST_VISIBILITY(bytes[offsetof(Elf64_Sym, st_other)]),
		/* Reserved numbers mean absolute and common symbols, which are at no address of the file. */
		.is_defined = section != SHN_UNDEF && section < SHN_LORESERVE,
	};
	return TOCSIN_OK;
}

/*
 * Whether the name at the offset is the wanted one. The dynamic linker does not know where the names end, and
 * compares what lies behind them: where the answer depends on that, the file is refused.
 */
static enum tocsin_code compare_name(const struct search *search, uint64_t offset, bool *ret_same,
				     struct tocsin_error *err)
{
	const uint64_t size = search->dynamic->values[ELF_ENTRY_STRINGS_SIZE];

	for (const char *wanted = search->name; offset < size; offset++, wanted++) {
		const bool same = search->dynamic->strings[offset] == (unsigned char)*wanted;

		if (!same || !*wanted) {
			*ret_same = same;
			return TOCSIN_OK;
		}
	}
	return tocsin_fail(err, TOCSIN_INVALID, "a symbol has a name that lies beyond the table of names");
}

/* Takes note when symbol `number` has the name. */
static enum tocsin_code consider(struct search *search, uint32_t number, struct tocsin_error *err)
{
	struct elf_symbol symbol;
	bool same = false;
	enum tocsin_code code = elf_symbol_at(search->image, search->dynamic, number, &symbol, err);

	if (!code)
		code = compare_name(search, symbol.name_offset, &same, err);
	if (code || !same)
		return code;
	/* Which of two it is would depend on versions and on the dynamic linker. */
	if (search->found)
		return tocsin_fail(err, TOCSIN_INVALID, "the file has two symbols named %s", search->name);
	search->found = number;
	return TOCSIN_OK;
}

static enum tocsin_code step(struct search *search, struct tocsin_error *err)
{
	if (++search->steps > CHAIN_CEILING)
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the hash table of symbols has a chain without an end within %u steps",
				   CHAIN_CEILING);
	return TOCSIN_OK;
}

static uint32_t gnu_hash(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

/* The head: buckets, number of the first hashed symbol, words of the filter, its shift. */
static enum tocsin_code search_gnu(struct search *search, struct tocsin_error *err)
{
	const uint64_t table = search->dynamic->values[ELF_ENTRY_GNU_HASH];
	const uint32_t hash = gnu_hash(search->name);
	const unsigned char *head, *filter;
	uint32_t buckets, first, words, shift, number, link;
	uint64_t filter_word, bucket_table;
	enum tocsin_code code = elf_image_bytes(search->image, table, 16, "the hash table of symbols", &head, err);

	if (code)
		return code;
	buckets = elf_u32(head);
	first = elf_u32(head + 4);
	words = elf_u32(head + 8);
	shift = elf_u32(head + 12);
	if (!buckets || !words || (words & (words - 1)) != 0 || shift > 31)
		return tocsin_fail(err, TOCSIN_INVALID, "the hash table of symbols has an impossible shape");
	code = elf_image_bytes(search->image, table + 16 + (hash / 64 & (words - 1)) * sizeof(uint64_t),
			       sizeof(uint64_t), "the hash table of symbols", &filter, err);
	if (code)
		return code;
	filter_word = elf_u64(filter);
	if (!(filter_word >> (hash & 63) & filter_word >> (hash >> shift & 63) & 1))
		return TOCSIN_OK;
	bucket_table = table + 16 + (uint64_t)words * sizeof(uint64_t);
	code = read_u32(search->image, bucket_table, hash % buckets, &number, err);
	if (code || !number)
		return code;
	if (number < first)
		return tocsin_fail(err, TOCSIN_INVALID, "the hash table of symbols has an impossible shape");
	do {
		code = read_u32(search->image, bucket_table, (uint64_t)buckets + (number - first), &link, err);
		if (!code)
			code = step(search, err);
		if (!code && (link ^ hash) >> 1 == 0)
			code = consider(search, number, err);
		if (!code && number == UINT32_MAX)
			code = tocsin_fail(err, TOCSIN_INVALID, "the hash table of symbols has an impossible shape");
		number++;
	} while (!code && !(link & 1));
	return code;
}

static uint32_t old_hash(const char *name)
{
	uint32_t hash = 0;

	for (; *name; name++) {
		uint32_t high;

		hash = (hash << 4) + (unsigned char)*name;
		high = hash & 0xf0000000;
		hash = (hash ^ high >> 24) & ~high;
	}
	return hash;
}

/* The head: buckets, links; then the buckets, then a link for each symbol. */
static enum tocsin_code search_old(struct search *search, struct tocsin_error *err)
{
	const uint64_t table = search->dynamic->values[ELF_ENTRY_HASH];
	uint32_t buckets, links, number = 0;
	enum tocsin_code code = read_u32(search->image, table, 0, &buckets, err);

	if (!code)
		code = read_u32(search->image, table, 1, &links, err);
	if (code)
		return code;
	if (!buckets)
		return tocsin_fail(err, TOCSIN_INVALID, "the hash table of symbols has an impossible shape");
	code = read_u32(search->image, table, 2 + old_hash(search->name) % buckets, &number, err);
	while (!code && number) {
		if (number >= links)
			return tocsin_fail(err, TOCSIN_INVALID, "the hash table of symbols has an impossible shape");
		code = step(search, err);
		if (!code)
			code = consider(search, number, err);
		if (!code)
			code = read_u32(search->image, table, 2 + (uint64_t)buckets + number, &number, err);
	}
	return code;
}

/* dlsym() does not find versions that are kept for old programs only. */
static enum tocsin_code check_version(const struct search *search, struct tocsin_error *err)
{
	const unsigned char *bytes;
	enum tocsin_code code;

	if (!search->dynamic->present[ELF_ENTRY_VERSIONS])
		return TOCSIN_OK;
	code = elf_image_bytes(search->image,
			       search->dynamic->values[ELF_ENTRY_VERSIONS] + (uint64_t)search->found * sizeof(uint16_t),
			       sizeof(uint16_t), "the table of symbol versions", &bytes, err);
	if (!code && (elf_u16(bytes) & 0x8000))
		code = tocsin_fail(err, TOCSIN_INVALID, "the symbol %s is an old version that is hidden", search->name);
	return code;
}

enum tocsin_code elf_symbol_find(struct elf_image *image, const struct elf_dynamic *dynamic, const char *name,
				 struct elf_symbol *ret_symbol, struct tocsin_error *err)
{
	struct search search = {.image = image, .dynamic = dynamic, .name = name};
	enum tocsin_code code;

	if (dynamic->present[ELF_ENTRY_GNU_HASH])
		code = search_gnu(&search, err);
	else if (dynamic->present[ELF_ENTRY_HASH])
		code = search_old(&search, err);
	else
		code = tocsin_fail(err, TOCSIN_INVALID, "the file has no hash table of symbols");
	if (!code && !search.found)
		code = tocsin_fail(err, TOCSIN_INVALID, "the file exports no %s", name);
	if (!code)
		code = check_version(&search, err);
	if (!code)
		code = elf_symbol_at(image, dynamic, search.found, ret_symbol, err);
	return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relocations of a shared object; see elf_relocation.h.
 *
 * All three tables are read: DT_RELA, DT_JMPREL and the packed DT_RELR. The sorts that linkers put into a
 * shared object are known by number; any other is refused, since its size is not known and it might run
 * code (IRELATIVE) or copy over its neighbours (COPY). Linkers sort the relative ones, so that sorting is
 * rarely needed here.
 */
#include "loader/elf_relocation.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "loader/elf_symbol.h"

/* The largest size of a change, in bytes. */
#define CHANGE_CEILING 16u

/* What add_cells() adds at most. */
#define CELLS 2u

/* The sorts of relocations, by machine. */
static const struct sort {
	uint16_t machine;
	uint16_t change;
	uint32_t type;
	uint16_t size; /* 0: changes nothing */
} sorts[] = {
	{EM_X86_64, ELF_CHANGE_RELATIVE, R_X86_64_RELATIVE, 8},
	{EM_X86_64, ELF_CHANGE_OTHER, R_X86_64_GLOB_DAT, 8},
	{EM_X86_64, ELF_CHANGE_OTHER, R_X86_64_JUMP_SLOT, 8},
	{EM_X86_64, ELF_CHANGE_SYMBOL, R_X86_64_64, 8},
	{EM_X86_64, ELF_CHANGE_OTHER, R_X86_64_NONE, 0},
	{EM_X86_64, ELF_CHANGE_OTHER, R_X86_64_DTPMOD64, 8},
	{EM_X86_64, ELF_CHANGE_OTHER, R_X86_64_DTPOFF64, 8},
	{EM_X86_64, ELF_CHANGE_OTHER, R_X86_64_TPOFF64, 8},
	{EM_X86_64, ELF_CHANGE_OTHER, R_X86_64_TLSDESC, 16},
	{EM_AARCH64, ELF_CHANGE_RELATIVE, R_AARCH64_RELATIVE, 8},
	{EM_AARCH64, ELF_CHANGE_OTHER, R_AARCH64_GLOB_DAT, 8},
	{EM_AARCH64, ELF_CHANGE_OTHER, R_AARCH64_JUMP_SLOT, 8},
	{EM_AARCH64, ELF_CHANGE_SYMBOL, R_AARCH64_ABS64, 8},
	{EM_AARCH64, ELF_CHANGE_OTHER, R_AARCH64_NONE, 0},
	{EM_AARCH64, ELF_CHANGE_OTHER, R_AARCH64_TLS_DTPMOD, 8},
	{EM_AARCH64, ELF_CHANGE_OTHER, R_AARCH64_TLS_DTPREL, 8},
	{EM_AARCH64, ELF_CHANGE_OTHER, R_AARCH64_TLS_TPREL, 8},
	{EM_AARCH64, ELF_CHANGE_OTHER, R_AARCH64_TLSDESC, 16},
};

/* Collecting, with the segment that held the last place, since neighbours mostly share it. */
struct collection {
	struct elf_image *image;
	const struct elf_dynamic *dynamic;
	struct elf_relocation *items;
	size_t count;
	const struct elf_segment *segment;
};

static const struct sort *sort_of(const struct elf_image *image, uint32_t type)
{
	for (size_t i = 0; i < COUNT_OF(sorts); i++)
		if (sorts[i].type == type && sorts[i].machine == image->machine)
			return &sorts[i];
	return NULL;
}

static bool in_segment(const struct elf_segment *segment, uint64_t place, uint64_t size)
{
	return segment && place >= segment->address && place - segment->address <= segment->memory_size &&
	       size <= segment->memory_size - (place - segment->address);
}

static enum tocsin_code collect(struct collection *into, const struct elf_relocation *item, struct tocsin_error *err)
{
	if (!in_segment(into->segment, item->place, item->size)) {
		into->segment = elf_image_memory(into->image, item->place, item->size);
		if (!into->segment || !(into->segment->flags & PF_W))
			return tocsin_fail(err, TOCSIN_INVALID,
					   "a relocation changes 0x%" PRIx64
					   ", which is not writable memory of the file",
					   item->place);
	}
	/* The tables were measured before: there is room. */
	into->items[into->count++] = *item;
	return TOCSIN_OK;
}

static enum tocsin_code refuse_ifunc(struct tocsin_error *err)
{
	return tocsin_fail(err, TOCSIN_INVALID,
			   "the file has a function that is chosen by code when it is loaded (ifunc)");
}

/* A symbol that a relocation names, if it does. */
static enum tocsin_code check_symbol(struct collection *into, uint32_t number, struct tocsin_error *err)
{
	struct elf_symbol symbol;
	enum tocsin_code code;

	if (!number)
		return TOCSIN_OK;
	code = elf_symbol_at(into->image, into->dynamic, number, &symbol, err);
	if (!code && symbol.is_defined && symbol.type == STT_GNU_IFUNC)
		code = refuse_ifunc(err);
	return code;
}

static enum tocsin_code read_rela(struct collection *into, const unsigned char *bytes, size_t count, bool is_plt,
				  size_t relative_count, struct tocsin_error *err)
{
	for (size_t i = 0; i < count; i++, bytes += sizeof(Elf64_Rela)) {
		const uint64_t info = elf_u64(bytes + offsetof(Elf64_Rela, r_info));
		const uint32_t type = (uint32_t)ELF64_R_TYPE(info);
		const struct sort *sort = sort_of(into->image, type);
		struct elf_relocation item;
		enum tocsin_code code;

		if (!sort && type == (into->image->machine == EM_X86_64 ? R_X86_64_IRELATIVE : R_AARCH64_IRELATIVE))
			return refuse_ifunc(err);
		if (!sort)
			return tocsin_fail(err, TOCSIN_INVALID,
					   "the file has a relocation of type %u, which no plugin needs", type);
		/* The dynamic linker does not look at the type of the first DT_RELACOUNT ones. */
		if (i < relative_count && sort->change != ELF_CHANGE_RELATIVE)
			return tocsin_fail(err, TOCSIN_INVALID,
					   "DT_RELACOUNT counts a relocation of type %u as relative", type);
		if (!sort->size)
			continue;
		item = (struct elf_relocation){
			.place = elf_u64(bytes + offsetof(Elf64_Rela, r_offset)),
			.addend = elf_u64(bytes + offsetof(Elf64_Rela, r_addend)),
			.symbol = (uint32_t)ELF64_R_SYM(info),
			.change = is_plt ? ELF_CHANGE_OTHER : sort->change,
			.size = sort->size,
		};
		code = check_symbol(into, item.symbol, err);
		if (!code)
			code = collect(into, &item, err);
		if (code)
			return code;
	}
	return TOCSIN_OK;
}

/*
 * An even word is the address of one change, and the next word continues behind it: an odd word is a map
 * of the following 63 places.
 */
static enum tocsin_code read_relr(struct collection *into, const unsigned char *bytes, size_t count,
				  struct tocsin_error *err)
{
	struct elf_relocation item = {.change = ELF_CHANGE_PACKED, .size = sizeof(uint64_t)};
	uint64_t next = 0;
	enum tocsin_code code = TOCSIN_OK;

	if (count && (elf_u64(bytes) & 1))
		return tocsin_fail(err, TOCSIN_INVALID, "the packed relocations do not begin with an address");
	for (size_t i = 0; i < count && !code; i++) {
		const uint64_t word = elf_u64(bytes + i * sizeof(word));

		if (!(word & 1)) {
			item.place = word;
			code = collect(into, &item, err);
			next = word + sizeof(word);
			continue;
		}
		for (unsigned bit = 1; bit < 64 && !code; bit++)
			if (word >> bit & 1) {
				item.place = next + (bit - 1) * sizeof(word);
				code = collect(into, &item, err);
			}
		next += 63 * sizeof(word);
	}
	return code;
}

/*
 * Where calls are bound when they are first made, the dynamic linker also writes its own addresses into
 * cells that the dynamic section names, without any relocation.
 */
static enum tocsin_code add_cells(struct collection *into, struct tocsin_error *err)
{
	const struct elf_dynamic *dynamic = into->dynamic;
	const struct elf_relocation plt_cells = {
		.place = dynamic->values[ELF_ENTRY_PLT_CELLS] + sizeof(uint64_t),
		.change = ELF_CHANGE_OTHER,
		.size = 2 * sizeof(uint64_t),
	};
	const struct elf_relocation tls_cell = {
		.place = dynamic->values[ELF_ENTRY_TLS_CELL],
		.change = ELF_CHANGE_OTHER,
		.size = sizeof(uint64_t),
	};
	enum tocsin_code code = TOCSIN_OK;

	if (dynamic->present[ELF_ENTRY_BIND_NOW] || (dynamic->values[ELF_ENTRY_FLAGS] & DF_BIND_NOW) ||
	    (dynamic->values[ELF_ENTRY_FLAGS_1] & DF_1_NOW) || !dynamic->present[ELF_ENTRY_PLT])
		return TOCSIN_OK;
	if (dynamic->present[ELF_ENTRY_PLT_CELLS])
		code = collect(into, &plt_cells, err);
	if (!code && dynamic->present[ELF_ENTRY_TLS_CELL])
		code = collect(into, &tls_cell, err);
	return code;
}

static size_t count_relr(const unsigned char *bytes, size_t count)
{
	size_t changes = 0;

	for (size_t i = 0; i < count; i++) {
		const uint64_t word = elf_u64(bytes + i * sizeof(word));

		changes += word & 1 ? (size_t)__builtin_popcountll(word) - 1 : 1;
	}
	return changes;
}

static int compare_places(const void *left, const void *right)
{
	const struct elf_relocation *one = left, *other = right;

	return one->place < other->place ? -1 : one->place > other->place;
}

/* What two relocations change would depend on their order, and no linker makes such a file. */
static enum tocsin_code sort(struct elf_relocation *items, size_t count, struct tocsin_error *err)
{
	for (size_t i = 1; i < count; i++)
		if (items[i].place < items[i - 1].place) {
			qsort(items, count, sizeof(*items), compare_places);
			break;
		}
	for (size_t i = 1; i < count; i++)
		if (items[i].place < items[i - 1].place + items[i - 1].size)
			return tocsin_fail(err, TOCSIN_INVALID, "two relocations change 0x%" PRIx64, items[i].place);
	return TOCSIN_OK;
}

static enum tocsin_code check_dynamic(const struct elf_image *image, const struct elf_relocations *relocations,
				      struct tocsin_error *err)
{
	const size_t first = elf_relocations_from(relocations, image->dynamic_address);

	if (first < relocations->count &&
	    relocations->items[first].place < image->dynamic_address + image->dynamic_size)
		return tocsin_fail(err, TOCSIN_INVALID, "a relocation changes the dynamic section");
	return TOCSIN_OK;
}

/* One of the three tables. */
struct table {
	enum elf_entry address;
	enum elf_entry size;
	const char *what;
	size_t entry;
	const unsigned char *bytes;
	size_t count;
};

static enum tocsin_code find_tables(struct elf_image *image, const struct elf_dynamic *dynamic, struct table *tables,
				    size_t count, size_t *ret_room, struct tocsin_error *err)
{
	size_t room = 0;

	for (size_t i = 0; i < count; i++) {
		struct table *table = &tables[i];
		enum tocsin_code code;

		if (!dynamic->values[table->size])
			continue;
		code = elf_image_bytes(image, dynamic->values[table->address], dynamic->values[table->size],
				       table->what, &table->bytes, err);
		if (code)
			return code;
		table->count = dynamic->values[table->size] / table->entry;
		room += table->address == ELF_ENTRY_RELR ? count_relr(table->bytes, table->count) : table->count;
	}
	if (room > ELF_RELOCATIONS_CEILING)
		return tocsin_fail(err, TOCSIN_INVALID, "the file has %zu relocations, at most %u are read", room,
				   ELF_RELOCATIONS_CEILING);
	*ret_room = room;
	return TOCSIN_OK;
}

enum tocsin_code elf_relocations_read(struct elf_image *image, const struct elf_dynamic *dynamic,
				      struct elf_relocations *ret_relocations, struct tocsin_error *err)
{
	struct table tables[] = {
		{ELF_ENTRY_RELA, ELF_ENTRY_RELA_SIZE, "the table of relocations", sizeof(Elf64_Rela), NULL, 0},
		{ELF_ENTRY_PLT, ELF_ENTRY_PLT_SIZE, "the table of calls", sizeof(Elf64_Rela), NULL, 0},
		{ELF_ENTRY_RELR, ELF_ENTRY_RELR_SIZE, "the table of packed relocations", sizeof(uint64_t), NULL, 0},
	};
	struct collection into = {.image = image, .dynamic = dynamic};
	struct elf_relocations relocations;
	size_t room = 0;
	enum tocsin_code code = find_tables(image, dynamic, tables, COUNT_OF(tables), &room, err);

	if (code)
		return code;
	into.items = mem_alloc((room + CELLS) * sizeof(*into.items));
	if (!into.items)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for %zu relocations", room);
	code = read_rela(&into, tables[0].bytes, tables[0].count, false, dynamic->values[ELF_ENTRY_RELA_RELATIVE], err);
	if (!code)
		code = read_rela(&into, tables[1].bytes, tables[1].count, true, 0, err);
	if (!code)
		code = read_relr(&into, tables[2].bytes, tables[2].count, err);
	if (!code)
		code = add_cells(&into, err);
	if (!code)
		code = sort(into.items, into.count, err);
	relocations = (struct elf_relocations){into.items, into.count};
	if (!code)
		code = check_dynamic(image, &relocations, err);
	if (code)
		elf_relocations_release(&relocations);
	else
		*ret_relocations = relocations;
	return code;
}

void elf_relocations_release(struct elf_relocations *relocations)
{
	if (!relocations)
		return;
	mem_free(relocations->items);
	*relocations = (struct elf_relocations){0};
}

size_t elf_relocations_from(const struct elf_relocations *relocations, uint64_t address)
{
	const uint64_t earliest = address > CHANGE_CEILING ? address - CHANGE_CEILING : 0;
	size_t low = 0, high = relocations->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (relocations->items[middle].place < earliest)
			low = middle + 1;
		else
			high = middle;
	}
	while (low < relocations->count && relocations->items[low].place + relocations->items[low].size <= address)
		low++;
	return low;
}

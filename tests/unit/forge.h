/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FORGE_H
#define TESTS_FORGE_H

/*
 * Forges a small plugin file byte by byte, so that tests can spoil any one of them. Every part has a fixed
 * place, and addresses are offsets. As it comes, it is a file that the dynamic linker would load:
 *
 *	forge_build(&forge, EM_X86_64, false);
 *	forge_put(&forge, FORGE_FIELDS + 72, 99, 1);
 *	forge_refused(&forge, "neither true nor false", "a flag");
 *
 * Included after <cmocka.h> and what that needs.
 */

#include <elf.h>
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/elf.h"

/* Constant: headers, hashes, symbols, relocations, texts. */
#define FORGE_HEADERS 0x40u
#define FORGE_HASH 0x200u
#define FORGE_GNU_HASH 0x280u
#define FORGE_SYMBOLS 0x300u
#define FORGE_VERSIONS 0x3c0u
#define FORGE_NEEDS 0x3d0u
#define FORGE_STRINGS 0x400u
#define FORGE_STRINGS_SIZE 0x100u
#define FORGE_RELA 0x500u
#define FORGE_PLT 0xb00u
#define FORGE_RELR 0xb80u
#define FORGE_TEXTS 0xc80u
#define FORGE_CODE 0x1000u
#define FORGE_CODE_SIZE 0x40u
/* Constant once relocated: the tables and the dynamic section. */
#define FORGE_TABLE 0x2000u
#define FORGE_FIELDS 0x2400u
#define FORGE_ACTIONS 0x2800u
#define FORGE_PARAMETERS 0x2a00u
#define FORGE_CHOICES 0x2c00u
#define FORGE_HOSTS 0x2d00u
#define FORGE_DYNAMIC 0x2e00u
#define FORGE_DYNAMIC_SIZE 0x200u
/* Writable. */
#define FORGE_DATA 0x3000u
#define FORGE_SIZE 0x3080u
#define FORGE_BSS_END 0x3200u
#define FORGE_ROOM 0x8000u

enum forge_symbol {
	FORGE_SYMBOL_NONE,
	FORGE_SYMBOL_ELSEWHERE,
	FORGE_SYMBOL_TABLE,
	FORGE_SYMBOL_FIELDS,
	FORGE_SYMBOL_RUN,
	FORGE_SYMBOL_COUNT
};

/* Program headers, in their order. */
enum forge_header {
	FORGE_HEADER_CONSTANT,
	FORGE_HEADER_CODE,
	FORGE_HEADER_DATA,
	FORGE_HEADER_DYNAMIC,
	FORGE_HEADER_RELRO,
	FORGE_HEADER_STACK,
	FORGE_HEADER_NOTE,
	FORGE_HEADER_COUNT
};

struct forge {
	unsigned char bytes[FORGE_ROOM];
	size_t size;
	uint16_t machine;
	bool packed;
	size_t text_end;
	uint64_t packed_places[64];
	size_t packed_count;
	size_t rela_count;
	size_t dynamic_count;
};

static inline void forge_put(struct forge *forge, uint64_t offset, uint64_t number, size_t size)
{
	number = htole64(number);
	memcpy(forge->bytes + offset, &number, size);
}

static inline uint64_t forge_get(const struct forge *forge, uint64_t offset, size_t size)
{
	uint64_t number = 0;

	memcpy(&number, forge->bytes + offset, size);
	return le64toh(number);
}

/* The offset of a member of a program header, a symbol. */
#define FORGE_HEADER(number, member) (FORGE_HEADERS + (number) * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, member))
#define FORGE_SYMBOL(number, member) (FORGE_SYMBOLS + (number) * sizeof(Elf64_Sym) + offsetof(Elf64_Sym, member))

static inline uint32_t forge_type(const struct forge *forge, uint32_t x86_64, uint32_t aarch64)
{
	return forge->machine == EM_X86_64 ? x86_64 : aarch64;
}

static inline void forge_dynamic(struct forge *forge, uint64_t tag, uint64_t value)
{
	const uint64_t entry = FORGE_DYNAMIC + forge->dynamic_count++ * sizeof(Elf64_Dyn);

	forge_put(forge, entry, tag, 8);
	forge_put(forge, entry + 8, value, 8);
}

/* The offset of the value of an entry of the dynamic section that is there. */
static inline uint64_t forge_value(const struct forge *forge, uint64_t tag)
{
	uint64_t entry = FORGE_DYNAMIC;

	while (forge_get(forge, entry, 8) != tag)
		entry += sizeof(Elf64_Dyn);
	return entry + 8;
}

/* Adds to the relocations, and corrects their size where it is written already. */
static inline void forge_relocate(struct forge *forge, uint64_t place, uint32_t type, uint32_t symbol, uint64_t addend)
{
	const uint64_t entry = FORGE_RELA + forge->rela_count++ * sizeof(Elf64_Rela);

	forge_put(forge, entry + offsetof(Elf64_Rela, r_offset), place, 8);
	forge_put(forge, entry + offsetof(Elf64_Rela, r_info), ELF64_R_INFO((uint64_t)symbol, type), 8);
	forge_put(forge, entry + offsetof(Elf64_Rela, r_addend), addend, 8);
	if (forge->dynamic_count)
		forge_put(forge, forge_value(forge, DT_RELASZ), forge->rela_count * sizeof(Elf64_Rela), 8);
}

/* The offset of the relocation of a place that has one. */
static inline uint64_t forge_relocation(const struct forge *forge, uint64_t place)
{
	uint64_t entry = FORGE_RELA;

	while (forge_get(forge, entry, 8) != place)
		entry += sizeof(Elf64_Rela);
	return entry;
}

static inline void forge_point(struct forge *forge, uint64_t place, uint64_t address)
{
	if (forge->packed) {
		forge_put(forge, place, address, 8);
		forge->packed_places[forge->packed_count++] = place;
	} else {
		forge_relocate(forge, place, forge_type(forge, R_X86_64_RELATIVE, R_AARCH64_RELATIVE), 0, address);
	}
}

/* Makes what is a relative pointer one to a symbol. */
static inline void forge_symbolic(struct forge *forge, uint64_t place, uint32_t symbol)
{
	const uint64_t entry = forge_relocation(forge, place);

	forge_put(forge, entry + offsetof(Elf64_Rela, r_info),
		  ELF64_R_INFO((uint64_t)symbol, forge_type(forge, R_X86_64_64, R_AARCH64_ABS64)), 8);
	forge_put(forge, entry + offsetof(Elf64_Rela, r_addend), 0, 8);
}

/* The same as forge_point() to a text, which is added. */
static inline void forge_text(struct forge *forge, uint64_t place, const char *text)
{
	const size_t size = strlen(text) + 1;

	forge_point(forge, place, forge->text_end);
	memcpy(forge->bytes + forge->text_end, text, size);
	forge->text_end += size;
}

static inline void forge_rows(struct forge *forge, uint64_t place, uint64_t address, uint32_t count, uint32_t stride)
{
	forge_point(forge, place, address);
	forge_put(forge, place + 8, count, 4);
	forge_put(forge, place + 12, stride, 4);
}

static inline void forge_field(struct forge *forge, uint64_t row, const char *name, enum tocsin_kind kind,
			       const char *preset)
{
	forge_text(forge, row + offsetof(struct tocsin_field, name), name);
	forge_text(forge, row + offsetof(struct tocsin_field, description), "What it is.");
	if (preset)
		forge_text(forge, row + offsetof(struct tocsin_field, preset), preset);
	forge_put(forge, row + offsetof(struct tocsin_field, kind), kind, 4);
	forge_put(forge, row + offsetof(struct tocsin_field, required), !preset, 1);
}

/* {endpoint: url, mode: choice} -> deliver(title) */
static inline void forge_tables(struct forge *forge, const char *name)
{
	const uint64_t mode = FORGE_FIELDS + sizeof(struct tocsin_field);

	forge_put(forge, FORGE_TABLE, TOCSIN_ABI_NUMBER, 4);
	forge_put(forge, FORGE_TABLE + 4, sizeof(struct tocsin_plugin), 4);
	forge_text(forge, FORGE_TABLE + offsetof(struct tocsin_plugin, group), "delivery");
	forge_text(forge, FORGE_TABLE + offsetof(struct tocsin_plugin, name), name);
	forge_text(forge, FORGE_TABLE + offsetof(struct tocsin_plugin, version), "1.0.0");
	forge_text(forge, FORGE_TABLE + offsetof(struct tocsin_plugin, doc), "Forged.");
	forge_rows(forge, FORGE_TABLE + offsetof(struct tocsin_plugin, fields), FORGE_FIELDS, 2,
		   sizeof(struct tocsin_field));
	forge_rows(forge, FORGE_TABLE + offsetof(struct tocsin_plugin, actions), FORGE_ACTIONS, 1,
		   sizeof(struct tocsin_action));
	forge_point(forge, FORGE_TABLE + offsetof(struct tocsin_plugin, hosts), FORGE_HOSTS);
	forge_put(forge, FORGE_TABLE + offsetof(struct tocsin_plugin, settings_size), 16, 4);
	forge_put(forge, FORGE_TABLE + offsetof(struct tocsin_plugin, idempotent), 1, 1);
	forge_field(forge, FORGE_FIELDS, "endpoint", TOCSIN_KIND_URL, NULL);
	forge_field(forge, mode, "mode", TOCSIN_KIND_CHOICE, "one");
	forge_put(forge, mode + offsetof(struct tocsin_field, offset), 8, 4);
	forge_point(forge, mode + offsetof(struct tocsin_field, choices), FORGE_CHOICES);
	forge_text(forge, FORGE_CHOICES, "one");
	forge_text(forge, FORGE_CHOICES + 8, "two");
	forge_text(forge, FORGE_HOSTS, "hooks.example.com");
	forge_text(forge, FORGE_ACTIONS + offsetof(struct tocsin_action, name), "deliver");
	forge_text(forge, FORGE_ACTIONS + offsetof(struct tocsin_action, summary), "Deliver it.");
	forge_point(forge, FORGE_ACTIONS + offsetof(struct tocsin_action, run), FORGE_CODE + 16);
	forge_rows(forge, FORGE_ACTIONS + offsetof(struct tocsin_action, parameters), FORGE_PARAMETERS, 1,
		   sizeof(struct tocsin_field));
	forge_put(forge, FORGE_ACTIONS + offsetof(struct tocsin_action, arguments_size), 8, 4);
	forge_put(forge, FORGE_ACTIONS + offsetof(struct tocsin_action, returns), TOCSIN_RETURNS_TEXT, 4);
	forge_field(forge, FORGE_PARAMETERS, "title", TOCSIN_KIND_STRING, NULL);
}

static inline int forge_compare(const void *left, const void *right)
{
	const uint64_t one = *(const uint64_t *)left, other = *(const uint64_t *)right;

	return one < other ? -1 : one > other;
}

/* Addresses, each followed by maps of the 63 places behind. Returns the number of words. */
static inline size_t forge_pack(struct forge *forge)
{
	size_t words = 0;
	uint64_t base = 0, map = 1;

	qsort(forge->packed_places, forge->packed_count, sizeof(uint64_t), forge_compare);
	for (size_t i = 0; i < forge->packed_count; i++) {
		const uint64_t place = forge->packed_places[i];

		if (words && place >= base && (place - base) / 8 < 63) {
			map |= (uint64_t)2 << (place - base) / 8;
			forge_put(forge, FORGE_RELR + (words - 1) * 8, map, 8);
			continue;
		}
		forge_put(forge, FORGE_RELR + words++ * 8, place, 8);
		base = place + 8;
		map = 1;
		forge_put(forge, FORGE_RELR + words++ * 8, map, 8);
	}
	return words;
}

static inline uint32_t forge_gnu_hash(const char *name)
{
	uint32_t hash = 5381;

	while (*name)
		hash = hash * 33 + (unsigned char)*name++;
	return hash;
}

static inline void forge_symbols(struct forge *forge)
{
	static const struct {
		const char *name;
		uint8_t info;
		uint16_t section;
		uint64_t value, size;
	} symbols[FORGE_SYMBOL_COUNT] = {
		[FORGE_SYMBOL_ELSEWHERE] = {"elsewhere", ELF64_ST_INFO(STB_WEAK, STT_NOTYPE), SHN_UNDEF, 0, 0},
		[FORGE_SYMBOL_TABLE] = {TOCSIN_PLUGIN_SYMBOL, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), 5, FORGE_TABLE,
					sizeof(struct tocsin_plugin)},
		[FORGE_SYMBOL_FIELDS] = {"exported_fields", ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), 5, FORGE_FIELDS,
					 2 * sizeof(struct tocsin_field)},
		[FORGE_SYMBOL_RUN] = {"exported_run", ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 4, FORGE_CODE + 16, 16},
	};
	size_t end = FORGE_STRINGS + 1;

	for (unsigned i = 1; i < FORGE_SYMBOL_COUNT; i++) {
		const size_t size = strlen(symbols[i].name) + 1;
		uint32_t hash = forge_gnu_hash(symbols[i].name) & ~1u;

		memcpy(forge->bytes + end, symbols[i].name, size);
		forge_put(forge, FORGE_SYMBOL(i, st_name), end - FORGE_STRINGS, 4);
		forge_put(forge, FORGE_SYMBOL(i, st_info), symbols[i].info, 1);
		forge_put(forge, FORGE_SYMBOL(i, st_shndx), symbols[i].section, 2);
		forge_put(forge, FORGE_SYMBOL(i, st_value), symbols[i].value, 8);
		forge_put(forge, FORGE_SYMBOL(i, st_size), symbols[i].size, 8);
		end += size;
		/* One chain: from each symbol to the next one in the old table, neighbours in the new one. */
		forge_put(forge, FORGE_HASH + 12 + i * 4, i + 1 < FORGE_SYMBOL_COUNT ? i + 1 : 0, 4);
		if (i >= FORGE_SYMBOL_TABLE)
			forge_put(forge, FORGE_GNU_HASH + 28 + (i - FORGE_SYMBOL_TABLE) * 4,
				  hash | (i + 1 == FORGE_SYMBOL_COUNT), 4);
		forge_put(forge, FORGE_VERSIONS + i * 2, 1, 2);
	}
	memcpy(forge->bytes + end, "libc.so.6", sizeof("libc.so.6"));
	forge_dynamic(forge, DT_NEEDED, end - FORGE_STRINGS);
	forge_put(forge, FORGE_HASH, 1, 4);
	forge_put(forge, FORGE_HASH + 4, FORGE_SYMBOL_COUNT, 4);
	forge_put(forge, FORGE_HASH + 8, 1, 4);
	forge_put(forge, FORGE_GNU_HASH, 1, 4);
	forge_put(forge, FORGE_GNU_HASH + 4, FORGE_SYMBOL_TABLE, 4);
	forge_put(forge, FORGE_GNU_HASH + 8, 1, 4);
	forge_put(forge, FORGE_GNU_HASH + 12, 6, 4);
	forge_put(forge, FORGE_GNU_HASH + 16, UINT64_MAX, 8);
	forge_put(forge, FORGE_GNU_HASH + 24, FORGE_SYMBOL_TABLE, 4);
}

/* The version of the C library by which a file says that its linker must know packed relocations. */
static inline void forge_need(struct forge *forge, uint64_t library)
{
	static const char version[] = "GLIBC_ABI_DT_RELR";
	const uint64_t name = FORGE_STRINGS_SIZE - sizeof(version);

	memcpy(forge->bytes + FORGE_STRINGS + name, version, sizeof(version));
	forge_put(forge, FORGE_NEEDS + offsetof(Elf64_Verneed, vn_version), 1, 2);
	forge_put(forge, FORGE_NEEDS + offsetof(Elf64_Verneed, vn_cnt), 1, 2);
	forge_put(forge, FORGE_NEEDS + offsetof(Elf64_Verneed, vn_file), library, 4);
	forge_put(forge, FORGE_NEEDS + offsetof(Elf64_Verneed, vn_aux), sizeof(Elf64_Verneed), 4);
	forge_put(forge, FORGE_NEEDS + sizeof(Elf64_Verneed) + offsetof(Elf64_Vernaux, vna_hash), 0x0fd0e42, 4);
	forge_put(forge, FORGE_NEEDS + sizeof(Elf64_Verneed) + offsetof(Elf64_Vernaux, vna_other), 2, 2);
	forge_put(forge, FORGE_NEEDS + sizeof(Elf64_Verneed) + offsetof(Elf64_Vernaux, vna_name), name, 4);
	forge_dynamic(forge, DT_VERNEED, FORGE_NEEDS);
	forge_dynamic(forge, DT_VERNEEDNUM, 1);
	forge_dynamic(forge, DT_VERSYM, FORGE_VERSIONS);
}

static inline void forge_sections(struct forge *forge)
{
	const size_t words = forge_pack(forge);

	/* What every plugin has besides: a call through the linkage table. */
	forge_put(forge, FORGE_PLT + offsetof(Elf64_Rela, r_offset), FORGE_DATA, 8);
	forge_put(forge, FORGE_PLT + offsetof(Elf64_Rela, r_info),
		  ELF64_R_INFO((uint64_t)FORGE_SYMBOL_ELSEWHERE,
			       forge_type(forge, R_X86_64_JUMP_SLOT, R_AARCH64_JUMP_SLOT)),
		  8);
	forge_symbols(forge);
	forge_dynamic(forge, DT_GNU_HASH, FORGE_GNU_HASH);
	forge_dynamic(forge, DT_HASH, FORGE_HASH);
	forge_dynamic(forge, DT_STRTAB, FORGE_STRINGS);
	forge_dynamic(forge, DT_STRSZ, FORGE_STRINGS_SIZE);
	forge_dynamic(forge, DT_SYMTAB, FORGE_SYMBOLS);
	forge_dynamic(forge, DT_SYMENT, sizeof(Elf64_Sym));
	forge_dynamic(forge, DT_RELA, FORGE_RELA);
	forge_dynamic(forge, DT_RELASZ, forge->rela_count * sizeof(Elf64_Rela));
	forge_dynamic(forge, DT_RELAENT, sizeof(Elf64_Rela));
	forge_dynamic(forge, DT_RELACOUNT, 0);
	forge_dynamic(forge, DT_JMPREL, FORGE_PLT);
	forge_dynamic(forge, DT_PLTRELSZ, sizeof(Elf64_Rela));
	forge_dynamic(forge, DT_PLTREL, DT_RELA);
	forge_dynamic(forge, DT_FLAGS, DF_BIND_NOW);
	forge_dynamic(forge, DT_FLAGS_1, DF_1_NOW);
	if (forge->packed) {
		forge_dynamic(forge, DT_RELR, FORGE_RELR);
		forge_dynamic(forge, DT_RELRSZ, words * 8);
		forge_dynamic(forge, DT_RELRENT, 8);
		forge_need(forge, forge_get(forge, FORGE_DYNAMIC + 8, 8));
	}
}

static inline void forge_header(struct forge *forge, enum forge_header number, uint32_t type, uint32_t flags,
				uint64_t offset, uint64_t file_size, uint64_t memory_size, uint64_t alignment)
{
	forge_put(forge, FORGE_HEADER(number, p_type), type, 4);
	forge_put(forge, FORGE_HEADER(number, p_flags), flags, 4);
	forge_put(forge, FORGE_HEADER(number, p_offset), offset, 8);
	forge_put(forge, FORGE_HEADER(number, p_vaddr), offset, 8);
	forge_put(forge, FORGE_HEADER(number, p_paddr), offset, 8);
	forge_put(forge, FORGE_HEADER(number, p_filesz), file_size, 8);
	forge_put(forge, FORGE_HEADER(number, p_memsz), memory_size, 8);
	forge_put(forge, FORGE_HEADER(number, p_align), alignment, 8);
}

static inline void forge_headers(struct forge *forge)
{
	static const unsigned char identity[] = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT};

	memcpy(forge->bytes, identity, sizeof(identity));
	forge_put(forge, offsetof(Elf64_Ehdr, e_type), ET_DYN, 2);
	forge_put(forge, offsetof(Elf64_Ehdr, e_machine), forge->machine, 2);
	forge_put(forge, offsetof(Elf64_Ehdr, e_version), EV_CURRENT, 4);
	forge_put(forge, offsetof(Elf64_Ehdr, e_phoff), FORGE_HEADERS, 8);
	forge_put(forge, offsetof(Elf64_Ehdr, e_ehsize), sizeof(Elf64_Ehdr), 2);
	forge_put(forge, offsetof(Elf64_Ehdr, e_phentsize), sizeof(Elf64_Phdr), 2);
	forge_put(forge, offsetof(Elf64_Ehdr, e_phnum), FORGE_HEADER_COUNT, 2);
	forge_header(forge, FORGE_HEADER_CONSTANT, PT_LOAD, PF_R, 0, FORGE_CODE, FORGE_CODE, 0x1000);
	forge_header(forge, FORGE_HEADER_CODE, PT_LOAD, PF_R | PF_X, FORGE_CODE, FORGE_CODE_SIZE, FORGE_CODE_SIZE,
		     0x1000);
	forge_header(forge, FORGE_HEADER_DATA, PT_LOAD, PF_R | PF_W, FORGE_TABLE, FORGE_SIZE - FORGE_TABLE,
		     FORGE_BSS_END - FORGE_TABLE, 0x1000);
	forge_header(forge, FORGE_HEADER_DYNAMIC, PT_DYNAMIC, PF_R | PF_W, FORGE_DYNAMIC, FORGE_DYNAMIC_SIZE,
		     FORGE_DYNAMIC_SIZE, 8);
	forge_header(forge, FORGE_HEADER_RELRO, PT_GNU_RELRO, PF_R, FORGE_TABLE, FORGE_DATA - FORGE_TABLE,
		     FORGE_DATA - FORGE_TABLE, 1);
	forge_header(forge, FORGE_HEADER_STACK, PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 16);
	forge_header(forge, FORGE_HEADER_NOTE, PT_NOTE, PF_R, FORGE_TEXTS, 0, 0, 4);
}

/* A good file for the plugin delivery/NAME. `packed`: its pointers are DT_RELR instead of DT_RELA. */
static inline void forge_build_named(struct forge *forge, uint16_t machine, bool packed, const char *name)
{
	memset(forge, 0, sizeof(*forge));
	forge->size = FORGE_SIZE;
	forge->machine = machine;
	forge->packed = packed;
	forge->text_end = FORGE_TEXTS;
	forge_tables(forge, name);
	forge_sections(forge);
	forge_headers(forge);
}

static inline void forge_build(struct forge *forge, uint16_t machine, bool packed)
{
	forge_build_named(forge, machine, packed, "forged");
}

/* The first `size` bytes as an anonymous file, to be closed by the caller; -1 when there is none to be had. */
static inline int forge_open_part(const struct forge *forge, size_t size)
{
	const int fd = memfd_create("forged.so", MFD_CLOEXEC);

	if (fd >= 0 && pwrite(fd, forge->bytes, size, 0) != (ssize_t)size) {
		close(fd);
		return -1;
	}
	return fd;
}

static inline int forge_open(const struct forge *forge)
{
	return forge_open_part(forge, forge->size);
}

/* As a file of the given name that the loader accepts. Whether that worked. */
static inline bool forge_save(const struct forge *forge, const char *path)
{
	FILE *file = fopen(path, "wb");
	bool done;

	if (!file)
		return false;
	done = fwrite(forge->bytes, forge->size, 1, file) == 1 && fchmod(fileno(file), 0644) == 0;
	return fclose(file) == 0 && done;
}

/* Fails the test unless the reader refuses the file with a sentence that holds `sentence`. */
static inline void forge_refused(const struct forge *forge, const char *sentence, const char *name)
{
	const int fd = forge_open(forge);
	struct arena arena = {0};
	struct tocsin_plugin table;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	const enum tocsin_code code = elf_read_table(fd, forge->size, &arena, &table, &err);

	assert_true(fd >= 0);
	close(fd);
	arena_release(&arena);
	if (code != TOCSIN_INVALID || !strstr(err.text, sentence))
		fail_msg("%s: %s: \"%s\" instead of \"%s\"", name, tocsin_code_name(code), err.text, sentence);
}

/* Fails the test unless the reader takes the file. */
static inline void forge_accepted(const struct forge *forge, const char *name)
{
	const int fd = forge_open(forge);
	struct arena arena = {0};
	struct tocsin_plugin table;
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	assert_true(fd >= 0);
	if (elf_read_table(fd, forge->size, &arena, &table, &err) != TOCSIN_OK)
		fail_msg("%s: \"%s\"", name, err.text);
	close(fd);
	arena_release(&arena);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the ELF reader refuses, each with its reason: one change to a good file, one sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "forge.h"
#include "loader/elf_image.h"

#define MEMBER(row, table, member) ((row) + offsetof(struct tocsin_##table, member))
#define PLUGIN(member) MEMBER(FORGE_TABLE, plugin, member)
#define FIELD(member) MEMBER(FORGE_FIELDS, field, member)
#define SECOND_FIELD(member) MEMBER(FORGE_FIELDS + sizeof(struct tocsin_field), field, member)
#define ACTION(member) MEMBER(FORGE_ACTIONS, action, member)
#define PARAMETER(member) MEMBER(FORGE_PARAMETERS, field, member)
/* A place and its size. */
#define EHDR(member) offsetof(Elf64_Ehdr, member), sizeof(((Elf64_Ehdr *)0)->member)
#define HEADER(number, member) FORGE_HEADER(FORGE_HEADER_##number, member), sizeof(((Elf64_Phdr *)0)->member)
#define SYMBOL(number, member) FORGE_SYMBOL(FORGE_SYMBOL_##number, member), sizeof(((Elf64_Sym *)0)->member)

/* ---- One number changed: headers, segments, symbols, tables ---- */

static const struct {
	uint64_t place;
	size_t size;
	uint64_t number;
	const char *sentence;
} numbers[] = {
	{EI_MAG0, 1, 0x7e, "not an ELF file"},
	{EI_CLASS, 1, ELFCLASS32, "not a 64-bit little-endian ELF file"},
	{EI_DATA, 1, ELFDATA2MSB, "not a 64-bit little-endian ELF file"},
	{EI_VERSION, 1, 0, "an ELF version other than 1"},
	{EI_OSABI, 1, ELFOSABI_FREEBSD, "another system (ELF OS ABI 9)"},
	{EI_ABIVERSION, 1, 3, "unknown ELF ABI version 3"},
	{EHDR(e_version), 2, "an ELF version other than 1"},
	{EHDR(e_type), ET_EXEC, "not a shared object (ELF type 2)"},
	{EHDR(e_type), ET_REL, "not a shared object (ELF type 1)"},
	{EHDR(e_machine), EM_386, "a machine (3) that is neither"},
	{EHDR(e_phentsize), 32, "program headers have an unknown size"},
	{EHDR(e_phnum), 0, "no segments to load"},
	{EHDR(e_phnum), 65, "has 65 program headers, at most 64"},
	{EHDR(e_phnum), PN_XNUM, "has 65535 program headers"},
	{EHDR(e_phoff), FORGE_SIZE - 8, "program headers lie beyond the end"},
	{EHDR(e_phoff), UINT64_MAX - 7, "program headers lie beyond the end"},

	{HEADER(CONSTANT, p_filesz), FORGE_SIZE + 1, "segment 0 lies beyond the end of the file"},
	{HEADER(DATA, p_offset), UINT64_MAX & ~0xfffu, "segment 2 lies beyond the end of the file"},
	{HEADER(DATA, p_filesz), UINT64_MAX, "segment 2 lies beyond the end of the file"},
	{HEADER(CODE, p_memsz), 0, "segment 1 is empty or larger in the file"},
	{HEADER(CODE, p_memsz), 1, "segment 1 is empty or larger in the file"},
	{HEADER(DATA, p_vaddr), (uint64_t)1 << 47, "segment 2 has an impossible address"},
	{HEADER(DATA, p_memsz), UINT64_MAX, "segment 2 has an impossible address or size"},
	{HEADER(DATA, p_align), 0, "segment 2 is not aligned"},
	{HEADER(DATA, p_align), 16, "segment 2 is not aligned"},
	{HEADER(DATA, p_align), 0x3000, "segment 2 is not aligned"},
	{HEADER(DATA, p_vaddr), FORGE_TABLE + 8, "segment 2 is not aligned"},
	{HEADER(CODE, p_flags), PF_R | PF_W | PF_X, "segment 1 is both writable and executable"},
	{HEADER(CODE, p_vaddr), 0, "segments 0 and 1 share a page or are not in ascending order"},
	{HEADER(CODE, p_vaddr), 0x5000, "segments 1 and 2 share a page or are not in ascending order"},
	{HEADER(CONSTANT, p_memsz), 0x1001, "segments 0 and 1 share a page"},
	{HEADER(NOTE, p_type), PT_INTERP, "a program, with an interpreter"},
	{HEADER(NOTE, p_type), PT_DYNAMIC, "two dynamic sections"},
	{HEADER(NOTE, p_type), PT_GNU_RELRO, "two relocated constant ranges"},
	{HEADER(DYNAMIC, p_type), PT_NULL, "no dynamic section"},
	{HEADER(STACK, p_type), PT_NULL, "does not say that its stack is not executable"},
	{HEADER(STACK, p_flags), PF_R | PF_W | PF_X, "an executable stack"},
	{HEADER(DYNAMIC, p_vaddr), FORGE_BSS_END, "the dynamic section lies outside"},
	{HEADER(DYNAMIC, p_filesz), UINT64_MAX, "the dynamic section lies outside"},
	{HEADER(DYNAMIC, p_vaddr), FORGE_DYNAMIC - 16, "the dynamic section has two places"},
	{HEADER(DYNAMIC, p_filesz), 64, "the dynamic section has no end"},
	{HEADER(RELRO, p_memsz), UINT64_MAX, "relocated constant range has an impossible place"},
	{HEADER(RELRO, p_vaddr), UINT64_MAX, "relocated constant range has an impossible place"},
	{HEADER(RELRO, p_vaddr), FORGE_CODE, "relocated constant range lies outside"},
	{HEADER(RELRO, p_memsz), 0x3000, "relocated constant range lies outside"},

	/* What is not made constant: all, the tail of the page, the part behind. */
	{HEADER(RELRO, p_type), PT_NULL, "the plugin table is not constant data of the file"},
	{HEADER(RELRO, p_memsz), FORGE_DATA - FORGE_TABLE - 1, "the plugin table is not constant data of the file"},
	{HEADER(RELRO, p_vaddr), FORGE_TABLE + 8, "the plugin table is not constant data of the file"},
	{HEADER(RELRO, p_vaddr), FORGE_FIELDS + 8, "the plugin table is not constant data of the file"},
	{HEADER(DATA, p_flags), PF_W, "the plugin table is not constant data of the file"},
	{SYMBOL(TABLE, st_value), FORGE_DATA, "the plugin table is not constant data of the file"},
	{SYMBOL(TABLE, st_value), FORGE_SIZE + 8, "the plugin table is not constant data of the file"},
	{SYMBOL(TABLE, st_value), FORGE_DYNAMIC - 88, "the plugin table is not constant data of the file"},
	{SYMBOL(TABLE, st_value), FORGE_DYNAMIC + 8, "the plugin table is not constant data of the file"},
	{SYMBOL(TABLE, st_value), UINT64_MAX - 7, "the plugin table is not constant data of the file"},

	{SYMBOL(TABLE, st_name), 0, "exports no tocsin_plugin_table"},
	{SYMBOL(TABLE, st_name), FORGE_STRINGS_SIZE, "a name that lies beyond the table of names"},
	{SYMBOL(TABLE, st_name), UINT32_MAX, "a name that lies beyond the table of names"},
	{SYMBOL(TABLE, st_shndx), SHN_UNDEF, "tocsin_plugin_table is not in this file"},
	{SYMBOL(TABLE, st_shndx), SHN_ABS, "tocsin_plugin_table is not in this file"},
	{SYMBOL(TABLE, st_shndx), SHN_COMMON, "tocsin_plugin_table is not in this file"},
	{SYMBOL(TABLE, st_info), ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), "tocsin_plugin_table is no data object"},
	{SYMBOL(TABLE, st_info), ELF64_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC), "tocsin_plugin_table is no data object"},
	{SYMBOL(TABLE, st_info), ELF64_ST_INFO(STB_GLOBAL, STT_TLS), "tocsin_plugin_table is no data object"},
	{SYMBOL(TABLE, st_info), ELF64_ST_INFO(STB_LOCAL, STT_OBJECT), "tocsin_plugin_table is not exported"},
	{SYMBOL(TABLE, st_other), STV_HIDDEN, "tocsin_plugin_table is not exported"},
	{SYMBOL(TABLE, st_size), 0, "says that it has 96 bytes, but its symbol has fewer"},

	{FORGE_GNU_HASH, 4, 0, "hash table of symbols has an impossible shape"},
	{FORGE_GNU_HASH + 4, 4, 3, "hash table of symbols has an impossible shape"},
	{FORGE_GNU_HASH + 4, 4, 0, "exports no tocsin_plugin_table"},
	{FORGE_GNU_HASH + 8, 4, 0, "hash table of symbols has an impossible shape"},
	{FORGE_GNU_HASH + 8, 4, 3, "hash table of symbols has an impossible shape"},
	{FORGE_GNU_HASH + 8, 4, 1u << 31, "hash table of symbols lies outside"},
	{FORGE_GNU_HASH + 12, 4, 32, "hash table of symbols has an impossible shape"},
	{FORGE_GNU_HASH + 16, 8, 0, "exports no tocsin_plugin_table"},
	{FORGE_GNU_HASH + 24, 4, 0, "exports no tocsin_plugin_table"},
	{FORGE_GNU_HASH + 24, 4, UINT32_MAX, "hash table of symbols lies outside"},

	{PLUGIN(abi.number), 4, 2, "the plugin table has ABI 2, this version of tocsin has 1"},
	{PLUGIN(abi.number), 4, 0, "the plugin table has ABI 0, this version of tocsin has 1"},
	{PLUGIN(abi.size), 4, 88, "the plugin table says that it has 88 bytes, which no version"},
	{PLUGIN(abi.size), 4, 100, "the plugin table says that it has 100 bytes, which no version"},
	{PLUGIN(abi.size), 4, UINT32_MAX, "the plugin table says that it has 4294967295 bytes, which no version"},
	{PLUGIN(abi.size), 4, 104, "the plugin table says that it has 104 bytes, but its symbol has fewer"},
	{PLUGIN(reserved), 1, 1, "the plugin table says something that this version of tocsin does not know (byte 89)"},
	{PLUGIN(reserved[6]), 1, 1, "does not know (byte 95)"},
	{PLUGIN(idempotent), 1, 2, "the plugin table's idempotent is 2, neither true nor false"},
	{PLUGIN(fields.count), 4, 257, "the plugin table's fields has 257 rows, at most 256 are allowed"},
	{PLUGIN(fields.count), 4, UINT32_MAX, "the plugin table's fields has 4294967295 rows"},
	{PLUGIN(fields.count), 4, 36, "the plugin table's fields reaches beyond the constant data"},
	{PLUGIN(fields.stride), 4, 0, "the plugin table's fields has rows of 0 bytes"},
	{PLUGIN(fields.stride), 4, 72, "the plugin table's fields has rows of 72 bytes"},
	{PLUGIN(fields.stride), 4, 84, "the plugin table's fields has rows of 84 bytes"},
	{PLUGIN(fields.stride), 4, 1032, "the plugin table's fields has rows of 1032 bytes"},
	{PLUGIN(fields.stride), 4, UINT32_MAX, "the plugin table's fields has rows of 4294967295 bytes"},
	{PLUGIN(fields.stride), 4, 96, "the plugin table's fields[0] is changed by a relocation"},
	{PLUGIN(actions.count), 4, 65, "the plugin table's actions has 65 rows, at most 64"},
	{PLUGIN(actions.stride), 4, 40, "the plugin table's actions has rows of 40 bytes"},
	{ACTION(parameters.count), 4, 257, "the plugin table's actions[0].parameters has 257 rows"},
	{ACTION(parameters.stride), 4, 8, "the plugin table's actions[0].parameters has rows of 8 bytes"},
	{FIELD(required), 1, 0xff, "the plugin table's fields[0].required is 255, neither"},
	{FIELD(reserved), 1, 1,
	 "the plugin table's fields[0] says something that this version of tocsin does not know"},
	{SECOND_FIELD(reserved[6]), 1, 1, "the plugin table's fields[1] says something"},
	{PARAMETER(reserved[1]), 1, 1, "the plugin table's actions[0].parameters[0] says something"},
	{FIELD(preset), 8, 5, "the plugin table's fields[0].preset is the number 0x5, which points nowhere"},
	{PARAMETER(choices), 8, FORGE_CHOICES, "parameters[0].choices is the number 0x2c00, which points nowhere"},
	{FORGE_CHOICES + 16, 8, 1, "the plugin table's fields[1].choices[2] is the number 0x1"},
	{FORGE_HOSTS + 8, 8, 1, "the plugin table's hosts[1] is the number 0x1"},
};

static void test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		struct forge forge;
		char name[32];

		snprintf(name, sizeof(name), "number %zu", i);
		forge_build(&forge, EM_X86_64, false);
		forge_put(&forge, numbers[i].place, numbers[i].number, numbers[i].size);
		forge_refused(&forge, numbers[i].sentence, name);
	}
}

/* What takes more than one number. */
static void test_segments(void **state)
{
	struct forge forge;
	const uint64_t headers = 0x6000;

	(void)state;
	forge_build(&forge, EM_X86_64, false);
	forge_put(&forge, FORGE_HEADER(FORGE_HEADER_CODE, p_filesz), 0, 8);
	forge_put(&forge, FORGE_HEADER(FORGE_HEADER_CODE, p_memsz), 0, 8);
	forge_refused(&forge, "segment 1 is empty", "nothing");

	/* The whole file twice more. */
	forge_build(&forge, EM_X86_64, false);
	forge_header(&forge, FORGE_HEADER_STACK, PT_LOAD, PF_R, 0, FORGE_SIZE, FORGE_SIZE, 0x1000);
	forge_put(&forge, FORGE_HEADER(FORGE_HEADER_STACK, p_vaddr), 0x10000, 8);
	forge_header(&forge, FORGE_HEADER_NOTE, PT_LOAD, PF_R, 0, FORGE_SIZE, FORGE_SIZE, 0x1000);
	forge_put(&forge, FORGE_HEADER(FORGE_HEADER_NOTE, p_vaddr), 0x20000, 8);
	forge_refused(&forge, "the segments together are larger than the file", "the same bytes again and again");

	/* All the headers of the good file, and 14 more segments behind its three. */
	forge_build(&forge, EM_X86_64, false);
	memcpy(forge.bytes + headers, forge.bytes + FORGE_HEADERS, FORGE_HEADER_COUNT * sizeof(Elf64_Phdr));
	for (unsigned i = 0; i < 14; i++) {
		forge_header(&forge, FORGE_HEADER_NOTE, PT_LOAD, PF_R, 0, 16, 16, 0x1000);
		forge_put(&forge, FORGE_HEADER(FORGE_HEADER_NOTE, p_vaddr), 0x10000 + i * 0x1000, 8);
		memcpy(forge.bytes + headers + (FORGE_HEADER_COUNT + i) * sizeof(Elf64_Phdr),
		       forge.bytes + FORGE_HEADER(FORGE_HEADER_NOTE, p_type), sizeof(Elf64_Phdr));
	}
	forge.size = FORGE_ROOM;
	forge_put(&forge, offsetof(Elf64_Ehdr, e_phoff), headers, 8);
	forge_put(&forge, offsetof(Elf64_Ehdr, e_phnum), FORGE_HEADER_COUNT + 14, 2);
	forge_refused(&forge, "the file has more than 16 segments", "many segments");
}

/* Moves a segment, and what is said of parts of it, far behind where it stands in the file. */
static void move(struct forge *forge, enum forge_header number, uint64_t distance, uint64_t alignment)
{
	forge_put(forge, FORGE_HEADER(number, p_vaddr), forge_get(forge, FORGE_HEADER(number, p_offset), 8) + distance,
		  8);
	forge_put(forge, FORGE_HEADER(number, p_align), alignment, 8);
}

/* Instead of the C library's: the reader runs on any machine here. */
static int page_size = 0x1000;

int getpagesize(void)
{
	return page_size;
}

/* What is made constant on a machine with small pages stays writable on one with large pages. */
static void test_relro_pages(void **state)
{
	static const struct {
		int page; /* of this machine */
		uint64_t alignment; /* of the segments */
		uint64_t end; /* of what is made constant, behind the beginning of the segment's page of 64 KiB */
		bool constant;
	} cases[] = {
		{0x1000, 0x1000, 0x3000, true},
		{0x1000, 0x1000, 0x2fff, false},
		{0x1000, 0x10000, 0x3000, true},
		{0x1000, 0x10000, 0x2fff, false},
		{0x4000, 0x4000, 0x3000, false},
		{0x4000, 0x10000, 0x3000, false},
		{0x4000, 0x10000, 0x4000, true},
		{0x10000, 0x10000, 0x4000, false},
		{0x10000, 0x10000, 0xffff, false},
		{0x10000, 0x10000, 0x10000, true},
		{0x10000, 0x200000, 0x4000, false},
		{0x10000, 0x200000, 0x10000, true},
		/* Not loaded here, whatever it says. */
		{0x10000, 0x1000, 0x3000, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const uint64_t alignment = cases[i].alignment, code = 0x200000, data = 2 * code;
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct elf_segment *segment;
		struct elf_image image;
		struct forge forge;
		uint64_t constant;
		int fd;

		forge_build(&forge, EM_AARCH64, false);
		move(&forge, FORGE_HEADER_CONSTANT, 0, alignment);
		move(&forge, FORGE_HEADER_CODE, code, alignment);
		move(&forge, FORGE_HEADER_DATA, data, alignment);
		move(&forge, FORGE_HEADER_DYNAMIC, data, 8);
		move(&forge, FORGE_HEADER_RELRO, data, 1);
		forge_put(&forge, FORGE_HEADER(FORGE_HEADER_RELRO, p_memsz), cases[i].end - FORGE_TABLE, 8);
		/* The range may not be longer than the memory. */
		forge_put(&forge, FORGE_HEADER(FORGE_HEADER_DATA, p_memsz), 0x10000 - FORGE_TABLE, 8);
		fd = forge_open(&forge);
		assert_true(fd >= 0);
		page_size = cases[i].page;
		if (elf_image_open(fd, forge.size, &image, &err) != TOCSIN_OK)
			fail_msg("case %zu: %s", i, err.text);
		page_size = 0x1000;
		constant = elf_image_constant(&image, data + FORGE_TABLE, &segment);
		if (constant != (cases[i].constant ? FORGE_DYNAMIC - FORGE_TABLE : 0))
			fail_msg("case %zu: %#jx bytes are constant", i, (uintmax_t)constant);
		elf_image_release(&image);
		close(fd);
	}
}

/* ---- The dynamic section: an entry added, or one changed ---- */

static const struct {
	uint64_t tag;
	uint64_t value;
	const char *sentence;
} additions[] = {
	{DT_RPATH, 1, "library search path (DT_RPATH)"},
	{DT_RUNPATH, 1, "library search path (DT_RUNPATH)"},
	{DT_AUDIT, 1, "an auditor to be loaded (DT_AUDIT)"},
	{DT_DEPAUDIT, 1, "an auditor to be loaded (DT_DEPAUDIT)"},
	{DT_CONFIG, 1, "a configuration of the dynamic linker"},
	{DT_FILTER, 1, "a filter for another library (DT_FILTER)"},
	{DT_AUXILIARY, 1, "a filter for another library (DT_AUXILIARY)"},
	{DT_TEXTREL, 0, "relocations in its code (DT_TEXTREL)"},
	{DT_REL, FORGE_RELA, "another machine's sort (DT_REL)"},
	{0x6000000f, FORGE_RELA, "packed in Android's way"},
	{0x60000011, FORGE_RELA, "packed in Android's way"},
	{DT_SYMTAB, FORGE_SYMBOLS, "DT_SYMTAB stands twice"},
	{DT_STRTAB, FORGE_STRINGS, "DT_STRTAB stands twice"},
	{DT_GNU_HASH, FORGE_GNU_HASH, "DT_GNU_HASH stands twice"},
	{DT_RELA, FORGE_RELA, "DT_RELA stands twice"},
	{DT_RELR, FORGE_RELR, "only one of DT_RELR and DT_RELRSZ"},
	{DT_RELRSZ, 8, "only one of DT_RELR and DT_RELRSZ"},
	{DT_SONAME, 0x80, "a path as its name for itself (DT_SONAME)"},
	{DT_SONAME, FORGE_STRINGS_SIZE, "no proper name for itself (DT_SONAME)"},
	{DT_SONAME, 0xf8, "no proper name for itself (DT_SONAME)"},
	{DT_NEEDED, FORGE_STRINGS_SIZE, "needs a library without a proper name"},
	{DT_NEEDED, UINT64_MAX, "needs a library without a proper name"},
	{DT_NEEDED, 0, "needs the library \"\", which is not among"},
	{DT_NEEDED, 1, "needs the library \"elsewhere\", which is not among"},
	{DT_NEEDED, 0x80, "needs the library \"/tmp/libevil.so\", which is not among"},
	{DT_NEEDED, 0xa0, "needs the library \"lib [2J.so\", which is not among"},
	{DT_NEEDED, 0xb0, "needs the library \"libc.so.6 \", which is not among"},
	{DT_NEEDED, 0xf8, "needs a library without a proper name"},
};

static void put_names(struct forge *forge)
{
	strcpy((char *)forge->bytes + FORGE_STRINGS + 0x80, "/tmp/libevil.so");
	strcpy((char *)forge->bytes + FORGE_STRINGS + 0xa0, "lib\x1b[2J.so");
	strcpy((char *)forge->bytes + FORGE_STRINGS + 0xb0, "libc.so.6 ");
	/* Runs on into the next part of the file. */
	memset(forge->bytes + FORGE_STRINGS + 0xf8, 'x', 8);
}

static const struct {
	uint64_t tag;
	uint64_t value;
	const char *sentence;
} entries[] = {
	{DT_STRTAB, UINT64_MAX, "the table of names lies outside"},
	{DT_STRTAB, FORGE_TABLE, "the table of names lies in a segment that can be written"},
	{DT_STRSZ, UINT64_MAX, "the table of names lies outside"},
	{DT_SYMTAB, FORGE_CODE + FORGE_CODE_SIZE, "the table of symbols lies outside"},
	{DT_SYMTAB, UINT64_MAX, "exports no tocsin_plugin_table"},
	{DT_SYMTAB, FORGE_TABLE, "the table of symbols lies in a segment that can be written"},
	{DT_SYMENT, 32, "DT_SYMENT is 32 where only 24 is known"},
	{DT_GNU_HASH, FORGE_CODE - 8, "the hash table of symbols lies outside"},
	{DT_GNU_HASH, FORGE_TABLE, "the hash table of symbols lies in a segment that can be written"},
	{DT_GNU_HASH, UINT64_MAX, "the hash table of symbols lies outside"},
	{DT_RELA, FORGE_CODE, "the table of relocations lies outside"},
	{DT_RELA, FORGE_TABLE, "the table of relocations lies in a segment that can be written"},
	{DT_RELASZ, UINT64_MAX, "DT_RELASZ is no multiple of 24"},
	{DT_RELASZ, UINT64_MAX / 24 * 24, "the table of relocations lies outside"},
	{DT_RELASZ, 25, "DT_RELASZ is no multiple of 24"},
	{DT_RELAENT, 16, "DT_RELAENT is 16 where only 24 is known"},
	{DT_RELACOUNT, 1000, "DT_RELACOUNT counts more relocations than there are"},
	{DT_RELACOUNT, UINT64_MAX, "DT_RELACOUNT counts more relocations than there are"},
	{DT_JMPREL, FORGE_SIZE, "the table of calls lies"},
	{DT_PLTRELSZ, 23, "DT_PLTRELSZ is no multiple of 24"},
	{DT_PLTREL, DT_REL, "DT_PLTREL is 17 where only 7 is known"},
	{DT_FLAGS, DF_TEXTREL, "relocations in its code (DF_TEXTREL)"},
	{DT_FLAGS_1, DF_1_PIE, "the file is a program (DF_1_PIE)"},
	{DT_FLAGS_1, DF_1_NOOPEN, "forbids that it be loaded"},
	{DT_FLAGS_1, DF_1_INTERPOSE, "replaces functions of others"},
};

/* An entry that must be there, made another one. */
static const struct {
	uint64_t tag;
	const char *sentence;
} omissions[] = {
	{DT_STRTAB, "names no symbols"},
	{DT_STRSZ, "only one of DT_STRTAB and DT_STRSZ"},
	{DT_SYMTAB, "names no symbols"},
	{DT_SYMENT, "DT_SYMENT is 0 where only 24 is known"},
	{DT_RELASZ, "only one of DT_RELA and DT_RELASZ"},
	{DT_RELAENT, "DT_RELAENT is 0 where only 24 is known"},
	{DT_JMPREL, "only one of DT_JMPREL and DT_PLTRELSZ"},
	{DT_PLTREL, "DT_PLTREL is 0 where only 7 is known"},
};

static void test_dynamic(void **state)
{
	struct forge forge;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(additions); i++) {
		forge_build(&forge, EM_X86_64, false);
		put_names(&forge);
		forge_dynamic(&forge, additions[i].tag, additions[i].value);
		forge_refused(&forge, additions[i].sentence, "addition");
	}
	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		forge_build(&forge, EM_X86_64, false);
		forge_put(&forge, forge_value(&forge, entries[i].tag), entries[i].value, 8);
		forge_refused(&forge, entries[i].sentence, "entry");
	}
	for (size_t i = 0; i < COUNT_OF(omissions); i++) {
		forge_build(&forge, EM_X86_64, false);
		forge_put(&forge, forge_value(&forge, omissions[i].tag) - 8, DT_DEBUG, 8);
		forge_refused(&forge, omissions[i].sentence, "omission");
	}
}

static void test_no_hash(void **state)
{
	struct forge forge;

	(void)state;
	forge_build(&forge, EM_X86_64, false);
	forge_put(&forge, forge_value(&forge, DT_GNU_HASH) - 8, DT_DEBUG, 8);
	forge_put(&forge, FORGE_HASH, 0, 4);
	forge_refused(&forge, "hash table of symbols has an impossible shape", "no buckets");
	forge_put(&forge, FORGE_HASH, UINT32_MAX, 4);
	forge_refused(&forge, "hash table of symbols lies outside", "many buckets");
	forge_put(&forge, FORGE_HASH, 1, 4);
	forge_put(&forge, FORGE_HASH + 8, 99, 4);
	forge_refused(&forge, "hash table of symbols has an impossible shape", "a symbol that is none");
	/* elsewhere to elsewhere */
	forge_put(&forge, FORGE_HASH + 8, FORGE_SYMBOL_ELSEWHERE, 4);
	forge_put(&forge, FORGE_HASH + 12 + 4 * FORGE_SYMBOL_ELSEWHERE, FORGE_SYMBOL_ELSEWHERE, 4);
	forge_refused(&forge, "a chain without an end", "a circle");
	/* the table to the table */
	forge_put(&forge, FORGE_HASH + 8, FORGE_SYMBOL_TABLE, 4);
	forge_put(&forge, FORGE_HASH + 12 + 4 * FORGE_SYMBOL_TABLE, FORGE_SYMBOL_TABLE, 4);
	forge_refused(&forge, "two symbols named tocsin_plugin_table", "a small circle");
	forge_put(&forge, forge_value(&forge, DT_HASH) - 8, DT_DEBUG, 8);
	forge_refused(&forge, "no hash table of symbols", "no table");
}

/* The dynamic linker reads on behind DT_STRSZ, and finds there what it looks for. */
static void test_names_beyond(void **state)
{
	static const struct {
		uint64_t offset; /* of the name of the table's symbol */
		const char *sentence; /* NULL: it is found or passed over without doubt */
	} names[] = {
		{FORGE_STRINGS_SIZE, "a name that lies beyond the table of names"},
		{FORGE_STRINGS_SIZE - 10, "a name that lies beyond the table of names"},
		{FORGE_STRINGS_SIZE - sizeof(TOCSIN_PLUGIN_SYMBOL) + 1, "a name that lies beyond the table of names"},
		{FORGE_STRINGS_SIZE - sizeof(TOCSIN_PLUGIN_SYMBOL), NULL},
		/* Without an end, but another name already. */
		{FORGE_STRINGS_SIZE - 40, "exports no tocsin_plugin_table"},
	};

	(void)state;
	for (unsigned old = 0; old < 2; old++)
		for (size_t i = 0; i < COUNT_OF(names); i++) {
			struct forge forge;

			forge_build(&forge, EM_X86_64, false);
			if (old)
				forge_put(&forge, forge_value(&forge, DT_GNU_HASH) - 8, DT_DEBUG, 8);
			/* No relocations: the name may lie where they are. */
			if (names[i].offset + sizeof(TOCSIN_PLUGIN_SYMBOL) > FORGE_STRINGS_SIZE)
				forge_put(&forge, forge_value(&forge, DT_RELASZ), 0, 8);
			memset(forge.bytes + FORGE_STRINGS + FORGE_STRINGS_SIZE - 40, 'x', 40);
			memcpy(forge.bytes + FORGE_STRINGS + names[i].offset, TOCSIN_PLUGIN_SYMBOL,
			       i + 1 == COUNT_OF(names) ? 6 : sizeof(TOCSIN_PLUGIN_SYMBOL));
			forge_put(&forge, FORGE_SYMBOL(FORGE_SYMBOL_TABLE, st_name), names[i].offset, 4);
			if (names[i].sentence)
				forge_refused(&forge, names[i].sentence, old ? "old table" : "new table");
			else
				forge_accepted(&forge, old ? "old table" : "new table");
		}
}

static void test_versions(void **state)
{
	struct forge forge;

	(void)state;
	forge_build(&forge, EM_X86_64, false);
	forge_put(&forge, FORGE_SYMBOL(FORGE_SYMBOL_FIELDS, st_name),
		  forge_get(&forge, FORGE_SYMBOL(FORGE_SYMBOL_TABLE, st_name), 4), 4);
	forge_put(&forge, FORGE_GNU_HASH + 32, forge_gnu_hash(TOCSIN_PLUGIN_SYMBOL) & ~1u, 4);
	forge_refused(&forge, "two symbols named tocsin_plugin_table", "two symbols");
	forge_build(&forge, EM_X86_64, false);
	forge_dynamic(&forge, DT_VERSYM, FORGE_VERSIONS);
	forge_put(&forge, FORGE_VERSIONS + 2 * FORGE_SYMBOL_TABLE, 0x8002, 2);
	forge_refused(&forge, "tocsin_plugin_table is an old version that is hidden", "hidden version");
	forge_put(&forge, forge_value(&forge, DT_VERSYM), FORGE_BSS_END, 8);
	forge_refused(&forge, "the table of symbol versions lies outside", "versions outside");
}

/* ---- Relocations ---- */

/* The relocation of `place` gets another type. */
static const struct {
	uint64_t place;
	uint32_t x86_64;
	uint32_t aarch64;
	const char *sentence;
} types[] = {
	{PLUGIN(name), R_X86_64_IRELATIVE, R_AARCH64_IRELATIVE, "chosen by code when it is loaded (ifunc)"},
	{PLUGIN(name), R_X86_64_COPY, R_AARCH64_COPY, "which no plugin needs"},
	{PLUGIN(name), R_X86_64_32, R_AARCH64_ABS32, "which no plugin needs"},
	{PLUGIN(name), 0xffffffff, 0xffffffff, "of type 4294967295, which no plugin needs"},
	/* Each machine's own numbers on the other. */
	{PLUGIN(name), R_AARCH64_RELATIVE, R_X86_64_RELATIVE, "which no plugin needs"},
	{PLUGIN(name), R_X86_64_GLOB_DAT, R_AARCH64_GLOB_DAT, "'s name is changed by a relocation that is no pointer"},
	{PLUGIN(doc), R_X86_64_JUMP_SLOT, R_AARCH64_JUMP_SLOT, "'s doc is changed by a relocation that is no pointer"},
	{ACTION(run), R_X86_64_GLOB_DAT, R_AARCH64_GLOB_DAT, "actions[0].run is changed by a relocation that is no"},
	{FIELD(name), R_X86_64_TPOFF64, R_AARCH64_TLS_TPREL, "fields[0].name is changed by a relocation that is no"},
	{FORGE_CHOICES + 8, R_X86_64_DTPMOD64, R_AARCH64_TLS_DTPMOD,
	 "choices[1] is changed by a relocation that is no"},
	{PLUGIN(fields.items), R_X86_64_NONE, R_AARCH64_NONE, "'s fields has 2 rows at no address"},
	{ACTION(parameters.items), R_X86_64_NONE, R_AARCH64_NONE, "'s actions[0].parameters has 1 rows at no address"},
};

/* One more relocation: at `place`, of the given type. */
static const struct {
	uint64_t place;
	uint32_t x86_64;
	uint32_t aarch64;
	const char *sentence;
} relocations[] = {
	{FORGE_DATA + 16, R_X86_64_IRELATIVE, R_AARCH64_IRELATIVE, "chosen by code when it is loaded (ifunc)"},
	{FORGE_CODE, R_X86_64_RELATIVE, R_AARCH64_RELATIVE, "a relocation changes 0x1000, which is not writable"},
	{FORGE_TEXTS, R_X86_64_RELATIVE, R_AARCH64_RELATIVE, "a relocation changes 0xc80, which is not writable"},
	{FORGE_BSS_END - 7, R_X86_64_RELATIVE, R_AARCH64_RELATIVE, "a relocation changes 0x31f9, which is not"},
	{FORGE_BSS_END - 8, R_X86_64_TLSDESC, R_AARCH64_TLSDESC, "a relocation changes 0x31f8, which is not"},
	{UINT64_MAX - 3, R_X86_64_RELATIVE, R_AARCH64_RELATIVE, "a relocation changes 0xfffffffffffffffc"},
	{PLUGIN(name), R_X86_64_RELATIVE, R_AARCH64_RELATIVE, "two relocations change 0x2010"},
	{PLUGIN(name) + 1, R_X86_64_RELATIVE, R_AARCH64_RELATIVE, "two relocations change 0x2011"},
	{PLUGIN(group) - 9, R_X86_64_TLSDESC, R_AARCH64_TLSDESC, "which is not writable memory"},
	{FORGE_DYNAMIC, R_X86_64_RELATIVE, R_AARCH64_RELATIVE, "a relocation changes the dynamic section"},
	{FORGE_DYNAMIC - 1, R_X86_64_RELATIVE, R_AARCH64_RELATIVE, "a relocation changes the dynamic section"},
	{FORGE_DYNAMIC - 15, R_X86_64_TLSDESC, R_AARCH64_TLSDESC, "a relocation changes the dynamic section"},
	{FORGE_DYNAMIC + FORGE_DYNAMIC_SIZE - 9, R_X86_64_64, R_AARCH64_ABS64, "changes the dynamic section"},
	{PLUGIN(abi), R_X86_64_RELATIVE, R_AARCH64_RELATIVE, "the plugin table is changed by a relocation at 0x2000"},
	{PLUGIN(fields.count), R_X86_64_64, R_AARCH64_ABS64, "is changed by a relocation at 0x2030"},
	{PLUGIN(settings_size), R_X86_64_64, R_AARCH64_ABS64, "is changed by a relocation at 0x2050"},
	{PLUGIN(idempotent), R_X86_64_DTPOFF64, R_AARCH64_TLS_DTPREL, "is changed by a relocation at 0x2058"},
	{FIELD(preset) + 4, R_X86_64_RELATIVE, R_AARCH64_RELATIVE, "fields[0].preset is changed by a relocation that"},
	{FIELD(kind), R_X86_64_RELATIVE, R_AARCH64_RELATIVE, "fields[0] is changed by a relocation at 0x2440"},
	{SECOND_FIELD(required), R_X86_64_64, R_AARCH64_ABS64, "fields[1] is changed by a relocation at 0x2498"},
	{ACTION(arguments_size), R_X86_64_64, R_AARCH64_ABS64, "actions[0] is changed by a relocation at 0x2828"},
	{FORGE_CHOICES + 17, R_X86_64_64, R_AARCH64_ABS64, "choices[2] is changed by a relocation that is no"},
	{FORGE_HOSTS + 8, R_X86_64_TLSDESC, R_AARCH64_TLSDESC, "hosts[1] is changed by a relocation that is no"},
};

static void test_relocations(void **state)
{
	(void)state;
	for (unsigned machine = 0; machine < 2; machine++) {
		struct forge forge;

		for (size_t i = 0; i < COUNT_OF(types); i++) {
			uint64_t info;

			forge_build(&forge, machine ? EM_AARCH64 : EM_X86_64, false);
			info = forge_relocation(&forge, types[i].place) + offsetof(Elf64_Rela, r_info);
			forge_put(&forge, info, forge_type(&forge, types[i].x86_64, types[i].aarch64), 4);
			forge_refused(&forge, types[i].sentence, "type");
		}
		for (size_t i = 0; i < COUNT_OF(relocations); i++) {
			forge_build(&forge, machine ? EM_AARCH64 : EM_X86_64, false);
			forge_relocate(&forge, relocations[i].place,
				       forge_type(&forge, relocations[i].x86_64, relocations[i].aarch64), 0,
				       FORGE_TEXTS);
			forge_refused(&forge, relocations[i].sentence, "relocation");
		}
	}
}

/* The dynamic linker does not look at the types of those that are counted as relative. */
static void test_counted(void **state)
{
	struct forge forge;

	(void)state;
	forge_build(&forge, EM_X86_64, false);
	forge_symbolic(&forge, ACTION(run), FORGE_SYMBOL_RUN);
	forge_put(&forge, forge_value(&forge, DT_RELACOUNT), forge.rela_count, 8);
	forge_refused(&forge, "DT_RELACOUNT counts a relocation of type 1 as relative", "counted");
}

/* Places that the dynamic linker writes to though no relocation says so. */
static void test_cells(void **state)
{
	static const struct {
		uint64_t tag;
		uint64_t value;
		const char *sentence;
	} cells[] = {
		{DT_PLTGOT, FIELD(kind) - 8, "fields[0] is changed by a relocation at 0x2440"},
		{DT_PLTGOT, FIELD(kind) - 23, "fields[0].unit is changed by a relocation"},
		{DT_PLTGOT, PLUGIN(name) - 8, "two relocations change 0x2010"},
		{DT_PLTGOT, UINT64_MAX - 7, "a relocation changes 0x0, which is not writable"},
		{DT_PLTGOT, FORGE_DYNAMIC, "a relocation changes the dynamic section"},
		{DT_TLSDESC_GOT, FIELD(kind), "fields[0] is changed by a relocation at 0x2440"},
		{DT_TLSDESC_GOT, FORGE_CODE, "a relocation changes 0x1000, which is not writable"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cells); i++) {
		struct forge forge;

		forge_build(&forge, EM_AARCH64, false);
		forge_put(&forge, forge_value(&forge, DT_FLAGS), 0, 8);
		forge_put(&forge, forge_value(&forge, DT_FLAGS_1), 0, 8);
		forge_dynamic(&forge, cells[i].tag, cells[i].value);
		forge_refused(&forge, cells[i].sentence, "cell");
	}
}

/* ---- Pointers ---- */

/* The relative relocation of `place` points to `address` instead. */
static void aim(struct forge *forge, uint64_t place, uint64_t address)
{
	forge_put(forge, forge_relocation(forge, place) + offsetof(Elf64_Rela, r_addend), address, 8);
}

static void test_pointers(void **state)
{
	static const struct {
		uint64_t place;
		uint64_t address;
		const char *sentence;
	} pointers[] = {
		{PLUGIN(name), FORGE_DATA,
		 "'s name points to what is not constant data of the file: declare it static const"},
		{PLUGIN(name), FORGE_SIZE, "'s name points to what is not constant data"},
		{PLUGIN(name), FORGE_BSS_END, "'s name points to what is not constant data"},
		{PLUGIN(name), FORGE_CODE + FORGE_CODE_SIZE, "'s name points to what is not constant data"},
		{PLUGIN(name), UINT64_MAX, "'s name points to what is not constant data"},
		{PLUGIN(name), FORGE_DYNAMIC, "'s name points to what is not constant data"},
		{PLUGIN(name), FORGE_TABLE + 9, "'s name is changed by a relocation at 0x2008"},
		{PLUGIN(name), FORGE_HOSTS - 1, "'s name is changed by a relocation at 0x2d00"},
		{PLUGIN(fields.items), FORGE_DATA, "'s fields points to what is not constant data"},
		{PLUGIN(fields.items), FORGE_DYNAMIC - 152, "'s fields reaches beyond the constant data"},
		{PLUGIN(fields.items), FORGE_FIELDS + 4, "'s fields[0].name is changed by a relocation"},
		{PLUGIN(actions.items), 0x10000, "'s actions points to what is not constant data"},
		{PLUGIN(hosts), FORGE_DATA + 8, "'s hosts points to what is not constant data"},
		{PLUGIN(hosts), FORGE_DYNAMIC - 4, "'s hosts has no NULL at its end"},
		{PLUGIN(hosts), FORGE_CODE + FORGE_CODE_SIZE - 4, "'s hosts has no NULL at its end"},
		{SECOND_FIELD(choices), FORGE_TABLE, "'s fields[1].choices[0] is the number 0x6000000001"},
		{FORGE_CHOICES, FORGE_DATA, "'s fields[1].choices[0] points to what is not constant data"},
		{ACTION(run), 0, "'s actions[0].run points to what is no code"},
		{ACTION(run), FORGE_TEXTS, "'s actions[0].run points to what is no code"},
		{ACTION(run), FORGE_CODE + FORGE_CODE_SIZE, "'s actions[0].run points to what is no code"},
		{ACTION(run), UINT64_MAX, "'s actions[0].run points to what is no code"},
		{ACTION(parameters.items), FORGE_SIZE - 8, "'s actions[0].parameters points to what is not constant"},
		{PARAMETER(name), FORGE_DATA, "'s actions[0].parameters[0].name points to what is not constant data"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pointers); i++) {
		struct forge forge;

		forge_build(&forge, EM_X86_64, false);
		aim(&forge, pointers[i].place, pointers[i].address);
		memset(forge.bytes + FORGE_HOSTS - 1, 'x', 8);
		forge_refused(&forge, pointers[i].sentence, "pointer");
	}
}

static void test_symbolic(void **state)
{
	static const struct {
		uint64_t place;
		uint32_t symbol;
		const char *sentence;
	} symbolic[] = {
		{PLUGIN(fields.items), FORGE_SYMBOL_FIELDS,
		 "'s fields points to the symbol \"exported_fields\", which another library could replace: declare it "
		 "static"},
		{PLUGIN(name), FORGE_SYMBOL_ELSEWHERE,
		 "'s name points to the symbol \"elsewhere\", which is not in this file"},
		{PLUGIN(name), 0, "'s name points to the symbol \"\", which is not in this file"},
		{SECOND_FIELD(choices), FORGE_SYMBOL_FIELDS,
		 "'s fields[1].choices points to the symbol \"exported_fields\""},
		{FORGE_CHOICES, FORGE_SYMBOL_FIELDS,
		 "'s fields[1].choices[0] points to the symbol \"exported_fields\""},
		{PLUGIN(doc), UINT32_MAX, "the table of symbols lies outside"},
		{ACTION(run), FORGE_SYMBOL_ELSEWHERE, "'s actions[0].run is no function of this file"},
		{ACTION(run), FORGE_SYMBOL_FIELDS, "'s actions[0].run is no function of this file"},
		{ACTION(run), 0, "'s actions[0].run is no function of this file"},
		{ACTION(run), UINT32_MAX, "the table of symbols lies outside"},
	};
	struct forge forge;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(symbolic); i++) {
		forge_build(&forge, EM_X86_64, false);
		forge_symbolic(&forge, symbolic[i].place, symbolic[i].symbol);
		forge_refused(&forge, symbolic[i].sentence, "symbolic");
	}
	/* A name that would write on a terminal is shown without what would. */
	forge_build(&forge, EM_X86_64, false);
	forge_symbolic(&forge, PLUGIN(name), FORGE_SYMBOL_FIELDS);
	memcpy(forge.bytes + FORGE_STRINGS + forge_get(&forge, FORGE_SYMBOL(FORGE_SYMBOL_FIELDS, st_name), 4),
	       "\x1b[2J", 4);
	forge_refused(&forge, "points to the symbol \" [2Jrted_fields\"", "a name of control characters");

	forge_build(&forge, EM_X86_64, false);
	forge_symbolic(&forge, ACTION(run), FORGE_SYMBOL_RUN);
	aim(&forge, ACTION(run), 8);
	forge_refused(&forge, "is no function of this file", "behind a function's beginning");
	aim(&forge, ACTION(run), 0);
	forge_put(&forge, FORGE_SYMBOL(FORGE_SYMBOL_RUN, st_info), ELF64_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC), 1);
	forge_refused(&forge, "chosen by code when it is loaded (ifunc)", "a function chosen by code");
	forge_put(&forge, FORGE_SYMBOL(FORGE_SYMBOL_RUN, st_info), ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 1);
	forge_put(&forge, FORGE_SYMBOL(FORGE_SYMBOL_RUN, st_shndx), SHN_UNDEF, 2);
	forge_refused(&forge, "is no function of this file", "a function of another file");
	forge_put(&forge, FORGE_SYMBOL(FORGE_SYMBOL_RUN, st_shndx), 4, 2);
	forge_put(&forge, FORGE_SYMBOL(FORGE_SYMBOL_RUN, st_info), ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), 1);
	forge_refused(&forge, "is no function of this file", "a symbol without a type");
	forge_put(&forge, FORGE_SYMBOL(FORGE_SYMBOL_RUN, st_info), ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 1);
	forge_put(&forge, FORGE_SYMBOL(FORGE_SYMBOL_RUN, st_value), FORGE_DATA, 8);
	forge_refused(&forge, "'s actions[0].run points to what is no code", "a function among data");
}

/* ---- Newer and larger tables ---- */

static void test_tails(void **state)
{
	struct forge forge;

	(void)state;
	forge_build(&forge, EM_X86_64, false);
	forge_put(&forge, FORGE_SYMBOL(FORGE_SYMBOL_TABLE, st_size), 4096, 8);
	forge_put(&forge, PLUGIN(abi.size), 1032, 4);
	forge_refused(&forge, "the plugin table says that it has 1032 bytes, which no version",
		      "a table that is too large");
	forge_put(&forge, FORGE_SYMBOL(FORGE_SYMBOL_TABLE, st_value), FORGE_DYNAMIC - 96, 8);
	forge_put(&forge, FORGE_DYNAMIC - 96, TOCSIN_ABI_NUMBER, 4);
	forge_put(&forge, FORGE_DYNAMIC - 92, 104, 4);
	forge_refused(&forge, "the plugin table reaches beyond the constant data of the file",
		      "a table without its end");
	forge_build(&forge, EM_X86_64, false);
	forge_put(&forge, PLUGIN(abi.size), 104, 4);
	forge_put(&forge, FORGE_SYMBOL(FORGE_SYMBOL_TABLE, st_size), 104, 8);
	forge_put(&forge, FORGE_TABLE + 103, 1, 1);
	forge_refused(&forge, "the plugin table says something that this version of tocsin does not know (byte 103)",
		      "tail");
	forge_put(&forge, FORGE_TABLE + 103, 0, 1);
	forge_relocate(&forge, FORGE_TABLE + 96, R_X86_64_RELATIVE, 0, FORGE_TEXTS);
	forge_refused(&forge, "the plugin table is changed by a relocation at 0x2060", "a pointer in the tail");

	forge_build(&forge, EM_X86_64, false);
	forge_put(&forge, ACTION(parameters.stride), 88, 4);
	forge_put(&forge, FORGE_PARAMETERS + 80, 0x80, 1);
	forge_refused(&forge,
		      "actions[0].parameters[0] says something that this version of tocsin does not know (byte 80)",
		      "tail of a parameter");
	forge_put(&forge, FORGE_PARAMETERS + 80, 0, 1);
	forge_relocate(&forge, FORGE_PARAMETERS + 80, R_X86_64_64, FORGE_SYMBOL_RUN, 0);
	forge_refused(&forge, "actions[0].parameters[0] is changed by a relocation at 0x2a50",
		      "a pointer in that tail");

	forge_build(&forge, EM_X86_64, false);
	forge_put(&forge, PLUGIN(actions.stride), 56, 4);
	forge_put(&forge, FORGE_ACTIONS + 55, 1, 1);
	forge_refused(&forge, "actions[0] says something that this version of tocsin does not know (byte 55)",
		      "tail of an action");
}

static void test_no_terminator(void **state)
{
	struct forge forge;

	(void)state;
	forge_build(&forge, EM_X86_64, false);
	memset(forge.bytes + FORGE_TEXTS, 'x', FORGE_CODE - FORGE_TEXTS);
	forge_refused(&forge, "'s group has no end within 896 bytes of constant data", "no terminator");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),	     cmocka_unit_test(test_segments),
		cmocka_unit_test(test_counted),	     cmocka_unit_test(test_dynamic),
		cmocka_unit_test(test_names_beyond), cmocka_unit_test(test_relro_pages),
		cmocka_unit_test(test_no_hash),	     cmocka_unit_test(test_versions),
		cmocka_unit_test(test_relocations),  cmocka_unit_test(test_cells),
		cmocka_unit_test(test_pointers),     cmocka_unit_test(test_symbolic),
		cmocka_unit_test(test_tails),	     cmocka_unit_test(test_no_terminator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

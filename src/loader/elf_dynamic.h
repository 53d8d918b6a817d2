/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOADER_ELF_DYNAMIC_H
#define LOADER_ELF_DYNAMIC_H

/*
 * The dynamic section: where the symbols, texts, hashes and relocations are. Reading it also refuses what
 * a plugin must not ask of the dynamic linker: search paths, auditors, libraries off a short list.
 */

#include "loader/elf_image.h"

/* X(NAME, tag, text): the entries that we read, each at most once in a file. */
#define ELF_ENTRIES(X)                                                                                                 \
	X(STRINGS, DT_STRTAB, "DT_STRTAB")                                                                             \
	X(STRINGS_SIZE, DT_STRSZ, "DT_STRSZ")                                                                          \
	X(SYMBOLS, DT_SYMTAB, "DT_SYMTAB")                                                                             \
	X(SYMBOL_SIZE, DT_SYMENT, "DT_SYMENT")                                                                         \
	X(OWN_NAME, DT_SONAME, "DT_SONAME")                                                                            \
	X(HASH, DT_HASH, "DT_HASH")                                                                                    \
	X(GNU_HASH, DT_GNU_HASH, "DT_GNU_HASH")                                                                        \
	X(VERSIONS, DT_VERSYM, "DT_VERSYM")                                                                            \
	X(RELA, DT_RELA, "DT_RELA")                                                                                    \
	X(RELA_SIZE, DT_RELASZ, "DT_RELASZ")                                                                           \
	X(RELA_ENTRY, DT_RELAENT, "DT_RELAENT")                                                                        \
	X(RELA_RELATIVE, DT_RELACOUNT, "DT_RELACOUNT")                                                                 \
	X(PLT, DT_JMPREL, "DT_JMPREL")                                                                                 \
	X(PLT_SIZE, DT_PLTRELSZ, "DT_PLTRELSZ")                                                                        \
	X(PLT_KIND, DT_PLTREL, "DT_PLTREL")                                                                            \
	X(PLT_CELLS, DT_PLTGOT, "DT_PLTGOT")                                                                           \
	X(TLS_CELL, DT_TLSDESC_GOT, "DT_TLSDESC_GOT")                                                                  \
	X(BIND_NOW, DT_BIND_NOW, "DT_BIND_NOW")                                                                        \
	X(RELR, DT_RELR, "DT_RELR")                                                                                    \
	X(RELR_SIZE, DT_RELRSZ, "DT_RELRSZ")                                                                           \
	X(RELR_ENTRY, DT_RELRENT, "DT_RELRENT")                                                                        \
	X(FLAGS, DT_FLAGS, "DT_FLAGS")                                                                                 \
	X(FLAGS_1, DT_FLAGS_1, "DT_FLAGS_1")

enum elf_entry {
#define X(name, tag, text) ELF_ENTRY_##name,
	ELF_ENTRIES(X)
#undef X
		ELF_ENTRY_COUNT
};

struct elf_dynamic {
	bool present[ELF_ENTRY_COUNT];
	uint64_t values[ELF_ENTRY_COUNT]; /* 0 where absent */
	const unsigned char *strings; /* DT_STRSZ bytes */
};

/* The result borrows from `image`. */
enum tocsin_code elf_dynamic_read(struct elf_image *image, struct elf_dynamic *ret_dynamic, struct tocsin_error *err);

/* A name among the strings, terminated and of at most 255 bytes; NULL when there is none at the offset. */
const char *elf_dynamic_name(const struct elf_dynamic *dynamic, uint64_t offset);

#endif

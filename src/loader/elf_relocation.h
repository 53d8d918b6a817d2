/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOADER_ELF_RELOCATION_H
#define LOADER_ELF_RELOCATION_H

/* What the dynamic linker will change in the file's memory: every place, in ascending order. */

#include "loader/elf_dynamic.h"

/* No plugin has more; they bound what a hostile file costs in time and memory. */
#define ELF_RELOCATIONS_CEILING 262144u

enum elf_change {
	ELF_CHANGE_RELATIVE, /* an address of this file: the addend */
	ELF_CHANGE_PACKED, /* an address of this file: the number at the place */
	ELF_CHANGE_SYMBOL, /* the address of a symbol, plus the addend */
	ELF_CHANGE_OTHER, /* anything else: nobody may read a constant there */
};

struct elf_relocation {
	uint64_t place;
	uint64_t addend;
	uint32_t symbol;
	uint16_t change; /* enum elf_change */
	uint16_t size; /* bytes changed */
};

struct elf_relocations {
	struct elf_relocation *items; /* ascending by place; no two change the same byte */
	size_t count;
};

/*
 * Collects all of them. Each lies in writable memory of the file, none runs code, and none touches the
 * dynamic section. Nothing is to be released when it fails.
 */
enum tocsin_code elf_relocations_read(struct elf_image *image, const struct elf_dynamic *dynamic,
				      struct elf_relocations *ret_relocations, struct tocsin_error *err);
void elf_relocations_release(struct elf_relocations *relocations);

/* The index of the first that changes a byte at `address` or behind it; `count` when there is none. */
size_t elf_relocations_from(const struct elf_relocations *relocations, uint64_t address);

#endif

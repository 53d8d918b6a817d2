/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOADER_ELF_SYMBOL_H
#define LOADER_ELF_SYMBOL_H

/* The dynamic symbols of a shared object, found by name as dlsym() finds them. */

#include "loader/elf_dynamic.h"

struct elf_symbol {
	const char *name; /* NULL when it has no proper one; owned by the image */
	uint32_t name_offset; /* among the strings of the dynamic section */
	uint64_t address;
	uint64_t size;
	uint8_t type; /* STT_ */
	uint8_t binding; /* STB_ */
	uint8_t visibility; /* STV_ */
	bool is_defined; /* at an address of this file */
};

/* The symbol of that number. Fails when there is none: nothing says how many there are. */
enum tocsin_code elf_symbol_at(struct elf_image *image, const struct elf_dynamic *dynamic, uint32_t number,
			       struct elf_symbol *ret_symbol, struct tocsin_error *err);

/*
 * The symbol that dlsym() would find by that name: through DT_GNU_HASH, or DT_HASH where there is no
 * other. Fails when there is none, when there are two, when it is an old version that is hidden, and when
 * a symbol on the way has a name that cannot be compared.
 */
enum tocsin_code elf_symbol_find(struct elf_image *image, const struct elf_dynamic *dynamic, const char *name,
				 struct elf_symbol *ret_symbol, struct tocsin_error *err);

#endif

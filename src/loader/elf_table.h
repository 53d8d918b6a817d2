/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOADER_ELF_TABLE_H
#define LOADER_ELF_TABLE_H

/* The plugin table of a shared object, copied into native shape. */

#include "base/alloc.h"
#include "contract/plugin.h"
#include "loader/elf_relocation.h"

/* `address` and `size` are those of the symbol. Text and rows go into `arena`, also when this fails. */
enum tocsin_code elf_table_read(struct elf_image *image, const struct elf_dynamic *dynamic,
				const struct elf_relocations *relocations, uint64_t address, uint64_t size,
				struct arena *arena, struct tocsin_plugin *ret_table, struct tocsin_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOADER_ELF_H
#define LOADER_ELF_H

/*
 * The plugin table, read out of a shared object's bytes. Nothing is mapped, nothing runs.
 *
 * Every byte is hostile: each offset, count and address is checked before use, each array and text has a
 * ceiling. The reader accepts only what the dynamic linker would make of the same bytes: the table, the
 * rows and the texts must be file-backed constant data, every pointer in them a relative relocation, and
 * function pointers relative or symbolic ones into executable segments.
 */

#include <stddef.h>

#include "base/alloc.h"
#include "contract/plugin.h"

/* No adapter is larger; a larger file is refused before it is read. */
#define ELF_SIZE_CEILING (64u * 1024 * 1024)

/*
 * Reads the table of the shared object open at `fd`, of `size` bytes (x86-64 or aarch64, whatever this
 * machine is), into native shape with all text and rows in `arena`. `run` members hold no usable
 * address: they are non-NULL where the file has a function. Fails with TOCSIN_INVALID and a sentence, or
 * with TOCSIN_IO or TOCSIN_NO_MEMORY where the file's content is not to blame.
 */
enum tocsin_code elf_read_table(int fd, size_t size, struct arena *arena, struct tocsin_plugin *ret_table,
				struct tocsin_error *err);

#endif

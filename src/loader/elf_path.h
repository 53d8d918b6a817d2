/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOADER_ELF_PATH_H
#define LOADER_ELF_PATH_H

/* Where in a plugin table something is, for sentences: "the plugin table's actions[0].parameters[1].name". */

#include <tocsin/error.h>

#define ELF_PATH_NO_INDEX UINT32_MAX

/* A step; the root is NULL. Steps live on the stack of the functions that walk the table. */
struct elf_path {
	const struct elf_path *parent;
	const char *name;
	uint32_t index; /* ELF_PATH_NO_INDEX: none */
};

/* Fails with TOCSIN_INVALID and one sentence: the place, a space, the text. */
enum tocsin_code elf_path_fail(const struct elf_path *path, struct tocsin_error *err, const char *format, ...)
	TOCSIN_PRINTF(3, 4);

#endif

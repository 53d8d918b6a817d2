/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin table of a shared object, without loading it; see elf.h.
 *
 * The way in: segments, dynamic section, symbol, relocations, table; each step trusts nothing but what
 * the steps before it have checked. Whatever is found wrong is fatal for this file and for nothing else.
 */
#include "loader/elf.h"

#include "loader/elf_symbol.h"
#include "loader/elf_table.h"

static enum tocsin_code check_symbol(const struct elf_symbol *symbol, struct tocsin_error *err)
{
	if (!symbol->is_defined)
		return tocsin_fail(err, TOCSIN_INVALID, "the symbol %s is not in this file", symbol->name);
	if (symbol->type != STT_OBJECT)
		return tocsin_fail(err, TOCSIN_INVALID, "the symbol %s is no data object", symbol->name);
	if ((symbol->binding != STB_GLOBAL && symbol->binding != STB_WEAK) || symbol->visibility != STV_DEFAULT)
		return tocsin_fail(err, TOCSIN_INVALID, "the symbol %s is not exported", symbol->name);
	return TOCSIN_OK;
}

static enum tocsin_code read_image(struct elf_image *image, struct arena *arena, struct tocsin_plugin *ret_table,
				   struct tocsin_error *err)
{
	struct elf_dynamic dynamic;
	struct elf_symbol symbol;
	struct elf_relocations relocations;
	enum tocsin_code code = elf_dynamic_read(image, &dynamic, err);

	if (!code)
		code = elf_symbol_find(image, &dynamic, TOCSIN_PLUGIN_SYMBOL, &symbol, err);
	if (!code)
		code = check_symbol(&symbol, err);
	if (!code)
		code = elf_relocations_read(image, &dynamic, &relocations, err);
	if (code)
		return code;
	code = elf_table_read(image, &dynamic, &relocations, symbol.address, symbol.size, arena, ret_table, err);
	elf_relocations_release(&relocations);
	return code;
}

enum tocsin_code elf_read_table(int fd, size_t size, struct arena *arena, struct tocsin_plugin *ret_table,
				struct tocsin_error *err)
{
	struct elf_image image;
	enum tocsin_code code = elf_image_open(fd, size, &image, err);

	if (code)
		return code;
	code = read_image(&image, arena, ret_table, err);
	elf_image_release(&image);
	return code;
}

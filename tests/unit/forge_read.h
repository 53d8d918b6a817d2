/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FORGE_READ_H
#define TESTS_FORGE_READ_H

/* What the ELF reader makes of forged files. Included after <cmocka.h> and what that needs. */

#include "base/json.h"
#include "contract/manifest.h"
#include "forge.h"

/* Reads the first `size` bytes. */
static inline enum tocsin_code forge_read_part(const struct forge *forge, size_t size, struct arena *arena,
					       struct tocsin_plugin *ret_table, struct tocsin_error *err)
{
	const int fd = forge_open_part(forge, size);
	enum tocsin_code code;

	assert_true(fd >= 0);
	code = elf_read_table(fd, size, arena, ret_table, err);
	close(fd);
	return code;
}

/* The contract as text for mem_free(), or NULL and the reason. */
static inline char *forge_read_manifest(const struct forge *forge, struct tocsin_error *err)
{
	struct arena arena = {0};
	struct tocsin_plugin table;
	struct plugin *plugin = NULL;
	json_t *manifest;
	char *text = NULL;

	if (forge_read_part(forge, forge->size, &arena, &table, err) == TOCSIN_OK &&
	    plugin_compile(&table, PLUGIN_READ, "forged.so", &plugin, err) == TOCSIN_OK) {
		manifest = plugin_manifest(plugin);
		text = json_text(manifest, JSON_STYLE_LINE);
		json_decref(manifest);
		assert_non_null(text);
	}
	plugin_unref(plugin);
	arena_release(&arena);
	return text;
}

/* Spoils one byte in one of four ways. */
static inline void forge_spoil(struct forge *forge, size_t offset, unsigned how)
{
	static const unsigned char patterns[] = {0xff, 0x01, 0x80, 0x10};

	forge->bytes[offset] ^= patterns[how];
}

#endif

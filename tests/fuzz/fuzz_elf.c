/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin files of any bytes, through the ELF reader and the contract compiler. What is refused is refused with a
 * sentence; what is accepted keeps within the ceilings of plugin.h and becomes a manifest that reads back.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "contract/manifest.h"
#include "loader/elf.h"
#include "loader/elf_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void check_sentence(enum tocsin_code code, const struct tocsin_error *err)
{
	require(code == TOCSIN_INVALID && err->code == code, "refused as invalid");
	require(err->count > 0 && strlen(err->text) > 10 && text_is_utf8(err->text, strlen(err->text)), "a sentence");
	require(!text_has_control(err->text), "a sentence that does nothing to a terminal");
}

static void check_text(const char *text)
{
	require(!text || strlen(text) <= PLUGIN_TEXT_CEILING, "a text within its ceiling");
}

static void check_fields(const struct tocsin_fields *fields)
{
	require(fields->count <= PLUGIN_FIELDS_CEILING && fields->stride == sizeof(*fields->items),
		"fields in native shape");
	for (uint32_t i = 0; i < fields->count; i++) {
		const struct tocsin_field *field = &fields->items[i];

		check_text(field->name);
		check_text(field->description);
		check_text(field->preset);
		for (size_t j = 0; field->choices && field->choices[j]; j++) {
			require(j < PLUGIN_CHOICES_CEILING, "choices within their ceiling");
			check_text(field->choices[j]);
		}
	}
}

static void check_table(const struct tocsin_plugin *table)
{
	check_text(table->group);
	check_text(table->name);
	check_text(table->doc);
	check_fields(&table->fields);
	require(table->actions.count <= PLUGIN_ACTIONS_CEILING, "actions within their ceiling");
	for (uint32_t i = 0; i < table->actions.count; i++) {
		check_text(table->actions.items[i].name);
		check_fields(&table->actions.items[i].parameters);
	}
}

static void check_manifest(const struct plugin *plugin)
{
	const struct json_limits limits = {.bytes = 64 * 1024 * 1024, .depth = 32};
	json_t *manifest = plugin_manifest(plugin), *again = NULL;
	char *text = json_text(manifest, JSON_STYLE_LINE);

	require(manifest && text, "a manifest");
	require(json_read(text, strlen(text), &limits, &again, NULL) == TOCSIN_OK, "a manifest that reads back");
	require(json_equal(manifest, again), "the same manifest");
	json_decref(again);
	json_decref(manifest);
	mem_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct arena arena = {0};
	struct tocsin_plugin table;
	struct plugin *plugin;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	enum tocsin_code code;

	if (fd < 0)
		fd = memfd_create("input.so", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size) {
		perror("memfd");
		exit(2);
	}
	code = elf_read_table(fd, size, &arena, &table, &err);
	require(arena.total <= 2 * ELF_CONTRACT_CEILING, "memory within its ceiling");
	if (code) {
		check_sentence(code, &err);
	} else {
		check_table(&table);
		code = plugin_compile(&table, PLUGIN_READ, "input.so", &plugin, &err);
		if (code)
			check_sentence(code, &err);
		else
			check_manifest(plugin);
		if (!code)
			plugin_unref(plugin);
	}
	arena_release(&arena);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ELF reader: what it accepts and gives, and what it says when files are cut off, spoiled in any single byte,
 * unreadable, or memory is short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "forge_read.h"
#include "scarce.h"

static void assert_reads(const struct forge *forge)
{
	struct forge plain;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char *expected, *text;

	forge_build(&plain, EM_X86_64, false);
	expected = forge_read_manifest(&plain, NULL);
	text = forge_read_manifest(forge, &err);
	if (!text)
		fail_msg("refused: %s", err.text);
	assert_string_equal(text, expected);
	mem_free(text);
	mem_free(expected);
}

static void test_content(void **state)
{
	struct forge forge;
	struct arena arena = {0};
	struct tocsin_plugin table;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	const struct tocsin_field *field;
	const struct tocsin_action *action;

	(void)state;
	forge_build(&forge, EM_X86_64, false);
	assert_int_equal(forge_read_part(&forge, forge.size, &arena, &table, &err), TOCSIN_OK);
	assert_int_equal(table.abi.number, TOCSIN_ABI_NUMBER);
	assert_int_equal(table.abi.size, sizeof(table));
	assert_string_equal(table.group, "delivery");
	assert_string_equal(table.name, "forged");
	assert_string_equal(table.version, "1.0.0");
	assert_string_equal(table.doc, "Forged.");
	assert_int_equal(table.settings_size, 16);
	assert_int_equal(table.tier, TOCSIN_TIER_PURE);
	assert_true(table.idempotent);
	assert_string_equal(table.hosts[0], "hooks.example.com");
	assert_null(table.hosts[1]);
	assert_int_equal(table.fields.count, 2);
	assert_int_equal(table.fields.stride, sizeof(*field));
	field = table.fields.items;
	assert_string_equal(field[0].name, "endpoint");
	assert_string_equal(field[0].description, "What it is.");
	assert_null(field[0].preset);
	assert_null(field[0].choices);
	assert_int_equal(field[0].kind, TOCSIN_KIND_URL);
	assert_true(field[0].required);
	assert_string_equal(field[1].preset, "one");
	assert_string_equal(field[1].choices[1], "two");
	assert_null(field[1].choices[2]);
	assert_int_equal(field[1].offset, 8);
	assert_false(field[1].required);
	assert_int_equal(table.actions.count, 1);
	action = table.actions.items;
	assert_string_equal(action->name, "deliver");
	assert_string_equal(action->summary, "Deliver it.");
	assert_int_equal(action->arguments_size, 8);
	assert_int_equal(action->returns, TOCSIN_RETURNS_TEXT);
	assert_string_equal(action->parameters.items[0].name, "title");
	/* What stands for the function says so when it is called. */
	assert_int_equal(action->run(NULL, NULL, NULL, &err), TOCSIN_DENIED);
	arena_release(&arena);
}

static void change_nothing(struct forge *forge)
{
	(void)forge;
}

static void without_new_hash(struct forge *forge)
{
	forge_put(forge, forge_value(forge, DT_GNU_HASH) - 8, DT_DEBUG, 8);
}

static void without_old_hash(struct forge *forge)
{
	forge_put(forge, forge_value(forge, DT_HASH) - 8, DT_DEBUG, 8);
}

static void with_versions(struct forge *forge)
{
	/* A packed file has them in any case. */
	if (!forge->packed)
		forge_dynamic(forge, DT_VERSYM, FORGE_VERSIONS);
}

static void with_default_version(struct forge *forge)
{
	with_versions(forge);
	forge_put(forge, FORGE_VERSIONS + 2 * FORGE_SYMBOL_TABLE, 2, 2);
}

static void weak(struct forge *forge)
{
	forge_put(forge, FORGE_SYMBOL(FORGE_SYMBOL_TABLE, st_info), ELF64_ST_INFO(STB_WEAK, STT_OBJECT), 1);
}

static void exported_run(struct forge *forge)
{
	if (!forge->packed)
		forge_symbolic(forge, FORGE_ACTIONS + offsetof(struct tocsin_action, run), FORGE_SYMBOL_RUN);
}

static void other_abi(struct forge *forge)
{
	forge_put(forge, EI_OSABI, ELFOSABI_GNU, 1);
}

/* A newer, larger table whose tail says nothing. */
static void larger_table(struct forge *forge)
{
	forge_put(forge, FORGE_TABLE + 4, sizeof(struct tocsin_plugin) + 64, 4);
	forge_put(forge, FORGE_SYMBOL(FORGE_SYMBOL_TABLE, st_size), sizeof(struct tocsin_plugin) + 64, 8);
}

static void larger_parameter(struct forge *forge)
{
	forge_put(forge, FORGE_ACTIONS + offsetof(struct tocsin_action, parameters.stride), 128, 4);
}

static void larger_action(struct forge *forge)
{
	forge_put(forge, FORGE_TABLE + offsetof(struct tocsin_plugin, actions.stride), 256, 4);
}

/* Headers and everything else beyond what is read first. */
static void far_away(struct forge *forge)
{
	const size_t size = FORGE_HEADER_COUNT * sizeof(Elf64_Phdr);

	memcpy(forge->bytes + 0x6000, forge->bytes + FORGE_HEADERS, size);
	memset(forge->bytes + FORGE_HEADERS, 0, size);
	forge_put(forge, offsetof(Elf64_Ehdr, e_phoff), 0x6000, 8);
	forge->size = 0x6000 + size;
}

/* The data segment moves, in the file only, beyond what is read first. */
static void far_data(struct forge *forge)
{
	memcpy(forge->bytes + 0x5000, forge->bytes + FORGE_TABLE, FORGE_SIZE - FORGE_TABLE);
	memset(forge->bytes + FORGE_TABLE, 0xa5, FORGE_SIZE - FORGE_TABLE);
	forge_put(forge, FORGE_HEADER(FORGE_HEADER_DATA, p_offset), 0x5000, 8);
	forge_put(forge, FORGE_HEADER(FORGE_HEADER_DYNAMIC, p_offset), 0x5000 + FORGE_DYNAMIC - FORGE_TABLE, 8);
	forge->size = 0x5000 + FORGE_SIZE - FORGE_TABLE;
}

/* A relocation that does nothing may be anywhere, as linkers leave them. */
static void relocation_of_nothing(struct forge *forge)
{
	forge_relocate(forge, 0, forge_type(forge, R_X86_64_NONE, R_AARCH64_NONE), 0, 0);
}

static void table_not_writable_at_all(struct forge *forge)
{
	/* Nothing relocated can be in such a segment: only texts are, and they are in it already. */
	forge_put(forge, FORGE_HEADER(FORGE_HEADER_CODE, p_flags), PF_R | PF_X, 4);
	forge_put(forge, FORGE_HEADER(FORGE_HEADER_CONSTANT, p_flags), PF_R | PF_X, 4);
}

static void counted_relative(struct forge *forge)
{
	forge_put(forge, forge_value(forge, DT_RELACOUNT), forge->rela_count, 8);
}

static void test_accepted(void **state)
{
	static void (*const changes[])(struct forge *) = {
		change_nothing,
		without_new_hash,
		without_old_hash,
		with_versions,
		with_default_version,
		weak,
		exported_run,
		other_abi,
		larger_table,
		larger_parameter,
		larger_action,
		far_away,
		far_data,
		relocation_of_nothing,
		table_not_writable_at_all,
		counted_relative,
	};
	struct forge forge;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(changes); i++)
		for (unsigned variant = 0; variant < 4; variant++) {
			forge_build(&forge, variant & 1 ? EM_AARCH64 : EM_X86_64, variant & 2);
			changes[i](&forge);
			assert_reads(&forge);
		}
}

/* Ceilings: the largest that is allowed. What is beyond is in test_elf_hostile.c. */
static void test_ceilings(void **state)
{
	struct forge forge;
	struct arena arena = {0};
	struct tocsin_plugin table;
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	(void)state;
	forge_build(&forge, EM_X86_64, false);
	memset(forge.bytes + 0x4000, 'x', PLUGIN_TEXT_CEILING);
	forge.size = FORGE_ROOM;
	forge_header(&forge, FORGE_HEADER_NOTE, PT_LOAD, PF_R, 0x4000, FORGE_ROOM - 0x4000, FORGE_ROOM - 0x4000,
		     0x1000);
	forge_put(&forge,
		  forge_relocation(&forge, FORGE_TABLE + offsetof(struct tocsin_plugin, doc)) +
			  offsetof(Elf64_Rela, r_addend),
		  0x4000, 8);
	assert_int_equal(forge_read_part(&forge, forge.size, &arena, &table, &err), TOCSIN_OK);
	assert_int_equal(strlen(table.doc), PLUGIN_TEXT_CEILING);
	forge.bytes[0x4000 + PLUGIN_TEXT_CEILING] = 'x';
	assert_int_equal(forge_read_part(&forge, forge.size, &arena, &table, &err), TOCSIN_INVALID);
	assert_string_equal(err.text, "the plugin table's doc has no end within 8193 bytes of constant data");
	arena_release(&arena);
}

/* Whatever is missing at the end, the answer is a sentence. */
static void test_cut_off(void **state)
{
	(void)state;
	for (unsigned packed = 0; packed < 2; packed++) {
		struct forge forge;

		forge_build(&forge, EM_X86_64, packed);
		for (size_t size = 0; size < forge.size; size++) {
			struct arena arena = {0};
			struct tocsin_plugin table;
			struct tocsin_error err = TOCSIN_ERROR_INIT;

			assert_int_equal(forge_read_part(&forge, size, &arena, &table, &err), TOCSIN_INVALID);
			assert_true(strlen(err.text) > 10);
			arena_release(&arena);
		}
	}
}

/* The file was longer when it was opened. */
static void test_shrunk(void **state)
{
	struct forge forge;

	(void)state;
	forge_build(&forge, EM_X86_64, false);
	far_data(&forge);
	for (size_t size = 0; size < forge.size; size += 101) {
		const int fd = forge_open_part(&forge, size);
		struct arena arena = {0};
		struct tocsin_plugin table;
		struct tocsin_error err = TOCSIN_ERROR_INIT;

		assert_int_equal(elf_read_table(fd, forge.size, &arena, &table, &err), TOCSIN_INVALID);
		assert_non_null(strstr(err.text, "it changed while it was read"));
		arena_release(&arena);
		close(fd);
	}
}

static void test_unreadable(void **state)
{
	struct arena arena = {0};
	struct tocsin_plugin table;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	int ends[2];

	(void)state;
	assert_int_equal(elf_read_table(-1, 4096, &arena, &table, &err), TOCSIN_IO);
	assert_string_equal(err.text, "the file cannot be read: Bad file descriptor");
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(elf_read_table(ends[0], 4096, &arena, &table, &err), TOCSIN_IO);
	assert_int_equal(elf_read_table(ends[0], ELF_SIZE_CEILING + 1, &arena, &table, &err), TOCSIN_INVALID);
	assert_non_null(strstr(err.text, "at most"));
	assert_int_equal(elf_read_table(ends[0], 0, &arena, &table, NULL), TOCSIN_INVALID);
	close(ends[0]);
	close(ends[1]);
	arena_release(&arena);
}

static void test_no_memory(void **state)
{
	(void)state;
	for (unsigned variant = 0; variant < 2; variant++) {
		struct forge forge;
		size_t allowed = 0;
		bool refused;

		forge_build(&forge, EM_X86_64, variant);
		far_data(&forge);
		do {
			struct arena arena = {0};
			struct tocsin_plugin table;
			struct tocsin_error err = TOCSIN_ERROR_INIT;
			enum tocsin_code code;

			scarce_begin(allowed++);
			code = forge_read_part(&forge, forge.size, &arena, &table, &err);
			refused = scarce_end();
			assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
			arena_release(&arena);
		} while (refused);
		assert_true(allowed > 3);
	}
}

/* Any one byte spoiled: an answer, and a sentence when it is no. Sanitizers watch. */
static void test_spoiled(void **state)
{
	(void)state;
	for (unsigned variant = 0; variant < 8; variant++)
		for (size_t offset = 0; offset < FORGE_SIZE; offset++) {
			struct forge forge;
			struct arena arena = {0};
			struct tocsin_plugin table;
			struct tocsin_error err = TOCSIN_ERROR_INIT;

			forge_build(&forge, EM_X86_64, variant & 4);
			forge_spoil(&forge, offset, variant & 3);
			if (forge_read_part(&forge, forge.size, &arena, &table, &err)) {
				assert_int_equal(err.code, TOCSIN_INVALID);
				assert_true(strlen(err.text) > 10);
			}
			arena_release(&arena);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),	  cmocka_unit_test(test_accepted), cmocka_unit_test(test_ceilings),
		cmocka_unit_test(test_cut_off),	  cmocka_unit_test(test_shrunk),   cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_no_memory), cmocka_unit_test(test_spoiled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

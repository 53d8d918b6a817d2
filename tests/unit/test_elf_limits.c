/* SPDX-License-Identifier: Apache-2.0 */
/* Packed relocations that are refused, and small files that would cost much: each is answered at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "contract/plugin.h"
#include "forge.h"
#include "loader/elf_relocation.h"

#define MEMBER(row, table, member) ((row) + offsetof(struct tocsin_##table, member))
#define PLUGIN(member) MEMBER(FORGE_TABLE, plugin, member)
#define FIELD(member) MEMBER(FORGE_FIELDS, field, member)
#define SECOND_FIELD(member) MEMBER(FORGE_FIELDS + sizeof(struct tocsin_field), field, member)
#define ACTION(member) MEMBER(FORGE_ACTIONS, action, member)
#define PARAMETER(member) MEMBER(FORGE_PARAMETERS, field, member)

/* ---- Packed relocations ---- */

static void test_packed(void **state)
{
	static const struct {
		uint64_t word;
		const char *sentence;
	} first_words[] = {
		{3, "the packed relocations do not begin with an address"},
		{FORGE_CODE, "a relocation changes 0x1000, which is not writable"},
		{UINT64_MAX - 1, "a relocation changes 0xfffffffffffffffe"},
		{FORGE_DYNAMIC + 6, "a relocation changes"},
		{FORGE_TABLE + 2, "changed by a relocation"},
	};
	struct forge forge;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(first_words); i++) {
		forge_build(&forge, EM_AARCH64, true);
		forge_put(&forge, FORGE_RELR, first_words[i].word, 8);
		forge_refused(&forge, first_words[i].sentence, "first word");
	}
	forge_build(&forge, EM_AARCH64, true);
	forge_put(&forge, PLUGIN(name), FORGE_DATA, 8);
	forge_refused(&forge, "'s name points to what is not constant data", "packed pointer");
	forge_build(&forge, EM_AARCH64, true);
	forge_put(&forge, forge_value(&forge, DT_RELRENT), 4, 8);
	forge_refused(&forge, "DT_RELRENT is 4 where only 8 is known", "entry");
	forge_build(&forge, EM_AARCH64, true);
	forge_put(&forge, forge_value(&forge, DT_RELRSZ), 12, 8);
	forge_refused(&forge, "DT_RELRSZ is no multiple of 8", "size");
	forge_put(&forge, forge_value(&forge, DT_RELRSZ), (uint64_t)1 << 40, 8);
	forge_refused(&forge, "the table of packed relocations lies outside", "large size");
	/* The same place by both sorts. */
	forge_build(&forge, EM_AARCH64, true);
	forge_relocate(&forge, PLUGIN(doc), R_AARCH64_RELATIVE, 0, FORGE_TEXTS);
	forge_refused(&forge, "two relocations change 0x2020", "both");
}

/* ---- What would cost much ---- */

/* A file as large as it needs to be, made from a good one by replacing its relocations by `count` words. */
static int open_large(struct forge *forge, uint64_t tag, uint64_t size_tag, uint64_t word, uint64_t count,
		      size_t *ret_size)
{
	const uint64_t offset = FORGE_ROOM, size = count * 8;
	unsigned char *bytes = calloc(1, offset + size);
	const int fd = memfd_create("large.so", MFD_CLOEXEC);

	assert_non_null(bytes);
	forge_header(forge, FORGE_HEADER_NOTE, PT_LOAD, PF_R, offset, size, size, 0x1000);
	forge_put(forge, forge_value(forge, tag), offset, 8);
	forge_put(forge, forge_value(forge, size_tag), size, 8);
	memcpy(bytes, forge->bytes, FORGE_ROOM);
	for (uint64_t i = 0; i < count; i++) {
		const uint64_t number = htole64(i ? word : FORGE_DATA);

		memcpy(bytes + offset + i * 8, &number, 8);
	}
	assert_true(fd >= 0);
	*ret_size = offset + size;
	assert_int_equal(write(fd, bytes, *ret_size), (ssize_t)*ret_size);
	free(bytes);
	return fd;
}

/* Each is answered in a time that nobody notices. */
static void test_costs(void **state)
{
	static const struct {
		uint64_t tag, size_tag, word, count;
		const char *sentence;
	} costs[] = {
		/* As many relocations as are allowed, all of them of the same place. */
		{DT_RELR, DT_RELRSZ, FORGE_DATA, ELF_RELOCATIONS_CEILING - 1, "two relocations change 0x3000"},
		/* Seven million words that mean 63 places each. */
		{DT_RELR, DT_RELRSZ, UINT64_MAX, 7000000, "relocations, at most 262144 are read"},
		/* Nothing, often. */
		{DT_RELA, DT_RELASZ, 0, 3 * 1000000, "relocations, at most 262144 are read"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(costs); i++) {
		struct forge forge;
		struct arena arena = {0};
		struct tocsin_plugin table;
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		const int64_t start = clock_monotonic_ns();
		size_t size;
		int fd;

		forge_build(&forge, EM_X86_64, true);
		fd = open_large(&forge, costs[i].tag, costs[i].size_tag, costs[i].word, costs[i].count, &size);
		assert_int_equal(elf_read_table(fd, size, &arena, &table, &err), TOCSIN_INVALID);
		assert_non_null(strstr(err.text, costs[i].sentence));
		assert_true(clock_monotonic_ns() - start < 5000000000);
		arena_release(&arena);
		close(fd);
	}
}

/* Rows beyond the good ones, where the segment of the tables is stretched to. */
#define MORE 0x4000u
#define MORE_ACTIONS (MORE + PLUGIN_ACTIONS_CEILING * sizeof(struct tocsin_action))
#define MORE_FIELDS (MORE_ACTIONS + 50 * sizeof(struct tocsin_field))
#define MORE_END (MORE_FIELDS + 201 * 8)
#define MORE_TEXT 0x7000u

static void point_more(struct forge *forge, uint64_t place, uint64_t address)
{
	const size_t words = forge_get(forge, forge_value(forge, DT_RELRSZ), 8) / 8 - (MORE_END - MORE) / 8 / 63 - 1;
	const uint64_t bit = (place - MORE) / 8, word = FORGE_RELR + (words + bit / 63) * 8;

	forge_put(forge, place, address, 8);
	forge_put(forge, word, forge_get(forge, word, 8) | (uint64_t)2 << bit % 63, 8);
}

/*
 * 64 actions that have the same 50 parameters that have the same 200 choices that are the same text of 4 KiB:
 * a contract of 2.6 GB in a file of 32 KiB.
 */
static void test_amplification(void **state)
{
	struct forge forge;
	const int64_t start = clock_monotonic_ns();
	uint64_t words;

	(void)state;
	forge_build(&forge, EM_X86_64, true);
	forge.size = FORGE_ROOM;
	memset(forge.bytes + MORE_TEXT, 'x', 4096 - 1);
	forge_header(&forge, FORGE_HEADER_NOTE, PT_LOAD, PF_R, MORE_TEXT, 4096, 4096, 0x1000);
	forge_header(&forge, FORGE_HEADER_DATA, PT_LOAD, PF_R | PF_W, FORGE_TABLE, MORE_TEXT - FORGE_TABLE,
		     MORE_TEXT - FORGE_TABLE, 0x1000);
	forge_header(&forge, FORGE_HEADER_RELRO, PT_GNU_RELRO, PF_R, FORGE_TABLE, MORE_TEXT - FORGE_TABLE,
		     MORE_TEXT - FORGE_TABLE, 1);
	/* An address, which is of no use, and maps of what follows. */
	words = forge_get(&forge, forge_value(&forge, DT_RELRSZ), 8) / 8;
	forge_put(&forge, FORGE_RELR + words++ * 8, MORE - 8, 8);
	for (uint64_t i = 0; i <= (MORE_END - MORE) / 8 / 63; i++)
		forge_put(&forge, FORGE_RELR + words++ * 8, 1, 8);
	forge_put(&forge, forge_value(&forge, DT_RELRSZ), words * 8, 8);
	assert_true(FORGE_RELR + words * 8 <= FORGE_TEXTS);

	forge_put(&forge, PLUGIN(actions.items), MORE, 8);
	forge_put(&forge, PLUGIN(actions.count), PLUGIN_ACTIONS_CEILING, 4);
	for (uint64_t row = MORE; row < MORE_ACTIONS; row += sizeof(struct tocsin_action)) {
		point_more(&forge, MEMBER(row, action, name), MORE_TEXT);
		point_more(&forge, MEMBER(row, action, parameters.items), MORE_ACTIONS);
		forge_put(&forge, MEMBER(row, action, parameters.count), 50, 4);
		forge_put(&forge, MEMBER(row, action, parameters.stride), sizeof(struct tocsin_field), 4);
	}
	for (uint64_t row = MORE_ACTIONS; row < MORE_FIELDS; row += sizeof(struct tocsin_field))
		point_more(&forge, MEMBER(row, field, choices), MORE_FIELDS);
	for (uint64_t choice = MORE_FIELDS; choice < MORE_END - 8; choice += 8)
		point_more(&forge, choice, MORE_TEXT);
	forge_refused(&forge, "the plugin table is larger than 2097152 bytes with all its texts", "amplification");
	forge_put(&forge, PLUGIN(actions.count), 0, 4);
	forge_put(&forge, PLUGIN(hosts), MORE_FIELDS, 8);
	forge_refused(&forge, "the plugin table's hosts has more than 64 items, or no NULL at its end", "hosts");
	assert_true(clock_monotonic_ns() - start < 1000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_costs),
		cmocka_unit_test(test_amplification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

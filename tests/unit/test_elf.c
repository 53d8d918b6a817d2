/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ELF reader: what it accepts and gives, that it finds what dlopen() and dlsym() would, and what it says
 * when files are cut off, spoiled in any single byte, unreadable, or memory is short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/json.h"
#include "base/text.h"
#include "contract/manifest.h"
#include "forge.h"
#include "loader/elf.h"
#include "scarce.h"

#if defined(__aarch64__)
#define NATIVE_MACHINE EM_AARCH64
#else
#define NATIVE_MACHINE EM_X86_64
#endif

static enum tocsin_code read_part(const struct forge *forge, size_t size, struct arena *arena,
				  struct tocsin_plugin *ret_table, struct tocsin_error *err)
{
	const int fd = forge_open_part(forge, size);
	enum tocsin_code code;

	assert_true(fd >= 0);
	code = elf_read_table(fd, size, arena, ret_table, err);
	close(fd);
	return code;
}

/* The contract as text, or NULL and the reason. */
static char *read_manifest(const struct forge *forge, struct tocsin_error *err)
{
	struct arena arena = {0};
	struct tocsin_plugin table;
	struct plugin *plugin = NULL;
	json_t *manifest;
	char *text = NULL;

	if (read_part(forge, forge->size, &arena, &table, err) == TOCSIN_OK &&
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

static void assert_reads(const struct forge *forge)
{
	struct forge plain;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char *expected, *text;

	forge_build(&plain, EM_X86_64, false);
	expected = read_manifest(&plain, NULL);
	text = read_manifest(forge, &err);
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
	assert_int_equal(read_part(&forge, forge.size, &arena, &table, &err), TOCSIN_OK);
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
	assert_int_equal(read_part(&forge, forge.size, &arena, &table, &err), TOCSIN_OK);
	assert_int_equal(strlen(table.doc), PLUGIN_TEXT_CEILING);
	forge.bytes[0x4000 + PLUGIN_TEXT_CEILING] = 'x';
	assert_int_equal(read_part(&forge, forge.size, &arena, &table, &err), TOCSIN_INVALID);
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

			assert_int_equal(read_part(&forge, size, &arena, &table, &err), TOCSIN_INVALID);
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
			code = read_part(&forge, forge.size, &arena, &table, &err);
			refused = scarce_end();
			assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
			arena_release(&arena);
		} while (refused);
		assert_true(allowed > 3);
	}
}

static void spoil(struct forge *forge, size_t offset, unsigned how)
{
	static const unsigned char patterns[] = {0xff, 0x01, 0x80, 0x10};

	forge->bytes[offset] ^= patterns[how];
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
			spoil(&forge, offset, variant & 3);
			if (read_part(&forge, forge.size, &arena, &table, &err)) {
				assert_int_equal(err.code, TOCSIN_INVALID);
				assert_true(strlen(err.text) > 10);
			}
			arena_release(&arena);
		}
}

/* The contract of the loaded file as text; NULL when it cannot be loaded. */
static char *load_manifest(const struct forge *forge)
{
	int fd = forge_open(forge);
	struct arena arena = {0};
	struct tocsin_plugin table;
	struct plugin *plugin = NULL;
	const struct tocsin_plugin *live;
	char path[64], *text = NULL;
	void *library;
	json_t *manifest;

	/* The name may be that of an earlier file which, as it was spoiled, would not be unloaded. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	while (dlopen(path, RTLD_LAZY | RTLD_NOLOAD)) {
		fd = dup(fd);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	live = library ? dlsym(library, TOCSIN_PLUGIN_SYMBOL) : NULL;
	if (live && plugin_widen(live, &arena, &table, NULL) == TOCSIN_OK &&
	    plugin_compile(&table, PLUGIN_LIVE, "forged.so", &plugin, NULL) == TOCSIN_OK) {
		manifest = plugin_manifest(plugin);
		text = json_text(manifest, JSON_STYLE_LINE);
		json_decref(manifest);
		plugin_unref(plugin);
	}
	arena_release(&arena);
	if (library)
		dlclose(library);
	close(fd);
	return text;
}

/* Stands in shared memory: what the child was at, and what it found out. */
struct progress {
	size_t round;
	size_t accepted;
	size_t same;
	bool differs;
};

/* One way to spoil files: `round` says which one. */
typedef void spoiler(struct forge *forge, size_t round);

/* All bits of one byte; what stands between code and tables is padding. */
#define SPOILED_BYTES (FORGE_CODE + FORGE_DATA - FORGE_TABLE)

static void spoil_byte(struct forge *forge, size_t round)
{
	spoil(forge, round < FORGE_CODE ? round : round - FORGE_CODE + FORGE_TABLE, 0);
}

static uint32_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/* One to three words of what is read, changed to what stands elsewhere, to addresses, to small numbers. */
static void spoil_words(struct forge *forge, size_t round)
{
	static const struct {
		uint32_t start, size;
	} parts[] = {
		{0, FORGE_HASH},
		{FORGE_HASH, FORGE_STRINGS - FORGE_HASH},
		{FORGE_RELA, 0x300},
		{FORGE_PLT, FORGE_RELR + 0x40 - FORGE_PLT},
		{FORGE_TABLE, sizeof(struct tocsin_plugin)},
		{FORGE_FIELDS, 2 * sizeof(struct tocsin_field)},
		{FORGE_ACTIONS, sizeof(struct tocsin_action)},
		{FORGE_DYNAMIC, FORGE_DYNAMIC_SIZE},
	};
	uint64_t seed = round;

	for (uint32_t count = 1 + draw(&seed) % 3; count; count--) {
		const uint32_t part = draw(&seed) % COUNT_OF(parts), other = draw(&seed) % COUNT_OF(parts);
		const uint32_t size = draw(&seed) % 4 ? 8 : 4;
		const uint32_t place = parts[part].start + draw(&seed) % (parts[part].size / size) * size;
		const uint32_t from = parts[other].start + draw(&seed) % (parts[other].size / 8) * 8;
		const uint64_t was = forge_get(forge, place, size);
		const uint64_t numbers[] = {
			from,
			forge_get(forge, from, 8),
			draw(&seed) % 64,
			was + 8 * (draw(&seed) % 7) - 24,
			was ^ 1u << draw(&seed) % 32,
		};

		forge_put(forge, place, numbers[draw(&seed) % COUNT_OF(numbers)], size);
	}
}

/* A child that dies here says nothing about it. */
static void become_expendable(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS};
	const struct rlimit no_core = {0, 0};
	const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (size_t i = 0; i < COUNT_OF(signals); i++)
		signal(signals[i], SIG_DFL);
	setrlimit(RLIMIT_CORE, &no_core);
	dup2(nowhere, STDERR_FILENO);
	alarm(60);
}

/* Goes on from where the child before it stopped. */
static void compare_rounds(struct progress *progress, spoiler *spoil_round, size_t rounds, bool packed)
{
	static struct forge forge;

	for (; progress->round < rounds; progress->round++) {
		char *read, *loaded;

		forge_build(&forge, NATIVE_MACHINE, packed);
		spoil_round(&forge, progress->round);
		read = read_manifest(&forge, NULL);
		progress->accepted += read != NULL;
		loaded = read ? load_manifest(&forge) : NULL;
		/* What nobody can load harms nobody: only a second opinion counts. */
		progress->differs = loaded && strcmp(read, loaded) != 0;
		if (progress->differs)
			return;
		progress->same += loaded != NULL;
		mem_free(read);
		mem_free(loaded);
	}
}

static void compare_with_loaded(struct progress *progress, spoiler *spoil_round, size_t rounds, bool packed)
{
	size_t crashes = 0;

	*progress = (struct progress){0};
	while (progress->round < rounds) {
		const pid_t child = fork();
		int status;

		assert_true(child >= 0);
		if (child == 0) {
			become_expendable();
			compare_rounds(progress, spoil_round, rounds, packed);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		if (progress->differs)
			fail_msg("round %zu: the contract that was read and the one that was loaded differ",
				 progress->round);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			continue;
		crashes++;
		progress->round++;
	}
	print_message("%zu spoiled, %zu accepted, %zu of them loaded and the same, %zu crashed the dynamic linker\n",
		      rounds, progress->accepted, progress->same, crashes);
	/* Far fewer than this, and next to nothing would have been compared. */
	assert_true(progress->same > rounds / 50);
}

/*
 * Differential: whatever file the reader accepts, the dynamic linker makes the same contract of it. The linker
 * trusts its files, so that a spoiled one may end the child; the next child begins behind it.
 */
static void test_same_as_loaded(void **state)
{
	const char *rounds = getenv("TOCSIN_ROUNDS");
	struct progress *progress =
		mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(progress, MAP_FAILED);
	for (unsigned packed = 0; packed < 2; packed++) {
		struct forge forge;
		char *loaded, *read;

		forge_build(&forge, NATIVE_MACHINE, packed);
		loaded = load_manifest(&forge);
		read = read_manifest(&forge, NULL);
		assert_non_null(read);
		if (packed && !loaded) {
			print_message("this C library does not load packed relocations: not compared\n");
			mem_free(read);
			continue;
		}
		assert_non_null(loaded);
		assert_string_equal(read, loaded);
		mem_free(read);
		mem_free(loaded);
		compare_with_loaded(progress, spoil_byte, SPOILED_BYTES, packed);
		compare_with_loaded(progress, spoil_words, rounds ? strtoul(rounds, NULL, 10) : 4000, packed);
	}
	munmap(progress, sizeof(*progress));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),	       cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_ceilings),       cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_shrunk),	       cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_no_memory),      cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_same_as_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

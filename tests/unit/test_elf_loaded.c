/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Differential: whatever file the ELF reader accepts, the dynamic linker makes the same contract of it. Files are
 * spoiled, read, then loaded in a child. TOCSIN_ROUNDS sets how many are spoiled at random; a few thousand by default.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/text.h"
#include "forge_read.h"

#if defined(__aarch64__)
#define NATIVE_MACHINE EM_AARCH64
#else
#define NATIVE_MACHINE EM_X86_64
#endif

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
	forge_spoil(forge, round < FORGE_CODE ? round : round - FORGE_CODE + FORGE_TABLE, 0);
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
		read = forge_read_manifest(&forge, NULL);
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
		read = forge_read_manifest(&forge, NULL);
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
		cmocka_unit_test(test_same_as_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

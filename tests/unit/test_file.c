/* SPDX-License-Identifier: Apache-2.0 */
/* Plugin files: who may own and write them, what is not one, digests and pins, changes after opening. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "base/text.h"
#include "forge.h"
#include "loader/elf.h"
#include "loader/file.h"
#include "scarce.h"

static char directory[] = "/tmp/tocsin-file-XXXXXX";

/* A path in the directory of the test; valid until the next but one. */
static const char *in_directory(const char *name)
{
	static char paths[2][128];
	static unsigned turn;
	char *path = paths[turn++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static const char *save_plugin(const char *name)
{
	const char *path = in_directory(name);
	struct forge forge;

	forge_build(&forge, EM_X86_64, false);
	assert_true(forge_save(&forge, path));
	return path;
}

static void assert_refused(const char *path, enum tocsin_code code, const char *sentence)
{
	struct plugin_file file = {.fd = -1};
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	if (plugin_file_open(path, &file, &err) != code || !strstr(err.text, sentence) || !strstr(err.text, path))
		fail_msg("%s: %s: \"%s\" instead of \"%s\"", path, tocsin_code_name(err.code), err.text, sentence);
	assert_int_equal(file.fd, -1);
}

static void test_permissions(void **state)
{
	static const struct {
		mode_t mode;
		const char *sentence; /* NULL: it is accepted */
	} cases[] = {
		{0400, NULL},
		{0600, NULL},
		{0755, NULL},
		{0644, NULL},
		{0555, NULL},
		{0664, "is writable by its group: chmod g-w it"},
		{0620, "is writable by its group: chmod g-w it"},
		{0646, "is writable by everybody: chmod go-w it"},
		{0666, "is writable by everybody: chmod go-w it"},
		{0402, "is writable by everybody: chmod go-w it"},
	};
	const char *path = save_plugin("mode.so");
	struct plugin_file file;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(chmod(path, cases[i].mode), 0);
		if (cases[i].sentence) {
			assert_refused(path, TOCSIN_DENIED, cases[i].sentence);
			continue;
		}
		assert_int_equal(plugin_file_open(path, &file, NULL), TOCSIN_OK);
		assert_string_equal(file.path, path);
		assert_int_equal(file.size, FORGE_SIZE);
		assert_true(fcntl(file.fd, F_GETFD) & FD_CLOEXEC);
		plugin_file_close(&file);
		assert_int_equal(file.fd, -1);
	}
	plugin_file_close(&file);
	plugin_file_close(NULL);
}

static void test_owner(void **state)
{
	const char *path = save_plugin("owner.so");
	struct plugin_file file;

	(void)state;
	if (geteuid() != 0) {
		print_message("not root, who alone can give files away: owners are not tested\n");
		skip();
	}
	assert_int_equal(chown(path, 4711, 0), 0);
	assert_refused(path, TOCSIN_DENIED, "belongs to user 4711, who is neither root nor the one running this (0)");
	/* The same file is theirs to use, and root's files are anybody's. */
	assert_int_equal(chmod(directory, 0755), 0);
	assert_int_equal(seteuid(4711), 0);
	assert_int_equal(plugin_file_open(path, &file, NULL), TOCSIN_OK);
	plugin_file_close(&file);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(seteuid(4711), 0);
	assert_int_equal(plugin_file_open(path, &file, NULL), TOCSIN_OK);
	plugin_file_close(&file);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(seteuid(4711), 0);
	assert_refused(path, TOCSIN_IO, "cannot be opened: Permission denied");
	assert_int_equal(seteuid(0), 0);
}

static void test_not_files(void **state)
{
	const char *path;
	struct plugin_file file;

	(void)state;
	assert_refused(in_directory("none.so"), TOCSIN_NOT_FOUND, "cannot be opened: No such file or directory");
	assert_refused(in_directory("none/none.so"), TOCSIN_NOT_FOUND, "cannot be opened");
	assert_refused(directory, TOCSIN_DENIED, "is a directory, not a plugin file");
	assert_refused("/dev/null", TOCSIN_DENIED, "is a device, not a plugin file");
	path = in_directory("pipe.so");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(path, TOCSIN_DENIED, "is a pipe, not a plugin file");

	path = in_directory("link.so");
	assert_int_equal(symlink("nowhere", path), 0);
	assert_refused(path, TOCSIN_NOT_FOUND, "cannot be opened");
	assert_int_equal(unlink(path), 0);
	/* What counts is the file that a link leads to. */
	save_plugin("target.so");
	assert_int_equal(symlink("target.so", path), 0);
	assert_int_equal(plugin_file_open(path, &file, NULL), TOCSIN_OK);
	assert_string_equal(file.path, path);
	plugin_file_close(&file);
	assert_int_equal(chmod(path, 0664), 0);
	assert_refused(path, TOCSIN_DENIED, "is writable by its group");
}

static void test_size(void **state)
{
	const char *path = save_plugin("large.so");
	struct plugin_file file;

	(void)state;
	assert_int_equal(truncate(path, ELF_SIZE_CEILING), 0);
	assert_int_equal(plugin_file_open(path, &file, NULL), TOCSIN_OK);
	plugin_file_close(&file);
	assert_int_equal(truncate(path, (off_t)ELF_SIZE_CEILING + 1), 0);
	assert_refused(path, TOCSIN_DENIED, "has 67108865 bytes, at most 67108864 are read");
}

static void test_no_descriptors(void **state)
{
	const char *path = save_plugin("descriptors.so");
	struct rlimit limit, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_refused(path, TOCSIN_IO, "cannot be opened: Too many open files");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ABC_UPPER "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"
#define OTHER "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ae"

static void test_pins(void **state)
{
	static const struct {
		const char *pin;
		enum tocsin_code code;
		const char *sentence;
	} cases[] = {
		{ABC, TOCSIN_OK, ""},
		{ABC_UPPER, TOCSIN_OK, ""},
		{OTHER, TOCSIN_DENIED, "has the SHA-256 " ABC ", not the pinned " OTHER},
		{"", TOCSIN_INVALID, "is no SHA-256, which has 64 hexadecimal digits"},
		{"abc", TOCSIN_INVALID, "is no SHA-256"},
		{ABC "0", TOCSIN_INVALID, "is no SHA-256"},
		{ABC "\n", TOCSIN_INVALID, "is no SHA-256"},
		{" a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", TOCSIN_INVALID, "is no SHA-256"},
		{"ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", TOCSIN_INVALID, "is no SHA-256"},
	};
	const char *path = in_directory("abc.so");
	struct plugin_file file;

	(void)state;
	write_text(path, "abc");
	assert_int_equal(plugin_file_open(path, &file, NULL), TOCSIN_OK);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;

		assert_int_equal(plugin_file_pin(&file, cases[i].pin, &err), cases[i].code);
		assert_non_null(strstr(err.text, cases[i].sentence));
	}
	plugin_file_close(&file);
}

/* Longer than what is read at once. */
static void test_long_digest(void **state)
{
	const char *path = in_directory("long.so");
	char digest[PLUGIN_DIGEST_ROOM];
	struct plugin_file file;

	(void)state;
	write_text(path, "");
	assert_int_equal(truncate(path, 1000000), 0);
	assert_int_equal(plugin_file_open(path, &file, NULL), TOCSIN_OK);
	assert_int_equal(plugin_file_digest(&file, digest, NULL), TOCSIN_OK);
	assert_string_equal(digest, "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025");
	plugin_file_close(&file);
}

static void test_contract(void **state)
{
	const char *path = save_plugin("contract.so");
	struct plugin_file file;
	struct plugin *plugin;
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	(void)state;
	assert_int_equal(plugin_file_open(path, &file, &err), TOCSIN_OK);
	assert_int_equal(plugin_file_contract(&file, &plugin, &err), TOCSIN_OK);
	assert_string_equal(plugin->name, "forged");
	assert_string_equal(plugin->origin, path);
	assert_null(plugin->actions[0].run);
	plugin_unref(plugin);
	plugin_file_close(&file);

	write_text(path, "no plugin");
	assert_int_equal(plugin_file_open(path, &file, &err), TOCSIN_OK);
	assert_int_equal(plugin_file_contract(&file, &plugin, &err), TOCSIN_INVALID);
	assert_string_equal(tocsin_error_at(&err, 0), "the file has 9 bytes, too few for a shared object");
	assert_non_null(strstr(tocsin_error_at(&err, 1), path));
	plugin_file_close(&file);
}

/* A file that another process changes while we have it open. */
static void test_changes(void **state)
{
	static const off_t sizes[] = {0, 100, FORGE_SIZE - 1, FORGE_SIZE + 1, FORGE_SIZE + 200000};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		const char *path = save_plugin("changes.so");
		char digest[PLUGIN_DIGEST_ROOM];
		struct plugin_file file;
		struct plugin *plugin;
		struct tocsin_error err = TOCSIN_ERROR_INIT;

		assert_int_equal(plugin_file_open(path, &file, &err), TOCSIN_OK);
		assert_int_equal(truncate(path, sizes[i]), 0);
		assert_int_equal(plugin_file_digest(&file, digest, &err), TOCSIN_DENIED);
		assert_non_null(strstr(err.text, "had 12416 bytes when it was opened and has "));
		assert_int_equal(plugin_file_pin(&file, ABC, &err), TOCSIN_DENIED);
		assert_true(plugin_file_contract(&file, &plugin, &err) != TOCSIN_OK);
		assert_non_null(strstr(err.text, "changed while it was read") ?: strstr(err.text, "and has "));
		plugin_file_close(&file);
	}
}

/* Written into under our hands, also in the same size and with the old time put back. */
static void test_same(void **state)
{
	const char *path = in_directory("same.so");
	const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin_file file;

	(void)state;
	write_text(path, "abc");
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(plugin_file_open(path, &file, &err), TOCSIN_OK);
	assert_int_equal(plugin_file_same(&file, ABC, &err), TOCSIN_OK);
	assert_int_equal(plugin_file_same(&file, ABC_UPPER, &err), TOCSIN_OK);
	/* No change of what it holds. */
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(plugin_file_same(&file, ABC, &err), TOCSIN_OK);
	write_text(path, "abd");
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(plugin_file_same(&file, ABC, &err), TOCSIN_DENIED);
	assert_non_null(strstr(err.text, path));
	assert_non_null(strstr(err.text, "was changed since its contract was read"));
	write_text(path, "abcd");
	assert_int_equal(plugin_file_same(&file, ABC, &err), TOCSIN_DENIED);
	write_text(path, "abc");
	assert_int_equal(plugin_file_same(&file, ABC, &err), TOCSIN_OK);
	plugin_file_close(&file);
}

/* Closed under our hands. */
static void test_unreadable(void **state)
{
	char digest[PLUGIN_DIGEST_ROOM], path[] = "gone.so";
	const struct plugin_file file = {.path = path, .fd = -1, .size = 10};
	struct plugin *plugin;
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	(void)state;
	assert_int_equal(plugin_file_digest(&file, digest, &err), TOCSIN_IO);
	assert_string_equal(tocsin_error_at(&err, 0), "cannot read: Bad file descriptor");
	assert_string_equal(tocsin_error_at(&err, 1), "reading the plugin file gone.so");
	assert_int_equal(plugin_file_same(&file, ABC, &err), TOCSIN_IO);
	assert_int_equal(plugin_file_contract(&file, &plugin, &err), TOCSIN_INVALID);
}

static enum tocsin_code whole_life(const char *path, struct tocsin_error *err)
{
	struct plugin_file file;
	struct plugin *plugin = NULL;
	char digest[PLUGIN_DIGEST_ROOM];
	enum tocsin_code code = plugin_file_open(path, &file, err);

	if (code)
		return code;
	code = plugin_file_digest(&file, digest, err);
	if (!code)
		code = plugin_file_contract(&file, &plugin, err);
	plugin_unref(plugin);
	plugin_file_close(&file);
	return code;
}

static void test_no_memory(void **state)
{
	const char *path = save_plugin("memory.so");
	size_t allowed = 0;
	bool refused;

	(void)state;
	mem_use_for_json();
	do {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		enum tocsin_code code;

		scarce_begin(allowed++);
		code = whole_life(path, &err);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
	} while (refused);
	assert_true(allowed > 10);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_permissions),    cmocka_unit_test(test_owner),
		cmocka_unit_test(test_not_files),      cmocka_unit_test(test_size),
		cmocka_unit_test(test_no_descriptors), cmocka_unit_test(test_pins),
		cmocka_unit_test(test_long_digest),    cmocka_unit_test(test_contract),
		cmocka_unit_test(test_changes),	       cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_no_memory),      cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of plugins: what counts as one, in which order, and that a bad file hides no good one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>

#include "base/buffer.h"
#include "base/text.h"
#include "forge.h"
#include "loader/directory.h"
#include "scarce.h"

struct place {
	char path[64];
	struct registry registry;
	struct buffer refused; /* "NAME: REASON" a line, in the order in which they were told */
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->path, "/tmp/tocsin-directory-XXXXXX");
	buffer_init(&place->refused, 65536);
	*state = place;
	return mkdtemp(place->path) ? 0 : -1;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", place->path);
	registry_release(&place->registry);
	buffer_release(&place->refused);
	free(place);
	return system(command);
}

static const char *path_of(const struct place *place, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", place->path, name);
	return path;
}

static void save(const struct place *place, const char *file, const char *plugin)
{
	struct forge forge;

	forge_build_named(&forge, EM_X86_64, false, plugin);
	assert_true(forge_save(&forge, path_of(place, file)));
}

static void write_text(const struct place *place, const char *name, const char *text)
{
	FILE *file = fopen(path_of(place, name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path_of(place, name), 0644), 0);
}

static void note(void *data, const char *path, const struct tocsin_error *reason)
{
	struct place *place = data;
	char line[TOCSIN_ERROR_ROOM];

	assert_true(text_starts_with(path, place->path));
	buffer_format(&place->refused, "%s: %s\n", path + strlen(place->path) + 1,
		      tocsin_error_line(reason, line, sizeof(line)));
}

static void assert_names(const struct place *place, const char *const *names, size_t count)
{
	assert_int_equal(place->registry.count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(place->registry.plugins[i]->name, names[i]);
}

static void test_order(void **state)
{
	static const char *const names[] = {"alpha", "beta", "gamma"};
	struct place *place = *state;

	save(place, "2.so", "alpha");
	save(place, "3.so", "gamma");
	save(place, "1.so", "beta");
	assert_int_equal(loader_add_directory(&place->registry, place->path, note, place, NULL), TOCSIN_OK);
	assert_names(place, names, COUNT_OF(names));
	assert_string_equal(place->registry.plugins[0]->origin, path_of(place, "2.so"));
	assert_string_equal(buffer_text(&place->refused), "");
}

static void test_slash(void **state)
{
	struct place *place = *state;
	char path[80];

	save(place, "a.so", "alpha");
	snprintf(path, sizeof(path), "%s/", place->path);
	assert_int_equal(loader_add_directory(&place->registry, path, note, place, NULL), TOCSIN_OK);
	assert_string_equal(place->registry.plugins[0]->origin, path_of(place, "a.so"));
}

static void test_what_is_none(void **state)
{
	static const char *const names[] = {"real"};
	static const char *const passed_over[] = {"notes.txt", "b.so.1", "so", ".so", ".hidden.so", "c.SO", "d.so~"};
	struct place *place = *state;

	for (size_t i = 0; i < COUNT_OF(passed_over); i++)
		write_text(place, passed_over[i], "whatever");
	save(place, "a.so", "real");
	assert_int_equal(loader_add_directory(&place->registry, place->path, note, place, NULL), TOCSIN_OK);
	assert_names(place, names, COUNT_OF(names));
	assert_string_equal(buffer_text(&place->refused), "");
}

/* Every sort of bad file among good ones: each is told, with its reason, in the order of names. */
static void test_bad_files(void **state)
{
	static const char *const names[] = {"first", "last"};
	static const char *const told[] = {
		"b.so: reading the contract of ", "c.so: ", "d.so: ", "e.so: ", "f.so: ", "g.so: ", "h.so: ",
	};
	static const char *const reasons[] = {
		"too few for a shared object\n",
		"is a directory, not a plugin file\n",
		"is a pipe, not a plugin file\n",
		"cannot be opened: No such file or directory\n",
		"is writable by its group: chmod g-w it\n",
		"\"Upper\" has upper case letters\n",
		"the plugin table has ABI 2, this version of tocsin has 1\n",
	};
	struct place *place = *state;
	struct forge forge;
	const char *line;

	save(place, "a.so", "first");
	write_text(place, "b.so", "no ELF file");
	assert_int_equal(mkdir(path_of(place, "c.so"), 0755), 0);
	assert_int_equal(mkfifo(path_of(place, "d.so"), 0644), 0);
	assert_int_equal(symlink("nowhere", path_of(place, "e.so")), 0);
	save(place, "f.so", "writable");
	assert_int_equal(chmod(path_of(place, "f.so"), 0664), 0);
	save(place, "g.so", "Upper");
	forge_build(&forge, EM_X86_64, false);
	forge_put(&forge, FORGE_TABLE, 2, 4);
	assert_true(forge_save(&forge, path_of(place, "h.so")));
	save(place, "i.so", "last");
	assert_int_equal(loader_add_directory(&place->registry, place->path, note, place, NULL), TOCSIN_OK);
	assert_names(place, names, COUNT_OF(names));
	line = buffer_text(&place->refused);
	for (size_t i = 0; i < COUNT_OF(told); i++) {
		const char *end = strchr(line, '\n');
		const size_t length = strlen(reasons[i]);

		assert_non_null(end);
		assert_true(text_starts_with(line, told[i]));
		if (end + 1 - line < (ptrdiff_t)length || strncmp(end + 1 - length, reasons[i], length) != 0)
			fail_msg("\"%.*s\" does not end with \"%s\"", (int)(end - line), line, reasons[i]);
		line = end + 1;
	}
	assert_string_equal(line, "");
}

static void test_bad_files_told_to_nobody(void **state)
{
	struct place *place = *state;

	write_text(place, "a.so", "no ELF file");
	save(place, "b.so", "good");
	assert_int_equal(loader_add_directory(&place->registry, place->path, NULL, NULL, NULL), TOCSIN_OK);
	assert_int_equal(place->registry.count, 1);
}

/* The first by name stays; the other is told, and both files are named. */
static void test_duplicate(void **state)
{
	struct place *place = *state;
	const char *text;

	save(place, "zeta.so", "same");
	save(place, "beta.so", "same");
	assert_int_equal(loader_add_directory(&place->registry, place->path, note, place, NULL), TOCSIN_OK);
	assert_int_equal(place->registry.count, 1);
	assert_string_equal(place->registry.plugins[0]->origin, path_of(place, "beta.so"));
	text = buffer_text(&place->refused);
	assert_true(text_starts_with(text, "zeta.so: "));
	assert_non_null(strstr(text, path_of(place, "zeta.so")));
	assert_non_null(strstr(text, path_of(place, "beta.so")));
}

static void test_one_file(void **state)
{
	struct place *place = *state;
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	/* A file that is named may be called anything. */
	save(place, "plugin.bin", "named");
	assert_int_equal(loader_add_file(&place->registry, path_of(place, "plugin.bin"), &err), TOCSIN_OK);
	assert_int_equal(loader_add_file(&place->registry, path_of(place, "plugin.bin"), &err), TOCSIN_EXISTS);
	assert_int_equal(loader_add_file(&place->registry, path_of(place, "none"), &err), TOCSIN_NOT_FOUND);
	assert_int_equal(place->registry.count, 1);
}

static void test_no_directory(void **state)
{
	struct place *place = *state;
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	assert_int_equal(loader_add_directory(&place->registry, path_of(place, "none"), note, place, &err),
			 TOCSIN_NOT_FOUND);
	assert_non_null(strstr(err.text, path_of(place, "none")));
	write_text(place, "file", "");
	assert_int_equal(loader_add_directory(&place->registry, path_of(place, "file"), note, place, &err), TOCSIN_IO);
	assert_non_null(strstr(err.text, "cannot be opened: Not a directory"));
	assert_int_equal(loader_add_directory(&place->registry, place->path, note, place, &err), TOCSIN_OK);
	assert_int_equal(place->registry.count, 0);
}

/* More names than anybody has plugins. */
static void test_too_many(void **state)
{
	struct place *place = *state;
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	for (unsigned i = 0; i <= 16384; i++) {
		char name[32];
		int fd;

		snprintf(name, sizeof(name), "%u.so", i);
		fd = open(path_of(place, name), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
		assert_true(fd >= 0);
		close(fd);
	}
	assert_int_equal(loader_add_directory(&place->registry, place->path, note, place, &err), TOCSIN_LIMIT);
	assert_non_null(strstr(err.text, "has more than 16384 plugin files"));
}

static void test_no_memory(void **state)
{
	struct place *place = *state;
	size_t allowed = 0;
	bool refused;

	mem_use_for_json();
	write_text(place, "a.so", "bad");
	save(place, "b.so", "one");
	save(place, "c.so", "two");
	do {
		struct registry registry = {0};
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		enum tocsin_code code;

		scarce_begin(allowed++);
		code = loader_add_directory(&registry, place->path, NULL, NULL, &err);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		registry_release(&registry);
	} while (refused);
	assert_true(allowed > 20);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order),
		TEST(test_slash),
		TEST(test_what_is_none),
		TEST(test_bad_files),
		TEST(test_bad_files_told_to_nobody),
		TEST(test_duplicate),
		TEST(test_one_file),
		TEST(test_no_directory),
		TEST(test_too_many),
		TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

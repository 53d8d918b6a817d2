/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tocsin bundle: a directory's list of files with their digests, made and checked.
 *
 * The list names every file below the directory but itself, sorted by path, so that equal directories have
 * equal lists. Only regular files and directories are allowed: what a symbolic link means depends on where
 * the bundle is.
 */
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/report.h"
#include "loader/digest.h"

#define MANIFEST_NAME "bundle-manifest.json"
#define FILES_CEILING 100000
#define MANIFEST_CEILING (64ul * 1024 * 1024)
#define MANIFEST_DEPTH 4

/* ---- What is in the directory ---- */

static int compare_names(const FTSENT **one, const FTSENT **other)
{
	return strcmp((*one)->fts_name, (*other)->fts_name);
}

/* {path, bytes, sha256} of a regular file; `path` is relative to the bundle. */
static enum tocsin_code describe_file(const char *whole_path, const char *path, json_t **ret_json,
				      struct tocsin_error *err)
{
	const int fd = open(whole_path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char digest[DIGEST_ROOM];
	json_t *json;
	int64_t bytes;
	enum tocsin_code code;

	if (fd < 0)
		return tocsin_fail(err, TOCSIN_IO, "cannot open %s: %s", whole_path, strerror(errno));
	code = digest_fd(fd, &bytes, digest, err);
	close(fd);
	if (code) {
		tocsin_wrap(err, "%s", whole_path);
		return code;
	}
	json = json_object();
	if (json_put(json, "path", json_string(path)) || json_put(json, "bytes", json_integer(bytes)) ||
	    json_put(json, "sha256", json_string(digest))) {
		json_decref(json);
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the file %s", whole_path);
	}
	*ret_json = json;
	return TOCSIN_OK;
}

/* Adds what the walk came to, when it is a file of the bundle. `skip` is the length of the bundle's own path. */
static enum tocsin_code add_entry(const FTSENT *entry, size_t skip, json_t *files, struct tocsin_error *err)
{
	const char *path = entry->fts_path + skip;
	json_t *json = NULL;
	enum tocsin_code code;

	switch (entry->fts_info) {
	case FTS_D:
	case FTS_DP:
		return TOCSIN_OK;
	case FTS_F:
		break;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return tocsin_fail(err, TOCSIN_IO, "cannot read %s: %s", entry->fts_path, strerror(entry->fts_errno));
	default:
		return tocsin_fail(err, TOCSIN_INVALID, "%s is neither a regular file nor a directory",
				   entry->fts_path);
	}
	path += strspn(path, "/");
	if (strcmp(path, MANIFEST_NAME) == 0)
		return TOCSIN_OK;
	if (!text_is_utf8(path, strlen(path)))
		return tocsin_fail(err, TOCSIN_INVALID, "the name of %s is not UTF-8", entry->fts_path);
	if (json_object_size(files) == FILES_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "a bundle may have %d files, and this has more", FILES_CEILING);
	code = describe_file(entry->fts_accpath, path, &json, err);
	if (!code && json_put(files, path, json))
		code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the file %s", entry->fts_path);
	return code;
}

/* All files below `directory` as an object, by path. */
static enum tocsin_code list_files(const char *directory, json_t **ret_files, struct tocsin_error *err)
{
	char *roots[] = {(char *)directory, NULL};
	json_t *files = json_object();
	struct stat status;
	enum tocsin_code code = TOCSIN_OK;
	FTS *walk = NULL;
	FTSENT *entry;

	if (!files)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a list of files");
	if (stat(directory, &status))
		code = tocsin_fail(err, TOCSIN_IO, "cannot read %s: %s", directory, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		code = tocsin_fail(err, TOCSIN_INVALID, "%s is not a directory", directory);
	if (code)
		goto out;
	walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, compare_names);
	if (!walk) {
		code = tocsin_fail(err, TOCSIN_IO, "cannot read %s: %s", directory, strerror(errno));
		goto out;
	}
	while (!code && (errno = 0, entry = fts_read(walk)))
		code = add_entry(entry, strlen(directory), files, err);
	if (!code && errno)
		code = tocsin_fail(err, TOCSIN_IO, "cannot read %s: %s", directory, strerror(errno));
	fts_close(walk);
out:
	if (code)
		json_decref(files);
	else
		*ret_files = files;
	return code;
}

/* ---- Making the list ---- */

static int compare_texts(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* The values of an object in the order of its keys. New reference, NULL without memory. */
static json_t *sorted_values(const json_t *object)
{
	const size_t count = json_object_size(object);
	const char **keys = mem_array(count, sizeof(*keys));
	json_t *list = json_array();
	size_t used = 0;
	int failed = !keys || !list;

	for (void *item = json_object_iter((json_t *)object); item && !failed;
	     item = json_object_iter_next((json_t *)object, item))
		keys[used++] = json_object_iter_key(item);
	if (!failed)
		qsort(keys, used, sizeof(*keys), compare_texts);
	for (size_t i = 0; i < used && !failed; i++)
		failed = json_array_append(list, json_object_get(object, keys[i]));
	mem_free(keys);
	if (!failed)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *describe_bundle(const char *directory, const json_t *files)
{
	json_t *json = json_object();

	if (json_put(json, "bundle_dir", json_string(directory)) ||
	    json_put(json, "file_count", json_integer((json_int_t)json_object_size(files))) ||
	    json_put(json, "files", sorted_values(files))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static enum cli_exit make(const char *directory, const char *manifest_path, const json_t *files)
{
	json_t *json = describe_bundle(directory, files);
	enum cli_exit status;

	if (!json)
		return report_no_memory();
	status = output_json_file(json, manifest_path);
	if (status) {
		json_decref(json);
		return status;
	}
	return output_json(json);
}

/* ---- Checking it ---- */

static enum tocsin_code read_manifest(const char *path, json_t **ret_json, struct tocsin_error *err)
{
	const struct json_limits limits = {.bytes = MANIFEST_CEILING, .depth = MANIFEST_DEPTH};
	FILE *file = fopen(path, "re");
	struct buffer text;
	char chunk[16384];
	size_t length;
	enum tocsin_code code;

	if (!file)
		return tocsin_fail(err, TOCSIN_IO, "cannot open %s: %s", path, strerror(errno));
	buffer_init(&text, MANIFEST_CEILING);
	while ((length = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buffer_add(&text, chunk, length);
	if (ferror(file))
		code = tocsin_fail(err, TOCSIN_IO, "cannot read %s: %s", path, strerror(errno));
	else if (buffer_code(&text))
		code = tocsin_fail(err, buffer_code(&text), "%s is too large", path);
	else {
		code = json_read(buffer_text(&text), text.length, &limits, ret_json, err);
		if (code)
			tocsin_wrap(err, "%s", path);
	}
	fclose(file);
	buffer_release(&text);
	return code;
}

/* The files that the list names, as an object by path; fails when the list is not what `make` writes. */
static enum tocsin_code read_listed(const char *path, json_t **ret_files, struct tocsin_error *err)
{
	const char *before = "";
	json_t *json = NULL, *files = json_object();
	const json_t *list, *item;
	size_t i;
	enum tocsin_code code = read_manifest(path, &json, err);

	list = json_object_get(json, "files");
	if (!code && (!json_is_array(list) || !json_is_integer(json_object_get(json, "file_count"))))
		code = tocsin_fail(err, TOCSIN_INVALID, "%s is not a list of files", path);
	json_array_foreach (list, i, item) {
		const char *name = json_get_text(item, "path", "");

		if (code)
			break;
		if (strcmp(name, before) <= 0)
			code = tocsin_fail(err, TOCSIN_INVALID, "%s is not sorted by path at entry %zu", path, i + 1);
		else if (json_object_set(files, name, (json_t *)item))
			code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a list of files");
		before = name;
	}
	if (!code && json_integer_value(json_object_get(json, "file_count")) != (json_int_t)json_object_size(files))
		code = tocsin_fail(err, TOCSIN_INVALID, "file_count in %s is not the number of its files", path);
	json_decref(json);
	if (code)
		json_decref(files);
	else
		*ret_files = files;
	return code;
}

/* Says what is wrong with a file and adds its path to a list. */
static int note(json_t *list, const char *directory, const char *path, const char *what)
{
	report("%s: %s %s", directory, path, what);
	return json_array_append_new(list, json_string(path));
}

static int compare(const char *directory, const json_t *listed, const json_t *found, json_t *missing, json_t *extra,
		   json_t *changed)
{
	json_t *both[] = {sorted_values(listed), sorted_values(found)};
	const json_t *item;
	size_t i;
	int failed = !both[0] || !both[1];

	json_array_foreach (both[0], i, item) {
		const char *path = json_get_text(item, "path", "");
		const json_t *now = json_object_get(found, path);

		if (!failed && !now)
			failed = note(missing, directory, path, "is missing");
		else if (!failed && !json_equal(now, item))
			failed = note(changed, directory, path, "has changed");
	}
	json_array_foreach (both[1], i, item) {
		const char *path = json_get_text(item, "path", "");

		if (!failed && !json_object_get(listed, path))
			failed = note(extra, directory, path, "is not in the list");
	}
	json_decref(both[0]);
	json_decref(both[1]);
	return failed;
}

static enum cli_exit check(const char *directory, const char *manifest_path, const json_t *found)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *listed = NULL;
	json_t *missing = json_array(), *extra = json_array(), *changed = json_array();
	json_t *json = json_object();
	enum cli_exit status = CLI_OK;

	if (read_listed(manifest_path, &listed, &err)) {
		status = report_error(&err);
		json_decref(json);
	} else if (compare(directory, listed, found, missing, extra, changed) ||
		   json_put(json, "bundle_dir", json_string(directory)) ||
		   json_put(json, "file_count", json_integer((json_int_t)json_object_size(found))) ||
		   json_put(json, "missing", json_incref(missing)) || json_put(json, "extra", json_incref(extra)) ||
		   json_put(json, "changed", json_incref(changed))) {
		status = report_no_memory();
		json_decref(json);
	} else {
		status = output_json(json);
		if (json_array_size(missing) || json_array_size(extra) || json_array_size(changed))
			status = CLI_FAILED;
	}
	json_decref(missing);
	json_decref(extra);
	json_decref(changed);
	json_decref(listed);
	return status;
}

static enum cli_exit run(const struct call *call)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct buffer directory, manifest_path;
	size_t length = strlen(call->operands[0]);
	json_t *files = NULL;
	enum cli_exit status;

	while (length > 1 && call->operands[0][length - 1] == '/')
		length--;
	buffer_init(&directory, 4096);
	buffer_init(&manifest_path, 4096);
	buffer_add(&directory, call->operands[0], length);
	buffer_format(&manifest_path, "%s/%s", buffer_text(&directory), MANIFEST_NAME);
	if (buffer_code(&manifest_path))
		status = report("the name of the directory is too long");
	else if (!text_is_utf8(buffer_text(&directory), directory.length))
		status = report("the name of the directory is not UTF-8");
	else if (list_files(buffer_text(&directory), &files, &err))
		status = report_error(&err);
	else if (call_has(call, "check"))
		status = check(buffer_text(&directory), buffer_text(&manifest_path), files);
	else
		status = make(buffer_text(&directory), buffer_text(&manifest_path), files);
	json_decref(files);
	buffer_release(&directory);
	buffer_release(&manifest_path);
	return status;
}

const struct command cmd_bundle = {
	.name = "bundle",
	.summary = "list a directory's files with their digests, or check such a list",
	.description = "Writes DIR/" MANIFEST_NAME ", and prints it: every file below the directory but the list "
		       "itself, with size and SHA-256, sorted by path. With --check the list is read instead, and "
		       "files that are missing, changed or not in it are named; any of them makes the exit status "
		       "1. A bundle holds regular files and directories only.",
	.operands =
		(const struct command_operand[]){
			{.name = "DIR", .completes = COMPLETES_DIRECTORIES, .help = "the directory"},
			{.name = NULL},
		},
	.options =
		(const struct command_option[]){
			{.name = "check", .help = "compare the directory with its list, and change nothing"},
			{.name = NULL},
		},
	.examples = (const char *const[]){"tocsin bundle artifacts/inspect", "tocsin bundle --check artifacts/inspect",
					  NULL},
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin files: opened, judged, read; see file.h.
 *
 * What counts is the file behind the descriptor, not the path: symbolic links are followed, and then the
 * file that was opened is checked, so that nobody can exchange it between a check and its use. Opening
 * never waits: a pipe in a plugin directory must not hang the reader.
 */
#include "loader/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "loader/digest.h"
#include "loader/elf.h"

static_assert(PLUGIN_DIGEST_ROOM == DIGEST_ROOM, "the same text");

static const char *sort_of(mode_t mode)
{
	if (S_ISDIR(mode))
		return "a directory";
	if (S_ISFIFO(mode))
		return "a pipe";
	if (S_ISCHR(mode) || S_ISBLK(mode))
		return "a device";
	return "no regular file";
}

static enum tocsin_code check_file(const char *path, const struct stat *status, struct tocsin_error *err)
{
	if (!S_ISREG(status->st_mode))
		return tocsin_fail(err, TOCSIN_DENIED, "%s is %s, not a plugin file", path, sort_of(status->st_mode));
	if (status->st_uid != 0 && status->st_uid != geteuid())
		return tocsin_fail(
			err, TOCSIN_DENIED,
			"the plugin file %s belongs to user %u, who is neither root nor the one running this (%u)",
			path, (unsigned)status->st_uid, (unsigned)geteuid());
	if (status->st_mode & S_IWOTH)
		return tocsin_fail(err, TOCSIN_DENIED, "the plugin file %s is writable by everybody: chmod go-w it",
				   path);
	if (status->st_mode & S_IWGRP)
		return tocsin_fail(err, TOCSIN_DENIED, "the plugin file %s is writable by its group: chmod g-w it",
				   path);
	if (status->st_size > (off_t)ELF_SIZE_CEILING)
		return tocsin_fail(err, TOCSIN_DENIED, "the plugin file %s has %jd bytes, at most %u are read", path,
				   (intmax_t)status->st_size, ELF_SIZE_CEILING);
	return TOCSIN_OK;
}

enum tocsin_code plugin_file_open(const char *path, struct plugin_file *ret_file, struct tocsin_error *err)
{
	struct plugin_file file = {.path = mem_text(path), .fd = -1};
	struct stat status;
	enum tocsin_code code;

	if (!file.path)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the plugin file %s", path);
	file.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file.fd < 0) {
		code = tocsin_fail(err, errno == ENOENT || errno == ENOTDIR ? TOCSIN_NOT_FOUND : TOCSIN_IO,
				   "the plugin file %s cannot be opened: %s", path, strerror(errno));
		goto out;
	}
	if (fstat(file.fd, &status) != 0) {
		code = tocsin_fail(err, TOCSIN_IO, "nothing is known of the plugin file %s: %s", path, strerror(errno));
		goto out;
	}
	code = check_file(path, &status, err);
	if (code)
		goto out;
	file.device = status.st_dev;
	file.inode = status.st_ino;
	file.size = (size_t)status.st_size;
	*ret_file = file;
	return TOCSIN_OK;
out:
	plugin_file_close(&file);
	return code;
}

void plugin_file_close(struct plugin_file *file)
{
	if (!file)
		return;
	if (file->fd >= 0)
		close(file->fd);
	mem_free(file->path);
	*file = (struct plugin_file){.fd = -1};
}

static enum tocsin_code check_unchanged(const struct plugin_file *file, size_t size, struct tocsin_error *err)
{
	if (size != file->size)
		return tocsin_fail(err, TOCSIN_DENIED,
				   "the plugin file %s had %zu bytes when it was opened and has %zu now", file->path,
				   file->size, size);
	return TOCSIN_OK;
}

enum tocsin_code plugin_file_digest(const struct plugin_file *file, char ret_digest[PLUGIN_DIGEST_ROOM],
				    struct tocsin_error *err)
{
	char digest[DIGEST_ROOM];
	int64_t size;
	enum tocsin_code code = digest_fd(file->fd, &size, digest, err);

	if (code) {
		tocsin_wrap(err, "reading the plugin file %s", file->path);
		return code;
	}
	code = check_unchanged(file, (size_t)size, err);
	if (!code)
		memcpy(ret_digest, digest, sizeof(digest));
	return code;
}

enum tocsin_code plugin_file_pin(const struct plugin_file *file, const char *sha256, struct tocsin_error *err)
{
	char digest[PLUGIN_DIGEST_ROOM];
	enum tocsin_code code;

	if (strlen(sha256) != PLUGIN_DIGEST_ROOM - 1 ||
	    strspn(sha256, "0123456789abcdefABCDEF") != PLUGIN_DIGEST_ROOM - 1)
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the pin of the plugin file %s is no SHA-256, which has 64 hexadecimal digits",
				   file->path);
	code = plugin_file_digest(file, digest, err);
	if (code)
		return code;
	if (!text_same_ignoring_case(digest, sha256))
		return tocsin_fail(err, TOCSIN_DENIED, "the plugin file %s has the SHA-256 %s, not the pinned %s",
				   file->path, digest, sha256);
	return TOCSIN_OK;
}

enum tocsin_code plugin_file_same(const struct plugin_file *file, const char digest[PLUGIN_DIGEST_ROOM],
				  struct tocsin_error *err)
{
	char now[DIGEST_ROOM];
	int64_t size;
	const enum tocsin_code code = digest_fd(file->fd, &size, now, err);

	if (code) {
		tocsin_wrap(err, "reading the plugin file %s", file->path);
		return code;
	}
	if (!text_same_ignoring_case(now, digest))
		return tocsin_fail(
			err, TOCSIN_DENIED,
			"the plugin file %s was changed since its contract was read; make the instance anew, "
			"and replace plugin files with mv or install, not with cp",
			file->path);
	return TOCSIN_OK;
}

enum tocsin_code plugin_file_contract(const struct plugin_file *file, struct plugin **ret_plugin,
				      struct tocsin_error *err)
{
	struct tocsin_plugin table;
	struct arena arena = {0};
	struct stat status;
	enum tocsin_code code = elf_read_table(file->fd, file->size, &arena, &table, err);

	if (code) {
		tocsin_wrap(err, "reading the contract of %s", file->path);
		goto out;
	}
	if (fstat(file->fd, &status) != 0) {
		code = tocsin_fail(err, TOCSIN_IO, "nothing is known of the plugin file %s: %s", file->path,
				   strerror(errno));
		goto out;
	}
	code = check_unchanged(file, (size_t)status.st_size, err);
	if (!code)
		code = plugin_compile(&table, PLUGIN_READ, file->path, ret_plugin, err);
out:
	arena_release(&arena);
	return code;
}

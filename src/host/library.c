/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlopen() through a file descriptor, so that what was checked is what is loaded.
 *
 * glibc remembers a library by the name it was opened with, here /proc/self/fd/N, and would give the old one
 * for a new file with the same number. So each loaded file keeps a descriptor of its own open for as long as
 * it is loaded, which is until the process ends: threads, exit handlers and overrides may point into it. Since
 * the descriptor also keeps the inode in use, device and inode name a file for good.
 */
#include "host/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct library {
	dev_t device;
	ino_t inode;
	void *handle;
};

/* The one thing global here, as the dynamic linker's own list is. */
static struct library libraries[LIBRARIES_CEILING];
static size_t library_count;
static pthread_mutex_t libraries_lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

/* What dlerror() says, without the descriptor's name in front. */
static const char *linker_reason(const char *name)
{
	const char *reason = dlerror();
	const size_t length = strlen(name);

	if (!reason)
		return "no reason given";
	if (strncmp(reason, name, length) == 0 && strncmp(reason + length, ": ", 2) == 0)
		return reason + length + 2;
	return reason;
}

static enum tocsin_code open_library(int fd, const struct stat *about, const char *origin, void **ret_handle,
				     struct tocsin_error *err)
{
	char name[32];
	void *handle;
	int kept;

	if (library_count == LIBRARIES_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "%d plugin files are loaded already", LIBRARIES_CEILING);
	kept = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (kept < 0)
		return tocsin_fail(err, TOCSIN_IO, "%s cannot be kept open: %s", origin, strerror(errno));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", kept);
	handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		tocsin_fail(err, TOCSIN_INVALID, "%s cannot be loaded: %s", origin, linker_reason(name));
		close(kept);
		return TOCSIN_INVALID;
	}
	/* Its name may have been that of another file, one that calls itself so (DT_SONAME). */
	for (size_t i = 0; i < library_count; i++)
		if (libraries[i].handle == handle) {
			dlclose(handle);
			close(kept);
			return tocsin_fail(err, TOCSIN_DENIED,
					   "%s cannot be loaded: another plugin file that is loaded has its name",
					   origin);
		}
	libraries[library_count++] =
		(struct library){.device = about->st_dev, .inode = about->st_ino, .handle = handle};
	*ret_handle = handle;
	return TOCSIN_OK;
}

static enum tocsin_code find_or_open(int fd, const char *origin, void **ret_handle, struct tocsin_error *err)
{
	enum tocsin_code code = TOCSIN_OK;
	struct stat about;
	size_t i;

	if (fstat(fd, &about))
		return tocsin_fail(err, TOCSIN_IO, "%s cannot be looked at: %s", origin, strerror(errno));
	pthread_mutex_lock(&libraries_lock);
	for (i = 0; i < library_count; i++)
		if (libraries[i].device == about.st_dev && libraries[i].inode == about.st_ino)
			break;
	if (i < library_count)
		*ret_handle = libraries[i].handle;
	else
		code = open_library(fd, &about, origin, ret_handle, err);
	pthread_mutex_unlock(&libraries_lock);
	return code;
}

enum tocsin_code library_load(int fd, const char *origin, struct plugin **ret_plugin, struct tocsin_error *err)
{
	const struct tocsin_plugin *table;
	struct tocsin_plugin native;
	struct arena arena = {0};
	enum tocsin_code code;
	void *handle = NULL;

	code = find_or_open(fd, origin, &handle, err);
	if (code)
		return code;
	table = dlsym(handle, TOCSIN_PLUGIN_SYMBOL);
	if (!table)
		return tocsin_fail(err, TOCSIN_INVALID, "%s has no symbol %s", origin, TOCSIN_PLUGIN_SYMBOL);
	code = plugin_widen(table, &arena, &native, err);
	if (!code)
		code = plugin_compile(&native, PLUGIN_LIVE, origin, ret_plugin, err);
	arena_release(&arena);
	return code;
}

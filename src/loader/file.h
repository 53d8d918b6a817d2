/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOADER_FILE_H
#define LOADER_FILE_H

/*
 * A plugin file, from opening to loading through one file descriptor, so that what was checked is what
 * is used.
 *
 *	plugin_file_open(path, &file, err);
 *	plugin_file_pin(&file, sha256, err);
 *	plugin_file_contract(&file, &plugin, err);
 *	... start a worker with file.fd ...
 *	plugin_file_close(&file);
 */

#include <stdint.h>
#include <sys/types.h>

#include "contract/plugin.h"

#define PLUGIN_DIGEST_ROOM 65 /* 64 hexadecimal digits and the terminator */

struct plugin_file {
	char *path;
	int fd; /* -1 when closed */
	dev_t device;
	ino_t inode;
	size_t size;
};

/*
 * Opens a regular file that its owner alone can write and that root or this process's user owns. Anything
 * else is refused with TOCSIN_DENIED.
 */
enum tocsin_code plugin_file_open(const char *path, struct plugin_file *ret_file, struct tocsin_error *err);
void plugin_file_close(struct plugin_file *file);

/* SHA-256 of the whole file, in lower-case hexadecimal. */
enum tocsin_code plugin_file_digest(const struct plugin_file *file, char ret_digest[PLUGIN_DIGEST_ROOM],
				    struct tocsin_error *err);

/* Fails with TOCSIN_DENIED when the file's SHA-256 is not `sha256`. */
enum tocsin_code plugin_file_pin(const struct plugin_file *file, const char *sha256, struct tocsin_error *err);

/*
 * Fails with TOCSIN_DENIED when the file is no longer what it was when it had this digest: a descriptor keeps a file
 * from being exchanged, but not from being written.
 */
enum tocsin_code plugin_file_same(const struct plugin_file *file, const char digest[PLUGIN_DIGEST_ROOM],
				  struct tocsin_error *err);

/* Reads the contract; nothing of the file is mapped or run. */
enum tocsin_code plugin_file_contract(const struct plugin_file *file, struct plugin **ret_plugin,
				      struct tocsin_error *err);

#endif

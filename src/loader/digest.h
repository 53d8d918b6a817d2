/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOADER_DIGEST_H
#define LOADER_DIGEST_H

/* The SHA-256 of a file's content, whatever file it is; plugin files have rules of their own, see file.h. */

#include <stdint.h>

#include <tocsin/error.h>

#define DIGEST_ROOM 65 /* 64 hexadecimal digits and the terminator */

/* Reads from the start of the file open at `fd` to its end. The digest is in lower-case hexadecimal. */
enum tocsin_code digest_fd(int fd, int64_t *ret_bytes, char ret_digest[DIGEST_ROOM], struct tocsin_error *err);

#endif

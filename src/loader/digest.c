/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of files; see digest.h. The file is read by offset, so that the descriptor's position stays. */
#include "loader/digest.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum tocsin_code digest_fd(int fd, int64_t *ret_bytes, char ret_digest[DIGEST_ROOM], struct tocsin_error *err)
{
	struct sha256_ctx context;
	uint8_t chunk[16384], digest[SHA256_DIGEST_SIZE];
	int64_t bytes = 0;

	sha256_init(&context);
	for (;;) {
		const ssize_t length = pread(fd, chunk, sizeof(chunk), bytes);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return tocsin_fail(err, TOCSIN_IO, "cannot read: %s", strerror(errno));
		if (length == 0)
			break;
		sha256_update(&context, (size_t)length, chunk);
		bytes += length;
	}
	sha256_digest(&context, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(ret_digest + 2 * i, 3, "%02x", digest[i]);
	*ret_bytes = bytes;
	return TOCSIN_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file, from its path to its document; see document.h. reader.c reads the YAML. */
#include "config/document.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buffer.h"

/* All of an open file, which may be a pipe, up to one byte more than is allowed. */
static enum tocsin_code read_all(int fd, struct buffer *text)
{
	char chunk[16384];
	ssize_t length;

	do {
		length = read(fd, chunk, sizeof(chunk));
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return TOCSIN_IO;
		buffer_add(text, chunk, (size_t)length);
	} while (length != 0 && !buffer_code(text));
	return buffer_code(text);
}

enum tocsin_code document_read_file(const char *path, struct document *ret_document, struct tocsin_error *err)
{
	struct buffer text;
	enum tocsin_code code;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return tocsin_fail(err, errno == ENOENT ? TOCSIN_NOT_FOUND : TOCSIN_IO, "cannot open %s: %s", path,
				   strerror(errno));
	buffer_init(&text, CONFIG_BYTES_CEILING);
	code = read_all(fd, &text);
	if (code == TOCSIN_IO)
		tocsin_fail(err, code, "cannot read %s: %s", path, strerror(errno));
	else if (code == TOCSIN_LIMIT)
		tocsin_fail(err, code, "%s:1:1: the file has more than the %d bytes that are allowed", path,
			    CONFIG_BYTES_CEILING);
	else if (code)
		tocsin_fail(err, code, "no memory to read %s", path);
	else
		code = document_read(path, buffer_text(&text), text.length, ret_document, err);
	buffer_release(&text);
	close(fd);
	return code;
}

void document_release(struct document *document)
{
	if (!document)
		return;
	mem_free(document->name);
	mem_free(document->places);
	json_decref(document->root);
	*document = (struct document){0};
}

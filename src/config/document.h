/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_DOCUMENT_H
#define CONFIG_DOCUMENT_H

/*
 * A YAML file as JSON values that remember where they stood. No meaning is given to anything: every
 * scalar is text, quoted or not, so that the field it belongs to decides what it is.
 *
 * Accepted: one document of maps, lists and scalars. Refused, by line and column: duplicate keys,
 * anchors, aliases, tags, keys that are not scalars, several documents, NUL, invalid UTF-8, more than
 * 1 MiB, 64 levels or 100,000 values.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include <tocsin/error.h>

#define CONFIG_BYTES_CEILING 1048576
#define CONFIG_DEPTH_CEILING 64
#define CONFIG_VALUES_CEILING 100000

struct position {
	size_t line; /* from 1; 0: unknown */
	size_t column; /* from 1, in characters */
};

struct document {
	char *name; /* of the file, for messages */
	json_t *root; /* a map; empty for an empty file */
	struct place *places; /* by path */
	size_t place_count;
};

/* The error's sentence begins with "NAME:LINE:COLUMN: ". */
enum tocsin_code document_read(const char *name, const char *text, size_t length, struct document *ret_document,
			       struct tocsin_error *err);
enum tocsin_code document_read_file(const char *path, struct document *ret_document, struct tocsin_error *err);
void document_release(struct document *document);

/*
 * Where the value at `path` stands, such as "receivers.ops-hook.timeout_seconds" or "routes[0].match[1]".
 * For a path that is not in the document: where its nearest existing parent stands. For a value in a map
 * that is its key's position.
 */
struct position document_position(const struct document *document, const char *path);

#endif

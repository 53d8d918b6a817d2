/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML configurations of any bytes. What is accepted must be what document.h promises: a map of text, within
 * the ceilings, every value of which has a position inside the file; what is refused says where.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "config/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

struct walk {
	const struct document *document;
	struct buffer path;
	size_t lines;
	size_t values;
};

static void check(struct walk *walk, const json_t *value, size_t depth)
{
	const size_t length = walk->path.length;
	const struct position position = document_position(walk->document, buffer_text(&walk->path));
	const char *key;
	json_t *member;
	size_t index;

	require(position.line >= 1 && position.line <= walk->lines && position.column >= 1, "a position in the file");
	require(++walk->values <= CONFIG_VALUES_CEILING, "the ceiling of values");
	require(json_is_string(value) || depth < CONFIG_DEPTH_CEILING, "the ceiling of depth");
	require(json_is_string(value) || json_is_array(value) || json_is_object(value), "text, lists and maps only");
	if (json_is_string(value))
		require(strlen(json_string_value(value)) == json_string_length(value), "no NUL in text");
	json_array_foreach (value, index, member) {
		buffer_format(&walk->path, "[%zu]", index);
		check(walk, member, depth + 1);
		walk->path.text[walk->path.length = length] = '\0';
	}
	json_object_foreach ((json_t *)value, key, member) {
		buffer_format(&walk->path, "%s%s", length ? "." : "", key);
		check(walk, member, depth + 1);
		walk->path.length = length;
		if (walk->path.text)
			walk->path.text[length] = '\0';
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct document document = {0};
	enum tocsin_code code;

	code = document_read("fuzz.yaml", (const char *)data, size, &document, &err);
	if (code) {
		require(code == TOCSIN_INVALID || code == TOCSIN_LIMIT, "a code that says whose fault it is");
		require(err.code == code && err.count == 1, "one sentence");
		require(text_starts_with(tocsin_error_at(&err, 0), "fuzz.yaml:"), "a place in the sentence");
		require(!document.root && !document.places && !document.name, "nothing written on failure");
	} else {
		struct walk walk = {.document = &document, .lines = 1};

		for (size_t i = 0; i < size; i++) /* no more than this many, whatever YAML takes for a line break */
			walk.lines += data[i] == '\n' || data[i] == '\r' || data[i] >= 0x80;
		buffer_init(&walk.path, 1 << 26);
		require(json_is_object(document.root), "a map at the root");
		check(&walk, document.root, 0);
		buffer_release(&walk.path);
	}
	document_release(&document);
	return 0;
}

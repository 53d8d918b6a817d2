/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in a plugin table as text; see elf_path.h.
 *
 * Nothing is formatted before something is wrong. Both buffers are longer than what they are given; a
 * sentence that is still too long is cut.
 */
#include "loader/elf_path.h"

#include <stdarg.h>
#include <stdio.h>

#define DEPTH_CEILING 8u

static void append(char *text, size_t room, size_t *length, const char *start, const struct elf_path *step)
{
	int added;

	if (step->index == ELF_PATH_NO_INDEX)
		added = snprintf(text + *length, room - *length, "%s%s", start, step->name);
	else
		added = snprintf(text + *length, room - *length, "%s%s[%u]", start, step->name, step->index);
	if (added > 0)
		*length += (size_t)added < room - *length ? (size_t)added : room - *length - 1;
}

enum tocsin_code elf_path_fail(const struct elf_path *path, struct tocsin_error *err, const char *format, ...)
{
	const struct elf_path *steps[DEPTH_CEILING];
	char place[256] = "", sentence[512];
	size_t depth = 0, length = 0;
	va_list arguments;

	for (; path && depth < DEPTH_CEILING; path = path->parent)
		steps[depth++] = path;
	for (size_t i = depth; i-- > 0;)
		append(place, sizeof(place), &length, i + 1 == depth ? "'s " : ".", steps[i]);
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	return tocsin_fail(err, TOCSIN_INVALID, "the plugin table%s %s", place, sentence);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that is wrong with an input; see problems.h. */
#include "contract/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"

/* Takes over both texts, also when they cannot be kept. */
static void keep(struct problems *problems, char *path, char *message)
{
	if (problems->count == problems->room && problems->room < PROBLEMS_CEILING) {
		const size_t room = problems->room ? problems->room * 2 : 8;
		struct problem *items = mem_grow(problems->items, room, sizeof(*items));

		if (items) {
			problems->items = items;
			problems->room = room;
		}
	}
	if (!path || !message || problems->count == problems->room || problems->count == PROBLEMS_CEILING) {
		problems->lost++;
		mem_free(path);
		mem_free(message);
		return;
	}
	problems->items[problems->count++] = (struct problem){.path = path, .message = message};
}

void problems_add(struct problems *problems, const char *path, const char *format, ...)
{
	struct buffer message;
	va_list arguments;

	buffer_init(&message, 4096);
	va_start(arguments, format);
	buffer_format_list(&message, format, arguments);
	va_end(arguments);
	if (buffer_code(&message) == TOCSIN_LIMIT) {
		buffer_clear(&message);
		buffer_text_add(&message, "is wrong in a way that takes more than 4096 bytes to say");
	}
	keep(problems, mem_text(path), buffer_take(&message));
	buffer_release(&message);
}

static char *joined(const char *path, const char *rest)
{
	const char *dot = *path && *rest && *rest != '[' ? "." : "";
	struct buffer whole;
	char *text;

	buffer_init(&whole, 65536);
	buffer_format(&whole, "%s%s%s", path, dot, rest);
	text = buffer_take(&whole);
	buffer_release(&whole);
	return text;
}

void problems_move(struct problems *into, const char *path, struct problems *from)
{
	for (size_t i = 0; i < from->count; i++) {
		keep(into, joined(path, from->items[i].path), from->items[i].message);
		mem_free(from->items[i].path);
	}
	into->lost += from->lost;
	from->count = 0;
	problems_release(from);
}

enum tocsin_code problems_fail(const struct problems *problems, struct tocsin_error *err)
{
	struct buffer all;
	size_t told = 0;

	if (problems_none(problems))
		return TOCSIN_OK;
	if (!problems->count)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to say what is wrong");
	buffer_init(&all, TOCSIN_ERROR_ROOM / 2 - 64);
	for (; told < problems->count && !buffer_code(&all); told++)
		buffer_format(&all, "%s%s%s%s", told ? "; " : "", problems->items[told].path,
			      *problems->items[told].path ? ": " : "", problems->items[told].message);
	if (buffer_code(&all) == TOCSIN_LIMIT)
		told--;
	if (!told)
		tocsin_fail(err, TOCSIN_INVALID, "%s: %s", problems->items[0].path, problems->items[0].message);
	else if (told < problems->count)
		tocsin_fail(err, TOCSIN_INVALID, "%s; and %zu more", buffer_text(&all), problems->count - told);
	else
		tocsin_fail(err, TOCSIN_INVALID, "%s", buffer_text(&all));
	buffer_release(&all);
	return TOCSIN_INVALID;
}

void problems_release(struct problems *problems)
{
	if (!problems)
		return;
	for (size_t i = 0; i < problems->count; i++) {
		mem_free(problems->items[i].path);
		mem_free(problems->items[i].message);
	}
	mem_free(problems->items);
	*problems = (struct problems){0};
}

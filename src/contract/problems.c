/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that is wrong with an input; see problems.h.
 *
 * Nothing here is fatal. A hostile input may have a million faults: those above the ceiling are counted
 * before anything is formatted or copied.
 */
#include "contract/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

/* Makes `text` one line of UTF-8. `length` is what it would have without the ceiling `room`; dots show a cut. */
static void tidy(char *text, size_t room, int length)
{
	static const char mark[] = "...";
	size_t kept = room - sizeof(mark), left;

	if (length >= 0 && (size_t)length >= room) {
		while (kept && ((unsigned char)text[kept] & 0xc0) == 0x80)
			kept--;
		memcpy(text + kept, mark, sizeof(mark));
	}
	for (left = strlen(text); left;) {
		const size_t bytes = text_character(text, left);

		if (!bytes)
			*text = '?';
		else if ((bytes == 1 && ((unsigned char)*text < 0x20 || *text == 0x7f)) ||
			 (bytes == 2 && (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0))
			memset(text, ' ', bytes);
		text += bytes ? bytes : 1;
		left -= bytes ? bytes : 1;
	}
}

/* Room for one more, or it is counted. */
static struct problem *new_problem(struct problems *problems)
{
	if (problems->count == PROBLEMS_CEILING) {
		problems->more++;
		return NULL;
	}
	if (problems->count == problems->room) {
		const size_t room = problems->room ? problems->room * 2 : 8;
		struct problem *items = mem_grow(problems->items, room, sizeof(*items));

		if (!items) {
			problems->lost++;
			return NULL;
		}
		problems->items = items;
		problems->room = room;
	}
	return &problems->items[problems->count];
}

const char *problem_path(char *buffer, size_t size, const char *path, const char *member)
{
	snprintf(buffer, size, "%s%s%s", path, *path ? "." : "", member);
	return buffer;
}

void problems_add(struct problems *problems, const char *path, const char *format, ...)
{
	struct problem *problem = new_problem(problems);
	char message[PROBLEM_MESSAGE_CEILING], place[PROBLEM_PATH_CEILING];
	va_list arguments;
	int length;

	if (!problem)
		return;
	va_start(arguments, format);
	length = vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	if (length < 0)
		length = snprintf(message, sizeof(message), "is wrong, and the reason could not be formatted");
	tidy(message, sizeof(message), length);
	length = snprintf(place, sizeof(place), "%s", path);
	tidy(place, sizeof(place), length);
	problem->path = mem_text(place);
	problem->message = mem_text(message);
	if (problem->path && problem->message) {
		problems->count++;
		return;
	}
	problems->lost++;
	mem_free(problem->path);
	mem_free(problem->message);
}

enum tocsin_code problems_since(const struct problems *problems, const struct problems *before)
{
	if (problems->lost > before->lost)
		return TOCSIN_NO_MEMORY;
	return problems->count > before->count || problems->more > before->more ? TOCSIN_INVALID : TOCSIN_OK;
}

void problems_move(struct problems *into, const char *path, struct problems *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const char *rest = from->items[i].path;
		const char *dot = *path && *rest && *rest != '[' ? "." : "";
		char whole[PROBLEM_PATH_CEILING * 2];

		snprintf(whole, sizeof(whole), "%s%s%s", path, dot, rest);
		problems_add(into, whole, "%s", from->items[i].message);
	}
	into->more += from->more;
	into->lost += from->lost;
	problems_release(from);
}

/* One problem as a sentence of a list; its length, also when it does not fit. */
static size_t say(const struct problem *problem, const char *separator, char *buffer, size_t size)
{
	return (size_t)snprintf(buffer, size, "%s%s%s%s", separator, problem->path, *problem->path ? ": " : "",
				problem->message);
}

enum tocsin_code problems_fail(const struct problems *problems, struct tocsin_error *err)
{
	char all[TOCSIN_ERROR_ROOM / 2 - 32];
	const size_t total = problems->count + problems->more;
	size_t used = 0, told = 0;

	if (problems_none(problems))
		return TOCSIN_OK;
	if (!problems->count)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to say what is wrong");
	for (; told < problems->count; told++) {
		const size_t length = say(&problems->items[told], told ? "; " : "", all + used, sizeof(all) - used);

		if (length >= sizeof(all) - used)
			break;
		used += length;
	}
	all[used] = '\0';
	if (!told) { /* the first alone is too long */
		say(&problems->items[0], "", all, sizeof(all));
		told = 1;
	}
	if (told < total)
		return tocsin_fail(err, TOCSIN_INVALID, "%s; and %zu more", all, total - told);
	return tocsin_fail(err, TOCSIN_INVALID, "%s", all);
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

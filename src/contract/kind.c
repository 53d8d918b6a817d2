/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds by number and by name. The lists of <tocsin/plugin.h> make every table here, so that a kind
 * cannot have a name and lack a size.
 */
#include "contract/kind.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct kind_row {
	const char *name;
	const char *annotation;
	size_t size;
};

static const struct kind_row kinds[] = {
#define X(name, text, c_type, annotation) [TOCSIN_KIND_##name] = {text, annotation, sizeof(c_type)},
	TOCSIN_KINDS(X)
#undef X
};

static const enum measure measures[] = {
	[TOCSIN_KIND_STRING] = MEASURE_CHARACTERS, [TOCSIN_KIND_CHOICE] = MEASURE_CHARACTERS,
	[TOCSIN_KIND_URL] = MEASURE_CHARACTERS,	   [TOCSIN_KIND_SECRET] = MEASURE_CHARACTERS,
	[TOCSIN_KIND_INTEGER] = MEASURE_INTEGER,   [TOCSIN_KIND_NUMBER] = MEASURE_NUMBER,
	[TOCSIN_KIND_DURATION] = MEASURE_DURATION, [TOCSIN_KIND_SIZE] = MEASURE_SIZE,
	[TOCSIN_KIND_LIST] = MEASURE_COUNT,	   [TOCSIN_KIND_MAP] = MEASURE_COUNT,
	[TOCSIN_KIND_OBJECTS] = MEASURE_COUNT,	   [TOCSIN_KIND_BOOLEAN] = MEASURE_NONE,
	[TOCSIN_KIND_OBJECT] = MEASURE_NONE,
};

static const char *const return_annotations[] = {
#define X(name, text, annotation) [TOCSIN_RETURNS_##name] = annotation,
	TOCSIN_RETURN_KINDS(X)
#undef X
};

static const char *const tier_names[] = {
#define X(name, text) [TOCSIN_TIER_##name] = text,
	TOCSIN_TIERS(X)
#undef X
};

bool kind_is_known(uint32_t kind)
{
	return kind > TOCSIN_KIND_NONE && kind < COUNT_OF(kinds);
}

const char *kind_name(enum tocsin_kind kind)
{
	return kinds[kind].name;
}

const char *kind_annotation(enum tocsin_kind kind)
{
	return kinds[kind].annotation;
}

size_t kind_size(enum tocsin_kind kind)
{
	return kinds[kind].size;
}

enum measure kind_measure(enum tocsin_kind kind)
{
	return measures[kind];
}

bool returns_is_known(uint32_t returns)
{
	return returns < COUNT_OF(return_annotations);
}

const char *returns_annotation(enum tocsin_returns returns)
{
	return return_annotations[returns];
}

bool tier_is_known(uint32_t tier)
{
	return tier < COUNT_OF(tier_names);
}

const char *tier_name(enum tocsin_tier tier)
{
	return tier_names[tier];
}

struct unit {
	const char *name;
	int64_t weight;
};

/* Largest first: the order in which they may stand. */
static const struct unit duration_units[] = {
	{"w", 7 * 86400000LL}, {"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1},
};

static const struct unit size_units[] = {
	{"GiB", 1LL << 30}, {"GB", 1000000000}, {"MiB", 1 << 20}, {"MB", 1000000},
	{"KiB", 1 << 10},   {"kB", 1000},	{"B", 1},
};

/* Reads digits, moves on; false when there are none or they do not fit. */
static bool read_digits(const char **text, int64_t *ret_number)
{
	int64_t number = 0;

	if (**text < '0' || **text > '9')
		return false;
	for (; **text >= '0' && **text <= '9'; (*text)++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, **text - '0', &number))
			return false;
	*ret_number = number;
	return true;
}

/* Reads the letters of a unit that stands at or behind `*place` in the list; moves both on. */
static bool read_unit(const char **text, const struct unit *units, size_t count, size_t *place, int64_t *ret_weight)
{
	size_t length = 0;

	while ((*text)[length] && ((*text)[length] < '0' || (*text)[length] > '9'))
		length++;
	for (; *place < count; (*place)++) {
		const struct unit *unit = &units[*place];

		if (strlen(unit->name) != length || strncmp(unit->name, *text, length) != 0)
			continue;
		*ret_weight = unit->weight;
		*text += length;
		(*place)++;
		return true;
	}
	return false;
}

bool duration_parse(const char *text, int64_t *ret_ms)
{
	int64_t total = 0, number, weight;
	size_t place = 0;

	if (strcmp(text, "0") == 0) {
		*ret_ms = 0;
		return true;
	}
	do {
		if (!read_digits(&text, &number) ||
		    !read_unit(&text, duration_units, COUNT_OF(duration_units), &place, &weight) ||
		    __builtin_mul_overflow(number, weight, &number) || __builtin_add_overflow(total, number, &total))
			return false;
	} while (*text);
	*ret_ms = total;
	return true;
}

bool size_parse(const char *text, int64_t *ret_bytes)
{
	int64_t number, weight = 1;
	size_t place = 0;

	if (!read_digits(&text, &number))
		return false;
	if (*text && (!read_unit(&text, size_units, COUNT_OF(size_units), &place, &weight) || *text))
		return false;
	if (__builtin_mul_overflow(number, weight, &number))
		return false;
	*ret_bytes = number;
	return true;
}

const char *duration_text(int64_t ms, char buffer[KIND_TEXT_ROOM])
{
	size_t used = 0;

	if (ms <= 0) {
		snprintf(buffer, KIND_TEXT_ROOM, "0s");
		return buffer;
	}
	for (size_t i = 0; i < COUNT_OF(duration_units); i++) {
		const int64_t number = ms / duration_units[i].weight;

		if (!number)
			continue;
		ms -= number * duration_units[i].weight;
		used += (size_t)snprintf(buffer + used, KIND_TEXT_ROOM - used, "%lld%s", (long long)number,
					 duration_units[i].name);
	}
	return buffer;
}

const char *size_text(int64_t bytes, char buffer[KIND_TEXT_ROOM])
{
	int shortest = KIND_TEXT_ROOM;

	if (bytes <= 0) {
		snprintf(buffer, KIND_TEXT_ROOM, "0B");
		return buffer;
	}
	for (size_t i = 0; i < COUNT_OF(size_units); i++) {
		const struct unit *unit = &size_units[i];
		char text[KIND_TEXT_ROOM];
		int length;

		if (bytes % unit->weight)
			continue;
		length = snprintf(text, sizeof(text), "%lld%s", (long long)(bytes / unit->weight), unit->name);
		if (length >= shortest)
			continue;
		shortest = length;
		memcpy(buffer, text, sizeof(text));
	}
	return buffer;
}

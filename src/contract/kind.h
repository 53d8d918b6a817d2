/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTRACT_KIND_H
#define CONTRACT_KIND_H

/* The closed sets of <tocsin/plugin.h> by number and by name, and what a kind of value is made of. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tocsin/plugin.h>

/* What a limit of a kind is compared with. */
enum measure {
	MEASURE_NONE,
	MEASURE_CHARACTERS, /* string, choice, url, secret */
	MEASURE_INTEGER, /* integer */
	MEASURE_NUMBER, /* number */
	MEASURE_DURATION, /* milliseconds */
	MEASURE_SIZE, /* bytes */
	MEASURE_COUNT, /* list, map, objects */
};

bool kind_is_known(uint32_t kind);
const char *kind_name(enum tocsin_kind kind); /* "string" */
const char *kind_annotation(enum tocsin_kind kind); /* "str" */
size_t kind_size(enum tocsin_kind kind); /* of the C member, in bytes */
enum measure kind_measure(enum tocsin_kind kind);

bool returns_is_known(uint32_t returns);
const char *returns_annotation(enum tocsin_returns returns);

bool tier_is_known(uint32_t tier);
const char *tier_name(enum tocsin_tier tier);

/*
 * Durations: one or more of a number and a unit, largest unit first, each unit once: w d h m s ms, such
 * as "1h30m". "0" needs no unit. Sizes: one number and B, kB, MB, GB, KiB, MiB or GiB; without a unit
 * bytes. False when it is not that or does not fit.
 */
bool duration_parse(const char *text, int64_t *ret_ms);
bool size_parse(const char *text, int64_t *ret_bytes);

/*
 * Their exact text: a duration in its largest units, such as "1h30m", a size in its shortest form, such as
 * "64KiB". Numbers below 0 are written as 0.
 */
#define KIND_TEXT_ROOM 64
const char *duration_text(int64_t ms, char buffer[KIND_TEXT_ROOM]);
const char *size_text(int64_t bytes, char buffer[KIND_TEXT_ROOM]);

#endif

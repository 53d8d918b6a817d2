/* SPDX-License-Identifier: Apache-2.0 */
/* Time; see clock.h. Dates are the proleptic Gregorian calendar's, as RFC 3339 has it. */
#include "base/clock.h"

#include <stddef.h>
#include <stdio.h>
#include <time.h>

#define MINUTE_MS 60000LL
#define DAY_MS 86400000LL
#define YEAR_1_MS (-719162 * DAY_MS)
#define YEAR_10000_MS (2932897 * DAY_MS)

static int64_t (*wall_replacement)(void);

void clock_use(int64_t (*wall_ms)(void))
{
	wall_replacement = wall_ms;
}

int64_t clock_wall_ms(void)
{
	struct timespec now;

	if (wall_replacement)
		return wall_replacement();
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

const char *clock_text(int64_t wall_ms, char buffer[CLOCK_TEXT_ROOM])
{
	int64_t ms = wall_ms % 1000;
	time_t seconds;
	struct tm part;

	if (ms < 0)
		ms += 1000;
	seconds = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0));
	if (!gmtime_r(&seconds, &part) || part.tm_year < -1899 || part.tm_year > 8099 ||
	    snprintf(buffer, CLOCK_TEXT_ROOM, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", part.tm_year + 1900,
		     part.tm_mon + 1, part.tm_mday, part.tm_hour, part.tm_min, part.tm_sec, (int)ms) >= CLOCK_TEXT_ROOM)
		snprintf(buffer, CLOCK_TEXT_ROOM, "(no date)");
	return buffer;
}

/* Reads exactly `digits` digits and moves on. */
static bool number(const char **text, int digits, int *ret)
{
	int value = 0;

	while (digits--) {
		if (**text < '0' || **text > '9')
			return false;
		value = value * 10 + (*(*text)++ - '0');
	}
	*ret = value;
	return true;
}

static bool skip(const char **text, const char *any_of)
{
	for (; *any_of; any_of++)
		if (**text == *any_of) {
			(*text)++;
			return true;
		}
	return false;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01. */
static int64_t days_until(int year, int month, int day)
{
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	const int64_t past = year - 1;
	const int64_t leaps = past / 4 - past / 100 + past / 400;

	return past * 365 + leaps + before[month - 1] + (month > 2 && is_leap(year)) + day - 1 - 719162;
}

bool clock_parse(const char *text, int64_t *ret_wall_ms)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month, day, hour, minute, second, ms = 0, zone_hour = 0, zone_minute = 0, sign = 0;
	int64_t minute_ms, wall_ms;

	if (!number(&text, 4, &year) || !skip(&text, "-") || !number(&text, 2, &month) || !skip(&text, "-") ||
	    !number(&text, 2, &day) || !skip(&text, "Tt ") || !number(&text, 2, &hour) || !skip(&text, ":") ||
	    !number(&text, 2, &minute) || !skip(&text, ":") || !number(&text, 2, &second))
		return false;
	if (skip(&text, ".")) {
		int weight = 100;

		if (*text < '0' || *text > '9')
			return false;
		for (; *text >= '0' && *text <= '9'; text++) {
			ms += (*text - '0') * weight;
			weight /= 10;
		}
	}
	if (!skip(&text, "Zz")) {
		if (*text != '+' && *text != '-')
			return false;
		sign = *text++ == '+' ? 1 : -1;
		if (!number(&text, 2, &zone_hour) || !skip(&text, ":") || !number(&text, 2, &zone_minute))
			return false;
	}
	if (*text || year < 1 || month < 1 || month > 12 || day < 1 ||
	    day > month_days[month - 1] + (month == 2 && is_leap(year)) || hour > 23 || minute > 59 || second > 60 ||
	    zone_hour > 23 || zone_minute > 59)
		return false;
	minute_ms = days_until(year, month, day) * DAY_MS + (hour * 60LL + minute) * MINUTE_MS;
	minute_ms -= sign * (zone_hour * 60LL + zone_minute) * MINUTE_MS;
	wall_ms = minute_ms + second * 1000LL + ms;
	/* The zone may carry it out of the years that have a text; and leap seconds end a day of UTC. */
	if (wall_ms < YEAR_1_MS || wall_ms >= YEAR_10000_MS || (second == 60 && (minute_ms + MINUTE_MS) % DAY_MS != 0))
		return false;
	*ret_wall_ms = wall_ms;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* Time. Wall time is milliseconds since 1970 in UTC; monotonic time only measures. */

#include <stdbool.h>
#include <stdint.h>

int64_t clock_wall_ms(void);
int64_t clock_monotonic_ns(void);

/* Replaces the wall clock. NULL restores it. Tests only. */
void clock_use(int64_t (*wall_ms)(void));

/* "2026-01-31T12:00:00.250Z" into `buffer`, and back. */
#define CLOCK_TEXT_ROOM 32
const char *clock_text(int64_t wall_ms, char buffer[CLOCK_TEXT_ROOM]);

/* Any RFC 3339 date-time, years 1 to 9999; digits behind the millisecond are dropped. False if it is none. */
bool clock_parse(const char *text, int64_t *ret_wall_ms);

#endif

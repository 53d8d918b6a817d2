/* SPDX-License-Identifier: Apache-2.0 */
/* Time: what is a date-time, what is none, and that both directions agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t wall_ms;
	} cases[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"1970-01-01T00:00:00.001Z", 1},
		{"1969-12-31T23:59:59.999Z", -1},
		{"2026-01-31T12:00:00.250Z", 1769860800250},
		{"2026-01-31T12:00:00.25Z", 1769860800250},
		{"2026-01-31T12:00:00.2Z", 1769860800200},
		{"2026-01-31T12:00:00.250999999999999999999999Z", 1769860800250},
		{"2026-01-31t12:00:00z", 1769860800000},
		{"2026-01-31 12:00:00Z", 1769860800000},
		{"2026-01-31T13:30:00+01:30", 1769860800000},
		{"2026-01-31T10:30:00-01:30", 1769860800000},
		{"2026-01-31T12:00:00-00:00", 1769860800000},
		{"2000-02-29T00:00:00Z", 951782400000},
		{"2024-02-29T23:59:59Z", 1709251199000},
		{"2024-03-01T00:00:00Z", 1709251200000},
		{"1900-03-01T00:00:00Z", -2203891200000},
		{"2016-12-31T23:59:60Z", 1483228800000}, /* a leap second */
		{"2017-01-01T00:59:60.5+01:00", 1483228800500},
		{"0001-01-01T00:00:00Z", -62135596800000},
		{"0001-01-01T01:00:00+01:00", -62135596800000},
		{"9999-12-31T23:59:59.999Z", 253402300799999},
		{"2021-10-12T09:51:03.157076+02:00", 1634025063157},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t wall_ms = 4711;

		if (!clock_parse(cases[i].text, &wall_ms) || wall_ms != cases[i].wall_ms)
			fail_msg("%s gives %lld", cases[i].text, (long long)wall_ms);
	}
}

static void test_no_date(void **state)
{
	static const char *const cases[] = {
		"",
		"now",
		"2026-01-31",
		"2026-01-31T12:00Z",
		"2026-01-31T12:00:00",
		"2026-01-31T12:00:00.Z",
		"2026-01-31T12:00:00,5Z",
		"2026-1-31T12:00:00Z",
		"26-01-31T12:00:00Z",
		"2026-01-31T12:00:00ZZ",
		"2026-01-31T12:00:00Z ",
		" 2026-01-31T12:00:00Z",
		"2026-01-31T12:00:00+0130",
		"2026-01-31T12:00:00+01",
		"2026-01-31T12:00:00+01:",
		"2026-01-31T12:00:00 +01:00",
		"2026-01-31T24:00:00Z",
		"2026-01-31T12:60:00Z",
		"2026-01-31T12:00:61Z",
		"2026-01-31T12:00:60Z",
		"2026-12-31T23:59:60+01:00",
		"2026-00-31T12:00:00Z",
		"2026-13-31T12:00:00Z",
		"2026-01-00T12:00:00Z",
		"2026-01-32T12:00:00Z",
		"2026-04-31T12:00:00Z",
		"2026-02-29T12:00:00Z",
		"1900-02-29T12:00:00Z",
		"2024-02-30T12:00:00Z",
		"0000-01-01T00:00:00Z",
		"2026-01-31T12:00:00+24:00",
		"2026-01-31T12:00:00+01:60",
		"-2026-01-31T12:00:00Z",
		"12026-01-31T12:00:00Z",
		"2026/01/31T12:00:00Z",
		"2026-01-31T12.00.00Z",
		"2026-01-31_12:00:00Z",
		"2026-W05-6T12:00:00Z",
		"2026-01-31T12:00:00\342\210\22201:00",
		"1769860800",
		/* Whose UTC has no year of four digits. */
		"0001-01-01T00:59:59+01:00",
		"9999-12-31T23:00:00-01:00",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t wall_ms = 4711;

		if (clock_parse(cases[i], &wall_ms))
			fail_msg("\"%s\" is no date-time", cases[i]);
		assert_int_equal(wall_ms, 4711);
	}
}

static void test_text(void **state)
{
	static const struct {
		int64_t wall_ms;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00.000Z"},
		{-1, "1969-12-31T23:59:59.999Z"},
		{-1000, "1969-12-31T23:59:59.000Z"},
		{1769860800250, "2026-01-31T12:00:00.250Z"},
		{-62135596800000, "0001-01-01T00:00:00.000Z"},
		{253402300799999, "9999-12-31T23:59:59.999Z"},
		{-62135596800001, "(no date)"},
		{253402300800000, "(no date)"},
		{INT64_MIN, "(no date)"},
		{INT64_MAX, "(no date)"},
	};
	char text[CLOCK_TEXT_ROOM];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(clock_text(cases[i].wall_ms, text), cases[i].text);
}

static void test_round_trip(void **state)
{
	const int64_t step = 36LL * 3600 * 1000 + 61001;
	char text[CLOCK_TEXT_ROOM];

	(void)state;
	for (int64_t wall_ms = -62135596800000; wall_ms <= 253402300799999; wall_ms += step) {
		int64_t back = 0;

		assert_true(clock_parse(clock_text(wall_ms, text), &back));
		assert_true(back == wall_ms);
	}
}

static int64_t a_moment(void)
{
	return 4711;
}

static void test_clocks(void **state)
{
	const int64_t before = clock_monotonic_ns();

	(void)state;
	assert_true(clock_wall_ms() > 1700000000000);
	assert_true(clock_monotonic_ns() >= before);
	clock_use(a_moment);
	assert_int_equal(clock_wall_ms(), 4711);
	clock_use(NULL);
	assert_int_not_equal(clock_wall_ms(), 4711);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),	   cmocka_unit_test(test_no_date), cmocka_unit_test(test_text),
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

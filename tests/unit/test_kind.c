/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds by number and name; durations and sizes as people write them, there and back. */
#include "contract_help.h"

#include "contract/kind.h"

static void test_kinds_agree_with_the_public_list(void **state)
{
	static const struct {
		uint32_t kind;
		const char *name;
		const char *annotation;
		size_t size;
	} kinds[] = {
#define X(name, text, c_type, annotation) {TOCSIN_KIND_##name, text, annotation, sizeof(c_type)},
		TOCSIN_KINDS(X)
#undef X
	};

	(void)state;
	assert_int_equal(COUNT_OF(kinds), 13);
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		assert_int_equal(kinds[i].kind, i + 1); /* numbers are part of the ABI */
		assert_true(kind_is_known(kinds[i].kind));
		assert_string_equal(kind_name((enum tocsin_kind)kinds[i].kind), kinds[i].name);
		assert_string_equal(kind_annotation((enum tocsin_kind)kinds[i].kind), kinds[i].annotation);
		assert_int_equal(kind_size((enum tocsin_kind)kinds[i].kind), kinds[i].size);
	}
	assert_false(kind_is_known(TOCSIN_KIND_NONE));
	assert_false(kind_is_known(COUNT_OF(kinds) + 1));
	assert_false(kind_is_known(UINT32_MAX));
}

static void test_measures(void **state)
{
	static const enum measure measures[] = {
		[TOCSIN_KIND_STRING] = MEASURE_CHARACTERS, [TOCSIN_KIND_CHOICE] = MEASURE_CHARACTERS,
		[TOCSIN_KIND_URL] = MEASURE_CHARACTERS,	   [TOCSIN_KIND_INTEGER] = MEASURE_INTEGER,
		[TOCSIN_KIND_NUMBER] = MEASURE_NUMBER,	   [TOCSIN_KIND_BOOLEAN] = MEASURE_NONE,
		[TOCSIN_KIND_DURATION] = MEASURE_DURATION, [TOCSIN_KIND_SIZE] = MEASURE_SIZE,
		[TOCSIN_KIND_SECRET] = MEASURE_CHARACTERS, [TOCSIN_KIND_LIST] = MEASURE_COUNT,
		[TOCSIN_KIND_MAP] = MEASURE_COUNT,	   [TOCSIN_KIND_OBJECT] = MEASURE_NONE,
		[TOCSIN_KIND_OBJECTS] = MEASURE_COUNT,
	};

	(void)state;
	for (uint32_t kind = 1; kind < COUNT_OF(measures); kind++)
		assert_int_equal(kind_measure((enum tocsin_kind)kind), measures[kind]);
}

static void test_returns_and_tiers(void **state)
{
	(void)state;
	assert_string_equal(returns_annotation(TOCSIN_RETURNS_NOTHING), "None");
	assert_string_equal(returns_annotation(TOCSIN_RETURNS_TEXT), "str");
	assert_string_equal(returns_annotation(TOCSIN_RETURNS_OBJECT), "dict[str, object]");
	assert_true(returns_is_known(2));
	assert_false(returns_is_known(3));
	assert_string_equal(tier_name(TOCSIN_TIER_PURE), "pure");
	assert_string_equal(tier_name(TOCSIN_TIER_UNCONFINED), "unconfined");
	assert_true(tier_is_known(1));
	assert_false(tier_is_known(2));
}

/* -1: not a duration or a size. */
struct measured {
	const char *text;
	int64_t number;
};

static void test_durations(void **state)
{
	static const struct measured cases[] = {
		{"0", 0},
		{"0s", 0},
		{"5s", 5000},
		{"250ms", 250},
		{"1h30m", 5400000},
		{"1w2d3h4m5s6ms", 604800000LL + 2 * 86400000LL + 3 * 3600000LL + 4 * 60000 + 5000 + 6},
		{"90m", 5400000},
		{"1h05m", 3900000},
		{"007s", 7000},
		{"9223372036854775807ms", INT64_MAX},
		{"9223372036854775808ms", -1},
		{"9223372036854775807s", -1},
		{"15250284452w", 15250284452LL * 604800000},
		{"15250284453w", -1},
		{"9223372036854775807ms1ms", -1},
		{"1s9223372036854775807ms", -1},
		{"", -1},
		{"5", -1},
		{"00", -1},
		{"s", -1},
		{"5 s", -1},
		{" 5s", -1},
		{"5s ", -1},
		{"5S", -1},
		{"5sec", -1},
		{"1.5h", -1},
		{"-5s", -1},
		{"+5s", -1},
		{"5m1h", -1},
		{"5s5s", -1},
		{"1h30", -1},
		{"5s\n", -1},
		{"5\xc2\xb5s", -1},
		{"0x5s", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t ms = -1;

		if (duration_parse(cases[i].text, &ms) != (cases[i].number >= 0) || ms != cases[i].number)
			fail_msg("\"%s\" gave %lld", cases[i].text, (long long)ms);
	}
}

static void test_sizes(void **state)
{
	static const struct measured cases[] = {
		{"0", 0},
		{"512", 512},
		{"512B", 512},
		{"1kB", 1000},
		{"1KiB", 1024},
		{"64KiB", 65536},
		{"1MB", 1000000},
		{"1MiB", 1048576},
		{"2GB", 2000000000},
		{"2GiB", 2147483648},
		{"0GiB", 0},
		{"0123", 123},
		{"9223372036854775807", INT64_MAX},
		{"9223372036854775808", -1},
		{"8589934592GiB", -1},
		{"8589934591GiB", 8589934591LL << 30},
		{"", -1},
		{"B", -1},
		{"1K", -1},
		{"1k", -1},
		{"1KB", -1},
		{"1Kib", -1},
		{"1 KiB", -1},
		{"1KiB ", -1},
		{"1KiB1B", -1},
		{"1.5MB", -1},
		{"-1", -1},
		{"+1", -1},
		{"1TiB", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t bytes = -1;

		if (size_parse(cases[i].text, &bytes) != (cases[i].number >= 0) || bytes != cases[i].number)
			fail_msg("\"%s\" gave %lld", cases[i].text, (long long)bytes);
	}
}

static void test_texts(void **state)
{
	static const struct {
		int64_t number;
		const char *duration;
		const char *size;
	} cases[] = {
		{0, "0s", "0B"},
		{1, "1ms", "1B"},
		{999, "999ms", "999B"},
		{1000, "1s", "1kB"},
		{1024, "1s24ms", "1KiB"},
		{1500, "1s500ms", "1500B"},
		{5400000, "1h30m", "5400kB"},
		{604800000, "1w", "604800kB"},
		{1048576, "17m28s576ms", "1MiB"},
		{128000, "2m8s", "128kB"},
		{131072, "2m11s72ms", "128KiB"},
		{1024000, "17m4s", "1024kB"},
		{INT64_MAX, "15250284452w3d7h12m55s807ms", "9223372036854775807B"},
		{-1, "0s", "0B"},
		{INT64_MIN, "0s", "0B"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[KIND_TEXT_ROOM];

		assert_string_equal(duration_text(cases[i].number, text), cases[i].duration);
		assert_string_equal(size_text(cases[i].number, text), cases[i].size);
	}
}

/* What is written is read back as the same number. */
static void test_round_trips(void **state)
{
	uint64_t seed = 20260131;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[KIND_TEXT_ROOM];
		int64_t number, back;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		number = (int64_t)(seed >> 1 >> (i % 63));
		if (i % 3 == 0)
			number = number / 1024 * 1024;
		if (!duration_parse(duration_text(number, text), &back) || back != number)
			fail_msg("%lld: %s", (long long)number, text);
		if (!size_parse(size_text(number, text), &back) || back != number)
			fail_msg("%lld: %s", (long long)number, text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds_agree_with_the_public_list),
		cmocka_unit_test(test_measures),
		cmocka_unit_test(test_returns_and_tiers),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Text: UTF-8, names, nearest names, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

static void test_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t length;
		size_t first; /* bytes of the first character */
		bool good;
	} cases[] = {
		{TEXT("a"), 1, true},
		{TEXT("\0"), 1, true},
		{TEXT("\x7f"), 1, true},
		{TEXT("\xc2\x80"), 2, true},
		{TEXT("\xdf\xbf"), 2, true},
		{TEXT("\xe0\xa0\x80"), 3, true},
		{TEXT("\xed\x9f\xbf"), 3, true},
		{TEXT("\xee\x80\x80"), 3, true},
		{TEXT("\xef\xbf\xbf"), 3, true},
		{TEXT("\xf0\x90\x80\x80"), 4, true},
		{TEXT("\xf4\x8f\xbf\xbf"), 4, true},
		{TEXT("a\xe2\x82\xac\xf0\x9f\x94\x94z"), 1, true},
		{TEXT("\x80"), 0, false}, /* a continuation alone */
		{TEXT("\xbf"), 0, false},
		{TEXT("\xc0\x80"), 0, false}, /* overlong */
		{TEXT("\xc1\xbf"), 0, false},
		{TEXT("\xe0\x80\x80"), 0, false},
		{TEXT("\xe0\x9f\xbf"), 0, false},
		{TEXT("\xf0\x80\x80\x80"), 0, false},
		{TEXT("\xf0\x8f\xbf\xbf"), 0, false},
		{TEXT("\xed\xa0\x80"), 0, false}, /* surrogates */
		{TEXT("\xed\xbf\xbf"), 0, false},
		{TEXT("\xf4\x90\x80\x80"), 0, false}, /* behind U+10FFFF */
		{TEXT("\xf5\x80\x80\x80"), 0, false},
		{TEXT("\xf8\x88\x80\x80\x80"), 0, false},
		{TEXT("\xfe"), 0, false},
		{TEXT("\xff"), 0, false},
		{TEXT("\xc2"), 0, false}, /* cut */
		{TEXT("\xe2\x82"), 0, false},
		{TEXT("\xf0\x9f\x94"), 0, false},
		{TEXT("\xc2z"), 0, false}, /* broken */
		{TEXT("\xe2\x82z"), 0, false},
		{TEXT("\xf0\x9f\x94z"), 0, false},
		{TEXT("a\x80"), 1, false},
		{TEXT("\xe2\x82\xac\xe2\x82"), 3, false},
	};

	(void)state;
	assert_true(text_is_utf8("\xff", 0));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* On the heap, so that a sanitizer sees a byte read too many. */
		char *text = malloc(cases[i].length);

		assert_non_null(text);
		memcpy(text, cases[i].text, cases[i].length);
		if (text_is_utf8(text, cases[i].length) != cases[i].good ||
		    text_character(text, cases[i].length) != cases[i].first)
			fail_msg("case %zu", i);
		free(text);
	}
}

static void test_characters(void **state)
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x94z";
	static const size_t prefixes[] = {0, 1, 3, 6, 10, 11, 11, 11};

	(void)state;
	assert_int_equal(text_characters(""), 0);
	assert_int_equal(text_characters(text), 5);
	for (size_t i = 0; i < COUNT_OF(prefixes); i++)
		assert_int_equal(text_prefix(text, i), prefixes[i]);
	assert_int_equal(text_prefix(text, SIZE_MAX), 11);
	assert_int_equal(text_prefix("", 5), 0);
}

static void test_control(void **state)
{
	static const char *const with[] = {"\n", "a\x1b", "\x01", "\x1f", "a\x7f", "\xc2\x80", "a\xc2\x9f"};
	static const char *const without[] = {
		"", " ", "a~", "\xc2\xa0", "\xc3\x80", "\xe2\x82\x80", "\xf0\x9f\x94\x94"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(with); i++)
		assert_true(text_has_control(with[i]));
	for (size_t i = 0; i < COUNT_OF(without); i++)
		assert_false(text_has_control(without[i]));
}

static void test_small(void **state)
{
	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		assert_int_equal(text_is_space((char)byte), byte != 0 && strchr(" \t\n\v\f\r", byte) != NULL);
		assert_int_equal(text_lower((char)byte), (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte));
	}
	assert_true(text_is_blank(NULL));
	assert_true(text_is_blank(""));
	assert_true(text_is_blank(" \t\n\v\f\r\x1b\x7f\xc2\x9b"));
	assert_false(text_is_blank(" \xc2\xa0"));
	assert_false(text_is_blank("\n.\n"));
	assert_true(text_same_ignoring_case("", ""));
	assert_true(text_same_ignoring_case("Content-TYPE", "content-type"));
	assert_false(text_same_ignoring_case("a", "ab"));
	assert_false(text_same_ignoring_case("ab", "a"));
	assert_false(text_same_ignoring_case("a[", "a{"));
	assert_false(text_same_ignoring_case("\xc3\x89", "\xc3\xa9"));
	assert_true(text_starts_with("abc", "ab"));
	assert_true(text_starts_with("abc", ""));
	assert_false(text_starts_with("ab", "abc"));
}

static void test_names(void **state)
{
	static const char sixty_four[] = "a234567890123456789012345678901234567890123456789012345678901234";
	static const char *const good[] = {"a", "Z", "_", "ops-hook", "x_1", "_9", sixty_four};
	static const char *const bad[] = {"",
					  "1a",
					  "-a",
					  "a b",
					  "a.b",
					  "a\n",
					  "\xc3\xa9",
					  "a\xc3\xa9",
					  "$a",
					  "a/b",
					  "a23456789012345678901234567890123456789012345678901234567890123456"};

	(void)state;
	assert_false(text_is_name(NULL));
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(text_is_name(good[i]));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(text_is_name(bad[i]));
}

static void test_nearest(void **state)
{
	static const char *const known[] = {"endpoint", "timeout_seconds", "redact_summary", "stream", "prefix", "id"};
	static const struct {
		const char *name, *nearest;
	} cases[] = {
		{"endpoint", "endpoint"},
		{"endpont", "endpoint"},
		{"endpiont", "endpoint"},
		{"end_point", "endpoint"},
		{"Endpoint", "endpoint"},
		{"ENDPIONT", "endpoint"},
		{"timeout", "timeout_seconds"},
		{"TIMEOUT", "timeout_seconds"},
		{"seconds", "timeout_seconds"},
		{"end", "endpoint"},
		{"en", NULL}, /* too short to be a part */
		{"timeout_second", "timeout_seconds"},
		{"timeoutseconds", "timeout_seconds"},
		{"steam", "stream"},
		{"prefx", "prefix"},
		{"suffix", NULL},
		{"xyz", NULL},
		{"", NULL},
		{"ie", "id"},
		{"di", "id"},
		{"summary", "redact_summary"},
		{"zzzzzzzzzzzzzzzzzz", NULL},
	};
	char long_name[200];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *nearest = text_nearest(cases[i].name, known, COUNT_OF(known));

		if ((nearest == NULL) != (cases[i].nearest == NULL) ||
		    (nearest && strcmp(nearest, cases[i].nearest) != 0))
			fail_msg("\"%s\" gives %s", cases[i].name, nearest ? nearest : "nothing");
	}
	assert_null(text_nearest("a", NULL, 0));
	memset(long_name, 'a', sizeof(long_name));
	long_name[64] = '\0';
	assert_string_equal(text_nearest(long_name, (const char *const[]){long_name}, 1), long_name);
	long_name[64] = 'a';
	long_name[65] = '\0';
	assert_null(text_nearest(long_name, (const char *const[]){long_name}, 1));
	assert_null(text_nearest("a", (const char *const[]){long_name}, 1));
}

static void test_number_text(void **state)
{
	static const struct {
		double number;
		const char *text;
	} cases[] = {
		{0, "0.0"},
		{-0.0, "-0.0"},
		{1, "1.0"},
		{-1.5, "-1.5"},
		{0.1, "0.1"},
		{0.3, "0.3"},
		{0.1 + 0.2, "0.30000000000000004"},
		{1.0 / 3, "0.3333333333333333"},
		{100, "100.0"},
		{1e6, "1000000.0"},
		{123456789012345, "123456789012345.0"},
		{1e15, "1e+15"},
		{1e22, "1e+22"},
		{1e23, "1e+23"},
		{1e-5, "1e-05"},
		{5e-324, "5e-324"},
		{2.2250738585072014e-308, "2.2250738585072014e-308"},
		{2.225073858507201e-308, "2.225073858507201e-308"},
		{DBL_MAX, "1.7976931348623157e+308"},
		{-DBL_MAX, "-1.7976931348623157e+308"},
		{5.684341886080802e-14, "5.684341886080802e-14"}, /* 2**-44: not the nearest 16 digits */
		{-5.684341886080802e-14, "-5.684341886080802e-14"},
		{(double)INFINITY, "inf"},
	};
	char text[TEXT_NUMBER_ROOM];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(text_number(cases[i].number, text), cases[i].text);
	assert_non_null(strstr(text_number((double)NAN, text), "nan"));
}

/* Digits between the first and the last that is no zero. */
static size_t significant(const char *text)
{
	size_t count = 0, zeros = 0;

	for (; *text && *text != 'e'; text++) {
		if (*text == '0' && count)
			zeros++;
		else if (*text >= '1' && *text <= '9') {
			count += zeros + 1;
			zeros = 0;
		}
	}
	return count;
}

/* It reads back, and no shorter number of digits does. */
static void test_number_round_trip(void **state)
{
	uint64_t bits = 88172645463325252u;
	char text[TEXT_NUMBER_ROOM], shorter[TEXT_NUMBER_ROOM];

	(void)state;
	for (int i = 0; i < 50000; i++) {
		double number, back;
		int digits = 1;

		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		memcpy(&number, &bits, sizeof(number));
		if (i < 4190)
			number = ldexp(i % 2 ? -1 : 1, i / 2 - 1074);
		if (!isfinite(number))
			continue;
		assert_true(text_to_number(text_number(number, text), &back));
		assert_memory_equal(&number, &back, sizeof(number));
		do
			snprintf(shorter, sizeof(shorter), "%.*g", digits, number);
		while (strtod(shorter, NULL) != number && digits++ < 17);
		if (significant(text) > significant(shorter))
			fail_msg("%s is longer than %s", text, shorter);
	}
}

static void test_integers(void **state)
{
	static const struct {
		const char *text;
		bool good;
		int64_t integer;
	} cases[] = {
		{"0", true, 0},
		{"-0", true, 0},
		{"4", true, 4},
		{"+4", true, 4},
		{"-4", true, -4},
		{"0123", true, 123},
		{"9223372036854775807", true, INT64_MAX},
		{"-9223372036854775808", true, INT64_MIN},
		{"9223372036854775808", false, 0},
		{"-9223372036854775809", false, 0},
		{"99999999999999999999999999", false, 0},
		{"", false, 0},
		{"+", false, 0},
		{"-", false, 0},
		{"--4", false, 0},
		{"+-4", false, 0},
		{" 4", false, 0},
		{"4 ", false, 0},
		{"4.0", false, 0},
		{"4e0", false, 0},
		{"0x4", false, 0},
		{"4_000", false, 0},
		{"abc", false, 0},
		{"\xd9\xa4", false, 0}, /* an Arabic four */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t integer = 4711;

		assert_int_equal(text_to_integer(cases[i].text, &integer), cases[i].good);
		assert_true(integer == (cases[i].good ? cases[i].integer : 4711));
	}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool good;
		double number;
	} cases[] = {
		{"0", true, 0},
		{"-0", true, -0.0},
		{"0.0e-999", true, 0},
		{"00.50", true, 0.5},
		{"4", true, 4},
		{"+4.5", true, 4.5},
		{"-4.25e2", true, -425},
		{"1E+3", true, 1000},
		{"5e-324", true, 5e-324},
		{"1.7976931348623157e308", true, DBL_MAX},
		{"1.8e308", false, 0},
		{"-1e999", false, 0},
		{"1e-999", false, 0}, /* not nothing */
		{"0.0000001e-400", false, 0},
		{"", false, 0},
		{"+", false, 0},
		{".5", false, 0},
		{"5.", false, 0},
		{"5.e1", false, 0},
		{"1e", false, 0},
		{"1e+", false, 0},
		{"1,5", false, 0},
		{"1.5x", false, 0},
		{" 1", false, 0},
		{"1 ", false, 0},
		{"0x1p3", false, 0},
		{"inf", false, 0},
		{"nan", false, 0},
		{"infinity", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		double number = 4711;
		const bool good = text_to_number(cases[i].text, &number);

		if (good != cases[i].good || number != (good ? cases[i].number : 4711))
			fail_msg("\"%s\" gives %d, %g", cases[i].text, good, number);
	}
}

/* A locale whose decimal point is a comma: an installed one, or one made for the test. */
static bool use_comma(const char *directory)
{
	static const char *const installed[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "ru_RU.UTF-8"};
	char command[256];

	for (size_t i = 0; i < COUNT_OF(installed); i++)
		if (setlocale(LC_ALL, installed[i]))
			return true;
	snprintf(command, sizeof(command), "localedef -i de_DE -f UTF-8 %s/comma >%s/log 2>&1", directory, directory);
	if (system(command) != 0)
		return false;
	setenv("LOCPATH", directory, 1);
	return setlocale(LC_ALL, "comma") != NULL;
}

/* A program that embeds the library may have set any locale. */
static void test_locale(void **state)
{
	char directory[] = "/tmp/test-text-XXXXXX", command[64], text[TEXT_NUMBER_ROOM], theirs[TEXT_NUMBER_ROOM];
	double number = 0;
	bool is_set;

	(void)state;
	assert_non_null(mkdtemp(directory));
	is_set = use_comma(directory);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	assert_int_equal(system(command), 0);
	if (!is_set)
		skip();
	text_number(5.684341886080802e-14, text);
	assert_true(text_to_number("0.5", &number));
	snprintf(theirs, sizeof(theirs), "%.1f", 0.5);
	setlocale(LC_ALL, "C");
	assert_string_equal(text, "5.684341886080802e-14");
	assert_true(number == 0.5);
	assert_string_equal(theirs, "0,5"); /* the program's own setting is as it was */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),	    cmocka_unit_test(test_characters),
		cmocka_unit_test(test_control),	    cmocka_unit_test(test_small),
		cmocka_unit_test(test_names),	    cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_number_text), cmocka_unit_test(test_number_round_trip),
		cmocka_unit_test(test_integers),    cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_locale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

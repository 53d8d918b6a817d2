/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a table: what a good one becomes and shows in the manifest, and that every wrong one is refused,
 * with the path of what is wrong in it, all at once. Rows may come from a stranger's file.
 */
#include "contract_help.h"

static char long_text[PLUGIN_TEXT_CEILING + 2];
static char long_expression[600];
static const char *many_choices[PLUGIN_CHOICES_CEILING + 2];
static char choice_texts[PLUGIN_CHOICES_CEILING + 1][8];
static char preset_items[2 * FIELD_PRESET_ITEMS_CEILING + 2];

static int set_up(void **state)
{
	(void)state;
	memset(long_text, 'a', sizeof(long_text) - 1);
	memset(long_expression, 'a', sizeof(long_expression) - 1);
	for (size_t i = 0; i < COUNT_OF(choice_texts); i++) {
		snprintf(choice_texts[i], sizeof(choice_texts[i]), "c%zu", i);
		many_choices[i] = choice_texts[i];
	}
	for (size_t i = 0; i < sizeof(preset_items) - 1; i++)
		preset_items[i] = i % 2 ? ',' : 'a';
	return 0;
}

/* ---- Good rows ---- */

#define NAMED .name = "x", .description = "A test."

static const char *const colours[] = {"red", "green", NULL};
static const char *const in_order[] = {"zebra", "ant", NULL};

static const struct {
	struct tocsin_field row;
	const char *manifest;
} good[] = {
	{{NAMED, .kind = TOCSIN_KIND_STRING},
	 "{\"choices\": null, \"default\": null, \"description\": \"A test.\", \"kind\": \"string\", \"maximum\": "
	 "null, "
	 "\"minimum\": 0, \"name\": \"x\", \"required\": false}"},
	{{NAMED, .kind = TOCSIN_KIND_STRING, .required = true, .minimum = "0", .maximum = "0"},
	 "{\"choices\": null, \"default\": null, \"description\": \"A test.\", \"kind\": \"string\", \"maximum\": 0, "
	 "\"minimum\": 0, \"name\": \"x\", \"required\": true}"},
	{{NAMED, .kind = TOCSIN_KIND_STRING, .preset = " a ", .pattern = "[a-z]", .unit = "letters"},
	 "{\"choices\": null, \"default\": \"a\", \"description\": \"A test.\", \"kind\": \"string\", \"maximum\": "
	 "null, "
	 "\"minimum\": 0, \"name\": \"x\", \"pattern\": \"[a-z]\", \"required\": false, \"unit\": \"letters\"}"},
	{{NAMED, .kind = TOCSIN_KIND_CHOICE, .choices = in_order, .preset = "zebra"},
	 "{\"choices\": [\"zebra\", \"ant\"], \"default\": \"zebra\", \"description\": \"A test.\", \"kind\": "
	 "\"choice\", "
	 "\"maximum\": null, \"minimum\": 1, \"name\": \"x\", \"required\": false}"},
	{{NAMED, .kind = TOCSIN_KIND_CHOICE, .choices = in_order, .minimum = "3", .maximum = "5"},
	 "{\"choices\": [\"zebra\", \"ant\"], \"default\": null, \"description\": \"A test.\", \"kind\": \"choice\", "
	 "\"maximum\": 5, \"minimum\": 3, \"name\": \"x\", \"required\": false}"},
	{{NAMED, .kind = TOCSIN_KIND_URL, .preset = "https://example.org", .minimum = "8"},
	 "{\"choices\": null, \"default\": \"https://example.org\", \"description\": \"A test.\", \"kind\": \"url\", "
	 "\"maximum\": null, \"minimum\": 8, \"name\": \"x\", \"required\": false}"},
	{{NAMED, .kind = TOCSIN_KIND_INTEGER, .preset = "0", .minimum = "-1", .maximum = "9223372036854775807"},
	 "{\"choices\": null, \"default\": 0, \"description\": \"A test.\", \"kind\": \"integer\", \"maximum\": "
	 "9223372036854775807, \"minimum\": -1, \"name\": \"x\", \"required\": false}"},
	{{NAMED, .kind = TOCSIN_KIND_INTEGER, .maximum = "0"},
	 "{\"choices\": null, \"default\": null, \"description\": \"A test.\", \"kind\": \"integer\", \"maximum\": 0, "
	 "\"minimum\": null, \"name\": \"x\", \"required\": false}"},
	{{NAMED, .kind = TOCSIN_KIND_NUMBER, .preset = "0.1", .minimum = "0", .maximum = "1e21"},
	 "{\"choices\": null, \"default\": 0.1, \"description\": \"A test.\", \"kind\": \"number\", \"maximum\": "
	 "1e+21, "
	 "\"minimum\": 0.0, \"name\": \"x\", \"required\": false}"},
	{{NAMED, .kind = TOCSIN_KIND_BOOLEAN, .preset = "no"},
	 "{\"choices\": null, \"default\": false, \"description\": \"A test.\", \"kind\": \"boolean\", \"maximum\": "
	 "null, "
	 "\"minimum\": null, \"name\": \"x\", \"required\": false}"},
	{{NAMED, .kind = TOCSIN_KIND_DURATION, .preset = "90m", .minimum = "0", .maximum = "168h"},
	 "{\"choices\": null, \"default\": \"1h30m\", \"description\": \"A test.\", \"kind\": \"duration\", "
	 "\"maximum\": \"1w\", \"minimum\": \"0s\", \"name\": \"x\", \"required\": false}"},
	{{NAMED, .kind = TOCSIN_KIND_SIZE, .preset = "65536", .minimum = "1kB", .maximum = "1GiB"},
	 "{\"choices\": null, \"default\": \"64KiB\", \"description\": \"A test.\", \"kind\": \"size\", \"maximum\": "
	 "\"1GiB\", \"minimum\": \"1kB\", \"name\": \"x\", \"required\": false}"},
	{{NAMED, .kind = TOCSIN_KIND_SECRET, .pattern = "[A-Z]+"},
	 "{\"choices\": null, \"default\": null, \"description\": \"A test.\", \"kind\": \"secret\", \"maximum\": "
	 "null, "
	 "\"minimum\": 1, \"name\": \"x\", \"pattern\": \"[A-Z]+\", \"required\": false, \"secret\": true}"},
	{{NAMED, .kind = TOCSIN_KIND_LIST, .preset = "b,a", .minimum = "1", .maximum = "3"},
	 "{\"choices\": null, \"default\": [\"b\", \"a\"], \"description\": \"A test.\", \"kind\": \"list\", "
	 "\"maximum\": "
	 "3, \"minimum\": 1, \"name\": \"x\", \"required\": false}"},
	{{NAMED, .kind = TOCSIN_KIND_MAP, .preset = "b=1,a=2"},
	 "{\"choices\": null, \"default\": {\"a\": \"2\", \"b\": \"1\"}, \"description\": \"A test.\", \"kind\": "
	 "\"map\", "
	 "\"maximum\": null, \"minimum\": null, \"name\": \"x\", \"required\": false}"},
};

static void test_good_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct problems problems = {0};
		struct arena arena = {0};
		struct field field;

		if (field_compile(&good[i].row, FIELD_SETTING, 8, &arena, "f", &field, &problems))
			fail_msg("row %zu: %s", i, lines_of(&problems));
		assert_json(field_manifest(&field), good[i].manifest);
		field_release(&field);
		field_release(&field); /* twice is nothing */
		arena_release(&arena);
		problems_release(&problems);
	}
	field_release(NULL);
}

static void test_parameters(void **state)
{
	static const struct {
		struct tocsin_field row;
		const char *manifest;
	} cases[] = {
		{{NAMED, .kind = TOCSIN_KIND_OBJECTS, .preset = ""},
		 "{\"annotation\": \"list[dict[str, object]]\", \"default\": [], \"description\": \"A test.\", "
		 "\"kind\": "
		 "\"keyword_only\", \"name\": \"x\", \"required\": false}"},
		{{NAMED, .kind = TOCSIN_KIND_OBJECT, .required = true},
		 "{\"annotation\": \"dict[str, object]\", \"default\": null, \"description\": \"A test.\", \"kind\": "
		 "\"keyword_only\", \"name\": \"x\", \"required\": true}"},
		{{NAMED, .kind = TOCSIN_KIND_INTEGER, .preset = "1"},
		 "{\"annotation\": \"int\", \"default\": 1, \"description\": \"A test.\", \"kind\": \"keyword_only\", "
		 "\"name\": \"x\", \"required\": false}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct made_field made;

		make_field(&cases[i].row, &made);
		assert_json(field_parameter_manifest(&made.field), cases[i].manifest);
		release_field(&made);
	}
}

/* The compiled field is a copy: the row and its texts may go. */
static void test_nothing_points_into_the_row(void **state)
{
	char name[] = "name", description[] = "Words.", unit[] = "bits", pattern[] = "a+", preset[] = "aa";
	struct tocsin_field row = {.name = name,
				   .description = description,
				   .unit = unit,
				   .pattern = pattern,
				   .preset = preset,
				   .kind = TOCSIN_KIND_STRING};
	struct made_field made;

	(void)state;
	make_field(&row, &made);
	memset(name, '!', sizeof(name) - 1);
	memset(description, '!', sizeof(description) - 1);
	memset(unit, '!', sizeof(unit) - 1);
	memset(pattern, '!', sizeof(pattern) - 1);
	memset(preset, '!', sizeof(preset) - 1);
	memset(&row, 0xff, sizeof(row));
	assert_json(field_manifest(&made.field),
		    "{\"choices\": null, \"default\": \"aa\", \"description\": \"Words.\", \"kind\": \"string\", "
		    "\"maximum\": null, \"minimum\": 0, \"name\": \"name\", \"pattern\": \"a+\", \"required\": false, "
		    "\"unit\": \"bits\"}");
	release_field(&made);
}

/* ---- Wrong rows ---- */

#define KIND(kind_) NAMED, .kind = TOCSIN_KIND_##kind_
#define NOT_PLAIN "is not UTF-8, or holds a control character such as a line break"
#define NO_NAME "is not of 1 to 64 letters, digits and '_', a letter or '_' first"

static const char *const empty_choice[] = {"a", "", NULL};
static const char *const spaced_choice[] = {"a", " b", NULL};
static const char *const double_choice[] = {"a", "b", "a", NULL};
static const char *const short_choice[] = {"abc", "a", NULL};
static const char *const control_choice[] = {"a\n", NULL};
static const char *const no_choice[] = {NULL};

static const struct {
	struct tocsin_field row;
	const char *problems;
	enum field_role role;
} wrong[] = {
	/* names */
	{{.description = "A test.", .kind = TOCSIN_KIND_STRING}, "f.name: is missing", FIELD_SETTING},
	{{.name = "", .description = "A test.", .kind = TOCSIN_KIND_STRING}, "f.name: is missing", FIELD_SETTING},
	{{.name = "a b", .description = "A test.", .kind = TOCSIN_KIND_STRING}, "f.name: " NO_NAME, FIELD_SETTING},
	{{.name = "a-b", .description = "A test.", .kind = TOCSIN_KIND_STRING}, "f.name: " NO_NAME, FIELD_SETTING},
	{{.name = "4a", .description = "A test.", .kind = TOCSIN_KIND_STRING}, "f.name: " NO_NAME, FIELD_SETTING},
	{{.name = "$a", .description = "A test.", .kind = TOCSIN_KIND_STRING}, "f.name: " NO_NAME, FIELD_SETTING},
	{{.name = "\xc3\xbc", .description = "A test.", .kind = TOCSIN_KIND_STRING}, "f.name: " NO_NAME, FIELD_SETTING},
	{{.name = "a\n", .description = "A test.", .kind = TOCSIN_KIND_STRING}, "f.name: " NOT_PLAIN, FIELD_SETTING},
	{{.name = "a2345678901234567890123456789012345678901234567890123456789012345",
	  .description = "A test.",
	  .kind = TOCSIN_KIND_STRING},
	 "f.name: " NO_NAME,
	 FIELD_SETTING},
	/* texts */
	{{.name = "x", .kind = TOCSIN_KIND_STRING}, "f.description: is missing", FIELD_SETTING},
	{{.name = "x", .description = "", .kind = TOCSIN_KIND_STRING}, "f.description: is missing", FIELD_SETTING},
	{{.name = "x", .description = "a\x1b[2J", .kind = TOCSIN_KIND_STRING},
	 "f.description: " NOT_PLAIN,
	 FIELD_SETTING},
	{{.name = "x", .description = "\xc2\x9b", .kind = TOCSIN_KIND_STRING},
	 "f.description: " NOT_PLAIN,
	 FIELD_SETTING},
	{{.name = "x", .description = "\xc0\x80", .kind = TOCSIN_KIND_STRING},
	 "f.description: " NOT_PLAIN,
	 FIELD_SETTING},
	{{.name = "x", .description = long_text, .kind = TOCSIN_KIND_STRING},
	 "f.description: has 8193 bytes, at most 8192 are allowed",
	 FIELD_SETTING},
	{{KIND(STRING), .unit = "\xff"}, "f.unit: " NOT_PLAIN, FIELD_SETTING},
	/* kinds */
	{{NAMED, .kind = 0}, "f.kind: is a number that no kind has", FIELD_SETTING},
	{{NAMED, .kind = 14}, "f.kind: is a number that no kind has", FIELD_SETTING},
	{{NAMED, .kind = UINT32_MAX}, "f.kind: is a number that no kind has", FIELD_SETTING},
	{{KIND(OBJECT)}, "f.kind: is for parameters only", FIELD_SETTING},
	{{KIND(OBJECTS)}, "f.kind: is for parameters only", FIELD_SETTING},
	{{KIND(SECRET)}, "f.kind: is for settings only", FIELD_PARAMETER},
	/* places: the struct has 24 bytes */
	{{KIND(STRING), .offset = 24}, "f.offset: 24 is outside of the struct, which has 24 bytes", FIELD_SETTING},
	{{KIND(STRING), .offset = 17}, "f.offset: 17 is outside of the struct, which has 24 bytes", FIELD_SETTING},
	{{KIND(STRING), .offset = UINT32_MAX},
	 "f.offset: 4294967295 is outside of the struct, which has 24 bytes",
	 FIELD_SETTING},
	{{KIND(STRING), .offset = UINT32_MAX - 7},
	 "f.offset: 4294967288 is outside of the struct, which has 24 bytes",
	 FIELD_SETTING},
	{{KIND(STRING), .offset = 12}, "f.offset: 12 is no multiple of 8", FIELD_SETTING},
	{{KIND(INTEGER), .offset = 1}, "f.offset: 1 is no multiple of 8", FIELD_SETTING},
	{{KIND(NUMBER), .offset = 4}, "f.offset: 4 is no multiple of 8", FIELD_SETTING},
	{{KIND(SECRET), .offset = 4}, "f.offset: 4 is no multiple of 8", FIELD_SETTING},
	{{KIND(BOOLEAN), .offset = 24}, "f.offset: 24 is outside of the struct, which has 24 bytes", FIELD_SETTING},
	{{KIND(STRING), .reserved = {0, 0, 0, 1, 1, 0, 1}}, "f.reserved: is not zero", FIELD_SETTING},
	/* limits: never truncated, of the kind's own measure, in order */
	{{KIND(INTEGER), .minimum = "99999999999999999999"},
	 "f.minimum: \"99999999999999999999\" is not an integer of 64 bits",
	 FIELD_SETTING},
	{{KIND(INTEGER), .maximum = "9223372036854775808"},
	 "f.maximum: \"9223372036854775808\" is not an integer of 64 bits",
	 FIELD_SETTING},
	{{KIND(INTEGER), .maximum = "1e3"}, "f.maximum: \"1e3\" is not an integer of 64 bits", FIELD_SETTING},
	{{KIND(INTEGER), .maximum = " 1"}, "f.maximum: \" 1\" is not an integer of 64 bits", FIELD_SETTING},
	{{KIND(INTEGER), .maximum = ""}, "f.maximum: \"\" is not an integer of 64 bits", FIELD_SETTING},
	{{KIND(INTEGER), .minimum = "0x1"}, "f.minimum: \"0x1\" is not an integer of 64 bits", FIELD_SETTING},
	{{KIND(STRING), .minimum = "-1"}, "f.minimum: \"-1\" is not a whole number of at least 0", FIELD_SETTING},
	{{KIND(STRING), .maximum = "99999999999999999999"},
	 "f.maximum: \"99999999999999999999\" is not a whole number of at least 0",
	 FIELD_SETTING},
	{{KIND(STRING), .maximum = "8 characters"},
	 "f.maximum: \"8 characters\" is not a whole number of at least 0",
	 FIELD_SETTING},
	{{KIND(LIST), .minimum = "1.0"}, "f.minimum: \"1.0\" is not a whole number of at least 0", FIELD_SETTING},
	{{KIND(NUMBER), .maximum = "inf"}, "f.maximum: \"inf\" is not a number", FIELD_SETTING},
	{{KIND(NUMBER), .minimum = "nan"}, "f.minimum: \"nan\" is not a number", FIELD_SETTING},
	{{KIND(DURATION), .maximum = "60"}, "f.maximum: \"60\" is not a duration such as 5s", FIELD_SETTING},
	{{KIND(SIZE), .maximum = "1 MB"}, "f.maximum: \"1 MB\" is not a size such as 64KiB", FIELD_SETTING},
	{{KIND(BOOLEAN), .minimum = "0"}, "f.minimum: is not for this kind, which has no limits", FIELD_SETTING},
	{{KIND(OBJECT), .maximum = "0"}, "f.maximum: is not for this kind, which has no limits", FIELD_PARAMETER},
	{{KIND(INTEGER), .minimum = "2", .maximum = "1"}, "f.minimum: is above the maximum", FIELD_SETTING},
	{{KIND(INTEGER), .minimum = "1", .maximum = "0"}, "f.minimum: is above the maximum", FIELD_SETTING},
	{{KIND(NUMBER), .minimum = "0.2", .maximum = "0.1"}, "f.minimum: is above the maximum", FIELD_SETTING},
	{{KIND(DURATION), .minimum = "2s", .maximum = "1999ms"}, "f.minimum: is above the maximum", FIELD_SETTING},
	{{KIND(SECRET), .maximum = "0"}, "f.minimum: is above the maximum", FIELD_SETTING},
	/* choices */
	{{KIND(CHOICE)}, "f.choices: are missing", FIELD_SETTING},
	{{KIND(CHOICE), .choices = no_choice}, "f.choices: are missing", FIELD_SETTING},
	{{KIND(CHOICE), .preset = "a"}, "f.choices: are missing", FIELD_SETTING},
	{{KIND(STRING), .choices = colours}, "f.choices: are for the kind choice only", FIELD_SETTING},
	{{KIND(CHOICE), .choices = empty_choice},
	 "f.choices: one is empty or has white space around it",
	 FIELD_SETTING},
	{{KIND(CHOICE), .choices = spaced_choice},
	 "f.choices: one is empty or has white space around it",
	 FIELD_SETTING},
	{{KIND(CHOICE), .choices = double_choice}, "f.choices: one stands twice", FIELD_SETTING},
	{{KIND(CHOICE), .choices = short_choice, .minimum = "2"},
	 "f.choices: one is shorter or longer than the field's own limits",
	 FIELD_SETTING},
	{{KIND(CHOICE), .choices = short_choice, .maximum = "2"},
	 "f.choices: one is shorter or longer than the field's own limits",
	 FIELD_SETTING},
	{{KIND(CHOICE), .choices = control_choice}, "f.choices: " NOT_PLAIN, FIELD_SETTING},
	{{KIND(CHOICE), .choices = many_choices}, "f: has more than 256 choices", FIELD_SETTING},
	/* patterns */
	{{KIND(STRING), .pattern = "("},
	 "f.pattern: the expression is wrong at byte 2: missing closing parenthesis",
	 FIELD_SETTING},
	{{KIND(STRING), .pattern = long_expression},
	 "f.pattern: the expression is longer than 512 bytes",
	 FIELD_SETTING},
	{{KIND(INTEGER), .pattern = "[0-9]"}, "f.pattern: is for the kinds string and secret only", FIELD_SETTING},
	{{KIND(STRING), .pattern = "\xff"}, "f.pattern: " NOT_PLAIN, FIELD_SETTING},
	/* presets keep the field's own rules */
	{{KIND(INTEGER), .preset = "abc"}, "f.preset: \"abc\" is not an integer", FIELD_SETTING},
	{{KIND(INTEGER), .preset = ""}, "f.preset: \"\" is not an integer", FIELD_SETTING},
	{{KIND(INTEGER), .preset = "0", .minimum = "1"}, "f.preset: 0 is less than the minimum 1", FIELD_SETTING},
	{{KIND(DURATION), .preset = "90m", .maximum = "1000ms"},
	 "f.preset: 1h30m is more than the maximum 1s",
	 FIELD_SETTING},
	{{KIND(STRING), .preset = "", .minimum = "1"},
	 "f.preset: has 0 characters, at least 1 is needed",
	 FIELD_SETTING},
	{{KIND(STRING), .preset = "1", .pattern = "[a-z]"}, "f.preset: \"1\" does not match [a-z]", FIELD_SETTING},
	{{KIND(CHOICE), .preset = "blue", .choices = colours},
	 "f.preset: \"blue\" is none of red, green",
	 FIELD_SETTING},
	{{KIND(STRING), .preset = "a", .required = true}, "f.preset: is not for a required field", FIELD_SETTING},
	{{KIND(SECRET), .preset = "hunter2"}, "f.preset: is not for a secret", FIELD_SETTING},
	{{KIND(STRING), .preset = "\xff"}, "f.preset: is not UTF-8, or too long", FIELD_SETTING},
	{{KIND(STRING), .preset = long_text}, "f.preset: is not UTF-8, or too long", FIELD_SETTING},
	{{KIND(OBJECTS), .preset = "[{}]"}, "f.preset: is text, a list of maps is needed", FIELD_PARAMETER},
	{{KIND(LIST), .preset = preset_items}, "f.preset: has more than 256 items", FIELD_SETTING},
	/* everything at once */
	{{.name = "a b",
	  .kind = TOCSIN_KIND_INTEGER,
	  .offset = 3,
	  .preset = "x",
	  .minimum = "y",
	  .maximum = "z",
	  .pattern = "a",
	  .choices = colours,
	  .reserved = {1}},
	 "f.name: " NO_NAME "\nf.description: is missing\nf.reserved: is not zero\nf.offset: 3 is no multiple of 8\n"
	 "f.minimum: \"y\" is not an integer of 64 bits\nf.maximum: \"z\" is not an integer of 64 bits\n"
	 "f.choices: are for the kind choice only\nf.pattern: is for the kinds string and secret only\n"
	 "f.preset: \"x\" is not an integer",
	 FIELD_SETTING},
	{{.kind = 99, .reserved = {1}},
	 "f.name: is missing\nf.description: is missing\nf.reserved: is not zero\nf.kind: is a number that no kind has",
	 FIELD_SETTING},
};

static void test_wrong_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct problems problems = {0};
		struct arena arena = {0};
		struct field field;

		if (field_compile(&wrong[i].row, wrong[i].role, 24, &arena, "f", &field, &problems) != TOCSIN_INVALID)
			fail_msg("row %zu was not refused; wanted\n%s", i, wrong[i].problems);
		assert_string_equal(lines_of(&problems), wrong[i].problems);
		field_release(&field);
		arena_release(&arena);
		problems_release(&problems);
	}
}

/* A bool in a stranger's bytes may be neither. */
static void test_flags(void **state)
{
	struct tocsin_field row = {KIND(STRING)};

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		struct problems problems = {0};
		struct arena arena = {0};
		struct field field;

		memset(&row.required, byte, 1);
		assert_int_equal(field_compile(&row, FIELD_SETTING, 8, &arena, "f", &field, &problems),
				 byte > 1 ? TOCSIN_INVALID : TOCSIN_OK);
		assert_string_equal(lines_of(&problems), byte > 1 ? "f.required: is neither true nor false" : "");
		if (byte <= 1)
			assert_int_equal(field.required, byte);
		field_release(&field);
		arena_release(&arena);
		problems_release(&problems);
	}
}

/* The places of every kind in structs of every small size: inside or refused. */
static void test_places(void **state)
{
	(void)state;
	for (uint32_t kind = 1; kind_is_known(kind); kind++)
		for (uint32_t size = 0; size < 20; size++)
			for (uint32_t offset = 0; offset < 24; offset++) {
				const size_t member = kind_size((enum tocsin_kind)kind);
				const bool is_good = offset + member <= size && offset % member == 0;
				const struct tocsin_field row = {NAMED, .kind = kind, .offset = offset,
								 .choices =
									 kind == TOCSIN_KIND_CHOICE ? colours : NULL};
				const bool is_parameter = kind == TOCSIN_KIND_OBJECT || kind == TOCSIN_KIND_OBJECTS;
				struct problems problems = {0};
				struct arena arena = {0};
				struct field field;

				assert_int_equal(field_compile(&row, is_parameter ? FIELD_PARAMETER : FIELD_SETTING,
							       size, &arena, "f", &field, &problems),
						 is_good ? TOCSIN_OK : TOCSIN_INVALID);
				field_release(&field);
				arena_release(&arena);
				problems_release(&problems);
			}
}

/* All texts of a contract together have their ceiling too. */
static void test_total_of_texts(void **state)
{
	struct tocsin_field row = {KIND(STRING)};
	struct problems problems = {0};
	struct arena arena = {.total = PLUGIN_SIZE_CEILING - 4};
	struct field field;

	(void)state;
	assert_int_equal(field_compile(&row, FIELD_SETTING, 8, &arena, "f", &field, &problems), TOCSIN_INVALID);
	assert_string_equal(lines_of(&problems),
			    "f.description: is too much: all texts of a contract have 4194304 bytes at most");
	field_release(&field);
	arena_release(&arena);
	problems_release(&problems);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_rows),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_nothing_points_into_the_row),
		cmocka_unit_test(test_wrong_rows),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_total_of_texts),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of a set of fields: checked with every problem at once, bound to a C struct, read back, masked.
 * One plugin has a setting and a parameter of every kind.
 */
#include "contract_help.h"

#include <math.h>

#include "base/clock.h"
#include "contract/result.h"
#include "contract/values.h"

struct every {
	bool boolean;
	const char *string;
	const char *choice;
	const char *url;
	int64_t integer;
	double number;
	int64_t duration;
	int64_t size;
	struct tocsin_secret secret;
	const struct tocsin_list *list;
	const struct tocsin_map *map;
	const struct tocsin_value *object;
	const struct tocsin_value *objects;
};

/* Settings have no objects, parameters no secret: SETTINGS begin at 0, PARAMETERS leave the secret out. */
static const struct tocsin_field rows[] = {
	TOCSIN_SECRET(struct every, secret, .description = "A."),
	TOCSIN_BOOLEAN(struct every, boolean, .description = "A."),
	TOCSIN_STRING(struct every, string, .description = "A."),
	TOCSIN_CHOICE(struct every, choice, .choices = TOCSIN_CHOICES("red", "green"), .description = "A."),
	TOCSIN_URL(struct every, url, .description = "A."),
	TOCSIN_INTEGER(struct every, integer, .description = "A."),
	TOCSIN_NUMBER(struct every, number, .description = "A."),
	TOCSIN_DURATION(struct every, duration, .description = "A."),
	TOCSIN_SIZE(struct every, size, .description = "A."),
	TOCSIN_TEXTS(struct every, list, .description = "A."),
	TOCSIN_MAP(struct every, map, .description = "A."),
	TOCSIN_OBJECT(struct every, object, .description = "A."),
	TOCSIN_OBJECTS(struct every, objects, .description = "A."),
};

#define SETTINGS 11
#define COUNT COUNT_OF(rows)

struct made {
	struct arena arena;
	struct field fields[COUNT];
};

/* Compiles each row in the role that its kind allows. */
static void make(const struct tocsin_field *from, size_t count, struct made *ret_made)
{
	*ret_made = (struct made){0};
	for (size_t i = 0; i < count; i++) {
		const bool is_object = from[i].kind == TOCSIN_KIND_OBJECT || from[i].kind == TOCSIN_KIND_OBJECTS;
		struct problems problems = {0};

		if (field_compile(&from[i], is_object ? FIELD_PARAMETER : FIELD_SETTING, sizeof(struct every),
				  &ret_made->arena, "row", &ret_made->fields[i], &problems))
			fail_msg("%s", lines_of(&problems));
	}
}

static void release(struct made *made)
{
	for (size_t i = 0; i < COUNT; i++)
		field_release(&made->fields[i]);
	arena_release(&made->arena);
}

#define FULL                                                                                                           \
	"{\"secret\": \"env:KEY\", \"boolean\": \"yes\", \"string\": \" a b \", \"choice\": \"green\", "               \
	"\"url\": \"https://h/\", \"integer\": \"-4\", \"number\": \"0.1\", \"duration\": \"90m\", \"size\": "         \
	"\"64KiB\", \"list\": \"b,a\", \"map\": {\"b\": \"2\", \"a\": \"1\"}, \"object\": {\"k\": [1]}, "              \
	"\"objects\": [{\"k\": 1}, {}]}"
#define FULL_CHECKED                                                                                                   \
	"{\"boolean\": true, \"choice\": \"green\", \"duration\": \"1h30m\", \"integer\": -4, \"list\": [\"b\", "      \
	"\"a\"], \"map\": {\"a\": \"1\", \"b\": \"2\"}, \"number\": 0.1, \"object\": {\"k\": [1]}, \"objects\": "      \
	"[{\"k\": 1}, {}], \"secret\": \"env:KEY\", \"size\": \"64KiB\", \"string\": \"a b\", \"url\": "               \
	"\"https://h/\"}"

static json_t *check(const struct made *made, size_t count, const char *input_text)
{
	json_t *input = input_text ? json_of(input_text) : NULL, *values = NULL;
	struct problems problems = {0};

	if (values_check(made->fields, count, input, "", &values, &problems))
		fail_msg("%s: %s", input_text, lines_of(&problems));
	assert_true(problems_none(&problems));
	json_decref(input);
	return values;
}

static void test_check_coerces(void **state)
{
	struct made made;

	(void)state;
	make(rows, COUNT, &made);
	assert_json(check(&made, COUNT, FULL), FULL_CHECKED);
	assert_json(check(&made, COUNT, "{}"), "{}");
	assert_json(check(&made, COUNT, NULL), "{}");
	assert_json(check(&made, 0, NULL), "{}");
	release(&made);
}

/* What was checked is checked again without a change: workers check what the host checked. */
static void test_check_twice(void **state)
{
	struct made made;

	(void)state;
	make(rows, COUNT, &made);
	assert_json(check(&made, COUNT, FULL_CHECKED), FULL_CHECKED);
	release(&made);
}

static void test_defaults(void **state)
{
	static const struct tocsin_field with_presets[] = {
		TOCSIN_STRING(struct every, string, .preset = "", .description = "A."),
		TOCSIN_INTEGER(struct every, integer, .preset = "0", .description = "A."),
		TOCSIN_BOOLEAN(struct every, boolean, .preset = "false", .description = "A."),
		TOCSIN_TEXTS(struct every, list, .preset = "a,b", .description = "A."),
		TOCSIN_MAP(struct every, map, .preset = "", .description = "A."),
		TOCSIN_OBJECTS(struct every, objects, .preset = "", .description = "A."),
		TOCSIN_URL(struct every, url, .description = "A."),
	};
	struct made made;

	(void)state;
	make(with_presets, COUNT_OF(with_presets), &made);
	assert_json(check(&made, COUNT_OF(with_presets), NULL),
		    "{\"boolean\": false, \"integer\": 0, \"list\": [\"a\", \"b\"], \"map\": {}, \"objects\": [], "
		    "\"string\": \"\"}");
	assert_json(
		check(&made, COUNT_OF(with_presets), "{\"list\": [], \"integer\": 7}"),
		"{\"boolean\": false, \"integer\": 7, \"list\": [], \"map\": {}, \"objects\": [], \"string\": \"\"}");
	release(&made);
}

static void test_problems_come_at_once(void **state)
{
	static const struct tocsin_field strict[] = {
		TOCSIN_URL(struct every, url, .required = true, .description = "A."),
		TOCSIN_STRING(struct every, string, .required = true, .minimum = "2", .description = "A."),
		TOCSIN_INTEGER(struct every, integer, .preset = "5", .minimum = "1", .description = "A."),
		TOCSIN_TEXTS(struct every, list, .description = "A."),
	};
	static const struct {
		const char *input;
		const char *path;
		const char *problems;
	} cases[] = {
		{"{}", "", "url: is required\nstring: is required"},
		{NULL, "receivers.ops", "receivers.ops.url: is required\nreceivers.ops.string: is required"},
		{"[]", "receivers.ops", "receivers.ops: is a list, a map is needed"},
		{"null", "", ": is null, a map is needed"},
		{"\"x\"", "r", "r: is text, a map is needed"},
		{"{\"url\": \"x\", \"strin\": 1, \"integer\": 0, \"list\": [\"a\", 1], \"zzz\": {}, \"\": 1}", "r",
		 "r.strin: is not known; did you mean string?\nr.zzz: is not known\nr.: is not known\n"
		 "r.url: \"x\" is not a URL that begins with http:// or https://\nr.string: is required\n"
		 "r.integer: 0 is less than the minimum 1\nr.list[1]: is an integer, text is needed"},
		{"{\"url\": null, \"string\": null}", "",
		 "url: is null, text is needed\nstring: is null, text is needed"},
		{"{\"url\": \"http://h\", \"string\": \"ab\", \"URL\": \"\"}", "",
		 "URL: is not known; did you mean url?"},
		{"{\"url\": \"http://h\", \"string\": \"ab\", \"a\\u001bb\": \"\"}", "", "a b: is not known"},
	};
	struct made made;

	(void)state;
	make(strict, COUNT_OF(strict), &made);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *input = cases[i].input ? json_of(cases[i].input) : NULL, *values = NULL;
		struct problems problems = {0};

		assert_int_equal(values_check(made.fields, COUNT_OF(strict), input, cases[i].path, &values, &problems),
				 TOCSIN_INVALID);
		assert_null(values);
		assert_string_equal(lines_of(&problems), cases[i].problems);
		json_decref(input);
		problems_release(&problems);
	}
	release(&made);
}

/* Problems that were there before are neither repeated nor taken for new ones. */
static void test_earlier_problems(void **state)
{
	struct problems problems = {0};
	json_t *values = NULL;
	struct made made;

	(void)state;
	make(rows, COUNT, &made);
	problems_add(&problems, "routes", "are wrong");
	problems.lost = 1;
	assert_int_equal(values_check(made.fields, COUNT, NULL, "r", &values, &problems), TOCSIN_OK);
	json_decref(values);
	assert_string_equal(lines_of(&problems), "routes: are wrong");
	problems_release(&problems);
	release(&made);
}

/* A hundred thousand unknown keys: said up to the ceiling, counted above it, and soon done. */
static void test_hostile_keys(void **state)
{
	const int64_t start = clock_monotonic_ns();
	struct problems problems = {0};
	json_t *input = json_object(), *values = NULL;
	struct made made;
	char key[64];

	(void)state;
	make(rows, COUNT, &made);
	for (int i = 0; i < 100000; i++) {
		snprintf(key, sizeof(key), "strinnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnng%d", i);
		json_put(input, key, json_null());
	}
	assert_int_equal(values_check(made.fields, COUNT, input, "r", &values, &problems), TOCSIN_INVALID);
	assert_int_equal(problems.count, PROBLEMS_CEILING);
	assert_int_equal(problems.more, 100000 - PROBLEMS_CEILING);
	assert_int_equal(problems.lost, 0);
	assert_true(clock_monotonic_ns() - start < 5000000000);
	json_decref(input);
	problems_release(&problems);
	release(&made);
}

/* A path that is longer than any person writes is cut, as text, not in the middle of a character. */
static void test_long_keys(void **state)
{
	struct problems problems = {0};
	json_t *input = json_object(), *values = NULL;
	static char key[100001];
	struct made made;

	(void)state;
	make(rows, COUNT, &made);
	for (size_t shift = 0; shift < 4; shift++) {
		memset(key, 'a', shift);
		for (size_t i = shift; i + 4 < sizeof(key); i += 4)
			memcpy(key + i, "\xf0\x9f\x94\x94", 5);
		json_object_clear(input);
		json_put(input, key, json_null());
		assert_int_equal(values_check(made.fields, COUNT, input, "r", &values, &problems), TOCSIN_INVALID);
		assert_true(strlen(problems.items[0].path) < 1024);
		assert_true(text_is_utf8(problems.items[0].path, strlen(problems.items[0].path)));
		problems_release(&problems);
	}
	json_decref(input);
	release(&made);
}

static void bind(const struct made *made, const char *input, struct bound_values *ret_bound)
{
	json_t *values = check(made, COUNT, input);
	struct tocsin_error err;

	assert_int_equal(values_bind(made->fields, COUNT, sizeof(struct every), values, ret_bound, &err), TOCSIN_OK);
	json_decref(values); /* the binding keeps what it needs */
}

static void test_bind_every_kind(void **state)
{
	struct bound_values bound;
	const struct every *every;
	struct made made;

	(void)state;
	make(rows, COUNT, &made);
	bind(&made, FULL, &bound);
	every = bound.memory;
	assert_true(every->boolean);
	assert_string_equal(every->string, "a b");
	assert_string_equal(every->choice, "green");
	assert_string_equal(every->url, "https://h/");
	assert_int_equal(every->integer, -4);
	assert_true(every->number == 0.1);
	assert_int_equal(every->duration, 5400000);
	assert_int_equal(every->size, 65536);
	assert_string_equal(every->secret.placeholder, "env:KEY");
	assert_int_equal(every->list->count, 2);
	assert_string_equal(every->list->items[0], "b");
	assert_string_equal(every->list->items[1], "a");
	assert_int_equal(every->map->count, 2);
	assert_string_equal(every->map->items[0].key, "a"); /* sorted */
	assert_string_equal(every->map->items[0].value, "1");
	assert_string_equal(tocsin_map_get(every->map, "b", ""), "2");
	assert_int_equal(tocsin_integer(tocsin_at(tocsin_get(every->object, "k"), 0), 0), 1);
	assert_int_equal(tocsin_count(every->objects), 2);
	assert_int_equal(tocsin_integer(tocsin_get(tocsin_at(every->objects, 0), "k"), 0), 1);
	bound_values_release(&bound);
	bound_values_release(&bound);
	bound_values_release(NULL);
	release(&made);
}

/* What is absent is zero; a list that is empty is there all the same. */
static void test_bind_nothing(void **state)
{
	static const struct every zero;
	struct bound_values bound;
	const struct every *every;
	struct made made;
	json_t *values;

	(void)state;
	make(rows, COUNT, &made);
	bind(&made, "{}", &bound);
	assert_memory_equal(bound.memory, &zero, sizeof(zero));
	bound_values_release(&bound);
	bind(&made, "{\"list\": [], \"map\": {}}", &bound);
	every = bound.memory;
	assert_non_null(every->list);
	assert_int_equal(every->list->count, 0);
	assert_non_null(every->map);
	assert_int_equal(every->map->count, 0);
	bound_values_release(&bound);
	values = check(&made, 0, NULL);
	assert_int_equal(values_bind(NULL, 0, 0, values, &bound, NULL), TOCSIN_OK);
	assert_null(bound.memory);
	json_decref(values);
	bound_values_release(&bound);
	release(&made);
}

/* Bound, read back and bound again, the values are the same. */
static void test_round_trip(void **state)
{
	static const char *const inputs[][2] = {
		{FULL, FULL_CHECKED},
		{"{}", "{\"boolean\": false, \"duration\": \"0s\", \"integer\": 0, \"number\": 0.0, \"size\": \"0B\"}"},
		{"{\"integer\": \"9223372036854775807\", \"number\": \"5e-324\", \"duration\": "
		 "\"9223372036854775807ms\", \"size\": \"9223372036854775807\", \"boolean\": true}",
		 "{\"boolean\": true, \"duration\": \"15250284452w3d7h12m55s807ms\", \"integer\": 9223372036854775807, "
		 "\"number\": 5e-324, \"size\": \"9223372036854775807B\"}"},
		{"{\"integer\": \"-9223372036854775808\", \"number\": \"-0.0\", \"string\": \"\", \"list\": [\"\"], "
		 "\"map\": {\"a b\": \"\"}}",
		 "{\"boolean\": false, \"duration\": \"0s\", \"integer\": -9223372036854775808, \"list\": [\"\"], "
		 "\"map\": {\"a b\": \"\"}, \"number\": -0.0, \"size\": \"0B\", \"string\": \"\"}"},
	};
	struct made made;

	(void)state;
	make(rows, COUNT, &made);
	for (size_t i = 0; i < COUNT_OF(inputs); i++) {
		struct bound_values bound, again;
		struct tocsin_error err;
		json_t *values;

		bind(&made, inputs[i][0], &bound);
		assert_int_equal(values_unbind(made.fields, COUNT, bound.memory, &values, &err), TOCSIN_OK);
		assert_int_equal(values_bind(made.fields, COUNT, sizeof(struct every), values, &again, &err),
				 TOCSIN_OK);
		assert_json(values, inputs[i][1]);
		assert_int_equal(values_unbind(made.fields, COUNT, again.memory, &values, &err), TOCSIN_OK);
		assert_json(values, inputs[i][1]);
		bound_values_release(&bound);
		bound_values_release(&again);
	}
	release(&made);
}

/* An action fills the arguments of a nested call itself, and may fill them with anything. */
static void test_unbind_refuses(void **state)
{
	static const char *const texts[] = {"a", "\xff"}, *const hole[] = {"a", NULL};
	static const struct tocsin_pair bad_value[] = {{"a", "1"}, {"b", "\xff"}};
	static const struct tocsin_pair bad_key[] = {{"\xff", "1"}}, no_key[] = {{NULL, "1"}},
					no_value[] = {{"a", NULL}};
	static const struct tocsin_list list = {2, texts}, holed = {2, hole};
	static const struct tocsin_map maps[] = {{2, bad_value}, {1, bad_key}, {1, no_key}, {1, no_value}};
	const struct {
		struct every every;
		const char *error;
	} cases[] = {
		{{.string = "\xff"}, "string holds text that is not UTF-8"},
		{{.choice = "\xc0\x80"}, "choice holds text that is not UTF-8"},
		{{.secret = {"\xff"}}, "secret holds text that is not UTF-8"},
		{{.number = NAN}, "number holds a number that is not finite"},
		{{.number = -INFINITY}, "number holds a number that is not finite"},
		{{.duration = -1}, "duration holds a number below 0"},
		{{.size = INT64_MIN}, "size holds a number below 0"},
		{{.list = &list}, "list holds text that is not UTF-8"},
		{{.list = &holed}, "list holds text that is not UTF-8"},
		{{.map = &maps[0]}, "map holds text that is not UTF-8"},
		{{.map = &maps[1]}, "map holds text that is not UTF-8"},
		{{.map = &maps[2]}, "map holds text that is not UTF-8"},
		{{.map = &maps[3]}, "map holds text that is not UTF-8"},
	};
	struct made made;

	(void)state;
	make(rows, COUNT, &made);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err;
		json_t *values = NULL;

		assert_int_equal(values_unbind(made.fields, COUNT, &cases[i].every, &values, &err), TOCSIN_INVALID);
		assert_string_equal(tocsin_error_at(&err, 0), cases[i].error);
		assert_null(values);
	}
	release(&made);
}

/* A bool that the action never set holds any byte. */
static void test_unbind_of_an_unset_boolean(void **state)
{
	struct every every = {.integer = 1};
	json_t *values;
	struct made made;

	(void)state;
	memset(&every.boolean, 0xa5, 1);
	make(rows, COUNT, &made);
	assert_int_equal(values_unbind(made.fields, COUNT, &every, &values, NULL), TOCSIN_OK);
	assert_json(values,
		    "{\"boolean\": true, \"duration\": \"0s\", \"integer\": 1, \"number\": 0.0, \"size\": \"0B\"}");
	release(&made);
}

static void test_mask(void **state)
{
	struct field swapped[2];
	struct made made;
	json_t *values;

	(void)state;
	make(rows, COUNT, &made);
	values = check(&made, SETTINGS, "{\"secret\": \"hunter22\", \"string\": \"hunter22\"}");
	assert_json(values_mask(made.fields, SETTINGS, values), "{\"secret\": \"***\", \"string\": \"hunter22\"}");
	assert_json(values, "{\"secret\": \"hunter22\", \"string\": \"hunter22\"}"); /* a copy was masked */
	values = json_of("{\"integer\": 1, \"secret\": \"hunter22\"}");
	swapped[0] = made.fields[5];
	swapped[1] = made.fields[0];
	assert_json(values_mask(swapped, 2, values), "{\"integer\": 1, \"secret\": \"***\"}");
	json_decref(values);
	values = check(&made, SETTINGS, "{\"string\": \"a\"}");
	assert_json(values_mask(made.fields, SETTINGS, values), "{\"string\": \"a\"}");
	json_decref(values);
	release(&made);
}

/* No problem repeats what was given for a secret, whatever it was. */
static void test_problems_keep_secrets(void **state)
{
	static const struct tocsin_field strict[] = {
		TOCSIN_SECRET(struct every, secret, .minimum = "100", .pattern = "[0-9]+", .description = "A."),
	};
	static const char *const inputs[] = {
		"{\"secret\": \"hunter22\"}",
		"{\"secret\": [\"hunter22\"]}",
		"{\"secret\": {\"hunter22\": 1}}",
		"{\"secret\": \"hunter22\\u0000\"}",
		"{\"secret\": "
		"\"hunter22hunter22hunter22hunter22hunter22hunter22hunter22hunter22hunter22hunter22hunter22"
		"hunter22hunter22hunter22\"}",
	};
	struct made made;

	(void)state;
	make(strict, 1, &made);
	for (size_t i = 0; i < COUNT_OF(inputs); i++) {
		json_t *input = json_of(inputs[i]), *values = NULL;
		struct problems problems = {0};

		assert_int_equal(values_check(made.fields, 1, input, "", &values, &problems), TOCSIN_INVALID);
		assert_int_equal(problems.count, 1);
		assert_null(strstr(lines_of(&problems), "hunter22"));
		json_decref(input);
		problems_release(&problems);
	}
	release(&made);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_coerces),
		cmocka_unit_test(test_check_twice),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_problems_come_at_once),
		cmocka_unit_test(test_earlier_problems),
		cmocka_unit_test(test_hostile_keys),
		cmocka_unit_test(test_long_keys),
		cmocka_unit_test(test_bind_every_kind),
		cmocka_unit_test(test_bind_nothing),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_unbind_refuses),
		cmocka_unit_test(test_unbind_of_an_unset_boolean),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_problems_keep_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

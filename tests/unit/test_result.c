/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results: what actions write, that the first failure sticks, the ceilings, handles to what was replaced,
 * NULL everywhere, text to build with, values to read, and nested calls.
 */
#include "contract_help.h"

#include <math.h>

#include <tocsin/tocsin.h>

#include "contract/result.h"

static json_t *take(struct tocsin_result *result, enum tocsin_returns returns)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *value = NULL;

	if (result_take(result, returns, &value, &err))
		fail_msg("%s", tocsin_error_at(&err, 0));
	result_release(result);
	return value;
}

/* The sticky failure, of which taking tells; then the result is released. */
static void assert_failure(struct tocsin_result *result, enum tocsin_code code, const char *sentence)
{
	for (uint32_t returns = 0; returns_is_known(returns); returns++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		json_t *value = NULL;

		assert_int_equal(result_take(result, (enum tocsin_returns)returns, &value, &err), code);
		assert_string_equal(tocsin_error_at(&err, 0), sentence);
		assert_int_equal(result_take(result, (enum tocsin_returns)returns, &value, NULL), code);
		assert_null(value);
	}
	result_release(result);
	result_release(result);
}

static void test_object_of_everything(void **state)
{
	static const char *const texts[] = {"b", "a"};
	static const struct tocsin_pair pairs[] = {{"k", "v"}, {"l", NULL}};
	static const struct tocsin_list list = {2, texts};
	static const struct tocsin_map map = {2, pairs};
	json_t *given = json_of("{\"x\": [1, {\"y\": null}]}");
	struct tocsin_result result;
	struct tocsin_object *object, *inner;
	struct tocsin_array *array;

	(void)state;
	result_init(&result, NULL, NULL);
	object = tocsin_result_object(&result);
	tocsin_put_text(object, "text", "gr\xc3\xbc\xc3\x9f");
	tocsin_put_text(object, "null", NULL);
	tocsin_put_integer(object, "integer", INT64_MIN);
	tocsin_put_number(object, "number", 0.1);
	tocsin_put_boolean(object, "boolean", true);
	tocsin_put_list(object, "list", &list);
	tocsin_put_list(object, "no list", NULL);
	tocsin_put_map(object, "map", &map);
	tocsin_put_map(object, "no map", NULL);
	tocsin_put_value(object, "value", value_of_json(given));
	tocsin_put_value(object, "no value", NULL);
	inner = tocsin_put_object(object, "object");
	tocsin_put_boolean(inner, "", false);
	array = tocsin_put_array(object, "array");
	tocsin_add_text(array, "a");
	tocsin_add_text(array, NULL);
	tocsin_add_integer(array, -1);
	tocsin_put_text(tocsin_add_object(array), "deep", "er");
	tocsin_add_value(array, tocsin_get(value_of_json(given), "x"));
	tocsin_add_value(array, NULL);
	tocsin_add_value(NULL, value_of_json(given));
	assert_json(take(&result, TOCSIN_RETURNS_OBJECT),
		    "{\"array\": [\"a\", null, -1, {\"deep\": \"er\"}, [1, {\"y\": null}], null], \"boolean\": true, "
		    "\"integer\": "
		    "-9223372036854775808, \"list\": [\"b\", \"a\"], \"map\": {\"k\": \"v\", \"l\": null}, \"no "
		    "list\": [], "
		    "\"no map\": {}, \"no value\": null, \"null\": null, \"number\": 0.1, \"object\": {\"\": false}, "
		    "\"text\": \"gr\xc3\xbc\xc3\x9f\", \"value\": {\"x\": [1, {\"y\": null}]}}");
	assert_json(given, "{\"x\": [1, {\"y\": null}]}");
}

static void test_texts(void **state)
{
	static const struct {
		const char *text;
		const char *json;
	} cases[] = {{"", "\"\""}, {"a\nb", "\"a\\nb\""}, {"\xf0\x9f\x94\x94", "\"\xf0\x9f\x94\x94\""}};
	struct tocsin_result result;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		result_init(&result, NULL, NULL);
		tocsin_result_text(&result, "an earlier one");
		tocsin_result_text(&result, cases[i].text);
		assert_json(take(&result, TOCSIN_RETURNS_TEXT), cases[i].json);
	}
}

static void test_json_text(void **state)
{
	static const struct {
		const char *value;
		const char *text;
	} cases[] = {
		{"{\"b\": [2, 0.1], \"a\": \"\\n\"}", "\"{\\\"a\\\": \\\"\\\\n\\\", \\\"b\\\": [2, 0.1]}\""},
		{"[]", "\"[]\""},
		{"null", "\"null\""},
		{NULL, "\"null\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *value = cases[i].value ? json_of(cases[i].value) : NULL;
		struct tocsin_result result;

		result_init(&result, NULL, NULL);
		tocsin_result_json(&result, value_of_json(value));
		assert_json(take(&result, TOCSIN_RETURNS_TEXT), cases[i].text);
		json_decref(value);
	}
}

/* What was written against what was declared. */
static void test_declared_type(void **state)
{
	static const char *const types[] = {"None", "str", "dict[str, object]"};
	static const char *const made[] = {"NoneType", "str", "dict"};

	(void)state;
	for (uint32_t returns = 0; returns < 3; returns++)
		for (uint32_t writes = 0; writes < 3; writes++) {
			struct tocsin_error err = TOCSIN_ERROR_INIT;
			struct tocsin_result result;
			json_t *value = NULL;
			char expected[128];

			result_init(&result, NULL, NULL);
			if (writes == TOCSIN_RETURNS_TEXT)
				tocsin_result_text(&result, "a");
			else if (writes == TOCSIN_RETURNS_OBJECT)
				tocsin_result_object(&result);
			if (returns == writes) {
				assert_int_equal(result_take(&result, (enum tocsin_returns)returns, &value, &err),
						 TOCSIN_OK);
				assert_string_equal(result_type_name(value), made[writes]);
				json_decref(value);
			} else {
				assert_int_equal(result_take(&result, (enum tocsin_returns)returns, &value, &err),
						 TOCSIN_INVALID);
				snprintf(expected, sizeof(expected),
					 "the action declares that it returns %s, but returned %s", types[returns],
					 made[writes]);
				assert_string_equal(tocsin_error_at(&err, 0), expected);
				assert_null(value);
			}
			result_release(&result);
		}
}

static void test_null_text_is_no_text(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_result result;
	json_t *value = NULL;

	(void)state;
	result_init(&result, NULL, NULL);
	tocsin_result_text(&result, NULL);
	assert_int_equal(result_take(&result, TOCSIN_RETURNS_TEXT, &value, &err), TOCSIN_INVALID);
	assert_string_equal(tocsin_error_at(&err, 0), "the action declares that it returns str, but returned NoneType");
	result_release(&result);
}

static void test_type_names(void **state)
{
	static const char *const cases[][2] = {
		{"\"a\"", "str"}, {"{}", "dict"},   {"[]", "list"},    {"1", "int"},
		{"1.0", "float"}, {"true", "bool"}, {"false", "bool"}, {"null", "NoneType"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *value = json_of(cases[i][0]);

		assert_string_equal(result_type_name(value), cases[i][1]);
		json_decref(value);
	}
	assert_string_equal(result_type_name(NULL), "NoneType");
}

/* ---- Failures ---- */

/* Every function once more on a result that has failed, and on NULL: nothing happens, nothing is NULL text. */
static void touch_everything(struct tocsin_result *result, struct tocsin_object *object, struct tocsin_array *array)
{
	json_t *given = json_of("[1]");
	const struct tocsin_value *value = value_of_json(given);

	tocsin_result_text(result, "text");
	tocsin_result_json(result, value);
	assert_null(tocsin_result_object(result));
	assert_null(tocsin_result_outcome(result, TOCSIN_OUTCOME_DELIVERED, "reason"));
	tocsin_put_text(object, "key", "text");
	tocsin_put_integer(object, "key", 1);
	tocsin_put_number(object, "key", NAN);
	tocsin_put_boolean(object, "key", true);
	tocsin_put_list(object, "key", NULL);
	tocsin_put_map(object, "key", NULL);
	tocsin_put_value(object, "key", value);
	assert_null(tocsin_put_object(object, "key"));
	assert_null(tocsin_put_array(object, "key"));
	tocsin_add_text(array, "text");
	tocsin_add_integer(array, 1);
	assert_null(tocsin_add_object(array));
	assert_string_equal(tocsin_format(result, "%d", 1), "");
	assert_string_equal(tocsin_lower(result, "A"), "A");
	assert_string_equal(tocsin_upper(result, "a"), "a");
	assert_string_equal(tocsin_replace(result, "a", "a", "b"), "a");
	assert_string_equal(tocsin_shorten(result, "abc", 1), "abc");
	json_decref(given);
}

static void test_null_everywhere(void **state)
{
	struct tocsin_result result;
	struct tocsin_error err;

	(void)state;
	touch_everything(NULL, NULL, NULL);
	result_init(&result, NULL, NULL);
	assert_null(tocsin_lower(&result, NULL));
	assert_null(tocsin_upper(&result, NULL));
	assert_null(tocsin_replace(&result, NULL, "a", "b"));
	assert_string_equal(tocsin_replace(&result, "a", NULL, "b"), "a");
	assert_string_equal(tocsin_replace(&result, "a", "a", NULL), "a");
	assert_string_equal(tocsin_replace(&result, "a", "", "b"), "a");
	assert_null(tocsin_shorten(&result, NULL, 3));
	assert_null(tocsin_get(NULL, "key"));
	assert_int_equal(tocsin_count(NULL), 0);
	assert_null(tocsin_at(NULL, 0));
	assert_string_equal(tocsin_text(NULL, "other"), "other");
	assert_int_equal(tocsin_integer(NULL, 7), 7);
	assert_true(tocsin_boolean(NULL, true));
	assert_string_equal(tocsin_map_get(NULL, "key", "other"), "other");
	assert_int_equal(tocsin_invoke(NULL, "deliver", NULL, NULL, &err), TOCSIN_DENIED);
	assert_int_equal(result.failure.code, TOCSIN_OK);
	result_release(&result);
	result_release(NULL);
}

static void fail_with_text(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)object;
	tocsin_result_text(result, "a\xff");
}

static void fail_with_member(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)result;
	tocsin_put_text(object, "title", "\xed\xa0\x80");
}

static void fail_with_item(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)result;
	tocsin_add_text(tocsin_put_array(object, "list"), "\xc3");
}

static void fail_with_key(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)result;
	tocsin_put_integer(object, "\xff", 1);
}

static void fail_with_no_key(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)result;
	tocsin_put_text(object, NULL, "text");
}

static void fail_with_container_without_key(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)result;
	assert_null(tocsin_put_object(object, NULL));
}

static void fail_with_number(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)result;
	tocsin_put_number(object, "ratio", INFINITY);
}

static void fail_with_number_without_key(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)result;
	tocsin_put_number(object, NULL, NAN);
}

static void fail_with_depth(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)result;
	for (int i = 0; i < 31; i++)
		object = tocsin_put_object(object, "deeper");
	assert_non_null(object);
	assert_null(tocsin_put_object(object, "deeper"));
}

static void fail_with_deep_array(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)result;
	for (int i = 0; i < 40; i++)
		object = tocsin_add_object(tocsin_put_array(object, "deeper"));
}

static void fail_with_deep_value(struct tocsin_result *result, struct tocsin_object *object)
{
	json_t *deep = json_array();

	(void)result;
	for (int i = 0; i < 31; i++) {
		json_t *outer = json_array();

		json_array_append_new(outer, deep);
		deep = outer;
	}
	tocsin_put_value(object, "value", value_of_json(deep));
	json_decref(deep);
}

static void fail_with_long_text(struct tocsin_result *result, struct tocsin_object *object)
{
	static char text[TOCSIN_RESULT_CEILING + 1];

	(void)object;
	memset(text, 'a', sizeof(text) - 1);
	tocsin_result_text(result, text);
}

static void fail_with_many_members(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)object;
	for (int i = 0; i < 200000; i++)
		tocsin_put_integer(tocsin_result_object(result), "the same key", i);
}

static void fail_with_many_items(struct tocsin_result *result, struct tocsin_object *object)
{
	struct tocsin_array *array = tocsin_put_array(object, "list");

	(void)result;
	for (int i = 0; i < 200000; i++)
		tocsin_add_object(array);
}

static void fail_with_large_value(struct tocsin_result *result, struct tocsin_object *object)
{
	json_t *large = json_array();

	(void)result;
	for (int i = 0; i < 100000; i++)
		json_array_append_new(large, json_integer(i));
	tocsin_put_value(object, "value", value_of_json(large));
	json_decref(large);
}

static void fail_with_large_json(struct tocsin_result *result, struct tocsin_object *object)
{
	json_t *large = json_array();

	(void)object;
	for (int i = 0; i < 400000; i++)
		json_array_append_new(large, json_integer(0));
	tocsin_result_json(result, value_of_json(large));
	json_decref(large);
}

static void fail_with_scratch(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)object;
	for (int i = 0; i < 1000; i++)
		tocsin_format(result, "%10000d", i);
}

static void fail_with_replacements(struct tocsin_result *result, struct tocsin_object *object)
{
	static char text[1001], to[9001];

	(void)object;
	memset(text, 'a', sizeof(text) - 1);
	memset(to, 'b', sizeof(to) - 1);
	assert_string_equal(tocsin_replace(result, text, "a", to), text);
}

static void fail_with_outcome(struct tocsin_result *result, struct tocsin_object *object)
{
	(void)object;
	assert_null(tocsin_result_outcome(result, (enum tocsin_outcome)3, "reason"));
}

static void test_first_failure_sticks(void **state)
{
	static const struct {
		void (*break_it)(struct tocsin_result *result, struct tocsin_object *object);
		enum tocsin_code code;
		const char *sentence;
	} cases[] = {
		{fail_with_text, TOCSIN_INVALID, "the text of \"result\" is not UTF-8"},
		{fail_with_member, TOCSIN_INVALID, "the text of \"title\" is not UTF-8"},
		{fail_with_item, TOCSIN_INVALID, "the text of \"item\" is not UTF-8"},
		{fail_with_key, TOCSIN_INVALID, "a key of the result is not UTF-8 text"},
		{fail_with_no_key, TOCSIN_INVALID, "a key of the result is not UTF-8 text"},
		{fail_with_container_without_key, TOCSIN_INVALID, "a key of the result is not UTF-8 text"},
		{fail_with_number, TOCSIN_INVALID, "the number of \"ratio\" is not finite"},
		{fail_with_number_without_key, TOCSIN_INVALID, "the number of \"\" is not finite"},
		{fail_with_depth, TOCSIN_LIMIT, "the result nests deeper than 32 levels"},
		{fail_with_deep_array, TOCSIN_LIMIT, "the result nests deeper than 32 levels"},
		{fail_with_deep_value, TOCSIN_LIMIT, "the result nests deeper than 32 levels"},
		{fail_with_long_text, TOCSIN_LIMIT, "the result has more than 786432 bytes of text and keys"},
		{fail_with_many_members, TOCSIN_LIMIT, "the result has more than 786432 bytes of text and keys"},
		{fail_with_many_items, TOCSIN_LIMIT, "the result has more than 786432 bytes of text and keys"},
		{fail_with_large_value, TOCSIN_LIMIT, "the result has more than 786432 bytes of text and keys"},
		{fail_with_large_json, TOCSIN_LIMIT, "the result has more than 786432 bytes of text and keys"},
		{fail_with_scratch, TOCSIN_LIMIT, "the action builds more than 8388608 bytes of text"},
		{fail_with_replacements, TOCSIN_LIMIT, "the action builds more than 8388608 bytes of text"},
		{fail_with_outcome, TOCSIN_INVALID, "3 is no outcome"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_result result;
		struct tocsin_object *object;
		struct tocsin_array *array;

		result_init(&result, NULL, NULL);
		object = tocsin_result_object(&result);
		array = tocsin_put_array(object, "array");
		cases[i].break_it(&result, object);
		touch_everything(&result, object, array);
		assert_failure(&result, cases[i].code, cases[i].sentence);
	}
}

/* Just what the ceilings allow. */
static void test_at_the_ceilings(void **state)
{
	static char text[TOCSIN_RESULT_CEILING - 8 + 1];
	struct tocsin_result result;
	struct tocsin_object *object;
	json_t *deep = json_array(), *value;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	result_init(&result, NULL, NULL);
	tocsin_result_text(&result, text);
	value = take(&result, TOCSIN_RETURNS_TEXT);
	assert_int_equal(json_string_length(value), sizeof(text) - 1);
	json_decref(value);
	for (int i = 0; i < 30; i++) {
		json_t *outer = i % 2 ? json_array() : json_object();

		if (i % 2)
			json_array_append_new(outer, deep);
		else
			json_put(outer, "deeper", deep);
		deep = outer;
	}
	result_init(&result, NULL, NULL);
	object = tocsin_result_object(&result);
	tocsin_put_value(object, "value", value_of_json(deep));
	json_decref(deep);
	json_decref(take(&result, TOCSIN_RETURNS_OBJECT));
}

/* ---- Replacing ---- */

/* The handle of what was replaced may still be written to; nothing of it is in the result. */
static void test_replaced_containers(void **state)
{
	struct tocsin_object *object, *old, *inner, *deep;
	struct tocsin_result result;
	struct tocsin_array *array;

	(void)state;
	result_init(&result, NULL, NULL);
	object = tocsin_result_object(&result);
	old = tocsin_put_object(object, "payload");
	inner = tocsin_put_object(old, "inner");
	array = tocsin_put_array(inner, "array");
	deep = tocsin_add_object(array);
	tocsin_put_text(object, "payload", "replaced");
	tocsin_put_text(old, "a", "b");
	tocsin_put_text(inner, "a", "b");
	tocsin_put_text(deep, "a", "b");
	tocsin_put_integer(inner, "array", 1); /* replaces inside what is replaced */
	tocsin_add_text(array, "late");
	tocsin_put_text(deep, "late", "too");
	assert_json(take(&result, TOCSIN_RETURNS_OBJECT), "{\"payload\": \"replaced\"}");
}

static void test_replaced_result(void **state)
{
	struct tocsin_object *object, *payload;
	struct tocsin_result result;

	(void)state;
	result_init(&result, NULL, NULL);
	object = tocsin_result_object(&result);
	assert_ptr_equal(tocsin_result_object(&result), object);
	payload = tocsin_put_object(object, "payload");
	tocsin_result_text(&result, "a text after all");
	tocsin_put_text(object, "a", "b");
	tocsin_put_text(payload, "a", "b");
	assert_int_not_equal(tocsin_result_object(&result), object);
	tocsin_put_text(tocsin_result_object(&result), "new", "object");
	assert_json(take(&result, TOCSIN_RETURNS_OBJECT), "{\"new\": \"object\"}");
}

/* Asking for the object again and again costs nothing. */
static void test_object_is_one(void **state)
{
	struct tocsin_result result;
	size_t before;

	(void)state;
	result_init(&result, NULL, NULL);
	tocsin_result_object(&result);
	before = result.arena.total;
	for (int i = 0; i < 100000; i++)
		tocsin_put_text(tocsin_result_object(&result), "", NULL);
	assert_int_equal(result.arena.total, before);
	result_release(&result);
}

/* ---- Text ---- */

static void test_format(void **state)
{
	struct tocsin_result result;
	const char *one, *other;

	(void)state;
	result_init(&result, NULL, NULL);
	one = tocsin_format(&result, "%s-%d", "a", 1);
	other = tocsin_format(&result, "%s", "");
	assert_string_equal(one, "a-1");
	assert_string_equal(other, "");
	assert_int_equal(strlen(tocsin_format(&result, "%5000d", 1)), 5000);
	assert_string_equal(one, "a-1");
	result_release(&result);
}

static void test_case(void **state)
{
	static const char *const cases[][3] = {
		{"", "", ""},
		{"Critical 4U!", "critical 4u!", "CRITICAL 4U!"},
		{"@[`{", "@[`{", "@[`{"},
		{"\xc3\x9c"
		 "Ber",
		 "\xc3\x9c"
		 "ber",
		 "\xc3\x9c"
		 "BER"}, /* ASCII only */
	};
	struct tocsin_result result;

	(void)state;
	result_init(&result, NULL, NULL);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_string_equal(tocsin_lower(&result, cases[i][0]), cases[i][1]);
		assert_string_equal(tocsin_upper(&result, cases[i][0]), cases[i][2]);
	}
	result_release(&result);
}

static void test_replace(void **state)
{
	static const char *const cases[][4] = {
		{"a b c", " ", "-", "a-b-c"},
		{"aaa", "a", "", ""},
		{"", "a", "b", ""},
		{"aaaa", "aa", "b", "bb"},
		{"aaa", "aa", "b", "ba"},
		{"abc", "abc", "abcabc", "abcabc"},
		{"a&b<c", "&", "&amp;", "a&amp;b<c"},
		{"abc", "x", "y", "abc"},
		{"\xe2\x82\xac\xe2\x82\xac", "\xe2\x82\xac", "E", "EE"},
	};
	struct tocsin_result result;

	(void)state;
	result_init(&result, NULL, NULL);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(tocsin_replace(&result, cases[i][0], cases[i][1], cases[i][2]), cases[i][3]);
	result_release(&result);
}

#define DOTS "\xe2\x80\xa6"

static void test_shorten(void **state)
{
	static const struct {
		const char *text;
		size_t characters;
		const char *shortened;
	} cases[] = {
		{"abc", 4, "abc"},
		{"abc", 3, "abc"},
		{"abc", 2, "a" DOTS},
		{"abc", 1, DOTS},
		{"abc", 0, ""},
		{"", 0, ""},
		{"abc", SIZE_MAX, "abc"},
		{"\xc3\xbc\xc3\xbc\xc3\xbc", 3, "\xc3\xbc\xc3\xbc\xc3\xbc"},
		{"\xc3\xbc\xc3\xbc\xc3\xbc", 2, "\xc3\xbc" DOTS},
		{"\xf0\x9f\x94\x94\xe2\x82\xac\xc3\xbc"
		 "a",
		 3, "\xf0\x9f\x94\x94\xe2\x82\xac" DOTS},
		{"\xf0\x9f\x94\x94\xe2\x82\xac\xc3\xbc"
		 "a",
		 2, "\xf0\x9f\x94\x94" DOTS},
		{"not UTF-8: \xff\xff", 3, "not UTF-8: \xff\xff"}, /* refused where it is put */
	};
	struct tocsin_result result;

	(void)state;
	result_init(&result, NULL, NULL);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(tocsin_shorten(&result, cases[i].text, cases[i].characters), cases[i].shortened);
	result_release(&result);
}

/* Every length of a text of mixed characters: never more than asked for, always UTF-8. */
static void test_shorten_at_every_border(void **state)
{
	static const char text[] = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x94\x94z\xf0\x9f\x94\x94\xe2\x82\xac\xc3\xbc";
	struct tocsin_result result;

	(void)state;
	result_init(&result, NULL, NULL);
	for (size_t characters = 0; characters < 12; characters++) {
		const char *shortened = tocsin_shorten(&result, text, characters);

		assert_true(text_is_utf8(shortened, strlen(shortened)));
		assert_int_equal(text_characters(shortened), characters < 8 ? characters : 8);
	}
	result_release(&result);
}

/* ---- Reading ---- */

static void test_reading(void **state)
{
	json_t *json = json_of("{\"text\": \"a\", \"integer\": -7, \"number\": 1.5, \"boolean\": true, \"null\": null, "
			       "\"list\": [\"a\", 2], \"map\": {\"k\": \"v\"}}");
	const struct tocsin_value *value = value_of_json(json), *list = tocsin_get(value, "list");

	(void)state;
	assert_int_equal(tocsin_count(value), 7);
	assert_int_equal(tocsin_count(list), 2);
	assert_int_equal(tocsin_count(tocsin_get(value, "text")), 0);
	assert_string_equal(tocsin_text(tocsin_get(value, "text"), ""), "a");
	assert_string_equal(tocsin_text(tocsin_get(value, "integer"), "other"), "other");
	assert_null(tocsin_text(tocsin_get(value, "null"), NULL));
	assert_int_equal(tocsin_integer(tocsin_get(value, "integer"), 0), -7);
	assert_int_equal(tocsin_integer(tocsin_get(value, "number"), 9), 9);
	assert_true(tocsin_number(tocsin_get(value, "integer"), 9) == -7);
	assert_true(tocsin_number(tocsin_get(value, "text"), 9.5) == 9.5);
	assert_true(tocsin_number(NULL, 0.5) == 0.5);
	for (size_t i = 0; i < tocsin_count(value); i++)
		assert_non_null(tocsin_get(value, tocsin_key(value, i)));
	assert_null(tocsin_key(value, tocsin_count(value)));
	assert_null(tocsin_key(NULL, 0));
	assert_null(tocsin_key(tocsin_get(value, "text"), 0));
	assert_int_equal(tocsin_integer(tocsin_get(value, "text"), 9), 9);
	assert_true(tocsin_boolean(tocsin_get(value, "boolean"), false));
	assert_true(tocsin_boolean(tocsin_get(value, "null"), true));
	assert_false(tocsin_boolean(tocsin_get(value, "integer"), false));
	assert_string_equal(tocsin_text(tocsin_at(list, 0), ""), "a");
	assert_int_equal(tocsin_integer(tocsin_at(list, 1), 0), 2);
	assert_null(tocsin_at(list, 2));
	assert_null(tocsin_at(list, SIZE_MAX));
	assert_null(tocsin_at(value, 0));
	assert_null(tocsin_get(list, "text"));
	assert_null(tocsin_get(value, "absent"));
	assert_null(tocsin_get(value, NULL));
	assert_string_equal(tocsin_text(tocsin_get(tocsin_get(value, "map"), "k"), ""), "v");
	json_decref(json);
}

static void test_map_get(void **state)
{
	static const struct tocsin_pair pairs[] = {{"a", "1"}, {"b", ""}};
	static const struct tocsin_map map = {2, pairs}, empty = {0};

	(void)state;
	assert_string_equal(tocsin_map_get(&map, "a", "other"), "1");
	assert_string_equal(tocsin_map_get(&map, "b", "other"), "");
	assert_string_equal(tocsin_map_get(&map, "c", "other"), "other");
	assert_null(tocsin_map_get(&map, "", NULL));
	assert_string_equal(tocsin_map_get(&map, NULL, "other"), "other");
	assert_string_equal(tocsin_map_get(&empty, "a", "other"), "other");
}

static void test_outcomes(void **state)
{
	static const char *const names[] = {"delivered", "retry", "rejected"};

	(void)state;
	for (uint32_t outcome = 0; outcome < COUNT_OF(names); outcome++) {
		struct tocsin_result result;
		struct tocsin_object *object;
		char expected[128];

		result_init(&result, NULL, NULL);
		object = tocsin_result_outcome(&result, (enum tocsin_outcome)outcome, "said \"so\"");
		tocsin_put_text(object, "reference", "T-1");
		snprintf(expected, sizeof(expected),
			 "{\"outcome\": \"%s\", \"reason\": \"said \\\"so\\\"\", \"reference\": \"T-1\"}",
			 names[outcome]);
		assert_json(take(&result, TOCSIN_RETURNS_OBJECT), expected);
	}
}

/* ---- Nested calls ---- */

struct inner {
	int calls;
	const char *json; /* NULL: fails */
};

static enum tocsin_code invoke(void *host, const char *action, const void *arguments, json_t **ret_value,
			       struct tocsin_error *err)
{
	struct inner *inner = host;

	inner->calls++;
	assert_string_equal(action, "deliver");
	assert_string_equal(arguments, "arguments");
	if (!inner->json)
		return tocsin_fail(err, TOCSIN_FAILED, "the inner call failed");
	*ret_value = json_of(inner->json);
	return TOCSIN_OK;
}

static void test_nested_calls(void **state)
{
	struct inner inner = {.json = "{\"payload\": {\"b\": 1, \"a\": 2}}"};
	const struct tocsin_value *first, *second, *none = value_of_json(json_true());
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_result result;

	(void)state;
	result_init(&result, invoke, &inner);
	assert_int_equal(tocsin_invoke(&result, "deliver", "arguments", &first, &err), TOCSIN_OK);
	assert_int_equal(tocsin_invoke(&result, "deliver", "arguments", &second, &err), TOCSIN_OK);
	assert_ptr_not_equal(first, second);
	inner.json = "null";
	assert_int_equal(tocsin_invoke(&result, "deliver", "arguments", &none, &err), TOCSIN_OK);
	assert_null(none); /* the action returned nothing */
	assert_int_equal(tocsin_invoke(&result, "deliver", "arguments", NULL, &err), TOCSIN_OK);
	assert_int_equal(inner.calls, 4);
	tocsin_result_json(&result, tocsin_get(first, "payload"));
	assert_json(take(&result, TOCSIN_RETURNS_TEXT), "\"{\\\"a\\\": 2, \\\"b\\\": 1}\"");
}

static void test_nested_calls_that_fail(void **state)
{
	const struct tocsin_value *value = NULL;
	struct inner inner = {.json = NULL};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_result result;

	(void)state;
	result_init(&result, invoke, &inner);
	assert_int_equal(tocsin_invoke(&result, "deliver", "arguments", &value, &err), TOCSIN_FAILED);
	assert_string_equal(tocsin_error_at(&err, 0), "the inner call failed");
	assert_null(value);
	assert_int_equal(tocsin_invoke(&result, "deliver", "arguments", &value, NULL), TOCSIN_FAILED);
	tocsin_result_text(&result, "went on"); /* the action may live with it */
	assert_json(take(&result, TOCSIN_RETURNS_TEXT), "\"went on\"");

	/* A result that has failed calls nobody. */
	inner = (struct inner){.json = "{}"};
	result_init(&result, invoke, &inner);
	tocsin_result_text(&result, "\xff");
	assert_int_equal(tocsin_invoke(&result, "deliver", "arguments", &value, &err), TOCSIN_INVALID);
	assert_string_equal(tocsin_error_at(&err, 0), "the text of \"result\" is not UTF-8");
	assert_int_equal(inner.calls, 0);
	result_release(&result);

	result_init(&result, NULL, NULL);
	assert_int_equal(tocsin_invoke(&result, "deliver", "arguments", &value, &err), TOCSIN_DENIED);
	assert_string_equal(tocsin_error_at(&err, 0), "deliver cannot be called from here");
	assert_int_equal(tocsin_invoke(&result, NULL, NULL, &value, NULL), TOCSIN_DENIED);
	result_release(&result);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_object_of_everything),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_json_text),
		cmocka_unit_test(test_declared_type),
		cmocka_unit_test(test_null_text_is_no_text),
		cmocka_unit_test(test_type_names),
		cmocka_unit_test(test_null_everywhere),
		cmocka_unit_test(test_first_failure_sticks),
		cmocka_unit_test(test_at_the_ceilings),
		cmocka_unit_test(test_replaced_containers),
		cmocka_unit_test(test_replaced_result),
		cmocka_unit_test(test_object_is_one),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_case),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_shorten),
		cmocka_unit_test(test_shorten_at_every_border),
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_map_get),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_nested_calls),
		cmocka_unit_test(test_nested_calls_that_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

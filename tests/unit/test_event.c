/* SPDX-License-Identifier: Apache-2.0 */
/* Events: statuses, releases, the names that are made from contents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "incident/digest.h"
#include "incident/event.h"

static void test_statuses(void **state)
{
	static const char *const bad[] = {"", "Firing", "firing ", "fire", "unknown", "resolve"};
	enum event_status status;

	(void)state;
	assert_string_equal(event_status_name(EVENT_FIRING), "firing");
	assert_string_equal(event_status_name(EVENT_ACKNOWLEDGED), "acknowledged");
	assert_string_equal(event_status_name(EVENT_RESOLVED), "resolved");
	assert_int_equal(event_status_parse("resolved", &status), 0);
	assert_int_equal(status, EVENT_RESOLVED);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(event_status_parse(bad[i], &status), -1);
	assert_int_equal(status, EVENT_RESOLVED);
}

static void test_release(void **state)
{
	struct events events = {.items = mem_array(2, sizeof(*events.items)), .count = 2};

	(void)state;
	event_release(NULL);
	events_release(NULL);
	events_release(&(struct events){0});
	events.items[0].title = mem_text("half built");
	events.items[0].labels = json_object();
	events_release(&events);
	assert_null(events.items);
	events_release(&events);
}

/*
 * Services keep these names: they must stay what they are. SHA-256 over the texts, each behind its length as
 * eight bytes, most significant first; the number of pairs before the map's sorted pairs.
 */
static void test_digest_is_stable(void **state)
{
	char hexadecimal[DIGEST_HEXADECIMAL_ROOM], base32[DIGEST_BASE32_ROOM];
	json_t *labels = json_pack("{s:s, s:s}", "team", "db", "alertname", "Disk");
	struct digest digest, same;

	(void)state;
	digest_init(&digest, "a test");
	digest_map(&digest, labels);
	digest_text(&digest, "x");
	same = digest;
	digest_hexadecimal(&digest, hexadecimal);
	digest_base32(&same, base32);
	assert_string_equal(hexadecimal, "2931fb5115afcf084d12378965eabf72");
	assert_string_equal(base32, "fey7wuivv7hqqtisg6ewl2v7ok");
	json_decref(labels);
}

/* Lists of texts that look alike when they are joined. */
static void test_digest_is_unambiguous(void **state)
{
	static const char *const lists[][4] = {
		{"ab", "c"},	 {"a", "bc"},	  {"abc"}, {"abc", ""}, {"", "abc"},
		{"a", "b", "c"}, {"ab", "", "c"}, {""},	   {"", ""},	{NULL},
	};
	char names[COUNT_OF(lists)][DIGEST_BASE32_ROOM];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		struct digest digest;

		digest_init(&digest, "a test");
		for (size_t j = 0; j < COUNT_OF(lists[i]) && lists[i][j]; j++)
			digest_text(&digest, lists[i][j]);
		digest_base32(&digest, names[i]);
		assert_int_equal(strlen(names[i]), 26);
		assert_int_equal(strspn(names[i], "abcdefghijklmnopqrstuvwxyz234567"), 26);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
}

static void test_digest_of_maps(void **state)
{
	static const char *const maps[] = {
		"{}",
		"{\"a\": \"b\"}",
		"{\"ab\": \"\"}",
		"{\"\": \"ab\"}",
		"{\"a\": \"b\", \"c\": \"d\"}",
		"{\"a\": \"bcd\"}",
		"{\"a\": \"d\", \"c\": \"b\"}",
		"{\"b\": \"a\"}",
	};
	char names[COUNT_OF(maps)][DIGEST_HEXADECIMAL_ROOM], again[DIGEST_HEXADECIMAL_ROOM];
	json_t *one = json_pack("{s:s, s:s}", "c", "d", "a", "b");
	struct digest digest;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(maps); i++) {
		json_t *map = json_loads(maps[i], 0, NULL);

		digest_init(&digest, "a test");
		digest_map(&digest, map);
		digest_hexadecimal(&digest, names[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
		json_decref(map);
	}
	/* The order of insertion is nothing. */
	digest_init(&digest, "a test");
	digest_map(&digest, one);
	digest_hexadecimal(&digest, again);
	assert_string_equal(again, names[4]);
	json_decref(one);
	/* Nor can a purpose be mistaken for contents. */
	digest_init(&digest, "another test");
	digest_hexadecimal(&digest, again);
	digest_init(&digest, "a test");
	digest_hexadecimal(&digest, names[0]);
	assert_string_not_equal(again, names[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statuses),	 cmocka_unit_test(test_release),
		cmocka_unit_test(test_digest_is_stable), cmocka_unit_test(test_digest_is_unambiguous),
		cmocka_unit_test(test_digest_of_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

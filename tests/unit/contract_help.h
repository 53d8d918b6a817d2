/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTRACT_HELP_H
#define TESTS_CONTRACT_HELP_H

/* What the tests of the contract layer share: JSON as text, problems as text, fields and plugins from rows. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "contract/plugin.h"

/* A row of the kind for a member at the beginning of a struct. */
#define ROW(kind_, ...)                                                                                                \
	{                                                                                                              \
		.name = "x", .description = "A test.", .kind = TOCSIN_KIND_##kind_, __VA_ARGS__                        \
	}

/* JSON as a test writes it, NUL in text allowed. New reference. */
static inline json_t *json_of(const char *text)
{
	json_error_t reason;
	json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &reason);

	if (!json)
		fail_msg("the test's JSON %s: %s", text, reason.text);
	return json;
}

/* Compares and releases `json`. */
static inline void assert_json(json_t *json, const char *expected)
{
	char *text = json_text(json, JSON_STYLE_LINE);

	assert_string_equal(text, expected);
	mem_free(text);
	json_decref(json);
}

/* All problems, "path: message" a line, in a buffer that the next call uses again. */
static inline const char *lines_of(const struct problems *problems)
{
	static char text[65536];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < problems->count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s: %s", i ? "\n" : "",
					 problems->items[i].path, problems->items[i].message);
	return text;
}

/* A compiled row and what it lives in. */
struct made_field {
	struct arena arena;
	struct field field;
};

static inline void make_field(const struct tocsin_field *row, struct made_field *ret_made)
{
	struct problems problems = {0};

	*ret_made = (struct made_field){0};
	if (field_compile(row, FIELD_PARAMETER, 64, &ret_made->arena, "x", &ret_made->field, &problems)) {
		/* secrets are settings, objects are parameters; the tests want both */
		problems_release(&problems);
		field_release(&ret_made->field);
		if (field_compile(row, FIELD_SETTING, 64, &ret_made->arena, "x", &ret_made->field, &problems))
			fail_msg("the test's row: %s", lines_of(&problems));
	}
}

static inline void release_field(struct made_field *made)
{
	field_release(&made->field);
	arena_release(&made->arena);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions; see pattern.h. Parentheses nest 32 deep at most, what PCRE2 makes of an expression has its
 * ceiling, and the limits below bound the steps and the memory of one comparison: tens of milliseconds.
 */
#include "contract/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "base/alloc.h"

#define PARENTHESES_DEPTH 32
#define MATCH_STEPS 100000
#define MATCH_HEAP_KIB 1024

struct pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
};

static void *allocate(size_t size, void *data)
{
	(void)data;
	return mem_alloc(size);
}

static void release(void *memory, void *data)
{
	(void)data;
	mem_free(memory);
}

enum tocsin_code pattern_new(const char *expression, enum pattern_author author, struct pattern **ret_pattern,
			     struct tocsin_error *err)
{
	const uint32_t options = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C |
				 (author == PATTERN_OF_OPERATOR ? PCRE2_DOTALL : 0);
	struct pattern *pattern = mem_zero(sizeof(*pattern));
	pcre2_general_context *memory = pcre2_general_context_create(allocate, release, NULL);
	pcre2_compile_context *context = memory ? pcre2_compile_context_create(memory) : NULL;
	enum tocsin_code code = TOCSIN_NO_MEMORY;
	PCRE2_UCHAR reason[128];
	PCRE2_SIZE offset;
	size_t size = 0;
	int number;

	if (!pattern || !context)
		goto out;
	if (author == PATTERN_OF_PLUGIN && strlen(expression) > PATTERN_CEILING) {
		code = tocsin_fail(err, TOCSIN_LIMIT, "the expression is longer than %d bytes", PATTERN_CEILING);
		goto out;
	}
	pcre2_set_parens_nest_limit(context, PARENTHESES_DEPTH);
	pattern->code =
		pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED, options, &number, &offset, context);
	if (!pattern->code) {
		if (number == PCRE2_ERROR_HEAP_FAILED)
			goto out;
		pcre2_get_error_message(number, reason, sizeof(reason));
		code = tocsin_fail(err, TOCSIN_INVALID, "the expression is wrong at byte %zu: %s", offset + 1,
				   (const char *)reason);
		goto out;
	}
	pcre2_pattern_info(pattern->code, PCRE2_INFO_SIZE, &size);
	if (author == PATTERN_OF_PLUGIN && size > PATTERN_COMPILED_CEILING) {
		code = tocsin_fail(err, TOCSIN_LIMIT,
				   "the expression repeats too much: it takes %zu bytes, %d are allowed", size,
				   PATTERN_COMPILED_CEILING);
		goto out;
	}
	pattern->limits = pcre2_match_context_create(memory);
	if (!pattern->limits)
		goto out;
	pcre2_set_match_limit(pattern->limits, MATCH_STEPS);
	pcre2_set_heap_limit(pattern->limits, MATCH_HEAP_KIB);
	*ret_pattern = pattern;
	pattern = NULL;
	code = TOCSIN_OK;
out:
	if (code == TOCSIN_NO_MEMORY)
		tocsin_fail(err, code, "no memory for an expression");
	pcre2_compile_context_free(context);
	pcre2_general_context_free(memory);
	pattern_free(pattern);
	return code;
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	pcre2_match_context_free(pattern->limits);
	pcre2_code_free(pattern->code);
	mem_free(pattern);
}

enum tocsin_code pattern_compare(const struct pattern *pattern, const char *text, bool *ret_matches,
				 struct tocsin_error *err)
{
	pcre2_match_data *match = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	PCRE2_UCHAR reason[128];
	int count;

	if (!match)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to compare with an expression");
	count = pcre2_match(pattern->code, (PCRE2_SPTR)text, strlen(text), 0, 0, match, pattern->limits);
	pcre2_match_data_free(match);
	if (count > 0 || count == PCRE2_ERROR_NOMATCH) {
		*ret_matches = count > 0;
		return TOCSIN_OK;
	}
	if (count == PCRE2_ERROR_NOMEMORY)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to compare with an expression");
	pcre2_get_error_message(count, reason, sizeof(reason));
	return tocsin_fail(err, TOCSIN_LIMIT, "comparing with the expression was given up: %s", (const char *)reason);
}

bool pattern_matches(const struct pattern *pattern, const char *text)
{
	bool matches = false;

	return !pattern_compare(pattern, text, &matches, NULL) && matches;
}

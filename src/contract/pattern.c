/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions; see pattern.h. PCRE2 refuses to compile what would grow beyond 64 KiB; the limits below
 * bound the steps and the memory of one match.
 */
#include "contract/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "base/alloc.h"

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

enum tocsin_code pattern_new(const char *expression, struct pattern **ret_pattern, struct tocsin_error *err)
{
	const uint32_t options = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
	struct pattern *pattern = mem_zero(sizeof(*pattern));
	pcre2_general_context *memory = pcre2_general_context_create(allocate, release, NULL);
	pcre2_compile_context *context = memory ? pcre2_compile_context_create(memory) : NULL;
	enum tocsin_code code = TOCSIN_OK;
	PCRE2_UCHAR reason[128];
	PCRE2_SIZE offset;
	int number;

	if (!pattern || !context)
		goto no_memory;
	if (strlen(expression) > PATTERN_CEILING) {
		code = tocsin_fail(err, TOCSIN_LIMIT, "the expression is longer than %d bytes", PATTERN_CEILING);
		goto out;
	}
	pcre2_set_parens_nest_limit(context, 32);
	pattern->code =
		pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED, options, &number, &offset, context);
	if (!pattern->code && number == PCRE2_ERROR_HEAP_FAILED)
		goto no_memory;
	if (!pattern->code) {
		pcre2_get_error_message(number, reason, sizeof(reason));
		code = tocsin_fail(err, TOCSIN_INVALID, "the expression is wrong at character %zu: %s", offset + 1,
				   (const char *)reason);
		goto out;
	}
	pattern->limits = pcre2_match_context_create(memory);
	if (!pattern->limits)
		goto no_memory;
	pcre2_set_match_limit(pattern->limits, MATCH_STEPS);
	pcre2_set_heap_limit(pattern->limits, MATCH_HEAP_KIB);
	*ret_pattern = pattern;
	pattern = NULL;
	goto out;
no_memory:
	code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for an expression");
out:
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

bool pattern_matches(const struct pattern *pattern, const char *text)
{
	pcre2_match_data *match = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	int count;

	if (!match)
		return false;
	count = pcre2_match(pattern->code, (PCRE2_SPTR)text, strlen(text), 0, 0, match, pattern->limits);
	pcre2_match_data_free(match);
	return count > 0;
}

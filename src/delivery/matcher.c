/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One condition on a label; see matcher.h.
 *
 * Expressions are the operator's, the values they meet are a stranger's. So compiling has only a size
 * limit, and matching has limits on steps and memory: a label made to cost us time gets "undecided", not
 * our time. Nothing here is fatal.
 */
#include "delivery/matcher.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

#define MATCH_STEPS 200000
#define MATCH_HEAP_KIB 1024

struct expression {
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

static void expression_free(struct expression *expression)
{
	if (!expression)
		return;
	pcre2_match_context_free(expression->limits);
	pcre2_code_free(expression->code);
	mem_free(expression);
}

static enum tocsin_code expression_new(const char *text, struct expression **ret_expression, struct tocsin_error *err)
{
	const uint32_t options =
		PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF | PCRE2_DOTALL | PCRE2_NEVER_BACKSLASH_C;
	struct expression *expression = mem_zero(sizeof(*expression));
	pcre2_general_context *memory = pcre2_general_context_create(allocate, release, NULL);
	pcre2_compile_context *context = memory ? pcre2_compile_context_create(memory) : NULL;
	enum tocsin_code code = TOCSIN_OK;
	PCRE2_UCHAR reason[128];
	PCRE2_SIZE offset;
	int number;

	if (!expression || !context)
		goto no_memory;
	expression->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &number, &offset, context);
	if (!expression->code && number == PCRE2_ERROR_HEAP_FAILED)
		goto no_memory;
	if (!expression->code) {
		pcre2_get_error_message(number, reason, sizeof(reason));
		code = tocsin_fail(err, TOCSIN_INVALID, "the expression \"%s\" is wrong at character %zu: %s", text,
				   offset + 1, (const char *)reason);
		goto out;
	}
	expression->limits = pcre2_match_context_create(memory);
	if (!expression->limits)
		goto no_memory;
	pcre2_set_match_limit(expression->limits, MATCH_STEPS);
	pcre2_set_heap_limit(expression->limits, MATCH_HEAP_KIB);
	*ret_expression = expression;
	expression = NULL;
	goto out;
no_memory:
	code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for an expression");
out:
	pcre2_compile_context_free(context);
	pcre2_general_context_free(memory);
	expression_free(expression);
	return code;
}

static enum matcher_verdict expression_ask(const struct expression *expression, const char *text)
{
	pcre2_match_data *match = pcre2_match_data_create_from_pattern(expression->code, NULL);
	int count;

	if (!match)
		return MATCHER_UNDECIDED;
	count = pcre2_match(expression->code, (PCRE2_SPTR)text, strlen(text), 0, 0, match, expression->limits);
	pcre2_match_data_free(match);
	if (count == PCRE2_ERROR_NOMATCH)
		return MATCHER_NO;
	return count >= 0 ? MATCHER_YES : MATCHER_UNDECIDED;
}

static const char *skip_space(const char *text)
{
	while (text_is_space(*text))
		text++;
	return text;
}

/* What ends a name or value that stands without quotes. */
static bool is_reserved(char byte)
{
	return !byte || text_is_space(byte) || (unsigned char)byte < 0x20 || byte == 0x7f ||
	       strchr("{}!=~,\\\"'`", byte);
}

/* Reads a text in quotes; `*text` stands on the first quote and is moved behind the last. */
static enum tocsin_code read_quoted(const char **text, char *into, struct tocsin_error *err)
{
	const char *byte = *text + 1;

	for (; *byte && *byte != '"'; byte++) {
		if (*byte != '\\' || !byte[1]) {
			*into++ = *byte;
			continue;
		}
		byte++;
		if (*byte == 'n') {
			*into++ = '\n';
		} else {
			if (*byte != '"' && *byte != '\\')
				*into++ = '\\';
			*into++ = *byte;
		}
	}
	*into = '\0';
	if (!*byte)
		return tocsin_fail(err, TOCSIN_INVALID, "the quote at its beginning is not closed");
	*text = byte + 1;
	return TOCSIN_OK;
}

/* Reads a name or a value, in quotes or plain, into a new text. */
static enum tocsin_code read_word(const char **text, char **ret_word, struct tocsin_error *err)
{
	char *word = mem_alloc(strlen(*text) + 1);
	enum tocsin_code code = TOCSIN_OK;
	size_t length = 0;

	if (!word)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a condition");
	if (**text == '"') {
		code = read_quoted(text, word, err);
	} else {
		while (!is_reserved((*text)[length]))
			length++;
		memcpy(word, *text, length);
		word[length] = '\0';
		*text += length;
	}
	if (code)
		mem_free(word);
	else
		*ret_word = word;
	return code;
}

static enum tocsin_code read_operator(const char **text, enum matcher_operator *ret_operator, struct tocsin_error *err)
{
	static const struct {
		const char *text;
		enum matcher_operator operator;
	} operators[] = {
		{"=~", MATCH_EXPRESSION}, {"!~", MATCH_NOT_EXPRESSION}, {"!=", MATCH_NOT_EQUAL}, {"=", MATCH_EQUAL}};

	for (size_t i = 0; i < COUNT_OF(operators); i++)
		if (text_starts_with(*text, operators[i].text)) {
			*text += strlen(operators[i].text);
			*ret_operator = operators[i].operator;
			return TOCSIN_OK;
		}
	return tocsin_fail(err, TOCSIN_INVALID, "behind the label's name there is none of = != =~ !~");
}

static enum tocsin_code read_parts(const char *text, struct matcher *matcher, struct tocsin_error *err)
{
	enum tocsin_code code;
	bool is_quoted;

	text = skip_space(text);
	code = read_word(&text, &matcher->label, err);
	if (code)
		return tocsin_wrap(err, "reading the label's name");
	if (!matcher->label || !*matcher->label)
		return tocsin_fail(err, TOCSIN_INVALID, "it does not begin with a label's name");
	text = skip_space(text);
	code = read_operator(&text, &matcher->operator, err);
	if (code)
		return code;
	text = skip_space(text);
	is_quoted = *text == '"';
	code = read_word(&text, &matcher->value, err);
	if (code)
		return tocsin_wrap(err, "reading the value");
	if (*skip_space(text))
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the value goes on with \"%s\": put it in quotes, as in name=\"value\"", text);
	if (!is_quoted && !*matcher->value)
		return tocsin_fail(err, TOCSIN_INVALID, "it has no value: write \"\" for the empty text");
	return TOCSIN_OK;
}

enum tocsin_code matcher_read(const char *text, struct matcher *ret_matcher, struct tocsin_error *err)
{
	struct matcher matcher = {0};
	struct expression *expression = NULL;
	enum tocsin_code code;

	if (strlen(text) > MATCHER_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "the condition is longer than %d bytes", MATCHER_CEILING);
	if (!text_is_utf8(text, strlen(text)))
		return tocsin_fail(err, TOCSIN_INVALID, "the condition is not UTF-8");
	code = read_parts(text, &matcher, err);
	if (code) {
		tocsin_wrap(err, "%s is no condition", text);
		goto out;
	}
	if (matcher.operator== MATCH_EXPRESSION || matcher.operator== MATCH_NOT_EXPRESSION) {
		code = expression_new(matcher.value, &expression, err);
		if (code)
			goto out;
		matcher.expression = expression;
	}
	*ret_matcher = matcher;
	matcher = (struct matcher){0};
out:
	matcher_release(&matcher);
	return code;
}

void matcher_release(struct matcher *matcher)
{
	if (!matcher)
		return;
	mem_free(matcher->label);
	mem_free(matcher->value);
	expression_free(matcher->expression);
	*matcher = (struct matcher){0};
}

enum matcher_verdict matcher_ask(const struct matcher *matcher, const json_t *labels)
{
	const char *value = json_get_text(labels, matcher->label, "");
	const bool wanted = matcher->operator== MATCH_EQUAL || matcher->operator== MATCH_EXPRESSION;
	enum matcher_verdict verdict;

	if (matcher->expression)
		verdict = expression_ask(matcher->expression, value);
	else
		verdict = strcmp(value, matcher->value) == 0 ? MATCHER_YES : MATCHER_NO;
	if (verdict == MATCHER_UNDECIDED)
		return verdict;
	return (verdict == MATCHER_YES) == wanted ? MATCHER_YES : MATCHER_NO;
}

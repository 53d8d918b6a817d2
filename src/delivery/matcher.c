/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One condition on a label; see matcher.h.
 *
 * Expressions are the operator's, the values they meet are a stranger's. So compiling has only a size
 * limit, and matching has limits on steps and memory: a label made to cost us time gets "undecided", not
 * our time. Nothing here is fatal.
 */
#include "delivery/matcher.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

static enum matcher_verdict ask_pattern(const struct pattern *pattern, const char *text)
{
	bool matches;

	if (pattern_compare(pattern, text, &matches, NULL))
		return MATCHER_UNDECIDED;
	return matches ? MATCHER_YES : MATCHER_NO;
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

static enum tocsin_code read_operator(const char **text, enum matcher_relation *ret_operator, struct tocsin_error *err)
{
	static const struct {
		const char *text;
		enum matcher_relation relation;
	} operators[] = {
		{"=~", MATCH_EXPRESSION}, {"!~", MATCH_NOT_EXPRESSION}, {"!=", MATCH_NOT_EQUAL}, {"=", MATCH_EQUAL}};

	for (size_t i = 0; i < COUNT_OF(operators); i++)
		if (text_starts_with(*text, operators[i].text)) {
			*text += strlen(operators[i].text);
			*ret_operator = operators[i].relation;
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
	if (code) {
		tocsin_wrap(err, "reading the label's name");
		return code;
	}
	if (!matcher->label || !*matcher->label)
		return tocsin_fail(err, TOCSIN_INVALID, "it does not begin with a label's name");
	text = skip_space(text);
	code = read_operator(&text, &matcher->relation, err);
	if (code)
		return code;
	text = skip_space(text);
	is_quoted = *text == '"';
	code = read_word(&text, &matcher->value, err);
	if (code) {
		tocsin_wrap(err, "reading the value");
		return code;
	}
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
	enum tocsin_code code;

	if (strlen(text) > MATCHER_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "the condition is longer than %d bytes", MATCHER_CEILING);
	if (!text_is_utf8(text, strlen(text)))
		return tocsin_fail(err, TOCSIN_INVALID, "the condition is not UTF-8");
	if (text_is_blank(text))
		return tocsin_fail(err, TOCSIN_INVALID,
				   "the condition is empty: write one such as severity=\"critical\", or leave it out");
	code = read_parts(text, &matcher, err);
	if (code) {
		tocsin_wrap(err, "%s is no condition", text);
		goto out;
	}
	if (matcher.relation == MATCH_EXPRESSION || matcher.relation == MATCH_NOT_EXPRESSION) {
		code = pattern_new(matcher.value, PATTERN_OF_OPERATOR, &matcher.pattern, err);
		if (code) {
			tocsin_wrap(err, "reading %s", text);
			goto out;
		}
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
	pattern_free(matcher->pattern);
	*matcher = (struct matcher){0};
}

enum matcher_verdict matcher_ask(const struct matcher *matcher, const json_t *labels)
{
	const char *value = json_get_text(labels, matcher->label, "");
	const bool wanted = matcher->relation == MATCH_EQUAL || matcher->relation == MATCH_EXPRESSION;
	enum matcher_verdict verdict;

	if (matcher->pattern)
		verdict = ask_pattern(matcher->pattern, value);
	else
		verdict = strcmp(value, matcher->value) == 0 ? MATCHER_YES : MATCHER_NO;
	if (verdict == MATCHER_UNDECIDED)
		return verdict;
	return (verdict == MATCHER_YES) == wanted ? MATCHER_YES : MATCHER_NO;
}

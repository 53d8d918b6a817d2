/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libyaml's complaints in words that help.
 *
 * libyaml says what it did not find; people need to know what to write. Its own words stay in the sentence,
 * for search engines, behind the advice. A complaint that the table does not know is passed on as it is.
 */
#include "config/syntax.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct {
	const char *problem; /* libyaml's words, or the beginning of them */
	const char *advice;
} advices[] = {
	{"mapping values are not allowed", "put text that holds \": \" in quotes, or mend the indentation"},
	{"did not find expected key", "mend the indentation, or put the text in quotes"},
	{"could not find expected ':'", "a key needs a ':' and a space behind it"},
	{"did not find expected '-' indicator", "begin all items of a list in the same column"},
	{"block sequence entries are not allowed", "begin the list on a line of its own"},
	{"found unexpected end of stream", "close the quote"},
	{"found unexpected document indicator", "close the quote"},
	{"found unknown escape character", "write \\\\ for a backslash, or use single quotes"},
	{"did not find expected hexdecimal number", "write \\\\ for a backslash, or use single quotes"},
	{"found invalid Unicode character escape code", "write the character itself"},
	{"did not find expected ',' or ']'", "close the list with ']', or separate its items with ','"},
	{"did not find expected ',' or '}'", "close the map with '}', or separate its members with ','"},
	{"did not find expected alphabetic or numeric character", "put text that begins with '*' or '&' in quotes"},
	{"found undefined tag handle", "put text that begins with '!' in quotes"},
	{"did not find expected tag URI", "put text that begins with '!' in quotes"},
	{"did not find expected whitespace or line break", "put text that begins with '!' or '%' in quotes"},
	{"found a tab character", "indent with spaces, not tabs"},
	{"found unknown directive name", "put text that begins with '%' in quotes"},
	{"did not find expected <document start>", "put text that begins with '%' in quotes, and have one map only"},
	{"did not find expected node content", "a value is missing, or begins with a character that needs quotes"},
};

static const char *advice_for(const char *problem)
{
	for (size_t i = 0; i < COUNT_OF(advices); i++)
		if (text_starts_with(problem, advices[i].problem))
			return advices[i].advice;
	return NULL;
}

/* Whether a line ends with the character at `text`, as YAML counts lines. */
static bool ends_line(const char *text, size_t length)
{
	if (*text == '\r')
		return length < 2 || text[1] != '\n';
	return *text == '\n' || (length >= 2 && memcmp(text, "\xc2\x85", 2) == 0) ||
	       (length >= 3 && (memcmp(text, "\xe2\x80\xa8", 3) == 0 || memcmp(text, "\xe2\x80\xa9", 3) == 0));
}

/* Describes the first character that may not be in a file, at or near `offset`. */
static struct position explain_character(const char *text, size_t length, size_t offset, int value,
					 char sentence[SYNTAX_ROOM])
{
	struct position position = {1, 1};
	size_t at = 0, bytes;

	while (at < length && at < offset) {
		bytes = text_character(text + at, length - at);
		if (!bytes)
			break;
		position.column++;
		if (ends_line(text + at, length - at))
			position = (struct position){position.line + 1, 1};
		at += bytes;
	}
	if (at == length)
		snprintf(sentence, SYNTAX_ROOM, "the file ends within a character");
	else if (text[at] == '\0')
		snprintf(sentence, SYNTAX_ROOM, "a NUL byte: the file must be text, in UTF-8");
	else if (!text_character(text + at, length - at))
		snprintf(sentence, SYNTAX_ROOM, "the byte 0x%02x is not UTF-8: save the file as UTF-8",
			 (unsigned char)text[at]);
	else
		snprintf(sentence, SYNTAX_ROOM, "the control character U+%04X: remove it", (unsigned)value);
	return position;
}

/* The one complaint that needs a look at the text: which character it was. `index` counts characters. */
static const char *advice_for_start(const char *text, size_t length, size_t index)
{
	size_t at = 0;

	while (at < length && index--) {
		const size_t bytes = text_character(text + at, length - at);

		at += bytes ? bytes : 1;
	}
	return at < length && text[at] == '\t' ? "indent with spaces, not tabs"
					       : "put text that begins with this character in quotes";
}

struct position syntax_explain(const yaml_parser_t *yaml, const char *text, size_t length, char sentence[SYNTAX_ROOM])
{
	const char *problem = yaml->problem ? yaml->problem : "no reason given";
	const char *advice = advice_for(problem);
	char since[48] = "";

	if (yaml->error == YAML_READER_ERROR)
		return explain_character(text, length, yaml->problem_offset, yaml->problem_value, sentence);
	if (!advice && text_starts_with(problem, "found character that cannot start any token"))
		advice = advice_for_start(text, length, yaml->problem_mark.index);
	if (yaml->context && yaml->context_mark.line < yaml->problem_mark.line)
		snprintf(since, sizeof(since), " that began in line %zu", yaml->context_mark.line + 1);
	snprintf(sentence, SYNTAX_ROOM, "not YAML: %s%s%s%s%s%s%s", advice ? advice : "", advice ? " (" : "",
		 yaml->context ? yaml->context : "", since, yaml->context ? ": " : "", problem, advice ? ")" : "");
	return (struct position){yaml->problem_mark.line + 1, yaml->problem_mark.column + 1};
}

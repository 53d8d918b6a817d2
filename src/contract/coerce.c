/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coercion: what a person or a peer wrote, made into the value that a field declares.
 *
 * One function a kind. Each takes JSON or text and gives JSON, or says what is wrong and gives nothing; none
 * guesses. The value of a secret is never repeated in a message. docs/guides/coercion.md has the rules as a
 * table, which a test compares with what happens here.
 */
#include "contract/coerce.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

const char *coercion_show(const struct coercion *coercion, const char *text, char buffer[SHOWN_ROOM])
{
	const size_t length = text_prefix(text, SHOWN_CHARACTERS);

	if (coercion->field->kind == TOCSIN_KIND_SECRET)
		return "the value";
	snprintf(buffer, SHOWN_ROOM, "\"%.*s%s\"", (int)length, text, text[length] ? "..." : "");
	return buffer;
}

json_t *coercion_misfit(const struct coercion *coercion, const json_t *value, const char *needed)
{
	problems_add(coercion->problems, coercion->path, "is %s, %s is needed", json_kind(value), needed);
	return NULL;
}

json_t *coercion_made(const struct coercion *coercion, json_t *value)
{
	if (!value)
		coercion->problems->lost++;
	return value;
}

bool coercion_allows(const struct coercion *coercion, size_t count, const char *one, const char *many)
{
	const struct field *field = coercion->field;
	const int64_t value = (int64_t)count;

	if (field->minimum.present && value < field->minimum.integer) {
		problems_add(coercion->problems, coercion->path, "has %zu %s, at least %lld %s needed", count,
			     count == 1 ? one : many, (long long)field->minimum.integer,
			     field->minimum.integer == 1 ? "is" : "are");
		return false;
	}
	if (field->maximum.present && value > field->maximum.integer) {
		problems_add(coercion->problems, coercion->path, "has %zu %s, at most %lld %s allowed", count,
			     count == 1 ? one : many, (long long)field->maximum.integer,
			     field->maximum.integer == 1 ? "is" : "are");
		return false;
	}
	return true;
}

const char *coercion_text(const struct coercion *coercion, const char *path, const json_t *value)
{
	const char *text = json_string_value(value);
	const size_t length = json_string_length(value);

	if (strlen(text) != length) {
		problems_add(coercion->problems, path, "holds a NUL character");
		return NULL;
	}
	if (length > FIELD_TEXT_CEILING) {
		problems_add(coercion->problems, path, "has %zu bytes, at most %zu are allowed", length,
			     FIELD_TEXT_CEILING);
		return NULL;
	}
	return text;
}

/* Whether an integer measure is within the limits, which the message shows as `write` writes them. */
static bool is_within(const struct coercion *coercion, int64_t value,
		      const char *(*write)(int64_t, char buffer[KIND_TEXT_ROOM]))
{
	const struct field *field = coercion->field;
	char written[KIND_TEXT_ROOM], limit[KIND_TEXT_ROOM];

	if (field->minimum.present && value < field->minimum.integer) {
		problems_add(coercion->problems, coercion->path, "%s is less than the minimum %s",
			     write(value, written), write(field->minimum.integer, limit));
		return false;
	}
	if (field->maximum.present && value > field->maximum.integer) {
		problems_add(coercion->problems, coercion->path, "%s is more than the maximum %s",
			     write(value, written), write(field->maximum.integer, limit));
		return false;
	}
	return true;
}

static bool has_pattern(const struct coercion *coercion, const char *text)
{
	const struct field *field = coercion->field;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char show[SHOWN_ROOM];
	bool matches = false;
	enum tocsin_code code;

	if (!field->expression)
		return true;
	code = pattern_compare(field->expression, text, &matches, &err);
	if (code == TOCSIN_NO_MEMORY)
		coercion->problems->lost++;
	else if (code)
		problems_add(coercion->problems, coercion->path, "%s cannot be compared with %s: %s",
			     coercion_show(coercion, text, show), field->pattern, tocsin_error_at(&err, 0));
	else if (!matches)
		problems_add(coercion->problems, coercion->path, "%s does not match %s",
			     coercion_show(coercion, text, show), field->pattern);
	return matches;
}

static json_t *read_string(const struct coercion *coercion, const char *text)
{
	if (!coercion_allows(coercion, text_characters(text), "character", "characters") ||
	    !has_pattern(coercion, text))
		return NULL;
	return coercion_made(coercion, json_string(text));
}

/* "a, b, c": as many choices as there is room for. */
#define CHOICES_ROOM 512

static const char *list_choices(const struct field *field, char buffer[CHOICES_ROOM])
{
	size_t used = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < field->choice_count; i++) {
		const char *separator = i ? ", " : "";
		const size_t length = strlen(separator) + strlen(field->choices[i]);

		if (length + sizeof(", ...") > CHOICES_ROOM - used) {
			snprintf(buffer + used, CHOICES_ROOM - used, "%s...", separator);
			break;
		}
		snprintf(buffer + used, CHOICES_ROOM - used, "%s%s", separator, field->choices[i]);
		used += length;
	}
	return buffer;
}

static json_t *read_choice(const struct coercion *coercion, const char *text)
{
	const struct field *field = coercion->field;
	char show[SHOWN_ROOM], choices[CHOICES_ROOM];
	const char *nearest;

	for (size_t i = 0; i < field->choice_count; i++)
		if (strcmp(text, field->choices[i]) == 0)
			return coercion_made(coercion, json_string(text));
	nearest = text_nearest(text, field->choices, field->choice_count);
	problems_add(coercion->problems, coercion->path, "%s is none of %s%s%s%s", coercion_show(coercion, text, show),
		     list_choices(field, choices), nearest ? "; did you mean " : "", nearest ? nearest : "",
		     nearest ? "?" : "");
	return NULL;
}

static bool is_host_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
	       byte == '.' || byte == '-' || byte == '_';
}

/* What is wrong with the part between "//" and the path; NULL when it is a host, or a host and a port. */
static const char *authority_fault(const char *authority, size_t length)
{
	size_t host = 0;
	int64_t port;
	char digits[8];

	if (memchr(authority, '@', length))
		return "holds a user name or password; use a secret setting";
	if (length && *authority == '[') {
		host = 1 + strspn(authority + 1, "0123456789abcdefABCDEF:.");
		if (host < 3 || host >= length || authority[host] != ']')
			return "has no IPv6 address between [ and ]";
		host++;
	} else {
		while (host < length && is_host_byte(authority[host]))
			host++;
	}
	if (!host)
		return "has no host";
	if (host == length)
		return NULL;
	if (authority[host] != ':')
		return "has a host name with a character that none can have";
	snprintf(digits, sizeof(digits), "%.*s", (int)(length - host - 1), authority + host + 1);
	if (length - host > 6 || !text_to_integer(digits, &port) || *digits == '+' || port < 1 || port > 65535)
		return "has a port that is no number from 1 to 65535";
	return NULL;
}

/*
 * Whether it has the shape of an absolute http or https URL without user information. Where a request
 * really goes is judged again, by libcurl's parser, when it is about to be sent.
 */
static const char *url_fault(const char *url)
{
	const char *authority;

	for (const unsigned char *byte = (const unsigned char *)url; *byte; byte++)
		if (*byte <= ' ' || *byte >= 0x7f || *byte == '\\' || *byte == '"' || *byte == '<' || *byte == '>')
			return "holds a character that a URL must percent-encode";
	if (text_starts_with(url, "https://"))
		authority = url + 8;
	else if (text_starts_with(url, "http://"))
		authority = url + 7;
	else
		return "is not a URL that begins with http:// or https://";
	return authority_fault(authority, strcspn(authority, "/?#"));
}

/* A message shows no URL in which there may be a password. */
static json_t *read_url(const struct coercion *coercion, const char *text)
{
	char show[SHOWN_ROOM];
	const char *fault;

	if (!coercion_allows(coercion, text_characters(text), "character", "characters"))
		return NULL;
	fault = url_fault(text);
	if (!fault)
		return coercion_made(coercion, json_string(text));
	problems_add(coercion->problems, coercion->path, "%s %s",
		     strchr(text, '@') ? "the URL" : coercion_show(coercion, text, show), fault);
	return NULL;
}

static json_t *read_secret(const struct coercion *coercion, const char *text)
{
	/* What a reference names is checked when it is read. */
	if (text_starts_with(text, "env:") || text_starts_with(text, "file:"))
		return coercion_made(coercion, json_string(text));
	return read_string(coercion, text);
}

static json_t *read_duration(const struct coercion *coercion, const char *text)
{
	char show[SHOWN_ROOM], written[KIND_TEXT_ROOM];
	int64_t ms;

	if (!duration_parse(text, &ms)) {
		problems_add(coercion->problems, coercion->path, "%s is not a duration such as 5s, 1h30m or 250ms",
			     coercion_show(coercion, text, show));
		return NULL;
	}
	if (!is_within(coercion, ms, duration_text))
		return NULL;
	return coercion_made(coercion, json_string(duration_text(ms, written)));
}

static json_t *read_size(const struct coercion *coercion, const char *text)
{
	char show[SHOWN_ROOM], written[KIND_TEXT_ROOM];
	int64_t bytes;

	if (!size_parse(text, &bytes)) {
		problems_add(coercion->problems, coercion->path, "%s is not a size such as 512, 64KiB or 1MB",
			     coercion_show(coercion, text, show));
		return NULL;
	}
	if (!is_within(coercion, bytes, size_text))
		return NULL;
	return coercion_made(coercion, json_string(size_text(bytes, written)));
}

static const char *integer_text(int64_t integer, char buffer[KIND_TEXT_ROOM])
{
	snprintf(buffer, KIND_TEXT_ROOM, "%lld", (long long)integer);
	return buffer;
}

static json_t *make_integer(const struct coercion *coercion, int64_t integer)
{
	return is_within(coercion, integer, integer_text) ? coercion_made(coercion, json_integer(integer)) : NULL;
}

static json_t *read_integer(const struct coercion *coercion, const char *text)
{
	const char *digits = text + (*text == '+' || *text == '-');
	const bool is_too_large = *digits && !digits[strspn(digits, "0123456789")];
	char show[SHOWN_ROOM];
	int64_t integer;

	if (text_to_integer(text, &integer))
		return make_integer(coercion, integer);
	problems_add(coercion->problems, coercion->path, "%s %s", coercion_show(coercion, text, show),
		     is_too_large ? "does not fit into 64 bits" : "is not an integer");
	return NULL;
}

static json_t *make_number(const struct coercion *coercion, double number)
{
	const struct field *field = coercion->field;
	char written[TEXT_NUMBER_ROOM], limit[TEXT_NUMBER_ROOM];

	if (field->minimum.present && number < field->minimum.number) {
		problems_add(coercion->problems, coercion->path, "%s is less than the minimum %s",
			     text_number(number, written), text_number(field->minimum.number, limit));
		return NULL;
	}
	if (field->maximum.present && number > field->maximum.number) {
		problems_add(coercion->problems, coercion->path, "%s is more than the maximum %s",
			     text_number(number, written), text_number(field->maximum.number, limit));
		return NULL;
	}
	return coercion_made(coercion, json_real(number));
}

static json_t *read_number(const struct coercion *coercion, const char *text)
{
	char show[SHOWN_ROOM];
	double number;

	if (text_to_number(text, &number))
		return make_number(coercion, number);
	problems_add(coercion->problems, coercion->path, "%s is not a finite number such as 3, 0.25 or 1e3",
		     coercion_show(coercion, text, show));
	return NULL;
}

static json_t *read_boolean(const struct coercion *coercion, const char *text)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
	char show[SHOWN_ROOM];

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (text_same_ignoring_case(text, words[i]))
			return json_boolean(i % 2 == 1);
	problems_add(coercion->problems, coercion->path, "%s is not true or false, yes or no, on or off, 1 or 0",
		     coercion_show(coercion, text, show));
	return NULL;
}

/* The kinds of single values: how a text is read, and what is needed where there is no text. */
struct reader {
	json_t *(*read)(const struct coercion *coercion, const char *text);
	const char *needed;
};

static const struct reader readers[] = {
	[TOCSIN_KIND_STRING] = {read_string, "text"},
	[TOCSIN_KIND_CHOICE] = {read_choice, "text"},
	[TOCSIN_KIND_URL] = {read_url, "text"},
	[TOCSIN_KIND_SECRET] = {read_secret, "text"},
	[TOCSIN_KIND_INTEGER] = {read_integer, "an integer"},
	[TOCSIN_KIND_NUMBER] = {read_number, "a number"},
	[TOCSIN_KIND_BOOLEAN] = {read_boolean, "a boolean"},
	[TOCSIN_KIND_DURATION] = {read_duration, "text such as 5s or 1h30m"},
	[TOCSIN_KIND_SIZE] = {read_size, "text such as 512 or 64KiB"},
};

/* Reads a JSON text without the white space around it. */
static json_t *coerce_text(const struct coercion *coercion, const json_t *value)
{
	const struct reader *reader = &readers[coercion->field->kind];
	const char *text = coercion_text(coercion, coercion->path, value);
	json_t *coerced = NULL;
	size_t length;
	char *trimmed;

	if (!text)
		return NULL;
	while (text_is_space(*text))
		text++;
	length = strlen(text);
	if (!length || !text_is_space(text[length - 1]))
		return reader->read(coercion, text);
	while (length && text_is_space(text[length - 1]))
		length--;
	trimmed = mem_alloc(length + 1);
	if (!trimmed) {
		coercion->problems->lost++;
		return NULL;
	}
	memcpy(trimmed, text, length);
	trimmed[length] = '\0';
	coerced = reader->read(coercion, trimmed);
	mem_free(trimmed);
	return coerced;
}

static json_t *coerce_one(const struct coercion *coercion, const json_t *value)
{
	const enum tocsin_kind kind = coercion->field->kind;

	if (json_is_string(value))
		return coerce_text(coercion, value);
	if (kind == TOCSIN_KIND_INTEGER && json_is_integer(value))
		return make_integer(coercion, json_integer_value(value));
	if (kind == TOCSIN_KIND_NUMBER && json_is_number(value))
		return make_number(coercion, json_number_value(value));
	if (kind == TOCSIN_KIND_BOOLEAN && json_is_boolean(value))
		return json_boolean(json_is_true(value));
	return coercion_misfit(coercion, value, readers[kind].needed);
}

enum tocsin_code field_coerce(const struct field *field, const json_t *value, const char *path, json_t **ret_value,
			      struct problems *problems)
{
	const struct coercion coercion = {field, path, problems};
	const struct problems before = *problems;
	json_t *coerced;

	switch (field->kind) {
	case TOCSIN_KIND_LIST:
	case TOCSIN_KIND_MAP:
		coerced = coerce_many(&coercion, value);
		break;
	case TOCSIN_KIND_OBJECT:
	case TOCSIN_KIND_OBJECTS:
		coerced = coerce_objects(&coercion, value);
		break;
	default:
		coerced = coerce_one(&coercion, value);
		break;
	}
	if (!coerced)
		return problems_since(problems, &before);
	*ret_value = coerced;
	return TOCSIN_OK;
}

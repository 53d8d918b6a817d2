/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coercion: what a person or a peer wrote, made into the value that a field declares.
 *
 * One function a kind. Each takes JSON and gives JSON, or says what is wrong and gives nothing; none
 * guesses. The value of a secret is never repeated in a message.
 */
#include "contract/field.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

/* One value on its way: where it is, where problems go. */
struct coercion {
	const struct field *field;
	const char *path;
	struct problems *problems;
};

/* A value as a message shows it: short, on one line, in quotes when it is text. */
#define SHOWN_CHARACTERS 48
#define SHOWN_ROOM (SHOWN_CHARACTERS * 4 + 8)

static const char *shown(const struct field *field, const char *text, char buffer[SHOWN_ROOM])
{
	const size_t length = text_prefix(text, SHOWN_CHARACTERS);

	if (field->kind == TOCSIN_KIND_SECRET)
		return "the value";
	snprintf(buffer, SHOWN_ROOM, "\"%.*s%s\"", (int)length, text, text[length] ? "..." : "");
	for (char *byte = buffer; *byte; byte++)
		if ((unsigned char)*byte < 0x20 || *byte == 0x7f)
			*byte = ' ';
	return buffer;
}

/* A value of a type that no rule makes into what is needed. */
static json_t *misfit(const struct coercion *coercion, const json_t *value, const char *needed)
{
	problems_add(coercion->problems, coercion->path, "is %s, %s is needed", json_kind(value), needed);
	return NULL;
}

static json_t *checked_memory(const struct coercion *coercion, json_t *value)
{
	if (!value)
		coercion->problems->lost++;
	return value;
}

/* Whether an integer measure is within the limits; says so when it is not. */
static bool within(const struct coercion *coercion, int64_t value, const char *text, const char *minimum,
		   const char *maximum)
{
	const struct field *field = coercion->field;

	if (field->minimum.present && value < field->minimum.integer) {
		problems_add(coercion->problems, coercion->path, "%s is less than the minimum %s", text, minimum);
		return false;
	}
	if (field->maximum.present && value > field->maximum.integer) {
		problems_add(coercion->problems, coercion->path, "%s is more than the maximum %s", text, maximum);
		return false;
	}
	return true;
}

/* The same for how many characters or items something has. */
static bool counted(const struct coercion *coercion, size_t count, const char *one, const char *many)
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

/* The text of a JSON text, without white space around it, in `scratch`; NULL and a problem for others. */
static const char *trimmed(const struct coercion *coercion, const json_t *value, const char *needed,
			   struct buffer *scratch)
{
	const char *text = json_string_value(value);
	size_t length = json_string_length(value);

	if (!text) {
		misfit(coercion, value, needed);
		return NULL;
	}
	if (strlen(text) != length) {
		problems_add(coercion->problems, coercion->path, "holds a NUL character");
		return NULL;
	}
	while (length && text_is_space(*text)) {
		text++;
		length--;
	}
	while (length && text_is_space(text[length - 1]))
		length--;
	buffer_add(scratch, text, length);
	if (buffer_code(scratch)) {
		coercion->problems->lost++;
		return NULL;
	}
	return buffer_text(scratch);
}

static bool matches_pattern(const struct coercion *coercion, const char *text)
{
	const struct field *field = coercion->field;
	char show[SHOWN_ROOM];

	if (!field->expression || pattern_matches(field->expression, text))
		return true;
	problems_add(coercion->problems, coercion->path, "%s does not match %s", shown(field, text, show),
		     field->pattern);
	return false;
}

static json_t *coerce_string(const struct coercion *coercion, const char *text)
{
	if (!counted(coercion, text_characters(text), "character", "characters") || !matches_pattern(coercion, text))
		return NULL;
	return checked_memory(coercion, json_string(text));
}

static json_t *coerce_choice(const struct coercion *coercion, const char *text)
{
	const struct field *field = coercion->field;
	const char *nearest;
	char show[SHOWN_ROOM];
	struct buffer known;

	for (size_t i = 0; i < field->choice_count; i++)
		if (strcmp(text, field->choices[i]) == 0)
			return checked_memory(coercion, json_string(text));
	nearest = text_nearest(text, field->choices, field->choice_count);
	buffer_init(&known, 2048);
	for (size_t i = 0; i < field->choice_count; i++)
		buffer_format(&known, "%s%s", i ? ", " : "", field->choices[i]);
	problems_add(coercion->problems, coercion->path, "%s is none of %s%s%s%s", shown(field, text, show),
		     buffer_text(&known), nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
	buffer_release(&known);
	return NULL;
}

/*
 * Whether it has the shape of an absolute http or https URL without user information. Where a request
 * really goes is judged again, by libcurl's parser, when it is about to be sent.
 */
static const char *url_fault(const char *url)
{
	const char *host;
	size_t length;

	for (const unsigned char *byte = (const unsigned char *)url; *byte; byte++)
		if (*byte <= ' ' || *byte >= 0x7f || *byte == '\\' || *byte == '"' || *byte == '<' || *byte == '>')
			return "holds a character that a URL must percent-encode";
	if (text_starts_with(url, "https://"))
		host = url + 8;
	else if (text_starts_with(url, "http://"))
		host = url + 7;
	else
		return "is not an absolute http or https URL";
	length = strcspn(host, "/?#");
	if (memchr(host, '@', length))
		return "holds a user name or password; use a secret setting";
	if (!length || *host == ':')
		return "has no host";
	return NULL;
}

static json_t *coerce_url(const struct coercion *coercion, const char *text)
{
	const char *fault;
	char show[SHOWN_ROOM];

	if (!counted(coercion, text_characters(text), "character", "characters"))
		return NULL;
	fault = url_fault(text);
	if (fault) {
		problems_add(coercion->problems, coercion->path, "%s %s", shown(coercion->field, text, show), fault);
		return NULL;
	}
	return checked_memory(coercion, json_string(text));
}

static json_t *coerce_secret(const struct coercion *coercion, const char *text)
{
	/* The length of what a reference names is checked when it is read. */
	if (text_starts_with(text, "env:") || text_starts_with(text, "file:"))
		return checked_memory(coercion, json_string(text));
	return coerce_string(coercion, text);
}

static json_t *coerce_duration(const struct coercion *coercion, const char *text)
{
	char show[SHOWN_ROOM], value[KIND_TEXT_ROOM], minimum[KIND_TEXT_ROOM], maximum[KIND_TEXT_ROOM];
	int64_t ms;

	if (!duration_parse(text, &ms)) {
		problems_add(coercion->problems, coercion->path, "%s is not a duration such as 5s, 1h30m or 250ms",
			     shown(coercion->field, text, show));
		return NULL;
	}
	if (!within(coercion, ms, duration_text(ms, value), duration_text(coercion->field->minimum.integer, minimum),
		    duration_text(coercion->field->maximum.integer, maximum)))
		return NULL;
	return checked_memory(coercion, json_string(value));
}

static json_t *coerce_size(const struct coercion *coercion, const char *text)
{
	char show[SHOWN_ROOM], value[KIND_TEXT_ROOM], minimum[KIND_TEXT_ROOM], maximum[KIND_TEXT_ROOM];
	int64_t bytes;

	if (!size_parse(text, &bytes)) {
		problems_add(coercion->problems, coercion->path, "%s is not a size such as 512, 64KiB or 1MB",
			     shown(coercion->field, text, show));
		return NULL;
	}
	if (!within(coercion, bytes, size_text(bytes, value), size_text(coercion->field->minimum.integer, minimum),
		    size_text(coercion->field->maximum.integer, maximum)))
		return NULL;
	return checked_memory(coercion, json_string(value));
}

/* The kinds whose JSON value is text. */
static json_t *coerce_text(const struct coercion *coercion, const json_t *value)
{
	typedef json_t *coerce_one(const struct coercion *, const char *);
	static coerce_one *const by_kind[] = {
		[TOCSIN_KIND_STRING] = coerce_string,	  [TOCSIN_KIND_CHOICE] = coerce_choice,
		[TOCSIN_KIND_URL] = coerce_url,		  [TOCSIN_KIND_SECRET] = coerce_secret,
		[TOCSIN_KIND_DURATION] = coerce_duration, [TOCSIN_KIND_SIZE] = coerce_size,
	};
	json_t *coerced = NULL;
	struct buffer scratch;
	const char *text;

	buffer_init(&scratch, (size_t)1 << 24);
	text = trimmed(coercion, value, "text", &scratch);
	if (text)
		coerced = by_kind[coercion->field->kind](coercion, text);
	buffer_release(&scratch);
	return coerced;
}

static json_t *coerce_integer(const struct coercion *coercion, const json_t *value)
{
	const struct field *field = coercion->field;
	char show[SHOWN_ROOM], written[32], minimum[32], maximum[32];
	struct buffer scratch;
	int64_t integer = 0;

	if (json_is_integer(value)) {
		integer = json_integer_value(value);
	} else {
		const char *text;
		bool good;

		buffer_init(&scratch, (size_t)1 << 24);
		text = trimmed(coercion, value, "an integer", &scratch);
		good = text && text_to_integer(text, &integer);
		if (text && !good)
			problems_add(coercion->problems, coercion->path, "%s is not an integer of 64 bits",
				     shown(field, text, show));
		buffer_release(&scratch);
		if (!good)
			return NULL;
	}
	snprintf(written, sizeof(written), "%lld", (long long)integer);
	snprintf(minimum, sizeof(minimum), "%lld", (long long)field->minimum.integer);
	snprintf(maximum, sizeof(maximum), "%lld", (long long)field->maximum.integer);
	if (!within(coercion, integer, written, minimum, maximum))
		return NULL;
	return checked_memory(coercion, json_integer(integer));
}

static json_t *coerce_number(const struct coercion *coercion, const json_t *value)
{
	const struct field *field = coercion->field;
	char show[SHOWN_ROOM], written[TEXT_NUMBER_ROOM], limit[TEXT_NUMBER_ROOM];
	struct buffer scratch;
	double number = 0;

	if (json_is_number(value)) {
		number = json_number_value(value);
	} else {
		const char *text;
		bool good;

		buffer_init(&scratch, (size_t)1 << 24);
		text = trimmed(coercion, value, "a number", &scratch);
		good = text && text_to_number(text, &number);
		if (text && !good)
			problems_add(coercion->problems, coercion->path, "%s is not a finite number",
				     shown(field, text, show));
		buffer_release(&scratch);
		if (!good)
			return NULL;
	}
	text_number(number, written);
	if (field->minimum.present && number < field->minimum.number) {
		problems_add(coercion->problems, coercion->path, "%s is less than the minimum %s", written,
			     text_number(field->minimum.number, limit));
		return NULL;
	}
	if (field->maximum.present && number > field->maximum.number) {
		problems_add(coercion->problems, coercion->path, "%s is more than the maximum %s", written,
			     text_number(field->maximum.number, limit));
		return NULL;
	}
	return checked_memory(coercion, json_real(number));
}

static json_t *coerce_boolean(const struct coercion *coercion, const json_t *value)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
	json_t *boolean = NULL;
	char show[SHOWN_ROOM];
	struct buffer scratch;
	const char *text;

	if (json_is_boolean(value))
		return json_boolean(json_is_true(value));
	buffer_init(&scratch, (size_t)1 << 24);
	text = trimmed(coercion, value, "a boolean", &scratch);
	for (size_t i = 0; text && i < COUNT_OF(words); i++)
		if (text_same_ignoring_case(text, words[i]))
			boolean = json_boolean(i % 2 == 1);
	if (text && !boolean)
		problems_add(coercion->problems, coercion->path,
			     "%s is not true or false, yes or no, on or off, 1 or 0",
			     shown(coercion->field, text, show));
	buffer_release(&scratch);
	return boolean;
}

/* Calls `take` with each part of a comma-separated text, white space around it removed. */
static void split_at_commas(const char *text, void (*take)(void *data, const char *part, size_t length), void *data)
{
	while (*text) {
		size_t length = strcspn(text, ",");
		const char *part = text;

		text += length + (text[length] == ',');
		while (length && text_is_space(*part)) {
			part++;
			length--;
		}
		while (length && text_is_space(part[length - 1]))
			length--;
		take(data, part, length);
	}
}

struct gathering {
	const struct coercion *coercion;
	json_t *into;
};

static void gather_item(void *data, const char *part, size_t length)
{
	struct gathering *gathering = data;

	if (json_array_append_new(gathering->into, json_stringn(part, length)))
		gathering->coercion->problems->lost++;
}

static void gather_pair(void *data, const char *part, size_t length)
{
	struct gathering *gathering = data;
	const char *equals = memchr(part, '=', length);
	const size_t key_length = equals ? (size_t)(equals - part) : 0;
	char *key;

	if (!key_length) {
		problems_add(gathering->coercion->problems, gathering->coercion->path, "\"%.*s\" is not KEY=VALUE",
			     (int)(length < 48 ? length : 48), part);
		return;
	}
	key = mem_alloc(key_length + 1);
	if (!key) {
		gathering->coercion->problems->lost++;
		return;
	}
	memcpy(key, part, key_length);
	key[key_length] = '\0';
	if (json_object_get(gathering->into, key))
		problems_add(gathering->coercion->problems, gathering->coercion->path, "names %s twice", key);
	else if (json_put(gathering->into, key, json_stringn(equals + 1, length - key_length - 1)))
		gathering->coercion->problems->lost++;
	mem_free(key);
}

#define PATH_ROOM 512

static bool text_without_nul(const json_t *value)
{
	return json_is_string(value) && strlen(json_string_value(value)) == json_string_length(value);
}

static void check_items(const struct coercion *coercion, const json_t *list)
{
	const json_t *item;
	char path[PATH_ROOM];
	size_t index;

	json_array_foreach (list, index, item) {
		if (text_without_nul(item))
			continue;
		snprintf(path, sizeof(path), "%s[%zu]", coercion->path, index);
		if (json_is_string(item))
			problems_add(coercion->problems, path, "holds a NUL character");
		else
			problems_add(coercion->problems, path, "is %s, text is needed", json_kind(item));
	}
}

static void check_pairs(const struct coercion *coercion, json_t *map)
{
	const char *key;
	json_t *item;
	char path[PATH_ROOM];

	json_object_foreach (map, key, item) {
		if (*key && text_without_nul(item))
			continue;
		snprintf(path, sizeof(path), "%s.%s", coercion->path, key);
		if (!*key)
			problems_add(coercion->problems, coercion->path, "has an empty key");
		else if (json_is_string(item))
			problems_add(coercion->problems, path, "holds a NUL character");
		else
			problems_add(coercion->problems, path, "is %s, text is needed", json_kind(item));
	}
}

static size_t problems_so_far(const struct coercion *coercion)
{
	return coercion->problems->count + coercion->problems->lost;
}

/* Lists and maps of text, also from "a,b" and "a=1,b=2" as the command line writes them. */
static json_t *coerce_many(const struct coercion *coercion, const json_t *value)
{
	const bool is_map = coercion->field->kind == TOCSIN_KIND_MAP;
	const size_t before = problems_so_far(coercion);
	json_t *many = NULL;
	size_t count;

	if (is_map ? json_is_object(value) : json_is_array(value)) {
		many = json_deep_copy(value);
	} else if (text_without_nul(value)) {
		struct gathering gathering = {coercion, is_map ? json_object() : json_array()};

		many = gathering.into;
		if (many)
			split_at_commas(json_string_value(value), is_map ? gather_pair : gather_item, &gathering);
	} else {
		return misfit(coercion, value, is_map ? "a map" : "a list");
	}
	if (!checked_memory(coercion, many))
		return NULL;
	if (is_map)
		check_pairs(coercion, many);
	else
		check_items(coercion, many);
	count = is_map ? json_object_size(many) : json_array_size(many);
	if (problems_so_far(coercion) == before)
		counted(coercion, count, "item", "items");
	if (problems_so_far(coercion) == before)
		return many;
	json_decref(many);
	return NULL;
}

/* Objects come from programs, as JSON; the empty text, as a preset, is an empty one. */
static json_t *coerce_objects(const struct coercion *coercion, const json_t *value)
{
	const bool is_list = coercion->field->kind == TOCSIN_KIND_OBJECTS;
	const size_t before = problems_so_far(coercion);
	const json_t *item;
	char path[PATH_ROOM];
	size_t index;

	if (json_is_string(value) && !json_string_length(value))
		return checked_memory(coercion, is_list ? json_array() : json_object());
	if (is_list ? !json_is_array(value) : !json_is_object(value))
		return misfit(coercion, value, is_list ? "a list of maps" : "a map");
	json_array_foreach (value, index, item) {
		if (json_is_object(item))
			continue;
		snprintf(path, sizeof(path), "%s[%zu]", coercion->path, index);
		problems_add(coercion->problems, path, "is %s, a map is needed", json_kind(item));
	}
	if (is_list && problems_so_far(coercion) == before)
		counted(coercion, json_array_size(value), "item", "items");
	return problems_so_far(coercion) == before ? checked_memory(coercion, json_deep_copy(value)) : NULL;
}

enum tocsin_code field_coerce(const struct field *field, const json_t *value, const char *path, json_t **ret_value,
			      struct problems *problems)
{
	typedef json_t *coerce_kind(const struct coercion *, const json_t *);
	static coerce_kind *const by_kind[] = {
		[TOCSIN_KIND_STRING] = coerce_text,	[TOCSIN_KIND_CHOICE] = coerce_text,
		[TOCSIN_KIND_URL] = coerce_text,	[TOCSIN_KIND_SECRET] = coerce_text,
		[TOCSIN_KIND_DURATION] = coerce_text,	[TOCSIN_KIND_SIZE] = coerce_text,
		[TOCSIN_KIND_INTEGER] = coerce_integer, [TOCSIN_KIND_NUMBER] = coerce_number,
		[TOCSIN_KIND_BOOLEAN] = coerce_boolean, [TOCSIN_KIND_LIST] = coerce_many,
		[TOCSIN_KIND_MAP] = coerce_many,	[TOCSIN_KIND_OBJECT] = coerce_objects,
		[TOCSIN_KIND_OBJECTS] = coerce_objects,
	};
	const struct coercion coercion = {field, path, problems};
	const size_t lost = problems->lost;
	json_t *coerced = by_kind[field->kind](&coercion, value);

	if (!coerced)
		return problems->lost > lost ? TOCSIN_NO_MEMORY : TOCSIN_INVALID;
	*ret_value = coerced;
	return TOCSIN_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML text as JSON values with positions; see document.h.
 *
 * libyaml parses, and gives one event a time; what is refused is refused at its event, so that a hostile
 * file costs no more than its bytes. Every scalar becomes text, whatever its style: no rule of YAML that
 * makes `no` a boolean is ever asked. Recursion goes as deep as CONFIG_DEPTH_CEILING. Nothing is fatal;
 * what was read so far is released, and the caller's document stays as it was.
 */
#include "config/document.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/alloc.h"
#include "base/text.h"
#include "config/place.h"
#include "config/syntax.h"

#define YAML_TAG_PREFIX "tag:yaml.org,2002:"
#define SHOWN_CHARACTERS 60 /* of a key in a message */

struct reader {
	const char *name;
	const char *text;
	size_t length;
	yaml_parser_t yaml;
	struct places places;
	size_t values;
	struct tocsin_error *err;
};

static enum tocsin_code no_memory(const struct reader *reader)
{
	return tocsin_fail(reader->err, TOCSIN_NO_MEMORY, "no memory to read %s", reader->name);
}

/* The end of a long name tells more than its beginning, and the sentence must have room for the rest. */
static enum tocsin_code fail_at(const struct reader *reader, enum tocsin_code code, struct position position,
				const char *format, ...) TOCSIN_PRINTF(4, 5);

static enum tocsin_code fail_at(const struct reader *reader, enum tocsin_code code, struct position position,
				const char *format, ...)
{
	const size_t length = strlen(reader->name), shown = 160;
	char sentence[SYNTAX_ROOM];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	return tocsin_fail(reader->err, code, "%s%s:%zu:%zu: %s", length > shown ? "..." : "",
			   reader->name + (length > shown ? length - shown : 0), position.line, position.column,
			   sentence);
}

static struct position position_of(const yaml_event_t *event)
{
	return (struct position){event->start_mark.line + 1, event->start_mark.column + 1};
}

/* The next event, which the caller deletes. */
static enum tocsin_code next_event(struct reader *reader, yaml_event_t *ret_event)
{
	char sentence[SYNTAX_ROOM];
	struct position position;

	if (yaml_parser_parse(&reader->yaml, ret_event))
		return TOCSIN_OK;
	if (reader->yaml.error == YAML_MEMORY_ERROR)
		return no_memory(reader);
	position = syntax_explain(&reader->yaml, reader->text, reader->length, sentence);
	return fail_at(reader, TOCSIN_INVALID, position, "%s", sentence);
}

static enum tocsin_code refuse_properties(const struct reader *reader, const yaml_event_t *event,
					  const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		return fail_at(reader, TOCSIN_INVALID, position_of(event),
			       "the anchor &%.60s: anchors are not supported, write the value where it is needed",
			       (const char *)anchor);
	if (tag) {
		const char *text = (const char *)tag;
		const bool is_short = text_starts_with(text, YAML_TAG_PREFIX); /* "!!str" in the file */

		return fail_at(reader, TOCSIN_INVALID, position_of(event),
			       "the tag %s%.60s: tags are not supported, leave it out", is_short ? "!!" : "",
			       text + (is_short ? strlen(YAML_TAG_PREFIX) : 0));
	}
	return TOCSIN_OK;
}

/* Checks a scalar, a value or a key. */
static enum tocsin_code check_scalar(const struct reader *reader, const yaml_event_t *event)
{
	if (refuse_properties(reader, event, event->data.scalar.anchor, event->data.scalar.tag))
		return TOCSIN_INVALID;
	if (memchr(event->data.scalar.value, '\0', event->data.scalar.length))
		return fail_at(reader, TOCSIN_INVALID, position_of(event), "the text holds a NUL character: remove it");
	return TOCSIN_OK;
}

static enum tocsin_code refuse_alias(const struct reader *reader, const yaml_event_t *event)
{
	return fail_at(reader, TOCSIN_INVALID, position_of(event),
		       "the alias *%.60s: aliases are not supported, write the value itself; text that begins with "
		       "'*' needs quotes",
		       (const char *)event->data.alias.anchor);
}

static enum tocsin_code read_value(struct reader *reader, const yaml_event_t *event, uint64_t path, size_t depth,
				   json_t **ret_value);

/* Checks the event that begins a list or a map at nesting `depth`. */
static enum tocsin_code check_collection(const struct reader *reader, const yaml_event_t *event, size_t depth)
{
	const bool is_map = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor = is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const yaml_char_t *tag = is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;

	if (depth > CONFIG_DEPTH_CEILING)
		return fail_at(reader, TOCSIN_LIMIT, position_of(event), "lists and maps nest deeper than %d levels",
			       CONFIG_DEPTH_CEILING);
	return refuse_properties(reader, event, anchor, tag);
}

static enum tocsin_code read_list(struct reader *reader, uint64_t path, size_t depth, json_t **ret_list)
{
	json_t *list = json_array();
	enum tocsin_code code;

	if (!list)
		return no_memory(reader);
	for (;;) {
		const uint64_t item_path = place_item(path, json_array_size(list));
		yaml_event_t event;
		json_t *item = NULL;
		bool is_end;

		code = next_event(reader, &event);
		if (code)
			break;
		is_end = event.type == YAML_SEQUENCE_END_EVENT;
		if (!is_end && places_add(&reader->places, item_path, position_of(&event)))
			code = no_memory(reader);
		else if (!is_end)
			code = read_value(reader, &event, item_path, depth, &item);
		yaml_event_delete(&event);
		if (code || is_end)
			break;
		if (json_array_append_new(list, item)) {
			code = no_memory(reader);
			break;
		}
	}
	if (code)
		json_decref(list);
	else
		*ret_list = list;
	return code;
}

/* Refuses what cannot be a key of `map`. */
static enum tocsin_code check_key(const struct reader *reader, const yaml_event_t *event, uint64_t path,
				  const json_t *map)
{
	const char *key = (const char *)event->data.scalar.value;
	const struct place *first;
	enum tocsin_code code;

	if (event->type == YAML_ALIAS_EVENT)
		return refuse_alias(reader, event);
	if (event->type != YAML_SCALAR_EVENT)
		return fail_at(reader, TOCSIN_INVALID, position_of(event),
			       "the key is a %s, a key must be text: put it in quotes",
			       event->type == YAML_MAPPING_START_EVENT ? "map" : "list");
	code = check_scalar(reader, event);
	if (code || !json_object_get(map, key))
		return code;
	first = places_search(&reader->places, path);
	return fail_at(reader, TOCSIN_INVALID, position_of(event),
		       "the key \"%.*s\" is there twice, first in line %zu: remove one",
		       (int)text_prefix(key, SHOWN_CHARACTERS), key, first ? first->position.line : 0);
}

/* Reads the member whose key is `event` into `map`. */
static enum tocsin_code read_member(struct reader *reader, const yaml_event_t *event, uint64_t path, size_t depth,
				    json_t *map)
{
	yaml_event_t value_event;
	enum tocsin_code code;
	json_t *value = NULL;

	if (event->type == YAML_SCALAR_EVENT)
		path = place_member(path, (const char *)event->data.scalar.value, event->data.scalar.length);
	code = check_key(reader, event, path, map);
	if (code)
		return code;
	if (places_add(&reader->places, path, position_of(event)))
		return no_memory(reader);
	code = next_event(reader, &value_event);
	if (code)
		return code;
	code = read_value(reader, &value_event, path, depth, &value);
	yaml_event_delete(&value_event);
	if (!code && json_object_set_new(map, (const char *)event->data.scalar.value, value))
		code = no_memory(reader);
	return code;
}

static enum tocsin_code read_map(struct reader *reader, uint64_t path, size_t depth, json_t **ret_map)
{
	json_t *map = json_object();
	enum tocsin_code code;

	if (!map)
		return no_memory(reader);
	for (;;) {
		yaml_event_t event;
		bool is_end;

		code = next_event(reader, &event);
		if (code)
			break;
		is_end = event.type == YAML_MAPPING_END_EVENT;
		if (!is_end)
			code = read_member(reader, &event, path, depth, map);
		yaml_event_delete(&event);
		if (code || is_end)
			break;
	}
	if (code)
		json_decref(map);
	else
		*ret_map = map;
	return code;
}

static enum tocsin_code read_scalar(struct reader *reader, const yaml_event_t *event, json_t **ret_text)
{
	const enum tocsin_code code = check_scalar(reader, event);
	json_t *text;

	if (code)
		return code;
	text = json_stringn((const char *)event->data.scalar.value, event->data.scalar.length);
	if (!text)
		return no_memory(reader);
	*ret_text = text;
	return TOCSIN_OK;
}

/* Reads the value that `event` begins, inside `depth` lists and maps. */
static enum tocsin_code read_value(struct reader *reader, const yaml_event_t *event, uint64_t path, size_t depth,
				   json_t **ret_value)
{
	enum tocsin_code code;

	if (++reader->values > CONFIG_VALUES_CEILING)
		return fail_at(reader, TOCSIN_LIMIT, position_of(event), "more than %d values in one file",
			       CONFIG_VALUES_CEILING);
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(reader, event, ret_value);
	case YAML_SEQUENCE_START_EVENT:
		code = check_collection(reader, event, depth + 1);
		return code ? code : read_list(reader, path, depth + 1, ret_value);
	case YAML_MAPPING_START_EVENT:
		code = check_collection(reader, event, depth + 1);
		return code ? code : read_map(reader, path, depth + 1, ret_value);
	case YAML_ALIAS_EVENT:
		return refuse_alias(reader, event);
	default:
		return fail_at(reader, TOCSIN_INVALID, position_of(event), "a value is missing");
	}
}

static enum tocsin_code make_empty_root(struct reader *reader, json_t **ret_root)
{
	json_t *root = json_object();

	if (!root || places_add(&reader->places, place_root(), (struct position){1, 1})) {
		json_decref(root);
		return no_memory(reader);
	}
	*ret_root = root;
	return TOCSIN_OK;
}

/* A document of nothing, such as "---" alone, is an empty map. */
static bool is_nothing(const yaml_event_t *event)
{
	return event->type == YAML_SCALAR_EVENT && event->data.scalar.length == 0 &&
	       event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static enum tocsin_code read_root_of(struct reader *reader, const yaml_event_t *event, json_t **ret_root)
{
	enum tocsin_code code;

	if (is_nothing(event)) {
		code = check_scalar(reader, event);
		return code ? code : make_empty_root(reader, ret_root);
	}
	if (event->type != YAML_MAPPING_START_EVENT && event->type != YAML_ALIAS_EVENT)
		return fail_at(
			reader, TOCSIN_INVALID, position_of(event),
			"the file is %s, it must be a map: lines of \"key: value\", with a space behind each ':'",
			event->type == YAML_SCALAR_EVENT ? "text" : "a list");
	if (places_add(&reader->places, place_root(), position_of(event)))
		return no_memory(reader);
	return read_value(reader, event, place_root(), 0, ret_root);
}

/* Reads the value that the whole document is. */
static enum tocsin_code read_root(struct reader *reader, json_t **ret_root)
{
	enum tocsin_code code;
	yaml_event_t event;

	code = next_event(reader, &event);
	if (code)
		return code;
	code = read_root_of(reader, &event, ret_root);
	yaml_event_delete(&event);
	return code;
}

/* Reads the stream around the one document. `*ret_root` may be set on failure too; the caller releases it. */
static enum tocsin_code read_stream(struct reader *reader, json_t **ret_root)
{
	bool is_end = false;

	while (!is_end) {
		enum tocsin_code code;
		yaml_event_t event;

		code = next_event(reader, &event);
		if (code)
			return code;
		is_end = event.type == YAML_STREAM_END_EVENT;
		if (event.type == YAML_DOCUMENT_START_EVENT && *ret_root)
			code = fail_at(reader, TOCSIN_INVALID, position_of(&event),
				       "a second document begins: remove the \"---\", or what follows it");
		else if (event.type == YAML_DOCUMENT_START_EVENT)
			code = read_root(reader, ret_root);
		yaml_event_delete(&event);
		if (code)
			return code;
	}
	return *ret_root ? TOCSIN_OK : make_empty_root(reader, ret_root);
}

enum tocsin_code document_read(const char *name, const char *text, size_t length, struct document *ret_document,
			       struct tocsin_error *err)
{
	struct reader reader = {.name = name, .text = text, .length = length, .err = err};
	struct document document = {0};
	enum tocsin_code code;

	if (length > CONFIG_BYTES_CEILING)
		return fail_at(&reader, TOCSIN_LIMIT, (struct position){1, 1},
			       "the file has %zu bytes, at most %d are allowed", length, CONFIG_BYTES_CEILING);
	/* Left alone, libyaml would take UTF-16 as well. */
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		reader.text += 3;
		reader.length -= 3;
	}
	if (!yaml_parser_initialize(&reader.yaml))
		return no_memory(&reader);
	yaml_parser_set_encoding(&reader.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.yaml, (const unsigned char *)reader.text, reader.length);
	code = read_stream(&reader, &document.root);
	yaml_parser_delete(&reader.yaml);
	places_sort(&reader.places);
	document.places = reader.places.items;
	document.place_count = reader.places.count;
	if (code)
		goto out;
	document.name = mem_text(name);
	if (!document.name) {
		code = no_memory(&reader);
		goto out;
	}
	*ret_document = document;
	document = (struct document){0};
out:
	document_release(&document);
	return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields: rows of a table, checked and made ready; see field.h.
 *
 * A row may come from a file that a stranger made. Text in it is already bounded and terminated; what it
 * says is checked here, and everything that is wrong is reported, not just the first.
 */
#include "contract/field.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "contract/plugin.h"

/* One row on its way. */
struct compilation {
	const struct tocsin_field *row;
	struct arena *arena;
	const char *path;
	struct problems *problems;
	struct field *field;
};

#define PATH_ROOM 256

static void wrong(const struct compilation *work, const char *member, const char *message)
{
	char path[PATH_ROOM];

	problems_add(work->problems, problem_path(path, sizeof(path), work->path, member), "%s", message);
}

const char *table_text(struct arena *arena, const char *text, const char *path, const char *member,
		       struct problems *problems)
{
	char place[PATH_ROOM];
	size_t length;
	const char *copy;

	if (!text)
		return NULL;
	length = strlen(text);
	if (length > PLUGIN_TEXT_CEILING) {
		problems_add(problems, problem_path(place, sizeof(place), path, member),
			     "has %zu bytes, at most %d are allowed", length, PLUGIN_TEXT_CEILING);
		return NULL;
	}
	if (arena->total + length > PLUGIN_SIZE_CEILING) {
		problems_add(problems, problem_path(place, sizeof(place), path, member),
			     "is too much: all texts of a contract have %zu bytes at most", PLUGIN_SIZE_CEILING);
		return NULL;
	}
	if (!text_is_utf8(text, length) || text_has_control(text)) {
		problems_add(problems, problem_path(place, sizeof(place), path, member),
			     "is not UTF-8, or holds a control character such as a line break");
		return NULL;
	}
	copy = arena_text_of(arena, text, length);
	if (!copy)
		problems->lost++;
	return copy;
}

bool table_flag(const bool *flag, const char *path, const char *member, struct problems *problems)
{
	char place[PATH_ROOM];
	unsigned char byte;

	memcpy(&byte, flag, sizeof(byte));
	if (byte > 1)
		problems_add(problems, problem_path(place, sizeof(place), path, member), "is neither true nor false");
	return byte == 1;
}

static const char *copy_text(const struct compilation *work, const char *member, const char *text)
{
	return table_text(work->arena, text, work->path, member, work->problems);
}

static void compile_limit(const struct compilation *work, const char *member, const char *text, struct limit *ret_limit)
{
	const char *needed = "is not a whole number of at least 0";
	char path[PATH_ROOM];
	bool good = false;

	if (!text)
		return;
	switch (kind_measure(work->field->kind)) {
	case MEASURE_NONE:
		wrong(work, member, "is not for this kind, which has no limits");
		return;
	case MEASURE_CHARACTERS:
	case MEASURE_COUNT:
		good = text_to_integer(text, &ret_limit->integer) && ret_limit->integer >= 0;
		break;
	case MEASURE_INTEGER:
		needed = "is not an integer of 64 bits";
		good = text_to_integer(text, &ret_limit->integer);
		break;
	case MEASURE_NUMBER:
		needed = "is not a number";
		good = text_to_number(text, &ret_limit->number);
		break;
	case MEASURE_DURATION:
		needed = "is not a duration such as 5s";
		good = duration_parse(text, &ret_limit->integer);
		break;
	case MEASURE_SIZE:
		needed = "is not a size such as 64KiB";
		good = size_parse(text, &ret_limit->integer);
		break;
	}
	ret_limit->present = good;
	if (!good)
		problems_add(work->problems, problem_path(path, sizeof(path), work->path, member), "\"%.64s\" %s", text,
			     needed);
}

static void compile_limits(const struct compilation *work)
{
	struct field *field = work->field;

	compile_limit(work, "minimum", work->row->minimum, &field->minimum);
	compile_limit(work, "maximum", work->row->maximum, &field->maximum);
	if (!field->minimum.present && kind_measure(field->kind) == MEASURE_CHARACTERS &&
	    field->kind != TOCSIN_KIND_URL) /* an empty choice or secret says nothing; a URL has its own form */
		field->minimum = (struct limit){.present = true, .integer = field->kind != TOCSIN_KIND_STRING};
	if (field->minimum.present && field->maximum.present &&
	    (kind_measure(field->kind) == MEASURE_NUMBER ? field->minimum.number > field->maximum.number
							 : field->minimum.integer > field->maximum.integer))
		wrong(work, "minimum", "is above the maximum");
}

/* What is wrong with one more choice; NULL when nothing is. */
static const char *choice_fault(const struct field *field, const char *choice)
{
	const int64_t characters = (int64_t)text_characters(choice);

	if (!*choice || text_is_space(*choice) || text_is_space(choice[strlen(choice) - 1]))
		return "one is empty or has white space around it";
	if ((field->minimum.present && characters < field->minimum.integer) ||
	    (field->maximum.present && characters > field->maximum.integer))
		return "one is shorter or longer than the field's own limits";
	for (size_t i = 0; i < field->choice_count; i++)
		if (strcmp(field->choices[i], choice) == 0)
			return "one stands twice";
	return NULL;
}

static void compile_choices(const struct compilation *work)
{
	const char *const *choices = work->row->choices;
	struct field *field = work->field;
	const char *fault;
	size_t count = 0;

	while (choices && choices[count] && count <= PLUGIN_CHOICES_CEILING)
		count++;
	if ((field->kind == TOCSIN_KIND_CHOICE) != (count > 0)) {
		wrong(work, "choices", count ? "are for the kind choice only" : "are missing");
		return;
	}
	if (count > PLUGIN_CHOICES_CEILING) {
		problems_add(work->problems, work->path, "has more than %d choices", PLUGIN_CHOICES_CEILING);
		return;
	}
	if (!count)
		return;
	field->choices = arena_alloc(work->arena, count * sizeof(*field->choices));
	if (!field->choices) {
		work->problems->lost++;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const char *choice = copy_text(work, "choices", choices[i]);

		if (!choice)
			return;
		fault = choice_fault(field, choice);
		if (fault)
			wrong(work, "choices", fault);
		field->choices[field->choice_count++] = choice;
	}
}

static void compile_pattern(const struct compilation *work)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct field *field = work->field;

	field->pattern = copy_text(work, "pattern", work->row->pattern);
	if (!field->pattern)
		return;
	if (field->kind != TOCSIN_KIND_STRING && field->kind != TOCSIN_KIND_SECRET)
		wrong(work, "pattern", "is for the kinds string and secret only");
	else if (pattern_new(field->pattern, PATTERN_OF_PLUGIN, &field->expression, &err) == TOCSIN_NO_MEMORY)
		work->problems->lost++;
	else if (err.code)
		wrong(work, "pattern", tocsin_error_at(&err, 0));
}

static void compile_preset(const struct compilation *work)
{
	const char *preset = work->row->preset;
	struct field *field = work->field;
	char path[PATH_ROOM];
	json_t *text;

	if (!preset)
		return;
	if (field->required || field->kind == TOCSIN_KIND_SECRET) {
		wrong(work, "preset", field->required ? "is not for a required field" : "is not for a secret");
		return;
	}
	if (strlen(preset) > PLUGIN_TEXT_CEILING || !text_is_utf8(preset, strlen(preset))) {
		wrong(work, "preset", "is not UTF-8, or too long");
		return;
	}
	if (field->kind == TOCSIN_KIND_CHOICE && !field->choice_count)
		return;
	text = json_string(preset);
	if (text)
		field_coerce(field, text, problem_path(path, sizeof(path), work->path, "preset"), &field->preset,
			     work->problems);
	else
		work->problems->lost++;
	json_decref(text);
	if (json_array_size(field->preset) + json_object_size(field->preset) > FIELD_PRESET_ITEMS_CEILING)
		problems_add(work->problems, path, "has more than %d items", FIELD_PRESET_ITEMS_CEILING);
}

static void compile_place(const struct compilation *work, uint32_t structure_size)
{
	const size_t size = kind_size(work->field->kind);
	const size_t unit = size > 8 ? 8 : size;
	const uint32_t offset = work->row->offset;
	char path[PATH_ROOM];

	work->field->offset = offset;
	if (size > structure_size || offset > structure_size - size)
		problems_add(work->problems, problem_path(path, sizeof(path), work->path, "offset"),
			     "%u is outside of the struct, which has %u bytes", offset, structure_size);
	else if (offset % unit)
		problems_add(work->problems, problem_path(path, sizeof(path), work->path, "offset"),
			     "%u is no multiple of %zu", offset, unit);
}

/* What a row of any kind has. */
static void compile_text(const struct compilation *work)
{
	const struct tocsin_field *row = work->row;
	struct field *field = work->field;

	field->name = copy_text(work, "name", row->name);
	if (!row->name || !*row->name)
		wrong(work, "name", "is missing");
	else if (field->name && (!text_is_name(field->name) || strchr(field->name, '-')))
		wrong(work, "name", "is not of 1 to 64 letters, digits and '_', a letter or '_' first");
	field->description = copy_text(work, "description", row->description);
	if (!row->description || !*row->description)
		wrong(work, "description", "is missing");
	field->unit = copy_text(work, "unit", row->unit);
	field->required = table_flag(&row->required, work->path, "required", work->problems);
	for (size_t i = 0; i < sizeof(row->reserved); i++)
		if (row->reserved[i]) {
			wrong(work, "reserved", "is not zero");
			break;
		}
}

enum tocsin_code field_compile(const struct tocsin_field *row, enum field_role role, uint32_t structure_size,
			       struct arena *arena, const char *path, struct field *ret_field,
			       struct problems *problems)
{
	const struct compilation work = {row, arena, path, problems, ret_field};
	const struct problems before = *problems;

	*ret_field = (struct field){0};
	compile_text(&work);
	if (!kind_is_known(row->kind)) {
		wrong(&work, "kind", "is a number that no kind has");
		return problems_since(problems, &before);
	}
	ret_field->kind = (enum tocsin_kind)row->kind;
	if (role == FIELD_SETTING && (row->kind == TOCSIN_KIND_OBJECT || row->kind == TOCSIN_KIND_OBJECTS))
		wrong(&work, "kind", "is for parameters only");
	if (role == FIELD_PARAMETER && row->kind == TOCSIN_KIND_SECRET)
		wrong(&work, "kind", "is for settings only");
	compile_place(&work, structure_size);
	compile_limits(&work);
	compile_choices(&work);
	compile_pattern(&work);
	compile_preset(&work);
	return problems_since(problems, &before);
}

void field_release(struct field *field)
{
	if (!field)
		return;
	pattern_free(field->expression);
	json_decref(field->preset);
	field->expression = NULL;
	field->preset = NULL;
}

static json_t *limit_json(const struct field *field, const struct limit *limit)
{
	char text[KIND_TEXT_ROOM];

	if (!limit->present)
		return json_null();
	switch (kind_measure(field->kind)) {
	case MEASURE_NUMBER:
		return json_real(limit->number);
	case MEASURE_DURATION:
		return json_string(duration_text(limit->integer, text));
	case MEASURE_SIZE:
		return json_string(size_text(limit->integer, text));
	default:
		return json_integer(limit->integer);
	}
}

static json_t *choices_json(const struct field *field)
{
	json_t *choices = field->choice_count ? json_array() : json_null();

	for (size_t i = 0; i < field->choice_count; i++)
		if (json_array_append_new(choices, json_string(field->choices[i]))) {
			json_decref(choices);
			return NULL;
		}
	return choices;
}

static json_t *preset_json(const struct field *field)
{
	return field->preset ? json_incref(field->preset) : json_null();
}

json_t *field_manifest(const struct field *field)
{
	json_t *manifest = json_object();
	int failed = 0;

	failed |= json_put(manifest, "name", json_string(field->name));
	failed |= json_put(manifest, "kind", json_string(kind_name(field->kind)));
	failed |= json_put(manifest, "description", json_string(field->description));
	failed |= json_put(manifest, "required", json_boolean(field->required));
	failed |= json_put(manifest, "default", preset_json(field));
	failed |= json_put(manifest, "choices", choices_json(field));
	failed |= json_put(manifest, "minimum", limit_json(field, &field->minimum));
	failed |= json_put(manifest, "maximum", limit_json(field, &field->maximum));
	if (field->pattern)
		failed |= json_put(manifest, "pattern", json_string(field->pattern));
	if (field->unit)
		failed |= json_put(manifest, "unit", json_string(field->unit));
	if (field->kind == TOCSIN_KIND_SECRET)
		failed |= json_put(manifest, "secret", json_true());
	if (!failed)
		return manifest;
	json_decref(manifest);
	return NULL;
}

json_t *field_parameter_manifest(const struct field *field)
{
	json_t *manifest = json_object();
	int failed = 0;

	failed |= json_put(manifest, "name", json_string(field->name));
	failed |= json_put(manifest, "kind", json_string("keyword_only"));
	failed |= json_put(manifest, "annotation", json_string(kind_annotation(field->kind)));
	failed |= json_put(manifest, "description", json_string(field->description));
	failed |= json_put(manifest, "required", json_boolean(field->required));
	failed |= json_put(manifest, "default", preset_json(field));
	if (!failed)
		return manifest;
	json_decref(manifest);
	return NULL;
}

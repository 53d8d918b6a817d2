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

static void wrong(const struct compilation *work, const char *member, const char *message)
{
	char path[256];

	snprintf(path, sizeof(path), "%s.%s", work->path, member);
	problems_add(work->problems, path, "%s", message);
}

/* A copy of optional text, checked; NULL where absent or wrong. */
static const char *copy_text(const struct compilation *work, const char *member, const char *text)
{
	const char *copy;

	if (!text)
		return NULL;
	if (!text_is_utf8(text, strlen(text)) || text_has_control(text)) {
		wrong(work, member, "is not plain UTF-8 text");
		return NULL;
	}
	copy = arena_text(work->arena, text);
	if (!copy)
		work->problems->lost++;
	return copy;
}

static void compile_limit(const struct compilation *work, const char *member, const char *text, struct limit *ret_limit)
{
	bool good = false;

	if (!text)
		return;
	switch (kind_measure(work->field->kind)) {
	case MEASURE_NONE:
		wrong(work, member, "this kind has no limits");
		return;
	case MEASURE_CHARACTERS:
	case MEASURE_COUNT:
		good = text_to_integer(text, &ret_limit->integer) && ret_limit->integer >= 0;
		break;
	case MEASURE_INTEGER:
		good = text_to_integer(text, &ret_limit->integer);
		break;
	case MEASURE_NUMBER:
		good = text_to_number(text, &ret_limit->number);
		break;
	case MEASURE_DURATION:
		good = duration_parse(text, &ret_limit->integer);
		break;
	case MEASURE_SIZE:
		good = size_parse(text, &ret_limit->integer);
		break;
	}
	ret_limit->present = good;
	if (!good)
		wrong(work, member, "cannot be read as a limit of this kind");
}

static void compile_limits(const struct compilation *work)
{
	struct field *field = work->field;

	compile_limit(work, "minimum", work->row->minimum, &field->minimum);
	compile_limit(work, "maximum", work->row->maximum, &field->maximum);
	if (!field->minimum.present && (field->kind == TOCSIN_KIND_STRING || field->kind == TOCSIN_KIND_CHOICE))
		field->minimum = (struct limit){.present = true, .integer = field->kind == TOCSIN_KIND_CHOICE};
	if (field->minimum.present && field->maximum.present &&
	    (kind_measure(field->kind) == MEASURE_NUMBER ? field->minimum.number > field->maximum.number
							 : field->minimum.integer > field->maximum.integer))
		wrong(work, "minimum", "is above the maximum");
}

static void compile_choices(const struct compilation *work)
{
	const char *const *choices = work->row->choices;
	struct field *field = work->field;
	size_t count = 0;

	while (choices && choices[count] && count <= PLUGIN_CHOICES_CEILING)
		count++;
	if ((field->kind == TOCSIN_KIND_CHOICE) != (count > 0)) {
		wrong(work, "choices", count ? "are for the kind choice only" : "are missing");
		return;
	}
	if (count > PLUGIN_CHOICES_CEILING) {
		wrong(work, "choices", "are too many");
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
		if (!*choice || text_is_space(*choice) || text_is_space(choice[strlen(choice) - 1]))
			wrong(work, "choices", "one is empty or has white space around it");
		for (size_t j = 0; j < i; j++)
			if (strcmp(field->choices[j], choice) == 0)
				wrong(work, "choices", "one stands twice");
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
	else if (pattern_new(field->pattern, &field->expression, &err) == TOCSIN_NO_MEMORY)
		work->problems->lost++;
	else if (err.code)
		wrong(work, "pattern", tocsin_error_at(&err, 0));
}

static void compile_preset(const struct compilation *work)
{
	const char *preset = work->row->preset;
	struct field *field = work->field;
	char path[256];
	json_t *text;

	if (!preset)
		return;
	if (field->required || field->kind == TOCSIN_KIND_SECRET) {
		wrong(work, "preset", field->required ? "a required field has none" : "a secret has none");
		return;
	}
	if (!text_is_utf8(preset, strlen(preset))) {
		wrong(work, "preset", "is not UTF-8");
		return;
	}
	text = json_string(preset);
	snprintf(path, sizeof(path), "%s.preset", work->path);
	if (text)
		field_coerce(field, text, path, &field->preset, work->problems);
	else
		work->problems->lost++;
	json_decref(text);
}

static void compile_place(const struct compilation *work, uint32_t structure_size)
{
	const size_t size = kind_size(work->field->kind);
	const size_t unit = size > 8 ? 8 : size;
	const uint32_t offset = work->row->offset;

	work->field->offset = offset;
	if (offset % unit || size > structure_size || offset > structure_size - size)
		wrong(work, "offset", "is outside of the struct");
}

enum tocsin_code field_compile(const struct tocsin_field *row, enum field_role role, uint32_t structure_size,
			       struct arena *arena, const char *path, struct field *ret_field,
			       struct problems *problems)
{
	const struct compilation work = {row, arena, path, problems, ret_field};
	const size_t before = problems->count + problems->lost;

	*ret_field = (struct field){0};
	if (!kind_is_known(row->kind)) {
		wrong(&work, "kind", "is a number that no kind has");
		return TOCSIN_INVALID;
	}
	ret_field->kind = (enum tocsin_kind)row->kind;
	if (role == FIELD_SETTING && (row->kind == TOCSIN_KIND_OBJECT || row->kind == TOCSIN_KIND_OBJECTS))
		wrong(&work, "kind", "is for parameters only");
	ret_field->required = row->required;
	ret_field->name = copy_text(&work, "name", row->name);
	ret_field->description = copy_text(&work, "description", row->description);
	ret_field->unit = copy_text(&work, "unit", row->unit);
	if (!text_is_name(row->name))
		wrong(&work, "name", "is missing or not of letters, digits, '_' and '-'");
	if (!row->description || !*row->description)
		wrong(&work, "description", "is missing");
	for (size_t i = 0; i < sizeof(row->reserved); i++)
		if (row->reserved[i])
			wrong(&work, "reserved", "is not zero");
	compile_place(&work, structure_size);
	compile_limits(&work);
	compile_choices(&work);
	compile_pattern(&work);
	compile_preset(&work);
	if (problems->count + problems->lost == before)
		return TOCSIN_OK;
	return problems->lost ? TOCSIN_NO_MEMORY : TOCSIN_INVALID;
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

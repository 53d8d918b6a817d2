/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Placeholders and secret values in text and JSON: found, replaced by one another, hidden.
 *
 * What has nothing to hide in it is left alone, so that asking costs a search and no copy. A value is found in
 * the spellings of spelling.h; who encodes one otherwise (base64) must hide the encoded form as well, as the
 * transport does.
 */
#include "host/secrets.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "host/spelling.h"

#define HIDDEN_LENGTH 4 /* a shorter value is too likely to be an innocent part of other text */

/* What is looked for, and what stands there afterwards. */
struct needle {
	const char *text;
	size_t length;
	const char *with;
	bool is_value; /* any spelling of it, else just this text */
};

/* The bytes at `text` that are the needle, 0 when they are not. */
static size_t match(const struct needle *needle, const char *text)
{
	if (needle->is_value)
		return spelling_of(text, needle->text);
	return strncmp(text, needle->text, needle->length) == 0 ? needle->length : 0;
}

/* The longest needle that begins at `text`; several can, when one value begins with another. */
static const struct needle *needle_at(const struct needle *needles, size_t count, const char *text, size_t *ret_length)
{
	const struct needle *longest = NULL;
	size_t most = 0;

	for (size_t i = 0; i < count; i++) {
		const size_t length = match(&needles[i], text);

		if (length > most) {
			most = length;
			longest = &needles[i];
		}
	}
	*ret_length = most;
	return longest;
}

/* Measures when `into` is NULL, else writes. What was put in is not looked at again. */
static size_t replace_into(const struct needle *needles, size_t count, const char *text, char *into)
{
	size_t length = 0;

	while (*text) {
		size_t found;
		const struct needle *needle = needle_at(needles, count, text, &found);
		const size_t step = needle ? strlen(needle->with) : 1;

		if (into)
			memcpy(into + length, needle ? needle->with : text, step);
		length += step;
		text += needle ? found : 1;
	}
	return length;
}

static char *replace(const struct needle *needles, size_t count, const char *text)
{
	const size_t length = replace_into(needles, count, text, NULL);
	char *copy = mem_alloc(length + 1);

	if (copy) {
		replace_into(needles, count, text, copy);
		copy[length] = '\0';
	}
	return copy;
}

static struct needle needle_of(const char *text, const char *with)
{
	return (struct needle){.text = text, .length = strlen(text), .with = with};
}

const struct secret *secrets_find(const struct secrets *secrets, const char *text)
{
	if (!secrets->count || !strstr(text, SECRET_PLACEHOLDER_START))
		return NULL;
	for (size_t i = 0; i < secrets->count; i++)
		if (strstr(text, secrets->items[i].placeholder))
			return &secrets->items[i];
	return NULL;
}

char *secrets_reveal(const struct secrets *secrets, const char *text)
{
	struct needle *needles;
	size_t count = 0;
	char *copy;

	if (!secrets_find(secrets, text))
		return mem_text(text);
	needles = mem_array(secrets->count, sizeof(*needles));
	if (!needles)
		return NULL;
	for (size_t i = 0; i < secrets->count; i++)
		if (secrets->items[i].value)
			needles[count++] = needle_of(secrets->items[i].placeholder, secrets->items[i].value);
	copy = replace(needles, count, text);
	mem_free(needles);
	return copy;
}

static bool has_value(const struct secret *secret, const char *text)
{
	return secret->value && strlen(secret->value) >= HIDDEN_LENGTH && spelling_find(text, secret->value);
}

/* Whether secrets_hide() would change the text. */
static bool is_telling(const struct secrets *secrets, const char *text)
{
	for (size_t i = 0; i < secrets->count; i++)
		if (strstr(text, secrets->items[i].placeholder) || has_value(&secrets->items[i], text))
			return true;
	return false;
}

char *secrets_hide(const struct secrets *secrets, const char *text)
{
	struct needle *needles;
	size_t count = 0;
	char *copy;

	if (!is_telling(secrets, text))
		return mem_text(text);
	needles = mem_array(secrets->count * 2, sizeof(*needles));
	if (!needles)
		return NULL;
	for (size_t i = 0; i < secrets->count; i++) {
		needles[count++] = needle_of(secrets->items[i].placeholder, VALUES_MASK);
		if (has_value(&secrets->items[i], text)) {
			needles[count] = needle_of(secrets->items[i].value, VALUES_MASK);
			needles[count++].is_value = true;
		}
	}
	copy = replace(needles, count, text);
	mem_free(needles);
	return copy;
}

static bool is_telling_json(const struct secrets *secrets, const json_t *json)
{
	const size_t count = json_array_size(json);

	if (json_is_string(json))
		return is_telling(secrets, json_string_value(json));
	for (size_t i = 0; i < count; i++)
		if (is_telling_json(secrets, json_array_get(json, i)))
			return true;
	for (void *iter = json_object_iter((json_t *)json); iter; iter = json_object_iter_next((json_t *)json, iter))
		if (is_telling(secrets, json_object_iter_key(iter)) ||
		    is_telling_json(secrets, json_object_iter_value(iter)))
			return true;
	return false;
}

static json_t *hidden_text(const struct secrets *secrets, const json_t *json)
{
	char *text = secrets_hide(secrets, json_string_value(json));
	json_t *hidden = text ? json_string(text) : NULL;

	mem_free(text);
	return hidden;
}

static json_t *hidden_list(const struct secrets *secrets, const json_t *json)
{
	const size_t count = json_array_size(json);
	json_t *hidden = json_array();

	for (size_t i = 0; hidden && i < count; i++)
		if (json_array_append_new(hidden, secrets_hide_json(secrets, json_array_get(json, i)))) {
			json_decref(hidden);
			return NULL;
		}
	return hidden;
}

static json_t *hidden_map(const struct secrets *secrets, const json_t *json)
{
	json_t *hidden = json_object(), *value;
	const char *key;

	json_object_foreach ((json_t *)json, key, value) {
		char *shown = secrets_hide(secrets, key);
		const int failed = !shown || json_put(hidden, shown, secrets_hide_json(secrets, value));

		mem_free(shown);
		if (failed) {
			json_decref(hidden);
			return NULL;
		}
	}
	return hidden;
}

json_t *secrets_hide_json(const struct secrets *secrets, const json_t *json)
{
	if (!secrets->count || !is_telling_json(secrets, json))
		return json_incref((json_t *)json);
	if (json_is_string(json))
		return hidden_text(secrets, json);
	return json_is_array(json) ? hidden_list(secrets, json) : hidden_map(secrets, json);
}

void secrets_hide_error(const struct secrets *secrets, struct tocsin_error *err)
{
	struct tocsin_error shown = TOCSIN_ERROR_INIT;
	bool telling = false;

	for (size_t i = 0; secrets->count && i < err->count; i++)
		telling = telling || is_telling(secrets, tocsin_error_at(err, i));
	if (!telling)
		return;
	for (size_t i = 0; i < err->count; i++) {
		char *sentence = secrets_hide(secrets, tocsin_error_at(err, i));
		const char *text = sentence ? sentence : "(no memory to show this without a secret)";

		if (i)
			tocsin_wrap(&shown, "%s", text);
		else
			tocsin_fail(&shown, err->code, "%s", text);
		mem_free(sentence);
	}
	*err = shown;
}

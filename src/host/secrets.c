/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets: where their values come from, and the placeholders that stand for them. secrets_text.c puts one in
 * the place of the other.
 *
 * A value that a setting refers to (env:, file:) exists in one block that is wiped before it is freed, and in
 * the texts that secrets_reveal() makes. One that is written out in the settings also stays in them, and in what
 * they were read from, which nobody wipes. It is never part of a problem's text. Nothing here is fatal.
 */
#include "host/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "contract/pattern.h"

#define RANDOM_BYTES 16

static void wipe(char *value)
{
	if (value)
		explicit_bzero(value, strlen(value));
	mem_free(value);
}

void secrets_release(struct secrets *secrets)
{
	if (!secrets)
		return;
	for (size_t i = 0; i < secrets->count; i++) {
		mem_free(secrets->items[i].placeholder);
		wipe(secrets->items[i].value);
	}
	mem_free(secrets->items);
	*secrets = (struct secrets){0};
}

/* One secret on its way. Problems are about the field; what it names is told, what it holds never. */
struct reading {
	const struct field *field;
	struct problems *problems;
};

static void lose(const struct reading *reading)
{
	reading->problems->lost++;
}

static char *read_environment(const struct reading *reading, const char *name)
{
	const char *value;
	char *copy;

	if (!text_is_name(name)) {
		problems_add(reading->problems, reading->field->name,
			     "env: must be followed by the name of a variable");
		return NULL;
	}
	value = getenv(name);
	if (!value || !*value) {
		problems_add(reading->problems, reading->field->name, "the environment has %s %s",
			     value ? "nothing in" : "no", name);
		return NULL;
	}
	if (strlen(value) > SECRET_CEILING) {
		problems_add(reading->problems, reading->field->name, "the variable %s has more than %d bytes", name,
			     SECRET_CEILING);
		return NULL;
	}
	copy = mem_text(value);
	if (!copy)
		lose(reading);
	return copy;
}

/* Reads until the end or until `room` bytes; -1 and errno on failure. */
static ssize_t read_all(int fd, char *bytes, size_t room)
{
	size_t used = 0;
	ssize_t got;

	while (used < room) {
		got = read(fd, bytes + used, room - used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (!got)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

/* The text of the open file in a new block, or NULL and a problem. */
static char *read_opened(const struct reading *reading, const char *path, int fd)
{
	const size_t room = SECRET_CEILING + 3; /* a line break of two bytes, and one byte that is too much */
	char *bytes = mem_zero(room + 1);
	ssize_t length;

	if (!bytes) {
		lose(reading);
		return NULL;
	}
	length = read_all(fd, bytes, room);
	if (length < 0)
		problems_add(reading->problems, reading->field->name, "the file %s cannot be read: %s", path,
			     strerror(errno));
	else if (memchr(bytes, '\0', (size_t)length))
		problems_add(reading->problems, reading->field->name, "the file %s holds a NUL byte", path);
	else {
		if (length && (size_t)length < room && bytes[length - 1] == '\n') {
			bytes[--length] = '\0';
			if (length && bytes[length - 1] == '\r')
				bytes[--length] = '\0';
		}
		if (length > SECRET_CEILING)
			problems_add(reading->problems, reading->field->name, "the file %s has more than %d bytes",
				     path, SECRET_CEILING);
		else if (!length)
			problems_add(reading->problems, reading->field->name, "the file %s is empty", path);
		else
			return bytes;
	}
	explicit_bzero(bytes, room);
	mem_free(bytes);
	return NULL;
}

static char *read_file(const struct reading *reading, const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *value = NULL;
	struct stat about;

	if (fd < 0 || fstat(fd, &about)) {
		problems_add(reading->problems, reading->field->name, "the file %s cannot be opened: %s", path,
			     strerror(errno));
	} else if (!S_ISREG(about.st_mode)) {
		problems_add(reading->problems, reading->field->name, "%s is not a regular file", path);
	} else {
		value = read_opened(reading, path, fd);
	}
	if (fd >= 0)
		close(fd);
	return value;
}

/* The contract checked a literal secret; what a reference names is checked here. */
static bool is_acceptable(const struct reading *reading, const char *value)
{
	const struct field *field = reading->field;
	size_t characters;

	if (!text_is_utf8(value, strlen(value))) {
		problems_add(reading->problems, field->name, "the secret is not UTF-8 text");
		return false;
	}
	characters = text_characters(value);
	if (field->minimum.present && (int64_t)characters < field->minimum.integer) {
		problems_add(reading->problems, field->name,
			     "the secret is shorter than the minimum of %lld characters",
			     (long long)field->minimum.integer);
		return false;
	}
	if (field->maximum.present && (int64_t)characters > field->maximum.integer) {
		problems_add(reading->problems, field->name, "the secret is longer than the maximum of %lld characters",
			     (long long)field->maximum.integer);
		return false;
	}
	if (field->expression && !pattern_matches(field->expression, value)) {
		problems_add(reading->problems, field->name, "the secret does not match %s", field->pattern);
		return false;
	}
	return true;
}

static bool is_reference(const char *setting)
{
	return text_starts_with(setting, "env:") || text_starts_with(setting, "file:");
}

static char *resolve(const struct reading *reading, const char *setting)
{
	char *value;

	if (text_starts_with(setting, "env:"))
		value = read_environment(reading, setting + 4);
	else if (text_starts_with(setting, "file:"))
		value = read_file(reading, setting + 5);
	else {
		value = mem_text(setting);
		if (!value)
			lose(reading);
		return value;
	}
	if (value && !is_acceptable(reading, value)) {
		wipe(value);
		value = NULL;
	}
	return value;
}

static char *new_placeholder(const struct reading *reading)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char random[RANDOM_BYTES];
	char digits[RANDOM_BYTES * 2 + 1];
	struct buffer text;
	char *placeholder;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		problems_add(reading->problems, reading->field->name, "the system gives no random numbers: %s",
			     strerror(errno));
		return NULL;
	}
	for (size_t i = 0; i < sizeof(random); i++) {
		digits[2 * i] = hex[random[i] >> 4];
		digits[2 * i + 1] = hex[random[i] & 15];
	}
	digits[sizeof(digits) - 1] = '\0';
	buffer_init(&text, 256);
	buffer_format(&text, SECRET_PLACEHOLDER_START "%s:%s}", reading->field->name, digits);
	placeholder = buffer_take(&text);
	buffer_release(&text);
	if (!placeholder)
		lose(reading);
	return placeholder;
}

/* Takes one secret out of `settings`. */
static void extract_one(const struct reading *reading, enum secrets_mode mode, json_t *settings,
			struct secrets *secrets)
{
	const char *setting = json_get_text(settings, reading->field->name, NULL);
	struct secret *secret = &secrets->items[secrets->count];

	if (!setting)
		return;
	*secret = (struct secret){.field = reading->field->name};
	secrets->count++;
	secret->placeholder = new_placeholder(reading);
	if (mode == SECRETS_RESOLVE || !is_reference(setting))
		secret->value = resolve(reading, setting);
	if (secret->placeholder && json_put(settings, secret->field, json_string(secret->placeholder)))
		lose(reading);
}

static size_t count_secrets(const struct plugin *plugin)
{
	size_t count = 0;

	for (size_t i = 0; i < plugin->field_count; i++)
		count += plugin->fields[i].kind == TOCSIN_KIND_SECRET;
	return count;
}

enum tocsin_code secrets_extract(const struct plugin *plugin, const json_t *settings, enum secrets_mode mode,
				 const char *path, struct secrets *ret_secrets, json_t **ret_settings,
				 struct problems *problems)
{
	const size_t count = count_secrets(plugin);
	struct problems own = {0};
	struct secrets secrets = {.items = mem_array(count, sizeof(*secrets.items))};
	json_t *given = json_duplicate(settings);
	enum tocsin_code code = TOCSIN_OK;

	if (!given || !secrets.items) {
		own.lost++;
	} else {
		for (size_t i = 0; i < plugin->field_count; i++) {
			const struct reading reading = {.field = &plugin->fields[i], .problems = &own};

			if (plugin->fields[i].kind == TOCSIN_KIND_SECRET)
				extract_one(&reading, mode, given, &secrets);
		}
	}
	if (!problems_none(&own)) {
		code = own.count ? TOCSIN_INVALID : TOCSIN_NO_MEMORY;
		problems_move(problems, path, &own);
		secrets_release(&secrets);
		json_decref(given);
		return code;
	}
	*ret_secrets = secrets;
	*ret_settings = given;
	return TOCSIN_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: where they are read, what is wrong with them, what replaces them, and that they stay secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "../host/fixtures.h"
#include "base/buffer.h"
#include "base/text.h"
#include "host/secrets.h"
#include "scarce.h"

struct keeper {
	struct tocsin_secret token;
	struct tocsin_secret password;
	const char *plain;
};

static const struct tocsin_field keeper_fields[] = {
	TOCSIN_SECRET(struct keeper, token, .required = true, .description = "Any."),
	TOCSIN_SECRET(struct keeper, password, .minimum = "4", .maximum = "8", .pattern = "[a-z\\x{e4}]+",
		      .description = "Short."),
	TOCSIN_STRING(struct keeper, plain, .preset = "env:HOME", .description = "No secret, whatever it says."),
};

static const struct tocsin_plugin keeper = {
	.abi = TOCSIN_ABI,
	.group = "fixture",
	.name = "keeper",
	.version = "1",
	.doc = "Keeps.",
	.settings_size = sizeof(struct keeper),
	.fields = TOCSIN_LIST(keeper_fields),
};

static struct plugin *plugin;
static char directory[] = "/tmp/tocsin-secrets-XXXXXX";

static const char *file_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void write_file(const char *name, const void *bytes, size_t length)
{
	FILE *file = fopen(file_of(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(plugin_compile(&keeper, PLUGIN_LIVE, "keeper", &plugin, NULL), TOCSIN_OK);
	return 0;
}

static int tear_down(void **state)
{
	char command[160];

	(void)state;
	plugin_unref(plugin);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

/* {"token": ..., "password": ...} checked. */
static json_t *settings_of(const char *token, const char *password)
{
	struct problems problems = {0};
	json_t *input = json_pack("{s:s, s:s*}", "token", token, "password", password), *settings = NULL;

	values_check(plugin->fields, plugin->field_count, input, "", &settings, &problems);
	if (!problems_none(&problems))
		fail_msg("%s: %s", problems.items[0].path, problems.items[0].message);
	json_decref(input);
	return settings;
}

static enum tocsin_code extract(const char *token, const char *password, enum secrets_mode mode,
				struct secrets *ret_secrets, json_t **ret_settings, struct problems *problems)
{
	json_t *settings = settings_of(token, password);
	const enum tocsin_code code =
		secrets_extract(plugin, settings, mode, "receivers.x", ret_secrets, ret_settings, problems);

	json_decref(settings);
	return code;
}

static void test_placeholders(void **state)
{
	struct secrets one = {0}, other = {0};
	struct problems problems = {0};
	json_t *settings = NULL, *again = NULL;
	const char *placeholder;
	struct tocsin_error err = TOCSIN_ERROR_INIT;

	(void)state;
	(void)err;
	assert_int_equal(extract("hunter22", "abcd", SECRETS_RESOLVE, &one, &settings, &problems), TOCSIN_OK);
	assert_int_equal(extract("env:NONE", NULL, SECRETS_MASK, &other, &again, &problems), TOCSIN_OK);
	assert_int_equal(one.count, 2);
	assert_int_equal(other.count, 1);
	placeholder = one.items[0].placeholder;
	assert_string_equal(one.items[0].field, "token");
	assert_string_equal(one.items[0].value, "hunter22");
	assert_string_equal(one.items[1].value, "abcd");
	assert_null(other.items[0].value);
	/* {tocsin:token:32 hexadecimal digits}, and nothing that a header or a URL's path would not take. */
	assert_int_equal(strlen(placeholder), strlen("{tocsin:token:}") + 32);
	assert_memory_equal(placeholder, "{tocsin:token:", 14);
	assert_int_equal(strspn(placeholder + 14, "0123456789abcdef"), 32);
	assert_string_not_equal(placeholder, one.items[1].placeholder);
	assert_string_not_equal(placeholder, other.items[0].placeholder);
	assert_string_equal(json_get_text(settings, "token", ""), placeholder);
	assert_string_equal(json_get_text(settings, "password", ""), one.items[1].placeholder);
	assert_string_equal(json_get_text(settings, "plain", ""), "env:HOME");
	assert_null(json_object_get(again, "password"));
	json_decref(settings);
	json_decref(again);
	secrets_release(&one);
	secrets_release(&one);
	secrets_release(&other);
	secrets_release(NULL);
}

static void test_sources(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *value; /* NULL: refused */
		const char *why;
	} files[] = {
		{"hunter22", 8, "hunter22", NULL},
		{"hunter22\n", 9, "hunter22", NULL},
		{"hunter22\r\n", 10, "hunter22", NULL},
		{"hunter22\n\n", 10, "hunter22\n", NULL},
		{" hunter 22 \n", 12, " hunter 22 ", NULL},
		{"env:HOME\n", 9, "env:HOME", NULL},
		{"\n", 1, NULL, "is empty"},
		{"\r\n", 2, NULL, "is empty"},
		{"", 0, NULL, "is empty"},
		{"hunt\0er", 7, NULL, "holds a NUL byte"},
		{"hunter\xff", 7, NULL, "is not UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		struct secrets secrets = {0};
		struct problems problems = {0};
		json_t *settings = NULL;
		char token[160];

		write_file("secret", files[i].bytes, files[i].length);
		snprintf(token, sizeof(token), "file:%s", file_of("secret"));
		extract(token, NULL, SECRETS_RESOLVE, &secrets, &settings, &problems);
		if (files[i].value) {
			assert_true(problems_none(&problems));
			assert_string_equal(secrets.items[0].value, files[i].value);
		} else {
			assert_int_equal(problems.count, 1);
			assert_string_equal(problems.items[0].path, "receivers.x.token");
			assert_non_null(strstr(problems.items[0].message, files[i].why));
			assert_null(strstr(problems.items[0].message, "hunt"));
		}
		/* A mask needs no secret. */
		secrets_release(&secrets);
		json_decref(settings);
		problems_release(&problems);
		assert_int_equal(extract(token, NULL, SECRETS_MASK, &secrets, &settings, &problems), TOCSIN_OK);
		if (strncmp(token, "env:", 4) == 0 || strncmp(token, "file:", 5) == 0)
			assert_null(secrets.items[0].value);
		else
			assert_string_equal(secrets.items[0].value, token);
		json_decref(settings);
		secrets_release(&secrets);
	}
}

static void test_ceiling_of_files(void **state)
{
	static const struct {
		size_t length;
		const char *end;
		bool good;
	} cases[] = {
		{SECRET_CEILING, "", true},	   {SECRET_CEILING, "\n", true},      {SECRET_CEILING, "\r\n", true},
		{SECRET_CEILING + 1, "", false},   {SECRET_CEILING + 1, "\n", false}, {SECRET_CEILING, "\r\nx", false},
		{SECRET_CEILING, "\r\n\n", false}, {SECRET_CEILING * 3, "", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct secrets secrets = {0};
		struct problems problems = {0};
		json_t *settings = NULL;
		struct buffer bytes;
		char token[160];

		buffer_init(&bytes, 1 << 20);
		for (size_t j = 0; j < cases[i].length; j++)
			buffer_byte(&bytes, 'x');
		buffer_text_add(&bytes, cases[i].end);
		write_file("large", bytes.text, bytes.length);
		buffer_release(&bytes);
		snprintf(token, sizeof(token), "file:%s", file_of("large"));
		extract(token, NULL, SECRETS_RESOLVE, &secrets, &settings, &problems);
		assert_int_equal(problems.count, cases[i].good ? 0 : 1);
		if (cases[i].good)
			assert_int_equal(strlen(secrets.items[0].value), SECRET_CEILING);
		else
			assert_non_null(strstr(problems.items[0].message, "more than 65536 bytes"));
		problems_release(&problems);
		secrets_release(&secrets);
		json_decref(settings);
	}
}

static void test_what_is_missing(void **state)
{
	static const struct {
		const char *token, *password;
		const char *path, *why;
	} cases[] = {
		{"env:TOCSIN_NOT_THERE", NULL, "receivers.x.token", "the environment has no TOCSIN_NOT_THERE"},
		{"env:TOCSIN_EMPTY", NULL, "receivers.x.token", "nothing in TOCSIN_EMPTY"},
		{"env:", NULL, "receivers.x.token", "the name of a variable"},
		{"env:$SECRET", NULL, "receivers.x.token", "the name of a variable"},
		{"file:/nowhere/at/all", NULL, "receivers.x.token", "/nowhere/at/all cannot be opened: No such file"},
		{"file:/tmp", NULL, "receivers.x.token", "/tmp is not a regular file"},
		{"file:/dev/null", NULL, "receivers.x.token", "/dev/null is not a regular file"},
		{"file:", NULL, "receivers.x.token", "cannot be opened"},
		{"fine", "env:TOCSIN_THREE", "receivers.x.password", "shorter than the minimum of 4"},
		{"fine", "env:TOCSIN_NINE", "receivers.x.password", "longer than the maximum of 8"},
		{"fine", "env:TOCSIN_DIGITS", "receivers.x.password", "does not match"},
	};

	(void)state;
	setenv("TOCSIN_EMPTY", "", 1);
	setenv("TOCSIN_THREE", "abc", 1);
	setenv("TOCSIN_NINE", "abcdefghi", 1);
	setenv("TOCSIN_DIGITS", "abc123", 1);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct secrets secrets = {0};
		struct problems problems = {0};
		json_t *settings = NULL;

		assert_int_equal(
			extract(cases[i].token, cases[i].password, SECRETS_RESOLVE, &secrets, &settings, &problems),
			TOCSIN_INVALID);
		assert_int_equal(problems.count, 1);
		assert_string_equal(problems.items[0].path, cases[i].path);
		if (!strstr(problems.items[0].message, cases[i].why))
			fail_msg("%s", problems.items[0].message);
		assert_null(strstr(problems.items[0].message, "abc"));
		assert_null(secrets.items);
		assert_null(settings);
		problems_release(&problems);
	}
}

static void test_all_problems_at_once(void **state)
{
	struct secrets secrets = {0};
	struct problems problems = {0};
	json_t *settings = NULL;

	(void)state;
	assert_int_equal(
		extract("env:TOCSIN_NOT_THERE", "file:/nowhere", SECRETS_RESOLVE, &secrets, &settings, &problems),
		TOCSIN_INVALID);
	assert_int_equal(problems.count, 2);
	problems_release(&problems);
}

static void test_characters_count(void **state)
{
	struct secrets secrets = {0};
	struct problems problems = {0};
	json_t *settings = NULL;

	(void)state;
	/* Eight characters, sixteen bytes. */
	setenv("TOCSIN_WIDE", "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 1);
	assert_int_equal(extract("fine", "env:TOCSIN_WIDE", SECRETS_RESOLVE, &secrets, &settings, &problems),
			 TOCSIN_OK);
	json_decref(settings);
	secrets_release(&secrets);
}

/* $t, $p: placeholders of token and password. */
static char *filled(const struct secrets *secrets, const char *text)
{
	struct buffer buffer;
	char *result;

	buffer_init(&buffer, 4096);
	for (; *text; text++) {
		if (*text == '$' && (text[1] == 't' || text[1] == 'p'))
			buffer_text_add(&buffer, secrets->items[*++text == 'p'].placeholder);
		else
			buffer_byte(&buffer, *text);
	}
	result = buffer_take(&buffer);
	return result;
}

static void test_replacing(void **state)
{
	/* The token is "hunter", the password "hunterab", which begins with the token. */
	static const struct {
		const char *text, *revealed, *hidden;
	} cases[] = {
		{"", "", ""},
		{"plain", "plain", "plain"},
		{"$t", "hunter", "***"},
		{"a$tb$pc", "ahunterbhunterabc", "a***b***c"},
		{"$t$t$t", "hunterhunterhunter", "*********"},
		{"Bearer hunter", "Bearer hunter", "Bearer ***"},
		{"hunterab", "hunterab", "***"},
		{"hunterabhunter", "hunterabhunter", "******"},
		{"hunterahunt", "hunterahunt", "***ahunt"},
		{"{tocsin:token:0}", "{tocsin:token:0}", "{tocsin:token:0}"},
		{"{tocsin:$t", "{tocsin:hunter", "{tocsin:***"},
	};
	struct secrets secrets = {0};
	struct problems problems = {0};
	json_t *settings = NULL;

	(void)state;
	assert_int_equal(extract("hunter", "hunterab", SECRETS_RESOLVE, &secrets, &settings, &problems), TOCSIN_OK);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *text = filled(&secrets, cases[i].text);
		char *revealed = secrets_reveal(&secrets, text), *hidden = secrets_hide(&secrets, text);
		const bool named = strchr(cases[i].text, '$');

		assert_string_equal(revealed, cases[i].revealed);
		assert_string_equal(hidden, cases[i].hidden);
		assert_true(!secrets_find(&secrets, text) != named);
		mem_free(text);
		mem_free(revealed);
		mem_free(hidden);
	}
	json_decref(settings);
	secrets_release(&secrets);
}

/* What is put in is not looked at again: a secret that looks like a placeholder stays what it is. */
static void test_no_second_replacement(void **state)
{
	struct secrets secrets = {0};
	struct problems problems = {0};
	json_t *settings = NULL;
	char *text;

	(void)state;
	assert_int_equal(extract("fine", "abcd", SECRETS_RESOLVE, &secrets, &settings, &problems), TOCSIN_OK);
	mem_free(secrets.items[0].value);
	secrets.items[0].value = mem_text(secrets.items[1].placeholder);
	text = secrets_reveal(&secrets, secrets.items[0].placeholder);
	assert_string_equal(text, secrets.items[1].placeholder);
	mem_free(text);
	json_decref(settings);
	secrets_release(&secrets);
}

static void test_short_and_unresolved(void **state)
{
	struct secrets secrets = {0};
	struct problems problems = {0};
	json_t *settings = NULL;
	char *text;

	(void)state;
	/* Three letters are everywhere. */
	assert_int_equal(extract("abc", NULL, SECRETS_RESOLVE, &secrets, &settings, &problems), TOCSIN_OK);
	text = secrets_hide(&secrets, "the abc of it");
	assert_string_equal(text, "the abc of it");
	mem_free(text);
	json_decref(settings);
	secrets_release(&secrets);
	assert_int_equal(extract("env:NONE", NULL, SECRETS_MASK, &secrets, &settings, &problems), TOCSIN_OK);
	text = secrets_reveal(&secrets, secrets.items[0].placeholder);
	assert_string_equal(text, secrets.items[0].placeholder);
	mem_free(text);
	text = secrets_hide(&secrets, secrets.items[0].placeholder);
	assert_string_equal(text, "***");
	mem_free(text);
	json_decref(settings);
	secrets_release(&secrets);
}

static void test_json_and_errors(void **state)
{
	struct secrets secrets = {0}, none = {0};
	struct problems problems = {0};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *settings = NULL, *json, *hidden;

	(void)state;
	assert_int_equal(extract("hunter22", NULL, SECRETS_RESOLVE, &secrets, &settings, &problems), TOCSIN_OK);
	json = json_pack("{s:[s, {s:s, s:i}], s:n, s:b}", "a", "x hunter22", "hunter22", secrets.items[0].placeholder,
			 "n", 1, "nothing", "yes", true);
	hidden = secrets_hide_json(&secrets, json);
	assert_json(hidden, "{'a':['x ***',{'***':'***','n':1}],'nothing':null,'yes':true}");
	json_decref(hidden);
	hidden = secrets_hide_json(&none, json);
	assert_ptr_equal(hidden, json);
	json_decref(hidden);
	json_decref(json);
	json = json_of("{'a':['b',{'c':'d'}]}");
	hidden = secrets_hide_json(&secrets, json);
	assert_ptr_equal(hidden, json);
	json_decref(hidden);
	json_decref(json);
	tocsin_fail(&err, TOCSIN_DENIED, "the key hunter22 is wrong");
	tocsin_wrap(&err, "nothing to see");
	tocsin_wrap(&err, "sending %s", secrets.items[0].placeholder);
	secrets_hide_error(&secrets, &err);
	assert_int_equal(err.code, TOCSIN_DENIED);
	assert_int_equal(err.count, 3);
	assert_string_equal(tocsin_error_at(&err, 0), "the key *** is wrong");
	assert_string_equal(tocsin_error_at(&err, 1), "nothing to see");
	assert_string_equal(tocsin_error_at(&err, 2), "sending ***");
	json_decref(settings);
	secrets_release(&secrets);
}

static void test_without_memory(void **state)
{
	struct secrets secrets = {0};
	struct problems problems = {0};
	json_t *settings = settings_of("hunter22", "abcd"), *given = NULL, *hidden, *json;
	size_t allowed = 0;
	enum tocsin_code code;
	bool refused;

	(void)state;
	do {
		scarce_begin(allowed++);
		code = secrets_extract(plugin, settings, SECRETS_RESOLVE, "", &secrets, &given, &problems);
		refused = scarce_end();
		assert_int_equal(code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK);
		problems_release(&problems);
	} while (refused);
	json = json_pack("{s:[s, s]}", "a", secrets.items[0].placeholder, "hunter22");
	allowed = 0;
	do {
		char *revealed;

		scarce_begin(allowed++);
		hidden = secrets_hide_json(&secrets, json);
		revealed = secrets_reveal(&secrets, secrets.items[0].placeholder);
		refused = scarce_end();
		assert_true(refused == (!hidden || !revealed));
		json_decref(hidden);
		mem_free(revealed);
	} while (refused);
	json_decref(json);
	json_decref(given);
	json_decref(settings);
	secrets_release(&secrets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_placeholders),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_ceiling_of_files),
		cmocka_unit_test(test_what_is_missing),
		cmocka_unit_test(test_all_problems_at_once),
		cmocka_unit_test(test_characters_count),
		cmocka_unit_test(test_replacing),
		cmocka_unit_test(test_no_second_replacement),
		cmocka_unit_test(test_short_and_unresolved),
		cmocka_unit_test(test_json_and_errors),
		cmocka_unit_test(test_without_memory),
	};

	mem_use_for_json();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

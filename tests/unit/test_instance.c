/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instances, through the public <tocsin/host.h> where it reaches: construction, records, switches, overrides
 * and secrets, in process and in a worker.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "../host/fixtures.h"
/* The plugin that is part of this program; it also makes the program hold all that plugins call. */
#define tocsin_plugin_table echo_table
#include "../host/echo.c"
#include "base/code.h"
#include "base/text.h"
#include "host/instance.h"
#include "host/library.h"
#include "scarce.h"

/* How an instance of echo comes to be. */
enum way {
	BUILT_IN, /* the table in this program */
	LOADED, /* the file, in this program */
	IN_WORKER, /* the file, in a worker */
	WAYS,
};

static struct tocsin_host *host_of(enum way way)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_host *host = NULL;

	assert_int_equal(tocsin_host_new(&host, &err), TOCSIN_OK);
	if (way == BUILT_IN)
		assert_failure(&err, tocsin_host_add(host, &echo_table, "echo.c", &err), TOCSIN_OK, NULL);
	else
		assert_failure(&err, tocsin_host_add_file(host, fixture("echo"), &err), TOCSIN_OK, NULL);
	return host;
}

/* JSON with ' for ". Free it. */
static char *quoted(const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	for (char *byte = copy; byte && *byte; byte++)
		*byte = *byte == '\'' ? '"' : *byte;
	return copy;
}

static enum tocsin_code construct(struct tocsin_host *host, enum way way, const char *name, const char *settings,
				  struct tocsin_instance **ret_instance, struct tocsin_error *err)
{
	const struct tocsin_instance_options in_process = {.size = sizeof(in_process), .place = TOCSIN_IN_PROCESS};
	char *text = quoted(settings);
	const enum tocsin_code code = tocsin_instance_new(host, "fixture", name, text,
							  way == IN_WORKER ? NULL : &in_process, ret_instance, err);

	free(text);
	return code;
}

static struct tocsin_instance *echo_of(struct tocsin_host *host, enum way way, const char *settings)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_instance *instance = NULL;

	assert_failure(&err, construct(host, way, "echo", settings, &instance, &err), TOCSIN_OK, NULL);
	return instance;
}

static enum tocsin_code invoke(struct tocsin_instance *instance, const char *action, const char *arguments,
			       char **ret_json, struct tocsin_error *err)
{
	char *text = quoted(arguments);
	const enum tocsin_code code = tocsin_instance_invoke(instance, action, text, ret_json, err);

	free(text);
	return code;
}

/* Invokes and compares: with a result, or with a failure and a part of its text. */
static void expect(struct tocsin_instance *instance, const char *action, const char *arguments, enum tocsin_code code,
		   const char *result_or_why)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char *result = NULL, *expected = quoted(result_or_why);

	assert_failure(&err, invoke(instance, action, arguments, &result, &err), code, code ? result_or_why : NULL);
	if (!code)
		assert_string_equal(result, expected);
	free(expected);
	tocsin_text_free(result);
}

/* The history without what changes from run to run. */
static json_t *history_of(const struct tocsin_instance *instance)
{
	char *text = NULL;
	json_t *list, *record;
	size_t index;

	assert_int_equal(tocsin_instance_history(instance, &text, NULL), TOCSIN_OK);
	list = json_loads(text, 0, NULL);
	json_array_foreach (list, index, record) {
		assert_true(json_is_real(json_object_get(record, "duration_ms")));
		assert_true(json_real_value(json_object_get(record, "duration_ms")) >= 0);
		assert_int_equal(json_string_length(json_object_get(record, "time")), 24);
		json_object_del(record, "duration_ms");
		json_object_del(record, "time");
	}
	tocsin_text_free(text);
	return list;
}

static void assert_history(const struct tocsin_instance *instance, const char *expected)
{
	json_t *list = history_of(instance);

	assert_json(list, expected);
	json_decref(list);
}

static void test_results_and_records(void **state)
{
	(void)state;
	for (enum way way = 0; way < WAYS; way++) {
		struct tocsin_host *host = host_of(way);
		struct tocsin_instance *echo = echo_of(host, way, "{'count': '3'}");

		assert_history(echo, "[]");
		expect(echo, "say", "{'text': ' hi '}", TOCSIN_OK, "'>hi'");
		expect(echo, "show", NULL, TOCSIN_OK, "{'count': 3, 'prefix': '>', 'token': null}");
		expect(echo, "nothing", "{}", TOCSIN_OK, "null");
		expect(echo, "fail", "{'text':'odd'}", TOCSIN_INVALID,
		       "running fail of fixture/echo: using no token: the text is odd");
		expect(echo, "say", "{}", TOCSIN_INVALID, "text: is required");
		expect(echo, "say", "{'txet':1,'text':'x'}", TOCSIN_INVALID, "txet: is not known; did you mean text?");
		expect(echo, "say", "[1]", TOCSIN_INVALID, "is a list, a map is needed");
		expect(echo, "say", "{'text':", TOCSIN_INVALID, "reading the arguments: not JSON");
		expect(echo, "sya", "{}", TOCSIN_NOT_FOUND, "did you mean say?");
		expect(echo, "", "{}", TOCSIN_NOT_FOUND, "no action");
		expect(echo, "break_word", NULL, TOCSIN_INVALID, "running break_word of fixture/echo");
		assert_history(
			echo,
			"[{'action':'say','arguments':{'text':'hi'},'error':null,'outcome':'ok','result_type':'str',"
			"'sequence':1},"
			"{'action':'show','arguments':{},'error':null,'outcome':'ok','result_type':'dict','sequence':2}"
			","
			"{'action':'nothing','arguments':{},'error':null,'outcome':'ok','result_type':'NoneType',"
			"'sequence':3},"
			"{'action':'fail','arguments':{'text':'odd'},'error':['using no token','the text is odd'],"
			"'outcome':'invalid','result_type':null,'sequence':4},"
			"{'action':'say','arguments':{},'error':['text: is required'],'outcome':'invalid',"
			"'result_type':null,'sequence':5},"
			"{'action':'say','arguments':{'text':'x','txet':1},'error':['txet: is not known; did you mean "
			"text?'],"
			"'outcome':'invalid','result_type':null,'sequence':6},"
			"{'action':'say','arguments':null,'error':['is a list, a map is needed'],'outcome':'invalid',"
			"'result_type':null,'sequence':7},"
			"{'action':'break_word','arguments':{},"
			"'error':['the action declares that it returns str, but returned dict'],"
			"'outcome':'invalid','result_type':null,'sequence':8}]");
		tocsin_instance_free(echo);
		tocsin_host_free(host);
	}
}

static void test_nested_records(void **state)
{
	(void)state;
	for (enum way way = 0; way < WAYS; way++) {
		struct tocsin_host *host = host_of(way);
		struct tocsin_instance *echo = echo_of(host, way, NULL);

		expect(echo, "tour", "{'text':'x'}", TOCSIN_OK,
		       "'{\\'count\\': 1, \\'prefix\\': \\'>\\', \\'token\\': null}'");
		assert_history(
			echo,
			"[{'action':'say','arguments':{'text':'x'},'error':null,'outcome':'ok','result_type':'str',"
			"'sequence':1},"
			"{'action':'relay','arguments':{'text':'x'},'error':null,'outcome':'ok','result_type':'str',"
			"'sequence':2},"
			"{'action':'fail','arguments':{'text':'x'},'error':['using no token','the text is x'],"
			"'outcome':'invalid','result_type':null,'sequence':3},"
			"{'action':'show','arguments':{},'error':null,'outcome':'ok','result_type':'dict','sequence':4}"
			","
			"{'action':'tour','arguments':{'text':'x'},'error':null,'outcome':'ok','result_type':'str',"
			"'sequence':5}]");
		expect(echo, "dive", NULL, TOCSIN_LIMIT, "calls nest deeper than 8");
		expect(echo, "repeat", "{'times':65}", TOCSIN_LIMIT, "more than 64");
		expect(echo, "misuse", NULL, TOCSIN_INVALID, "calling repeat: times: -1 is less than the minimum 0");
		tocsin_instance_free(echo);
		tocsin_host_free(host);
	}
}

static void test_bound_and_off(void **state)
{
	(void)state;
	for (enum way way = 0; way < WAYS; way++) {
		struct tocsin_host *host = host_of(way);
		struct tocsin_instance *echo = echo_of(host, way, NULL);
		json_t *list;

		tocsin_instance_record(echo, false);
		expect(echo, "tour", "{'text':'x'}", TOCSIN_OK,
		       "'{\\'count\\': 1, \\'prefix\\': \\'>\\', \\'token\\': null}'");
		expect(echo, "say", "{}", TOCSIN_INVALID, NULL);
		assert_history(echo, "[]");
		tocsin_instance_record(echo, true);
		for (int i = 0; i < 3; i++)
			expect(echo, "repeat", "{'times':60}", TOCSIN_OK, "null");
		list = history_of(echo);
		assert_int_equal(json_array_size(list), HISTORY_CEILING);
		assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "sequence")), 84);
		assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 99), "sequence")), 183);
		json_decref(list);
		tocsin_instance_free(echo);
		tocsin_host_free(host);
	}
}

static void test_construction_failures(void **state)
{
	static const struct {
		const char *name, *settings;
		enum tocsin_code code;
		const char *why;
	} cases[] = {
		{"ecko", NULL, TOCSIN_NOT_FOUND, "echo"},
		{"echo", "[]", TOCSIN_INVALID, "is a list, a map is needed"},
		{"echo", "{", TOCSIN_INVALID, "constructing fixture/echo: "},
		{"echo", "{'count':'ten','prefx':1}", TOCSIN_INVALID, "prefx: is not known; did you mean prefix?"},
		{"echo", "{'count':'ten','prefx':1}", TOCSIN_INVALID, "count: \"ten\" is not an integer"},
		{"echo", "{'count':10}", TOCSIN_INVALID, "count: 10 is more than the maximum 9"},
		{"echo", "{'token':'abc'}", TOCSIN_INVALID, "token: has 3 characters"},
		{"echo", "{'token':'env:TOCSIN_NOT_THERE'}", TOCSIN_INVALID,
		 "token: the environment has no TOCSIN_NOT_THERE"},
	};

	(void)state;
	for (enum way way = 0; way < WAYS; way++) {
		struct tocsin_host *host = host_of(way);

		for (size_t i = 0; i < COUNT_OF(cases); i++) {
			struct tocsin_error err = TOCSIN_ERROR_INIT;
			struct tocsin_instance *instance = NULL;
			enum tocsin_code code = construct(host, way, cases[i].name, cases[i].settings, &instance, &err);

			/* "{" is not read before the plugin is found. */
			assert_failure(&err, code, cases[i].code, NULL);
			if (strcmp(cases[i].settings ? cases[i].settings : "", "{") != 0)
				assert_failure(&err, code, cases[i].code, cases[i].why);
			assert_null(instance);
		}
		tocsin_host_free(host);
	}
}

static void test_places(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_host *host = host_of(BUILT_IN);
	struct tocsin_instance *instance = NULL;

	(void)state;
	assert_failure(&err, construct(host, IN_WORKER, "echo", NULL, &instance, &err), TOCSIN_INVALID,
		       "is part of this program and cannot run in a worker");
	tocsin_host_free(host);
	/* The same file twice in process is loaded once. */
	host = host_of(LOADED);
	instance = echo_of(host, LOADED, NULL);
	tocsin_instance_free(echo_of(host, LOADED, "{'prefix':'!'}"));
	expect(instance, "say", "{'text':'x'}", TOCSIN_OK, "'>x'");
	tocsin_instance_free(instance);
	tocsin_host_free(host);
}

static void test_pins(void **state)
{
	static const struct {
		enum way way;
		const char *sha256;
		enum tocsin_code code;
	} cases[] = {
		{IN_WORKER, "0000000000000000000000000000000000000000000000000000000000000000", TOCSIN_DENIED},
		{LOADED, "0000000000000000000000000000000000000000000000000000000000000000", TOCSIN_DENIED},
		{BUILT_IN, "0000000000000000000000000000000000000000000000000000000000000000", TOCSIN_INVALID},
		{IN_WORKER, "right", TOCSIN_OK},
		{LOADED, "right", TOCSIN_OK},
	};
	char right[PLUGIN_DIGEST_ROOM];
	struct plugin_file file;

	(void)state;
	assert_int_equal(plugin_file_open(fixture("echo"), &file, NULL), TOCSIN_OK);
	assert_int_equal(plugin_file_digest(&file, right, NULL), TOCSIN_OK);
	plugin_file_close(&file);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct instance_options options = {
			.place = cases[i].way == IN_WORKER ? TOCSIN_IN_WORKER : TOCSIN_IN_PROCESS,
			.sha256 = strcmp(cases[i].sha256, "right") == 0 ? right : cases[i].sha256,
		};
		struct tocsin_host *host = host_of(cases[i].way);
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct tocsin_instance *instance = NULL;
		struct problems problems = {0};

		assert_failure(&err,
			       instance_new(host, registry_find(&host->registry, "fixture", "echo", NULL), NULL,
					    &options, &instance, &problems, &err),
			       cases[i].code, NULL);
		instance_free(instance);
		tocsin_host_free(host);
	}
}

/* Between reading and constructing, somebody puts another plugin in the place of the file. */
static void test_exchanged_file(void **state)
{
	char path[] = "/tmp/tocsin-instance-XXXXXX", command[PATH_MAX * 2];
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_instance *instance = NULL;
	struct tocsin_host *host = NULL;
	const int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(tocsin_host_new(&host, NULL), TOCSIN_OK);
	snprintf(command, sizeof(command), "cp %s %s && chmod 644 %s", fixture("echo"), path, path);
	assert_int_equal(system(command), 0);
	assert_failure(&err, tocsin_host_add_file(host, path, &err), TOCSIN_OK, NULL);
	/* An instance that has the file open goes on with it, also after its worker died. */
	assert_failure(&err, construct(host, IN_WORKER, "echo", NULL, &instance, &err), TOCSIN_OK, NULL);
	snprintf(command, sizeof(command), "cp %s %s.new && chmod 644 %s.new && mv %s.new %s", fixture("crash"), path,
		 path, path, path);
	assert_int_equal(system(command), 0);
	expect(instance, "say", "{'text':'x'}", TOCSIN_OK, "'>x'");
	tocsin_instance_free(instance);
	instance = NULL;
	for (enum way way = LOADED; way < WAYS; way++) {
		assert_failure(&err, construct(host, way, "echo", NULL, &instance, &err), TOCSIN_INVALID,
			       "is not the one that was registered");
		assert_null(instance);
	}
	unlink(path);
	assert_failure(&err, construct(host, IN_WORKER, "echo", NULL, &instance, &err), TOCSIN_NOT_FOUND, path);
	tocsin_host_free(host);
}

/* Somebody writes into the file that the instance has open: no worker starts from what nobody checked. */
static void test_overwritten_file(void **state)
{
	(void)state;
	for (int started = 0; started < 2; started++)
		for (int pinned = 0; pinned < 2; pinned++) {
			char path[] = "/tmp/tocsin-instance-XXXXXX", command[PATH_MAX * 2], digest[PLUGIN_DIGEST_ROOM];
			struct instance_options options = {.place = TOCSIN_IN_WORKER};
			struct tocsin_error err = TOCSIN_ERROR_INIT;
			struct tocsin_instance *instance = NULL;
			struct problems problems = {0};
			struct tocsin_host *host = NULL;
			struct plugin_file file;
			const int fd = mkstemp(path);

			assert_true(fd >= 0);
			close(fd);
			assert_int_equal(tocsin_host_new(&host, NULL), TOCSIN_OK);
			snprintf(command, sizeof(command), "cp %s %s && chmod 644 %s", fixture("crash"), path, path);
			assert_int_equal(system(command), 0);
			assert_failure(&err, tocsin_host_add_file(host, path, &err), TOCSIN_OK, NULL);
			assert_int_equal(plugin_file_open(path, &file, NULL), TOCSIN_OK);
			assert_int_equal(plugin_file_digest(&file, digest, NULL), TOCSIN_OK);
			plugin_file_close(&file);
			options.sha256 = pinned ? digest : NULL;
			assert_failure(&err,
				       instance_new(host, registry_find(&host->registry, "fixture", "crash", NULL),
						    NULL, &options, &instance, &problems, &err),
				       TOCSIN_OK, NULL);
			if (started)
				expect(instance, "leave_with_seven", NULL, TOCSIN_CRASHED, "exit status 7");
			/* The same contract, and one byte more. */
			snprintf(command, sizeof(command), "printf x >> %s", path);
			assert_int_equal(system(command), 0);
			for (int i = 0; i < 2; i++)
				expect(instance, "prattle", NULL, TOCSIN_DENIED,
				       "was changed since its contract was read");
			snprintf(command, sizeof(command), "cp %s %s", fixture("crash"), path);
			assert_int_equal(system(command), 0);
			expect(instance, "prattle", NULL, TOCSIN_OK, "null");
			unlink(path);
			instance_free(instance);
			tocsin_host_free(host);
		}
}

/* A file that calls itself as the next one will be opened. */
static void test_posing_file(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct plugin *posing = NULL, *other = NULL;
	struct tocsin_host *host = NULL;
	int fds[2], filler[77], count = 0;

	(void)state;
	assert_int_equal(tocsin_host_new(&host, NULL), TOCSIN_OK);
	assert_failure(&err, tocsin_host_add_file(host, fixture("posing/posing"), &err), TOCSIN_INVALID,
		       "a path as its name for itself (DT_SONAME)");
	tocsin_host_free(host);
	/* Should one come through nevertheless: the second file does not get the first one's code. */
	fds[0] = open(fixture("posing/posing"), O_RDONLY | O_CLOEXEC);
	fds[1] = open(fixture("unconfined"), O_RDONLY | O_CLOEXEC);
	assert_true(fds[0] >= 0 && fds[1] >= 0);
	assert_failure(&err, library_load(fds[0], "posing.so", &posing, &err), TOCSIN_OK, NULL);
	do {
		assert_true(count < 77);
		filler[count] = dup(fds[0]);
		assert_true(filler[count] >= 0 && filler[count] < 77);
	} while (filler[count++] != 76);
	assert_failure(&err, library_load(fds[1], "unconfined.so", &other, &err), TOCSIN_DENIED,
		       "unconfined.so cannot be loaded: another plugin file that is loaded has its name");
	assert_null(other);
	while (count)
		close(filler[--count]);
	assert_failure(&err, library_load(fds[1], "unconfined.so", &other, &err), TOCSIN_OK, NULL);
	assert_string_equal(other->name, "unconfined");
	plugin_unref(posing);
	plugin_unref(other);
	close(fds[0]);
	close(fds[1]);
}

/* One of this program, which has nothing to do. */
static void test_without_actions(void **state)
{
	static const struct tocsin_plugin table = {
		.abi = TOCSIN_ABI, .group = "fixture", .name = "idle", .version = "1.0.0", .doc = "Idle."};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_instance *instance = NULL;
	struct tocsin_host *host = NULL;

	(void)state;
	assert_int_equal(tocsin_host_new(&host, NULL), TOCSIN_OK);
	assert_failure(&err, tocsin_host_add(host, &table, "idle.c", &err), TOCSIN_OK, NULL);
	assert_failure(&err, construct(host, IN_WORKER, "idle", NULL, &instance, &err), TOCSIN_INVALID,
		       "is part of this program and cannot run in a worker");
	assert_failure(&err, construct(host, BUILT_IN, "idle", NULL, &instance, &err), TOCSIN_OK, NULL);
	expect(instance, "anything", NULL, TOCSIN_NOT_FOUND, "no action");
	tocsin_instance_free(instance);
	tocsin_host_free(host);
}

static void test_switched_off_plugin_is_never_loaded(void **state)
{
	const char *canary = built("tests/host/canary");
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_instance *instance = NULL;
	struct tocsin_host *host = NULL;
	char *manifest = NULL;
	struct stat about;

	(void)state;
	rmdir(canary);
	assert_int_equal(tocsin_host_new(&host, NULL), TOCSIN_OK);
	assert_failure(&err, tocsin_host_add_file(host, fixture("canary"), &err), TOCSIN_OK, NULL);
	assert_int_equal(tocsin_host_manifest(host, NULL, &manifest, NULL), TOCSIN_OK);
	assert_non_null(strstr(manifest, "canary"));
	tocsin_text_free(manifest);
	assert_int_equal(tocsin_host_disable(host, "fixture", "canary", NULL, "it sings", &err), TOCSIN_OK);
	for (enum way way = LOADED; way < WAYS; way++)
		assert_failure(&err, construct(host, way, "canary", NULL, &instance, &err), TOCSIN_DISABLED,
			       "fixture/canary is switched off since");
	assert_int_equal(stat(canary, &about), -1);
	/* Nor is it when it is constructed, in a worker: only the first call loads it. */
	assert_int_equal(tocsin_host_enable(host, "fixture", "canary", NULL, &err), TOCSIN_OK);
	assert_failure(&err, construct(host, IN_WORKER, "canary", NULL, &instance, &err), TOCSIN_OK, NULL);
	assert_int_equal(stat(canary, &about), -1);
	assert_int_equal(tocsin_host_disable(host, "fixture", "canary", NULL, "it sings", &err), TOCSIN_OK);
	expect(instance, "nothing", NULL, TOCSIN_DISABLED, "it sings");
	assert_int_equal(stat(canary, &about), -1);
	assert_int_equal(tocsin_host_enable(host, "fixture", "canary", NULL, &err), TOCSIN_OK);
	expect(instance, "nothing", NULL, TOCSIN_OK, "null");
	/* The canary can sing: the control of this test. */
	assert_int_equal(stat(canary, &about), 0);
	assert_int_equal(rmdir(canary), 0);
	tocsin_instance_free(instance);
	tocsin_host_free(host);
}

static void test_switches(void **state)
{
	(void)state;
	for (enum way way = 0; way < WAYS; way++) {
		struct tocsin_host *host = host_of(way);
		struct tocsin_instance *echo = echo_of(host, way, NULL);

		expect(echo, "say", "{'text':'x'}", TOCSIN_OK, "'>x'");
		assert_int_equal(tocsin_host_disable(host, "fixture", "echo", "say", "too loud", NULL), TOCSIN_OK);
		expect(echo, "say", "{'text':'x'}", TOCSIN_DISABLED, "say of fixture/echo is switched off since");
		/* What is off is not called through another action either. */
		expect(echo, "relay", "{'text':'x'}", TOCSIN_DISABLED,
		       "calling say: say of fixture/echo is switched off");
		expect(echo, "nothing", NULL, TOCSIN_OK, "null");
		assert_int_equal(tocsin_host_disable(host, "fixture", "echo", NULL, "for good", NULL), TOCSIN_OK);
		expect(echo, "nothing", NULL, TOCSIN_DISABLED, "fixture/echo is switched off since");
		assert_int_equal(tocsin_host_enable(host, "fixture", "echo", NULL, NULL), TOCSIN_OK);
		assert_int_equal(tocsin_host_enable(host, "fixture", "echo", "say", NULL), TOCSIN_OK);
		expect(echo, "relay", "{'text':'x'}", TOCSIN_OK, "'relayed: >x'");
		{
			json_t *list = history_of(echo), *record = json_array_get(list, 1);

			/* Refused calls are recorded, with what they were given. */
			assert_string_equal(json_get_text(record, "outcome", ""), "disabled");
			assert_json(json_object_get(record, "arguments"), "{'text':'x'}");
			json_decref(list);
		}
		tocsin_instance_free(echo);
		tocsin_host_free(host);
	}
}

/* A plugin that says that it is switched off, or that the host has no memory, has failed and nothing else. */
static void test_codes_of_plugins(void **state)
{
	(void)state;
	for (enum way way = 0; way < WAYS; way++) {
		struct tocsin_host *host = host_of(way);
		struct tocsin_instance *echo = echo_of(host, way, NULL);

		assert_int_equal(tocsin_host_disable(host, "fixture", "echo", "say", "too loud", NULL), TOCSIN_OK);
		for (enum tocsin_code code = TOCSIN_INVALID; code < CODE_COUNT; code++) {
			const bool is_own = code == TOCSIN_INVALID || code == TOCSIN_NOT_FOUND ||
					    code == TOCSIN_FAILED || code == TOCSIN_LIMIT;
			char arguments[32];
			json_t *list;

			snprintf(arguments, sizeof(arguments), "{'code':%d}", (int)code);
			expect(echo, "pose", arguments, is_own ? code : TOCSIN_FAILED,
			       "running pose of fixture/echo: a pose");
			list = history_of(echo);
			assert_string_equal(
				json_get_text(json_array_get(list, json_array_size(list) - 1), "outcome", ""),
				is_own ? tocsin_code_name(code) : "failed");
			json_decref(list);
		}
		/* What the host says of a call within may be passed on. */
		expect(echo, "relay", "{'text':'x'}", TOCSIN_DISABLED, "calling say: say of fixture/echo");
		tocsin_instance_free(echo);
		tocsin_host_free(host);
	}
}

static enum tocsin_code nobody(struct tocsin_host *host, void *data, struct tocsin_error *err)
{
	(void)host;
	(void)data;
	return tocsin_fail(err, TOCSIN_FAILED, "nobody");
}

/* Options of a later version: one more member. */
struct grown_options {
	struct tocsin_instance_options known;
	uint64_t unknown;
};

static enum tocsin_code with_options(struct tocsin_host *host, size_t size, int place, int64_t deadline_ms,
				     uint64_t unknown, struct tocsin_instance **ret_instance, struct tocsin_error *err)
{
	const struct grown_options options = {
		.known = {.size = size, .place = (enum tocsin_place)place, .deadline_ms = deadline_ms},
		.unknown = unknown,
	};

	return tocsin_instance_new(host, "fixture", "echo", NULL, &options.known, ret_instance, err);
}

/* NULL where something is needed, and places that are none, with an error object and without. */
static void test_nothing_given(void **state)
{
	struct tocsin_host *host = host_of(BUILT_IN);
	struct tocsin_instance *echo = echo_of(host, BUILT_IN, NULL), *none = NULL, *grown = NULL;
	struct tocsin_override *override = NULL;
	struct tocsin_error given;
	char *text = NULL;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct tocsin_error *err = i ? &given : NULL;
		const enum tocsin_code codes[] = {
			tocsin_host_add(host, NULL, "x.c", err),
			tocsin_host_add(host, &echo_table, NULL, err),
			tocsin_host_add_file(host, NULL, err),
			tocsin_host_add_directory(host, NULL, NULL, NULL, err),
			tocsin_host_disable(host, NULL, "echo", NULL, "why", err),
			tocsin_host_disable(host, "fixture", NULL, NULL, "why", err),
			tocsin_host_disable(host, "fixture", "echo", NULL, NULL, err),
			tocsin_host_enable(host, NULL, "echo", NULL, err),
			tocsin_host_enable(host, "fixture", NULL, NULL, err),
			tocsin_instance_new(host, NULL, "echo", NULL, NULL, &none, err),
			tocsin_instance_new(host, "fixture", NULL, NULL, NULL, &none, err),
			tocsin_instance_new(host, "fixture", "echo", "{", NULL, &none, err),
			with_options(host, sizeof(struct tocsin_instance_options), 2, 0, 0, &none, err),
			with_options(host, sizeof(struct tocsin_instance_options), -1, 0, 0, &none, err),
			with_options(host, sizeof(struct tocsin_instance_options), 0, -1, 0, &none, err),
			with_options(host, 0, 0, 0, 0, &none, err),
			with_options(host, SIZE_MAX, 0, 0, 0, &none, err),
			with_options(host, sizeof(struct grown_options), 0, 0, 1, &none, err),
			tocsin_instance_invoke(echo, NULL, NULL, &text, err),
			tocsin_instance_invoke(echo, "say", "{", &text, err),
			tocsin_override_begin(host, NULL, "echo", "say", say, "me", &override, err),
			tocsin_override_begin(host, "fixture", NULL, "say", say, "me", &override, err),
			tocsin_override_begin(host, "fixture", "echo", NULL, say, "me", &override, err),
			tocsin_override_begin(host, "fixture", "echo", "say", NULL, "me", &override, err),
			tocsin_override_begin(host, "fixture", "echo", "say", say, NULL, &override, err),
			tocsin_host_scope(host, NULL, NULL, err),
		};

		for (size_t j = 0; j < COUNT_OF(codes); j++)
			if (codes[j] != TOCSIN_INVALID)
				fail_msg("call %zu gave %s", j, tocsin_code_name(codes[j]));
	}
	assert_int_equal(with_options(host, sizeof(struct grown_options), TOCSIN_IN_PROCESS, 0, 0, &grown, NULL),
			 TOCSIN_OK);
	tocsin_instance_free(grown);
	assert_int_equal(tocsin_host_scope(host, nobody, NULL, NULL), TOCSIN_FAILED);
	assert_true(!none && !override && !text);
	tocsin_override_end(NULL);
	tocsin_instance_free(echo);
	tocsin_host_free(host);
}

static enum tocsin_code shout(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			      struct tocsin_error *err)
{
	const struct text *given = arguments;

	(void)settings;
	(void)err;
	tocsin_result_text(ret_result, tocsin_upper(ret_result, given->text));
	return TOCSIN_OK;
}

static enum tocsin_code refuse(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			       struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)ret_result;
	return tocsin_fail(err, TOCSIN_DENIED, "not now");
}

struct scope {
	struct tocsin_instance *echo;
	enum tocsin_code code;
};

/* Begins three overrides, ends one, leaves two, and forgets every plugin. */
static enum tocsin_code body(struct tocsin_host *host, void *data, struct tocsin_error *err)
{
	struct tocsin_override *one, *two;
	struct scope *scope = data;

	assert_int_equal(tocsin_override_begin(host, "fixture", "echo", "say", shout, "body", &one, err), TOCSIN_OK);
	assert_int_equal(tocsin_override_begin(host, "fixture", "echo", "show", refuse, "body", &two, err), TOCSIN_OK);
	expect(scope->echo, "say", "{'text':'x'}", TOCSIN_OK, "'X'");
	tocsin_override_end(two);
	assert_int_equal(tocsin_override_begin(host, "fixture", "echo", "nothing", refuse, "body", &two, err),
			 TOCSIN_OK);
	expect(scope->echo, "nothing", NULL, TOCSIN_FAILED, "not now");
	tocsin_host_reset(host, NULL);
	return scope->code ? tocsin_fail(err, scope->code, "the body failed") : TOCSIN_OK;
}

static void test_overrides(void **state)
{
	static const enum tocsin_code outcomes[] = {TOCSIN_OK, TOCSIN_FAILED};

	(void)state;
	for (enum way way = BUILT_IN; way <= LOADED; way++) {
		struct tocsin_host *host = host_of(way);
		struct tocsin_instance *echo = echo_of(host, way, NULL);
		struct tocsin_override *override = NULL;
		char *ledger = NULL, *before = NULL, *after = NULL;

		assert_int_equal(tocsin_host_manifest(host, NULL, &before, NULL), TOCSIN_OK);
		for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
			struct scope scope = {echo, outcomes[i]};
			struct tocsin_error err = TOCSIN_ERROR_INIT;

			assert_failure(&err, tocsin_host_scope(host, body, &scope, &err), outcomes[i], NULL);
			assert_int_equal(tocsin_host_overrides(host, &ledger, NULL), TOCSIN_OK);
			assert_string_equal(ledger, "[]");
			tocsin_text_free(ledger);
			assert_int_equal(tocsin_host_manifest(host, NULL, &after, NULL), TOCSIN_OK);
			assert_string_equal(after, before);
			tocsin_text_free(after);
			expect(echo, "say", "{'text':'x'}", TOCSIN_OK, "'>x'");
			expect(echo, "nothing", NULL, TOCSIN_OK, "null");
		}
		tocsin_text_free(before);
		/* Nested calls are overridden too; a switch is stronger. */
		assert_int_equal(
			tocsin_override_begin(host, "fixture", "echo", "say", shout, "a test", &override, NULL),
			TOCSIN_OK);
		expect(echo, "relay", "{'text':'x'}", TOCSIN_OK, "'relayed: X'");
		assert_int_equal(tocsin_host_overrides(host, &ledger, NULL), TOCSIN_OK);
		assert_non_null(strstr(ledger, "\"owner\": \"a test\""));
		tocsin_text_free(ledger);
		assert_int_equal(tocsin_host_disable(host, "fixture", "echo", "say", "too loud", NULL), TOCSIN_OK);
		expect(echo, "say", "{'text':'x'}", TOCSIN_DISABLED, "too loud");
		assert_int_equal(tocsin_host_switches(host, &ledger, NULL), TOCSIN_OK);
		assert_non_null(strstr(ledger, "\"reason\": \"too loud\""));
		assert_non_null(strstr(ledger, "\"since\": \"2"));
		tocsin_text_free(ledger);
		tocsin_instance_free(echo);
		/* Freeing the host ends what is left. */
		tocsin_host_free(host);
	}
}

/* An override is a function of this program: what runs in a worker is not reached by it. */
static void test_overrides_and_workers(void **state)
{
	struct tocsin_host *host = host_of(IN_WORKER);
	struct tocsin_instance *echo = echo_of(host, IN_WORKER, NULL);
	struct tocsin_override *override = NULL;

	(void)state;
	assert_int_equal(tocsin_override_begin(host, "fixture", "echo", "say", shout, "a test", &override, NULL),
			 TOCSIN_OK);
	expect(echo, "say", "{'text':'x'}", TOCSIN_OK, "'>x'");
	tocsin_override_end(override);
	tocsin_instance_free(echo);
	tocsin_host_free(host);
}

/* An override's result is held to the contract like any other. */
static void test_override_that_returns_something_else(void **state)
{
	struct tocsin_host *host = host_of(BUILT_IN);
	struct tocsin_instance *echo = echo_of(host, BUILT_IN, NULL);
	struct tocsin_override *override = NULL;

	(void)state;
	assert_int_equal(tocsin_override_begin(host, "fixture", "echo", "show", say, "a test", &override, NULL),
			 TOCSIN_OK);
	tocsin_override_end(override);
	assert_int_equal(tocsin_override_begin(host, "fixture", "echo", "say", show, "a test", &override, NULL),
			 TOCSIN_OK);
	expect(echo, "say", "{'text':'x'}", TOCSIN_INVALID, "but returned dict");
	tocsin_instance_free(echo);
	tocsin_host_free(host);
}

static void test_secrets_stay_secret(void **state)
{
	(void)state;
	setenv("TOCSIN_TOKEN", "hunter22", 1);
	for (enum way way = 0; way < WAYS; way++) {
		struct tocsin_host *host = host_of(way);
		struct tocsin_instance *echo = echo_of(host, way, "{'token':'env:TOCSIN_TOKEN'}");
		const struct secrets *secrets = instance_secrets(echo);
		json_t *value = NULL;
		char *text = NULL;

		assert_int_equal(secrets->count, 1);
		assert_string_equal(secrets->items[0].value, "hunter22");
		/* The plugin gets the placeholder, and so does the host's own transport. */
		assert_int_equal(instance_invoke(echo, "show", NULL, &value, NULL), TOCSIN_OK);
		assert_string_equal(json_get_text(value, "token", ""), secrets->items[0].placeholder);
		json_decref(value);
		/* Nobody else sees either. */
		expect(echo, "show", NULL, TOCSIN_OK, "{'count': 1, 'prefix': '>', 'token': '***'}");
		expect(echo, "say", "{'text':'it is hunter22'}", TOCSIN_OK, "'>it is ***'");
		expect(echo, "fail", "{'text':'hunter22'}", TOCSIN_INVALID, "using ***: the text is ***");
		expect(echo, "tour", "{'text':'hunter22'}", TOCSIN_OK,
		       "'{\\'count\\': 1, \\'prefix\\': \\'>\\', \\'token\\': \\'***\\'}'");
		expect(echo, "say", "{'hunter22':1,'text':'hunter22'}", TOCSIN_INVALID, "***: is not known");
		assert_int_equal(tocsin_instance_history(echo, &text, NULL), TOCSIN_OK);
		assert_null(strstr(text, "hunter22"));
		assert_null(strstr(text, "{tocsin:"));
		assert_non_null(strstr(text, "it is ***"));
		tocsin_text_free(text);
		assert_int_equal(tocsin_instance_configuration(echo, &text, NULL), TOCSIN_OK);
		assert_null(strstr(text, "hunter22"));
		assert_non_null(strstr(text, "\"token\": \"***\""));
		tocsin_text_free(text);
		assert_string_equal(json_get_text(instance_settings(echo), "token", ""), "env:TOCSIN_TOKEN");
		tocsin_instance_free(echo);
		tocsin_host_free(host);
	}
}

/* Recorded arguments are what was given then, whatever the caller does with them afterwards. */
static void test_records_are_the_hosts_own(void **state)
{
	struct tocsin_host *host = host_of(BUILT_IN);
	struct tocsin_instance *echo = echo_of(host, BUILT_IN, NULL);
	json_t *arguments = json_of("{'text':'x','more':{'y':1}}"), *value = NULL;

	(void)state;
	assert_int_equal(instance_invoke(echo, "say", arguments, &value, NULL), TOCSIN_INVALID);
	json_object_del(arguments, "more");
	assert_int_equal(instance_invoke(echo, "say", arguments, &value, NULL), TOCSIN_OK);
	json_object_clear(arguments);
	assert_history(echo, "[{'action':'say','arguments':{'more':{'y':1},'text':'x'},"
			     "'error':['more: is not known'],'outcome':'invalid','result_type':null,'sequence':1},"
			     "{'action':'say','arguments':{'text':'x'},'error':null,'outcome':'ok','result_type':'str',"
			     "'sequence':2}]");
	json_decref(arguments);
	json_decref(value);
	tocsin_instance_free(echo);
	tocsin_host_free(host);
}

/* A worker that died is one failed call, and nobody else's. */
static void test_restart(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_host *host = host_of(IN_WORKER);
	struct tocsin_instance *echo = echo_of(host, IN_WORKER, NULL), *crash = NULL;
	json_t *list;

	(void)state;
	assert_failure(&err, tocsin_host_add_file(host, fixture("crash"), &err), TOCSIN_OK, NULL);
	assert_failure(&err, construct(host, IN_WORKER, "crash", NULL, &crash, &err), TOCSIN_OK, NULL);
	for (int i = 0; i < 3; i++) {
		expect(crash, "leave_with_seven", NULL, TOCSIN_CRASHED, "ended with exit status 7");
		expect(crash, "prattle", NULL, TOCSIN_OK, "null");
		expect(echo, "say", "{'text':'x'}", TOCSIN_OK, "'>x'");
	}
	/* Whatever came of a forged answer, the call after it is on a clean process. */
	tocsin_instance_invoke(crash, "forge_answer", NULL, &(char *){NULL}, NULL);
	usleep(50000);
	expect(crash, "prattle", NULL, TOCSIN_OK, "null");
	list = history_of(crash);
	assert_string_equal(json_get_text(json_array_get(list, 0), "outcome", ""), "crashed");
	assert_non_null(strstr(json_string_value(json_array_get(json_object_get(json_array_get(list, 0), "error"), 0)),
			       "exit status 7"));
	assert_string_equal(json_get_text(json_array_get(list, 1), "outcome", ""), "ok");
	json_decref(list);
	tocsin_instance_free(crash);
	tocsin_instance_free(echo);
	tocsin_host_free(host);
}

/* A start that fails is the call's failure, recorded, and tried again with the next call. */
static void test_failed_start(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_host *host = host_of(IN_WORKER);
	struct tocsin_instance *echo = echo_of(host, IN_WORKER, NULL);
	json_t *list;

	(void)state;
	setenv("TOCSIN_WORKER", "/nowhere", 1);
	expect(echo, "say", "{'text':'x'}", TOCSIN_IO, "starting a worker for fixture/echo: the program /nowhere");
	setenv("TOCSIN_WORKER", built("tocsin-worker"), 1);
	expect(echo, "say", "{'text':'x'}", TOCSIN_OK, "'>x'");
	list = history_of(echo);
	assert_string_equal(json_get_text(json_array_get(list, 0), "outcome", ""), "io");
	json_decref(list);
	tocsin_instance_free(echo);
	assert_failure(&err, tocsin_host_add_file(host, fixture("unresolved"), &err), TOCSIN_OK, NULL);
	assert_failure(&err, construct(host, LOADED, "unresolved", NULL, &echo, &err), TOCSIN_INVALID,
		       "unresolved.so cannot be loaded: undefined symbol: nobody_has_this");
	tocsin_host_free(host);
}

static void test_deadline(void **state)
{
	const struct instance_options options = {.place = TOCSIN_IN_WORKER, .deadline_ms = 100};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_instance *instance = NULL;
	struct problems problems = {0};
	struct tocsin_host *host = NULL;

	(void)state;
	assert_int_equal(tocsin_host_new(&host, NULL), TOCSIN_OK);
	assert_failure(&err, tocsin_host_add_file(host, fixture("crash"), &err), TOCSIN_OK, NULL);
	assert_failure(&err,
		       instance_new(host, registry_find(&host->registry, "fixture", "crash", NULL), NULL, &options,
				    &instance, &problems, &err),
		       TOCSIN_OK, NULL);
	expect(instance, "spin", NULL, TOCSIN_TIMEOUT, "did not answer spin within 100 ms");
	expect(instance, "prattle", NULL, TOCSIN_OK, "null");
	instance_free(instance);
	tocsin_host_free(host);
}

/* Forgetting plugins leaves their instances. */
static void test_reset(void **state)
{
	(void)state;
	for (enum way way = 0; way < WAYS; way++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct tocsin_host *host = host_of(way);
		struct tocsin_instance *echo = echo_of(host, way, NULL), *none = NULL;

		tocsin_host_reset(host, "fixture");
		expect(echo, "say", "{'text':'x'}", TOCSIN_OK, "'>x'");
		assert_failure(&err, construct(host, way, "echo", NULL, &none, &err), TOCSIN_NOT_FOUND, NULL);
		tocsin_instance_free(echo);
		tocsin_host_free(host);
	}
}

static void note_refused(void *data, const char *path, const struct tocsin_error *reason)
{
	(void)path;
	(void)reason;
	(*(int *)data)++;
}

static void test_adding(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct tocsin_host *host = host_of(BUILT_IN);
	char *manifest = NULL;
	int refused = 0;

	(void)state;
	assert_failure(&err, tocsin_host_add(host, &echo_table, "again.c", &err), TOCSIN_EXISTS, "again.c");
	assert_failure(&err, tocsin_host_add_file(host, "/nowhere.so", &err), TOCSIN_NOT_FOUND, "/nowhere.so");
	assert_failure(&err, tocsin_host_add_directory(host, "/nowhere", NULL, NULL, &err), TOCSIN_NOT_FOUND,
		       "/nowhere");
	/* All fixtures are there but echo, which stands already. */
	assert_failure(&err, tocsin_host_add_directory(host, built("tests/host"), note_refused, &refused, &err),
		       TOCSIN_OK, NULL);
	assert_int_equal(refused, 1);
	assert_int_equal(tocsin_host_manifest(host, "fixture", &manifest, &err), TOCSIN_OK);
	assert_non_null(strstr(manifest, "\"plugin_name\": \"born-dead\""));
	tocsin_text_free(manifest);
	tocsin_host_free(host);
	tocsin_host_free(NULL);
	tocsin_instance_free(NULL);
}

/* Construction and a call, each allocation of them failing once. The JSON is read before. */
static void test_without_memory(void **state)
{
	json_t *settings = json_of("{'token':'hunter22'}"), *arguments = json_of("{'text':'it is hunter22'}");
	const struct instance_options options = {.place = TOCSIN_IN_PROCESS};

	(void)state;
	for (enum way way = BUILT_IN; way <= LOADED; way++) {
		struct tocsin_host *host = host_of(way);
		struct plugin *plugin = registry_find(&host->registry, "fixture", "echo", NULL);
		size_t allowed = 0;
		bool refused;

		do {
			struct tocsin_error err = TOCSIN_ERROR_INIT;
			struct tocsin_instance *echo = NULL;
			struct problems problems = {0};
			json_t *value = NULL;
			enum tocsin_code code;
			char *history;

			scarce_begin(allowed++);
			code = instance_new(host, plugin, settings, &options, &echo, &problems, &err);
			if (!code)
				code = instance_invoke(echo, "relay", arguments, &value, &err);
			refused = scarce_end();
			/* A record may be lost, or some of it, without anybody's failing. */
			if (code || !refused)
				assert_failure(&err, code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK, NULL);
			if (!code)
				assert_string_equal(json_string_value(value), "relayed: >it is hunter22");
			if (echo) {
				assert_int_equal(tocsin_instance_history(echo, &history, NULL), TOCSIN_OK);
				assert_null(strstr(history, "hunter22"));
				tocsin_text_free(history);
			}
			problems_release(&problems);
			json_decref(value);
			tocsin_instance_free(echo);
		} while (refused);
		assert_true(allowed > 20);
		tocsin_host_free(host);
	}
	json_decref(settings);
	json_decref(arguments);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results_and_records),
		cmocka_unit_test(test_nested_records),
		cmocka_unit_test(test_bound_and_off),
		cmocka_unit_test(test_construction_failures),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_exchanged_file),
		cmocka_unit_test(test_overwritten_file),
		cmocka_unit_test(test_posing_file),
		cmocka_unit_test(test_without_actions),
		cmocka_unit_test(test_switched_off_plugin_is_never_loaded),
		cmocka_unit_test(test_switches),
		cmocka_unit_test(test_codes_of_plugins),
		cmocka_unit_test(test_nothing_given),
		cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_overrides_and_workers),
		cmocka_unit_test(test_override_that_returns_something_else),
		cmocka_unit_test(test_secrets_stay_secret),
		cmocka_unit_test(test_records_are_the_hosts_own),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_failed_start),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_adding),
		cmocka_unit_test(test_without_memory),
	};

	mem_use_for_json();
	setenv("TOCSIN_WORKER", built("tocsin-worker"), 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

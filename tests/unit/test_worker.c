/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workers: what a plugin's process is like, how it dies, and what becomes of lies. The real worker runs the
 * fixture plugins; fake-worker says whatever a case wants it to say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../host/fixtures.h"
#include "base/clock.h"
#include "base/text.h"
#include "build-config.h"
#include "contract/manifest.h"
#include "host/frame.h"
#include "host/worker.h"
#include "scarce.h"

#define SOON_MS 300 /* for what must not end by itself */
#define PATIENCE_MS 20000 /* for what must, on a machine with other things to do */

static int64_t deadline_for(enum tocsin_code expected)
{
	return expected == TOCSIN_TIMEOUT ? SOON_MS : PATIENCE_MS;
}

/* A worker with what it needs to live. */
struct bench {
	struct plugin *plugin;
	struct worker *worker;
	json_t *settings;
	int fd;
};

static struct bench bench_of(const char *name, const char *settings)
{
	struct bench bench = {.plugin = contract_of(name), .settings = json_of(settings)};

	bench.fd = open(fixture(name), O_RDONLY | O_CLOEXEC);
	assert_true(bench.fd >= 0);
	return bench;
}

static enum tocsin_code start(struct bench *bench, struct tocsin_error *err)
{
	const struct worker_options options = {
		.plugin_fd = bench->fd, .plugin = bench->plugin, .settings = bench->settings};

	return worker_start(&options, &bench->worker, err);
}

static void bench_release(struct bench *bench)
{
	worker_free(bench->worker);
	json_decref(bench->settings);
	plugin_unref(bench->plugin);
	close(bench->fd);
}

static enum tocsin_code call(struct bench *bench, const char *action, const char *arguments, int64_t deadline_ms,
			     struct worker_reply *ret_reply, struct tocsin_error *err)
{
	json_t *given = json_of(arguments);
	const enum tocsin_code code = worker_call(bench->worker, plugin_find_action(bench->plugin, action), given, NULL,
						  deadline_ms, ret_reply, err);

	json_decref(given);
	return code;
}

/* A call that must go well. */
static json_t *value_of(struct bench *bench, const char *action, const char *arguments)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct worker_reply reply;
	json_t *value;

	assert_failure(&err, call(bench, action, arguments, 0, &reply, &err), TOCSIN_OK, NULL);
	value = json_incref(reply.value);
	worker_reply_release(&reply);
	return value;
}

static void test_answers(void **state)
{
	static const struct {
		const char *action, *arguments;
		const char *value; /* NULL: fails */
		enum tocsin_code code;
		const char *why;
	} cases[] = {
		{"say", "{'text':'hello \xc3\xa4'}", "'> hello \xc3\xa4'", TOCSIN_OK, NULL},
		{"show", "{}", "{'count':3,'prefix':'> ','token':'TOKEN'}", TOCSIN_OK, NULL},
		{"nothing", "{}", "null", TOCSIN_OK, NULL},
		{"fail", "{'text':'odd'}", NULL, TOCSIN_INVALID, "using TOKEN: the text is odd"},
		{"fail_silently", "{}", NULL, TOCSIN_FAILED, "gave no reason"},
		{"fail_oddly", "{}", NULL, TOCSIN_FAILED, "returned 77, which is no code"},
		{"fail_blankly", "{}", NULL, TOCSIN_FAILED, "reported \"denied\" and gave no reason"},
		{"fail_wildly", "{}", NULL, TOCSIN_FAILED, "reported \"denied\" and gave no reason"},
		{"break_word", "{}", NULL, TOCSIN_INVALID, NULL},
		{"swell", "{}", NULL, TOCSIN_LIMIT, "answering the host: the message has more than 1048576 bytes"},
		{"print", "{'text':'x'}", "null", TOCSIN_OK, NULL},
		{"say", "{'text':'still here'}", "'> still here'", TOCSIN_OK, NULL},
	};
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct bench bench = bench_of("echo", "{'prefix':'> ','count':3,'token':'TOKEN'}");
	int pid;

	(void)state;
	assert_false(worker_is_alive(NULL));
	assert_failure(&err, start(&bench, &err), TOCSIN_OK, NULL);
	pid = worker_pid(bench.worker);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct worker_reply reply;
		const enum tocsin_code code = call(&bench, cases[i].action, cases[i].arguments, 0, &reply, &err);

		assert_failure(&err, code, cases[i].code, cases[i].why);
		if (cases[i].value)
			assert_json(reply.value, cases[i].value);
		else
			assert_null(reply.value);
		assert_int_equal(reply.nested_count, 0);
		worker_reply_release(&reply);
		err.code = TOCSIN_OK;
		assert_true(worker_is_alive(bench.worker));
	}
	assert_int_equal(worker_pid(bench.worker), pid);
	bench_release(&bench);
	assert_int_equal(kill(pid, 0), -1);
}

static void test_large_messages(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct bench bench = bench_of("echo", "{'prefix':'','count':1}");
	static const struct {
		size_t length;
		enum tocsin_code code;
	} cases[] = {
		{10, TOCSIN_OK}, {300000, TOCSIN_OK}, {700000, TOCSIN_OK}, {1048500, TOCSIN_LIMIT}, {11, TOCSIN_OK}};

	(void)state;
	assert_failure(&err, start(&bench, &err), TOCSIN_OK, NULL);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *text = mem_zero(cases[i].length + 1);
		struct worker_reply reply;
		json_t *given;

		memset(text, 'x', cases[i].length);
		given = json_pack("{s:s}", "text", text);
		assert_failure(&err,
			       worker_call(bench.worker, plugin_find_action(bench.plugin, "say"), given, NULL, 0,
					   &reply, &err),
			       cases[i].code, NULL);
		if (!cases[i].code)
			assert_string_equal(json_string_value(reply.value), text);
		/* What is too large is not sent, and the worker none the worse for it. */
		assert_true(worker_is_alive(bench.worker));
		err.code = TOCSIN_OK;
		worker_reply_release(&reply);
		json_decref(given);
		mem_free(text);
	}
	bench_release(&bench);
}

static void assert_record(const struct invocation *record, const char *action, const char *arguments,
			  enum tocsin_code outcome, const char *result_type)
{
	assert_string_equal(record->action, action);
	assert_json(record->arguments, arguments);
	assert_int_equal(record->outcome, outcome);
	assert_true(!record->error == !outcome);
	if (result_type)
		assert_string_equal(record->result_type, result_type);
	else
		assert_null(record->result_type);
	assert_true(record->duration_ns >= 0);
	assert_true(llabs(record->wall_ms - clock_wall_ms()) < 60000);
}

static void test_nested_calls(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct bench bench = bench_of("echo", "{'prefix':'','count':1}");
	json_t *off = json_of("{'say':'say is off'}"), *given = json_of("{'text':'x'}");
	struct worker_reply reply;

	(void)state;
	assert_failure(&err, start(&bench, &err), TOCSIN_OK, NULL);
	assert_failure(&err, call(&bench, "tour", "{'text':'x'}", 0, &reply, &err), TOCSIN_OK, NULL);
	assert_json(reply.value, "'{\\'count\\': 1, \\'prefix\\': \\'\\', \\'token\\': null}'");
	assert_int_equal(reply.nested_count, 4);
	assert_record(&reply.nested[0], "say", "{'text':'x'}", TOCSIN_OK, "str");
	assert_record(&reply.nested[1], "relay", "{'text':'x'}", TOCSIN_OK, "str");
	assert_record(&reply.nested[2], "fail", "{'text':'x'}", TOCSIN_INVALID, NULL);
	assert_record(&reply.nested[3], "show", "{}", TOCSIN_OK, "dict");
	worker_reply_release(&reply);

	assert_failure(&err, call(&bench, "dive", "{}", 0, &reply, &err), TOCSIN_LIMIT, "nest deeper than 8");
	assert_int_equal(reply.nested_count, 8);
	worker_reply_release(&reply);
	assert_failure(&err, call(&bench, "repeat", "{'times':64}", 0, &reply, &err), TOCSIN_OK, NULL);
	assert_int_equal(reply.nested_count, 64);
	worker_reply_release(&reply);
	assert_failure(&err, call(&bench, "repeat", "{'times':65}", 0, &reply, &err), TOCSIN_LIMIT, "more than 64");
	assert_int_equal(reply.nested_count, 64);
	worker_reply_release(&reply);
	assert_failure(&err, call(&bench, "misuse", "{}", 0, &reply, &err), TOCSIN_INVALID, "times");
	assert_int_equal(reply.nested_count, 2);
	assert_record(&reply.nested[1], "repeat", "{'times':-1}", TOCSIN_INVALID, NULL);
	worker_reply_release(&reply);

	assert_failure(
		&err, worker_call(bench.worker, plugin_find_action(bench.plugin, "relay"), given, off, 0, &reply, &err),
		TOCSIN_DISABLED, "calling say: say is off");
	assert_int_equal(reply.nested_count, 1);
	assert_record(&reply.nested[0], "say", "{'text':'x'}", TOCSIN_DISABLED, NULL);
	worker_reply_release(&reply);
	json_decref(off);
	json_decref(given);
	bench_release(&bench);
}

/* What goes wrong in one call ends that call, in time, with its reason, and the process with it. */
static void test_deaths(void **state)
{
	static const struct {
		const char *action;
		enum tocsin_code code;
		const char *why;
	} cases[] = {
#ifndef TOCSIN_SANITIZED
		{"fault", TOCSIN_CRASHED, "was killed by SIGSEGV before it answered fault"},
		{"overflow", TOCSIN_CRASHED, "was killed by SIGSEGV"},
		{"give_up", TOCSIN_CRASHED, "was killed by SIGABRT"},
		{"devour", TOCSIN_FAILED, "memory has an end"},
#else
		{"fault", TOCSIN_CRASHED, "ended with exit status 1"},
#endif
		{"give_up", TOCSIN_CRASHED, "after it printed \"giving up\\u001b[31m"},
		{"leave", TOCSIN_CRASHED, "ended with exit status 0 before it answered leave"},
		{"leave_with_seven", TOCSIN_CRASHED, "ended with exit status 7"},
		{"spin", TOCSIN_TIMEOUT, "did not answer spin within 300 ms"},
		{"sleep_on", TOCSIN_TIMEOUT, "did not answer sleep_on within 300 ms"},
		{"resist", TOCSIN_TIMEOUT, "did not answer resist within 300 ms"},
		{"stop", TOCSIN_TIMEOUT, "did not answer stop within 300 ms"},
		{"hang_up", TOCSIN_PROTOCOL, "hung up without an answer"},
		{"flood", TOCSIN_LIMIT, "printed more than 1048576 bytes in one call"},
		{"prattle", TOCSIN_OK, NULL},
		{"forge_bytes", TOCSIN_PROTOCOL, "claims a length of 4294967295 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct bench bench = bench_of("crash", "{}");
		const int64_t began = clock_monotonic_ns();
		struct worker_reply reply;
		int pid;

		assert_failure(&err, start(&bench, &err), TOCSIN_OK, NULL);
		pid = worker_pid(bench.worker);
		assert_failure(&err, call(&bench, cases[i].action, "{}", deadline_for(cases[i].code), &reply, &err),
			       cases[i].code, cases[i].why);
		assert_true(clock_monotonic_ns() - began < PATIENCE_MS * 1000000LL);
		worker_reply_release(&reply);
		if (cases[i].code && cases[i].code != TOCSIN_FAILED) {
			assert_false(worker_is_alive(bench.worker));
			assert_int_equal(kill(pid, 0), -1);
			assert_failure(&err, call(&bench, "prattle", "{}", PATIENCE_MS, &reply, &err), TOCSIN_CRASHED,
				       "has ended");
		} else {
			assert_true(worker_is_alive(bench.worker));
		}
		bench_release(&bench);
	}
}

/* A plugin that answers for the worker: the real answer is then one too many, now or before the next call. */
static void test_forged_answer(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct bench bench = bench_of("crash", "{}");
	struct worker_reply reply;
	enum tocsin_code code;

	(void)state;
	assert_failure(&err, start(&bench, &err), TOCSIN_OK, NULL);
	code = call(&bench, "forge_answer", "{}", PATIENCE_MS, &reply, &err);
	worker_reply_release(&reply);
	if (!code) {
		usleep(50000);
		assert_false(worker_is_alive(bench.worker));
		code = call(&bench, "prattle", "{}", PATIENCE_MS, &reply, &err);
		worker_reply_release(&reply);
	}
	assert_int_equal(code, TOCSIN_PROTOCOL);
	assert_false(worker_is_alive(bench.worker));
	bench_release(&bench);
}

static void test_killed_between_calls(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct bench bench = bench_of("echo", "{'prefix':'','count':1}");
	struct worker_reply reply;

	(void)state;
	assert_failure(&err, start(&bench, &err), TOCSIN_OK, NULL);
	json_decref(value_of(&bench, "nothing", "{}"));
	assert_int_equal(kill(worker_pid(bench.worker), SIGKILL), 0);
	while (worker_is_alive(bench.worker))
		usleep(1000);
	assert_failure(&err, call(&bench, "nothing", "{}", 0, &reply, &err), TOCSIN_CRASHED, "was killed by SIGKILL");
	bench_release(&bench);
}

/* One worker's end is not another's. */
static void test_neighbours(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct bench good = bench_of("echo", "{'prefix':'','count':1}"), bad = bench_of("crash", "{}");
	struct worker_reply reply;
	json_t *value;

	(void)state;
	assert_failure(&err, start(&good, &err), TOCSIN_OK, NULL);
	assert_failure(&err, start(&bad, &err), TOCSIN_OK, NULL);
	assert_int_equal(call(&bad, "leave_with_seven", "{}", 0, &reply, &err), TOCSIN_CRASHED);
	worker_reply_release(&reply);
	value = value_of(&good, "say", "{'text':'unmoved'}");
	assert_json(value, "'unmoved'");
	json_decref(value);
	bench_release(&bad);
	bench_release(&good);
}

static int64_t member(const json_t *value, const char *name)
{
	if (!json_object_get(value, name))
		fail_msg("there is no %s", name);
	return json_integer_value(json_object_get(value, name));
}

static void test_set_up(void **state)
{
	const int leaked = open("/dev/null", O_RDONLY), blocked = SIGTERM;
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	sigset_t set;
	json_t *value;

	(void)state;
	/* What a careless host hands down does not arrive. */
	sigaction(SIGUSR1, &ignore, &before);
	sigemptyset(&set);
	sigaddset(&set, blocked);
	sigprocmask(SIG_BLOCK, &set, NULL);
	setenv("TOCSIN_HOSTS_SECRET", "1", 1);
	for (int tier = 0; tier < 2; tier++) {
		struct bench bench = bench_of(tier ? "unconfined" : "pure", "{}");

		assert_failure(&err, start(&bench, &err), TOCSIN_OK, NULL);
		value = value_of(&bench, "status", "{}");
		assert_int_equal(member(value, "core"), 0);
		assert_int_equal(member(value, "death_signal"), SIGKILL);
		assert_int_equal(member(value, "variables"), 0);
		assert_int_equal(member(value, "odd_signals"), 0);
		assert_int_equal(member(value, "input"), 0);
		assert_true(json_is_true(json_object_get(value, "leads_session")));
		/* Input, two outputs, the socket, the plugin's file, and the one that keeps it loaded. */
		assert_int_equal(member(value, "open"), 6);
		assert_int_equal(member(value, "no_new_privileges"), !tier);
		assert_int_equal(member(value, "file_size") == 0, !tier);
		assert_int_equal(member(value, "descriptors") == 16, !tier);
#ifndef TOCSIN_SANITIZED
		assert_int_equal(member(value, "dumpable"), 0);
		assert_int_equal(member(value, "processes") == 0, !tier);
		assert_int_equal(member(value, "memory") == 256 << 20, !tier);
#endif
		json_decref(value);
		bench_release(&bench);
	}
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigaction(SIGUSR1, &before, NULL);
	close(leaked);
}

/* Waits until the process is gone, or is only waiting for somebody to collect it. */
static void assert_gone(int pid)
{
	for (int i = 0; i < 500; i++) {
		char path[64], line[256] = "";
		FILE *status;

		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		status = fopen(path, "r");
		if (!status)
			return;
		if (!fgets(line, sizeof(line), status))
			line[0] = '\0';
		fclose(status);
		if (strstr(line, ") Z "))
			return;
		usleep(10000);
	}
	fail_msg("process %d lives on", pid);
}

/* Processes that a plugin started end with it. */
static void test_children_of_plugins(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct bench bench = bench_of("unconfined", "{}");
	json_t *value;
	int pid;

	(void)state;
	assert_failure(&err, start(&bench, &err), TOCSIN_OK, NULL);
	value = value_of(&bench, "beget", "{}");
	pid = (int)member(value, "pid");
	json_decref(value);
	assert_int_equal(kill(pid, 0), 0);
	bench_release(&bench);
	assert_gone(pid);
}

/* A host that is killed takes its workers with it, whatever they are doing. */
static void test_death_of_the_host(void **state)
{
	static const char *const doings[] = {"prattle", "spin"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(doings); i++) {
		int pipes[2], status, worker;
		pid_t host;

		assert_int_equal(pipe(pipes), 0);
		host = fork();
		assert_true(host >= 0);
		if (!host) {
			struct bench bench = bench_of("crash", "{}");
			struct worker_reply reply;

			if (start(&bench, NULL))
				_exit(1);
			worker = worker_pid(bench.worker);
			if (write(pipes[1], &worker, sizeof(worker)) != sizeof(worker))
				_exit(1);
			call(&bench, doings[i], "{}", PATIENCE_MS, &reply, NULL);
			for (;;)
				pause();
		}
		assert_int_equal(read(pipes[0], &worker, sizeof(worker)), sizeof(worker));
		usleep(20000);
		assert_int_equal(kill(worker, 0), 0);
		kill(host, SIGKILL);
		assert_int_equal(waitpid(host, &status, 0), host);
		assert_gone(worker);
		close(pipes[0]);
		close(pipes[1]);
	}
}

static void test_start_failures(void **state)
{
	static const struct {
		const char *name, *program;
		enum tocsin_code code;
		const char *why;
	} cases[] = {
		{"unresolved", NULL, TOCSIN_INVALID, "undefined symbol: nobody_has_this"},
		{"born-dead", NULL, TOCSIN_CRASHED, "before it answered \"start\""},
		{"unborn", NULL, TOCSIN_TIMEOUT, "did not answer \"start\" within 300 ms"},
		{"echo", "/nowhere/tocsin-worker", TOCSIN_IO, "/nowhere/tocsin-worker cannot be started: No such file"},
		{"echo", "/dev/null", TOCSIN_IO, "/dev/null cannot be started: Permission denied"},
		{"echo", "/bin/true", TOCSIN_CRASHED, "ended with exit status 0 before"},
		{"echo", "/bin/cat", TOCSIN_CRASHED, "after it printed"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct bench bench = bench_of(cases[i].name, "{}");
		const struct worker_options options = {.program = cases[i].program,
						       .plugin_fd = bench.fd,
						       .plugin = bench.plugin,
						       .settings = bench.settings,
						       .start_ms = deadline_for(cases[i].code)};

		assert_failure(&err, worker_start(&options, &bench.worker, &err), cases[i].code, cases[i].why);
		assert_null(bench.worker);
		bench_release(&bench);
	}
}

/* The table in memory is not the one that was read: here, because another file was read. */
static void test_other_contract(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct bench bench = bench_of("echo", "{}");

	(void)state;
	close(bench.fd);
	bench.fd = open(fixture("crash"), O_RDONLY | O_CLOEXEC);
	assert_failure(&err, start(&bench, &err), TOCSIN_INVALID, "is not the one that was read");
	bench_release(&bench);
}

/* Settings for fake-worker; each @ in `answer` becomes the call's id. */
static struct bench fake(const char *how, const char *answer, const char *first, const char *first_how)
{
	struct bench bench = bench_of("echo", "{}");
	char *text = strdup(answer);

	for (char *byte = text; *byte; byte++)
		*byte = *byte == '\'' ? '"' : *byte;
	json_decref(bench.settings);
	bench.settings = json_pack("{s:s, s:s, s:o, s:s, s:s}", "how", how, "answer", text, "manifest",
				   plugin_manifest(bench.plugin), "first", first, "first_how", first_how);
	free(text);
	return bench;
}

static enum tocsin_code start_fake(struct bench *bench, int64_t start_ms, struct tocsin_error *err)
{
	const struct worker_options options = {.program = built("tests/host/fake-worker"),
					       .plugin_fd = bench->fd,
					       .plugin = bench->plugin,
					       .settings = bench->settings,
					       .start_ms = start_ms};

	return worker_start(&options, &bench->worker, err);
}

#define ANSWER(code, value, error, nested)                                                                             \
	"{'type':'result','id':@,'code':'" code "','value':" value ",'error':" error ",'nested':" nested "}"
#define GOOD(value) ANSWER("ok", value, "null", "[]")
#define NESTED(action, outcome, arguments, error)                                                                      \
	"{'action':'" action "','outcome':'" outcome "','offset_ns':1,'duration_ns':2,'arguments':" arguments          \
	",'error':" error "}"
#define FOUR(x) x "," x "," x "," x
#define CALL NESTED("nothing", "ok", "{}", "null")
#define NESTED_65 "[" FOUR(FOUR(FOUR(CALL))) "," CALL "]"
#define DEEP_8(x) "[[[[[[[[" x "]]]]]]]]"
#define DEEP_64(x) DEEP_8(DEEP_8(DEEP_8(DEEP_8(DEEP_8(DEEP_8(DEEP_8(DEEP_8(x))))))))

static void test_lies(void **state)
{
	static const struct {
		const char *action, *how, *answer;
		enum tocsin_code code;
		const char *why;
	} cases[] = {
		/* Answers as they should be, to see that the others fail for what is wrong with them. */
		{"nothing", "", GOOD("null"), TOCSIN_OK, NULL},
		{"say", "", GOOD("'x'"), TOCSIN_OK, NULL},
		{"show", "", GOOD("{'x':[1,2.5,null]}"), TOCSIN_OK, NULL},
		{"nothing", "", ANSWER("limit", "null", "['outer','inner']", "[]"), TOCSIN_LIMIT, "outer: inner"},
		/* Codes that only the host may use. */
		{"nothing", "", ANSWER("denied", "null", "['outer','inner']", "[]"), TOCSIN_FAILED, "outer: inner"},
		{"nothing", "", ANSWER("disabled", "null", "['x']", "[]"), TOCSIN_FAILED, "x"},
		{"nothing", "", ANSWER("disabled", "null", "['x']", "[" NESTED("say", "disabled", "{}", "['y']") "]"),
		 TOCSIN_FAILED, "x"},
		{"nothing", "", ANSWER("crashed", "null", "['x']", "[]"), TOCSIN_FAILED, "x"},
		{"nothing", "", ANSWER("timeout", "null", "['x']", "[]"), TOCSIN_FAILED, "x"},
		{"nothing", "", ANSWER("protocol", "null", "['x']", "[]"), TOCSIN_FAILED, "x"},
		{"nothing", "", ANSWER("io", "null", "['x']", "[]"), TOCSIN_FAILED, "x"},
		{"nothing", "", ANSWER("exists", "null", "['x']", "[]"), TOCSIN_FAILED, "x"},
		{"nothing", "", ANSWER("no_memory", "null", "['x']", "[]"), TOCSIN_FAILED, "x"},
		{"nothing", "", ANSWER("ok", "null", "null", "[" FOUR(FOUR(FOUR(CALL))) "]"), TOCSIN_OK, NULL},
		{"nothing", "drip", GOOD("null"), TOCSIN_OK, NULL},
		/* How it is sent. */
		{"nothing", "none", GOOD("null"), TOCSIN_TIMEOUT, "did not answer nothing within 300 ms"},
		{"nothing", "more", GOOD("null"), TOCSIN_PROTOCOL, "more than one answer"},
		{"nothing", "empty", GOOD("null"), TOCSIN_PROTOCOL, "claims a length of 0 bytes"},
		{"nothing", "huge", GOOD("null"), TOCSIN_PROTOCOL, "claims a length of 1048577 bytes"},
		{"nothing", "most", GOOD("null"), TOCSIN_PROTOCOL, "claims a length of 4294967295 bytes"},
		{"nothing", "half", GOOD("null"), TOCSIN_TIMEOUT, "did not answer"},
		{"nothing", "half and exit", GOOD("null"), TOCSIN_CRASHED, "exit status 3"},
		{"nothing", "head and exit", GOOD("null"), TOCSIN_CRASHED, "exit status 3"},
		{"nothing", "NUL", GOOD("null"), TOCSIN_PROTOCOL, "cannot be read"},
		{"nothing", "no reading", GOOD("null"), TOCSIN_TIMEOUT, NULL},
		/* What it is. */
		{"nothing", "", "", TOCSIN_PROTOCOL, "claims a length of 0"},
		{"nothing", "", "nonsense", TOCSIN_PROTOCOL, "not JSON"},
		{"nothing", "", "[]", TOCSIN_PROTOCOL, "a list, not a map"},
		{"nothing", "", "{}", TOCSIN_PROTOCOL, "not the right members"},
		{"nothing", "", "{'type':'result','id':@,'code':'ok','value':null,'error':null}", TOCSIN_PROTOCOL,
		 "not the right members"},
		{"nothing", "", "{'type':'result','id':@,'code':'ok','value':null,'error':null,'nested':[],'x':1}",
		 TOCSIN_PROTOCOL, "not the right members"},
		{"nothing", "", "{'type':'result','id':@,'id':@,'code':'ok','value':null,'error':null,'nested':[]}",
		 TOCSIN_PROTOCOL, "duplicate"},
		{"nothing", "", "{'type':'result','id':'@','code':'ok','value':null,'error':null,'nested':[]}",
		 TOCSIN_PROTOCOL, "not the right members"},
		{"nothing", "", "{'type':'result','id':@1,'code':'ok','value':null,'error':null,'nested':[]}",
		 TOCSIN_PROTOCOL, "is to call 11, the question was call 1"},
		{"nothing", "", "{'type':'result','id':-@,'code':'ok','value':null,'error':null,'nested':[]}",
		 TOCSIN_PROTOCOL, "is to call -1"},
		{"nothing", "", "{'type':'invoke','id':@,'code':'ok','value':null,'error':null,'nested':[]}",
		 TOCSIN_PROTOCOL, "not a result but \"invoke\""},
		{"nothing", "", "{'type':'ready','manifest':{}}", TOCSIN_PROTOCOL, "not the right members"},
		/* Values that the contract does not allow. */
		{"nothing", "", GOOD("'x'"), TOCSIN_PROTOCOL, "nothing returns NoneType, the answer is str"},
		{"nothing", "", GOOD("false"), TOCSIN_PROTOCOL, "the answer is bool"},
		{"say", "", GOOD("null"), TOCSIN_PROTOCOL, "say returns str, the answer is NoneType"},
		{"say", "", GOOD("{}"), TOCSIN_PROTOCOL, "the answer is dict"},
		{"say", "", GOOD("['x']"), TOCSIN_PROTOCOL, "the answer is list"},
		{"say", "", GOOD("'\\u0000'"), TOCSIN_PROTOCOL, "cannot be read"},
		{"show", "", GOOD("'{}'"), TOCSIN_PROTOCOL, "show returns dict, the answer is str"},
		{"show", "", GOOD("{'x':" DEEP_64("1") "}"), TOCSIN_PROTOCOL, "deeper than 64"},
		/* Outcomes. */
		{"nothing", "", ANSWER("fine", "null", "null", "[]"), TOCSIN_PROTOCOL, "there is no outcome \"fine\""},
		{"nothing", "", ANSWER("unknown", "null", "null", "[]"), TOCSIN_PROTOCOL, "there is no outcome"},
		{"nothing", "", ANSWER("ok", "null", "['x']", "[]"), TOCSIN_PROTOCOL, "a success came with an error"},
		{"nothing", "", ANSWER("failed", "null", "null", "[]"), TOCSIN_PROTOCOL, "without 1 to 64 sentences"},
		{"nothing", "", ANSWER("failed", "null", "[]", "[]"), TOCSIN_PROTOCOL, "without 1 to 64 sentences"},
		{"nothing", "", ANSWER("failed", "null", "[1]", "[]"), TOCSIN_PROTOCOL, "a sentence that is none"},
		{"nothing", "", ANSWER("failed", "null", "['']", "[]"), TOCSIN_PROTOCOL, "a sentence that is none"},
		{"nothing", "", ANSWER("failed", "1", "['x']", "[]"), TOCSIN_PROTOCOL, "a failure came with a value"},
		{"nothing", "", ANSWER("failed", "null", "['\\u001b[31mred\\n']", "[]"), TOCSIN_FAILED, " [31mred "},
		/* Nested calls. */
		{"nothing", "", ANSWER("ok", "null", "null", "{}"), TOCSIN_PROTOCOL, "not a list of at most 64"},
		{"nothing", "", ANSWER("ok", "null", "null", "null"), TOCSIN_PROTOCOL, "not a list of at most 64"},
		{"nothing", "", ANSWER("ok", "null", "null", NESTED_65), TOCSIN_PROTOCOL, "not a list of at most 64"},
		{"nothing", "", ANSWER("ok", "null", "null", "[1]"), TOCSIN_PROTOCOL,
		 "a nested call has not the right"},
		{"nothing", "", ANSWER("ok", "null", "null", "[{}]"), TOCSIN_PROTOCOL,
		 "a nested call has not the right"},
		{"nothing", "", ANSWER("ok", "null", "null", "[" NESTED("nothing", "ok", "{}", "null,'x':1") "]"),
		 TOCSIN_PROTOCOL, "a nested call has not the right"},
		{"nothing", "", ANSWER("ok", "null", "null", "[" CALL "," NESTED("listen", "ok", "{}", "null") "]"),
		 TOCSIN_PROTOCOL, "the contract does not have, \"listen\""},
		{"nothing", "", ANSWER("ok", "null", "null", "[" NESTED("say", "ok", "{}", "null") "]"),
		 TOCSIN_PROTOCOL, "arguments that it does not take"},
		{"nothing", "", ANSWER("ok", "null", "null", "[" NESTED("say", "ok", "[]", "null") "]"),
		 TOCSIN_PROTOCOL, "arguments that it does not take"},
		{"nothing", "", ANSWER("ok", "null", "null", "[" NESTED("nothing", "ok", "{}", "['x']") "]"),
		 TOCSIN_PROTOCOL, "a success came with an error"},
		{"nothing", "", ANSWER("ok", "null", "null", "[" NESTED("nothing", "failed", "{}", "null") "]"),
		 TOCSIN_PROTOCOL, "sentences"},
		{"nothing", "", ANSWER("ok", "null", "null", "[" NESTED("say", "failed", "[]", "['x']") "]"),
		 TOCSIN_PROTOCOL, "arguments are a list"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct bench bench = fake(cases[i].how, cases[i].answer, "", "");
		const bool is_fault = cases[i].code == TOCSIN_PROTOCOL || cases[i].code == TOCSIN_TIMEOUT ||
				      cases[i].code == TOCSIN_CRASHED;
		struct worker_reply reply;

		assert_failure(&err, start_fake(&bench, PATIENCE_MS, &err), TOCSIN_OK, NULL);
		assert_failure(&err, call(&bench, cases[i].action, "{}", deadline_for(cases[i].code), &reply, &err),
			       cases[i].code, cases[i].why);
		if (is_fault)
			assert_true(!reply.value && !reply.nested_count);
		assert_int_equal(worker_is_alive(bench.worker), !is_fault);
		worker_reply_release(&reply);
		bench_release(&bench);
	}
}

/* Nested times are the worker's word, and kept within the time that the host measured. */
static void test_nested_times(void **state)
{
	static const struct {
		const char *nested;
		bool zero;
	} cases[] = {
		{"[{'action':'nothing','outcome':'ok','offset_ns':-9223372036854775808,"
		 "'duration_ns':-1,'arguments':{},'error':null}]",
		 true},
		{"[{'action':'nothing','outcome':'ok','offset_ns':9223372036854775807,"
		 "'duration_ns':9223372036854775807,'arguments':{},'error':null}]",
		 false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		char answer[512];
		struct worker_reply reply;
		struct bench bench;

		snprintf(answer, sizeof(answer),
			 "{'type':'result','id':@,'code':'ok','value':null,'error':null,'nested':%s}", cases[i].nested);
		bench = fake("", answer, "", "");
		assert_failure(&err, start_fake(&bench, PATIENCE_MS, &err), TOCSIN_OK, NULL);
		assert_failure(&err, call(&bench, "nothing", "{}", PATIENCE_MS, &reply, &err), TOCSIN_OK, NULL);
		assert_int_equal(reply.nested_count, 1);
		assert_true(reply.nested[0].duration_ns >= 0 && reply.nested[0].duration_ns < 1000000000);
		assert_int_equal(reply.nested[0].duration_ns == 0, cases[i].zero);
		assert_true(llabs(reply.nested[0].wall_ms - clock_wall_ms()) < 10000);
		worker_reply_release(&reply);
		bench_release(&bench);
	}
}

/* Sentences of a nested call are kept as any error's are: one line each, and not all that a worker can send. */
static void test_nested_sentences(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char sentences[4096] = "[", answer[8192];
	struct worker_reply reply;
	struct bench bench;

	(void)state;
	for (int i = 0; i < 64; i++)
		snprintf(sentences + strlen(sentences), 64, "%s'%d\\u001b[2J\\n'", i ? "," : "", i);
	strcat(sentences, "]");
	assert_in_range(snprintf(answer, sizeof(answer),
				 ANSWER("failed", "null", "%s", "[" NESTED("say", "io", "{}", "%s") "]"), sentences,
				 sentences),
			1, sizeof(answer) - 1);
	bench = fake("", answer, "", "");
	assert_failure(&err, start_fake(&bench, PATIENCE_MS, &err), TOCSIN_OK, NULL);
	assert_failure(&err, call(&bench, "nothing", "{}", PATIENCE_MS, &reply, &err), TOCSIN_FAILED,
		       "48 [2J : 49 [2J : ");
	assert_int_equal(reply.nested_count, 1);
	assert_int_equal(reply.nested[0].outcome, TOCSIN_FAILED);
	assert_int_equal(json_array_size(reply.nested[0].error), 16);
	assert_string_equal(json_string_value(json_array_get(reply.nested[0].error, 0)), "48 [2J ");
	assert_string_equal(json_string_value(json_array_get(reply.nested[0].error, 15)), "63 [2J ");
	worker_reply_release(&reply);
	bench_release(&bench);
}

/* An answer of few bytes that would be very many values is not read. */
static void test_too_many_values(void **state)
{
	static const struct {
		size_t count;
		enum tocsin_code code;
		const char *why;
	} cases[] = {{99990, TOCSIN_OK, NULL}, {100001, TOCSIN_PROTOCOL, "has more than 100000 values"}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		char *list = mem_zero(2 * cases[i].count), *answer = mem_zero(2 * cases[i].count + 256);
		struct worker_reply reply;
		struct bench bench;

		for (size_t j = 0; j < 2 * cases[i].count - 1; j++)
			list[j] = j % 2 ? ',' : '1';
		sprintf(answer, GOOD("{'x':[%s]}"), list);
		bench = fake("", answer, "", "");
		assert_failure(&err, start_fake(&bench, PATIENCE_MS, &err), TOCSIN_OK, NULL);
		assert_failure(&err, call(&bench, "show", "{}", PATIENCE_MS, &reply, &err), cases[i].code,
			       cases[i].why);
		assert_int_equal(worker_is_alive(bench.worker), !cases[i].code);
		worker_reply_release(&reply);
		bench_release(&bench);
		mem_free(answer);
		mem_free(list);
	}
}

/* The end of the process is seen before all of what it wrote is read. */
static void test_large_answer_and_exit(void **state)
{
	char *answer = mem_zero(500 * 1024 + 256), *text = mem_zero(500 * 1024);

	(void)state;
	memset(text, 'x', 500 * 1024 - 1);
	sprintf(answer, GOOD("'%s'"), text);
	for (int i = 0; i < 20; i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct bench bench = fake("and exit", answer, "", "");
		struct worker_reply reply;

		assert_failure(&err, start_fake(&bench, PATIENCE_MS, &err), TOCSIN_OK, NULL);
		assert_failure(&err, call(&bench, "say", "{}", PATIENCE_MS, &reply, &err), TOCSIN_OK, NULL);
		assert_string_equal(json_string_value(reply.value), text);
		worker_reply_release(&reply);
		bench_release(&bench);
	}
	mem_free(answer);
	mem_free(text);
}

static void test_lies_at_start(void **state)
{
	static const struct {
		const char *first, *how;
		enum tocsin_code code;
		const char *why;
	} cases[] = {
		{"{\"type\":\"refused\",\"code\":\"denied\",\"error\":[\"not today\"]}", "", TOCSIN_DENIED,
		 "not today"},
		{"{\"type\":\"refused\",\"code\":\"disabled\",\"error\":[\"off\"]}", "", TOCSIN_PROTOCOL,
		 "a switch that it cannot know of"},
		{"{\"type\":\"refused\",\"code\":\"ok\",\"error\":null}", "", TOCSIN_PROTOCOL, "called it a success"},
		{"{\"type\":\"refused\",\"code\":\"denied\",\"error\":null}", "", TOCSIN_PROTOCOL, "sentences"},
		{"{\"type\":\"refused\",\"code\":\"denied\"}", "", TOCSIN_PROTOCOL, "not the right members"},
		{"{\"type\":\"ready\"}", "", TOCSIN_PROTOCOL, "not the right members"},
		{"{\"type\":\"ready\",\"manifest\":{}}", "", TOCSIN_INVALID, "is not the one that was read"},
		{"{\"type\":\"ready\",\"manifest\":{},\"x\":1}", "", TOCSIN_PROTOCOL, "not the right members"},
		{"{\"type\":\"result\",\"manifest\":{}}", "", TOCSIN_PROTOCOL, "not \"ready\" but \"result\""},
		{"{\"type\":1}", "", TOCSIN_PROTOCOL, "not the right members"},
		{"[]", "", TOCSIN_PROTOCOL, "a list, not a map"},
		{"", "huge", TOCSIN_PROTOCOL, "claims a length"},
		{"{}", "none", TOCSIN_TIMEOUT, "did not answer \"start\" within 300 ms"},
		{"{}", "half and exit", TOCSIN_CRASHED, "exit status 3 before it answered \"start\""},
		{"{}", "more", TOCSIN_PROTOCOL, "more than one answer"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct bench bench = fake("first", "", cases[i].first, cases[i].how);

		assert_failure(&err, start_fake(&bench, deadline_for(cases[i].code), &err), cases[i].code,
			       cases[i].why);
		assert_null(bench.worker);
		bench_release(&bench);
	}
}

/* A message of the largest kind to a worker that does not read it, or speaks before it has. */
static void test_large_call_to_a_deaf_worker(void **state)
{
	static const struct {
		const char *how;
		enum tocsin_code code;
		const char *why;
	} cases[] = {
		{"no reading", TOCSIN_TIMEOUT, "did not read say within 300 ms"},
		{"before", TOCSIN_PROTOCOL, "answered before it was asked"},
		{"", TOCSIN_OK, NULL},
	};
	char *text = mem_zero(1000001);
	json_t *given;

	(void)state;
	memset(text, 'x', 1000000);
	given = json_pack("{s:s}", "text", text);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct bench bench = fake(cases[i].how, GOOD("'x'"), "", "");
		struct worker_reply reply;

		assert_failure(&err, start_fake(&bench, PATIENCE_MS, &err), TOCSIN_OK, NULL);
		assert_failure(&err,
			       worker_call(bench.worker, plugin_find_action(bench.plugin, "say"), given, NULL,
					   deadline_for(cases[i].code), &reply, &err),
			       cases[i].code, cases[i].why);
		worker_reply_release(&reply);
		bench_release(&bench);
	}
	json_decref(given);
	mem_free(text);
}

static void test_speaking_unasked(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct bench bench = fake("unasked", GOOD("null"), "", "");
	const enum tocsin_code code = start_fake(&bench, PATIENCE_MS, &err);

	(void)state;
	/* It depends on the moment whether the second message is seen with the first. */
	if (code) {
		assert_failure(&err, code, TOCSIN_PROTOCOL, "more than one answer");
	} else {
		usleep(50000);
		assert_false(worker_is_alive(bench.worker));
	}
	bench_release(&bench);
}

/* An answer counts even if its giver is gone when it is read. */
static void test_answer_and_exit(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct bench bench = fake("and exit", GOOD("'x'"), "", "");
	struct worker_reply reply;

	(void)state;
	assert_failure(&err, start_fake(&bench, PATIENCE_MS, &err), TOCSIN_OK, NULL);
	assert_failure(&err, call(&bench, "say", "{}", PATIENCE_MS, &reply, &err), TOCSIN_OK, NULL);
	worker_reply_release(&reply);
	for (int i = 0; i < 1000 && worker_is_alive(bench.worker); i++)
		usleep(1000);
	assert_false(worker_is_alive(bench.worker));
	bench_release(&bench);
}

/* The host's descriptors do not grow with the workers that it had. */
static void test_nothing_is_left_open(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	const int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int after;

	(void)state;
	close(before);
	for (int i = 0; i < 20; i++) {
		struct bench bench = bench_of("crash", "{}");
		struct worker_reply reply;

		assert_failure(&err, start(&bench, &err), TOCSIN_OK, NULL);
		call(&bench, i % 2 ? "leave" : "prattle", "{}", 0, &reply, NULL);
		worker_reply_release(&reply);
		bench_release(&bench);
	}
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(after);
	assert_int_equal(after, before);
}

/* By hand, as the host does it: the worker ends by itself when the host closes the socket, without a leak. */
static void test_end_of_the_host(void **state)
{
	static const struct {
		const char *messages[4];
		int status;
	} cases[] = {
		{{NULL}, 0},
		{{"{'type':'start','settings':{}}", NULL}, 0},
		{{"{'type':'start','settings':{'prefix':'> '}}",
		  "{'type':'invoke','id':1,'action':'tour','arguments':{'text':'x'}}",
		  "{'type':'invoke','id':2,'action':'swell','arguments':{}}", NULL},
		 0},
		{{"{'type':'start'}", NULL}, 1},
		{{"{'type':'invoke','settings':{}}", NULL}, 1},
		{{"{'type':'start','settings':{}}", "{'type':'start','settings':{}}", NULL}, 1},
		{{"[]", NULL}, 1},
	};
	struct plugin *plugin = contract_of("echo");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *argv[] = {(char *)"tocsin-worker", (char *)"fixture/echo", (char *)"pure", (char *)plugin->origin,
				NULL};
		const int file = open(fixture("echo"), O_RDONLY | O_CLOEXEC);
		posix_spawn_file_actions_t actions;
		int sockets[2], status, pid;

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
		posix_spawn_file_actions_adddup2(&actions, fcntl(sockets[1], F_DUPFD_CLOEXEC, 20), 3);
		posix_spawn_file_actions_adddup2(&actions, fcntl(file, F_DUPFD_CLOEXEC, 20), 4);
		assert_int_equal(posix_spawn(&pid, built("tocsin-worker"), &actions, NULL, argv, environ), 0);
		posix_spawn_file_actions_destroy(&actions);
		for (int fd = 20; fd < 64; fd++)
			close(fd);
		close(file);
		close(sockets[1]);
		for (size_t j = 0; cases[i].messages[j]; j++) {
			json_t *message = json_of(cases[i].messages[j]);
			unsigned char head[FRAME_HEAD];
			char *bytes, *rest;
			size_t length;

			if (json_is_array(message)) {
				assert_int_equal(send(sockets[0], "\0\0\0\2[]", 6, MSG_NOSIGNAL), 6);
			} else {
				assert_int_equal(frame_encode(message, &bytes, &length, NULL), TOCSIN_OK);
				assert_int_equal(send(sockets[0], bytes, length, MSG_NOSIGNAL), length);
				mem_free(bytes);
			}
			json_decref(message);
			if (recv(sockets[0], head, FRAME_HEAD, MSG_WAITALL) != FRAME_HEAD)
				break;
			assert_int_equal(frame_length(head, &length, NULL), TOCSIN_OK);
			rest = mem_alloc(length);
			assert_int_equal(recv(sockets[0], rest, length, MSG_WAITALL), length);
			mem_free(rest);
		}
		close(sockets[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), cases[i].status);
	}
	plugin_unref(plugin);
}

static void test_by_hand(void **state)
{
	char command[PATH_MAX + 64];
	int status;

	(void)state;
	snprintf(command, sizeof(command), "%s 2>/dev/null", built("tocsin-worker"));
	status = system(command);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

/* Thousands of calls leave the worker as large as it was. */
static void test_no_growth(void **state)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	struct bench bench = bench_of("echo", "{'prefix':'','count':1}");
	long pages[2] = {0};
	char path[64];

	(void)state;
	assert_failure(&err, start(&bench, &err), TOCSIN_OK, NULL);
	snprintf(path, sizeof(path), "/proc/%d/statm", worker_pid(bench.worker));
	for (int round = 0; round < 2; round++) {
		FILE *file;

		for (int i = 0; i < 1000; i++)
			json_decref(
				value_of(&bench, "tour", "{'text':'a text of some length, to be seen if it stays'}"));
		file = fopen(path, "r");
		assert_non_null(file);
		assert_int_equal(fscanf(file, "%*d %ld", &pages[round]), 1);
		fclose(file);
	}
#ifndef TOCSIN_SANITIZED
	assert_true(pages[1] - pages[0] < 64);
#endif
	bench_release(&bench);
}

static void test_program(void **state)
{
	(void)state;
	assert_string_equal(worker_program(), built("tocsin-worker"));
	unsetenv("TOCSIN_WORKER");
	assert_string_equal(worker_program(), TOCSIN_WORKER_INSTALLED);
	setenv("TOCSIN_WORKER", built("tocsin-worker"), 1);
}

static void test_start_without_memory(void **state)
{
	struct bench bench = bench_of("pure", "{}");
	size_t allowed = 0;
	bool refused;

	(void)state;
	do {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		enum tocsin_code code;

		scarce_begin(allowed++);
		code = start(&bench, &err);
		refused = scarce_end();
		assert_failure(&err, code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK, NULL);
		worker_free(bench.worker);
		bench.worker = NULL;
	} while (refused);
	bench_release(&bench);
}

/*
 * The answer has no escapes in it: jansson's reader stops the program when it loses one for want of memory.
 * A call that was not sent leaves the worker as it was; one whose answer could not be read ends it.
 */
static void test_call_without_memory(void **state)
{
	struct bench bench = bench_of("echo", "{'prefix':'','count':1}");
	size_t allowed = 0;
	bool refused;

	(void)state;
	do {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		json_t *given = json_of("{'text':'x'}");
		struct worker_reply reply;
		enum tocsin_code code;

		if (!worker_is_alive(bench.worker)) {
			worker_free(bench.worker);
			assert_failure(&err, start(&bench, &err), TOCSIN_OK, NULL);
		}
		scarce_begin(allowed++);
		code = worker_call(bench.worker, plugin_find_action(bench.plugin, "relay"), given, NULL, 0, &reply,
				   &err);
		refused = scarce_end();
		assert_failure(&err, code, refused ? TOCSIN_NO_MEMORY : TOCSIN_OK, NULL);
		worker_reply_release(&reply);
		json_decref(given);
	} while (refused);
	bench_release(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_large_messages),
		cmocka_unit_test(test_nested_calls),
		cmocka_unit_test(test_deaths),
		cmocka_unit_test(test_forged_answer),
		cmocka_unit_test(test_killed_between_calls),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_set_up),
		cmocka_unit_test(test_children_of_plugins),
		cmocka_unit_test(test_death_of_the_host),
		cmocka_unit_test(test_start_failures),
		cmocka_unit_test(test_other_contract),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_nested_times),
		cmocka_unit_test(test_lies_at_start),
		cmocka_unit_test(test_nested_sentences),
		cmocka_unit_test(test_too_many_values),
		cmocka_unit_test(test_large_answer_and_exit),
		cmocka_unit_test(test_large_call_to_a_deaf_worker),
		cmocka_unit_test(test_speaking_unasked),
		cmocka_unit_test(test_answer_and_exit),
		cmocka_unit_test(test_nothing_is_left_open),
		cmocka_unit_test(test_end_of_the_host),
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_no_growth),
		cmocka_unit_test(test_start_without_memory),
		cmocka_unit_test(test_call_without_memory),
	};

	mem_use_for_json();
	setenv("TOCSIN_WORKER", built("tocsin-worker"), 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

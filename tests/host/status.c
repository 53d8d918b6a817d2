/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin that tells what its process is like. Compiled once for each tier. */
#include <tocsin/tocsin.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

extern char **environ;

static void put_limit(struct tocsin_object *object, const char *key, __rlimit_resource_t what)
{
	struct rlimit limit;

	if (getrlimit(what, &limit))
		return;
	tocsin_put_integer(object, key, limit.rlim_cur == RLIM_INFINITY ? -1 : (int64_t)limit.rlim_cur);
}

static int64_t open_descriptors(void)
{
	int64_t count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int64_t variables(void)
{
	int64_t count = 0;

	for (char **variable = environ; *variable; variable++)
		count += !strstr(*variable, "SAN_OPTIONS");
	return count;
}

/* The number of signals that are ignored or blocked. */
static int64_t odd_signals(void)
{
	int64_t count = 0;
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int number = 1; number < 32; number++) {
		struct sigaction action;

		if (sigaction(number, NULL, &action) == 0)
			count += action.sa_handler == SIG_IGN || sigismember(&blocked, number) == 1;
	}
	return count;
}

static enum tocsin_code status(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			       struct tocsin_error *err)
{
	struct tocsin_object *result = tocsin_result_object(ret_result);
	int death = 0;

	(void)settings;
	(void)arguments;
	(void)err;
	put_limit(result, "core", RLIMIT_CORE);
	put_limit(result, "file_size", RLIMIT_FSIZE);
	put_limit(result, "descriptors", RLIMIT_NOFILE);
	put_limit(result, "processes", RLIMIT_NPROC);
	put_limit(result, "memory", RLIMIT_AS);
	prctl(PR_GET_PDEATHSIG, &death);
	tocsin_put_integer(result, "death_signal", death);
	tocsin_put_integer(result, "no_new_privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	tocsin_put_integer(result, "dumpable", prctl(PR_GET_DUMPABLE));
	tocsin_put_integer(result, "open", open_descriptors());
	tocsin_put_integer(result, "variables", variables());
	tocsin_put_integer(result, "odd_signals", odd_signals());
	tocsin_put_boolean(result, "leads_session", getsid(0) == getpid());
	tocsin_put_integer(result, "input", read(0, &death, 1));
	return TOCSIN_OK;
}

/* Starts a process that outlives the call, and says which. */
static enum tocsin_code beget(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			      struct tocsin_error *err)
{
	const pid_t child = fork();

	(void)settings;
	(void)arguments;
	if (child < 0)
		return tocsin_fail(err, TOCSIN_DENIED, "fork: %s", strerror(errno));
	if (!child)
		for (;;)
			pause();
	tocsin_put_integer(tocsin_result_object(ret_result), "pid", child);
	return TOCSIN_OK;
}

static const struct tocsin_action status_actions[] = {
	{.name = "status", .summary = "Tell.", .run = status, .returns = TOCSIN_RETURNS_OBJECT},
	{.name = "beget", .summary = "Fork.", .run = beget, .returns = TOCSIN_RETURNS_OBJECT},
};

TOCSIN_PLUGIN = {
	.abi = TOCSIN_ABI,
	.group = "fixture",
	.name = FIXTURE_NAME,
	.version = "1.0.0",
	.doc = "Tells what its process is like.",
	.actions = TOCSIN_LIST(status_actions),
	.tier = FIXTURE_TIER,
};

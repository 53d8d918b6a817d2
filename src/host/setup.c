/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set-up of a worker, as a list of steps.
 *
 * The order is the point: whatever shall hold while a stranger's constructors run must stand before "load",
 * which is the first step that runs code of the plugin. A step that fails ends the set-up, and the host is
 * told which; there is no going on with less. Steps marked for pure plugins are left out for unconfined
 * ones, which are promised nothing.
 */
#include "host/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/text.h"
#include "build-config.h"
#include "host/library.h"

static enum tocsin_code failed(const char *call, struct tocsin_error *err)
{
	return tocsin_fail(err, TOCSIN_IO, "%s: %s", call, strerror(errno));
}

/* An embedding program may have descriptors that it forgot to mark close-on-exec. */
static enum tocsin_code close_descriptors(struct setup *setup, struct tocsin_error *err)
{
	(void)setup;
	return close_range(SETUP_PLUGIN + 1, ~0u, 0) ? failed("close_range", err) : TOCSIN_OK;
}

/* If the host is gone already, the socket has ended, and the worker ends when it reads from it. */
static enum tocsin_code die_with_host(struct setup *setup, struct tocsin_error *err)
{
	(void)setup;
	return prctl(PR_SET_PDEATHSIG, SIGKILL) ? failed("PR_SET_PDEATHSIG", err) : TOCSIN_OK;
}

/* Nobody of the same user attaches, and no core is written whatever the limits say. */
static enum tocsin_code hide_memory(struct setup *setup, struct tocsin_error *err)
{
	(void)setup;
#ifdef TOCSIN_SANITIZED
	/* The leak check at exit attaches to the process. */
	(void)err;
	return TOCSIN_OK;
#else
	return prctl(PR_SET_DUMPABLE, 0) ? failed("PR_SET_DUMPABLE", err) : TOCSIN_OK;
#endif
}

static enum tocsin_code limit(__rlimit_resource_t what, rlim_t value, const char *name, struct tocsin_error *err)
{
	struct rlimit now;

	if (getrlimit(what, &now))
		return failed(name, err);
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < value)
		value = now.rlim_max;
	now.rlim_cur = now.rlim_max = value;
	return setrlimit(what, &now) ? failed(name, err) : TOCSIN_OK;
}

static enum tocsin_code no_core(struct setup *setup, struct tocsin_error *err)
{
	(void)setup;
	return limit(RLIMIT_CORE, 0, "RLIMIT_CORE", err);
}

/* Time has no limit here: a worker lives through many calls, and each has a deadline that the host holds. */
static enum tocsin_code limit_resources(struct setup *setup, struct tocsin_error *err)
{
	static const struct {
		__rlimit_resource_t what;
		rlim_t value;
		const char *name;
	} limits[] = {
		{RLIMIT_FSIZE, 0, "RLIMIT_FSIZE"},
		{RLIMIT_NOFILE, SETUP_DESCRIPTORS, "RLIMIT_NOFILE"},
		{RLIMIT_MEMLOCK, 0, "RLIMIT_MEMLOCK"},
		{RLIMIT_MSGQUEUE, 0, "RLIMIT_MSGQUEUE"},
#ifndef TOCSIN_SANITIZED
		/* Sanitizers map terabytes, and start a thread to look for leaks. */
		{RLIMIT_AS, SETUP_MEMORY, "RLIMIT_AS"},
		{RLIMIT_NPROC, 0, "RLIMIT_NPROC"},
#endif
	};
	enum tocsin_code code = TOCSIN_OK;

	(void)setup;
	for (size_t i = 0; i < COUNT_OF(limits) && !code; i++)
		code = limit(limits[i].what, limits[i].value, limits[i].name, err);
	return code;
}

static enum tocsin_code no_new_privileges(struct setup *setup, struct tocsin_error *err)
{
	(void)setup;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? failed("PR_SET_NO_NEW_PRIVS", err) : TOCSIN_OK;
}

static enum tocsin_code load(struct setup *setup, struct tocsin_error *err)
{
	return library_load(SETUP_PLUGIN, setup->origin, &setup->plugin, err);
}

static const struct step {
	const char *name;
	bool pure_only;
	enum tocsin_code (*run)(struct setup *setup, struct tocsin_error *err);
} steps[] = {
	{"closing descriptors", false, close_descriptors},
	{"ending with the host", false, die_with_host},
	{"hiding memory", false, hide_memory},
	{"forbidding cores", false, no_core},
	{"limiting resources", true, limit_resources},
	/* Here: another user id, where the host may give it one. */
	{"forbidding new privileges", true, no_new_privileges},
	/* Here: Landlock A (read libraries and the plugin), then seccomp filter A (what loading needs). */
	{"loading the plugin", false, load},
	/* Here: Landlock B (nothing), then seccomp filter B (what calls need). */
};

enum tocsin_code setup_run(struct setup *setup, struct tocsin_error *err)
{
	enum tocsin_code code;

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		if (steps[i].pure_only && setup->tier != TOCSIN_TIER_PURE)
			continue;
		code = steps[i].run(setup, err);
		if (code) {
			tocsin_wrap(err, "%s", steps[i].name);
			return code;
		}
	}
	return TOCSIN_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting, watching and ending a worker's process.
 *
 * It is held by a pidfd, so that a signal never goes to a stranger who got the same number. The process
 * leads a session: before it is collected, its group is killed as well, for plugins that started others.
 * Its output pipe does not block: a plugin that prints faster than the host reads loses lines, not time.
 */
#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/printable.h"
#include "base/text.h"
#include "build-config.h"
#include "host/setup.h"

#define LOWEST_SPARE (SETUP_PLUGIN + 1) /* below are the numbers that the child gives out anew */
#define ENVIRONMENT_ROOM 3
#define DRAIN_STEP 4096
#define DRAIN_STEPS 16 /* at once; then the clock is looked at again */
#define SHOWN_OUTPUT 600
#define END_MS 2000 /* SIGKILL takes effect at once, unless the kernel is stuck */

/* What the host hands to the child. */
struct ends {
	int socket[2];
	int output[2];
	int plugin;
};

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Moves a descriptor out of the way of the numbers that the child gives out. */
static int lift(int *fd)
{
	const int lifted = *fd >= LOWEST_SPARE ? *fd : fcntl(*fd, F_DUPFD_CLOEXEC, LOWEST_SPARE);

	if (lifted < 0)
		return -1;
	if (lifted != *fd)
		close(*fd);
	*fd = lifted;
	return 0;
}

static enum tocsin_code open_ends(int plugin_fd, struct ends *ends, struct tocsin_error *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends->socket) ||
	    pipe2(ends->output, O_CLOEXEC | O_NONBLOCK) || lift(&ends->socket[1]) || lift(&ends->output[1]))
		return tocsin_fail(err, TOCSIN_IO, "no descriptors for a worker: %s", strerror(errno));
	ends->plugin = fcntl(plugin_fd, F_DUPFD_CLOEXEC, LOWEST_SPARE);
	if (ends->plugin < 0)
		return tocsin_fail(err, TOCSIN_IO, "no descriptor for a worker's plugin: %s", strerror(errno));
	return TOCSIN_OK;
}

static int prepare_actions(posix_spawn_file_actions_t *actions, const struct ends *ends)
{
	int failed = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	failed = failed ? failed : posix_spawn_file_actions_adddup2(actions, ends->output[1], STDOUT_FILENO);
	failed = failed ? failed : posix_spawn_file_actions_adddup2(actions, ends->output[1], STDERR_FILENO);
	failed = failed ? failed : posix_spawn_file_actions_adddup2(actions, ends->socket[1], SETUP_SOCKET);
	failed = failed ? failed : posix_spawn_file_actions_adddup2(actions, ends->plugin, SETUP_PLUGIN);
	return failed;
}

/* Whatever the host's threads ignore or block, the child begins as a shell would start it. */
static int prepare_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int failed;

	sigemptyset(&none);
	sigfillset(&all);
	failed = posix_spawnattr_setsigmask(attributes, &none);
	failed = failed ? failed : posix_spawnattr_setsigdefault(attributes, &all);
	return failed ? failed
		      : posix_spawnattr_setflags(attributes,
						 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
}

/* The environment is empty; a sanitizer's options are let through where there are sanitizers. */
static void prepare_environment(char *environment[ENVIRONMENT_ROOM])
{
	size_t used = 0;

#ifdef TOCSIN_SANITIZED
	for (char **variable = environ; *variable && used + 1 < ENVIRONMENT_ROOM; variable++)
		if (text_starts_with(*variable, "ASAN_OPTIONS=") || text_starts_with(*variable, "UBSAN_OPTIONS="))
			environment[used++] = *variable;
#endif
	environment[used] = NULL;
}

static int spawn(const char *program, char *const argv[], const struct ends *ends, int *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char *environment[ENVIRONMENT_ROOM];
	int failed = posix_spawn_file_actions_init(&actions);

	if (failed)
		return failed;
	failed = posix_spawnattr_init(&attributes);
	if (failed) {
		posix_spawn_file_actions_destroy(&actions);
		return failed;
	}
	prepare_environment(environment);
	failed = prepare_actions(&actions, ends);
	failed = failed ? failed : prepare_attributes(&attributes);
	failed = failed ? failed : posix_spawn(ret_pid, program, &actions, &attributes, argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

/* There is no pidfd: out of descriptors, or this program ignores SIGCHLD and the process has ended already. */
static enum tocsin_code fail_unheld(int pid, struct tocsin_error *err)
{
	const int reason = errno;

	if (reason != ESRCH) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return tocsin_fail(err, TOCSIN_IO, "the process of a worker cannot be held: %s", strerror(reason));
}

enum tocsin_code process_start(const char *program, const struct plugin *plugin, int plugin_fd,
			       struct process *ret_process, struct tocsin_error *err)
{
	struct ends ends = {.socket = {-1, -1}, .output = {-1, -1}, .plugin = -1};
	struct process process = {.pidfd = -1};
	char name[160];
	char *argv[] = {(char *)"tocsin-worker", name, (char *)tier_name(plugin->tier), (char *)plugin->origin, NULL};
	enum tocsin_code code = open_ends(plugin_fd, &ends, err);
	int failed = 0;

	snprintf(name, sizeof(name), "%s/%s", plugin->group, plugin->name);
	if (!code) {
		failed = spawn(program, argv, &ends, &process.pid);
		if (failed)
			code = tocsin_fail(err, TOCSIN_IO, "the program %s cannot be started: %s", program,
					   strerror(failed));
	}
	if (!code) {
		process.pidfd = pidfd_open(process.pid, 0);
		if (process.pidfd < 0)
			code = fail_unheld(process.pid, err);
	}
	close_one(&ends.plugin);
	close_one(&ends.socket[1]);
	close_one(&ends.output[1]);
	if (code) {
		close_one(&ends.socket[0]);
		close_one(&ends.output[0]);
		return code;
	}
	process.socket = ends.socket[0];
	process.output = ends.output[0];
	*ret_process = process;
	return TOCSIN_OK;
}

/* Collects the ended process; its group goes with it. Until then nobody else can have its number. */
static void collect(struct process *process)
{
	siginfo_t info = {0};

	if (waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid) {
		kill(-process->pid, SIGKILL);
		waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED | WNOHANG);
		process->how = info.si_code;
		process->status = info.si_status;
	} else {
		process->unknown = true;
	}
	close_one(&process->pidfd);
}

bool process_wait(struct process *process, int ms)
{
	struct pollfd end = {.fd = process->pidfd, .events = POLLIN};

	if (process->pidfd < 0)
		return true;
	while (poll(&end, 1, ms) < 0 && errno == EINTR)
		;
	if (!end.revents)
		return false;
	collect(process);
	return true;
}

void process_end(struct process *process)
{
	if (process->pidfd >= 0) {
		pidfd_send_signal(process->pidfd, SIGKILL, NULL, 0);
		if (!process_wait(process, END_MS))
			close_one(&process->pidfd);
	}
	close_one(&process->socket);
	close_one(&process->output);
}

void process_forget(struct process *process)
{
	process->written = 0;
	process->tail_length = 0;
}

static void keep_tail(struct process *process, const char *bytes, size_t length)
{
	const size_t taken = length < WORKER_TAIL_ROOM ? length : WORKER_TAIL_ROOM;
	const size_t left = WORKER_TAIL_ROOM - taken;

	if (process->tail_length > left) {
		memmove(process->tail, process->tail + process->tail_length - left, left);
		process->tail_length = left;
	}
	memcpy(process->tail + process->tail_length, bytes + length - taken, taken);
	process->tail_length += taken;
}

enum tocsin_code process_drain(struct process *process, struct tocsin_error *err)
{
	char bytes[DRAIN_STEP];

	for (int step = 0; step < DRAIN_STEPS && process->output >= 0; step++) {
		const ssize_t got = read(process->output, bytes, sizeof(bytes));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			break;
		if (got <= 0) {
			close_one(&process->output);
			break;
		}
		keep_tail(process, bytes, (size_t)got);
		process->written += (size_t)got;
		if (process->written > WORKER_OUTPUT_CEILING)
			return tocsin_fail(err, TOCSIN_LIMIT, "its worker printed more than %d bytes in one call",
					   WORKER_OUTPUT_CEILING);
	}
	return TOCSIN_OK;
}

const char *process_how_it_ended(const struct process *process, char buffer[PROCESS_END_ROOM])
{
	const char *signal_name = sigabbrev_np(process->status);

	if (process->unknown)
		snprintf(buffer, PROCESS_END_ROOM, "ended, and its status went elsewhere");
	else if (process->how == CLD_EXITED)
		snprintf(buffer, PROCESS_END_ROOM, "ended with exit status %d", process->status);
	else if (signal_name)
		snprintf(buffer, PROCESS_END_ROOM, "was killed by SIG%s", signal_name);
	else
		snprintf(buffer, PROCESS_END_ROOM, "was killed by signal %d", process->status);
	return buffer;
}

void process_add_output(const struct process *process, struct tocsin_error *err)
{
	char shown[6 * WORKER_TAIL_ROOM + 1];
	const char *start = shown;
	size_t length = process->tail_length;

	while (length && process->tail[length - 1] == '\n')
		length--;
	if (!length)
		return;
	printable_line(shown, sizeof(shown), process->tail, length);
	length = strlen(shown);
	if (length > SHOWN_OUTPUT) {
		start += length - SHOWN_OUTPUT;
		while (((unsigned char)*start & 0xc0) == 0x80)
			start++;
	}
	tocsin_wrap(err, "after it printed \"%s%s\"", start == shown ? "" : "...", start);
}

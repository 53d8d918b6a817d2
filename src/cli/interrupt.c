/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals that ask a command to come to its end; see interrupt.h.
 *
 * The handler sets a flag, says so, and gives both signals back to the system. A sleep is a row of short
 * ones: a signal that comes between the question and the sleep costs no more than one of them.
 */
#include "cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define NAP_NS 50000000

static const int signals[] = {SIGINT, SIGTERM};
static volatile sig_atomic_t came;

static void note(int number)
{
	static const char text[] =
		"tocsin: interrupted; the attempt under way is finished first (again: end at once)\n";
	const int before = errno;

	(void)number;
	came = 1;
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		signal(signals[i], SIG_DFL);
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		errno = before; /* nobody is left to tell */
	errno = before;
}

void interrupt_catch(void)
{
	struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART}, before;

	for (size_t i = 0; i < COUNT_OF(signals); i++)
		sigaddset(&action.sa_mask, signals[i]);
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		if (!sigaction(signals[i], NULL, &before) && before.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
}

bool interrupt_came(void)
{
	return came;
}

void interrupt_sleep(int64_t until_ns)
{
	int64_t left;

	while (!came && (left = until_ns - clock_monotonic_ns()) > 0) {
		const struct timespec nap = {.tv_nsec = (long)(left < NAP_NS ? left : NAP_NS)};

		nanosleep(&nap, NULL);
	}
}

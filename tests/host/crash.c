/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin that ends its process in every way, or does not let it go on. */
#include <tocsin/tocsin.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACTION(name)                                                                                                   \
	static enum tocsin_code name(const void *settings, const void *arguments, struct tocsin_result *result,        \
				     struct tocsin_error *err)

#define UNUSED (void)settings, (void)arguments, (void)result, (void)err

ACTION(fault)
{
	static int *volatile nowhere;

	UNUSED;
	printf("about to fault\n");
	*nowhere = 1;
	return TOCSIN_OK;
}

ACTION(give_up)
{
	UNUSED;
	fprintf(stderr, "giving up\033[31m\n");
	abort();
}

ACTION(leave)
{
	UNUSED;
	exit(0);
}

ACTION(leave_with_seven)
{
	UNUSED;
	_exit(7);
}

static tocsin_run *volatile again;

ACTION(overflow)
{
	volatile char deep[4096];
	enum tocsin_code code;

	again = overflow;
	memset((char *)deep, 1, sizeof(deep));
	code = again(settings, arguments, result, err);
	return deep[17] == 1 ? code : TOCSIN_FAILED;
}

/* Memory without end. */
ACTION(devour)
{
	UNUSED;
	for (;;) {
		char *volatile block = malloc(4 << 20);

		if (!block)
			return tocsin_fail(err, TOCSIN_NO_MEMORY, "memory has an end");
		*block = 1;
	}
}

ACTION(spin)
{
	static volatile int turns;

	UNUSED;
	for (;;)
		turns++;
	return TOCSIN_OK;
}

ACTION(sleep_on)
{
	UNUSED;
	for (;;)
		pause();
	return TOCSIN_OK;
}

/* Does not end by itself, nor by any signal that it may refuse. */
ACTION(resist)
{
	UNUSED;
	for (int number = 1; number < 64; number++)
		signal(number, SIG_IGN);
	for (;;)
		pause();
	return TOCSIN_OK;
}

ACTION(stop)
{
	UNUSED;
	raise(SIGSTOP);
	return TOCSIN_OK;
}

/* Closes the connection and lives on. */
ACTION(hang_up)
{
	UNUSED;
	close(3);
	for (;;)
		pause();
	return TOCSIN_OK;
}

/* Prints without end. */
ACTION(flood)
{
	char line[1024];

	UNUSED;
	memset(line, 'x', sizeof(line));
	for (;;)
		if (write(1, line, sizeof(line)) < 0)
			usleep(100);
	return TOCSIN_OK;
}

/* Prints more than fits into the pipe, and answers. */
ACTION(prattle)
{
	char line[1024];

	UNUSED;
	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 300; i++)
		if (write(1, line, sizeof(line)) < 0)
			continue;
	return TOCSIN_OK;
}

static void forge(const char *body)
{
	const size_t length = strlen(body);
	const unsigned char head[4] = {0, 0, (unsigned char)(length >> 8), (unsigned char)length};

	if (send(3, head, 4, 0) != 4 || send(3, body, length, 0) != (ssize_t)length)
		_exit(9);
}

/* Speaks for the worker: two answers come of it. */
ACTION(forge_answer)
{
	UNUSED;
	forge("{\"type\":\"result\",\"id\":1,\"code\":\"ok\",\"value\":null,\"error\":null,\"nested\":[]}");
	return TOCSIN_OK;
}

ACTION(forge_bytes)
{
	UNUSED;
	if (send(3, "\xff\xff\xff\xff", 4, 0) != 4)
		_exit(9);
	return TOCSIN_OK;
}

#undef ACTION
#define ACTION(name)                                                                                                   \
	{                                                                                                              \
#name, "Do harm.", name, {NULL, 0, 0 }, 0, TOCSIN_RETURNS_NOTHING                                      \
	}

static const struct tocsin_action crash_actions[] = {
	ACTION(fault),	 ACTION(give_up), ACTION(leave),    ACTION(leave_with_seven), ACTION(overflow),
	ACTION(devour),	 ACTION(spin),	  ACTION(sleep_on), ACTION(resist),	      ACTION(stop),
	ACTION(hang_up), ACTION(flood),	  ACTION(prattle),  ACTION(forge_answer),     ACTION(forge_bytes),
};

TOCSIN_PLUGIN = {
	.abi = TOCSIN_ABI,
	.group = "fixture",
	.name = "crash",
	.version = "1.0.0",
	.doc = "Ends badly.",
	.actions = TOCSIN_LIST(crash_actions),
};

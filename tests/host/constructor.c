/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin whose constructor does something: leaves a directory behind, crashes or never ends. */
#include <tocsin/tocsin.h>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((constructor)) static void construct(void)
{
	CONSTRUCT;
}

static enum tocsin_code nothing(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)ret_result;
	(void)err;
	return TOCSIN_OK;
}

static const struct tocsin_action constructor_actions[] = {
	{.name = "nothing", .summary = "Do nothing.", .run = nothing},
};

TOCSIN_PLUGIN = {
	.abi = TOCSIN_ABI,
	.group = "fixture",
	.name = FIXTURE_NAME,
	.version = "1.0.0",
	.doc = "Runs before it is asked.",
	.actions = TOCSIN_LIST(constructor_actions),
};

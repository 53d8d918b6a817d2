/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin that needs a function which nobody has. */
#include <tocsin/tocsin.h>

extern enum tocsin_code nobody_has_this(void);

static enum tocsin_code nothing(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)ret_result;
	(void)err;
	return nobody_has_this();
}

static const struct tocsin_action unresolved_actions[] = {
	{.name = "nothing", .summary = "Do nothing.", .run = nothing},
};

TOCSIN_PLUGIN = {
	.abi = TOCSIN_ABI,
	.group = "fixture",
	.name = "unresolved",
	.version = "1.0.0",
	.doc = "Cannot be loaded.",
	.actions = TOCSIN_LIST(unresolved_actions),
};

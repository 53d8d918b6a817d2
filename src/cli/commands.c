/* SPDX-License-Identifier: Apache-2.0 */
/* All commands; see commands.h. */
#include "cli/commands.h"

#include <string.h>

#include "base/text.h"

const struct command *const commands[COMMANDS_COUNT] = {
	&cmd_manifest, &cmd_registry, &cmd_plugin,     &cmd_field, &cmd_action,	 &cmd_signatures,
	&cmd_inspect,  &cmd_invoke,   &cmd_trace,      &cmd_check, &cmd_preview, &cmd_deliver,
	&cmd_sink,     &cmd_bundle,   &cmd_completion, &cmd_man,
};

const struct command *commands_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

const char *commands_nearest(const char *name)
{
	const char *names[COUNT_OF(commands)];

	for (size_t i = 0; i < COUNT_OF(commands); i++)
		names[i] = commands[i]->name;
	return text_nearest(name, names, COUNT_OF(commands));
}

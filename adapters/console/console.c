/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console: an incident as one line on a terminal or in a log file.
 *
 * The smallest adapter there is. Its result is a text, and the setting `stream` says where the runtime
 * writes it. It does not name `status`, so it is sent what began and not what ended.
 */
#include <tocsin/tocsin.h>

struct console {
	const char *prefix;
	const char *stream;
	bool uppercase_severity;
};

static const struct tocsin_field console_fields[] = {
	TOCSIN_STRING(struct console, prefix, .preset = "[incident]", .description = "What every line begins with."),
	TOCSIN_CHOICE(struct console, stream, .choices = TOCSIN_CHOICES("stdout", "stderr"), .preset = "stdout",
		      .description = "Where the lines are written."),
	TOCSIN_BOOLEAN(struct console, uppercase_severity, .preset = "false",
		       .description = "Write the severity in capitals."),
};

struct deliver {
	const char *title;
	const char *severity;
	const char *summary;
};

static const struct tocsin_field deliver_parameters[] = {
	TOCSIN_ATTRIBUTE(struct deliver, title),
	TOCSIN_ATTRIBUTE(struct deliver, severity),
	TOCSIN_ATTRIBUTE(struct deliver, summary),
};

static enum tocsin_code deliver(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				struct tocsin_error *err)
{
	const struct console *self = settings;
	const struct deliver *incident = arguments;
	const char *severity = self->uppercase_severity ? tocsin_upper(ret_result, incident->severity)
							: tocsin_lower(ret_result, incident->severity);

	(void)err;
	tocsin_result_text(ret_result,
			   tocsin_format(ret_result, "%s%s%s %s: %s", self->prefix, *self->prefix ? " " : "", severity,
					 incident->title, incident->summary));
	return TOCSIN_OK;
}

static const struct tocsin_action console_actions[] = {
	{
		.name = "deliver",
		.summary = "Write one incident as a line.",
		.run = deliver,
		.parameters = TOCSIN_LIST(deliver_parameters),
		.arguments_size = sizeof(struct deliver),
		.returns = TOCSIN_RETURNS_TEXT,
	},
};

TOCSIN_PLUGIN = {
	.abi = TOCSIN_ABI,
	.group = "delivery",
	.name = "console",
	.version = "1.0.0",
	.doc = "Write incidents as lines to the terminal.",
	.settings_size = sizeof(struct console),
	.fields = TOCSIN_LIST(console_fields),
	.actions = TOCSIN_LIST(console_actions),
};

/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin that behaves: results of every kind, failures, a secret, calls of its own actions. */
#include <tocsin/tocsin.h>

#include <stdio.h>
#include <string.h>

struct echo {
	const char *prefix;
	int64_t count;
	struct tocsin_secret token;
};

static const struct tocsin_field echo_fields[] = {
	TOCSIN_STRING(struct echo, prefix, .preset = "> ", .description = "Stands before what is said."),
	TOCSIN_INTEGER(struct echo, count, .preset = "1", .minimum = "0", .maximum = "9", .description = "How often."),
	TOCSIN_SECRET(struct echo, token, .minimum = "4", .maximum = "40", .description = "Not for everybody."),
};

struct text {
	const char *text;
};

static const struct tocsin_field text_parameters[] = {
	TOCSIN_STRING(struct text, text, .required = true, .maximum = "2000000", .description = "What to say."),
};

static enum tocsin_code say(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			    struct tocsin_error *err)
{
	const struct echo *self = settings;
	const struct text *given = arguments;

	(void)err;
	tocsin_result_text(ret_result, tocsin_format(ret_result, "%s%s", self->prefix, given->text));
	return TOCSIN_OK;
}

static enum tocsin_code show(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			     struct tocsin_error *err)
{
	const struct echo *self = settings;
	struct tocsin_object *result = tocsin_result_object(ret_result);

	(void)arguments;
	(void)err;
	tocsin_put_text(result, "prefix", self->prefix);
	tocsin_put_integer(result, "count", self->count);
	tocsin_put_text(result, "token", self->token.placeholder);
	return TOCSIN_OK;
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

static enum tocsin_code fail_loudly(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				    struct tocsin_error *err)
{
	const struct echo *self = settings;
	const struct text *given = arguments;

	(void)ret_result;
	tocsin_fail(err, TOCSIN_INVALID, "the text is %s", given->text);
	return tocsin_wrap(err, "using %s", self->token.placeholder ? self->token.placeholder : "no token");
}

static enum tocsin_code fail_silently(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				      struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)ret_result;
	(void)err;
	return TOCSIN_FAILED;
}

static enum tocsin_code fail_oddly(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				   struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)ret_result;
	(void)err;
	return (enum tocsin_code)77;
}

/* A sentence with nothing in it. */
static enum tocsin_code fail_blankly(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				     struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)ret_result;
	return tocsin_fail(err, TOCSIN_DENIED, "%s", "");
}

/* An error object that was not made with the functions for it. */
static enum tocsin_code fail_wildly(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				    struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)ret_result;
	memset(err, 0xff, sizeof(*err));
	return TOCSIN_DENIED;
}

/* An object where the contract says text. */
static enum tocsin_code break_word(const void *settings, const void *arguments, struct tocsin_result *ret_result,
				   struct tocsin_error *err)
{
	(void)settings;
	(void)arguments;
	(void)err;
	tocsin_result_object(ret_result);
	return TOCSIN_OK;
}

/* A result within the ceiling of results that is beyond that of messages once it is JSON. */
static enum tocsin_code swell(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			      struct tocsin_error *err)
{
	static char text[500 * 1024];

	(void)settings;
	(void)arguments;
	(void)err;
	memset(text, 1, sizeof(text) - 1);
	tocsin_result_text(ret_result, text);
	return TOCSIN_OK;
}

/* Prints and goes on. */
static enum tocsin_code print(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			      struct tocsin_error *err)
{
	const struct text *given = arguments;

	(void)settings;
	(void)ret_result;
	(void)err;
	printf("%s\n", given->text);
	fprintf(stderr, "%s\n", given->text);
	return TOCSIN_OK;
}

/* Says it through `say`. */
static enum tocsin_code relay(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			      struct tocsin_error *err)
{
	const struct tocsin_value *said;
	enum tocsin_code code = tocsin_invoke(ret_result, "say", arguments, &said, err);

	(void)settings;
	if (code)
		return code;
	tocsin_result_text(ret_result, tocsin_format(ret_result, "relayed: %s", tocsin_text(said, "?")));
	return TOCSIN_OK;
}

/* Calls relay, which calls say; then fail, whose failure it gets over; then show. */
static enum tocsin_code tour(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			     struct tocsin_error *err)
{
	const struct tocsin_value *said;
	enum tocsin_code code = tocsin_invoke(ret_result, "relay", arguments, &said, err);

	(void)settings;
	if (code)
		return code;
	if (tocsin_invoke(ret_result, "fail", arguments, &said, NULL) != TOCSIN_INVALID)
		return tocsin_fail(err, TOCSIN_FAILED, "fail did not fail");
	code = tocsin_invoke(ret_result, "show", NULL, &said, err);
	if (!code)
		tocsin_result_json(ret_result, said);
	return code;
}

/* Calls itself until it is stopped. */
static enum tocsin_code dive(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			     struct tocsin_error *err)
{
	const struct tocsin_value *ignored;

	(void)settings;
	return tocsin_invoke(ret_result, "dive", arguments, &ignored, err);
}

struct times {
	int64_t times;
};

static const struct tocsin_field times_parameters[] = {
	TOCSIN_INTEGER(struct times, times, .required = true, .minimum = "0", .description = "How often to call."),
};

static enum tocsin_code repeat(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			       struct tocsin_error *err)
{
	const struct times *given = arguments;
	const struct tocsin_value *ignored;

	(void)settings;
	for (int64_t i = 0; i < given->times; i++) {
		const enum tocsin_code code = tocsin_invoke(ret_result, "nothing", NULL, &ignored, err);

		if (code)
			return code;
	}
	return TOCSIN_OK;
}

/* Calls `repeat` with arguments that its contract does not allow, and an action that there is not. */
static enum tocsin_code misuse(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			       struct tocsin_error *err)
{
	const struct times bad = {.times = -1};
	const struct tocsin_value *ignored;

	(void)settings;
	(void)arguments;
	if (tocsin_invoke(ret_result, "repaet", &bad, &ignored, NULL) != TOCSIN_NOT_FOUND)
		return tocsin_fail(err, TOCSIN_FAILED, "an action that there is not was found");
	if (tocsin_invoke(ret_result, "repeat", NULL, &ignored, NULL) != TOCSIN_INVALID)
		return tocsin_fail(err, TOCSIN_FAILED, "missing arguments were not noticed");
	return tocsin_invoke(ret_result, "repeat", &bad, &ignored, err);
}

struct pose {
	int64_t code;
};

static const struct tocsin_field pose_parameters[] = {
	TOCSIN_INTEGER(struct pose, code, .required = true, .description = "What to fail with."),
};

/* Fails with a code that may be the host's. */
static enum tocsin_code pose(const void *settings, const void *arguments, struct tocsin_result *ret_result,
			     struct tocsin_error *err)
{
	const struct pose *given = arguments;

	(void)settings;
	(void)ret_result;
	return tocsin_fail(err, (enum tocsin_code)given->code, "a pose");
}

static const struct tocsin_action echo_actions[] = {
	{.name = "say",
	 .summary = "Say it.",
	 .run = say,
	 .parameters = TOCSIN_LIST(text_parameters),
	 .arguments_size = sizeof(struct text),
	 .returns = TOCSIN_RETURNS_TEXT},
	{.name = "show", .summary = "Show the settings.", .run = show, .returns = TOCSIN_RETURNS_OBJECT},
	{.name = "nothing", .summary = "Do nothing.", .run = nothing},
	{.name = "fail",
	 .summary = "Fail.",
	 .run = fail_loudly,
	 .parameters = TOCSIN_LIST(text_parameters),
	 .arguments_size = sizeof(struct text)},
	{.name = "fail_silently", .summary = "Fail without a reason.", .run = fail_silently},
	{.name = "fail_oddly", .summary = "Fail with a code that there is not.", .run = fail_oddly},
	{.name = "break_word", .summary = "Return something else.", .run = break_word, .returns = TOCSIN_RETURNS_TEXT},
	{.name = "swell", .summary = "Return too much.", .run = swell, .returns = TOCSIN_RETURNS_TEXT},
	{.name = "print",
	 .summary = "Print it.",
	 .run = print,
	 .parameters = TOCSIN_LIST(text_parameters),
	 .arguments_size = sizeof(struct text)},
	{.name = "relay",
	 .summary = "Let say say it.",
	 .run = relay,
	 .parameters = TOCSIN_LIST(text_parameters),
	 .arguments_size = sizeof(struct text),
	 .returns = TOCSIN_RETURNS_TEXT},
	{.name = "tour",
	 .summary = "Call several.",
	 .run = tour,
	 .parameters = TOCSIN_LIST(text_parameters),
	 .arguments_size = sizeof(struct text),
	 .returns = TOCSIN_RETURNS_TEXT},
	{.name = "dive", .summary = "Call itself.", .run = dive},
	{.name = "repeat",
	 .summary = "Call often.",
	 .run = repeat,
	 .parameters = TOCSIN_LIST(times_parameters),
	 .arguments_size = sizeof(struct times)},
	{.name = "fail_blankly", .summary = "Fail with a blank.", .run = fail_blankly},
	{.name = "fail_wildly", .summary = "Fail with nonsense.", .run = fail_wildly},
	{.name = "pose",
	 .summary = "Fail with a code.",
	 .run = pose,
	 .parameters = TOCSIN_LIST(pose_parameters),
	 .arguments_size = sizeof(struct pose)},
	{.name = "misuse", .summary = "Call wrongly.", .run = misuse},
};

TOCSIN_PLUGIN = {
	.abi = TOCSIN_ABI,
	.group = "fixture",
	.name = "echo",
	.version = "1.0.0",
	.doc = "Says what it is told.",
	.settings_size = sizeof(struct echo),
	.fields = TOCSIN_LIST(echo_fields),
	.actions = TOCSIN_LIST(echo_actions),
};

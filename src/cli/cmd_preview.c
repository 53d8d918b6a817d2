/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tocsin preview: what each receiver would be sent, to the byte, without sending it.
 *
 * The adapters run in their workers as they would for a delivery. Secrets are not read: placeholders stand
 * for them and are masked in what is printed.
 */
#include "cli/commands.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/payload.h"
#include "cli/plan.h"
#include "cli/report.h"
#include "cli/setup.h"
#include "delivery/attempt.h"
#include "incident/notification.h"

/* What is printed, as it grows. */
struct previews {
	struct setup setup;
	json_t *previews;
	json_t *skipped;
	json_t *problems;
};

static int put_notification(json_t *json, const json_t *notification)
{
	static const char *const names[] = {"dedup_key", "id", "severity", "status", "title"};
	int failed = 0;

	for (size_t i = 0; i < COUNT_OF(names) && !failed; i++)
		failed = json_object_set(json, names[i], json_object_get(notification, names[i]));
	return failed;
}

/* Adds an entry with one member of its own to a list. Takes over the reference of `value`. */
static int add_entry(json_t *list, const struct receiver *receiver, const json_t *notification, const char *name,
		     json_t *value)
{
	json_t *entry = json_object();
	const int failed = json_put(entry, name, value) || json_put(entry, "receiver", json_string(receiver->name)) ||
			   put_notification(entry, notification) || json_array_append(list, entry);

	json_decref(entry);
	return failed;
}

static enum cli_exit add_preview(struct previews *previews, struct receiver *receiver, const json_t *notification)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	json_t *preview = NULL;
	enum cli_exit status = CLI_OK;

	if (attempt_preview(receiver, notification, &preview, &err)) {
		char line[TOCSIN_ERROR_ROOM + 64];

		status = report("%s: %s", receiver->name, tocsin_error_line(&err, line, sizeof(line)));
		if (add_entry(previews->problems, receiver, notification, "error", error_chain_json(&err)))
			status = report_no_memory();
	} else if (put_notification(preview, notification) || json_array_append(previews->previews, preview)) {
		status = report_no_memory();
	}
	json_decref(preview);
	return status;
}

static enum cli_exit add_receiver(struct previews *previews, struct receiver *receiver, const json_t *notification)
{
	const char *reason = receiver->disabled;

	if (!reason && receiver_takes(receiver, json_get_text(notification, "status", ""), &reason))
		return add_preview(previews, receiver, notification);
	if (add_entry(previews->skipped, receiver, notification, "reason", json_string(reason)))
		return report_no_memory();
	return CLI_OK;
}

/* Worse of two; a failure of one receiver must not hide the others. */
static enum cli_exit worse(enum cli_exit one, enum cli_exit other)
{
	return one > other ? one : other;
}

static enum cli_exit preview_event(const struct call *call, struct previews *previews, const struct event *event)
{
	const struct configuration *configuration = &previews->setup.configuration;
	json_t *list = plan_receivers(call, configuration, event);
	enum cli_exit status = list ? CLI_OK : report_no_memory();
	json_t *item;
	size_t i;

	if (list && !json_array_size(list))
		status = report("no route takes \"%s\"", event->title);
	json_array_foreach (list, i, item) {
		struct tocsin_error err = TOCSIN_ERROR_INIT;
		struct receiver *receiver =
			configuration_receiver(configuration, json_get_text(item, "receiver", ""), &err);
		json_t *notification = NULL;

		if (!receiver || notification_of_event(event, receiver->name, &notification, &err))
			status = report_error(&err);
		else
			status = worse(status, add_receiver(previews, receiver, notification));
		json_decref(notification);
	}
	json_decref(list);
	return status;
}

static enum cli_exit preview_payload(const struct call *call, struct previews *previews)
{
	struct payload payload;
	enum cli_exit status = payload_load(call, &payload);

	status = problems_none(&payload.problems) ? status : CLI_FAILED;
	for (size_t i = 0; i < payload.events.count; i++)
		status = worse(status, preview_event(call, previews, &payload.events.items[i]));
	payload_release(&payload);
	return status;
}

/* Without a payload: an example for all receivers, or for those that are named. */
static enum cli_exit preview_example(const struct call *call, struct previews *previews)
{
	const struct configuration *configuration = &previews->setup.configuration;
	json_t *notification = notification_example();
	enum cli_exit status = notification ? CLI_OK : report_no_memory();
	size_t count;
	const char *const *names = call_values(call, "receiver", &count);

	for (size_t i = 0; notification && i < (count ? count : configuration->receiver_count); i++) {
		struct receiver *receiver =
			count ? configuration_receiver(configuration, names[i], NULL) : &configuration->receivers[i];

		status = worse(status, add_receiver(previews, receiver, notification));
	}
	json_decref(notification);
	return status;
}

static json_t *describe(const struct previews *previews)
{
	json_t *json = json_object();

	if (json_put(json, "previews", json_incref(previews->previews)) ||
	    json_put(json, "skipped", json_incref(previews->skipped)) ||
	    json_put(json, "problems", json_incref(previews->problems))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static enum cli_exit preview(const struct call *call, struct previews *previews)
{
	enum cli_exit status;

	if (!setup_is_good(&previews->setup))
		return setup_report(&previews->setup);
	status = plan_check(call, &previews->setup.configuration);
	if (status)
		return status;
	previews->previews = json_array();
	previews->skipped = json_array();
	previews->problems = json_array();
	status = call->operand_count ? preview_payload(call, previews) : preview_example(call, previews);
	return worse(status, output_json(describe(previews)));
}

static enum cli_exit run(const struct call *call)
{
	struct previews previews = {.previews = NULL};
	enum cli_exit status;

	setup_load(call, call_value(call, "config"), SECRETS_MASK, &previews.setup);
	status = preview(call, &previews);
	json_decref(previews.previews);
	json_decref(previews.skipped);
	json_decref(previews.problems);
	setup_release(&previews.setup);
	return status;
}

const struct command cmd_preview = {
	.name = "preview",
	.summary = "print what each receiver would be sent, and send nothing",
	.description = "Prints the exact request or line for every receiver that a payload is routed to. Without a "
		       "payload, an example that has every attribute is shown for all receivers. Secrets, and what "
		       "is computed from them, are masked; they need not be there. Nothing is sent.",
	.operands =
		(const struct command_operand[]){
			{.name = "PAYLOAD",
			 .optional = true,
			 .completes = COMPLETES_FILES,
			 .help = "a payload as a sender posts it (JSON); - is stdin"},
			{.name = NULL},
		},
	.options =
		(const struct command_option[]){
			OPTION_CONFIG,
			OPTION_RECEIVER,
			OPTION_DIALECT,
			OPTION_CONFIGURED_PLUGINS,
			{.name = NULL},
		},
	.examples =
		(const char *const[]){
			"tocsin preview --config examples/tocsin.yaml",
			"tocsin preview --config examples/tocsin.yaml --receiver oncall \\\n"
			"examples/alertmanager-webhook.json",
			NULL,
		},
	.run = run,
};

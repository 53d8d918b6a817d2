/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tocsin deliver: a payload routed and delivered once, without a daemon.
 *
 * The whole plan is made first, then delivered; see courier.h. The report says what happened to every
 * notification, also after a signal; the exit status is 0 only when everybody was told. Nothing is kept on
 * disk: what is not delivered when the command ends is reported, and lost. So the report's file is opened
 * before anything is sent.
 */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/printable.h"
#include "base/text.h"
#include "cli/courier.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/payload.h"
#include "cli/plan.h"
#include "cli/report.h"
#include "cli/setup.h"
#include "cli/table.h"

/* Everything that one run knows. */
struct delivery {
	const struct call *call;
	struct setup setup;
	struct payload payload;
	struct courier courier;
	json_t *unrouted;
	FILE *report; /* NULL: none, or none yet */
};

static enum tocsin_code add_unrouted(struct delivery *delivery, const struct event *event, struct tocsin_error *err)
{
	json_t *entry = json_object();
	const int failed = json_put(entry, "dedup_key", json_string(event->dedup_key)) ||
			   json_put(entry, "title", json_string(event->title)) ||
			   json_put(entry, "status", json_string(event_status_name(event->status))) ||
			   json_put(entry, "labels", json_incref(event->labels)) ||
			   json_array_append(delivery->unrouted, entry);

	json_decref(entry);
	if (failed)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for an event that no route takes");
	report("no route takes \"%s\" (%s)", event->title, event_status_name(event->status));
	return TOCSIN_OK;
}

static enum tocsin_code plan_event(struct delivery *delivery, const struct event *event, struct tocsin_error *err)
{
	json_t *list = plan_receivers(delivery->call, &delivery->setup.configuration, event);
	enum tocsin_code code = TOCSIN_OK;
	const json_t *item;
	size_t i;

	if (!list)
		code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to route an event");
	else if (!json_array_size(list))
		code = add_unrouted(delivery, event, err);
	json_array_foreach (list, i, item) {
		if (code)
			break;
		code = queues_add(&delivery->courier.queues, event, json_get_text(item, "receiver", ""),
				  json_object_get(item, "route"), err);
	}
	json_decref(list);
	return code;
}

static enum tocsin_code plan_all(struct delivery *delivery, struct tocsin_error *err)
{
	const struct events *events = &delivery->payload.events;
	enum tocsin_code code = queues_init(&delivery->setup.configuration, &delivery->courier.queues, err);

	for (size_t i = 0; i < events->count && !code; i++)
		code = plan_event(delivery, &events->items[i], err);
	return code;
}

static json_t *bad_events(const struct problems *problems)
{
	json_t *list = json_array();

	for (size_t i = 0; i < problems->count; i++) {
		json_t *entry = json_object();
		const int failed = json_put(entry, "path", printable_json(problems->items[i].path)) ||
				   json_put(entry, "message", printable_json(problems->items[i].message)) ||
				   json_array_append(list, entry);

		json_decref(entry);
		if (failed) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *describe(const struct delivery *delivery, const json_t *notifications)
{
	const json_int_t *counts = delivery->courier.counts;
	json_t *json = json_object();

	if (json_put(json, "delivered", json_integer(counts[ENDING_DELIVERED])) ||
	    json_put(json, "failed", json_integer(counts[ENDING_REJECTED] + counts[ENDING_EXPIRED])) ||
	    json_put(json, "skipped", json_integer(counts[ENDING_SKIPPED])) ||
	    json_put(json, "held", json_integer(counts[ENDING_HELD])) ||
	    json_put(json, "interrupted", json_integer(counts[ENDING_INTERRUPTED])) ||
	    json_put(json, "problems", bad_events(&delivery->payload.problems)) ||
	    json_put(json, "unrouted", json_incref(delivery->unrouted)) ||
	    json_object_set(json, "notifications", (json_t *)notifications)) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static enum cli_exit print_table(const json_t *notifications)
{
	static const char *const headings[] = {"RECEIVER", "STATUS", "OUTCOME", "TRIES", "TITLE", "WHY"};
	struct table table;
	const json_t *item;
	size_t i;

	table_init(&table, COUNT_OF(headings), headings);
	json_array_foreach (notifications, i, item) {
		char tries[24];

		snprintf(tries, sizeof(tries), "%zu", json_array_size(json_object_get(item, "attempts")));
		table_add(&table,
			  (const char *const[]){json_get_text(item, "receiver", ""), json_get_text(item, "status", ""),
						json_get_text(item, "outcome", ""), tries,
						json_get_text(item, "title", ""), json_get_text(item, "reason", "")});
	}
	return table_print(&table);
}

static enum cli_exit print_report(struct delivery *delivery)
{
	const bool as_table = call_wants_table(delivery->call);
	const bool to_file = delivery->report;
	json_t *notifications = courier_notifications(&delivery->courier);
	json_t *json = notifications ? describe(delivery, notifications) : NULL;
	enum cli_exit status = json ? CLI_OK : report_no_memory();

	if (json && to_file)
		status = output_json_close(json, delivery->report, call_value(delivery->call, "report"));
	if (json && to_file)
		delivery->report = NULL;
	if (json && as_table && print_table(notifications))
		status = CLI_FAILED;
	if (json && !to_file && !as_table)
		status = output_json(json_incref(json));
	json_decref(json);
	json_decref(notifications);
	return status;
}

static bool all_went_well(const struct delivery *delivery)
{
	return courier_told_all(&delivery->courier) && !json_array_size(delivery->unrouted) &&
	       problems_none(&delivery->payload.problems);
}

/* Behind the payload, which may be the same file. */
static enum cli_exit open_report(struct delivery *delivery)
{
	const char *path = call_value(delivery->call, "report");

	return path ? output_open(path, &delivery->report) : CLI_OK;
}

static enum cli_exit deliver(struct delivery *delivery)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	enum cli_exit status = payload_load(delivery->call, &delivery->payload);

	delivery->unrouted = json_array();
	if (open_report(delivery))
		return CLI_FAILED;
	interrupt_catch();
	if (!status && (plan_all(delivery, &err) || courier_run(&delivery->courier, &err)))
		status = report_error(&err);
	if (print_report(delivery))
		status = CLI_FAILED;
	return status ? status : all_went_well(delivery) ? CLI_OK : CLI_FAILED;
}

static enum cli_exit prepare(struct delivery *delivery)
{
	enum cli_exit status =
		call_integer(delivery->call, "attempts", 1, COURIER_ATTEMPTS_CEILING, &delivery->courier.attempts);

	if (status)
		return status;
	setup_load(delivery->call, call_value(delivery->call, "config"), SECRETS_RESOLVE, &delivery->setup);
	if (!setup_is_good(&delivery->setup))
		return setup_report(&delivery->setup);
	return plan_check(delivery->call, &delivery->setup.configuration);
}

static enum cli_exit run(const struct call *call)
{
	struct delivery delivery = {.call = call, .courier.attempts = COURIER_ATTEMPTS};
	enum cli_exit status = prepare(&delivery);

	if (!status)
		status = deliver(&delivery);
	json_decref(delivery.unrouted);
	queues_release(&delivery.courier.queues);
	if (delivery.report)
		fclose(delivery.report); /* nothing was written to it */
	payload_release(&delivery.payload);
	setup_release(&delivery.setup);
	return status;
}

const struct command cmd_deliver = {
	.name = "deliver",
	.summary = "route a payload and deliver it once, without a daemon",
	.description =
		"Reads a payload, makes its events, routes them, and delivers one notification to each receiver. What "
		"fails for now is tried again after 200 ms, 400 ms and so on, never more than 5 s; Retry-After is "
		"honoured for all that goes to the receiver. Receivers do not wait for each other: one that gave no "
		"answer is tried again when the others are done, then once for each further notification, and not "
		"at all after three of them in a row without an answer. A receiver that was not reached or is "
		"switched off is replaced by its $fallback, unless that one is told anyway. Adapters that write "
		"lines write them at once. The report follows on stdout, or goes to --report, which is opened "
		"before anything is sent.\n\n"
		"This command keeps nothing. A notification whose plugin or action is switched off is held: a daemon "
		"would keep it and send it later, here it is lost. SIGINT and SIGTERM let the attempt under way "
		"come to its end; what was not delivered until then is reported as interrupted. A second one ends "
		"the command at once.\n\n"
		"Of a payload that is partly bad, the good events are delivered and the bad ones named. Every "
		"notification that was not delivered is named on stderr with the reason, unless it was skipped: not "
		"meant for its receiver, such as a resolve for an adapter that does not read the status. The exit "
		"status is 0 only when every notification was delivered or skipped, or held and told by its "
		"receiver's fallback, and when no event was bad or without a route. A notification that failed and "
		"that only the fallback delivered counts as failed.",
	.operands =
		(const struct command_operand[]){
			{.name = "PAYLOAD",
			 .completes = COMPLETES_FILES,
			 .help = "a payload as a sender posts it (JSON); - is stdin"},
			{.name = NULL},
		},
	.options =
		(const struct command_option[]){
			OPTION_CONFIG,
			OPTION_RECEIVER,
			OPTION_DIALECT,
			{.name = "attempts",
			 .letter = 'n',
			 .argument = "N",
			 .help = "try each notification at most so often (3)"},
			{.name = "report",
			 .argument = "FILE",
			 .completes = COMPLETES_FILES,
			 .help = "write the report to this file, and only the adapters' lines to stdout"},
			OPTION_OUTPUT,
			OPTION_CONFIGURED_PLUGINS,
			{.name = NULL},
		},
	.examples =
		(const char *const[]){
			"tocsin deliver --config examples/tocsin.yaml examples/alertmanager-webhook.json",
			"tocsin deliver -c tocsin.yaml --receiver oncall --output table - < event.json",
			NULL,
		},
	.run = run,
};

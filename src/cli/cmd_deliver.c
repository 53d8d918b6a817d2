/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tocsin deliver: a payload routed and delivered once, without a daemon.
 *
 * Every event goes to each of its receivers, one after the other, whatever becomes of the ones before. The
 * report says what happened to every notification; the exit status is 0 only when nothing went wrong.
 * Nothing is kept on disk: what is not delivered when the command ends is reported, and lost.
 */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/printable.h"
#include "base/text.h"
#include "cli/courier.h"
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

/* An object with a member for each receiver of the list. New reference, NULL without memory. */
static json_t *receivers_of(const json_t *list)
{
	json_t *served = json_object();
	const json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		if (json_put(served, json_get_text(item, "receiver", ""), json_true())) {
			json_decref(served);
			return NULL;
		}
	}
	return served;
}

static enum tocsin_code deliver_event(struct delivery *delivery, const struct event *event, struct tocsin_error *err)
{
	const struct configuration *configuration = &delivery->setup.configuration;
	json_t *list = plan_receivers(delivery->call, configuration, event);
	json_t *served = receivers_of(list);
	enum tocsin_code code = TOCSIN_OK;
	const json_t *item;
	size_t i;

	if (!list || !served)
		code = tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to route an event");
	else if (!json_array_size(list))
		code = add_unrouted(delivery, event, err);
	json_array_foreach (list, i, item) {
		struct receiver *receiver =
			configuration_receiver(configuration, json_get_text(item, "receiver", ""), err);

		if (code)
			break;
		code = receiver ? courier_deliver(&delivery->courier, event, receiver, json_object_get(item, "route"),
						  served, err)
				: TOCSIN_NOT_FOUND;
	}
	json_decref(served);
	json_decref(list);
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

static json_t *describe(const struct delivery *delivery)
{
	const struct courier *courier = &delivery->courier;
	json_t *json = json_object();

	if (json_put(json, "delivered", json_integer(courier->delivered)) ||
	    json_put(json, "failed", json_integer(courier->failed)) ||
	    json_put(json, "skipped", json_integer(courier->skipped)) ||
	    json_put(json, "held", json_integer(courier->held)) ||
	    json_put(json, "problems", bad_events(&delivery->payload.problems)) ||
	    json_put(json, "unrouted", json_incref(delivery->unrouted)) ||
	    json_put(json, "notifications", json_incref(courier->notifications))) {
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

static enum cli_exit print_report(const struct delivery *delivery)
{
	const char *path = call_value(delivery->call, "report");
	const bool as_table = call_wants_table(delivery->call);
	json_t *json = describe(delivery);
	enum cli_exit status = CLI_OK;

	if (!json)
		return report_no_memory();
	if (path)
		status = output_json_file(json, path);
	if (as_table)
		status = print_table(delivery->courier.notifications) || status ? CLI_FAILED : CLI_OK;
	if (path || as_table) {
		json_decref(json);
		return status;
	}
	return output_json(json);
}

static bool all_went_well(const struct delivery *delivery)
{
	return !delivery->courier.failed && !json_array_size(delivery->unrouted) &&
	       problems_none(&delivery->payload.problems);
}

static enum cli_exit deliver(struct delivery *delivery)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	enum cli_exit status;

	if (payload_read(delivery->call->operands[0], call_value(delivery->call, "dialect"), &delivery->payload, &err))
		status = report_error(&err);
	else
		status = CLI_OK;
	report_problems(delivery->payload.name, &delivery->payload.problems);
	delivery->unrouted = json_array();
	delivery->courier.notifications = json_array();
	delivery->courier.unreachable = json_object();
	for (size_t i = 0; i < delivery->payload.events.count && !status; i++)
		if (deliver_event(delivery, &delivery->payload.events.items[i], &err))
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
	delivery->courier.configuration = &delivery->setup.configuration;
	return plan_check(delivery->call, &delivery->setup.configuration);
}

static enum cli_exit run(const struct call *call)
{
	struct delivery delivery = {.call = call, .courier.attempts = COURIER_ATTEMPTS};
	enum cli_exit status = prepare(&delivery);

	if (!status)
		status = deliver(&delivery);
	json_decref(delivery.unrouted);
	json_decref(delivery.courier.notifications);
	json_decref(delivery.courier.unreachable);
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
		"honoured. A receiver that gave no answer at all is tried once for each further notification, until it "
		"answers. A receiver that was not reached is replaced by its $fallback, unless that one is told "
		"anyway. Adapters that write lines write them at once. The report follows on stdout, or goes to "
		"--report.\n\n"
		"Of a payload that is partly bad, the good events are delivered and the bad ones named. The exit "
		"status is 0 only when every notification was delivered, or skipped or held for a reason that the "
		"report states, and when no event was bad or without a route. A notification that only its "
		"receiver's fallback delivered counts as failed.",
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

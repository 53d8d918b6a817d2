/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The adapter's own judgement; see opinion.h. What it returns is checked like any other result of a
 * stranger's: it may quote the service, so its reason is made printable and its reference must be.
 */
#include "delivery/opinion.h"

#include <string.h>

#include "base/json.h"
#include "base/printable.h"
#include "base/text.h"

/* Just those arguments that the action names. */
static json_t *make_arguments(const struct action *action, json_t *request, const struct response *response)
{
	json_t *arguments = json_object();
	int failed = !arguments;

	if (!failed && action_parameter(action, "request"))
		failed = json_object_set(arguments, "request", request);
	if (!failed && action_parameter(action, "response"))
		failed = json_put(arguments, "response", response_json(response, OPINION_BODY_ROOM, true));
	if (!failed)
		return arguments;
	json_decref(arguments);
	return NULL;
}

/* Reads what the action returned; members that are null count as absent. */
static enum tocsin_code read_result(const json_t *result, struct delivery_outcome *outcome, struct tocsin_error *err)
{
	const char *reason = json_get_text(result, "reason", outcome->reason);
	const char *reference = json_get_text(result, "reference", "");
	const json_t *wait = json_object_get(result, "retry_after_seconds");
	const json_int_t seconds = json_integer_value(wait);
	const int64_t ours_ms = outcome->retry_after_ms;
	char shown[sizeof(outcome->reason)];
	enum tocsin_outcome said;

	if (outcome_parse(json_get_text(result, "outcome", NULL), &said))
		return tocsin_fail(err, TOCSIN_INVALID, "its member outcome is none of delivered, retry and rejected");
	if (strlen(reference) >= sizeof(outcome->reference) || text_has_control(reference))
		return tocsin_fail(err, TOCSIN_INVALID,
				   "its member reference is longer than %zu bytes or holds a control character",
				   sizeof(outcome->reference) - 1);
	if (wait && !json_is_null(wait) && (!json_is_integer(wait) || seconds < 0))
		return tocsin_fail(err, TOCSIN_INVALID, "its member retry_after_seconds is no integer from 0");
	outcome_set(outcome, said, DELIVERY_SERVICE, "%s",
		    printable_line(shown, sizeof(shown), reason, strlen(reason)));
	memcpy(outcome->reference, reference, strlen(reference) + 1);
	if (said == TOCSIN_OUTCOME_RETRY && !json_is_integer(wait))
		outcome->retry_after_ms = ours_ms;
	else if (said == TOCSIN_OUTCOME_RETRY)
		outcome->retry_after_ms =
			seconds > RETRY_AFTER_CEILING_MS / 1000 ? RETRY_AFTER_CEILING_MS : seconds * 1000;
	return TOCSIN_OK;
}

enum tocsin_code opinion_ask(struct tocsin_instance *instance, json_t *request, const struct response *response,
			     struct delivery_outcome *outcome, struct tocsin_error *err)
{
	const struct action *action = plugin_action(instance_plugin(instance), "outcome", err);
	json_t *arguments, *result = NULL, *hidden = NULL;
	enum tocsin_code code;

	if (!action)
		return TOCSIN_NOT_FOUND;
	arguments = make_arguments(action, request, response);
	if (!arguments)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the arguments");
	code = instance_invoke(instance, "outcome", arguments, &result, err);
	json_decref(arguments);
	if (code)
		return code;
	hidden = secrets_hide_json(instance_secrets(instance), result);
	code = hidden ? read_result(hidden, outcome, err)
		      : tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the result");
	json_decref(result);
	json_decref(hidden);
	return code;
}

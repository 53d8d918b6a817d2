/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One action, run in this process; see call.h.
 *
 * The function is a stranger's: what it returns is taken as data. A code that is none, or a failure without
 * a sentence, is given one here, so that no record ends in "unknown", and a code that only the host may use
 * becomes TOCSIN_FAILED unless the host itself gave it during the call. What it does to the process is not
 * this file's matter; that is what workers are for.
 */
#include "host/call.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/json.h"
#include "contract/result.h"

bool call_may_say(enum tocsin_code code)
{
	return code == TOCSIN_FAILED || code == TOCSIN_INVALID || code == TOCSIN_NOT_FOUND || code == TOCSIN_LIMIT;
}

/* What the function's code counts as. It may pass on what the host told it: a switch, want of memory. */
static enum tocsin_code own_code(const struct call *call, enum tocsin_code code, size_t failures)
{
	const bool passed_on = (code == TOCSIN_DISABLED && call->met_switch) ||
			       (code == TOCSIN_NO_MEMORY && mem_failures() != failures);

	return passed_on || call_may_say(code) ? code : TOCSIN_FAILED;
}

/*
 * Takes over the sentences of a plugin's error object, believing neither its count nor its text. False when
 * there is nothing in them.
 */
static bool adopt(const struct tocsin_error *said, enum tocsin_code code, struct tocsin_error *err)
{
	const char *sentence = said->text, *end;
	bool any = false;

	for (size_t i = 0; i < said->count; i++, sentence = end + 1) {
		end = memchr(sentence, '\0', (size_t)(said->text + sizeof(said->text) - sentence));
		if (!end)
			break;
		if (!*sentence)
			continue;
		if (any)
			tocsin_wrap(err, "%s", sentence);
		else
			tocsin_fail(err, code, "%s", sentence);
		any = true;
	}
	return any;
}

/* Calls the function, with an error object of its own. */
static enum tocsin_code run(struct call *call, const struct action *action, const void *arguments,
			    struct tocsin_result *result, struct tocsin_error *err)
{
	struct tocsin_error said;
	tocsin_run *function = call->overrides ? overrides_run(call->overrides, call->registered, action) : action->run;
	const size_t failures = mem_failures();
	enum tocsin_code code, own;

	said.code = TOCSIN_OK;
	said.used = 0;
	said.count = 0;
	said.dropped = 0;
	code = function(call->settings, arguments, result, &said);
	if (!code)
		return code;
	if ((unsigned)code >= CODE_COUNT)
		return tocsin_fail(err, TOCSIN_FAILED, "%s of %s/%s returned %d, which is no code", action->name,
				   call->plugin->group, call->plugin->name, (int)code);
	own = own_code(call, code, failures);
	if (!adopt(&said, own, err))
		return tocsin_fail(err, own, "%s of %s/%s reported \"%s\" and gave no reason", action->name,
				   call->plugin->group, call->plugin->name, tocsin_code_name(code));
	return own;
}

static enum tocsin_code nested(void *host, const char *name, const void *arguments, json_t **ret_value,
			       struct tocsin_error *err);

enum tocsin_code call_run(struct call *call, const struct action *action, json_t *arguments, json_t **ret_value,
			  struct tocsin_error *err)
{
	struct bound_values bound;
	struct tocsin_result result;
	enum tocsin_code code = values_bind(action->parameters, action->parameter_count, action->arguments_size,
					    arguments, &bound, err);

	if (code)
		return code;
	result_init(&result, nested, call);
	code = run(call, action, bound.memory, &result, err);
	if (!code)
		code = result_take(&result, action->returns, ret_value, err);
	result_release(&result);
	bound_values_release(&bound);
	return code;
}

/* Reads the caller's struct back and holds it to the contract. `*ret_given` is what a record shows. */
static enum tocsin_code check_arguments(const struct action *action, const void *arguments, json_t **ret_given,
					struct tocsin_error *err)
{
	struct problems problems = {0};
	json_t *given = NULL, *checked = NULL;
	enum tocsin_code code;

	if (!arguments && action->arguments_size)
		return tocsin_fail(err, TOCSIN_INVALID, "%s takes arguments and was given none", action->name);
	code = values_unbind(action->parameters, action->parameter_count, arguments, &given, err);
	if (code)
		return code;
	code = values_check(action->parameters, action->parameter_count, given, "", &checked, &problems);
	if (code) {
		*ret_given = given;
		problems_fail(&problems, err);
	} else {
		json_decref(given);
		*ret_given = checked;
	}
	problems_release(&problems);
	return code;
}

static enum tocsin_code run_nested(struct call *call, const struct action *action, const void *arguments,
				   json_t **ret_given, json_t **ret_value, struct tocsin_error *err)
{
	const char *off = json_get_text(call->off, action->name, NULL);
	enum tocsin_code code = check_arguments(action, arguments, ret_given, err);

	if (off) {
		call->met_switch = true;
		return tocsin_fail(err, TOCSIN_DISABLED, "%s", off);
	}
	return code ? code : call_run(call, action, *ret_given, ret_value, err);
}

/* Finds the action and runs it within the ceilings; `ret_record` is set from there on. */
static enum tocsin_code enter(struct call *call, const char *name, const void *arguments, struct invocation *ret_record,
			      json_t **ret_value, struct tocsin_error *err)
{
	const struct action *action;

	if (call->nested >= CALL_NESTED_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "one call makes more than %d others", CALL_NESTED_CEILING);
	if (call->depth >= CALL_DEPTH_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "calls nest deeper than %d", CALL_DEPTH_CEILING);
	action = plugin_action(call->plugin, name ? name : "", err);
	if (!action)
		return TOCSIN_NOT_FOUND;
	ret_record->action = action->name;
	call->nested++;
	call->depth++;
	ret_record->outcome = run_nested(call, action, arguments, &ret_record->arguments, ret_value, err);
	call->depth--;
	return ret_record->outcome;
}

/* What tocsin_invoke() calls. */
static enum tocsin_code nested(void *host, const char *name, const void *arguments, json_t **ret_value,
			       struct tocsin_error *err)
{
	struct call *call = host;
	struct invocation record = {.wall_ms = clock_wall_ms()};
	const int64_t began = clock_monotonic_ns();
	struct tocsin_error own = TOCSIN_ERROR_INIT;
	json_t *value = NULL;
	enum tocsin_code code;

	err = err ? err : &own;
	code = enter(call, name, arguments, &record, &value, err);
	record.duration_ns = clock_monotonic_ns() - began;
	if (code)
		record.error = error_chain_json(err);
	else
		record.result_type = result_type_name(value);
	if (call->recorded && record.action)
		call->recorded(call->data, &record);
	invocation_release(&record);
	if (code) {
		tocsin_wrap(err, "calling %s", name ? name : "an action without a name");
		return code;
	}
	*ret_value = value;
	return TOCSIN_OK;
}

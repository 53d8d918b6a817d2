/* SPDX-License-Identifier: Apache-2.0 */
/* Who is to be told of an event; see plan.h. */
#include "cli/plan.h"

#include <string.h>

#include "base/json.h"
#include "cli/report.h"

enum cli_exit plan_check(const struct call *call, const struct configuration *configuration)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	size_t count;
	const char *const *names = call_values(call, "receiver", &count);

	for (size_t i = 0; i < count; i++)
		if (!configuration_receiver(configuration, names[i], &err))
			return report_error(&err);
	return CLI_OK;
}

static bool is_listed(const json_t *list, const char *receiver)
{
	const json_t *item;
	size_t i;

	json_array_foreach (list, i, item)
		if (strcmp(json_get_text(item, "receiver", ""), receiver) == 0)
			return true;
	return false;
}

static json_t *named_receivers(const char *const *names, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *item;

		if (is_listed(list, names[i]))
			continue;
		item = json_object();
		if (json_put(item, "receiver", json_string(names[i])) || json_put(item, "route", json_null()) ||
		    json_array_append(list, item)) {
			json_decref(item);
			json_decref(list);
			return NULL;
		}
		json_decref(item);
	}
	return list;
}

json_t *plan_receivers(const struct call *call, const struct configuration *configuration, const struct event *event)
{
	size_t count;
	const char *const *names = call_values(call, "receiver", &count);

	return count ? named_receivers(names, count) : routes_match(&configuration->routes, event->labels);
}

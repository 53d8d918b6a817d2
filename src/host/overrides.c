/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger of overrides: a doubly linked list, the newest first.
 *
 * An override is bound to the plugin that was registered when it began, not to its name: another plugin of
 * the same name may lay out its arguments otherwise, and must not be run with this function. Ending one
 * unlinks it, so that order does not matter. Nothing here is fatal.
 */
#include "host/overrides.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

struct tocsin_override {
	struct overrides *ledger;
	struct tocsin_override *newer;
	struct tocsin_override *older;
	struct plugin *plugin; /* one reference */
	const struct action *action; /* of that plugin */
	tocsin_run *run;
	char *owner;
	uint64_t number;
	int64_t since_ms;
};

static size_t count_of(const struct overrides *overrides)
{
	size_t count = 0;

	for (const struct tocsin_override *item = overrides->newest; item; item = item->older)
		count++;
	return count;
}

static enum tocsin_code check_owner(const char *owner, struct tocsin_error *err)
{
	if (!owner || !*owner)
		return tocsin_fail(err, TOCSIN_INVALID, "an override takes an owner");
	if (strlen(owner) > OVERRIDE_OWNER_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "the owner of an override has more than %d bytes",
				   OVERRIDE_OWNER_CEILING);
	if (!text_is_utf8(owner, strlen(owner)) || text_has_control(owner))
		return tocsin_fail(err, TOCSIN_INVALID, "the owner of an override is not one line of UTF-8 text");
	return TOCSIN_OK;
}

enum tocsin_code override_begin(struct overrides *overrides, const struct registry *registry, const char *group,
				const char *plugin, const char *action, tocsin_run *run, const char *owner,
				struct tocsin_override **ret_override, struct tocsin_error *err)
{
	enum tocsin_code code = check_owner(owner, err);
	const struct action *target;
	struct tocsin_override *override;
	struct plugin *found;

	if (code)
		return code;
	if (!run)
		return tocsin_fail(err, TOCSIN_INVALID, "an override takes a function");
	found = registry_find(registry, group, plugin, err);
	target = found ? plugin_action(found, action, err) : NULL;
	if (!target)
		return TOCSIN_NOT_FOUND;
	if (count_of(overrides) == OVERRIDES_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "%d overrides are in force already", OVERRIDES_CEILING);
	override = mem_zero(sizeof(*override));
	if (override)
		override->owner = mem_text(owner);
	if (!override || !override->owner) {
		mem_free(override);
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for an override");
	}
	override->ledger = overrides;
	override->plugin = plugin_ref(found);
	override->action = target;
	override->run = run;
	override->number = ++overrides->begun;
	override->since_ms = clock_wall_ms();
	override->older = overrides->newest;
	if (override->older)
		override->older->newer = override;
	overrides->newest = override;
	*ret_override = override;
	return TOCSIN_OK;
}

void override_end(struct tocsin_override *override)
{
	if (!override)
		return;
	if (override->newer)
		override->newer->older = override->older;
	else
		override->ledger->newest = override->older;
	if (override->older)
		override->older->newer = override->newer;
	plugin_unref(override->plugin);
	mem_free(override->owner);
	mem_free(override);
}

tocsin_run *overrides_run(const struct overrides *overrides, const struct plugin *plugin, const struct action *action)
{
	for (const struct tocsin_override *item = overrides->newest; item; item = item->older)
		if (item->plugin == plugin && strcmp(item->action->name, action->name) == 0)
			return item->run;
	return action->run;
}

static json_t *override_json(const struct tocsin_override *override)
{
	json_t *json = json_object();
	char time[CLOCK_TEXT_ROOM];

	if (json_put(json, "owner", json_string(override->owner)) ||
	    json_put(json, "group", json_string(override->plugin->group)) ||
	    json_put(json, "plugin_name", json_string(override->plugin->name)) ||
	    json_put(json, "action", json_string(override->action->name)) ||
	    json_put(json, "number", json_integer((json_int_t) override->number)) ||
	    json_put(json, "since", json_string(clock_text(override->since_ms, time)))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

json_t *overrides_json(const struct overrides *overrides)
{
	json_t *list = json_array();

	for (const struct tocsin_override *item = overrides->newest; list && item; item = item->older)
		if (json_array_insert_new(list, 0, override_json(item))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

uint64_t overrides_mark(const struct overrides *overrides)
{
	return overrides->begun;
}

void overrides_end_since(struct overrides *overrides, uint64_t mark)
{
	while (overrides->newest && overrides->newest->number > mark)
		override_end(overrides->newest);
}

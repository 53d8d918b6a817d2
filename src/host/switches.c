/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kill switches, in the order in which they were set.
 *
 * There are few of them and every call asks, so that a scan of a short array beats anything cleverer; with
 * none set the question costs one comparison.
 */
#include "host/switches.h"

#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

static bool same_action(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

static bool is_of(const struct switch_off *off, const char *group, const char *plugin)
{
	return strcmp(off->group, group) == 0 && strcmp(off->plugin, plugin) == 0;
}

static struct switch_off *find(const struct switches *switches, const char *group, const char *plugin,
			       const char *action)
{
	for (size_t i = 0; i < switches->count; i++)
		if (is_of(&switches->items[i], group, plugin) && same_action(switches->items[i].action, action))
			return &switches->items[i];
	return NULL;
}

static void off_release(struct switch_off *off)
{
	mem_free(off->group);
	mem_free(off->plugin);
	mem_free(off->action);
	mem_free(off->reason);
	*off = (struct switch_off){0};
}

static enum tocsin_code check_names(const char *group, const char *plugin, const char *action, struct tocsin_error *err)
{
	if (!text_is_name(group))
		return tocsin_fail(err, TOCSIN_INVALID, "\"%.80s\" cannot be a group", group ? group : "");
	if (!text_is_name(plugin))
		return tocsin_fail(err, TOCSIN_INVALID, "\"%.80s\" cannot be a plugin", plugin ? plugin : "");
	if (action && !text_is_name(action))
		return tocsin_fail(err, TOCSIN_INVALID, "\"%.80s\" cannot be an action", action);
	return TOCSIN_OK;
}

static enum tocsin_code check_reason(const char *reason, struct tocsin_error *err)
{
	if (!reason || !*reason)
		return tocsin_fail(err, TOCSIN_INVALID, "switching something off takes a reason");
	if (strlen(reason) > SWITCH_REASON_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "the reason has more than %d bytes", SWITCH_REASON_CEILING);
	if (!text_is_utf8(reason, strlen(reason)) || text_has_control(reason))
		return tocsin_fail(err, TOCSIN_INVALID, "the reason is not one line of UTF-8 text");
	return TOCSIN_OK;
}

static enum tocsin_code make_room(struct switches *switches, struct tocsin_error *err)
{
	const size_t room = switches->room ? switches->room * 2 : 8;
	struct switch_off *items;

	if (switches->count == SWITCHES_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "%d switches are off already", SWITCHES_CEILING);
	if (switches->count < switches->room)
		return TOCSIN_OK;
	items = mem_grow(switches->items, room, sizeof(*items));
	if (!items)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a switch");
	switches->items = items;
	switches->room = room;
	return TOCSIN_OK;
}

enum tocsin_code switches_off(struct switches *switches, const char *group, const char *plugin, const char *action,
			      const char *reason, int64_t since_ms, struct tocsin_error *err)
{
	struct switch_off off = {0}, *item;
	enum tocsin_code code = check_names(group, plugin, action, err);

	if (!code)
		code = check_reason(reason, err);
	if (code)
		return code;
	off = (struct switch_off){mem_text(group), mem_text(plugin), mem_text(action), mem_text(reason), since_ms};
	if (!off.group || !off.plugin || (action && !off.action) || !off.reason) {
		off_release(&off);
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a switch");
	}
	item = find(switches, group, plugin, action);
	if (item) {
		off_release(item);
		*item = off;
		return TOCSIN_OK;
	}
	code = make_room(switches, err);
	if (code)
		off_release(&off);
	else
		switches->items[switches->count++] = off;
	return code;
}

enum tocsin_code switches_on(struct switches *switches, const char *group, const char *plugin, const char *action,
			     struct tocsin_error *err)
{
	enum tocsin_code code = check_names(group, plugin, action, err);
	struct switch_off *item;
	size_t index;

	if (code)
		return code;
	item = find(switches, group, plugin, action);
	if (!item)
		return tocsin_fail(err, TOCSIN_NOT_FOUND, "%s/%s%s%s is not switched off", group, plugin,
				   action ? " " : "", action ? action : "");
	index = (size_t)(item - switches->items);
	off_release(item);
	switches->count--;
	memmove(item, item + 1, (switches->count - index) * sizeof(*item));
	return TOCSIN_OK;
}

static enum tocsin_code fail_off(const struct switch_off *off, struct tocsin_error *err)
{
	const char *since = off->since_ms ? " since " : "";
	char time[CLOCK_TEXT_ROOM] = "";

	if (off->since_ms)
		clock_text(off->since_ms, time);
	return tocsin_fail(err, TOCSIN_DISABLED, "%s%s%s/%s is switched off%s%s: %s", off->action ? off->action : "",
			   off->action ? " of " : "", off->group, off->plugin, since, time, off->reason);
}

enum tocsin_code switches_check(const struct switches *switches, const char *group, const char *plugin,
				const char *action, struct tocsin_error *err)
{
	const struct switch_off *off;

	if (!switches->count)
		return TOCSIN_OK;
	off = find(switches, group, plugin, NULL);
	if (!off && action)
		off = find(switches, group, plugin, action);
	return off ? fail_off(off, err) : TOCSIN_OK;
}

enum tocsin_code switches_actions(const struct switches *switches, const char *group, const char *plugin,
				  json_t **ret_off, struct tocsin_error *err)
{
	json_t *actions = NULL;

	for (size_t i = 0; i < switches->count; i++) {
		const struct switch_off *off = &switches->items[i];
		struct tocsin_error why = TOCSIN_ERROR_INIT;

		if (!off->action || !is_of(off, group, plugin))
			continue;
		fail_off(off, &why);
		if (!actions)
			actions = json_object();
		if (json_put(actions, off->action, json_string(tocsin_error_at(&why, 0)))) {
			json_decref(actions);
			return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for the list of switches");
		}
	}
	*ret_off = actions;
	return TOCSIN_OK;
}

static json_t *off_json(const struct switch_off *off)
{
	json_t *json = json_object();
	char time[CLOCK_TEXT_ROOM];

	if (json_put(json, "group", json_string(off->group)) ||
	    json_put(json, "plugin_name", json_string(off->plugin)) ||
	    json_put(json, "action", off->action ? json_string(off->action) : json_null()) ||
	    json_put(json, "reason", json_string(off->reason)) ||
	    json_put(json, "since", off->since_ms ? json_string(clock_text(off->since_ms, time)) : json_null())) {
		json_decref(json);
		return NULL;
	}
	return json;
}

json_t *switches_json(const struct switches *switches)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < switches->count; i++)
		if (json_array_append_new(list, off_json(&switches->items[i]))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

void switches_release(struct switches *switches)
{
	if (!switches)
		return;
	for (size_t i = 0; i < switches->count; i++)
		off_release(&switches->items[i]);
	mem_free(switches->items);
	*switches = (struct switches){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry: one sorted array, small enough that shifting it costs nothing beside reading a file.
 * A scope is a copy of the array; plugins are shared by reference.
 */
#include "contract/registry.h"

#include <string.h>

#include "base/text.h"

static int compare(const struct plugin *plugin, const char *group, const char *name)
{
	const int by_group = strcmp(plugin->group, group);

	return by_group ? by_group : strcmp(plugin->name, name);
}

/* Where (group, name) is, or would be. */
static size_t place_of(const struct registry *registry, const char *group, const char *name)
{
	size_t low = 0, high = registry->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare(registry->plugins[middle], group, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What the plugins of each group must have, and what they cannot have. */
struct group_rule {
	const char *group;
	const char *action; /* every plugin has it */
	const char *taken; /* no field is named so: the configuration of a receiver has that key for itself */
};

static const struct group_rule group_rules[] = {
	{"delivery", "deliver", "plugin"},
};

static enum tocsin_code rule_check(const struct group_rule *rule, const struct plugin *plugin, struct tocsin_error *err)
{
	if (!plugin_find_action(plugin, rule->action))
		return tocsin_fail(err, TOCSIN_INVALID, "%s/%s (%s) has no action %s, which every plugin of %s needs",
				   plugin->group, plugin->name, plugin->origin, rule->action, plugin->group);
	for (size_t i = 0; i < plugin->field_count; i++)
		if (strcmp(plugin->fields[i].name, rule->taken) == 0)
			return tocsin_fail(
				err, TOCSIN_INVALID,
				"%s/%s (%s) has a field named %s, a key that the configuration of %s has for itself",
				plugin->group, plugin->name, plugin->origin, rule->taken, plugin->group);
	return TOCSIN_OK;
}

enum tocsin_code group_check(const struct plugin *plugin, struct tocsin_error *err)
{
	for (size_t i = 0; i < COUNT_OF(group_rules); i++)
		if (strcmp(plugin->group, group_rules[i].group) == 0)
			return rule_check(&group_rules[i], plugin, err);
	return TOCSIN_OK;
}

enum tocsin_code registry_add(struct registry *registry, struct plugin *plugin, struct tocsin_error *err)
{
	const size_t place = place_of(registry, plugin->group, plugin->name);
	enum tocsin_code code;

	if (place < registry->count && compare(registry->plugins[place], plugin->group, plugin->name) == 0)
		return tocsin_fail(err, TOCSIN_EXISTS, "%s/%s is declared twice: in %s and in %s", plugin->group,
				   plugin->name, registry->plugins[place]->origin, plugin->origin);
	code = group_check(plugin, err);
	if (code)
		return code;
	if (registry->count == registry->room) {
		const size_t room = registry->room ? registry->room * 2 : 16;
		struct plugin **plugins = mem_grow(registry->plugins, room, sizeof(*plugins));

		if (!plugins)
			return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory to register %s/%s", plugin->group,
					   plugin->name);
		registry->plugins = plugins;
		registry->room = room;
	}
	memmove(&registry->plugins[place + 1], &registry->plugins[place],
		(registry->count - place) * sizeof(registry->plugins[0]));
	registry->plugins[place] = plugin_ref(plugin);
	registry->count++;
	return TOCSIN_OK;
}

/* The nearest group, or the nearest plugin of a group that exists. */
static const char *nearest(const struct registry *registry, const char *group, const char *name, bool group_exists)
{
	const char *best = NULL;

	for (size_t i = 0; i < registry->count; i++) {
		const struct plugin *plugin = registry->plugins[i];
		const char *rivals[2] = {group_exists ? plugin->name : plugin->group, best};

		if (!group_exists || strcmp(plugin->group, group) == 0)
			best = text_nearest(group_exists ? name : group, rivals, best ? 2 : 1);
	}
	return best;
}

struct plugin *registry_find(const struct registry *registry, const char *group, const char *name,
			     struct tocsin_error *err)
{
	const size_t place = place_of(registry, group, name);
	bool group_exists = false;
	const char *near;

	if (place < registry->count && compare(registry->plugins[place], group, name) == 0)
		return registry->plugins[place];
	for (size_t i = 0; i < registry->count; i++)
		group_exists |= strcmp(registry->plugins[i]->group, group) == 0;
	near = nearest(registry, group, name, group_exists);
	if (!registry->count)
		tocsin_fail(err, TOCSIN_NOT_FOUND, "there is no plugin %.64s/%.64s: no plugins were found at all",
			    group, name);
	else if (group_exists)
		tocsin_fail(err, TOCSIN_NOT_FOUND, "the group %s has no plugin named \"%.64s\"%s%s%s", group, name,
			    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	else
		tocsin_fail(err, TOCSIN_NOT_FOUND, "there is no group named \"%.64s\"%s%s%s", group,
			    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	return NULL;
}

void registry_reset(struct registry *registry, const char *group)
{
	size_t kept = 0;

	for (size_t i = 0; i < registry->count; i++) {
		struct plugin *plugin = registry->plugins[i];

		if (group && strcmp(plugin->group, group) != 0)
			registry->plugins[kept++] = plugin;
		else
			plugin_unref(plugin);
	}
	registry->count = kept;
}

void registry_release(struct registry *registry)
{
	if (!registry)
		return;
	registry_reset(registry, NULL);
	mem_free(registry->plugins);
	*registry = (struct registry){0};
}

enum tocsin_code registry_scope_begin(struct registry *registry, struct registry_scope *ret_scope,
				      struct tocsin_error *err)
{
	struct registry copy = {.count = registry->count, .room = registry->count};

	copy.plugins = mem_array(registry->count, sizeof(registry->plugins[0]));
	if (!copy.plugins)
		return tocsin_fail(err, TOCSIN_NO_MEMORY, "no memory for a registry scope");
	for (size_t i = 0; i < registry->count; i++)
		copy.plugins[i] = plugin_ref(registry->plugins[i]);
	*ret_scope = (struct registry_scope){.registry = registry, .before = copy};
	return TOCSIN_OK;
}

void registry_scope_end(struct registry_scope *scope)
{
	if (!scope || !scope->registry)
		return;
	registry_release(scope->registry);
	*scope->registry = scope->before;
	*scope = (struct registry_scope){0};
}

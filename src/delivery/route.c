/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routes; see route.h. Reading goes on after a problem, so that all are told; only want of memory ends it.
 * Whether the receivers exist is asked by whoever knows them.
 */
#include "delivery/route.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "contract/field.h"
#include "delivery/suggest.h"

#define PATH_ROOM 64

static const struct field receivers_field = {
	.name = "receivers", .kind = TOCSIN_KIND_LIST, .minimum = {.present = true, .integer = 1}};
static const struct field continue_field = {.name = "continue", .kind = TOCSIN_KIND_BOOLEAN};

static enum tocsin_code read_matcher(const json_t *value, const char *path, struct matcher *ret_matcher,
				     struct problems *problems)
{
	struct tocsin_error err = TOCSIN_ERROR_INIT;
	char line[TOCSIN_ERROR_ROOM];
	enum tocsin_code code;

	if (!json_is_string(value)) {
		problems_add(problems, path, "is %s, text such as severity=\"critical\" is needed", json_kind(value));
		return TOCSIN_INVALID;
	}
	code = matcher_read(json_string_value(value), ret_matcher, &err);
	if (code)
		problems_add(problems, path, "%s", tocsin_error_line(&err, line, sizeof(line)));
	return code;
}

static enum tocsin_code read_matchers(const json_t *list, const char *path, struct route *route,
				      struct problems *problems)
{
	enum tocsin_code code = TOCSIN_OK;
	char item_path[PATH_ROOM + 32];
	const json_t *item;
	size_t index;

	if (!list)
		return TOCSIN_OK;
	snprintf(item_path, sizeof(item_path), "%s.match", path);
	if (!json_is_array(list)) {
		problems_add(problems, item_path, "is %s, a list such as ['severity=\"critical\"'] is needed",
			     json_kind(list));
		return TOCSIN_INVALID;
	}
	route->matchers = mem_array(json_array_size(list), sizeof(*route->matchers));
	if (!route->matchers)
		return TOCSIN_NO_MEMORY;
	json_array_foreach (list, index, item) {
		struct matcher *matcher = &route->matchers[route->matcher_count];
		enum tocsin_code one;

		snprintf(item_path, sizeof(item_path), "%s.match[%zu]", path, index);
		one = read_matcher(item, item_path, matcher, problems);
		if (one == TOCSIN_NO_MEMORY)
			return one;
		if (one)
			code = one;
		else
			route->matcher_count++;
	}
	return code;
}

static enum tocsin_code read_receivers(const json_t *value, const char *path, struct route *route,
				       struct problems *problems)
{
	char own_path[PATH_ROOM + 32];
	enum tocsin_code code;
	const json_t *item;
	json_t *list;
	size_t index;

	snprintf(own_path, sizeof(own_path), "%s.receivers", path);
	if (!value) {
		problems_add(problems, own_path, "is missing: a route names at least one receiver");
		return TOCSIN_INVALID;
	}
	code = field_coerce(&receivers_field, value, own_path, &list, problems);
	if (code)
		return code;
	route->receivers = mem_array(json_array_size(list), sizeof(*route->receivers));
	if (!route->receivers)
		code = TOCSIN_NO_MEMORY;
	json_array_foreach (list, index, item) {
		char *name = code ? NULL : mem_text(json_string_value(item));

		if (!name)
			code = TOCSIN_NO_MEMORY;
		else
			route->receivers[route->receiver_count++] = name;
	}
	json_decref(list);
	return code;
}

static enum tocsin_code check_keys(const json_t *item, const char *path, struct problems *problems)
{
	static const char *const known[] = {"match", "receivers", "continue"};
	enum tocsin_code code = TOCSIN_OK;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)item, key, value) {
		char key_path[PATH_ROOM + 128];
		bool is_known = false;

		for (size_t i = 0; i < COUNT_OF(known); i++)
			is_known |= strcmp(key, known[i]) == 0;
		if (is_known)
			continue;
		snprintf(key_path, sizeof(key_path), "%s.%s", path, key);
		suggest(problems, key_path, "is no key of a route", key, known, COUNT_OF(known));
		code = TOCSIN_INVALID;
	}
	return code;
}

/* The worse of two codes, so that reading may go on after a problem. */
static enum tocsin_code worse(enum tocsin_code one, enum tocsin_code other)
{
	return one == TOCSIN_NO_MEMORY || !other ? one : other;
}

static enum tocsin_code read_route(const json_t *item, size_t index, struct route *route, struct problems *problems)
{
	enum tocsin_code code;
	char path[PATH_ROOM], continue_path[PATH_ROOM + 16];
	json_t *goes_on = NULL;

	snprintf(path, sizeof(path), "routes[%zu]", index);
	if (!json_is_object(item)) {
		problems_add(problems, path, "is %s, a map with match and receivers is needed", json_kind(item));
		return TOCSIN_INVALID;
	}
	code = check_keys(item, path, problems);
	code = worse(read_matchers(json_object_get(item, "match"), path, route, problems), code);
	code = worse(read_receivers(json_object_get(item, "receivers"), path, route, problems), code);
	if (json_object_get(item, "continue")) {
		snprintf(continue_path, sizeof(continue_path), "%s.continue", path);
		code = worse(field_coerce(&continue_field, json_object_get(item, "continue"), continue_path, &goes_on,
					  problems),
			     code);
		route->goes_on = json_is_true(goes_on);
		json_decref(goes_on);
	}
	return code;
}

enum tocsin_code routes_read(const json_t *list, struct routes *ret_routes, struct problems *problems)
{
	enum tocsin_code code = TOCSIN_OK;
	struct routes routes = {0};
	const json_t *item;
	size_t index;

	*ret_routes = routes;
	if (list && !json_is_array(list)) {
		problems_add(problems, "routes", "is %s, a list is needed", json_kind(list));
		return TOCSIN_INVALID;
	}
	routes.items = mem_array(json_array_size(list), sizeof(*routes.items));
	if (!routes.items)
		code = TOCSIN_NO_MEMORY;
	json_array_foreach (list, index, item) {
		if (code == TOCSIN_NO_MEMORY)
			break;
		code = worse(read_route(item, index, &routes.items[routes.count++], problems), code);
	}
	if (code == TOCSIN_NO_MEMORY) {
		problems->lost++;
		routes_release(&routes);
	}
	*ret_routes = routes;
	return code;
}

static void route_release(struct route *route)
{
	for (size_t i = 0; i < route->matcher_count; i++)
		matcher_release(&route->matchers[i]);
	for (size_t i = 0; i < route->receiver_count; i++)
		mem_free(route->receivers[i]);
	mem_free(route->matchers);
	mem_free(route->receivers);
}

void routes_release(struct routes *routes)
{
	if (!routes)
		return;
	for (size_t i = 0; i < routes->count; i++)
		route_release(&routes->items[i]);
	mem_free(routes->items);
	*routes = (struct routes){0};
}

/* A certain no of one condition outweighs the doubt of another. */
static enum matcher_verdict route_ask(const struct route *route, const json_t *labels)
{
	enum matcher_verdict verdict = MATCHER_YES;

	for (size_t i = 0; i < route->matcher_count; i++) {
		const enum matcher_verdict one = matcher_ask(&route->matchers[i], labels);

		if (one == MATCHER_NO)
			return MATCHER_NO;
		if (one == MATCHER_UNDECIDED)
			verdict = MATCHER_UNDECIDED;
	}
	return verdict;
}

static bool is_named(const json_t *list, const char *receiver)
{
	const json_t *item;
	size_t index;

	json_array_foreach (list, index, item)
		if (strcmp(json_get_text(item, "receiver", ""), receiver) == 0)
			return true;
	return false;
}

static int add_receivers(json_t *list, const struct route *route, size_t index, bool is_undecided)
{
	for (size_t i = 0; i < route->receiver_count; i++) {
		json_t *item;

		if (is_named(list, route->receivers[i]))
			continue;
		item = json_pack("{s:s, s:I}", "receiver", route->receivers[i], "route", (json_int_t)index);
		if (item && is_undecided && json_put(item, "undecided", json_true())) {
			json_decref(item);
			return -1;
		}
		if (json_array_append_new(list, item))
			return -1;
	}
	return 0;
}

json_t *routes_match(const struct routes *routes, const json_t *labels)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < routes->count; i++) {
		const struct route *route = &routes->items[i];
		const enum matcher_verdict verdict = route_ask(route, labels);

		if (verdict == MATCHER_NO)
			continue;
		if (add_receivers(list, route, i, verdict == MATCHER_UNDECIDED)) {
			json_decref(list);
			return NULL;
		}
		if (verdict == MATCHER_YES && !route->goes_on)
			break;
	}
	return list;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which dialect, and the walk over a payload's events that all of them share; see dialect.h. */
#include "incident/dialect.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_mend.h"
#include "base/text.h"

static const char *const names[] = {
#define X(name, text) [DIALECT_##name] = text,
	DIALECTS(X)
#undef X
};

int dialect_parse_name(const char *text, enum dialect *ret_dialect)
{
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret_dialect = (enum dialect)i;
			return 0;
		}
	}
	return -1;
}

enum dialect dialect_guess(const json_t *payload)
{
	return json_object_get(payload, "alerts") ? DIALECT_ALERTMANAGER : DIALECT_NATIVE;
}

enum tocsin_code dialect_parse(const char *text, size_t length, json_t **ret_payload, struct problems *problems,
			       struct tocsin_error *err)
{
	const struct json_limits limits = {.bytes = 3 * DIALECT_BYTES_CEILING, .depth = DIALECT_DEPTH_CEILING};
	struct json_mended mended;
	enum tocsin_code code;

	if (length > DIALECT_BYTES_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT, "the payload has %zu bytes, %d are allowed", length,
				   DIALECT_BYTES_CEILING);
	code = json_mend(text, length, &mended, err);
	if (!code)
		code = json_read(mended.text, mended.length, &limits, ret_payload, err);
	if (!code && mended.count)
		problems_add(problems, "",
			     "%zu character%s that no text can hold %s replaced by U+FFFD, the first at byte %zu",
			     mended.count, mended.count == 1 ? "" : "s", mended.count == 1 ? "was" : "were",
			     mended.first);
	json_mended_release(&mended);
	return code;
}

enum tocsin_code dialect_read(enum dialect dialect, const json_t *payload, struct events *ret_events,
			      struct problems *problems, struct tocsin_error *err)
{
	switch (dialect) {
	case DIALECT_NATIVE:
		return dialect_read_native(payload, ret_events, problems, err);
	case DIALECT_ALERTMANAGER:
		return dialect_read_alertmanager(payload, ret_events, problems, err);
	}
	return tocsin_fail(err, TOCSIN_INVALID, "there is no dialect number %d", (int)dialect);
}

/* Ends a reading: gives the events away, or says why there are none. */
static enum tocsin_code finish(enum tocsin_code code, struct events *events, struct events *ret_events,
			       const struct problems *problems, struct tocsin_error *err)
{
	if (code != TOCSIN_NO_MEMORY && events->count) {
		*ret_events = *events;
		return TOCSIN_OK;
	}
	events_release(events);
	if (code == TOCSIN_NO_MEMORY)
		return tocsin_fail(err, code, "no memory to read the payload");
	return problems_fail(problems, err);
}

enum tocsin_code dialect_read_list(const json_t *list, const char *path, dialect_reader *read, const void *data,
				   struct events *ret_events, struct problems *problems, struct tocsin_error *err)
{
	const size_t count = json_array_size(list);
	struct events events = {0};
	enum tocsin_code code;

	if (!count)
		return tocsin_fail(err, TOCSIN_INVALID, "the payload holds no event");
	if (count > DIALECT_EVENTS_CEILING)
		return tocsin_fail(err, TOCSIN_LIMIT,
				   "the payload holds %zu events, at most %d are allowed: send fewer", count,
				   DIALECT_EVENTS_CEILING);
	events.items = mem_array(count, sizeof(*events.items));
	code = events.items ? TOCSIN_OK : TOCSIN_NO_MEMORY;
	for (size_t i = 0; i < count && code != TOCSIN_NO_MEMORY; i++) {
		char item_path[64];

		snprintf(item_path, sizeof(item_path), "%s[%zu]", path, i);
		code = read(json_array_get(list, i), item_path, data, problems, &events.items[events.count]);
		events.count += code == TOCSIN_OK;
	}
	return finish(code, &events, ret_events, problems, err);
}

enum tocsin_code dialect_read_one(const json_t *payload, dialect_reader *read, struct events *ret_events,
				  struct problems *problems, struct tocsin_error *err)
{
	struct events events = {.items = mem_array(1, sizeof(*events.items))};
	enum tocsin_code code = TOCSIN_NO_MEMORY;

	if (events.items)
		code = read(payload, "", NULL, problems, &events.items[0]);
	events.count = code == TOCSIN_OK;
	return finish(code, &events, ret_events, problems, err);
}

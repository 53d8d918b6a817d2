/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring of recorded invocations.
 *
 * A record holds references and a few numbers; nothing is written out before somebody asks, so that
 * recording costs a call next to nothing. The ring is a fixed array: record N stands at (N - 1) modulo its
 * size. Arguments above a ceiling are not kept, since a caller or a plugin could fill the host's memory with
 * them. Nothing here is fatal: without memory for the ring, records are counted as lost.
 */
#include "host/history.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"

void invocation_release(struct invocation *invocation)
{
	if (!invocation)
		return;
	json_decref(invocation->arguments);
	json_decref(invocation->error);
	*invocation = (struct invocation){0};
}

/* What is left of the room for one record's arguments. */
struct room {
	size_t bytes;
	size_t values;
};

static bool take_bytes(struct room *room, size_t bytes)
{
	if (bytes > room->bytes)
		return false;
	room->bytes -= bytes;
	return true;
}

/* Whether the value fits, which takes its part of the room; looks no further than the room goes. */
static bool take(struct room *room, const json_t *json)
{
	if (!room->values)
		return false;
	room->values--;
	if (json_is_string(json))
		return take_bytes(room, json_string_length(json));
	for (size_t i = 0; i < json_array_size(json); i++)
		if (!take(room, json_array_get(json, i)))
			return false;
	for (void *iter = json_object_iter((json_t *)json); iter; iter = json_object_iter_next((json_t *)json, iter))
		if (!take_bytes(room, json_object_iter_key_len(iter)) || !take(room, json_object_iter_value(iter)))
			return false;
	return true;
}

/* Without memory for the sentence the arguments are null. */
static void bound_arguments(struct invocation *invocation)
{
	struct room room = {HISTORY_ARGUMENT_BYTES, HISTORY_ARGUMENT_VALUES};

	if (!invocation->arguments || take(&room, invocation->arguments))
		return;
	json_decref(invocation->arguments);
	invocation->arguments = json_pack("{s:s}", "...", "too large to keep");
}

void history_add(struct history *history, struct invocation *invocation)
{
	struct invocation *place;

	if (history->off) {
		invocation_release(invocation);
		return;
	}
	if (!history->ring)
		history->ring = mem_array(HISTORY_CEILING, sizeof(*history->ring));
	if (!history->ring) {
		history->lost++;
		invocation_release(invocation);
		return;
	}
	bound_arguments(invocation);
	place = &history->ring[history->sequence++ % HISTORY_CEILING];
	invocation_release(place);
	*place = *invocation;
	*invocation = (struct invocation){0};
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *json_or_null(json_t *json)
{
	return json ? json_incref(json) : json_null();
}

json_t *history_record_json(const struct history *history, uint64_t sequence)
{
	const struct invocation *record;
	int64_t duration_us;
	char time[CLOCK_TEXT_ROOM];
	json_t *json;

	if (!sequence || sequence > history->sequence || history->sequence - sequence >= HISTORY_CEILING)
		return NULL;
	record = &history->ring[(sequence - 1) % HISTORY_CEILING];
	duration_us = record->duration_ns / 1000;
	json = json_object();
	if (json_put(json, "sequence", json_integer((json_int_t)sequence)) ||
	    json_put(json, "time", json_string(clock_text(record->wall_ms, time))) ||
	    json_put(json, "action", json_string(record->action)) ||
	    json_put(json, "arguments", json_or_null(record->arguments)) ||
	    json_put(json, "result_type", text_or_null(record->result_type)) ||
	    json_put(json, "outcome", json_string(tocsin_code_name(record->outcome))) ||
	    json_put(json, "error", json_or_null(record->error)) ||
	    json_put(json, "duration_ms", json_real((double)duration_us / 1000.0))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

json_t *history_json(const struct history *history)
{
	uint64_t sequence = history->sequence > HISTORY_CEILING ? history->sequence - HISTORY_CEILING : 0;
	json_t *list = json_array();

	while (list && sequence < history->sequence)
		if (json_array_append_new(list, history_record_json(history, ++sequence))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

void history_release(struct history *history)
{
	if (!history)
		return;
	for (size_t i = 0; history->ring && i < HISTORY_CEILING; i++)
		invocation_release(&history->ring[i]);
	mem_free(history->ring);
	*history = (struct history){.off = history->off};
}

json_t *error_chain_json(const struct tocsin_error *err)
{
	json_t *list = json_array();

	for (size_t i = err->count; list && i-- > 0;)
		if (json_array_append_new(list, json_string(tocsin_error_at(err, i)))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

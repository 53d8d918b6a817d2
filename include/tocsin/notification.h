/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOCSIN_NOTIFICATION_H
#define TOCSIN_NOTIFICATION_H

/*
 * The attributes of a notification, as parameters of `deliver`.
 *
 * `deliver` names just the attributes that it reads, and is passed just those, so that its signature
 * shows what the adapter sees:
 *
 *	struct deliver { const char *title; const char *status; };
 *
 *	static const struct tocsin_field deliver_parameters[] = {
 *		TOCSIN_ATTRIBUTE(struct deliver, title),
 *		TOCSIN_ATTRIBUTE(struct deliver, status),
 *	};
 *
 * An adapter that does not name `status` is sent no resolves, and its manifest says so.
 */

#include <tocsin/plugin.h>

#ifndef __cplusplus

#define TOCSIN_ATTRIBUTE(structure, attribute) \
	TOCSIN_ATTRIBUTE_ROW_(structure, attribute, TOCSIN_ATTRIBUTE_##attribute)
#define TOCSIN_ATTRIBUTE_ROW_(structure, attribute, ...) TOCSIN_ATTRIBUTE_FIELD_(structure, attribute, __VA_ARGS__)
#define TOCSIN_ATTRIBUTE_FIELD_(structure, attribute, c_type, kind, ...) \
	TOCSIN_FIELD_(structure, attribute, c_type, kind, __VA_ARGS__)

/* A sender always gives these three, or its dialect makes them. */
#define TOCSIN_ATTRIBUTE_title \
	const char *, STRING, .required = true, .description = "What happened, in a few words."
#define TOCSIN_ATTRIBUTE_severity       \
	const char *, STRING, .required = true, \
	.description = "How bad it is, as the sender says: critical, error, warning, info."
#define TOCSIN_ATTRIBUTE_summary \
	const char *, STRING, .required = true, .description = "What happened, in a sentence or more."

#define TOCSIN_ATTRIBUTE_status \
	const char *, STRING, .preset = "firing", .description = "firing, acknowledged or resolved."
#define TOCSIN_ATTRIBUTE_labels                   \
	const struct tocsin_map *, MAP, .preset = "", \
	.description = "What identifies the incident."
#define TOCSIN_ATTRIBUTE_annotations              \
	const struct tocsin_map *, MAP, .preset = "", \
	.description = "What else the sender said about it."
#define TOCSIN_ATTRIBUTE_links                    \
	const struct tocsin_map *, MAP, .preset = "", \
	.description = "Where to read more: a label and a URL each."
#define TOCSIN_ATTRIBUTE_dedup_key \
	const char *, STRING, .preset = "", .description = "The same for every message about one incident."
#define TOCSIN_ATTRIBUTE_id \
	const char *, STRING, .preset = "", .description = "This notification's id, the same at every attempt."

/* What an earlier outcome() returned as `reference` for the same dedup_key: a thread, a ticket. */
#define TOCSIN_ATTRIBUTE_reference      \
	const char *, STRING, .preset = "", \
	.description = "What the service called an earlier message about this incident."

/*
 * One object per incident: dedup_key, status, title, severity, summary, labels, annotations, links,
 * started_at, ended_at; all text but the three maps.
 */
#define TOCSIN_ATTRIBUTE_incidents                      \
	const struct tocsin_value *, OBJECTS, .preset = "", \
	.description = "The incidents that this notification is about."
#define TOCSIN_ATTRIBUTE_count \
	int64_t, INTEGER, .preset = "1", .description = "How many incidents that are."

/* RFC 3339 in UTC, empty when there is none. */
#define TOCSIN_ATTRIBUTE_started_at \
	const char *, STRING, .preset = "", .description = "When the incident began."
#define TOCSIN_ATTRIBUTE_ended_at \
	const char *, STRING, .preset = "", .description = "When the incident ended."

#endif /* !__cplusplus */

#endif

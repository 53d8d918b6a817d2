/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INCIDENT_NOTIFICATION_H
#define INCIDENT_NOTIFICATION_H

/*
 * A notification: one message for one receiver about one or more incidents, as the JSON object whose
 * members are the attributes of <tocsin/notification.h>.
 */

#include "contract/plugin.h"
#include "incident/event.h"

/*
 * The notification of one event for the receiver named `receiver`. Its id depends on the receiver, the
 * dedup_key, the beginning and the status only: the same event sent again has the same id. New reference.
 */
enum tocsin_code notification_of_event(const struct event *event, const char *receiver, json_t **ret_notification,
				       struct tocsin_error *err);

/* A notification that shows every attribute, for previews without one. New reference, NULL without memory. */
json_t *notification_example(void);

/*
 * Just the attributes that the action's parameters name. A parameter that is no attribute is left to its
 * default. New reference, NULL without memory.
 */
json_t *notification_arguments(const json_t *notification, const struct action *action);

/* Whether `deliver` reads `status`, and so is sent resolves and acknowledgements. */
bool action_reads_status(const struct action *action);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_STREAM_H
#define DELIVERY_STREAM_H

/*
 * The stream transport: a text result is written as a line to what the receiver's setting `stream` names,
 * stdout or stderr. Control characters in the text are escaped, so that an incident cannot drive the
 * operator's terminal; line breaks inside become a visible "\n".
 */

#include <jansson.h>

#include "delivery/outcome.h"

void stream_write(const json_t *settings, const char *text, struct delivery_outcome *ret_outcome);

#endif

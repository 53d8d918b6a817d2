/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_MATCHER_H
#define DELIVERY_MATCHER_H

/*
 * One condition on a label, in Alertmanager's notation: name="value", name!="value", name=~"expression",
 * name!~"expression". Name and value may stand without quotes when they have no space, comma, quote,
 * backslash or brace. In quotes \" \\ and \n are escapes; a backslash before anything else is itself,
 * so that "\d+" is an expression. Expressions are anchored at both ends. A label that an event does not
 * have counts as "".
 */

#include <jansson.h>

#include "contract/pattern.h"

enum matcher_relation { MATCH_EQUAL, MATCH_NOT_EQUAL, MATCH_EXPRESSION, MATCH_NOT_EXPRESSION };

#define MATCHER_CEILING 8192 /* bytes of a condition */

struct matcher {
	char *label;
	char *value; /* without quotes and escapes */
	struct pattern *pattern; /* NULL for the plain operators */
	enum matcher_relation relation;
};

enum tocsin_code matcher_read(const char *text, struct matcher *ret_matcher, struct tocsin_error *err);
void matcher_release(struct matcher *matcher);

/*
 * Undecided: the expression needs more steps on this value than we grant, or there was no memory. Whoever
 * asks must then do what loses nothing.
 */
enum matcher_verdict { MATCHER_NO, MATCHER_YES, MATCHER_UNDECIDED };
enum matcher_verdict matcher_ask(const struct matcher *matcher, const json_t *labels);

#endif

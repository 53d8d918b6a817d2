/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_MATCHER_H
#define DELIVERY_MATCHER_H

/*
 * One condition on a label, in Alertmanager's notation: name="value", name!="value", name=~"expression",
 * name!~"expression". The value may stand without quotes when it has no space, comma, quote or brace.
 * Expressions are anchored at both ends. A label that an event does not have counts as "".
 */

#include <jansson.h>
#include <stdbool.h>

#include <tocsin/error.h>

enum matcher_operator { MATCH_EQUAL, MATCH_NOT_EQUAL, MATCH_EXPRESSION, MATCH_NOT_EXPRESSION };

struct matcher {
	char *label;
	char *value;
	void *expression;       /* compiled; NULL for the plain operators */
	enum matcher_operator operator;
};

enum tocsin_code matcher_read(const char *text, struct matcher *ret_matcher, struct tocsin_error *err);
void matcher_release(struct matcher *matcher);
bool matcher_matches(const struct matcher *matcher, const json_t *labels);

#endif

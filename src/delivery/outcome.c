/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of an attempt; see outcome.h. The names come from the same lists as the enums. A reason that
 * is too long is cut between characters: it is for people, the whole story is in the attempt's record.
 */
#include "delivery/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *const outcome_names[] = {
#define X(name, text) [TOCSIN_OUTCOME_##name] = text,
	TOCSIN_OUTCOMES(X)
#undef X
};

static const char *const code_names[] = {
#define X(name, text) [DELIVERY_##name] = text,
	DELIVERY_CODES(X)
#undef X
};

const char *outcome_name(enum tocsin_outcome outcome)
{
	return (size_t)outcome < COUNT_OF(outcome_names) ? outcome_names[outcome] : "unknown";
}

const char *delivery_code_name(enum delivery_code code)
{
	return (size_t)code < COUNT_OF(code_names) ? code_names[code] : "unknown";
}

int outcome_parse(const char *text, enum tocsin_outcome *ret_outcome)
{
	for (size_t i = 0; text && i < COUNT_OF(outcome_names); i++)
		if (strcmp(text, outcome_names[i]) == 0) {
			*ret_outcome = (enum tocsin_outcome)i;
			return 0;
		}
	return -1;
}

void outcome_set(struct delivery_outcome *outcome, enum tocsin_outcome result, enum delivery_code code,
		 const char *format, ...)
{
	struct delivery_outcome made = {.outcome = result, .code = code};
	size_t end = sizeof(made.reason) - 1;
	va_list arguments;
	int length;

	/* Into a struct of its own: the arguments may point into the old one. */
	va_start(arguments, format);
	length = vsnprintf(made.reason, sizeof(made.reason), format, arguments);
	va_end(arguments);
	if (length > (int)end) {
		while (end && !text_is_utf8(made.reason, end))
			end--;
		made.reason[end] = '\0';
	}
	*outcome = made;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTRACT_PATTERN_H
#define CONTRACT_PATTERN_H

/*
 * Perl-compatible expressions (PCRE2) that match a whole text, with limits on what compiling and matching
 * may cost: an expression may come from a stranger's plugin.
 */

#include <stdbool.h>

#include <tocsin/error.h>

#define PATTERN_CEILING 512 /* bytes of an expression */
#define PATTERN_COMPILED_CEILING 16384 /* bytes of what PCRE2 makes of it */

struct pattern;

/* Who wrote it. A stranger's plugin gets the ceilings above; the operator's configuration PCRE2's own. */
enum pattern_author {
	PATTERN_OF_PLUGIN,
	PATTERN_OF_OPERATOR, /* here a dot also stands for a line break, as in Alertmanager's matchers */
};

enum tocsin_code pattern_new(const char *expression, enum pattern_author author, struct pattern **ret_pattern,
			     struct tocsin_error *err);
void pattern_free(struct pattern *pattern);

/*
 * Compares `expression` with the whole of `text`, which is UTF-8. Fails with TOCSIN_LIMIT when that takes
 * more steps or memory than is allowed, and with TOCSIN_NO_MEMORY.
 */
enum tocsin_code pattern_compare(const struct pattern *pattern, const char *text, bool *ret_matches,
				 struct tocsin_error *err);

/* Whether the whole of `text` matches, for those to whom a comparison that fails is no match. */
bool pattern_matches(const struct pattern *pattern, const char *text);

#endif

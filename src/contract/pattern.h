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

struct pattern;

enum tocsin_code pattern_new(const char *expression, struct pattern **ret_pattern, struct tocsin_error *err);
void pattern_free(struct pattern *pattern);

/* Whether the whole of `text` matches. A match that exceeds the limits counts as none. */
bool pattern_matches(const struct pattern *pattern, const char *text);

#endif

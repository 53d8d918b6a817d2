/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DELIVERY_SUGGEST_H
#define DELIVERY_SUGGEST_H

#include "contract/problems.h"

/* Adds the problem `sentence`, and behind it which of `known` was perhaps meant with `name`, if any was. */
void suggest(struct problems *problems, const char *path, const char *sentence, const char *name,
	     const char *const *known, size_t count);

#endif

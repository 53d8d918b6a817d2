/* SPDX-License-Identifier: Apache-2.0 */
/* Unknown names and the known ones nearest to them; see suggest.h. */
#include "delivery/suggest.h"

#include "base/text.h"

void suggest(struct problems *problems, const char *path, const char *sentence, const char *name,
	     const char *const *known, size_t count)
{
	const char *nearest = text_nearest(name, known, count);

	if (nearest)
		problems_add(problems, path, "%s; did you mean %s?", sentence, nearest);
	else
		problems_add(problems, path, "%s", sentence);
}

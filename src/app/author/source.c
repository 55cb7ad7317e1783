/* Steps by their names.
 * SPDX-License-Identifier: MIT */
#include "app/author/source.h"

#include <string.h>

#include "base/record.h"

const json_t *source_step(const json_t *source, const char *id)
{
	const json_t *steps = json_object_get(source, "steps");
	for (size_t i = 0; *id && i < json_array_size(steps); i++) {
		const json_t *step = json_array_get(steps, i);
		if (strcmp(record_text(step, "id"), id) == 0)
			return step;
	}
	return NULL;
}

bool source_is(const json_t *step, const char *kind)
{
	return strcmp(record_text(step, "kind"), kind) == 0;
}

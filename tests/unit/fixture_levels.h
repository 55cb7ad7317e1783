/* The cases of a fixture at every instruction level. Include after unit.h.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_FIXTURE_LEVELS_H
#define WATTLE_TESTS_FIXTURE_LEVELS_H

#include "fixture.h"
#include "levels.h"

/* Each case of a fixture, at each level that this processor can run. */
static inline void fixture_at_levels(const char *name, void (*check)(const json_t *, uint32_t))
{
	json_t *root = fixture_load(name);
	const json_t *cases = fixture_list(root, "cases");

	assert_true(json_array_size(cases) > 0);
	for (size_t i = 0; i < json_array_size(cases); i++)
		for (size_t l = 0; l < LEVELS; l++)
			if (level_runs(levels[l]))
				check(json_array_get(cases, i), levels[l]);
	json_decref(root);
}

#endif

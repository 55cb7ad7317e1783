/* Every set of features that decides between the instruction levels of simd.h, plain code first.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_LEVELS_H
#define WATTLE_TESTS_LEVELS_H

#include <stdbool.h>

#include "num/cpu.h"

static const uint32_t levels[] = { 0, CPU_AVX2, CPU_AVX2 | CPU_AVX512,
				   CPU_AVX2 | CPU_AVX512 | CPU_VNNI };

#define LEVELS (sizeof levels / sizeof *levels)

/* Whether this processor can run a level. */
static inline bool level_runs(uint32_t level)
{
	return !(level & ~cpu_features());
}

#endif

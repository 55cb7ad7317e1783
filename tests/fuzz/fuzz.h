/* What every harness has: its entry, and what must hold.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_FUZZ_H
#define WATTLE_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require(bool fine)
{
	if (!fine)
		abort();
}

#endif

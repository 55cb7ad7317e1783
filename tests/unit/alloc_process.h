/* Counts every allocation of the process, those of shared libraries too.
 *
 * The program defines malloc and its kin itself, and the dynamic linker binds the libraries to
 * them; under AddressSanitizer its hook counts. Where neither can be (another C library), the
 * count stays 0 and alloc_process_counts is false.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_ALLOC_PROCESS_H
#define WATTLE_TESTS_ALLOC_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

bool alloc_process_counts(void);
size_t alloc_process_calls(void);

#endif

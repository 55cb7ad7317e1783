/* What every unit test includes: cmocka with the headers that it expects before it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_UNIT_H
#define WATTLE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif

/* Rows of parameters: what info.c and params.c share; for nobody else.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_INFO_ROWS_H
#define WATTLE_BASE_INFO_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/info.h"

#define PARAM_LIMITS_MAX 400

size_t params_count(const Info *info);
/* NULL and ERR_ARGUMENT, with the nearest name, for an unknown one. */
const Param *params_row(const Info *info, const char *name, Err *err);
/* The row states no limits. */
bool param_unlimited(const Param *row);
/* "a number from 0 to 0.99 points": what the row wants, for people. */
void param_wants(const Param *row, char *out, size_t cap);

#endif

/* Decimal numbers of text files, read exactly and in the same way in every locale.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_NUMBER_H
#define WATTLE_DATA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

typedef enum NumberIs {
	NUMBER_NOT,      /* is no number */
	NUMBER_FINE,     /* finite, and within f32 */
	NUMBER_TOO_BIG,  /* finite as written, but beyond f32 */
	NUMBER_INFINITE, /* inf, infinity, with or without a sign */
	NUMBER_NAN,      /* nan */
} NumberIs;

/* The whole of text[0 … len − 1]: an optional sign, digits with at most one point, an optional
 * exponent; or inf, infinity, nan in any case. *out is the nearest double, to be cut to f32 by the
 * caller; it is set for NUMBER_FINE only. No more than 1,000 characters are a number. */
NumberIs number_read(const char *text, size_t len, double *out);

#endif

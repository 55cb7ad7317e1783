/* The k-th smallest of many numbers, without sorting them: thresholds of pruning, percentiles of
 * calibration.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TECHNIQUE_SELECT_H
#define WATTLE_TECHNIQUE_SELECT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bits whose unsigned order is that of the floats: the sign flipped, negative numbers inverted. */
static inline uint32_t select_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof bits);
	return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static inline float select_float(uint32_t bits)
{
	float value;

	bits = bits & 0x80000000u ? bits & 0x7fffffffu : ~bits;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* The value that would stand at k (0 … n − 1) if values were sorted; reorders them. No NaN.
 * Linear time whatever the values (selection by digits of their bits). */
float select_kth(float *values, size_t n, size_t k);

#endif

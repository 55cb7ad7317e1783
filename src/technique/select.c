/* Selection by radix: one byte of the ordered bits a pass, the most significant first.
 * SPDX-License-Identifier: MIT */
#include "technique/select.h"

#include <assert.h>

float select_kth(float *values, size_t n, size_t k)
{
	assert(k < n);
	for (int shift = 24; shift >= 0; shift -= 8) {
		size_t count[256] = { 0 }, left = 0;
		uint32_t digit = 0;

		for (size_t i = 0; i < n; i++)
			count[select_bits(values[i]) >> shift & 0xff]++;
		while (k >= count[digit])
			k -= count[digit++];
		for (size_t i = 0; i < n; i++) {
			float value = values[i];

			if ((select_bits(value) >> shift & 0xff) != digit)
				continue;
			values[i] = values[left];
			values[left++] = value;
		}
		n = left;
	}
	return values[0];
}

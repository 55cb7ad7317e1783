/* Reads decimal numbers: short ones with one exact multiplication or division (W. D. Clinger, "How
 * to read floating point numbers accurately", 1990, §3), the rest with strtod.
 * SPDX-License-Identifier: MIT */
#include "data/number.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NUMBER_CHARACTERS_MAX 1000
/* Powers of ten up to here, and integers below 2^53, are doubles without an error. */
#define NUMBER_POWER_MAX 22
#define NUMBER_EXACT_MAX ((uint64_t)1 << 53)
#define NUMBER_EXPONENT_CAP 100000

static const double number_power[NUMBER_POWER_MAX + 1];

static NumberIs number_word(const char *text, size_t len)
{
	if (len && (*text == '+' || *text == '-')) {
		text++;
		len--;
	}
	if ((len == 3 && strncasecmp(text, "inf", 3) == 0) ||
	    (len == 8 && strncasecmp(text, "infinity", 8) == 0))
		return NUMBER_INFINITE;
	return len == 3 && strncasecmp(text, "nan", 3) == 0 ? NUMBER_NAN : NUMBER_NOT;
}

static NumberIs number_judge(double value, double *out)
{
	/* Beyond FLT_MAX a double still rounds to it within half a unit of its last place. */
	if (!isfinite((float)value))
		return NUMBER_TOO_BIG;
	*out = value;
	return NUMBER_FINE;
}

static NumberIs number_slow(const char *text, size_t len, double *out)
{
	char copy[NUMBER_CHARACTERS_MAX + 1];

	memcpy(copy, text, len);
	copy[len] = 0;
	return number_judge(strtod(copy, NULL), out);
}

typedef struct NumberDigits {
	const char *at;
	uint64_t whole; /* the first 19 digits that count */
	int scale;      /* powers of ten by which it falls short */
} NumberDigits;

/* Digits behind n.at; each: what one of them changes the scale by. Always inlined, so that the
 * state stays in registers: tables are read at some nanoseconds a value. */
static inline __attribute__((always_inline)) NumberDigits number_digits(NumberDigits n,
									const char *end, int each)
{
	for (; n.at < end; n.at++) {
		unsigned digit = (unsigned)(unsigned char)*n.at - '0';

		if (digit > 9)
			break;
		if (n.whole < UINT64_MAX / 10 - 1) {
			n.whole = n.whole * 10 + digit;
			n.scale += each;
		} else {
			n.scale += each + 1;
		}
	}
	return n;
}

static bool number_exponent(const char **at, const char *end, int *scale)
{
	int exponent = 0, sign = 1;
	const char *begin;

	if (**at != 'e' && **at != 'E')
		return false;
	++*at;
	if (*at < end && (**at == '+' || **at == '-'))
		sign = *(*at)++ == '-' ? -1 : 1;
	for (begin = *at; *at < end && **at >= '0' && **at <= '9'; ++*at)
		if (exponent < NUMBER_EXPONENT_CAP)
			exponent = exponent * 10 + (**at - '0');
	*scale += sign * exponent;
	return *at > begin;
}

NumberIs number_read(const char *text, size_t len, double *out)
{
	const char *end = text + len;
	NumberDigits n = { .at = text };
	size_t digits;
	bool minus;

	if (!len || len > NUMBER_CHARACTERS_MAX)
		return NUMBER_NOT;
	minus = *text == '-';
	n.at += minus || *text == '+';
	digits = (size_t)(n.at - text);
	n = number_digits(n, end, 0);
	digits = (size_t)(n.at - text) - digits;
	if (n.at < end && *n.at == '.') {
		const char *point = ++n.at;

		n = number_digits(n, end, -1);
		digits += (size_t)(n.at - point);
	}
	if (!digits)
		return number_word(text, len);
	if (n.at < end && (!number_exponent(&n.at, end, &n.scale) || n.at != end))
		return NUMBER_NOT;
	if (n.whole >= NUMBER_EXACT_MAX || n.scale > NUMBER_POWER_MAX ||
	    n.scale < -NUMBER_POWER_MAX)
		return number_slow(text, len, out);
	double value = (double)n.whole;

	value = n.scale < 0 ? value / number_power[-n.scale] : value * number_power[n.scale];
	return number_judge(minus ? -value : value, out);
}

static const double number_power[NUMBER_POWER_MAX + 1] = {
	1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

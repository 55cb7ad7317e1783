/* Ranges, round ticks and their labels.
 * SPDX-License-Identifier: MIT */
#include "lab/scale.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

/* The least of 1, 2, 5 times a power of ten that is at least size > 0. */
static double scale_round_step(double size)
{
	double power = pow(10, floor(log10(size)));
	const double steps[] = { 1, 2, 5, 10 };

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (steps[i] * power >= size * (1 - 1e-9))
			return steps[i] * power;
	return 10 * power;
}

int scale_ticks(double low, double high, double *out, int max)
{
	if (!isfinite(low) || !isfinite(high) || low > high || max < 1)
		return 0;
	double range = high - low;

	if (!isfinite(range) || range < 1e-12 * fmax(fabs(low), fabs(high)) || range < 1e-300) {
		out[0] = low;
		return 1;
	}
	double step = scale_round_step(range / max);

	for (int tries = 0; tries < 4; tries++, step = scale_round_step(step * 1.5)) {
		double first = ceil(low / step - 1e-9), last = floor(high / step + 1e-9);

		if (last - first + 1 > max)
			continue;
		int count = 0;

		for (double k = first; k <= last && count < max; k++)
			out[count++] = k == 0 ? 0 : k * step;
		return count;
	}
	return 0;
}

/* Powers of ten from low to high times each of the factors; 0 when there are more than max. */
static int scale_powers(double low, double high, double *out, int max, const double *factor,
			int factors)
{
	int first = (int)floor(log10(low)), last = (int)ceil(log10(high)), count = 0;

	for (int power = first; power <= last; power++)
		for (int i = 0; i < factors; i++) {
			double tick = factor[i] * pow(10, power);

			if (tick < low * (1 - 1e-9) || tick > high * (1 + 1e-9))
				continue;
			if (count == max)
				return 0;
			out[count++] = tick;
		}
	return count;
}

int scale_log_ticks(double low, double high, double *out, int max)
{
	static const double factors[] = { 1, 2, 5 };

	if (!(low > 0) || !isfinite(high) || !(low < high) || max < 1)
		return 0;
	int powers = scale_powers(low, high, out, max, factors, 1);

	if (powers >= 3)
		return powers;
	int count = scale_powers(low, high, out, max, factors, 3);

	if (count >= 3)
		return count;
	double decades = log10(high) - log10(low); /* their ratio may overflow */

	if (decades < 2)
		return scale_ticks(low, high, out, max);
	/* More decades than there is room for. */
	int step = (int)ceil((decades + 1) / max);

	count = 0;
	for (int power = (int)ceil(log10(low) - 1e-9); count < max; power += step) {
		double tick = pow(10, power);

		if (tick > high * (1 + 1e-9))
			break;
		out[count++] = tick;
	}
	return count;
}

/* The decimals that show every tick exactly, at most 6. */
static int scale_decimals(const double *ticks, int count, double divisor)
{
	int decimals = 0;

	for (int i = 0; i < count; i++)
		for (; decimals < 6; decimals++) {
			double shifted = ticks[i] / divisor * pow(10, decimals);

			if (fabs(shifted - round(shifted)) < 1e-6)
				break;
		}
	return decimals;
}

void scale_label(const double *ticks, int count, int i, char out[SCALE_LABEL_MAX])
{
	static const char units[] = { 0, 'k', 'M', 'G', 'T' };
	double largest = fmax(fabs(ticks[0]), fabs(ticks[count - 1])), divisor = 1;
	size_t unit = 0;

	if (ticks[i] == 0 || largest >= 1e15 || largest < 1e-6) {
		snprintf(out, SCALE_LABEL_MAX, "%.3g", ticks[i]);
		return;
	}
	for (; largest >= 1e4 && unit + 1 < sizeof units; unit++) {
		largest /= 1e3;
		divisor *= 1e3;
	}
	snprintf(out, SCALE_LABEL_MAX, unit ? "%.*f%c" : "%.*f",
		 scale_decimals(ticks, count, divisor), ticks[i] / divisor, units[unit]);
}

void scale_log_label(double tick, char out[SCALE_LABEL_MAX])
{
	static const char *const units[] = { "", "k", "M", "G", "T" };
	size_t unit = 0;

	if (tick < 1e15 && tick >= 1e-6)
		for (; tick >= 1e3 * (1 - 1e-9) && unit + 1 < sizeof units / sizeof *units; unit++)
			tick /= 1e3;
	snprintf(out, SCALE_LABEL_MAX, "%.3g%s", tick, units[unit]);
}

void scale_range(double asked_low, double asked_high, bool zero, double *low, double *high)
{
	double least = *low, most = *high;

	if (least > most)
		least = 0, most = 1;
	if (zero)
		least = fmin(least, 0), most = fmax(most, 0);
	if (isfinite(asked_low))
		least = asked_low;
	if (isfinite(asked_high))
		most = asked_high;
	if (least > most) {
		double swap = least;

		least = most, most = swap;
	}
	if (most - least <= 1e-12 * fmax(fabs(least), fabs(most)) || most - least < 1e-300) {
		double half = least == 0 ? 0.5 : fabs(least) * 0.1 + 1e-290;

		if (!(zero && least == 0))
			least -= half;
		most += half;
	}
	*low = fmax(least, -1e307);
	*high = fmin(most, 1e307);
}

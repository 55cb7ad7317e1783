/* Numbers as views show and say them.
 * SPDX-License-Identifier: MIT */
#include "ui/views/quantity.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"

#define DECIMALS_MAX 4

/* One size of a unit: what it is worth, from where on it is used, how it is written, how it is
 * said of one and of many. */
typedef struct Unit {
	double worth, from;
	const char *sign, *ascii, *one, *many;
} Unit;

/* Largest first; the last is used for whatever is smaller. */
static const Unit units_seconds[] = {
	{ 1, 1, "s", "s", "second", "seconds" },
	{ 1e-3, 1e-3, "ms", "ms", "millisecond", "milliseconds" },
	{ 1e-6, 1e-6, "µs", "us", "microsecond", "microseconds" },
	{ 1e-9, 1e-9, "ns", "ns", "nanosecond", "nanoseconds" },
	{ .worth = 0 },
};
static const Unit units_joules[] = {
	{ 1e3, 1e3, "kJ", "kJ", "kilojoule", "kilojoules" },
	{ 1, 0.01, "J", "J", "joule",
	  "joules" }, /* 0.026 J rather than 26 mJ, so that arms share a unit */
	{ 1e-3, 1e-3, "mJ", "mJ", "millijoule", "millijoules" },
	{ 1e-6, 1e-6, "µJ", "uJ", "microjoule", "microjoules" },
	{ .worth = 0 },
};
static const Unit units_share[] = { { 0.01, 0.01, "%", "%", "percent", "percent" },
				    { .worth = 0 } };
static const Unit units_bytes[] = {
	{ 1e9, 1e9, "GB", "GB", "gigabyte", "gigabytes" },
	{ 1e6, 1e6, "MB", "MB", "megabyte", "megabytes" },
	{ 1e3, 1e3, "kB", "kB", "kilobyte", "kilobytes" },
	{ 1, 1, "B", "B", "byte", "bytes" },
	{ .worth = 0 },
};
static const Unit units_count[] = {
	{ 1e9, 1e9, "G", "G", "billion", "billion" },
	{ 1e6, 1e6, "M", "M", "million", "million" },
	{ 1e3, 1e3, "k", "k", "thousand", "thousand" },
	{ 1, 1, "", "", "", "" },
	{ .worth = 0 },
};
static const Unit *const units_of[] = {
	[QUANTITY_SECONDS] = units_seconds, [QUANTITY_JOULES] = units_joules,
	[QUANTITY_SHARE] = units_share,     [QUANTITY_BYTES] = units_bytes,
	[QUANTITY_COUNT] = units_count,
};

/* A number cut into what is printed: in its unit, with as many decimals as its interval bears. */
typedef struct Scaled {
	const Unit *unit;
	double value, low, high, half; /* half NaN: no interval */
	int decimals;
} Scaled;

static Scaled scale(Quantity quantity, const Estimate *estimate)
{
	Scaled out = { .unit = units_of[quantity] };
	double size = fabs(estimate->value), reach;

	while (out.unit[1].worth > 0 && size < out.unit->from * 0.9995)
		out.unit++;
	out.value = estimate->value / out.unit->worth;
	out.low = estimate->low / out.unit->worth;
	out.high = estimate->high / out.unit->worth;
	out.half = fmax(out.value - out.low, out.high - out.value);
	if (estimate->low == estimate->high)
		out.half = NAN;
	reach = fabs(out.value);
	out.decimals = reach < 0.0995 ? 3 : reach < 9.995 ? 2 : reach < 99.95 ? 1 : 0;
	if (quantity == QUANTITY_SHARE)
		out.decimals = 1;
	if (out.unit->worth == 1 && (quantity == QUANTITY_BYTES || quantity == QUANTITY_COUNT))
		out.decimals = 0;
	while (out.half > 0 && out.decimals < DECIMALS_MAX &&
	       out.half < 0.5 * pow(10, -out.decimals))
		out.decimals++;
	return out;
}

static const char *sign_of(const Unit *unit, Glyphs glyphs)
{
	return glyphs == GLYPHS_ASCII ? unit->ascii : unit->sign;
}

static const char *plus_minus(Glyphs glyphs)
{
	return glyphs == GLYPHS_ASCII ? "+-" : "±";
}

static size_t put_value(char out[QUANTITY_MAX], const Scaled *scaled, Glyphs glyphs)
{
	const char *sign = sign_of(scaled->unit, glyphs);

	return text_format(out, QUANTITY_MAX, "%.*f%s%s", scaled->decimals, scaled->value,
			   sign[0] ? " " : "", sign);
}

char *quantity_short(char out[QUANTITY_MAX], Quantity quantity, const Estimate *estimate,
		     Glyphs glyphs)
{
	Scaled scaled = scale(quantity, estimate);

	if (!isfinite(estimate->value)) {
		text_format(out, QUANTITY_MAX, "-");
		return out;
	}
	size_t len = put_value(out, &scaled, glyphs);
	if (isfinite(scaled.half))
		text_format(out + len, QUANTITY_MAX - len, " %s%.*f", plus_minus(glyphs),
			    scaled.decimals, scaled.half);
	return out;
}

char *quantity_modelled(char out[QUANTITY_MAX], const Estimate *estimate, Glyphs glyphs)
{
	Estimate bare = { estimate->value, NAN, NAN, estimate->n };
	Scaled scaled = scale(QUANTITY_JOULES, estimate);
	char value[QUANTITY_MAX];

	if (!isfinite(estimate->value)) {
		text_format(out, QUANTITY_MAX, "-");
		return out;
	}
	quantity_short(value, QUANTITY_JOULES, &bare, glyphs);
	if (isfinite(scaled.half) && scaled.value > 0)
		text_format(out, QUANTITY_MAX, "(%s %s%.0f %%)", value, plus_minus(glyphs),
			    100 * scaled.half / scaled.value);
	else
		text_format(out, QUANTITY_MAX, "(%s)", value);
	return out;
}

char *quantity_bounds(char out[QUANTITY_MAX], Quantity quantity, const Estimate *estimate,
		      Glyphs glyphs)
{
	Scaled scaled = scale(quantity, estimate);

	if (!isfinite(estimate->value)) {
		text_format(out, QUANTITY_MAX, "-");
		return out;
	}
	size_t len = put_value(out, &scaled, glyphs);
	if (isfinite(scaled.half))
		text_format(out + len, QUANTITY_MAX - len, " [%.*f, %.*f]", scaled.decimals,
			    scaled.low, scaled.decimals, scaled.high);
	return out;
}

char *quantity_words(char out[QUANTITY_MAX], Quantity quantity, const Estimate *estimate)
{
	Scaled scaled = scale(quantity, estimate);
	const char *unit;
	size_t len;

	if (!isfinite(estimate->value)) {
		text_format(out, QUANTITY_MAX, "not known");
		return out;
	}
	unit = fabs(scaled.value) <= 1 ? scaled.unit->one : scaled.unit->many;
	len = text_format(out, QUANTITY_MAX, "%.*f%s%s", scaled.decimals, scaled.value,
			  unit[0] ? " " : "", unit);
	if (isfinite(scaled.half))
		text_format(out + len, QUANTITY_MAX - len, ", between %.*f and %.*f",
			    scaled.decimals, scaled.low, scaled.decimals, scaled.high);
	return out;
}

char *quantity_duration(char out[QUANTITY_MAX], double seconds)
{
	if (!(seconds >= 0) || seconds > 1e7)
		text_format(out, QUANTITY_MAX, "?");
	else if (seconds < 100)
		text_format(out, QUANTITY_MAX, "%.0f s", ceil(seconds));
	else if (seconds < 6000)
		text_format(out, QUANTITY_MAX, "%.0f min", ceil(seconds / 60));
	else
		text_format(out, QUANTITY_MAX, "%.1f h", seconds / 3600);
	return out;
}

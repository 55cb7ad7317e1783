/* Parses a line of an external meter.
 * SPDX-License-Identifier: MIT */
#include "energy/meter_line.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"
#define DIGITS_MAX 40
#define SECONDS_MAX 1e12 /* beyond it a double no longer tells milliseconds */

static const struct {
	const char *name;
	enum MeterLineKind kind;
	double scale;
} units[] = {
	{ "uW", METER_LINE_WATTS, 1e-6 },  { "mW", METER_LINE_WATTS, 1e-3 },
	{ "W", METER_LINE_WATTS, 1 },      { "kW", METER_LINE_WATTS, 1e3 },
	{ "uJ", METER_LINE_JOULES, 1e-6 }, { "mJ", METER_LINE_JOULES, 1e-3 },
	{ "J", METER_LINE_JOULES, 1 },     { "kJ", METER_LINE_JOULES, 1e3 },
	{ "MJ", METER_LINE_JOULES, 1e6 },  { "mWh", METER_LINE_JOULES, 3.6 },
	{ "Wh", METER_LINE_JOULES, 3600 }, { "kWh", METER_LINE_JOULES, 3.6e6 },
};

/* A decimal number at *at, which goes behind it. Digits, one point, an exponent; no sign. */
static bool number_take(const char **at, double *out)
{
	static const char digits[] = "0123456789";
	char text[DIGITS_MAX + 1];
	size_t whole = strspn(*at, digits), len = whole;

	if ((*at)[len] == '.') {
		size_t part = strspn(*at + len + 1, digits);
		whole += part;
		len += 1 + part;
	}
	if (whole > 0 && ((*at)[len] == 'e' || (*at)[len] == 'E')) {
		size_t sign = (*at)[len + 1] == '-' || (*at)[len + 1] == '+';
		size_t part = strspn(*at + len + 1 + sign, digits);
		len += part ? 1 + sign + part : 0;
	}
	if (whole == 0 || len > DIGITS_MAX)
		return false;
	memcpy(text, *at, len);
	text[len] = '\0';
	*out = strtod(text, NULL);
	*at += len;
	return isfinite(*out);
}

/* Blanks, perhaps with one comma or semicolon among them; false when nothing stands there. */
static bool gap_take(const char **at)
{
	const char *from = *at;

	*at += strspn(*at, BLANKS);
	if (**at == ',' || **at == ';')
		*at += 1 + strspn(*at + 1, BLANKS);
	return *at != from;
}

const char *meter_line_parse(const char *line, MeterLine *out)
{
	const char *at = line + strspn(line, BLANKS);
	double first;
	size_t len;

	*out = (MeterLine){ .kind = METER_LINE_EMPTY, .value = NAN, .time_s = NAN };
	len = strcspn(at, "\r");
	if (at[len] == '\r' && at[len + 1] != '\0')
		return "a carriage return within the line";
	if (len == 0 || *at == '#')
		return NULL;
	if (!number_take(&at, &out->value))
		return *at == '-' ? "a number below 0" : "no number, or one too large";
	first = out->value;
	if (gap_take(&at) && number_take(&at, &out->value)) {
		if (first > SECONDS_MAX)
			return "a time too large";
		out->time_s = first;
		gap_take(&at);
	}
	len = strcspn(at, BLANKS "\r");
	if (at[len + strspn(at + len, BLANKS "\r")] != '\0')
		return "more than a time, a number and a unit";
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strlen(units[i].name) == len && memcmp(units[i].name, at, len) == 0) {
			out->kind = units[i].kind;
			out->value *= units[i].scale;
			return isfinite(out->value) ? NULL : "a number too large";
		}
	return len ? "a unit that is not known" : "no unit";
}

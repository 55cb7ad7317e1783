/* Templates: finding fields, filling them, and how numbers are shown in a sentence.
 * SPDX-License-Identifier: MIT */
#include "script/lesson/template.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define DIGITS 3 /* significant ones of a measured value */

static const char *const filter_names[FILTER_COUNT + 1] = {
	[FILTER_NONE] = "", [FILTER_PCT] = "pct",     [FILTER_RATIO] = "ratio", [FILTER_J] = "J",
	[FILTER_S] = "s",   [FILTER_BYTES] = "bytes", [FILTER_N] = "n",
};

const char *template_filter_name(Filter filter)
{
	return filter_names[filter];
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Copies a name from *at on; false when there is none or it is too long. */
static bool take_name(const char *text, size_t len, size_t *at, char out[TEMPLATE_NAME_MAX])
{
	size_t n = 0;

	while (*at < len && in_name(text[*at]) && n + 1 < TEMPLATE_NAME_MAX)
		out[n++] = text[(*at)++];
	out[n] = '\0';
	return n > 0 && (*at == len || !in_name(text[*at]));
}

static bool take_filter(const char *name, Filter *out, Err *err)
{
	for (int i = FILTER_PCT; i < FILTER_COUNT; i++)
		if (strcmp(filter_names[i], name) == 0) {
			*out = (Filter)i;
			return true;
		}
	char hint[TEXT_HINT_MAX];

	return err_set(err, ERR_SCRIPT,
		       "unknown filter '%s' in {{…}}%s; there are pct, ratio, J, s, bytes, n", name,
		       text_did_you_mean(hint, name, filter_names + 1));
}

/* Behind "{{". */
static bool take_field(const char *text, size_t len, size_t *at, TemplateField *out, Err *err)
{
	char filter[TEMPLATE_NAME_MAX];

	do {
		if (out->parts == TEMPLATE_PARTS_MAX)
			return err_set(err, ERR_SCRIPT,
				       "{{%s.%s.%s.…}} has too many dots; at most run.arm.metric",
				       out->part[0], out->part[1], out->part[2]);
		if (!take_name(text, len, at, out->part[out->parts++]))
			return err_set(err, ERR_SCRIPT,
				       "{{…}} must hold a name, as in {{cost}} or "
				       "{{race.int8.bytes|ratio}}, without spaces");
	} while (*at < len && text[*at] == '.' && ++*at);
	if (*at < len && text[*at] == '|') {
		++*at;
		if (!take_name(text, len, at, filter))
			return err_set(err, ERR_SCRIPT,
				       "{{%s|…}}: a filter is one of pct, ratio, "
				       "J, s, bytes, n",
				       out->part[0]);
		if (!take_filter(filter, &out->filter, err))
			return false;
	}
	if (len - *at < 2 || memcmp(text + *at, "}}", 2) != 0)
		return err_set(err, ERR_SCRIPT, "{{%s is not closed by }}", out->part[0]);
	*at += 2;
	return true;
}

bool template_next(const char *text, size_t len, size_t *at, TemplateField *out, Err *err)
{
	err->code = ERR_NONE;
	while (len - *at >= 2 && memcmp(text + *at, "{{", 2) != 0)
		++*at;
	if (len - *at < 2)
		return false;
	size_t begin = *at, end = begin + 2;

	*out = (TemplateField){ .begin = begin };
	if (!take_field(text, len, &end, out, err))
		return false;
	out->end = *at = end;
	return true;
}

size_t template_line(const char *text, size_t at)
{
	size_t line = 0;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* --- filling ---------------------------------------------------------------------------------- */

static bool fill_into(char *out, const char *text, size_t len, TemplateValue value, void *user,
		      Err *err)
{
	TemplateField field;
	size_t at = 0, from = 0, fields = 0, put = 0;

	while (template_next(text, len, &at, &field, err)) {
		if (fields++ == TEMPLATE_FIELDS_MAX)
			return err_set(err, ERR_SCRIPT, "over %d {{…}} in one text",
				       TEMPLATE_FIELDS_MAX);
		memcpy(out + put, text + from, field.begin - from);
		put += field.begin - from;
		out[put] = '\0';
		if (!value(user, &field, out + put, err))
			return false;
		put += strlen(out + put);
		from = field.end;
	}
	if (err->code != ERR_NONE)
		return false;
	memcpy(out + put, text + from, len - from);
	out[put + len - from] = '\0';
	return true;
}

char *template_fill(const char *text, size_t len, TemplateValue value, void *user, Err *err)
{
	char *out = malloc(len + (size_t)TEMPLATE_FIELDS_MAX * TEMPLATE_VALUE_MAX + 1);

	if (!out) {
		err_set(err, ERR_MEMORY, "no memory for a text");
		return NULL;
	}
	if (fill_into(out, text, len, value, user, err))
		return out;
	free(out);
	return NULL;
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* Three significant digits without an exponent: 41.2, 0.0123, 1234. */
static void show(char *out, double value, const char *unit)
{
	char rounded[32];

	/* The exponent of what rounding leaves: 0.09999 is 0.100. */
	text_format(rounded, sizeof rounded, "%.*e", DIGITS - 1, value);
	const char *exponent = strchr(rounded, 'e'); /* none: a unit made it infinite */
	int behind = exponent ? DIGITS - 1 - atoi(exponent + 1) : 0;

	text_format(out, TEMPLATE_VALUE_MAX, "%.*f%s",
		    behind < 0   ? 0
		    : behind > 9 ? 9
				 : behind,
		    value, unit);
}

/* In the unit in which it has one to three digits before the point. */
static void show_scaled(char *out, double value, const char *const *units, size_t count,
			double first)
{
	size_t i = 0;

	for (value /= first; i + 1 < count && fabs(value) >= 999.5; i++)
		value /= 1000;
	show(out, value, units[i]);
}

static void show_count(char *out, double value)
{
	char digits[32];

	/* Beside a whole number, one that is shown without its fraction reads alike. */
	if ((value != floor(value) && fabs(value) < 999.5) || fabs(value) > 0x1p53)
		show(out, value, "");
	else
		text_format(out, TEMPLATE_VALUE_MAX, "%s%s", value < 0 ? "-" : "",
			    text_thousands(digits, (uint64_t)round(fabs(value))));
}

void template_number(char out[TEMPLATE_VALUE_MAX], double value, Filter filter)
{
	static const char *const seconds[] = { " ns", " µs", " ms", " s" },
				 *const joules[] = { " nJ", " µJ", " mJ", " J", " kJ" },
				 *const bytes[] = { " bytes", " kB", " MB", " GB" };

	if (!isfinite(value))
		text_format(out, TEMPLATE_VALUE_MAX, "-");
	else if (filter == FILTER_PCT)
		text_format(out, TEMPLATE_VALUE_MAX,
			    fabs(value * 100 - round(value * 100)) < 0.05 ? "%.0f %%" : "%.1f %%",
			    value * 100);
	else if (filter == FILTER_RATIO)
		show(out, value, "×");
	else if (filter == FILTER_J)
		show_scaled(out, value, joules, 5, 1e-9);
	else if (filter == FILTER_S)
		show_scaled(out, value, seconds, 4, 1e-9);
	else if (filter == FILTER_BYTES && fabs(value) < 1000)
		text_format(out, TEMPLATE_VALUE_MAX, "%.0f byte%s", value, value == 1 ? "" : "s");
	else if (filter == FILTER_BYTES)
		show_scaled(out, value, bytes, 4, 1);
	else
		show_count(out, value);
}

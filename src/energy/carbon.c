/* Reads the table of carbon intensities and turns joules into grams.
 * SPDX-License-Identifier: MIT */
#include "energy/carbon.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define HEAD "code,region,g_per_kwh,year,source"
#define FIELDS 5
#define FILE_BYTES_MAX (1u << 18)
#define INTENSITY_MAX 5000 /* g/kWh; the dirtiest grid has 1306 */
#define JOULES_PER_KWH 3.6e6
#define YEAR_S (365.25 * 86400)

const char *const carbon_band[CARBON_BAND] = { "FRA", "USA", "IND" };

/* --- the table -------------------------------------------------------------------------------- */

/* A part of the text that was not copied yet. */
typedef struct Span {
	const char *at;
	size_t len;
} Span;

static bool bad(Err *err, size_t line, const char *column, const char *what)
{
	return err_set(err, ERR_FORMAT, "line %zu: %s %s", line, column, what);
}

/* Fewer than cap bytes of printable text. */
static bool take_text(Span field, char *out, size_t cap)
{
	if (field.len == 0 || field.len >= cap)
		return false;
	for (size_t i = 0; i < field.len; i++)
		if ((unsigned char)field.at[i] < ' ' || field.at[i] == '"')
			return false;
	memcpy(out, field.at, field.len);
	out[field.len] = '\0';
	return true;
}

static bool take_number(Span field, double low, double high, double *out)
{
	char text[32], *end;

	if (!take_text(field, text, sizeof text) || !isdigit((unsigned char)*text) ||
	    text[strspn(text, "0123456789.")] != '\0')
		return false;
	*out = strtod(text, &end);
	return *end == '\0' && *out >= low && *out <= high;
}

static bool is_code(const char *code)
{
	return strlen(code) == 3 && strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static bool take_row(CarbonTable *table, const Span *field, size_t line, Err *err)
{
	CarbonRegion *row = &table->row[table->count];
	double year;

	if (table->count == CARBON_ROWS_MAX)
		return bad(err, line, "table", "has too many rows");
	if (!take_text(field[0], row->code, sizeof row->code) || !is_code(row->code))
		return bad(err, line, "code", "is not three capital letters");
	if (!take_text(field[1], row->name, sizeof row->name))
		return bad(err, line, "region", "is not a name of fewer than 48 bytes");
	if (!take_number(field[2], 0, INTENSITY_MAX, &row->g_per_kwh))
		return bad(err, line, "g_per_kwh", "is not a number from 0 to 5000");
	if (!take_number(field[3], 1990, 2100, &year) || year != floor(year))
		return bad(err, line, "year", "is not a year");
	if (!take_text(field[4], row->source, sizeof row->source))
		return bad(err, line, "source", "is not a name of fewer than 16 bytes");
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->row[i].code, row->code) == 0)
			return bad(err, line, "code", "stands twice");
	row->year = (int)year;
	if (row->g_per_kwh == 0)
		row->g_per_kwh = NAN;
	table->count++;
	return true;
}

static bool take_line(CarbonTable *table, Span line, size_t number, Err *err)
{
	Span field[FIELDS];
	size_t count = 0;

	while (count < FIELDS) {
		const char *comma = memchr(line.at, ',', line.len);
		size_t len = comma ? (size_t)(comma - line.at) : line.len;
		field[count++] = (Span){ line.at, len };
		if (!comma)
			break;
		line = (Span){ comma + 1, line.len - len - 1 };
		if (count == FIELDS)
			return bad(err, number, "row", "has more than 5 fields");
	}
	if (count < FIELDS)
		return bad(err, number, "row", "has fewer than 5 fields");
	return take_row(table, field, number, err);
}

static bool take_lines(CarbonTable *table, Span rest, Err *err)
{
	bool head = false;

	for (size_t number = 1; rest.len; number++) {
		const char *newline = memchr(rest.at, '\n', rest.len);
		Span line = { rest.at, newline ? (size_t)(newline - rest.at) : rest.len };
		size_t used = line.len + (newline != NULL);
		rest = (Span){ rest.at + used, rest.len - used };
		if (line.len && line.at[line.len - 1] == '\r')
			line.len--;
		if (line.len == 0 || *line.at == '#')
			continue;
		if (head && !take_line(table, line, number, err))
			return false;
		if (!head && (line.len != strlen(HEAD) || memcmp(line.at, HEAD, line.len) != 0))
			return bad(err, number, "head", "is not \"" HEAD "\"");
		head = true;
	}
	return table->count || bad(err, 1, "table", "has no rows");
}

CarbonTable *carbon_table_parse(const char *text, size_t len, Err *err)
{
	CarbonTable *table = calloc(1, sizeof *table);

	if (!table) {
		err_set(err, ERR_MEMORY, "reading carbon intensities");
		return NULL;
	}
	if (take_lines(table, (Span){ text, len }, err))
		return table;
	free(table);
	return NULL;
}

CarbonTable *carbon_table_read(const char *path, Err *err)
{
	FILE *file = fopen(path, "re");
	char *text = malloc(FILE_BYTES_MAX);
	CarbonTable *table = NULL;
	size_t len;

	if (!file) {
		err_set(err, ERR_FILE, "cannot open %s: %s", path, strerror(errno));
		goto done;
	}
	if (!text) {
		err_set(err, ERR_MEMORY, "reading %s", path);
		goto done;
	}
	len = fread(text, 1, FILE_BYTES_MAX, file);
	if (ferror(file))
		err_set(err, ERR_FILE, "cannot read %s", path);
	else if (len == FILE_BYTES_MAX)
		err_set(err, ERR_FORMAT, "%s is too long for a table of intensities", path);
	else if (!(table = carbon_table_parse(text, len, err)))
		err_prefix(err, "%s", path);
done:
	if (file)
		fclose(file);
	free(text);
	return table;
}

/* --- regions ---------------------------------------------------------------------------------- */

static void not_found(const CarbonTable *table, const char *word, Err *err)
{
	const char *names[CARBON_ROWS_MAX + 1];
	char hint[TEXT_HINT_MAX];

	for (size_t i = 0; i < table->count; i++)
		names[i] = table->row[i].name;
	names[table->count] = NULL;
	text_did_you_mean(hint, word, names);
	err_set(err, ERR_USAGE,
		"no region is called '%s'%s; a country's name or its code of three letters, as in "
		"datasets/" CARBON_TABLE,
		word, hint);
}

const CarbonRegion *carbon_find(const CarbonTable *table, const char *word, Err *err)
{
	for (size_t i = 0; i < table->count; i++) {
		const CarbonRegion *row = &table->row[i];
		if (strcasecmp(row->code, word) != 0 && strcasecmp(row->name, word) != 0)
			continue;
		if (!isnan(row->g_per_kwh))
			return row;
		err_set(err, ERR_NEED, "the carbon intensity of %s is missing in the table",
			row->name);
		return NULL;
	}
	not_found(table, word, err);
	return NULL;
}

/* --- grams ------------------------------------------------------------------------------------ */

/* Two significant digits. */
static double rounded(double value)
{
	double step;

	if (!isfinite(value) || value == 0)
		return value;
	step = pow(10, floor(log10(fabs(value))) - 1);
	return round(value / step) * step;
}

Grams carbon_grams(const Joules *joules, double pue, double g_per_kwh)
{
	double factor = pue * g_per_kwh / JOULES_PER_KWH;

	return (Grams){ rounded(joules->value * factor), rounded(joules->low * factor),
			rounded(joules->high * factor) };
}

double carbon_embodied_g(double kg, double years, double time_s)
{
	return rounded(kg * 1000 * time_s / (years * YEAR_S));
}

char *carbon_text(double grams, char out[24])
{
	static const struct {
		double scale;
		const char *name;
	} units[] = { { 1e6, "t" },   { 1e3, "kg" },  { 1, "g" },
		      { 1e-3, "mg" }, { 1e-6, "ug" }, { 1e-9, "ng" } };
	size_t i = 0;
	double value = rounded(grams);

	if (!isfinite(grams) || value == 0) {
		text_format(out, 24, isfinite(grams) ? "0 g" : "-");
		return out;
	}
	/* A hair under 1, so that what was rounded to it stays in its unit. */
	while (i < 5 && fabs(value) < units[i].scale * (1 - 1e-9))
		i++;
	value /= units[i].scale;
	text_format(out, 24, fabs(value) < 9.95 ? "%.1f %s" : "%.0f %s", value, units[i].name);
	return out;
}

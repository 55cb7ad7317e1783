/* Carbon: grams of CO2-equivalents of joules, by the electricity of a region.
 *
 * g = J / 3.6e6 · PUE · I, with I the carbon intensity in g/kWh. The table of intensities is a file
 * (datasets/carbon/): lines "code,region,g_per_kwh,year,source" behind that head, '#' before a
 * remark, no quotes. A row of 0 g/kWh is one that is missing: no grid emits nothing. There is no
 * geolocation: until a region is set, grams are a band over three grids.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_CARBON_H
#define WATTLE_ENERGY_CARBON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "energy/energy.h"

#define CARBON_ROWS_MAX 400

/* Where the table lies below a data folder. */
#define CARBON_TABLE "carbon/electricity.csv"

typedef struct CarbonRegion {
	char code[4]; /* ISO 3166-1 alpha-3; "WLD" for the world, "EUU" for the European Union */
	char name[48];
	double g_per_kwh; /* NaN: missing */
	int year;
	char source[16]; /* as the table's remarks explain */
} CarbonRegion;

typedef struct CarbonTable {
	size_t count;
	CarbonRegion row[CARBON_ROWS_MAX];
} CarbonTable;

/* A new table, to be given to free. NULL and ERR_FORMAT, which names row and column, when the text
 * is no such table; ERR_FILE when path cannot be read. */
CarbonTable *carbon_table_parse(const char *text, size_t len, Err *err);
CarbonTable *carbon_table_read(const char *path, Err *err);

/* The row of a code or a name, letter case aside. NULL and ERR_USAGE with the nearest name, or
 * ERR_NEED when the row's intensity is missing. Of table. */
const CarbonRegion *carbon_find(const CarbonTable *table, const char *word, Err *err);

/* Codes of the regions of the band, from the cleanest: France, the United States, India. */
#define CARBON_BAND 3
extern const char *const carbon_band[CARBON_BAND];

/* Grams with the interval of what they were made from, each of at most two significant digits. NaN:
 * absent. */
typedef struct Grams {
	double value, low, high;
} Grams;

/* Of joules: their interval passes through; the intensity has no error of its own here. */
Grams carbon_grams(const Joules *joules, double pue, double g_per_kwh);
/* The share of what making the machine cost (kg, over a life of years) that time_s is. */
double carbon_embodied_g(double kg, double years, double time_s);
/* "370 mg", "1.2 kg": two significant digits, in the unit that keeps it between 1 and 1000; "-"
 * when it is NaN. out: at least 24 bytes; returned. */
char *carbon_text(double grams, char out[24]);

#endif

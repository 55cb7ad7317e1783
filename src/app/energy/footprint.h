/* Carbon for people: the flags --region, --pue and --embodied, and grams in words and records.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_FOOTPRINT_H
#define WATTLE_APP_FOOTPRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/command.h"
#include "energy/carbon.h"

/* The rows of these flags, for a command's own list. */
#define FOOTPRINT_PARAMS                                                                          \
	{ .name = "region",                                                                       \
	  .type = PARAM_TEXT,                                                                     \
	  .unit = "R",                                                                            \
	  .help = "Country whose electricity it is, by name or code: for grams of CO2." },        \
		{ .name = "pue",                                                                  \
		  .type = PARAM_NUMBER,                                                           \
		  .value = "1",                                                                   \
		  .minimum = 1,                                                                   \
		  .maximum = 10,                                                                  \
		  .help = "Power usage effectiveness: what the building takes for each watt of "  \
			  "the "                                                                  \
			  "machine." },                                                           \
	{                                                                                         \
		.name = "embodied", .type = PARAM_TEXT, .unit = "KG,YEARS",                       \
		.help = "Carbon of making the machine and its life, to show the time's share of " \
			"it."                                                                     \
	}

typedef struct Footprint {
	CarbonTable *table; /* NULL: why says why not */
	const CarbonRegion *region[CARBON_BAND];
	size_t regions; /* 1: that of --region; else the band */
	double pue;
	double embodied_kg, embodied_years; /* 0 kg: not asked for */
	char why[512];
} Footprint;

/* Reads the flags and the table. Without --region a table that cannot be read is no error: there
 * are no grams then. */
bool footprint_open(Footprint *out, const Cli *cli, Err *err);
void footprint_close(Footprint *footprint);

/* "carbon: 370 mg (330 mg to 410 mg), USA …" or the band, or why there is none. joules of a span of
 * time_s. out: cap bytes; returned. */
char *footprint_text(const Footprint *footprint, const Joules *joules, double time_s, char *out,
		     size_t cap);
/* {"pue","regions":[{"region","code","g_per_kwh","year","value_g","low_g","high_g"}]}, one region
 * or the band; NULL when there are no grams. New reference. */
json_t *footprint_json(const Footprint *footprint, const Joules *joules);

#endif

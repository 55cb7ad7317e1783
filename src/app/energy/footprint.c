/* Flags and words of carbon.
 * SPDX-License-Identifier: MIT */
#include "app/energy/footprint.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "base/text.h"

/* "300,4": kilograms and years. */
static bool take_embodied(Footprint *out, const char *text, Err *err)
{
	char *end;

	out->embodied_kg = strtod(text, &end);
	if (end != text && *end == ',') {
		const char *years = end + 1;
		out->embodied_years = strtod(years, &end);
		if (end != years && *end == '\0' && out->embodied_kg > 0 &&
		    out->embodied_kg <= 1e6 && out->embodied_years > 0 &&
		    out->embodied_years <= 100)
			return true;
	}
	return err_set(err, ERR_USAGE,
		       "--embodied wants kilograms and years, as in 300,4, not '%s'", text);
}

static bool take_region(Footprint *out, const ParamValue *region, Err *err)
{
	if (region->given) {
		out->region[0] = carbon_find(out->table, region->text, err);
		out->regions = 1;
		return out->region[0] || err_prefix(err, "--region");
	}
	while (out->regions < CARBON_BAND) {
		const CarbonRegion *row = carbon_find(out->table, carbon_band[out->regions], err);
		if (!row)
			return false;
		out->region[out->regions++] = row;
	}
	return true;
}

bool footprint_open(Footprint *out, const Cli *cli, Err *err)
{
	const ParamValue *region = params_get(&cli->flags, "region");
	const ParamValue *embodied = params_get(&cli->flags, "embodied");
	char path[PATH_MAX + 64];
	Err why = { .code = ERR_NONE };

	*out = (Footprint){ .pue = params_get(&cli->flags, "pue")->number };
	if (embodied->given && !take_embodied(out, embodied->text, err))
		return false;
	text_format(path, sizeof path, "%s/datasets/" CARBON_TABLE, cli->paths->share);
	out->table = carbon_table_read(path, &why);
	if (out->table && take_region(out, region, &why))
		return true;
	footprint_close(out);
	if (region->given) {
		*err = why;
		return false;
	}
	text_format(out->why, sizeof out->why, "%s", why.text);
	return true;
}

void footprint_close(Footprint *footprint)
{
	free(footprint->table);
	footprint->table = NULL;
	footprint->regions = 0;
}

/* "United States 369 g/kWh (2023), PUE 1". */
static char *footprint_basis(const Footprint *footprint, char *out, size_t cap)
{
	const CarbonRegion *region = footprint->region[0];

	text_format(out, cap, "%s %.0f g/kWh (%d), PUE %.3g", region->name, region->g_per_kwh,
		    region->year, footprint->pue);
	return out;
}

/* "370 mg CO2e (330 mg to 410 mg), USA …"; of joules without an interval, the one figure. */
static size_t region_text(const Footprint *footprint, const Joules *joules, char *out, size_t cap)
{
	char value[24], low[24], high[24], basis[128];
	Grams grams = carbon_grams(joules, footprint->pue, footprint->region[0]->g_per_kwh);
	size_t used = text_format(out, cap, "%s CO2e", carbon_text(grams.value, value));

	if (isfinite(grams.low) && isfinite(grams.high))
		used += text_format(out + used, cap - used, " (%s to %s)",
				    carbon_text(grams.low, low), carbon_text(grams.high, high));
	return used + text_format(out + used, cap - used, ", %s",
				  footprint_basis(footprint, basis, sizeof basis));
}

/* Lowest of the cleanest grid to highest of the dirtiest. */
static size_t band_text(const Footprint *footprint, const Joules *joules, char *out, size_t cap)
{
	char low[24], high[24];
	const CarbonRegion *clean = footprint->region[0];
	const CarbonRegion *dirty = footprint->region[footprint->regions - 1];
	Grams least = carbon_grams(joules, footprint->pue, clean->g_per_kwh);
	Grams most = carbon_grams(joules, footprint->pue, dirty->g_per_kwh);

	return text_format(
		out, cap,
		"%s to %s CO2e (%s %.0f to %s %.0f g/kWh, PUE %.3g; --region tells which)",
		carbon_text(isfinite(least.low) ? least.low : least.value, low),
		carbon_text(isfinite(most.high) ? most.high : most.value, high), clean->name,
		clean->g_per_kwh, dirty->name, dirty->g_per_kwh, footprint->pue);
}

char *footprint_text(const Footprint *footprint, const Joules *joules, double time_s, char *out,
		     size_t cap)
{
	char value[24];
	size_t used;

	if (!footprint->table) {
		text_format(out, cap, "none: %s", footprint->why);
		return out;
	}
	if (isnan(joules->value))
		used = text_format(out, cap, "none: there are no joules");
	else if (footprint->regions > 1)
		used = band_text(footprint, joules, out, cap);
	else
		used = region_text(footprint, joules, out, cap);
	if (footprint->embodied_kg > 0)
		text_format(out + used, cap - used, "; embodied share %s (%.3g kg over %.3g years)",
			    carbon_text(carbon_embodied_g(footprint->embodied_kg,
							  footprint->embodied_years, time_s),
					value),
			    footprint->embodied_kg, footprint->embodied_years);
	return out;
}

json_t *footprint_json(const Footprint *footprint, const Joules *joules)
{
	json_t *list;

	if (!footprint->table || isnan(joules->value) || !(list = json_array()))
		return NULL;
	for (size_t i = 0; i < footprint->regions; i++) {
		const CarbonRegion *region = footprint->region[i];
		Grams grams = carbon_grams(joules, footprint->pue, region->g_per_kwh);
		json_array_append_new(list, json_pack("{s:s, s:s, s:f, s:i, s:f, s:f, s:f}",
						      "region", region->name, "code", region->code,
						      "g_per_kwh", region->g_per_kwh, "year",
						      region->year, "value_g", grams.value, "low_g",
						      grams.low, "high_g", grams.high));
	}
	return json_pack("{s:f, s:o}", "pue", footprint->pue, "regions", list);
}

/* Window records to rows, rows to models, models to a profile.
 * SPDX-License-Identifier: MIT */
#include "energy/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "base/text.h"

void calibrate_begin(Calibration *calibration, unsigned threads)
{
	memset(calibration, 0, sizeof *calibration);
	calibration->threads = threads ? threads : 1;
}

/* --- windows ---------------------------------------------------------------------------------- */

/* The index of a name, a new one at the end; −1: no room, or no name. */
static int name_index(char names[][CALIBRATE_NAME_MAX], int *count, const char *name, size_t len)
{
	if (len == 0 || len >= CALIBRATE_NAME_MAX)
		return -1;
	for (int i = 0; i < *count; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return i;
	if (*count == FIT_GROUPS_MAX)
		return -1;
	memcpy(names[*count], name, len);
	names[*count][len] = '\0';
	return (*count)++;
}

static bool take_names(Calibration *calibration, const char *arm, CalibrateWindow *out)
{
	const char *slash = arm ? strchr(arm, '/') : NULL;
	const char *second = slash ? strchr(slash + 1, '/') : NULL;

	if (!second)
		return false;
	out->kernel =
		name_index(calibration->kernel, &calibration->kernels, arm, (size_t)(slash - arm));
	out->workload = name_index(calibration->workload, &calibration->workloads, slash + 1,
				   (size_t)(second - slash - 1));
	return out->kernel >= 0 && out->workload >= 0;
}

static void take_work(const json_t *window, unsigned threads, EnergyWork *out)
{
	const json_t *work = json_object_get(window, "work");
	const json_t *macs = json_object_get(work, "macs");
	const json_t *counters = json_object_get(window, "counters");

	energy_work_init(out);
	out->time_s = record_number(window, "time_s");
	out->cpu_s = record_number(window, "cpu_s");
	out->threads = threads;
	for (int i = 0; i < ENERGY_MACS_KINDS; i++)
		out->macs[i] = record_number(macs, energy_macs_names[i]);
	out->bytes = record_number(work, "bytes");
	out->faults = record_number(work, "faults");
	out->switches = record_number(work, "switches");
	out->cycles = record_number(counters, "cycles");
	out->cache_misses = record_number(counters, "cache_misses");
}

static bool has_flag(const json_t *window, const char *flag)
{
	size_t i;
	json_t *name;

	json_array_foreach(json_object_get(window, "flags"), i,
			   name) if (json_is_string(name) &&
				     strcmp(json_string_value(name), flag) == 0) return true;
	return false;
}

bool calibrate_take(Calibration *calibration, const json_t *window, Err *err)
{
	const char *arm = json_string_value(json_object_get(window, "arm"));
	CalibrateWindow *row = &calibration->window[calibration->count];
	Joules joules;
	double span_s;

	if (calibration->count == CALIBRATE_WINDOWS_MAX)
		return err_set(err, ERR_FORMAT, "more than %d windows", CALIBRATE_WINDOWS_MAX);
	if (!take_names(calibration, arm, row))
		return err_set(err, ERR_FORMAT, "a window that is none of the suite's: %s",
			       arm ? arm : "without an arm");
	take_work(window, calibration->threads, &row->work);
	if (!joules_from_json(&joules, json_object_get(window, "energy")) ||
	    joules.prov != ENERGY_MEASURED || !(joules.value > 0) || !(row->work.time_s > 0)) {
		calibration->unmeasured++;
		return true;
	}
	if (has_flag(window, "CONTENDED")) {
		calibration->disturbed++;
		return true;
	}
	if (!*calibration->source) {
		text_format(calibration->source, sizeof calibration->source, "%s", joules.source);
		calibration->scope = joules.scope;
	}
	if (strcmp(calibration->source, joules.source) != 0 || calibration->scope != joules.scope)
		return err_set(err, ERR_INTERNAL, "the source changed from %s to %s",
			       calibration->source, joules.source);
	span_s = record_number(window, "energy_s");
	row->energy_j = joules.value;
	row->span_s = span_s > 0 ? span_s : row->work.time_s;
	calibration->count++;
	return true;
}

/* --- models ----------------------------------------------------------------------------------- */

#define BIT(name) (1u << FEATURE_##name)
#define WORK                                                                        \
	(BIT(STATIC) | BIT(CPU) | BIT(MACS_F32) | BIT(MACS_BF16) | BIT(MACS_INT8) | \
	 BIT(MACS_SPARSE) | BIT(BYTES) | BIT(FAULTS) | BIT(SWITCHES))

/* The simpler of two equals first. */
static const struct {
	const char *name;
	unsigned features;
	unsigned needs; /* without one of these it is another model */
} kinds[] = {
	{ "linear", BIT(STATIC) | BIT(CPU), BIT(CPU) },
	{ "cubic", BIT(STATIC) | BIT(CPU_CUBED), BIT(CPU_CUBED) },
	{ "counts", WORK, BIT(CPU) },
	{ "counters", WORK | BIT(CYCLES) | BIT(CACHE_MISSES), BIT(CPU) | BIT(CYCLES) },
};
#define KINDS ((int)(sizeof kinds / sizeof *kinds))
_Static_assert(KINDS <= PROFILE_MODELS_MAX, "a profile holds all models");

/* All windows as rates, and which features they know and have. */
typedef struct Rates {
	size_t count;
	double rate[CALIBRATE_WINDOWS_MAX][ENERGY_FEATURES], watts[CALIBRATE_WINDOWS_MAX];
	unsigned known, seen; /* in every window; above 0 in one */
	FitRow row[CALIBRATE_WINDOWS_MAX];
} Rates;

static void rates_make(Rates *out, const Calibration *calibration)
{
	out->count = calibration->count;
	out->known = ~0u;
	for (size_t w = 0; w < calibration->count; w++) {
		const CalibrateWindow *window = &calibration->window[w];
		energy_rates(&window->work, calibration->threads, out->rate[w]);
		out->watts[w] = window->energy_j / window->span_s;
		for (int i = 0; i < ENERGY_FEATURES; i++) {
			if (!isfinite(out->rate[w][i]))
				out->known &= ~(1u << i);
			if (out->rate[w][i] > 0)
				out->seen |= 1u << i;
		}
	}
}

/* The rows of a model, grouped by kernels or by workloads. */
static void group_rows(Rates *rates, const Calibration *calibration, const ProfileModel *model,
		       bool by_kernel)
{
	for (size_t w = 0; w < rates->count; w++) {
		FitRow *row = &rates->row[w];
		const CalibrateWindow *window = &calibration->window[w];
		for (int i = 0; i < model->features; i++)
			row->x[i] = rates->rate[w][model->feature[i]];
		row->y = rates->watts[w];
		row->group = by_kernel ? window->kernel : window->workload;
	}
}

/* False when the machine does not tell what the model needs. */
static bool fit_kind(Rates *rates, const Calibration *calibration, int kind, ProfileModel *out)
{
	unsigned have = rates->known & rates->seen;

	*out = (ProfileModel){ .features = 0 };
	if ((kinds[kind].needs & have) != kinds[kind].needs)
		return false;
	text_format(out->name, sizeof out->name, "%s", kinds[kind].name);
	for (int i = 0; i < ENERGY_FEATURES; i++)
		if (kinds[kind].features & have & 1u << i)
			out->feature[out->features++] = (EnergyFeature)i;
	group_rows(rates, calibration, out, false);
	out->left_workload = fit_left_out(rates->row, rates->count, out->features);
	group_rows(rates, calibration, out, true);
	out->left_kernel = fit_left_out(rates->row, rates->count, out->features);
	return fit_choose(rates->row, rates->count, out->features, -1, &out->fit) &&
	       isfinite(out->fit.sigma) && isfinite(profile_model_error(out));
}

double profile_model_error(const ProfileModel *model)
{
	return sqrt((model->left_kernel * model->left_kernel +
		     model->left_workload * model->left_workload) /
		    2);
}

const ProfileModel *profile_model_find(const EnergyProfile *profile, const char *name)
{
	for (int i = 0; i < profile->models; i++)
		if (strcmp(profile->model[i].name, name) == 0)
			return &profile->model[i];
	return NULL;
}

/* Into its place by error, behind its equals. */
static void insert_model(EnergyProfile *profile, const ProfileModel *model)
{
	int at = profile->models++;

	while (at > 0 &&
	       profile_model_error(&profile->model[at - 1]) > profile_model_error(model)) {
		profile->model[at] = profile->model[at - 1];
		at--;
	}
	profile->model[at] = *model;
}

static void fill_envelope(const Rates *rates, EnergyProfile *out)
{
	for (int i = 0; i < ENERGY_FEATURES; i++) {
		out->low[i] = out->high[i] = NAN;
		for (size_t w = 0; rates->known & 1u << i && w < rates->count; w++) {
			out->low[i] = fmin(rates->rate[w][i], out->low[i]);
			out->high[i] = fmax(rates->rate[w][i], out->high[i]);
		}
	}
}

/* The groups that still have windows. */
static int groups_left(const Calibration *calibration, bool kernels)
{
	bool seen[FIT_GROUPS_MAX] = { false };
	int count = 0;

	for (size_t w = 0; w < calibration->count; w++) {
		const CalibrateWindow *window = &calibration->window[w];
		bool *mark = &seen[kernels ? window->kernel : window->workload];
		count += !*mark;
		*mark = true;
	}
	return count;
}

static bool enough(const Calibration *calibration, Err *err)
{
	int kernels = groups_left(calibration, true), workloads = groups_left(calibration, false);

	if (calibration->count >= CALIBRATE_WINDOWS_MIN && kernels >= 3 && workloads >= 3)
		return true;
	return err_set(err, ERR_NEED,
		       "too little to calibrate by: %zu windows of %d kernels and %d workloads are "
		       "left (%d, 3 and 3 are needed); %zu were CONTENDED, %zu without measured "
		       "joules: try again on a quiet machine",
		       calibration->count, kernels, workloads, CALIBRATE_WINDOWS_MIN,
		       calibration->disturbed, calibration->unmeasured);
}

bool calibrate_fit(const Calibration *calibration, EnergyProfile *out, Err *err)
{
	Rates *rates;
	double time_s = 0;

	if (!enough(calibration, err))
		return false;
	rates = calloc(1, sizeof *rates);
	if (!rates)
		return err_set(err, ERR_MEMORY, "fitting a profile");
	rates_make(rates, calibration);
	*out = (EnergyProfile){ .threads = calibration->threads, .scope = calibration->scope };
	text_format(out->source, sizeof out->source, "%s", calibration->source);
	for (size_t w = 0; w < calibration->count; w++)
		time_s += calibration->window[w].work.time_s;
	out->windows = (int)calibration->count;
	out->window_s = time_s / (double)calibration->count;
	fill_envelope(rates, out);
	for (int kind = 0; kind < KINDS; kind++) {
		ProfileModel model;
		if (fit_kind(rates, calibration, kind, &model))
			insert_model(out, &model);
	}
	free(rates);
	return out->models > 0 ||
	       err_set(err, ERR_NEED,
		       "no model fits these windows: the joules do not follow CPU "
		       "time at all; is the sensor of this processor?");
}

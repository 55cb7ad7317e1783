/* Profiles: what work costs on one processor, as `wattle energy calibrate` measured it beside a
 * sensor; the joules of work on a machine of the same processor without one.
 *
 * Everything is per second of a window, so that windows of any length compare: a feature is a rate,
 * and a model gives watts, P = Σ price_k·rate_k. The features are in the list below. A profile
 * holds several models, the one with the least left-out error first; the first whose features are
 * all known prices a window (a guest without cycle counters takes the next one).
 *
 * The joules of T seconds are P·T, with the bar
 *
 * 	√((T·σ)² + T²·x'Σx + (15 %·P·T)²)
 *
 * (σ: residual SD in watts; Σ: covariance of prices)
 *
 * around them: σ is mostly what the model cannot describe, which does not average out, so it grows
 * with T. 15 % is assumed, for what differs between two machines of one processor. Where a rate
 * lies outside what was calibrated, the joules are EXTRAPOLATED and the bar is doubled. On fewer
 * hardware threads than were calibrated (a guest), the share of static power is anything between
 * that of the threads and the whole: low then goes down by the rest.
 *
 * The file is a JSON object, described in wattle-energy(7). Reading it never trusts it: each number
 * is checked, and what is off is told by its key.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_PROFILE_H
#define WATTLE_ENERGY_PROFILE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "energy/energy.h"
#include "energy/fit.h"

/* X(NAME, "name in files", "unit of the price") */
#define ENERGY_FEATURE_LIST(X)                              \
	X(STATIC, "static", "W")                            \
	X(CPU, "cpu", "J per CPU second")                   \
	X(CPU_CUBED, "cpu_cubed", "W at full use")          \
	X(MACS_F32, "macs_f32", "J per multiply-add")       \
	X(MACS_BF16, "macs_bf16", "J per multiply-add")     \
	X(MACS_INT8, "macs_int8", "J per multiply-add")     \
	X(MACS_SPARSE, "macs_sparse", "J per multiply-add") \
	X(BYTES, "bytes", "J per byte")                     \
	X(FAULTS, "faults", "J per fault")                  \
	X(SWITCHES, "switches", "J per switch")             \
	X(CYCLES, "cycles", "J per cycle")                  \
	X(CACHE_MISSES, "cache_misses", "J per miss")

typedef enum EnergyFeature {
#define X(name, text, unit) FEATURE_##name,
	ENERGY_FEATURE_LIST(X)
#undef X
		ENERGY_FEATURES
} EnergyFeature;
_Static_assert((int)ENERGY_FEATURES <= FIT_COLUMNS_MAX, "a fit takes all features");

const char *energy_feature_name(EnergyFeature feature);
const char *energy_feature_unit(EnergyFeature feature);

/* Rates of a window: FEATURE_STATIC 1, CPU in CPU seconds per second (that of all else, where it is
 * known, too), CPU_CUBED (CPU/threads)³, the rest counts per second. NaN: not known. */
void energy_rates(const EnergyWork *work, unsigned threads, double rate[ENERGY_FEATURES]);

#define PROFILE_MODELS_MAX 4

typedef struct ProfileModel {
	char name[16]; /* "counters", "counts", "linear", "cubic" */
	int features;
	EnergyFeature feature[ENERGY_FEATURES];
	Fit fit;                           /* columns in the order of feature */
	double left_kernel, left_workload; /* left-out errors: see fit_left_out */
} ProfileModel;

typedef struct EnergyProfile {
	EnergyCpu cpu;
	unsigned threads;
	char governor[32]; /* "" when the kernel told none */
	char source[32];   /* of the joules it was fitted to */
	EnergyScope scope;
	char date[24]; /* ISO 8601, UTC */
	int windows;
	double window_s;
	double low[ENERGY_FEATURES], high[ENERGY_FEATURES]; /* envelope, rates; NaN: not known */
	int models;
	ProfileModel model[PROFILE_MODELS_MAX];
} EnergyProfile;

/* New reference, without a checksum; NULL when memory is short. */
json_t *profile_json(const EnergyProfile *profile);
/* ERR_FORMAT names the key that is missing or off. Members that are not known are passed over. */
bool profile_from_json(EnergyProfile *out, const json_t *json, Err *err);
/* False and ERR_NEED, naming both, when the profile is of another processor. */
bool profile_fits(const EnergyProfile *profile, const EnergyCpu *cpu, Err *err);
/* "GenuineIntel-6-85-7"; out: at least 64 bytes; returned. */
char *profile_cpu_text(const EnergyCpu *cpu, char out[64]);

/* The joules of this work. ERR_NEED when not even CPU time is known, for a model that needs it. */
bool profile_joules(const EnergyProfile *profile, const EnergyWork *work, Joules *out, Err *err);

#endif

/* Calibration: from the windows of the built-in suite, measured beside a sensor, to a profile.
 *
 * Each window is of a load, a workload and a number of threads; its arm is
 * "KERNEL/WORKLOAD/THREADS". Four models are fitted to the same windows, as far as their features
 * are known:
 *
 * 	counters	static, CPU time, every kind of work, cycles and cache misses
 * 	counts		the same without cycles and cache misses
 * 	linear		static + c·CPU time: linear in utilisation
 * 	cubic		static + c·utilisation³
 *
 * Each is judged by two left-out errors (fit.h): of kernels that it has not seen, and of workloads.
 * "counts beat utilisation" is a hypothesis, and a model is the better one only when the two errors
 * together (root of the mean square) are below the other's. The profile holds all four, the best
 * first.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_CALIBRATE_H
#define WATTLE_ENERGY_CALIBRATE_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"
#include "energy/profile.h"

#define CALIBRATE_WINDOWS_MAX 256
/* Fewer undisturbed windows than this make no profile. */
#define CALIBRATE_WINDOWS_MIN 16
#define CALIBRATE_NAME_MAX 32

typedef struct CalibrateWindow {
	EnergyWork work;
	double energy_j, span_s; /* span_s: between the readings */
	int kernel, workload;    /* indices of names */
} CalibrateWindow;

typedef struct Calibration {
	unsigned threads;  /* hardware threads of the machine */
	size_t count;      /* of windows that are used */
	size_t disturbed;  /* set aside: CONTENDED */
	size_t unmeasured; /* set aside: no measured joules */
	char source[32];   /* of the joules; "" before the first */
	EnergyScope scope;
	int kernels, workloads;
	char kernel[FIT_GROUPS_MAX][CALIBRATE_NAME_MAX],
		workload[FIT_GROUPS_MAX][CALIBRATE_NAME_MAX];
	CalibrateWindow window[CALIBRATE_WINDOWS_MAX];
} Calibration;

/* For windows on a machine of so many hardware threads. It is large: not for a stack. */
void calibrate_begin(Calibration *calibration, unsigned threads);
/* Takes a window record (wattle-records(5)); one that was disturbed or not measured is counted and
 * set aside. ERR_FORMAT when it is none of the suite's; ERR_INTERNAL when the source changed. */
bool calibrate_take(Calibration *calibration, const json_t *window, Err *err);

/* Fits the models and fills the profile, best model first; who calls it adds cpu, governor and
 * date. ERR_NEED when too few windows, kernels or workloads are left, or the joules do not change.
 * */
bool calibrate_fit(const Calibration *calibration, EnergyProfile *out, Err *err);

/* The left-out errors of a model together: what models are ranked by. */
double profile_model_error(const ProfileModel *model);
/* The model of that name; NULL when it was not fitted. */
const ProfileModel *profile_model_find(const EnergyProfile *profile, const char *name);

#endif

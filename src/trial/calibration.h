/* The calibration suite: loads that draw power in different ways, each for a window beside a
 * sensor.
 *
 * 	idle       nothing, naps of 20 ms
 * 	scalar     integer arithmetic in registers
 * 	stream     copies within the nearest cache, and through memory
 * 	faults     pages that are mapped, touched and given back
 * 	switches   naps of 50 µs
 * 	KERNEL     programs by the preferred and by the last kernel of each form that runs here: a
 * 	           small, a middle and a large network (its weights beyond most caches)
 *
 * on 1 thread, half of them and all. What comes out are window records of arms "KERNEL/WORKLOAD/
 * THREADS"; energy/calibrate.h makes models of them. The order is shuffled anew in each round, so
 * that a machine that warms up does not favour what comes first.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TRIAL_CALIBRATION_H
#define WATTLE_TRIAL_CALIBRATION_H

#include "trial/trial.h"

#define CALIBRATION_WINDOWS_AIM 60
#define CALIBRATION_LIMIT_S 200.0 /* no further load is begun */

/* Runs it with the threads of trial->pool, in rounds until CALIBRATION_WINDOWS_AIM windows are
 * there. fast: short windows, one round, no large network. A disturbed window is tried once more;
 * ERR_NEED when a dozen one after the other are disturbed twice. A kernel that cannot run a load is
 * told in a log record and passed over. */
bool calibration_run(Trial *trial, bool fast, Err *err);

#endif

/* The parts of `wattle energy` that live in files of their own.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_ENERGY_COMMAND_H
#define WATTLE_APP_ENERGY_COMMAND_H

#include "app/command.h"
#include "base/err.h"

/* wattle energy calibrate: runs the built-in suite beside a sensor, fits models of power to it,
 * tells which is the best and writes a profile. Of the command's flags it reads energy (which
 * sensor), out (the profile's file, new; else the user's folder) and fast (short windows, no
 * large networks: for a try); of the common ones json and quiet. Returns the exit status: 4 when
 * no sensor measures here. */
int energy_calibrate(const Cli *cli, Err *err);

/* wattle energy -- COMMAND: runs it between two edges, once or -r times, and says what it cost.
 * Returns COMMAND's exit status, 127 or 126 when it cannot be run (*err says why). */
int energy_line(const Cli *cli, Err *err);

#endif

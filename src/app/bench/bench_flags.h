/* What wattle bench is asked: its flags, which of them belong to which benchmark, and the options
 * that its worker gets.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_BENCH_FLAGS_H
#define WATTLE_APP_BENCH_FLAGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/command.h"
#include "base/err.h"

extern const Param bench_params[];

/* The benchmark that the command line names: "train", "infer", "fit" or "kernels". ERR_USAGE: none, an
 * unknown one (did you mean), or a flag that it does not take. */
bool bench_what(const char **what, const Cli *cli, Err *err);

/* trial/bench.h, BenchOptions; a new reference. ERR_USAGE names what cannot be understood. */
json_t *bench_options(const Cli *cli, const char *what, int64_t started_ns, Err *err);

#endif

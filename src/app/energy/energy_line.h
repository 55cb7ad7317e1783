/* What `wattle energy -- COMMAND` holds, for the file that runs and the file that reports.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_ENERGY_LINE_H
#define WATTLE_APP_ENERGY_LINE_H

#include <stdio.h>

#include "app/energy/footprint.h"
#include "app/session/session.h"
#include "base/record.h"
#include "energy/accounting.h"
#include "energy/counters.h"
#include "energy/profile.h"

#define LINE_RUNS_MAX 1000

/* One run of COMMAND. Joules NaN: absent. */
typedef struct LineRun {
	double time_s, cpu_s;
	int status; /* as a shell tells it */
	Joules gross, net, attributed;
	json_t *counters;
	uint32_t flags;
	bool judged;
} LineRun;

typedef struct Line {
	const Cli *cli;
	Session session;
	bool opened;
	uint32_t next_edge;
	bool measures;             /* there is a headline */
	const EnergySource *model; /* prices what no sensor measures; NULL: nothing does */
	EnergyProfile profile;     /* that the model "profile" prices by */
	IdlePower idle;
	Counters counters; /* of the run that is on */
	Footprint footprint;
	FILE *to;
	RecordOut *json; /* NULL: text */
	LineRun *run;
	size_t runs;
	int status; /* of the last run */
} Line;

/* A record of one run; as text, nothing. */
bool line_report_run(const Line *line, const LineRun *run, Err *err);
/* The figures: of the one run, or the means of all with their intervals. */
bool line_report(const Line *line, Err *err);

#endif

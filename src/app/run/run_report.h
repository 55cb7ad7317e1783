/* The page about a run that --report DIR asks for: filled as the records come, written when the run is
 * over, however it ended.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_RUN_REPORT_H
#define WATTLE_APP_RUN_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "app/report/report.h"
#include "app/session/session.h"
#include "base/err.h"

typedef struct RunReport {
	const char *folder; /* borrowed; NULL: not asked for, which all functions are fine with */
	ReportRun *run;
} RunReport;

/* settings (borrowed): what the run was asked with. */
bool run_report_begin(RunReport *self, const ScriptFile *script, const json_t *settings, Err *err);
bool run_report_take(RunReport *self, const json_t *record, Err *err);
/* Writes it; id: of the stored run, "" when it is not stored. *path, PATH_MAX bytes, is the page, or ""
 * when there was nothing to show. Frees what it holds either way. */
bool run_report_end(RunReport *self, const char *id, char *path, Err *err);

#endif

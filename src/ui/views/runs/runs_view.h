/* The list of stored runs, in parts: the list itself, what is said of one run, and the panes with
 * the answers of the store. For runs*.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_UI_VIEWS_RUNS_VIEW_H
#define WATTLE_UI_VIEWS_RUNS_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"
#include "ui/view.h"
#include "ui/views/flow.h"

#define RUNS_FILTER_MAX 64
#define RUNS_LABEL_MAX 128

typedef enum RunsGroup { RUNS_ALL, RUNS_BY_NAME, RUNS_BY_SCRIPT, RUNS_GROUPS } RunsGroup;

/* A stored run: its record, of which all that is shown is read. */
typedef struct RunsRow {
	json_t *record; /* owned */
	bool marked;
} RunsRow;

typedef struct RunsList {
	RunsRow *rows; /* the oldest first */
	size_t count, capacity;
	char filter[RUNS_FILTER_MAX];
	RunsGroup group;
	size_t *shown; /* indices of rows, as they are listed; as many as capacity */
	size_t shown_count;
} RunsList;

void runs_list_done(RunsList *list);
/* Takes a new reference to a stored-run record; false when memory is short. */
bool runs_list_add(RunsList *list, const json_t *record);
/* Takes over the rows of another list, which is empty then; marks stay with their runs. */
void runs_list_replace(RunsList *list, RunsList *with);
/* After a change of filter, group or rows: which are shown, in which order: the newest first, group
 * by group, the group with the newest run first. */
void runs_list_arrange(RunsList *list);
size_t runs_list_marked(const RunsList *list);
/* The shown row, NULL where there is none. */
RunsRow *runs_list_at(const RunsList *list, size_t shown);
/* What rows of one group share: name or script; "" without groups. */
const char *runs_group_name(const RunsList *list, const json_t *run);

/* "12 runs, 10 done, last 2026-01-31 12:00" of the group in which the shown row is the first. */
void runs_group_text(const RunsList *list, size_t shown, char out[RUNS_LABEL_MAX]);
/* How a run ended, in a word or two: "done", "inconclusive", "not ended"; *style as it matters. */
const char *runs_state(const json_t *run, Style *style);
/* When it began: "2026-01-31 12:00". */
void runs_when(const json_t *run, char out[32]);
void runs_tags(const json_t *run, char out[RUNS_LABEL_MAX]);

/* What is known of one run, for the pane below the list. */
void runs_facts(const json_t *run, Flow *flow);
/* A run in one line, as it is said. */
void runs_sentence(const json_t *run, char out[2 * RUNS_LABEL_MAX]);

/* An answer of the store as text: records of the types run-difference and run-arms, or run-side. */
void runs_diff_flow(const json_t *records, const json_t *answer, Flow *flow, Glyphs glyphs);
void runs_beside_flow(const json_t *records, Flow *flow, Glyphs glyphs);

#endif

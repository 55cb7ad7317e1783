/* What the parts of wattle data share: its command line, a job of a worker, and how records become
 * text. Private to the command.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_DATA_COMMAND_H
#define WATTLE_APP_DATA_COMMAND_H

#include <limits.h>

#include "app/command.h"
#include "base/record.h"

typedef struct DataCommand {
	const Cli *cli;
	RecordOut *json; /* NULL: text */
	json_t *records; /* that the last job sent: those whose type begins with "data-"; owned */
} DataCommand;

/* Runs a job that is wished so (app/data/data_job.h; the reference is dropped) over these folders, and
 * gathers its records. staging: NULL, or a folder below which the scratch folder is made, so that a
 * file in it can be renamed into its place; take moves it there before the scratch folder goes. */
bool data_command_job(DataCommand *self, json_t *wish, const json_t *folders, const char *staging,
		      bool (*take)(const DataCommand *self, const char *scratch, Err *err),
		      Err *err);
/* A new array: the names of the command line from operand `first` on. */
json_t *data_command_names(const DataCommand *self, size_t first);
/* $XDG_DATA_HOME/wattle/datasets, made if need be; ERR_NEED without a home. */
bool data_command_folder(char out[PATH_MAX], Err *err);
/* Prints a record, with --json as it is. */
bool data_command_put(const DataCommand *self, const json_t *record, Err *err);

bool data_fetch(DataCommand *self, Err *err);

/* --- text, to stdout -------------------------------------------------------------------------- */

/* A line each, under a heading, and below how to get what is absent. */
void data_text_list(const json_t *records);
/* One data-show, data-verify, data-import or data-fetch record. */
void data_text_show(const json_t *record);
void data_text_verify(const json_t *record);
void data_text_import(const json_t *record);
void data_text_fetch(const json_t *record);

#endif

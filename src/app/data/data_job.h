/* The worker's side of wattle data: lists, shows and verifies datasets, and makes one of a file
 * of the user's. What it finds out it writes as records, data-set, data-show, data-verify and
 * data-import of wattle-records(5).
 *
 * What is wished is an object: {"do":"ls","names":[…]}, where no names mean all;
 * {"do":"show","name"}; {"do":"verify","names"}; {"do":"import","name","files","label","format",
 * "task","test","seed","replace"}: label, of csv, may be missing, files are those to read,
 * absolute: one of a table, or that and one of test rows; of idx images and labels, or those and
 * the same of test rows. The imported set is DATA_JOB_FILE in the scratch folder, for the reader
 * to move.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_DATA_JOB_H
#define WATTLE_APP_DATA_JOB_H

#include <jansson.h>

#include "base/record.h"
#include "data/dataset.h"

#define DATA_JOB_FILE "dataset.wds"

typedef struct DataJob {
	const json_t *wish;
	const DataPaths *paths;
	const char *scratch; /* NULL: nothing can be imported */
	RecordOut *out;
	Control *control;
} DataJob;

bool data_job_run(const DataJob *job, Err *err);

/* Parts of it. */
bool data_job_show(const DataJob *job, Err *err);
bool data_job_import(const DataJob *job, Err *err);

/* A new record of this type with what ls tells of a set: of a source, or (NULL) of an imported one;
 * path: its file, when it is imported. NULL and *err: of a file that cannot be read. */
json_t *data_job_about(const DataJob *job, const char *type, const DataSource *source,
		       const char *path, Err *err);

/* Makes test rows that were read from another file fit: their classes and categories get the
 * numbers of train's, and both the names of both. ERR_FORMAT when they are not of one kind. */
bool data_merge(Dataset *train, Dataset *test, Control *control, Err *err);

#endif

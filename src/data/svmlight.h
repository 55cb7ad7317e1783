/* Reads files of SVMlight and LIBSVM, plain or gzipped, into sparse datasets.
 *
 * A line is a row: the label, perhaps qid:N (ignored), then index:value with indices that rise;
 * behind # stands a comment. Empty lines and lines of comment are passed over. What is not
 * written is 0, and a written 0 is not kept. Values are finite and within f32. Every error names
 * the file, the row, the line, the index and a remedy. Nothing is ever made dense.
 *
 * Comments `# feature INDEX NAME` above the first row, one for each column in order, give the
 * columns their names, and `# label VALUE NAME` the classes; other readers pass over them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_SVMLIGHT_H
#define WATTLE_DATA_SVMLIGHT_H

#include "data/table.h"

/* All zero: what fits most files. */
typedef struct SvmlightOptions {
	bool from_zero;  /* indices count from 0; false: from 1, as the format says */
	size_t features; /* columns; an index beyond is an error. 0: as many as there are */
	TableTask task;
	TableLimits limits;
} SvmlightOptions;

/* A dataset called as the file is, up to its first dot, all of whose rows are for training; for the
 * caller to free. options may be NULL. Errors as in csv.h. */
Dataset *svmlight_read(const char *path, const SvmlightOptions *options, Control *control,
		       Err *err);
Dataset *svmlight_read_memory(const uint8_t *bytes, size_t len, const char *name,
			      const SvmlightOptions *options, Control *control, Err *err);

/* For loaders, as csv_fill. */
bool svmlight_fill(Dataset *out, const char *path, const uint8_t *bytes, size_t len,
		   const SvmlightOptions *options, Control *control, Err *err);

#endif

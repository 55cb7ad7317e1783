/* Reads CSV and TSV files, plain or gzipped, into datasets.
 *
 * Records are as in RFC 4180: fields between separators; a field in quotes may hold separators,
 * line ends and doubled quotes. Blanks around a field and empty lines are passed over. Every
 * record has as many fields as the first. One column is the label; each other one is a feature:
 *
 *	numbers     when each of its values is a number (see number.h) or missing
 *	categories  else: the value is the index of its text among those of the column, in order of
 *	            value when all are numbers, else in order of bytes, so that it does not depend on
 *	            the order of rows. Text is kept as it is: clean it before it is shown (text.h).
 *
 * Missing are: nothing, NA, N/A, ?, NaN, null. They become NaN (Dataset.missing); a label must not
 * be missing. Numbers are cut to f32; infinite ones and those beyond f32 are errors. Every error
 * names the file, the row, the line, the column and a remedy.
 *
 * The file is read once, and once more only when a column that began with numbers turns out to hold
 * categories. Memory grows with the rows that are there.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_CSV_H
#define WATTLE_DATA_CSV_H

#include "data/table.h"

typedef enum CsvHeader {
	CSV_HEADER_AUTO, /* the first record is one when none of its fields is a number */
	CSV_HEADER_YES,
	CSV_HEADER_NO, /* columns are called 1, 2, … */
} CsvHeader;

/* All zero: what fits most files. */
typedef struct CsvOptions {
	char separator; /* 0: comma, semicolon or tab, whichever the first line has most of */
	CsvHeader header;
	const char *label; /* name of its column; NULL: the last one */
	TableTask task;
	bool bytes; /* DATASET_BYTES (of scale 1) when all features are whole numbers, 0 to 255 */
	TableLimits limits;
} CsvOptions;

/* A dataset called as the file is, up to its first dot, all of whose rows are for training; for the
 * caller to free. options may be NULL. ERR_NEED: there is no such file; ERR_FILE; ERR_FORMAT;
 * ERR_LIMIT; ERR_MEMORY; ERR_ARGUMENT: options that fit no file. Asks control about every
 * millisecond. */
Dataset *csv_read(const char *path, const CsvOptions *options, Control *control, Err *err);
/* The same of memory (which may be gzipped), called name. */
Dataset *csv_read_memory(const uint8_t *bytes, size_t len, const char *name,
			 const CsvOptions *options, Control *control, Err *err);

/* For loaders: fills the features, labels, names, sha256 and from of an empty dataset, of which
 * only the name is set, and sets its form, rows, features and classes. On failure what it holds
 * is for dataset_free. bytes: instead of the file, len bytes that are called path. */
bool csv_fill(Dataset *out, const char *path, const uint8_t *bytes, size_t len,
	      const CsvOptions *options, Control *control, Err *err);

#endif

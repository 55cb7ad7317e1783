/* What the readers of tables (CSV, SVMlight) share: limits, the words in which a fault is told, and
 * the column of labels or numbers to predict.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_TABLE_H
#define WATTLE_DATA_TABLE_H

#include "data/category.h"
#include "data/dataset.h"

/* What a file may have at the most; 0 stands for the figure behind it. */
typedef struct TableLimits {
	size_t line_bytes; /* of a line, or of a record of several lines: 1 MiB */
	size_t bytes;      /* of the uncompressed content: 1 GiB */
	size_t rows;       /* 50,000,000 */
	size_t columns;    /* 100,000; of a sparse table 16,777,216 */
	size_t categories; /* different texts in a column of categories: 1,000 */
} TableLimits;

#define TABLE_LINE_BYTES ((size_t)1 << 20)
#define TABLE_BYTES ((size_t)1 << 30)
#define TABLE_ROWS ((size_t)50000000)
#define TABLE_COLUMNS ((size_t)100000)
#define TABLE_SPARSE_COLUMNS ((size_t)1 << 24)
#define TABLE_CATEGORIES ((size_t)1000)

typedef enum TableTask {
	/* Classes when a label is no number, or when all are whole numbers and at most
	 * TABLE_AUTO_CLASSES of them differ; else numbers to predict. */
	TABLE_AUTO,
	TABLE_CLASSES,
	TABLE_NUMBERS,
} TableTask;

#define TABLE_AUTO_CLASSES 20

/* Where a fault is. Rows and columns count from 1, the header is no row; column 0: the whole row.
 * */
typedef struct TablePlace {
	const char *file;
	size_t row, line, column;
	const char *name; /* of the column; NULL: it has none */
} TablePlace;

/* "iris.csv: row 3 (line 4), column 2 'width': " and the format. Always false. */
bool table_fault(Err *err, ErrCode code, const TablePlace *place, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Text of a stranger for a message: cut at a character border, so that the remedy is still seen. */
#define TABLE_CUT_MAX 48
const char *table_cut(char out[TABLE_CUT_MAX], const char *text, size_t len);

/* What a dataset of this file is called: its name without folders, up to the first dot. */
const char *table_name(char out[DATASET_NAME_MAX], const char *path);

/* True for what stands for a missing value: nothing, NA, N/A, ?, NaN, null (in any case). */
bool table_missing(const char *text, size_t len);

/* Doubles the room of an array of `size` bytes each when count has reached it. */
bool table_grow(void **array, size_t count, size_t *room, size_t size, const char *file, Err *err);

/* The labels, row by row; then they become those of a dataset. An empty one: { .task = …,
 * .classes.arena = … }. */
typedef struct TableLabels {
	TableTask task;
	Categories classes;
	bool closed;     /* more than DATASET_CLASSES_MAX differ: these can only be numbers */
	bool text;       /* one of them is no number */
	bool fraction;   /* one of them is not whole */
	uint16_t *label; /* (count) */
	float *target;   /* (count) */
	size_t count, label_room, target_room;
} TableLabels;

/* Whole numbers that differ in their writing only (1, 01, 1.0) are one class. A missing, infinite
 * or unfit label is ERR_FORMAT at the place, more than DATASET_CLASSES_MAX classes too. */
bool table_label_add(TableLabels *labels, const char *text, size_t len, const TablePlace *place,
		     Err *err);
/* Moves them into out, with classes and class_name (in the order of categories_sort). ERR_FORMAT
 * when there is one class only. */
bool table_labels_move(TableLabels *labels, Dataset *out, const char *file, Err *err);
void table_labels_done(TableLabels *labels);

#endif

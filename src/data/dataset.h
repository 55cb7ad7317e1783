/* Datasets: rows of features with labels, kept as small as they came (pixels stay bytes), and
 * views of them.
 *
 * A dataset owns its memory and never changes once loaded. Rows are views: an order over a
 * dataset's rows; they borrow the dataset, which must outlive them.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_DATASET_H
#define WATTLE_DATA_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/control.h"
#include "base/err.h"
#include "base/info.h"

#define DATASET_NAME_MAX 32
#define DATASET_CLASSES_MAX 1000

typedef struct Dataset {
	char name[DATASET_NAME_MAX];
	size_t rows, features, classes;
	size_t train_rows; /* rows 0 … train_rows − 1 are for training, the rest for testing */
	size_t width, height; /* of an image; 0: not images */
	uint8_t *bytes;       /* (rows, features) */
	float byte_scale; /* feature = byte · byte_scale; 1/255 for most images, 1/16 for digits */
	uint16_t *labels; /* (rows), each below classes */
	char sha256[65];  /* of the uncompressed source files, one after the other */
	char from[256];   /* folder or file that was read */
	char skipped[512]; /* why the first folder before that one was passed over; "": none was */
} Dataset;

/* Folders to look in, in order; resolved by the reader. Borrowed; ends with NULL. */
typedef struct DataPaths {
	const char *const *folders;
} DataPaths;

/* One row of sets.am. */
typedef struct DataSource {
	Info info;
	size_t train_rows, test_rows, features, classes;
	size_t width, height; /* of an image; 0: not images */
	unsigned byte_max;    /* the largest byte, which becomes 1.0: 255 for most images */
	const char *licence;  /* SPDX identifier */
	const char *origin;   /* where it comes from */
	const char *get;      /* a sentence: how to get it when it is absent */
	const char *sha256;   /* of the uncompressed content; a file that differs is refused */
	/* Fills bytes, labels, sha256 and from of *out, whose bytes and labels are NULL before
	 * and after a failure. ERR_NEED, naming the folders and `get`, when no file is there;
	 * ERR_FORMAT when one is damaged. */
	bool (*load)(Dataset *out, const struct DataSource *source, const DataPaths *paths,
		     Control *control, Err *err);
} DataSource;

/* The table, in the order of sets.am; ends with NULL. find: NULL when the name is unknown. */
extern const DataSource *const data_sources[];
const DataSource *data_source_find(const char *name);

/* Loads by name; an unknown name is ERR_ARGUMENT with the nearest one. NULL on failure. */
Dataset *dataset_load(const char *name, const DataPaths *paths, Control *control, Err *err);
void dataset_free(Dataset *dataset);

/* A view: which rows, in which order. index is owned; NULL: rows first … first + count − 1. */
typedef struct Rows {
	const Dataset *set;
	uint32_t *index;
	size_t first, count;
	bool test; /* holds test rows: refused for fitting */
} Rows;

/* Views of the standard split. rows (0: all) takes a stratified sample of so many training rows,
 * seeded; valid (0 … 0.5) splits a stratified share of those off, at least one row. Shares of
 * the classes are rounded by largest remainder; rows keep the order of the dataset. Without rows
 * and valid, train stands in place. ERR_ARGUMENT: more rows than there are, or a share that
 * leaves no row. All three are owned by the caller. */
typedef struct DataSplit {
	Rows train, valid, test;
} DataSplit;
bool dataset_split(DataSplit *out, const Dataset *set, size_t rows, double valid, uint64_t seed,
		   Err *err);
void data_split_done(DataSplit *split);

void rows_done(Rows *rows);
bool rows_dup(Rows *out, const Rows *rows, Err *err);
/* The views below keep the mark of test rows, and refuse to be empty (ERR_ARGUMENT).
 * The first n rows (all when there are fewer); n rows drawn without replacement, in the order
 * drawn (more than there are: ERR_ARGUMENT); the rows whose label is one of n classes. */
bool rows_head(Rows *out, const Rows *rows, size_t n, Err *err);
bool rows_sample(Rows *out, const Rows *rows, size_t n, uint64_t seed, Err *err);
bool rows_of_classes(Rows *out, const Rows *rows, const uint16_t *classes, size_t n, Err *err);
static inline size_t rows_at(const Rows *rows, size_t i)
{
	return rows->index ? rows->index[i] : rows->first + i;
}

/* None of these allocates; positions outside the view are a mistake of the caller (assert).
 * Copies n rows from position begin (features bytes each, packed) and their labels; labels may
 * be NULL. */
void rows_bytes(const Rows *rows, size_t begin, size_t n, uint8_t *bytes, uint16_t *labels);
/* Their place in the dataset when the n rows stand one after the other there, else NULL. */
const uint8_t *rows_bytes_in_place(const Rows *rows, size_t begin, size_t n);
/* Gathers the rows order[0 … n − 1] (positions in rows) as f32, feature = byte · byte_scale, and
 * their labels. */
void rows_gather(const Rows *rows, const uint32_t *order, size_t n, float *x, uint16_t *labels);

#endif

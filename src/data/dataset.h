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

#include "base/arena.h"
#include "base/control.h"
#include "base/err.h"
#include "base/info.h"
#include "base/random.h"
#include "base/text.h"
#include "num/kernel.h"

#define DATASET_NAME_MAX 32
#define DATASET_CLASSES_MAX 1000

/* How the features of a dataset lie in memory; exactly one of bytes, floats and sparse is there. */
typedef enum DatasetForm {
	DATASET_BYTES,  /* pixels and counts that came as bytes */
	DATASET_FLOATS, /* tables of numbers */
	DATASET_SPARSE, /* compressed rows: most features of a row are 0 and not there */
} DatasetForm;

/* "bytes", "floats", "sparse". find: false when name is none of them. */
const char *dataset_form_name(DatasetForm form);
bool dataset_form_find(const char *name, DatasetForm *form);

/* Compressed sparse rows. Row i has entries begin[i] … begin[i + 1] − 1; its columns rise and are
 * below features. begin has rows + 1 entries, begin[0] is 0. */
typedef struct Sparse {
	uint64_t *begin;
	uint32_t *column;
	float *value;
} Sparse;

/* What a table's column holds. */
typedef struct Column {
	const char *name;
	size_t categories;           /* 0: numbers; else the value is an index into category, as a
					float */
	const char *const *category; /* names; borrowed from the dataset's arena */
} Column;

typedef struct Dataset {
	char name[DATASET_NAME_MAX];
	size_t rows, features;
	size_t classes;    /* 0: regression */
	size_t train_rows; /* rows 0 … train_rows − 1 are for training, the rest for testing */
	size_t width, height; /* of an image; 0: not images */
	DatasetForm form;
	uint8_t *bytes;   /* (rows, features) */
	float byte_scale; /* feature = byte · byte_scale; 1/255 for most images, 1/16 for digits */
	float *floats;    /* (rows, features); a missing value is NaN */
	Sparse sparse;
	uint16_t *labels; /* (rows), each below classes; NULL: regression */
	float *targets;   /* (rows), finite; NULL: classification */
	bool missing;     /* floats holds a NaN */
	/* Owns names; NULL when there are none. */
	Arena *arena;
	const Column *column;          /* (features); NULL: unnamed numbers */
	const char *const *class_name; /* (classes); NULL: 0, 1, … */
	char sha256[65];               /* of the uncompressed source files, one after the other */
	char from[256];                /* folder or file that was read */
	char skipped[512]; /* why the first folder before that one was passed over; "": none was */
} Dataset;

/* Folders to look in, in order; resolved by the reader. Borrowed; ends with NULL. */
typedef struct DataPaths {
	const char *const *folders;
} DataPaths;

/* What a script asks of a set that has no rows of its own (generators): how many, all of them
 * together, and the seed that draws them. */
typedef struct DataWish {
	size_t rows; /* 0: the source's own number */
	uint64_t seed;
} DataWish;

/* What every generator has for parameters: rows and seed, as in DataWish. */
extern const Param data_wish_params[];
/* … and for members of its DataSource. */
#define DATA_GENERATED                               \
	.licence = "CC0-1.0", .origin = "generated", \
	.get = "It is drawn by the program: there is nothing to install"
#define DATA_POLL_ROWS 4096 /* between two looks at control, while rows are drawn */

/* A file of a set as its mirrors have it. */
typedef struct DataRemote {
	const char *name;    /* behind the mirror's address; that of the file in the folder, too */
	uint64_t size_bytes; /* 0: not known */
	const char *sha256;  /* of the file as it is downloaded; NULL: not known */
} DataRemote;

/* One row of sets.am. */
typedef struct DataSource {
	Info info;
	DatasetForm form;
	size_t train_rows, test_rows, features;
	size_t classes;       /* 0: regression */
	size_t width, height; /* of an image; 0: not images */
	unsigned byte_max;    /* DATASET_BYTES: the largest byte, which becomes 1.0: mostly 255 */
	const char *label;    /* csv_set_load: name of the column that holds the label or target */
	const char *licence;  /* SPDX identifier */
	const char *origin;   /* where it comes from */
	const char *get;      /* a sentence: how to get it when it is absent */
	const char *sha256;   /* of the uncompressed content; a file that differs is refused */
	/* Addresses below which the files lie, tried in order; ends with NULL. NULL: there are
	 * none. */
	const char *const *mirror;
	/* The files; ends with a NULL name. NULL: it cannot be downloaded. */
	const DataRemote *remote;
	/* Fills what *out lacks: features in the form that is set, labels or targets, names,
	 * sha256 and from; what it owns is given back by dataset_free, after a failure too.
	 * ERR_NEED, naming the folders and `get`, when no file is there; ERR_FORMAT when one is
	 * damaged. NULL: the set is generated. */
	bool (*load)(Dataset *out, const struct DataSource *source, const DataPaths *paths,
		     Control *control, Err *err);
	/* Of a generated set, one of the two. draw: the features and the label or target of one row,
	 * which come in order; generate: of all rows, where they share something. Their memory is
	 * there, but for sparse ones (dataset_take). The same seed and rows give the same numbers,
	 * but for the last bits of the C library's sines and logarithms. */
	void (*draw)(Dataset *out, size_t row, Random *random);
	bool (*generate)(Dataset *out, Random *random, Control *control, Err *err);
} DataSource;

/* The table, in the order of sets.am; ends with NULL. find: NULL when the name is unknown. */
extern const DataSource *const data_sources[];
const DataSource *data_source_find(const char *name);
static inline bool data_source_generated(const DataSource *source)
{
	return source->draw || source->generate;
}

/* Whether there is a source of that name, or an imported set (imported.h) in one of the folders
 * (NULL: none). hint: the name nearest to one that is not known, as text_did_you_mean gives it. */
bool dataset_known(const char *name, const DataPaths *paths);
const char *dataset_hint(char hint[TEXT_HINT_MAX], const char *name, const DataPaths *paths);
/* Whether a known set could be loaded, without reading it: it is generated, imported, or one of the
 * folders has a folder of its name. ERR_NEED, as loading it would say. */
bool dataset_here(const char *name, const DataPaths *paths, Err *err);
/* Loads by name, imported sets too; an unknown name is ERR_ARGUMENT with the nearest one. wish,
 * for sets that are generated, may be NULL; a quarter of their rows are for testing. NULL on
 * failure. */
Dataset *dataset_load(const char *name, const DataPaths *paths, const DataWish *wish,
		      Control *control, Err *err);
void dataset_free(Dataset *dataset);

/* For loaders: an empty dataset of this form and size with zeroed features (floats, bytes) and
 * labels or targets, whose memory is taken here; of a sparse one begin, and room for entries.
 * ERR_MEMORY; ERR_ARGUMENT when the product does not fit. */
Dataset *dataset_new(const char *name, DatasetForm form, size_t rows, size_t features,
		     size_t classes, size_t entries, Err *err);
/* The same for one whose name, form and sizes are set. */
bool dataset_take(Dataset *dataset, size_t entries, Err *err);

/* Bytes of its features, labels and targets: what a dense form of it would not hide. */
uint64_t dataset_bytes(const Dataset *dataset);

/* A view: which rows, in which order. index is owned; NULL: rows first … first + count − 1. */
typedef struct Rows {
	const Dataset *set;
	uint32_t *index;
	size_t first, count;
	bool test;  /* holds test rows: refused for fitting */
	bool valid; /* holds rows that dataset_split held out to validate by */
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
/* Views of rows keep the marks. Those below refuse to be empty (ERR_ARGUMENT).
 * The first n rows (all when there are fewer); n rows drawn without replacement, in the order
 * drawn (more than there are: ERR_ARGUMENT); the rows whose label is one of n classes. */
bool rows_head(Rows *out, const Rows *rows, size_t n, Err *err);
bool rows_sample(Rows *out, const Rows *rows, size_t n, uint64_t seed, Err *err);
bool rows_of_classes(Rows *out, const Rows *rows, const uint16_t *classes, size_t n, Err *err);
static inline size_t rows_at(const Rows *rows, size_t i)
{
	return rows->index ? rows->index[i] : rows->first + i;
}

/* Cross-validation: part `fold` of k is held out, the other rows are for training; stratified by
 * class, seeded. Each row of rows is held out in one fold. ERR_ARGUMENT: k below 2 or above the
 * rows, or no such fold. Both are owned by the caller, in the order of rows. */
bool rows_fold(Rows *train, Rows *held, const Rows *rows, size_t k, size_t fold, uint64_t seed,
	       Err *err);

/* None of these allocates; positions outside the view are a mistake of the caller (assert).
 *
 * DATASET_BYTES. Copies n rows from position begin (features bytes each, packed) and their labels;
 * labels may be NULL. */
void rows_bytes(const Rows *rows, size_t begin, size_t n, uint8_t *bytes, uint16_t *labels);
/* DATASET_BYTES and DATASET_FLOATS: n rows as f32, a byte times byte_scale. */
void rows_floats(const Rows *rows, size_t begin, size_t n, float *x);
/* Features of row 0 of the n rows when they stand one after the other in the dataset, else NULL:
 * bytes or floats, as its form is. */
const void *rows_in_place(const Rows *rows, size_t begin, size_t n);
/* DATASET_BYTES and DATASET_FLOATS: gathers the rows order[0 … n − 1] (positions in rows) as f32,
 * and their labels, unless labels is NULL. */
void rows_gather(const Rows *rows, const uint32_t *order, size_t n, float *x, uint16_t *labels);

/* DATASET_SPARSE: the entries of the row at position i, borrowed. */
static inline SparseRow rows_sparse(const Rows *rows, size_t i)
{
	const Sparse *sparse = &rows->set->sparse;
	size_t row = rows_at(rows, i);
	uint64_t begin = sparse->begin[row];

	return (SparseRow){ (size_t)(sparse->begin[row + 1] - begin), sparse->column + begin,
			    sparse->value + begin };
}

static inline uint16_t rows_label(const Rows *rows, size_t i)
{
	return rows->set->labels[rows_at(rows, i)];
}
static inline float rows_target(const Rows *rows, size_t i)
{
	return rows->set->targets[rows_at(rows, i)];
}

#endif

/* Codes of features for growing trees: small whole numbers in the order of the values, column
 * by column, so that a split is found by counting. Private to src/model/trees/ and the kinds
 * that grow trees.
 *
 * Bytes are their own codes. The numbers of a column become their places among the distinct
 * values where those are few enough (then a split by codes is exact), else the quantile bin
 * they fall into. All of it is learned from the rows that are given, which are training rows.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_TREES_TABLE_H
#define WATTLE_MODEL_TREES_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/err.h"
#include "data/dataset.h"
#include "num/pool.h"

/* Codes of one column: at most this many fit bytes, or, where splits are to be exact, two bytes. */
#define TREES_BYTE_CODES 256
#define TREES_WORD_CODES 65535

typedef struct TreesColumn {
	unsigned codes;          /* 0 … codes − 1; a missing value has code `codes` */
	const float *low, *high; /* (codes) least and greatest value of a code */
} TreesColumn;

typedef struct TreesTable {
	const Rows *rows; /* borrowed: those the codes were learned from, in their order */
	size_t count, features;
	size_t ld;           /* codes from one column to the next; a multiple of 64 */
	uint8_t *byte;       /* (features, ld); NULL: word has them */
	uint16_t *word;      /* (features, ld) */
	TreesColumn *column; /* (features) */
	unsigned most;       /* of all codes, missing values included, plus 1 */
	bool missing;        /* some value is */
} TreesTable;

/* Takes all from the arena. Columns of up to exact_max distinct values have a code for each, others
 * codes_max quantile bins, which are no more: 255 and 255 for codes in bytes. Bytes stay what they are.
 * The same codes whatever the number of threads. */
bool trees_table(TreesTable *out, const Rows *rows, unsigned codes_max, unsigned exact_max,
		 Pool *pool, Arena *arena, Control *control, Err *err);

/* A value that is at least high of code `left`, and below low of code `right`: where a split
 * between them cuts. Half way, as everywhere. */
float trees_cut(const TreesColumn *column, unsigned left, unsigned right);

/* The row at position i where it lies in the dataset; bytes only. */
static inline const uint8_t *trees_line(const TreesTable *table, size_t i)
{
	return table->rows->set->bytes + rows_at(table->rows, i) * table->features;
}

/* out (features, ld) of n rows that lie line by line: line[i] is the first byte of row i. */
void trees_transpose(const uint8_t *const *line, size_t n, size_t features, uint8_t *out,
		     size_t ld);

#endif

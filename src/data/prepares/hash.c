/* Feature hashing (Weinberger and others, 0902.2206): many sparse columns share few, each with a
 * sign of its own, so that what collides cancels out on average.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "data/prepare.h"
#include "data/prepared.h"

/* FNV-1a with the mixing step of murmur3 behind it, for FNV's low bits are weak. */
static uint64_t hash_bytes(const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < n; i++)
		h = (h ^ at[i]) * UINT64_C(1099511628211);
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

/* By the column's name, so that the same word lands in the same place whatever else is there. */
static uint64_t hash_column(const Dataset *set, uint32_t column)
{
	if (set->column)
		return hash_bytes(set->column[column].name, strlen(set->column[column].name));
	uint8_t number[4] = { (uint8_t)column, (uint8_t)(column >> 8), (uint8_t)(column >> 16),
			      (uint8_t)(column >> 24) };

	return hash_bytes(number, sizeof number);
}

typedef struct Entry {
	uint32_t column;
	float value;
} Entry;

static int entry_order(const void *a, const void *b)
{
	const Entry *x = a, *y = b;

	return (x->column > y->column) - (x->column < y->column);
}

/* Columns that meet are added; sums of 0 are left out. Returns how many are left. */
static size_t hash_row(const Dataset *from, size_t row, size_t columns, Entry *entry)
{
	uint64_t begin = from->sparse.begin[row];
	size_t n = (size_t)(from->sparse.begin[row + 1] - begin), kept = 0, left = 0;

	for (size_t k = 0; k < n; k++) {
		uint64_t h = hash_column(from, from->sparse.column[begin + k]);
		float value = from->sparse.value[begin + k];

		entry[k] = (Entry){ (uint32_t)(h % columns), h >> 63 ? -value : value };
	}
	qsort(entry, n, sizeof *entry, entry_order);
	for (size_t k = 0; k < n; k++) {
		if (kept > 0 && entry[kept - 1].column == entry[k].column)
			entry[kept - 1].value += entry[k].value;
		else
			entry[kept++] = entry[k];
	}
	for (size_t k = 0; k < kept; k++)
		if (entry[k].value != 0)
			entry[left++] = entry[k];
	return left;
}

static bool hash_fill(Dataset *out, const Dataset *from, Control *control, Err *err)
{
	size_t longest = 0;
	uint64_t at = 0;

	for (size_t i = 0; i < from->rows; i++) {
		size_t n = (size_t)(from->sparse.begin[i + 1] - from->sparse.begin[i]);

		longest = n > longest ? n : longest;
	}
	Entry *entry = malloc((longest ? longest : 1) * sizeof *entry);
	bool fine = entry || err_set(err, ERR_MEMORY, "no memory for a row of %zu", longest);

	for (size_t i = 0; fine && i < from->rows; i++) {
		size_t n = hash_row(from, i, out->features, entry);

		for (size_t k = 0; k < n; k++, at++) {
			out->sparse.column[at] = entry[k].column;
			out->sparse.value[at] = entry[k].value;
		}
		out->sparse.begin[i + 1] = at;
		fine = control_poll(control, err);
	}
	free(entry);
	return fine;
}

static Dataset *hash_apply(const Rows *train, const Params *params, Control *control, Err *err)
{
	const Dataset *from = train->set;
	Dataset *out;

	if (from->form != DATASET_SPARSE) {
		err_set(err, ERR_ARGUMENT, "the rows of %s are dense; hash is for sparse ones",
			from->name);
		return NULL;
	}
	out = prepared_like(from, DATASET_SPARSE, (size_t)params_get(params, "columns")->integer,
			    (size_t)from->sparse.begin[from->rows], err);
	if (out && hash_fill(out, from, control, err))
		return out;
	dataset_free(out);
	return NULL;
}

static const Param hash_params[] = {
	{ .name = "columns",
	  .type = PARAM_INT,
	  .value = "1024",
	  .minimum = 2,
	  .maximum = 16777216,
	  .unit = "columns",
	  .help = "How many columns share all." },
	{ 0 },
};

extern const PrepareKind prepare_hash;
const PrepareKind prepare_hash = {
	.info = { .name = "hash",
		  .title = "feature hashing",
		  .about = "Sparse columns share fewer ones, found by hashing their names.",
		  .params = hash_params },
	.apply = hash_apply,
};

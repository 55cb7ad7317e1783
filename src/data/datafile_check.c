/* Dataset files: what rows may hold, before they are written and after they are read.
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "data/datafile_inside.h"

#define EXPONENT 0x7f800000u

/* Numbers that are looked at together: a loop of a constant length is vectorised. */
#define LANES 16

static uint32_t not_finite(const float *x)
{
	uint32_t bits;

	memcpy(&bits, x, sizeof bits);
	return (bits & EXPONENT) == EXPONENT;
}

/* Neither infinite nor NaN, all of them: looked at by their bits, about as fast as memory gives them. */
static bool all_finite(const float *x, size_t n)
{
	uint32_t bad[LANES] = { 0 }, any = 0;
	size_t i = 0;

	for (; i + LANES <= n; i += LANES)
		for (size_t k = 0; k < LANES; k++)
			bad[k] |= not_finite(x + i + k);
	for (; i < n; i++)
		any |= not_finite(x + i);
	for (size_t k = 0; k < LANES; k++)
		any |= bad[k];
	return !any;
}

/* "row 3, column 'age'" */
static const char *check_place(const Dataset *about, size_t row, size_t column, char out[160])
{
	const char *name = about->column ? about->column[column].name : NULL;

	if (name)
		text_format(out, 160, "row %zu, column '%.60s'", row + 1, name);
	else
		text_format(out, 160, "row %zu, column %zu", row + 1, column + 1);
	return out;
}

/* --- features --------------------------------------------------------------------------------- */

static bool check_value(const Dataset *about, float x, size_t row, size_t column, Err *err)
{
	char place[160];

	if (isfinite(x) || (isnan(x) && about->missing))
		return true;
	return err_set(err, ERR_FORMAT, "%s: the value is %s",
		       check_place(about, row, column, place),
		       isnan(x) ? "missing, but none should be" : "infinite");
}

static bool check_floats(const Dataset *about, const float *x, size_t n, size_t row, Err *err)
{
	size_t features = about->features;

	if (all_finite(x, n * features))
		return true;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < features; j++)
			if (!check_value(about, x[i * features + j], row + i, j, err))
				return false;
	return true;
}

/* Values of a column of categories are used as an index. */
static bool check_categories(const Dataset *about, const Dataset *set, size_t at, size_t n,
			     size_t row, Err *err)
{
	char place[160];

	for (size_t j = 0; about->column && j < about->features; j++) {
		size_t categories = about->column[j].categories;

		for (size_t i = 0; categories && i < n; i++) {
			size_t cell = (at + i) * about->features + j;
			float x = set->form == DATASET_BYTES
					  ? (float)set->bytes[cell] * about->byte_scale
					  : set->floats[cell];

			if (isnan(x) || (x >= 0 && x < (float)categories && x <= floorf(x)))
				continue;
			return err_set(err, ERR_FORMAT, "%s: %g is none of %zu categories",
				       check_place(about, row + i, j, place), (double)x,
				       categories);
		}
	}
	return true;
}

static bool check_sparse(const Dataset *about, const Sparse *sparse, size_t at, size_t n,
			 size_t row, Err *err)
{
	char place[160];

	for (size_t i = 0; i < n; i++) {
		size_t next = 0;

		for (uint64_t e = sparse->begin[at + i]; e < sparse->begin[at + i + 1]; e++) {
			size_t column = sparse->column[e];

			if (column < next || column >= about->features)
				return err_set(err, ERR_FORMAT, "row %zu: column %zu is %s",
					       row + i + 1, column + 1,
					       column < next ? "out of order" : "not there");
			if (!isfinite(sparse->value[e]))
				return err_set(err, ERR_FORMAT, "%s: the value is no finite number",
					       check_place(about, row + i, column, place));
			next = column + 1;
		}
	}
	return true;
}

/* --- answers ---------------------------------------------------------------------------------- */

static bool check_labels(const Dataset *about, const uint16_t *label, size_t n, size_t row,
			 Err *err)
{
	for (size_t i = 0; i < n; i++)
		if (label[i] >= about->classes)
			return err_set(err, ERR_FORMAT,
				       "row %zu: the label is %u, but must be below %zu",
				       row + i + 1, label[i], about->classes);
	return true;
}

static bool check_targets(const float *target, size_t n, size_t row, Err *err)
{
	if (all_finite(target, n))
		return true;
	for (size_t i = 0; i < n; i++)
		if (!isfinite(target[i]))
			return err_set(err, ERR_FORMAT, "row %zu: the target is no finite number",
				       row + i + 1);
	return true;
}

bool datafile_check(const Dataset *about, const Dataset *set, size_t at, size_t n, size_t row,
		    Err *err)
{
	if (set->form == DATASET_FLOATS &&
	    !check_floats(about, set->floats + at * about->features, n, row, err))
		return false;
	if (set->form == DATASET_SPARSE && !check_sparse(about, &set->sparse, at, n, row, err))
		return false;
	if (set->form != DATASET_SPARSE && !check_categories(about, set, at, n, row, err))
		return false;
	return set->classes ? check_labels(about, set->labels + at, n, row, err)
			    : check_targets(set->targets + at, n, row, err);
}

/* Feature selection: the columns that tell most, by the training rows. Each is judged alone, but by
 * "forward" (forward.h).
 * f: analysis of variance between the classes (regression: the correlation's F); chi2: observed
 * against expected sums of each class, for counts; variance: no labels asked.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "data/forward.h"
#include "data/prepare.h"
#include "data/prepared.h"

#define SELECT_POLL 1024 /* rows between two looks at control */

enum { SELECT_F, SELECT_CHI2, SELECT_VARIANCE, SELECT_FORWARD };

/* Sums over the training rows, of each column. */
typedef struct Sums {
	size_t features, classes; /* 1 class: regression */
	double *of_class;         /* (classes, features); regression: Σ x */
	double *squares;          /* Σ x² */
	double *products;         /* regression: Σ x·target */
	double *rows;             /* (classes): how many */
	double target, target_squares;
	bool negative;
} Sums;

static bool sums_take(Sums *s, const Dataset *set, Err *err)
{
	s->features = set->features;
	s->classes = set->classes ? set->classes : 1;
	s->of_class = calloc(s->classes * s->features, sizeof *s->of_class);
	s->squares = calloc(s->features, sizeof *s->squares);
	s->products = calloc(s->features, sizeof *s->products);
	s->rows = calloc(s->classes, sizeof *s->rows);
	return (s->of_class && s->squares && s->products && s->rows) ||
	       err_set(err, ERR_MEMORY, "no memory to judge %zu columns", s->features);
}

static void sums_done(Sums *s)
{
	free(s->of_class);
	free(s->squares);
	free(s->products);
	free(s->rows);
}

static inline void sums_value(Sums *s, double *of_class, size_t j, double x, double target)
{
	of_class[j] += x;
	s->squares[j] += x * x;
	s->products[j] += x * target;
	s->negative |= x < 0;
}

static bool sums_rows(Sums *s, const Rows *train, float *x, Control *control, Err *err)
{
	for (size_t i = 0; i < train->count; i++) {
		size_t class = train->set->labels ? rows_label(train, i) : 0;
		double target = train->set->labels ? 0 : (double)rows_target(train, i);
		double *of_class = s->of_class + class * s->features;

		if (i % SELECT_POLL == 0 && !control_poll(control, err))
			return false;
		s->rows[class]++;
		s->target += target;
		s->target_squares += target * target;
		if (train->set->form == DATASET_SPARSE) {
			SparseRow row = rows_sparse(train, i);

			for (size_t k = 0; k < row.count; k++)
				sums_value(s, of_class, row.column[k], (double)row.value[k],
					   target);
			continue;
		}
		rows_floats(train, i, 1, x);
		for (size_t j = 0; j < s->features; j++)
			sums_value(s, of_class, j, (double)x[j], target);
	}
	return true;
}

/* --- scores ----------------------------------------------------------------------------------- */

static double score_variance(const Sums *s, size_t j, double n)
{
	double sum = 0;

	for (size_t c = 0; c < s->classes; c++)
		sum += s->of_class[c * s->features + j];
	return s->squares[j] / n - sum / n * (sum / n);
}

static double score_f(const Sums *s, size_t j, double n)
{
	double sum = 0, between = 0, within, classes = 0;

	for (size_t c = 0; c < s->classes; c++) {
		double part = s->of_class[c * s->features + j];

		sum += part;
		between += s->rows[c] > 0 ? part * part / s->rows[c] : 0;
		classes += s->rows[c] > 0;
	}
	within = s->squares[j] - between;
	between -= sum * sum / n;
	return within > 0 ? between / (classes - 1) / (within / (n - classes))
			  : (between > 0 ? INFINITY : 0);
}

static double score_correlation(const Sums *s, size_t j, double n)
{
	double x = s->of_class[j], xx = s->squares[j] - x * x / n;
	double yy = s->target_squares - s->target * s->target / n;
	double xy = s->products[j] - x * s->target / n;
	double r2 = xx > 0 && yy > 0 ? xy * xy / (xx * yy) : 0;

	return r2 < 1 ? r2 / (1 - r2) * (n - 2) : INFINITY;
}

static double score_chi2(const Sums *s, size_t j, double n)
{
	double sum = 0, chi2 = 0;

	for (size_t c = 0; c < s->classes; c++)
		sum += s->of_class[c * s->features + j];
	for (size_t c = 0; c < s->classes; c++) {
		double expected = s->rows[c] / n * sum;
		double off = s->of_class[c * s->features + j] - expected;

		chi2 += expected > 0 ? off * off / expected : 0;
	}
	return chi2;
}

typedef struct Judged {
	double score;
	size_t column;
} Judged;

/* The best first; of equals the column that stands first. */
static int judged_order(const void *a, const void *b)
{
	const Judged *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

static int judged_columns(const void *a, const void *b)
{
	const Judged *x = a, *y = b;

	return (x->column > y->column) - (x->column < y->column);
}

/* The first keep of *judged are the columns to keep, in their order. */
static bool select_judge(Judged *judged, size_t keep, const Rows *train, int by, Control *control,
			 Err *err)
{
	Sums s = { 0 };
	size_t n = train->set->features;
	float *x = malloc(n * sizeof *x);
	bool fine = x ? sums_take(&s, train->set, err)
		      : err_set(err, ERR_MEMORY, "no memory for a row of %zu columns", n);

	fine = fine && sums_rows(&s, train, x, control, err);
	if (fine && by == SELECT_CHI2 && s.negative)
		fine = err_set(err, ERR_ARGUMENT,
			       "%s has values below 0; by=chi2 judges counts, use by=f",
			       train->set->name);
	for (size_t j = 0; fine && j < n; j++) {
		double rows = (double)train->count;

		judged[j].column = j;
		judged[j].score = by == SELECT_VARIANCE ? score_variance(&s, j, rows)
				  : by == SELECT_CHI2   ? score_chi2(&s, j, rows)
				  : train->set->labels  ? score_f(&s, j, rows)
							: score_correlation(&s, j, rows);
	}
	sums_done(&s);
	free(x);
	if (!fine)
		return false;
	qsort(judged, n, sizeof *judged, judged_order);
	qsort(judged, keep, sizeof *judged, judged_columns);
	return true;
}

/* The same by forward selection. */
static bool select_forward(Judged *judged, size_t keep, const Rows *train, Control *control,
			   Err *err)
{
	const Dataset *set = train->set;
	uint32_t *chosen;
	bool fine;

	if (set->form == DATASET_SPARSE || set->features > FORWARD_COLUMNS_MAX)
		return err_set(err, ERR_ARGUMENT,
			       "by=forward judges up to %d columns of dense rows together; use "
			       "by=f or by=chi2",
			       FORWARD_COLUMNS_MAX);
	chosen = malloc(keep * sizeof *chosen);
	if (!chosen)
		return err_set(err, ERR_MEMORY, "no memory to choose %zu columns", keep);
	fine = forward_select(train, keep, chosen, control, err);
	for (size_t j = 0; fine && j < keep; j++)
		judged[j] = (Judged){ .column = chosen[j] };
	free(chosen);
	if (fine)
		qsort(judged, keep, sizeof *judged, judged_columns);
	return fine;
}

/* --- the new dataset -------------------------------------------------------------------------- */

static bool select_names(Dataset *out, const Dataset *from, const Judged *kept, Err *err)
{
	Column *columns = from->column ? prepared_columns(out, err) : NULL;

	if (!from->column)
		return true;
	for (size_t j = 0; columns && j < out->features; j++)
		if (!prepared_column(out, &columns[j], &from->column[kept[j].column], err))
			return false;
	return columns != NULL;
}

static void select_dense(Dataset *out, const Dataset *from, const Judged *kept)
{
	size_t n = out->features;

	out->byte_scale = from->byte_scale;
	for (size_t i = 0; i < from->rows; i++)
		for (size_t j = 0; j < n; j++)
			if (from->bytes)
				out->bytes[i * n + j] =
					from->bytes[i * from->features + kept[j].column];
			else
				out->floats[i * n + j] =
					from->floats[i * from->features + kept[j].column];
}

static bool select_sparse(Dataset *out, const Dataset *from, const Judged *kept, Err *err)
{
	uint32_t *to = malloc(from->features * sizeof *to);
	uint64_t at = 0;

	if (!to)
		return err_set(err, ERR_MEMORY, "no memory for %zu columns", from->features);
	for (size_t j = 0; j < from->features; j++)
		to[j] = UINT32_MAX;
	for (size_t j = 0; j < out->features; j++)
		to[kept[j].column] = (uint32_t)j;
	for (size_t i = 0; i < from->rows; i++) {
		for (uint64_t k = from->sparse.begin[i]; k < from->sparse.begin[i + 1]; k++) {
			uint32_t column = to[from->sparse.column[k]];

			if (column == UINT32_MAX)
				continue;
			out->sparse.column[at] = column;
			out->sparse.value[at++] = from->sparse.value[k];
		}
		out->sparse.begin[i + 1] = at;
	}
	free(to);
	return true;
}

static Dataset *select_made(const Dataset *from, const Judged *kept, size_t keep, Err *err)
{
	bool sparse = from->form == DATASET_SPARSE;
	Dataset *out = prepared_like(from, from->form, keep,
				     sparse ? (size_t)from->sparse.begin[from->rows] : 0, err);

	if (!out)
		return NULL;
	if (select_names(out, from, kept, err)) {
		if (!sparse)
			select_dense(out, from, kept);
		if (!sparse || select_sparse(out, from, kept, err))
			return out;
	}
	dataset_free(out);
	return NULL;
}

static Dataset *select_apply(const Rows *train, const Params *params, Control *control, Err *err)
{
	const Dataset *from = train->set;
	size_t keep = (size_t)params_get(params, "keep")->integer;
	int by = params_get(params, "by")->choice;
	Judged *judged;
	Dataset *out = NULL;

	if (from->missing || keep > from->features) {
		err_set(err, ERR_ARGUMENT,
			from->missing ? "%s has missing values; impute them first"
				      : "%s has only %zu columns",
			from->name, from->features);
		return NULL;
	}
	judged = malloc(from->features * sizeof *judged);
	if (!judged)
		err_set(err, ERR_MEMORY, "no memory to judge %zu columns", from->features);
	else if (by == SELECT_FORWARD ? select_forward(judged, keep, train, control, err)
				      : select_judge(judged, keep, train, by, control, err))
		out = select_made(from, judged, keep, err);
	free(judged);
	return out;
}

static const Param select_params[] = {
	{ .name = "keep",
	  .type = PARAM_INT,
	  .minimum = 1,
	  .maximum = 16777216,
	  .unit = "columns",
	  .required = true,
	  .help = "How many columns stay." },
	{ .name = "by",
	  .type = PARAM_CHOICE,
	  .value = "f",
	  .choices = "f|chi2|variance|forward",
	  .help = "f compares the variance between classes with that inside them (regression: "
		  "the correlation); chi2 is for counts; variance asks no labels; forward takes "
		  "those that together predict best (dense rows, up to 4,096 columns)." },
	{ 0 },
};

extern const PrepareKind prepare_select;
const PrepareKind prepare_select = {
	.info = { .name = "select",
		  .title = "feature selection",
		  .about = "Keeps the columns that tell most about the class or number.",
		  .params = select_params },
	.apply = select_apply,
};

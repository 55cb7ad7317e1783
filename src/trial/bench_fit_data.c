/* The rows of bench fit: a sample or a fold of a set, prepared by its training rows.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "data/prepare.h"
#include "trial/bench_fit_inside.h"

/* --- what the kind takes ---------------------------------------------------------------------- */

static bool check_form(const ModelKind *kind, const Dataset *set, Err *err)
{
	char who[256];
	size_t len = 0;
	if (set->form != DATASET_SPARSE || (kind->takes & MODEL_SPARSE))
		return true;
	who[0] = '\0';
	for (size_t i = 0; model_kinds[i]; i++)
		if (model_kinds[i]->takes & MODEL_SPARSE)
			len += text_format(who + len, sizeof who - len, "%s%s", len ? ", " : "",
					   model_kinds[i]->info.name);
	return err_set(
		err, ERR_ARGUMENT,
		"the %s takes no sparse rows as %s has: write them out with --prepare dense, "
		"or use %s",
		kind->info.name, set->name, who);
}

static bool check_missing(const ModelKind *kind, const Dataset *set, Err *err)
{
	return !set->missing || (kind->takes & MODEL_MISSING) ||
	       err_set(err, ERR_ARGUMENT,
		       "the %s takes no missing values, and %s has some: fill them with --prepare "
		       "impute",
		       kind->info.name, set->name);
}

/* --- the rows --------------------------------------------------------------------------------- */

/* Takes the fold out of the training rows; the test rows are not looked at then. */
static bool take_fold(FitData *data, const BenchOptions *options, Err *err)
{
	Rows train, held;
	if (!options->folds)
		return true;
	if (!rows_fold(&train, &held, &data->train, options->folds, options->fold - 1,
		       options->seed, err))
		return false;
	rows_done(&data->train);
	rows_done(&data->test);
	data->train = train;
	data->test = held;
	return true;
}

/* The split, whose training and test rows become the data's own. */
static bool take_rows(FitData *data, Bench *bench, Err *err)
{
	const BenchOptions *options = bench->options;
	if (!dataset_split(&bench->split, bench->set, options->rows, 0, options->seed, err) ||
	    !rows_dup(&data->train, &bench->split.train, err) ||
	    !rows_dup(&data->test, &bench->split.test, err) || !take_fold(data, options, err))
		return false;
	return data->test.count > 0 ||
	       err_set(err, ERR_ARGUMENT, "%s has no test rows; use --fold", bench->set->name);
}

static bool prepare(FitData *data, Bench *bench, Err *err)
{
	const char *lines = bench->options->prepare;
	if (!lines)
		return true;
	int64_t begin_ns = clock_now_ns();
	data_split_done(&bench->split);
	bench->split = (DataSplit){ 0 };
	bench->set = prepare_taken(bench->set, &data->train, lines, bench->trial->control, err);
	data->train.set = data->test.set = bench->set;
	data->prepare_s = (double)(clock_now_ns() - begin_ns) / CLOCK_NS_PER_S;
	return bench->set;
}

bool fit_data_load(FitData *out, Bench *bench, const ModelKind *kind, const DataPaths *paths,
		   Err *err)
{
	int64_t begin_ns = clock_now_ns();
	*out = (FitData){ 0 };
	bench->set = dataset_load(bench->options->data, paths, NULL, bench->trial->control, err);
	if (!bench->set || !trial_dataset(bench->trial, bench->set, err) ||
	    !take_rows(out, bench, err))
		return false;
	out->load_s = (double)(clock_now_ns() - begin_ns) / CLOCK_NS_PER_S;
	return prepare(out, bench, err) && check_form(kind, bench->set, err) &&
	       check_missing(kind, bench->set, err);
}

void fit_data_done(FitData *data)
{
	rows_done(&data->train);
	rows_done(&data->test);
}

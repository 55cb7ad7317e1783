/* Gradient boosting of trees with histograms.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model/trees/boost.h"
#include "model/trees/forest.h"
#include "model/trees/model.h"

/* Few levels are for speed: many derivatives of classes become 0. */
#define BOOSTING_LEVELS 32767
#define BOOSTING_MANY_ROWS 20000

static unsigned boosting_levels(const Model *model, const Rows *train)
{
	int64_t levels = model_setting(model, "levels")->integer;

	if (levels > 0)
		return (unsigned)levels;
	return train->set->classes && train->count >= BOOSTING_MANY_ROWS ? 31 : BOOSTING_LEVELS;
}

static BoostOptions boosting_options(const Model *model, const Rows *train,
				     const FitOptions *options)
{
	int64_t depth = model_setting(model, "depth")->integer;

	return (BoostOptions){
		.rounds = (size_t)model_setting(model, "rounds")->integer,
		.leaves = (size_t)model_setting(model, "leaves")->integer,
		.depth = depth ? (unsigned)depth : TREE_DEPTH_MAX,
		.rate = (float)model_setting(model, "rate")->number,
		.l2 = model_setting(model, "l2")->number,
		.min_weight = model_setting(model, "min_weight")->number,
		.min_leaf = (double)model_setting(model, "min_leaf")->integer,
		.levels = boosting_levels(model, train),
		.seed = options->seed,
		.patience = options->patience,
		.valid = options->valid,
	};
}

static bool boosting_fit(Model *model, const Rows *train, const FitOptions *options,
			 FitWatch *watch, Control *control, Err *err)
{
	const BoostOptions boosting = boosting_options(model, train, options);
	unsigned bins = (unsigned)model_setting(model, "bins")->integer;
	Arena *arena = arena_new(0, err);
	TreesTable table;
	Boost boost = { 0 };
	bool fine = arena &&
		    trees_table(&table, train, bins, bins, options->pool, arena, control, err) &&
		    boost_fit(&boost, &table, &boosting, options->pool, watch, control, err);

	if (fine && boost.trees == 0)
		fine = err_set(err, ERR_INTERRUPTED, "fit: stopped before the first round");
	fine = fine && trees_model(model, train->set->features, boost.tree, boost.trees,
				   boost.outputs, TREES_TURNS, boost.base, table.missing, err);
	if (fine)
		model->steps += boost.trees / boost.outputs;
	boost_done(&boost);
	arena_free(arena);
	return fine;
}

static const char *const boosting_fit_keys[] = { "patience", NULL };

static const Param boosting_params[] = {
	{ .name = "rounds",
	  .type = PARAM_INT,
	  .value = "100",
	  .minimum = 1,
	  .maximum = 100000,
	  .unit = "rounds",
	  .help = "Each adds a tree, or one for each of three or more classes." },
	{ .name = "rate",
	  .type = PARAM_NUMBER,
	  .value = "0.1",
	  .minimum = 1e-6,
	  .maximum = 1,
	  .help = "Share of a tree's values that is added." },
	{ .name = "leaves",
	  .type = PARAM_INT,
	  .value = "31",
	  .minimum = 2,
	  .maximum = 4096,
	  .unit = "leaves",
	  .help = "Leaves of a tree at most; the leaf that gains most is split first." },
	FOREST_DEPTH,
	{ .name = "l2",
	  .type = PARAM_NUMBER,
	  .value = "0",
	  .minimum = 0,
	  .maximum = 1e9,
	  .help = "Added to the sum of second derivatives of a leaf: makes its value smaller." },
	{ .name = "min_weight",
	  .type = PARAM_NUMBER,
	  .value = "0.1",
	  .minimum = 0,
	  .maximum = 1e9,
	  .help = "Sum of second derivatives of a leaf, at least; with much less a few rows of a "
		  "rare class throw the others about." },
	{ .name = "min_leaf",
	  .type = PARAM_INT,
	  .value = "20",
	  .minimum = 1,
	  .maximum = 1e9,
	  .unit = "rows",
	  .help = "Training rows of a leaf, at least, by its share of the second derivatives." },
	{ .name = "bins",
	  .type = PARAM_INT,
	  .value = "255",
	  .minimum = 2,
	  .maximum = 255,
	  .unit = "bins",
	  .help = "Numbers of a column fall into so many; bytes stay bytes." },
	{ .name = "levels",
	  .type = PARAM_INT,
	  .value = "0",
	  .minimum = 0,
	  .maximum = BOOSTING_LEVELS,
	  .help = "Derivatives are rounded, up or down at random, to whole numbers of at most this "
		  "size; fewer are faster for many rows of classes, which then have 31; 0: as "
		  "suits "
		  "the rows." },
	FOREST_SEED,
	{ 0 },
};

const ModelKind model_boosting = {
	.info = { .name = "boosting",
		  .title = "gradient boosting",
		  .about = "Small trees one after the other, each grown against the errors of "
			   "those before it.",
		  .params = boosting_params },
	.takes = MODEL_NUMBERS | MODEL_MISSING,
	.by_data = true,
	.fit_keys = boosting_fit_keys,
	.fit = boosting_fit,
};

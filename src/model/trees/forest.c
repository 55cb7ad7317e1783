/* Many trees on all threads.
 * SPDX-License-Identifier: MIT */
#include "model/trees/forest.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "model/trees/model.h"

/* Where bins would lose a little and words cost little. */
#define FOREST_EXACT 1000
#define FOREST_POLL_NS 20000000 /* between two looks at control */

/* One growing of a forest. */
typedef struct Forest {
	const ForestOptions *options;
	Tree *tree;
	Grower **grower; /* (threads) */
	Err *err;        /* (threads) */
	atomic_size_t next, done;
	atomic_bool failed, stopping;
	double weight; /* of all rows, for pruning */
	FitWatch *watch;
	Control *control;
	/* Of the caller's thread. */
	size_t reported;
	int64_t reported_ns, polled_ns;
} Forest;

void forest_options(ForestOptions *out, const Model *model, const Rows *train,
		    const FitOptions *options)
{
	int64_t depth = model_setting(model, "depth")->integer;

	*out = (ForestOptions){ .trees = 1, .seed = options->seed };
	out->grow = (GrowOptions){
		.criterion = model_setting(model, "criterion")->choice ? SPLIT_ENTROPY : SPLIT_GINI,
		.ties = true,
		.depth = depth ? (unsigned)depth : TREE_DEPTH_MAX,
		.min_leaf = (uint64_t)model_setting(model, "min_leaf")->integer,
		.min_split = (uint64_t)model_setting(model, "min_split")->integer,
		.features = (size_t)model_setting(model, "features")->integer,
	};
	if (!train->set->classes)
		out->grow.criterion = SPLIT_VARIANCE;
	if (out->grow.features > train->set->features)
		out->grow.features = train->set->features;
}

void forest_options_many(ForestOptions *out, const Model *model, const Rows *train)
{
	const ParamValue *bins = model_setting(model, "bins");
	size_t features = train->set->features;

	out->trees = (size_t)model_setting(model, "trees")->integer;
	out->codes = (unsigned)bins->integer;
	out->exact = bins->given ? out->codes : FOREST_EXACT;
	if (out->grow.features == 0 && !train->set->classes)
		out->grow.features = features;
	for (size_t n = out->grow.features ? 0 : 1; n > 0 && n * n <= features; n++)
		out->grow.features = n;
}

/* --- on one thread ---------------------------------------------------------------------------- */

typedef struct ForestWatch {
	GrowWatch base;
	Forest *forest;
	bool main; /* the caller's thread, which alone may look at control */
} ForestWatch;

static bool forest_poll(GrowWatch *base, Err *err)
{
	ForestWatch *self = (ForestWatch *)base;
	Forest *forest = self->forest;

	if (self->main && clock_now_ns() - forest->polled_ns > FOREST_POLL_NS) {
		forest->polled_ns = clock_now_ns();
		if (!control_poll(forest->control, err))
			return false;
		if (control_stopping(forest->control))
			atomic_store(&forest->stopping, true);
	}
	return !atomic_load(&forest->failed) ||
	       err_set(err, ERR_INTERNAL, "fit: another thread failed");
}

/* Trees that were finished since the last time, one report each. */
static bool forest_report(Forest *forest, Err *err)
{
	size_t done = atomic_load(&forest->done), news = done - forest->reported;
	int64_t now_ns = clock_now_ns();
	FitEpoch report = { .epochs = forest->options->trees,
			    .loss = NAN,
			    .accuracy = NAN,
			    .valid_loss = NAN,
			    .valid_accuracy = NAN };

	if (news == 0)
		return true;
	report.time_s = (double)(now_ns - forest->reported_ns) / CLOCK_NS_PER_S / (double)news;
	forest->reported_ns = now_ns;
	while (forest->reported < done) {
		report.epoch = ++forest->reported;
		if (forest->watch && !forest->watch->epoch(forest->watch, &report, err))
			return false;
	}
	return true;
}

static bool forest_tree(Forest *forest, unsigned part, size_t number, ForestWatch *watch)
{
	Tree *tree = &forest->tree[number];
	const ForestOptions *options = forest->options;
	Err *err = &forest->err[part];
	Random random;

	random_init(&random, options->seed, RANDOM_WEIGHTS + ((uint64_t)(number + 1) << 8));
	if (!grower_grow(forest->grower[part], tree, &random, &watch->base, err))
		return false;
	if (options->alpha > 0 && !tree_prune(tree, options->alpha, forest->weight, err))
		return false;
	tree_fit(tree);
	atomic_fetch_add(&forest->done, 1);
	return !watch->main || forest_report(forest, err);
}

static void forest_task(void *user, unsigned part, unsigned parts)
{
	Forest *forest = user;
	ForestWatch watch = { { forest_poll }, forest, part == 0 };

	(void)parts;
	if (part >= forest->options->trees) /* it has no memory of its own */
		return;
	while (!atomic_load(&forest->failed) && !atomic_load(&forest->stopping)) {
		size_t number = atomic_fetch_add(&forest->next, 1);

		if (number >= forest->options->trees)
			return;
		if (!forest_tree(forest, part, number, &watch))
			atomic_store(&forest->failed, true);
	}
}

/* --- all -------------------------------------------------------------------------------------- */

static bool forest_take(Forest *forest, const TreesTable *table, const double *xlogx, Pool *pool,
			Arena *arena, Err *err)
{
	unsigned threads = pool_threads(pool);

	if (forest->options->trees < threads)
		threads = (unsigned)forest->options->trees;
	forest->grower = arena_take(arena, threads, sizeof *forest->grower, err);
	forest->err = arena_take(arena, pool_threads(pool), sizeof *forest->err, err);
	if (!forest->grower || !forest->err)
		return false;
	for (unsigned i = 0; i < threads; i++) {
		forest->grower[i] = grower_new(table, &forest->options->grow, xlogx, arena, err);
		if (!forest->grower[i])
			return false;
	}
	return true;
}

/* Of the threads' failures the first that is not about another's. */
static bool forest_failed(const Forest *forest, unsigned threads, Err *err)
{
	bool set = false;

	for (unsigned i = 0; i < threads; i++)
		if (forest->err[i].code != ERR_NONE && (!set || err->code == ERR_INTERNAL)) {
			*err = forest->err[i];
			set = true;
		}
	return false;
}

static bool forest_grow(Forest *forest, const Rows *train, Pool *pool, Arena *arena, Err *err)
{
	const ForestOptions *options = forest->options;
	unsigned threads = pool_threads(pool);
	const double *xlogx = NULL;
	TreesTable table;

	if (!trees_table(&table, train, options->codes, options->exact, pool, arena,
			 forest->control, err))
		return false;
	if (options->grow.criterion == SPLIT_ENTROPY) {
		xlogx = split_xlogx(train->count, arena, err);
		if (!xlogx)
			return false;
	}
	if (!forest_take(forest, &table, xlogx, pool, arena, err))
		return false;
	forest->weight = (double)train->count;
	forest->reported_ns = forest->polled_ns = clock_now_ns();
	if (options->trees == 1)
		forest_task(forest, 0, 1);
	else
		pool_run(pool, forest_task, forest);
	if (atomic_load(&forest->failed))
		return forest_failed(forest, threads, err);
	return forest_report(forest, err);
}

bool forest_fit(Model *model, const Rows *train, const ForestOptions *options, Pool *pool,
		FitWatch *watch, Control *control, Err *err)
{
	Forest forest = { .options = options, .watch = watch, .control = control };
	size_t outputs = train->set->classes ? train->set->classes : 1;
	Arena *arena = arena_new(0, err);
	bool fine = arena;

	forest.tree = calloc(options->trees, sizeof *forest.tree);
	if (fine && !forest.tree)
		fine = err_set(err, ERR_MEMORY, "no memory for %zu trees", options->trees);
	for (size_t i = 0; fine && i < options->trees; i++)
		tree_init(&forest.tree[i], outputs);
	fine = fine && forest_grow(&forest, train, pool, arena, err) &&
	       trees_model(model, train->set->features, forest.tree, atomic_load(&forest.done),
			   outputs, TREES_MEAN, NULL, false, err);
	if (fine)
		model->steps += atomic_load(&forest.done);
	for (size_t i = 0; forest.tree && i < options->trees; i++)
		tree_done(&forest.tree[i]);
	free(forest.tree);
	arena_free(arena);
	return fine;
}

const Param forest_params_many[] = {
	FOREST_TREES,
	FOREST_CRITERION("gini"),
	FOREST_DEPTH,
	FOREST_MIN_LEAF,
	FOREST_MIN_SPLIT,
	FOREST_FEATURES("the square root of all, or all for numbers"),
	FOREST_BINS,
	FOREST_SEED,
	{ 0 },
};

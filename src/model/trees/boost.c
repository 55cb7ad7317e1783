/* Gradient boosting: the loss and its derivatives, round after round.
 * SPDX-License-Identifier: MIT */
#include "model/trees/boost.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/trees/boost_tree.h"
#include "num/cpu.h"
#include "num/train/activation.h"

#define BOOST_ROWS 256 /* of a piece of work */
#define BOOST_TINY 1e-16f

/* Rows and what is predicted for them. */
typedef struct BoostSide {
	const Rows *rows;
	float *score; /* (count, outputs) */
	double loss, accuracy;
} BoostSide;

typedef struct BoostWork {
	const TreesTable *table;
	const BoostOptions *options;
	Boost *boost;
	Pool *pool;
	uint32_t features;
	size_t classes, outputs;
	BoostSide train, valid;
	float *p;                  /* (rows of a side, outputs) probabilities, or numbers */
	float *gradient, *hessian; /* (train rows) of one output */
	/* Of a round of threads. */
	BoostSide *side;
	size_t output;
	float *rest;   /* (threads, BOOST_ROWS, features): rows as numbers, of valid */
	double *piece; /* (pieces, 2): loss and rows that are right */
	size_t tree;   /* the first that is not in valid's scores */
} BoostWork;

/* --- the loss --------------------------------------------------------------------------------- */

/* Probabilities from scores, in place; numbers are what they are. */
static void boost_links(const BoostWork *work, float *p, size_t n)
{
	if (work->classes && work->outputs > 1)
		act_softmax(work->features, p, p, n, work->outputs);
	else if (work->classes)
		act_run(work->features, ACT_SIGMOID, p, p, n);
}

/* Loss and hits of one row from its probabilities. */
static void boost_row(const BoostWork *work, const BoostSide *side, size_t row, const float *p,
		      double *sums)
{
	if (!work->classes) {
		double d = (double)p[0] - (double)rows_target(side->rows, row);

		sums[0] += d * d;
		return;
	}
	uint16_t label = rows_label(side->rows, row);

	if (work->outputs == 1) {
		sums[0] -= log(fmax((double)(label ? p[0] : 1 - p[0]), 1e-30));
		sums[1] += (p[0] > 0.5f) == (label == 1);
		return;
	}
	size_t best = 0;

	for (size_t k = 1; k < work->outputs; k++)
		best = p[k] > p[best] ? k : best;
	sums[0] -= log(fmax((double)p[label], 1e-30));
	sums[1] += best == label;
}

static void boost_loss_task(void *user, unsigned part, unsigned parts)
{
	BoostWork *work = user;
	const BoostSide *side = work->side;
	size_t outputs = work->outputs, begin, end;

	pool_share(side->rows->count, BOOST_ROWS, part, parts, &begin, &end);
	for (; begin < end; begin += BOOST_ROWS) {
		size_t n = end - begin < BOOST_ROWS ? end - begin : BOOST_ROWS;
		double *sums = work->piece + 2 * (begin / BOOST_ROWS);
		float *p = work->p + begin * outputs;

		memcpy(p, side->score + begin * outputs, n * outputs * sizeof *p);
		boost_links(work, p, n);
		sums[0] = sums[1] = 0;
		for (size_t i = 0; i < n; i++)
			boost_row(work, side, begin + i, p + i * outputs, sums);
	}
}

static void boost_loss(BoostWork *work, BoostSide *side)
{
	size_t count = side->rows->count;
	double loss = 0, right = 0;

	work->side = side;
	pool_run(work->pool, boost_loss_task, work);
	for (size_t i = 0; i < (count + BOOST_ROWS - 1) / BOOST_ROWS; i++) {
		loss += work->piece[2 * i];
		right += work->piece[2 * i + 1];
	}
	side->loss = loss / (double)count;
	side->accuracy = work->classes ? right / (double)count : NAN;
}

/* First and second derivatives for output work->output, from the probabilities of the training
 * rows. Friedman's factor K/(K − 1) for K classes: their scores have one number too many (2001,
 * algorithm 6). */
static void boost_derive_task(void *user, unsigned part, unsigned parts)
{
	BoostWork *work = user;
	const Rows *rows = work->train.rows;
	size_t outputs = work->outputs, k = work->output, begin, end;
	float scale = outputs > 1 ? (float)outputs / (float)(outputs - 1) : 1;

	pool_share(rows->count, BOOST_ROWS, part, parts, &begin, &end);
	for (size_t i = begin; i < end; i++) {
		float p = work->p[i * outputs + k];

		if (!work->classes) {
			work->gradient[i] = p - rows_target(rows, i);
			continue;
		}
		uint16_t label = rows_label(rows, i);
		bool hit = outputs > 1 ? label == k : label == 1;
		float h = scale * p * (1 - p);

		work->gradient[i] = hit ? p - 1 : p;
		work->hessian[i] = h > BOOST_TINY ? h : BOOST_TINY;
	}
}

/* --- validation ------------------------------------------------------------------------------- */

static float boost_value(const Tree *tree, const float *x)
{
	uint32_t at = tree->root;

	while (!(at & TREE_LEAF)) {
		float value = x[tree->feature[at]];
		bool left = isnan(value) ? tree->missing[at] : value <= tree->threshold[at];

		at = tree->child[2 * at + !left];
	}
	return tree->value[at & ~TREE_LEAF];
}

/* Adds the trees from work->tree on to the scores of valid. */
static void boost_valid_task(void *user, unsigned part, unsigned parts)
{
	BoostWork *work = user;
	const Rows *rows = work->valid.rows;
	size_t features = work->table->features, outputs = work->outputs, begin, end;
	float *x = work->rest + part * BOOST_ROWS * features;

	pool_share(rows->count, BOOST_ROWS, part, parts, &begin, &end);
	for (; begin < end; begin += BOOST_ROWS) {
		size_t n = end - begin < BOOST_ROWS ? end - begin : BOOST_ROWS;

		rows_floats(rows, begin, n, x);
		for (size_t t = work->tree; t < work->boost->trees; t++) {
			float *score = work->valid.score + begin * outputs + t % outputs;

			for (size_t i = 0; i < n; i++)
				score[i * outputs] +=
					boost_value(&work->boost->tree[t], x + i * features);
		}
	}
}

/* --- rounds ----------------------------------------------------------------------------------- */

/* Scores to begin with: logarithms of the classes' shares, or the mean. */
static void boost_base(const BoostWork *work)
{
	const Rows *rows = work->train.rows;
	double n = (double)rows->count, *sum = work->piece;

	memset(sum, 0, (work->classes ? work->classes : 1) * sizeof *sum);
	for (size_t i = 0; i < rows->count; i++) {
		if (work->classes)
			sum[rows_label(rows, i)]++;
		else
			sum[0] += (double)rows_target(rows, i);
	}
	for (size_t k = 0; k < work->outputs; k++) {
		double share = (sum[k] + 0.5) / (n + 1);

		if (!work->classes)
			work->boost->base[k] = (float)(sum[0] / n);
		else if (work->outputs > 1)
			work->boost->base[k] = (float)log(share);
		else
			work->boost->base[k] = (float)log((sum[1] + 0.5) / (sum[0] + 0.5));
	}
}

static bool boost_side(BoostSide *side, const BoostWork *work, const Rows *rows, Arena *arena,
		       Err *err)
{
	side->rows = rows;
	side->loss = side->accuracy = NAN;
	side->score = arena_take(arena, work->outputs * rows->count, sizeof *side->score, err);
	return side->score;
}

static void boost_side_begin(const BoostWork *work, BoostSide *side)
{
	for (size_t i = 0; i < side->rows->count; i++)
		memcpy(side->score + i * work->outputs, work->boost->base,
		       work->outputs * sizeof *side->score);
}

static bool boost_take(BoostWork *work, Arena *arena, Err *err)
{
	const BoostOptions *options = work->options;
	size_t n = work->table->count, most = n, outputs = work->outputs;
	Boost *boost = work->boost;

	if (!boost_side(&work->train, work, work->table->rows, arena, err))
		return false;
	if (options->valid) {
		size_t room = pool_threads(work->pool) * BOOST_ROWS * work->table->features;

		most = options->valid->count > n ? options->valid->count : n;
		work->rest = arena_take(arena, room, sizeof *work->rest, err);
		if (!work->rest || !boost_side(&work->valid, work, options->valid, arena, err))
			return false;
	}
	work->p = arena_take(arena, outputs * most, sizeof *work->p, err);
	work->gradient = arena_take(arena, n, sizeof *work->gradient, err);
	work->hessian = arena_take(arena, n, sizeof *work->hessian, err);
	work->piece =
		arena_take(arena, 2 * most / BOOST_ROWS + 2 + work->classes, sizeof(double), err);
	if (!work->p || !work->gradient || !work->hessian || !work->piece)
		return false;
	boost->outputs = outputs;
	boost->tree = calloc(options->rounds * outputs, sizeof *boost->tree);
	boost->base = calloc(outputs, sizeof *boost->base);
	if (!boost->tree || !boost->base)
		return err_set(err, ERR_MEMORY, "no memory for %zu trees",
			       options->rounds * outputs);
	boost_base(work);
	boost_side_begin(work, &work->train);
	if (options->valid)
		boost_side_begin(work, &work->valid);
	return true;
}

/* One tree for each output, all from the scores before the round. */
static bool boost_round_trees(BoostWork *work, BoostGrower *grower, size_t round, Control *control,
			      Err *err)
{
	boost_loss(work, &work->train);
	for (work->output = 0; work->output < work->outputs; work->output++) {
		Tree *tree = &work->boost->tree[work->boost->trees++];
		uint64_t number = round * work->outputs + work->output + 1;
		Random random;

		random_init(&random, work->options->seed, RANDOM_WEIGHTS + (number << 8));
		const BoostLoss loss = { work->gradient, work->classes ? work->hessian : NULL,
					 random_u64(&random), work->train.score + work->output,
					 work->outputs };

		pool_run(work->pool, boost_derive_task, work);
		tree_init(tree, 1);
		if (!boost_grow(grower, tree, &loss, control, err))
			return false;
		tree_fit(tree);
	}
	return true;
}

static void boost_cut(Boost *boost, size_t trees)
{
	while (boost->trees > trees)
		tree_done(&boost->tree[--boost->trees]);
}

static bool boost_report(const BoostWork *work, size_t round, int64_t begin_ns, FitWatch *watch,
			 Err *err)
{
	const FitEpoch report = {
		.epoch = round + 1,
		.epochs = work->options->rounds,
		.loss = work->train.loss,
		.accuracy = work->train.accuracy,
		.valid_loss = work->valid.loss,
		.valid_accuracy = work->valid.accuracy,
		.time_s = (double)(clock_now_ns() - begin_ns) / CLOCK_NS_PER_S,
	};

	return !watch || watch->epoch(watch, &report, err);
}

static bool boost_rounds(BoostWork *work, BoostGrower *grower, FitWatch *watch, Control *control,
			 Err *err)
{
	const BoostOptions *options = work->options;
	double best = INFINITY;
	size_t best_round = 0;

	work->valid.loss = work->valid.accuracy = NAN;
	for (size_t round = 0; round < options->rounds && !control_stopping(control); round++) {
		int64_t begin_ns = clock_now_ns();

		work->tree = work->boost->trees;
		if (!boost_round_trees(work, grower, round, control, err))
			return false;
		if (options->valid) {
			pool_run(work->pool, boost_valid_task, work);
			boost_loss(work, &work->valid);
		}
		if (!isfinite(work->train.loss) || (options->valid && !isfinite(work->valid.loss)))
			return err_set(err, ERR_DIVERGED,
				       "fit: the loss of round %zu is no number; make rate smaller",
				       round + 1);
		if (!boost_report(work, round, begin_ns, watch, err))
			return false;
		if (work->valid.loss < best) {
			best = work->valid.loss;
			best_round = round + 1;
		} else if (options->patience && round + 1 - best_round >= options->patience)
			break;
	}
	if (options->patience)
		boost_cut(work->boost, best_round * work->outputs);
	return true;
}

bool boost_fit(Boost *out, const TreesTable *table, const BoostOptions *options, Pool *pool,
	       FitWatch *watch, Control *control, Err *err)
{
	BoostWork work = { .table = table, .options = options, .boost = out, .pool = pool };
	Arena *arena = arena_new(0, err);
	HistLines lines;
	BoostGrower *grower = NULL;

	*out = (Boost){ 0 };
	work.classes = table->rows->set->classes;
	work.outputs = work.classes > 2 ? work.classes : 1;
	work.features = cpu_features();
	bool fine = arena && boost_take(&work, arena, err) &&
		    hist_lines(&lines, table, pool, arena, control, err);

	if (fine)
		grower = boost_grower_new(&lines, options, pool, arena, err);
	fine = grower && boost_rounds(&work, grower, watch, control, err);
	arena_free(arena);
	return fine;
}

void boost_done(Boost *boost)
{
	boost_cut(boost, 0);
	free(boost->tree);
	free(boost->base);
	*boost = (Boost){ 0 };
}

/* Boosting: histograms against plain sums, best splits against trying all, and what whole fits
 * learn.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "levels.h"
#include "model/trees/boost.h"
#include "model/trees/hist.h"
#include "model_make.h"
#include "num/pool.h"

enum { ROWS = 1500, FEATURES = 75 };

/* --- histograms ------------------------------------------------------------------------------- */

typedef struct Sample {
	Dataset *set;
	Rows rows;
	Arena *arena;
	TreesTable table;
	HistLines lines;
	uint32_t row[ROWS];
	uint64_t number[ROWS];
	size_t n; /* in histograms */
} Sample;

/* Columns of different lengths; in one of three a value is missing now and then. */
static Sample *new_made(bool missing)
{
	Sample *made = calloc(1, sizeof *made);
	Err err = { .code = ERR_NONE };
	Random random;

	assert_non_null(made);
	made->set = dataset_new("made", DATASET_FLOATS, ROWS, FEATURES, 2, 0, &err);
	made_fine(made->set, &err);
	made->set->train_rows = ROWS;
	made->set->missing = missing;
	made->rows = (Rows){ .set = made->set, .count = ROWS };
	random_init(&random, 4, RANDOM_ROWS);
	for (size_t i = 0; i < (size_t)ROWS * FEATURES; i++) {
		size_t f = i % FEATURES;
		float x = (float)random_below(&random, 3 + f * f);

		made->set->floats[i] = missing && f % 3 == 0 && x < 2 ? NAN : x;
	}
	made->arena = arena_new(0, &err);
	made_fine(trees_table(&made->table, &made->rows, 255, 255, NULL, made->arena, NULL, &err), &err);
	made_fine(hist_lines(&made->lines, &made->table, NULL, made->arena, NULL, &err), &err);
	for (uint32_t i = 0; i < ROWS; i++)
		if (random_below(&random, 4)) {
			made->row[made->n] = i;
			made->number[made->n++] =
				hist_number((int32_t)random_below(&random, 63) - 31,
					    (uint32_t)random_below(&random, 32));
		}
	return made;
}

static void free_made(Sample *made)
{
	arena_free(made->arena);
	dataset_free(made->set);
	free(made);
}

typedef struct Sums {
	int64_t g, h;
} Sums;

/* Of rows whose code satisfies the split of feature f. */
static Sums plain_left(const Sample *made, size_t first, size_t n, size_t f, unsigned code,
		       bool missing)
{
	Sums sums = { 0, 0 };

	for (size_t i = first; i < first + n; i++) {
		unsigned is = made->table.byte[f * made->table.ld + made->row[i]];
		bool absent = is == made->table.column[f].codes;

		if (absent ? !missing : is > code)
			continue;
		sums.g += hist_gradient(made->number[i]);
		sums.h += hist_hessian(made->number[i]);
	}
	return sums;
}

static double plain_score(const Sample *made, size_t first, size_t n, const HistNode *node,
			  const HistBest *split)
{
	Sums left = plain_left(made, first, n, split->feature, split->code, split->missing);
	double g = (double)left.g, h = (double)left.h, l2 = (double)node->l2;
	double rest = hist_gradient(node->sum) - g, other = hist_hessian(node->sum) - h;

	if (h < (double)node->least || other < (double)node->least)
		return -INFINITY;
	return g * g / (h + l2) + rest * rest / (other + l2);
}

static void check_best(const Sample *made, size_t first, size_t n, const HistNode *node,
		       const HistBest *best, size_t pack)
{
	double most = -INFINITY, found = plain_score(made, first, n, node, best);

	for (uint32_t f = (uint32_t)pack * HIST_PACK;
	     f < (pack + 1) * HIST_PACK && f < made->table.features; f++)
		for (uint32_t code = 0; code < made->table.column[f].codes; code++)
			for (int missing = 0; missing <= made->table.missing; missing++)
				most = fmax(most, plain_score(made, first, n, node,
							      &(HistBest){ 0, f, code, missing }));
	if (isinf(most)) {
		assert_true(best->score < 0);
		return;
	}
	if (!(fabs(found - most) <= 1e-5 * most) ||
	    !(fabs((double)best->score - most) <= 1e-5 * most))
		fail_msg("pack %zu: %g, by plain sums %g, but %g is the best", pack,
			 (double)best->score, found, most);
}

static uint64_t sum_of(const Sample *made, size_t first, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = first; i < first + n; i++)
		sum += made->number[i];
	return sum;
}

/* A node, and the two that it is parted into: the first third of its rows, and the rest. */
static void check_hist(const Sample *made, uint32_t features, HistBest *bests)
{
	size_t packs = made->lines.packs, third = made->n / 3, size = packs * HIST_SIZE;
	uint64_t *all = calloc(size, sizeof *all), *part = calloc(size, sizeof *part);
	HistNode whole = { sum_of(made, 0, made->n), 0.5f, 40 };
	HistNode small = { sum_of(made, 0, third), 0.5f, 20 };
	HistNode large = { whole.sum - small.sum, 0.5f, 30 };

	hist_sum(&made->lines, 0, packs, made->row, made->number, made->n, all);
	hist_sum(&made->lines, 0, packs, made->row, made->number, third, part);
	for (size_t pack = 0; pack < packs; pack++) {
		HistBest a = HIST_NONE, b = HIST_NONE, c = HIST_NONE;

		hist_best(&made->lines, features, pack, all + pack * HIST_SIZE, &whole, &a, NULL,
			  NULL, NULL);
		check_best(made, 0, made->n, &whole, &a, pack);
		if (a.score >= 0) {
			Sums left = plain_left(made, 0, made->n, a.feature, a.code, a.missing);
			uint64_t sum = hist_left(&made->lines, all, &a);

			assert_int_equal(hist_gradient(sum), left.g);
			assert_int_equal(hist_hessian(sum), left.h);
		}
		hist_best(&made->lines, features, pack, part + pack * HIST_SIZE, &small, &b,
			  all + pack * HIST_SIZE, &large, &c);
		check_best(made, 0, third, &small, &b, pack);
		check_best(made, third, made->n - third, &large, &c, pack);
		*bests++ = a;
		*bests++ = b;
		*bests++ = c;
	}
	hist_sum(&made->lines, 0, packs, made->row + third, made->number + third, made->n - third,
		 part);
	assert_memory_equal(all, part, size * sizeof *all);
	free(all);
	free(part);
}

static void test_hist(void **state)
{
	(void)state;
	for (int missing = 0; missing < 2; missing++) {
		Sample *made = new_made(missing);
		size_t bests = 3 * made->lines.packs;
		HistBest *first = calloc(bests, sizeof *first);
		HistBest *other = calloc(bests, sizeof *other);

		check_hist(made, 0, first);
		for (size_t level = 1; level < LEVELS; level++) {
			if (!level_runs(levels[level]))
				continue;
			check_hist(made, levels[level], other);
			for (size_t i = 0; i < bests; i++) {
				assert_memory_equal(&first[i].score, &other[i].score,
						    sizeof(float));
				assert_int_equal(first[i].feature, other[i].feature);
				assert_int_equal(first[i].code, other[i].code);
				assert_int_equal(first[i].missing, other[i].missing);
			}
		}
		free(first);
		free(other);
		free_made(made);
	}
}

/* --- fits ------------------------------------------------------------------------------------- */

static Model *new_model(const char *settings)
{
	const ModelKind *kind = model_kind_find("boosting");
	Err err = { .code = ERR_NONE };
	Params params;
	char text[256], *next = text;

	made_fine(params_init(&params, &kind->info, &err), &err);
	snprintf(text, sizeof text, "%s", settings);
	for (char *word = strtok_r(next, " ", &next); word; word = strtok_r(NULL, " ", &next)) {
		char *equals = strchr(word, '=');

		*equals = '\0';
		made_fine(params_set_text(&params, word, equals + 1, &err), &err);
	}
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	return model;
}

typedef struct Seen {
	FitWatch watch;
	double loss[200], valid[200];
	size_t epochs;
} Seen;

static bool see_epoch(FitWatch *watch, const FitEpoch *report, Err *err)
{
	Seen *seen = (Seen *)watch;

	(void)err;
	assert_int_equal(report->epoch, seen->epochs + 1);
	seen->loss[seen->epochs] = report->loss;
	seen->valid[seen->epochs++] = report->valid_loss;
	return true;
}

static void fit(Model *model, const Rows *rows, const Rows *valid, size_t patience,
		unsigned threads, Seen *seen)
{
	Err err = { .code = ERR_NONE };
	Pool *pool = pool_new(threads, &err);
	FitOptions options;

	*seen = (Seen){ .watch = { see_epoch } };
	fit_options_init(&options, model);
	options.pool = pool;
	options.valid = valid;
	options.patience = patience;
	made_fine(model_fit(model, rows, &options, &seen->watch, NULL, &err), &err);
	pool_free(pool);
}

/* The loss of the training rows falls, and threads change nothing. */
static void test_threads(void **state)
{
	Dataset *set = made_dataset(800, 3);
	Rows train = made_train(set), test = made_test(set);
	Seen seen;

	(void)state;
	Model *first = new_model("rounds=20 leaves=8 min_leaf=5 rate=0.2");

	fit(first, &train, NULL, 0, 1, &seen);
	assert_int_equal(seen.epochs, 20);
	for (size_t i = 1; i < 20; i++)
		assert_true(seen.loss[i] < seen.loss[i - 1]);
	assert_true(made_accuracy(first, KERNEL_DENSE, &test) > 0.93);
	for (unsigned threads = 2; threads <= 5; threads++) {
		Model *other = new_model("rounds=20 leaves=8 min_leaf=5 rate=0.2");

		fit(other, &train, NULL, 0, threads, &seen);
		made_same(first, other);
		model_free(other);
	}
	model_free(first);
	dataset_free(set);
}

/* Labels without sense: validation soon gets worse, and the best round is kept. */
static void test_patience(void **state)
{
	Dataset *set = made_dataset(600, 3);
	Rows train = { .set = set, .count = 300 },
	     valid = { .set = set, .first = 300, .count = 150 };
	Random random;
	Seen seen;
	size_t best = 0;

	(void)state;
	random_init(&random, 9, RANDOM_ROWS);
	for (size_t i = 0; i < set->rows; i++)
		if (random_below(&random, 2))
			set->labels[i] = (uint16_t)random_below(&random, MADE_CLASSES);
	Model *model = new_model("rounds=60 leaves=16 min_leaf=2 rate=0.3");

	fit(model, &train, &valid, 4, 2, &seen);
	for (size_t i = 1; i < seen.epochs; i++)
		best = seen.valid[i] < seen.valid[best] ? i : best;
	assert_int_equal(seen.epochs, best + 1 + 4);
	assert_int_equal(model->steps, best + 1);
	model_free(model);
	dataset_free(set);
}

/* A value that is missing says the class: splits must learn both directions. */
static void test_missing(void **state)
{
	(void)state;
	for (int side = 0; side < 2; side++) {
		Err err = { .code = ERR_NONE };
		Dataset *set = dataset_new("made", DATASET_FLOATS, 400, 3, 2, 0, &err);
		Rows rows = { .set = set, .count = 400 };
		Random random;
		Seen seen;

		made_fine(set, &err);
		set->train_rows = 400;
		set->missing = true;
		random_init(&random, 1, RANDOM_ROWS);
		for (size_t i = 0; i < 400; i++) {
			float x = random_uniform(&random, 0, 1);
			bool absent = random_below(&random, 3) == 0;

			set->floats[3 * i] = set->floats[3 * i + 2] = 0.5f;
			set->floats[3 * i + 1] = absent ? NAN : x;
			set->labels[i] = absent ? (uint16_t)side : x > 0.5f;
		}
		Model *model = new_model("rounds=30 leaves=4 min_leaf=5");

		fit(model, &rows, NULL, 0, 1, &seen);
		assert_true(made_accuracy(model, KERNEL_DENSE, &rows) > 0.99);
		model_free(model);
		dataset_free(set);
	}
}

/* Numbers: as good as their noise. */
static void test_numbers(void **state)
{
	Err err = { .code = ERR_NONE };
	Dataset *set = dataset_new("made", DATASET_FLOATS, 2000, 4, 0, 0, &err);
	Rows train = { .set = set, .count = 1500 };
	Rows test = { .set = set, .first = 1500, .count = 500, .test = true };
	Random random;
	Seen seen;

	(void)state;
	made_fine(set, &err);
	set->train_rows = 1500;
	random_init(&random, 1, RANDOM_ROWS);
	for (size_t i = 0; i < 2000; i++) {
		float *x = set->floats + 4 * i;

		for (size_t f = 0; f < 4; f++)
			x[f] = random_uniform(&random, -2, 2);
		set->targets[i] =
			1000 + x[0] * x[0] + 2 * x[1] + 0.1f * (float)random_normal(&random);
	}
	Model *model = new_model("rounds=150 leaves=16 levels=32767");

	fit(model, &train, NULL, 0, 2, &seen);
	float *outputs = made_logits(model, KERNEL_DENSE, &test, 32);

	assert_true(program_r2(outputs, &test) > 0.97);
	free(outputs);
	model_free(model);
	dataset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hist),     cmocka_unit_test(test_threads),
		cmocka_unit_test(test_patience), cmocka_unit_test(test_missing),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

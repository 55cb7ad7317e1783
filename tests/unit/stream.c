/* Fits from a stream: as good as in memory, naive Bayes the same; the same bits again; what is refused.
 * SPDX-License-Identifier: MIT */
#include "model/stream.h"

#include "datafile_make.h"
#include "model/program.h"
#include "num/train/optimizer.h"

#define ROWS 4000
#define FEATURES 10
#define CLASSES 3

static void make(Fixture *f, DatasetForm form, size_t classes)
{
	fixture_done(f);
	f->set = rows_make(form, ROWS, FEATURES, classes, 1);
	f->file = rows_file(f->path, f->set);
}

static Model *model_of(const char *kind, const char *name, const char *value)
{
	Err err = { .code = ERR_NONE };
	const ModelKind *k = model_kind_find(kind);
	Params params;
	Model *model;

	fine_or_fail(params_init(&params, &k->info, &err), &err);
	if (name)
		fine_or_fail(params_set_text(&params, name, value, &err), &err);
	model = model_new(k, &params, &err);
	fine_or_fail(model, &err);
	return model;
}

static Model *linear(void)
{
	return model_of("mlp", "layers", "10,3");
}

static FitOptions options_of(const Model *model)
{
	FitOptions options;

	fit_options_init(&options, model);
	options.epochs = 8;
	options.lr = 0.01f;
	return options;
}

/* A feed whose buffer holds a small part of the rows. */
static FeedOptions small_feed(void)
{
	return (FeedOptions){ .buffer_bytes = 40000, .block_bytes = 2000, .shuffle = true };
}

static void fit_both(Fixture *f, Model *streamed, Model *whole, const FitOptions *options)
{
	const Rows train = { .set = f->set, .count = f->set->train_rows };
	FeedOptions feed = small_feed();

	fine_or_fail(model_fit_stream(streamed, f->file, &feed, options, NULL, NULL, NULL, &f->err),
		     &f->err);
	fine_or_fail(model_fit(whole, &train, options, NULL, NULL, &f->err), &f->err);
}

static double accuracy(const Fixture *f, const Model *model)
{
	const Rows test = { .set = f->set,
			    .first = f->set->train_rows,
			    .count = f->set->rows - f->set->train_rows,
			    .test = true };
	ProgramOptions options = { .batch = 64 };
	Err err = { .code = ERR_NONE };
	size_t right = 0;
	uint16_t *predicted = malloc(test.count * sizeof *predicted);

	fine_or_fail(kernel_wish_parse(&options.wish, "auto", &err), &err);
	for (size_t i = 0; i < model->weighted; i++)
		options.form[i] = KERNEL_DENSE;
	Program *program = program_new(model, &options, &err);

	fine_or_fail(program && predicted, &err);
	fine_or_fail(program_predict(program, &test, predicted, NULL, &err), &err);
	for (size_t i = 0; i < test.count; i++)
		right += predicted[i] == rows_label(&test, i);
	program_free(program);
	free(predicted);
	return (double)right / (double)test.count;
}

static void check_as_good(const Fixture *f, const Model *streamed, const Model *whole)
{
	double a = accuracy(f, streamed), b = accuracy(f, whole);

	if (a < b - 0.02 || a < 0.9)
		fail_msg("%s: accuracy %.3f streamed, %.3f in memory", streamed->kind->info.name, a,
			 b);
}

/* --- networks --------------------------------------------------------------------------------- */

static void a_network_learns_as_well_as_in_memory(void **state)
{
	static const DatasetForm forms[] = { DATASET_BYTES, DATASET_FLOATS };
	Fixture *f = *state;

	for (size_t i = 0; i < 2; i++) {
		make(f, forms[i], CLASSES);
		Model *streamed = linear(), *whole = linear();
		FitOptions options = options_of(whole);

		fit_both(f, streamed, whole, &options);
		check_as_good(f, streamed, whole);
		assert_int_equal(streamed->steps, whole->steps);
		model_free(streamed);
		model_free(whole);
	}
}

/* With the whole file in the buffer, and in the order of the file, steps are those of a fit whose batch
 * is everything. */
static void one_piece_is_a_fit_in_memory(void **state)
{
	Fixture *f = *state;
	Model *streamed = linear(), *whole = linear();
	FitOptions options = options_of(whole);
	FeedOptions feed = { .buffer_bytes = 1 << 20 };

	make(f, DATASET_FLOATS, CLASSES);
	const Rows train = { .set = f->set, .count = f->set->train_rows };

	options.batch = train.count;
	options.optimizer = optimizer_default(OPTIMIZER_SGD);
	fine_or_fail(model_fit_stream(streamed, f->file, &feed, &options, NULL, NULL, NULL,
				      &f->err),
		     &f->err);
	fine_or_fail(model_fit(whole, &train, &options, NULL, NULL, &f->err), &f->err);
	for (size_t i = 0; i < whole->count; i++)
		assert_true(fabsf(streamed->params[i] - whole->params[i]) < 1e-5f);
	model_free(streamed);
	model_free(whole);
}

static void the_same_seed_gives_the_same_bits(void **state)
{
	Fixture *f = *state;
	Pool *pool = pool_new(2, &f->err);
	FeedOptions feed = small_feed();
	Model *model[4];

	fine_or_fail(pool, &f->err);
	make(f, DATASET_FLOATS, CLASSES);
	for (size_t i = 0; i < 4; i++) {
		model[i] = model_of("mlp", "layers", "10,64,3");
		FitOptions options = options_of(model[i]);

		options.batch = 256;
		options.pool = i == 1 ? pool : NULL;
		feed.alone = i == 2;
		options.seed = i == 3 ? 77 : 1;
		fine_or_fail(model_fit_stream(model[i], f->file, &feed, &options, NULL, NULL, NULL,
					      &f->err),
			     &f->err);
	}
	size_t bytes = model[0]->count * sizeof(float);

	assert_memory_equal(model[0]->params, model[1]->params, bytes);
	assert_memory_equal(model[0]->params, model[2]->params, bytes);
	assert_memory_not_equal(model[0]->params, model[3]->params, bytes);
	for (size_t i = 0; i < 4; i++)
		model_free(model[i]);
	pool_free(pool);
}

typedef struct Seen {
	FitWatch watch;
	size_t reports;
	FitEpoch last;
} Seen;

static bool seen_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	Seen *seen = (Seen *)self;

	(void)err;
	assert_int_equal(report->epoch, ++seen->reports);
	seen->last = *report;
	return true;
}

static void epochs_are_reported_and_numbers_learned(void **state)
{
	Fixture *f = *state;
	Model *model = model_of("mlp", "layers", "10,1");
	FitOptions options = options_of(model);
	Seen seen = { .watch = { seen_epoch } };
	FeedOptions feed = small_feed();
	StreamSpent spent;
	Rows valid;

	make(f, DATASET_FLOATS, 0);
	valid = (Rows){ .set = f->set, .count = 500 };
	options.loss = loss_default(LOSS_MSE);
	options.valid = &valid;
	options.patience = 100;
	fine_or_fail(model_fit_stream(model, f->file, &feed, &options, &seen.watch, NULL, &spent,
				      &f->err),
		     &f->err);
	assert_int_equal(seen.reports, options.epochs);
	assert_true(seen.last.loss < 0.2 && seen.last.valid_loss < 0.2);
	assert_true(isnan(seen.last.accuracy));
	assert_true(spent.rows_max < ROWS / 4 && spent.time_s >= spent.waited_s);
	assert_true(model->numbers && model->form == DATASET_FLOATS);
	model_free(model);
}

/* --- the other learners ----------------------------------------------------------------------- */

static void check_spans(const Model *a, const Model *b, float tolerance)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++)
		if (!(fabsf(a->params[i] - b->params[i]) <=
		      tolerance * fmaxf(1, fabsf(b->params[i]))))
			fail_msg("%s, number %zu: %.9g streamed, %.9g in memory",
				 a->kind->info.name, i, (double)a->params[i], (double)b->params[i]);
}

static void naive_bayes_is_the_same(void **state)
{
	static const struct {
		const char *kind;
		DatasetForm form;
		float tolerance;
	} cases[] = {
		{ "gaussian-nb", DATASET_BYTES, 0 },     { "gaussian-nb", DATASET_FLOATS, 2e-6f },
		{ "multinomial-nb", DATASET_BYTES, 0 },  { "multinomial-nb", DATASET_FLOATS, 0 },
		{ "multinomial-nb", DATASET_SPARSE, 0 }, { "bernoulli-nb", DATASET_BYTES, 0 },
		{ "bernoulli-nb", DATASET_FLOATS, 0 },   { "bernoulli-nb", DATASET_SPARSE, 0 },
	};
	Fixture *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		make(f, cases[i].form, CLASSES);
		Model *streamed = model_of(cases[i].kind, NULL, NULL);
		Model *whole = model_of(cases[i].kind, NULL, NULL);
		FitOptions options = options_of(whole);

		fit_both(f, streamed, whole, &options);
		check_spans(streamed, whole, cases[i].tolerance);
		assert_int_equal(streamed->form, whole->form);
		assert_int_equal(streamed->layers, whole->layers);
		model_free(streamed);
		model_free(whole);
	}
}

/* A feature far from 0 that drifts: the centre of the first piece is far from the mean. */
static void gaussian_sums_bear_a_drift(void **state)
{
	Fixture *f = *state;
	Model *streamed = model_of("gaussian-nb", NULL, NULL);
	Model *whole = model_of("gaussian-nb", NULL, NULL);
	FitOptions options = options_of(whole);

	f->set = rows_make(DATASET_FLOATS, ROWS, FEATURES, CLASSES, 1);
	for (size_t i = 0; i < ROWS; i++)
		f->set->floats[i * FEATURES + 2] = 1000 + (float)i + f->set->labels[i];
	f->file = rows_file(f->path, f->set);
	fit_both(f, streamed, whole, &options);
	check_spans(streamed, whole, 2e-5f);
	model_free(streamed);
	model_free(whole);
}

static void logistic_regression_streams_by_ftrl(void **state)
{
	static const DatasetForm forms[] = { DATASET_FLOATS, DATASET_SPARSE };
	Fixture *f = *state;

	for (size_t i = 0; i < 2; i++) {
		make(f, forms[i], CLASSES);
		Model *streamed = model_of("logistic", NULL, NULL);
		Model *whole = model_of("logistic", "solver", "ftrl");
		FitOptions options = options_of(whole);

		fit_both(f, streamed, whole, &options);
		double a = accuracy(f, streamed), b = accuracy(f, whole);

		if (a < b - 0.03)
			fail_msg("accuracy %.3f streamed, %.3f in memory", a, b);
		model_free(streamed);
		model_free(whole);
	}
}

/* Sum of squared distances to the nearest centre, from the outputs x·c − ½|c|². */
static double inertia(const Fixture *f, const Model *model)
{
	const float *w = model_span_at(model, 0), *bias = model_span_at(model, 1);
	size_t k = model->span[0].cols;
	double sum = 0;

	for (size_t i = 0; i < f->set->train_rows; i++) {
		const float *x = f->set->floats + i * FEATURES;
		double best = -INFINITY, squares = 0;

		for (size_t c = 0; c < k; c++) {
			double score = (double)bias[c];

			for (size_t j = 0; j < FEATURES; j++)
				score += (double)x[j] * (double)w[j * k + c];
			best = fmax(best, score);
		}
		for (size_t j = 0; j < FEATURES; j++)
			squares += (double)x[j] * (double)x[j];
		sum += squares - 2 * best;
	}
	return sum;
}

static void k_means_streams(void **state)
{
	Fixture *f = *state;
	Model *streamed = model_of("k-means", "clusters", "3");
	Model *whole = model_of("k-means", "clusters", "3");
	FitOptions options = options_of(whole);
	Seen seen = { .watch = { seen_epoch } };
	FeedOptions feed = { .buffer_bytes = 100000, .block_bytes = 2000, .shuffle = true };

	make(f, DATASET_FLOATS, CLASSES);
	const Rows train = { .set = f->set, .count = f->set->train_rows };

	fine_or_fail(model_fit(whole, &train, &options, NULL, NULL, &f->err), &f->err);
	fine_or_fail(model_fit_stream(streamed, f->file, &feed, &options, &seen.watch, NULL, NULL,
				      &f->err),
		     &f->err);
	double a = inertia(f, streamed), b = inertia(f, whole);

	if (!(a < 1.15 * b) || !(seen.last.loss > 0.9 * a && seen.last.loss < 1.2 * a))
		fail_msg("inertia %g streamed (reported %g), %g in memory", a, seen.last.loss, b);
	model_free(streamed);
	model_free(whole);
}

/* Whatever kind streams: on each form that it takes, the same bits again, and predictions. */
static void every_learner_repeats_itself(void **state)
{
	static const DatasetForm forms[] = { DATASET_BYTES, DATASET_FLOATS, DATASET_SPARSE };
	Fixture *f = *state;
	FeedOptions feed = small_feed();
	size_t learners = 0;

	for (size_t i = 0; i < 3; i++) {
		make(f, forms[i], CLASSES);
		for (const ModelKind *const *kind = model_kinds; *kind; kind++) {
			if (!(*kind)->learner || !(*kind)->by_data ||
			    (forms[i] == DATASET_SPARSE && !((*kind)->takes & MODEL_SPARSE)))
				continue;
			Model *a = model_of((*kind)->info.name, NULL, NULL);
			Model *b = model_of((*kind)->info.name, NULL, NULL);
			FitOptions options = options_of(a);

			options.epochs = 2;
			fine_or_fail(model_fit_stream(a, f->file, &feed, &options, NULL, NULL, NULL,
						      &f->err) &&
					     model_fit_stream(b, f->file, &feed, &options, NULL,
							      NULL, NULL, &f->err),
				     &f->err);
			check_spans(a, b, 0);
			assert_true(accuracy(f, a) >= 0);
			model_free(a);
			model_free(b);
			learners++;
		}
	}
	assert_true(learners >= 11);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void refused(Fixture *f, Model *model, const FitOptions *options, ErrCode code,
		    const char *words)
{
	FeedOptions feed = small_feed();

	if (model_fit_stream(model, f->file, &feed, options, NULL, NULL, NULL, &f->err))
		fail_msg("not refused: %s", words);
	assert_int_equal(f->err.code, code);
	if (!strstr(f->err.text, words))
		fail_msg("\"%s\" does not hold \"%s\"", f->err.text, words);
	model_free(model);
}

static void what_cannot_stream_is_refused(void **state)
{
	Fixture *f = *state;
	Model *model = linear();
	FitOptions options = options_of(model);

	make(f, DATASET_FLOATS, CLASSES);
	refused(f, model_of("knn", NULL, NULL), &options, ERR_ARGUMENT, "all rows at once");
	refused(f, model_of("logistic", "solver", "lbfgs"), &options, ERR_ARGUMENT, "ftrl");
	refused(f, model_of("k-means", "algorithm", "lloyd"), &options, ERR_ARGUMENT, "minibatch");
	refused(f, model_of("k-means", "clusters", "900"), &options, ERR_ARGUMENT,
		"clusters is 900");
	refused(f, model_of("mlp", "layers", "9,3"), &options, ERR_ARGUMENT, "takes 9 features");
	options.lbfgs = true;
	refused(f, linear(), &options, ERR_ARGUMENT, "lbfgs");
	options = options_of(model);
	options.lr = 1e30f;
	options.loss = loss_default(LOSS_MSE);
	options.optimizer = optimizer_default(OPTIMIZER_SGD);
	refused(f, linear(), &options, ERR_DIVERGED, "in epoch 1, step");
	options = options_of(model);
	fixture_done(f);
	f->set = rows_make(DATASET_FLOATS, ROWS, FEATURES, CLASSES, 1);
	f->set->missing = true;
	f->file = rows_file(f->path, f->set);
	refused(f, model, &options, ERR_ARGUMENT, "missing values");
}

/* Stops after so many looks. */
typedef struct Stopper {
	Control control;
	size_t left;
} Stopper;

static bool stopper_poll(Control *self, Err *err)
{
	Stopper *stopper = (Stopper *)self;

	(void)err;
	stopper->left -= stopper->left > 0;
	return true;
}

static bool stopper_stopping(const Control *self)
{
	return ((const Stopper *)self)->left == 0;
}

static void a_stop_leaves_a_fitted_model(void **state)
{
	static const char *const kinds[] = { "gaussian-nb", "logistic", "k-means" };
	Fixture *f = *state;
	FeedOptions feed = small_feed();

	make(f, DATASET_FLOATS, CLASSES);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		Stopper stopper = { { .poll = stopper_poll, .stopping = stopper_stopping }, 6 };
		Model *model = model_of(kinds[i], NULL, NULL);
		FitOptions options = options_of(model);
		Seen seen = { .watch = { seen_epoch } };

		fine_or_fail(model_fit_stream(model, f->file, &feed, &options, &seen.watch,
					      &stopper.control, NULL, &f->err),
			     &f->err);
		assert_int_equal(seen.reports, 0);
		assert_true(model->layers > 0);
		assert_true(accuracy(f, model) >= 0);
		model_free(model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		TEST(a_network_learns_as_well_as_in_memory),
		TEST(one_piece_is_a_fit_in_memory),
		TEST(the_same_seed_gives_the_same_bits),
		TEST(epochs_are_reported_and_numbers_learned),
		TEST(naive_bayes_is_the_same),
		TEST(gaussian_sums_bear_a_drift),
		TEST(logistic_regression_streams_by_ftrl),
		TEST(k_means_streams),
		TEST(every_learner_repeats_itself),
		TEST(what_cannot_stream_is_refused),
		TEST(a_stop_leaves_a_fitted_model),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

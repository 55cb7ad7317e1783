/* Nearest neighbours against measuring every distance: votes, ties, weights, forms, condensing,
 * and what a file may not hold.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "model_make.h"
#include "num/cpu.h"

#define ROWS 400
#define TRAIN 300
#define FEATURES 21
#define CLASSES 3

static Err err;

/* Few values a feature: equal distances, and equal rows. form and numbers as given; floats are the
 * bytes' values, moved and scaled where `moved`. */
static Dataset *new_set(DatasetForm form, bool numbers, unsigned values, bool moved)
{
	Dataset *set = dataset_new("made", form, ROWS, FEATURES, numbers ? 0 : CLASSES, 0, &err);
	Random random;

	made_fine(set, &err);
	random_init(&random, 3, RANDOM_ROWS);
	set->train_rows = TRAIN;
	set->byte_scale = 1.0f / 255;
	for (size_t i = 0; i < ROWS * FEATURES; i++) {
		size_t value = (size_t)random_below(&random, values);

		if (form == DATASET_BYTES)
			set->bytes[i] = (uint8_t)(value * (255 / values));
		else
			set->floats[i] = moved ? 1000 + 0.125f * (float)value : (float)value;
	}
	for (size_t i = 0; i < ROWS; i++) {
		size_t label = (size_t)random_below(&random, CLASSES);

		if (numbers)
			set->targets[i] = (float)label * 1.5f - 1;
		else
			set->labels[i] = (uint16_t)label;
	}
	return set;
}

/* --- what is right ---------------------------------------------------------------------------- */

typedef struct Answer {
	double square;
	size_t row;
} Answer;

static int nearer(const void *a, const void *b)
{
	const Answer *left = a, *right = b;

	if (left->square < right->square || left->square > right->square)
		return left->square < right->square ? -1 : 1;
	return left->row < right->row ? -1 : left->row > right->row;
}

static double value_at(const Dataset *set, size_t row, size_t f)
{
	size_t at = row * FEATURES + f;

	return set->form == DATASET_BYTES ? set->bytes[at] : (double)set->floats[at];
}

static void expect(const Dataset *set, size_t row, size_t k, bool distance, double *score)
{
	Answer all[TRAIN];
	double sum = 0;

	for (size_t i = 0; i < TRAIN; i++) {
		all[i] = (Answer){ 0, i };
		for (size_t f = 0; f < FEATURES; f++) {
			double difference = value_at(set, row, f) - value_at(set, i, f);

			all[i].square += difference * difference;
		}
	}
	qsort(all, TRAIN, sizeof *all, nearer);
	memset(score, 0, CLASSES * sizeof *score);
	for (size_t i = 0; i < k; i++) {
		double weight = 1;

		if (distance && all[0].square > 0)
			weight = 1 / sqrt(all[i].square);
		else if (distance)
			weight = all[i].square > 0 ? 0 : 1;
		sum += weight;
		if (set->classes)
			score[set->labels[all[i].row]] += weight;
		else
			score[0] += weight * (double)set->targets[all[i].row];
	}
	for (size_t c = 0; c < CLASSES; c++)
		score[c] /= sum;
}

/* --- models ----------------------------------------------------------------------------------- */

/* "k=3 form=f32" */
static Model *new_knn(const char *words)
{
	const ModelKind *kind = model_kind_find("knn");
	char text[128], *word, *rest = text;
	Params params;

	assert_non_null(kind);
	made_fine(params_init(&params, &kind->info, &err), &err);
	snprintf(text, sizeof text, "%s", words);
	while ((word = strtok_r(rest, " ", &rest))) {
		char *equals = strchr(word, '=');

		*equals = '\0';
		made_fine(params_set_text(&params, word, equals + 1, &err), &err);
	}
	Model *model = model_new(kind, &params, &err);

	made_fine(model, &err);
	return model;
}

static bool fit(Model *model, const Dataset *set, Pool *pool)
{
	Rows train = made_train(set);
	FitOptions options;

	fit_options_init(&options, model);
	options.pool = pool;
	return model_fit(model, &train, &options, NULL, NULL, &err);
}

static float *scores(const Model *model, const Dataset *set, size_t batch, const char *wish,
		     Pool *pool)
{
	Rows rows = { .set = set, .count = ROWS };
	ProgramOptions options = { .batch = batch, .pool = pool };
	float *out = malloc(ROWS * CLASSES * sizeof *out);

	assert_non_null(out);
	made_fine(kernel_wish_parse(&options.wish, wish, &err), &err);
	Program *program = program_new(model, &options, &err);

	made_fine(program, &err);
	assert_true(program_macs(program) >= FEATURES);
	made_fine(program_score(program, &rows, out, NULL, &err), &err);
	program_free(program);
	return out;
}

static void compare(const Dataset *set, const char *words, size_t k, bool distance)
{
	Model *model = new_knn(words);
	size_t outputs = set->classes ? CLASSES : 1;

	made_fine(fit(model, set, NULL), &err);
	float *own = scores(model, set, 64, "auto", NULL);

	for (size_t row = 0; row < ROWS; row++) {
		double score[CLASSES];

		expect(set, row, k, distance, score);
		for (size_t c = 0; c < outputs; c++)
			if (fabs(score[c] - (double)own[row * outputs + c]) > 1e-6)
				fail_msg("%s: row %zu, output %zu is %g, but should be %g", words,
					 row, c, (double)own[row * outputs + c], score[c]);
	}
	free(own);
	model_free(model);
}

/* Training rows are asked for too: they find themselves at distance 0. */
static void test_votes(void **state)
{
	static const DatasetForm forms[] = { DATASET_BYTES, DATASET_FLOATS };

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		Dataset *set = new_set(forms[i & 1], i & 2, i & 4 ? 2 : 50, false);

		compare(set, "k=1", 1, false);
		compare(set, "k=5", 5, false);
		compare(set, "k=5 weights=distance", 5, true);
		compare(set, "k=70", 70, false);
		compare(set, "k=300", 300, false);
		dataset_free(set);
	}
}

/* Large numbers with small differences. */
static void test_moved(void **state)
{
	Dataset *set = new_set(DATASET_FLOATS, false, 40, true);

	(void)state;
	compare(set, "k=5", 5, false);
	compare(set, "k=5 weights=distance", 5, true);
	dataset_free(set);
	/* 4 values of one step: 8 bits lose nothing */
	set = new_set(DATASET_FLOATS, false, 4, true);
	compare(set, "k=5 form=int8", 5, false);
	dataset_free(set);
}

static void test_same_bits(void **state)
{
	static const char *const words[] = { "k=5 weights=distance form=bytes",
					     "k=5 weights=distance form=f32" };
	Dataset *set = new_set(DATASET_BYTES, false, 9, false);
	Pool *pool = pool_new(2, &err);

	(void)state;
	made_fine(pool, &err);
	for (size_t i = 0; i < 2; i++) {
		Model *model = new_knn(words[i]);

		made_fine(fit(model, set, NULL), &err);
		float *one = scores(model, set, 400, "auto", NULL);
		float *two = scores(model, set, 400, "auto", pool);
		float *few = scores(model, set, 7, "auto", NULL);
		float *plain = scores(model, set, 33, "scalar", NULL);

		assert_memory_equal(one, two, ROWS * CLASSES * sizeof *one);
		assert_memory_equal(one, few, ROWS * CLASSES * sizeof *one);
		assert_memory_equal(one, plain, ROWS * CLASSES * sizeof *one);
		free(one);
		free(two);
		free(few);
		free(plain);
		model_free(model);
	}
	pool_free(pool);
	dataset_free(set);
}

/* --- condensing ------------------------------------------------------------------------------- */

/* Two classes a feature apart. */
static void two_classes(Dataset *set)
{
	for (size_t i = 0; i < ROWS; i++) {
		float x = (float)value_at(set, i, 0);

		set->labels[i] = x > (set->form == DATASET_BYTES ? 128 : 25);
	}
}

static void condensed(DatasetForm form)
{
	Dataset *set = new_set(form, false, 50, false);
	Model *model = new_knn("k=1 condense=cnn"), *two = new_knn("k=1 condense=cnn");
	Pool *pool = pool_new(2, &err);

	made_fine(pool, &err);
	two_classes(set);
	made_fine(fit(model, set, NULL) && fit(two, set, pool), &err);
	float *own = scores(model, set, 64, "auto", NULL);

	for (size_t row = 0; row < TRAIN; row++)
		assert_true(own[row * CLASSES + set->labels[row]] > 0.5f);
	free(own);
	assert_true(model->span[1].cols < TRAIN * 3 / 4);
	assert_int_equal(model->span[1].cols, two->span[1].cols);
	assert_int_equal(model->count, two->count);
	assert_memory_equal(model->params, two->params, model->count * sizeof(float));
	assert_memory_equal(model->integers, two->integers, model->integers_bytes);
	model_free(model);
	model_free(two);
	pool_free(pool);
	dataset_free(set);
}

static void test_condense(void **state)
{
	(void)state;
	condensed(DATASET_BYTES);
	condensed(DATASET_FLOATS);
}

/* Equal rows of different classes: nobody can be right, but it ends, and keeps each row at most
 * once. */
static void test_condense_contradiction(void **state)
{
	Dataset *set = new_set(DATASET_BYTES, false, 2, false);
	Model *model = new_knn("k=1 condense=cnn");

	(void)state;
	memset(set->bytes, 7, ROWS * FEATURES);
	made_fine(fit(model, set, NULL), &err);
	assert_true(model->span[1].cols <= TRAIN);
	model_free(model);
	dataset_free(set);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void refused(const Dataset *set, const char *words, const char *why)
{
	Model *model = new_knn(words);

	assert_false(fit(model, set, NULL));
	assert_int_equal(err.code, ERR_ARGUMENT);
	if (!strstr(err.text, why))
		fail_msg("'%s' does not say '%s'", err.text, why);
	model_free(model);
}

static void test_refusals(void **state)
{
	Dataset *set = new_set(DATASET_FLOATS, false, 9, false);
	Dataset *numbers = new_set(DATASET_BYTES, true, 9, false);

	(void)state;
	refused(set, "k=301", "only 300 rows");
	refused(set, "form=bytes", "int8");
	refused(numbers, "condense=cnn", "numbers to predict");
	dataset_free(set);
	dataset_free(numbers);
}

static void test_check(void **state)
{
	Dataset *set = new_set(DATASET_BYTES, false, 9, false);
	Model *model = new_knn("k=3");

	(void)state;
	made_fine(fit(model, set, NULL), &err);
	const Layer *layer = &model->layer[0];
	uint16_t *label = model_span_data(model, layer->span[1]);
	float *scale = model_span_data(model, layer->span[3]);

	made_fine(layer->kind->check(layer, model, &err), &err);
	label[TRAIN - 1] = CLASSES;
	assert_false(layer->kind->check(layer, model, &err));
	assert_int_equal(err.code, ERR_FORMAT);
	label[TRAIN - 1] = 0;
	*scale = -1;
	assert_false(layer->kind->check(layer, model, &err));
	*scale = NAN;
	assert_false(layer->kind->check(layer, model, &err));
	*scale = 1;
	made_fine(layer->kind->check(layer, model, &err), &err);
	model_free(model);
	dataset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_votes),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_same_bits),
		cmocka_unit_test(test_condense),
		cmocka_unit_test(test_condense_contradiction),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

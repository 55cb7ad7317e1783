/* Views of models, against plain loops over the same weights and rows.
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <math.h>

#include "model_make.h"
#include "trial/view.h"

#define ROWS 400
#define TEST 100

typedef struct Looked {
	Dataset *set;
	Rows test;
	Model *model;
	Program *program;
	json_t *out;
	Err err;
} Looked;

static Looked looked;

static void begin(Model *model)
{
	const ProgramOptions options = { .batch = 64 };

	looked.set = made_dataset(ROWS, 1);
	looked.test = made_test(looked.set);
	looked.set->width = 6;
	looked.set->height = 4;
	looked.model = model;
	looked.program = program_new(model, &options, &looked.err);
	made_fine(looked.program, &looked.err);
	looked.out = NULL;
}

static void end(void)
{
	json_decref(looked.out);
	program_free(looked.program);
	model_free(looked.model);
	dataset_free(looked.set);
}

static bool look(const char *name, size_t layer)
{
	const ViewWish wish = { .model = looked.model,
				.program = looked.program,
				.rows = &looked.test };
	const ModelView *view = model_view_find(name);

	assert_non_null(view);
	json_decref(looked.out);
	looked.out = json_object();
	return model_view_fill(view, &wish, layer, looked.out, &looked.err);
}

static double number(const char *key)
{
	const json_t *value = json_object_get(looked.out, key);

	assert_true(json_is_number(value));
	return json_number_value(value);
}

static double item(const char *key, size_t i)
{
	return json_number_value(json_array_get(json_object_get(looked.out, key), i));
}

static size_t items(const char *key)
{
	return json_array_size(json_object_get(looked.out, key));
}

static float *weights(size_t weighted, const Span **span)
{
	const Layer *layer = &looked.model->layer[looked.model->weighted_layer[weighted]];

	*span = &looked.model->span[layer->span[0]];
	return looked.model->params + (*span)->offset;
}

static float feature(size_t row, size_t i)
{
	return (float)looked.set->bytes[(looked.test.first + row) * MADE_FEATURES + i] *
	       looked.set->byte_scale;
}

static void test_histogram(void **state)
{
	(void)state;
	begin(made_model(MADE_LAYERS, "1"));
	const Span *span;
	float *w = weights(1, &span);
	size_t total = span->rows * span->cols, counted = 0;
	double low = INFINITY, high = -INFINITY;

	for (size_t i = 0; i < total; i++) {
		if (i % 3 == 0)
			w[i] = 0;
		else
			low = fmin(low, (double)w[i]), high = fmax(high, (double)w[i]);
	}
	made_fine(look("histogram", 2), &looked.err);
	assert_true(number("total") == (double)total && number("zeros") == (double)((total + 2) / 3));
	assert_true(fabs(number("low") - low) < 1e-9 && fabs(number("high") - high) < 1e-9);
	for (size_t i = 0; i < items("counts"); i++)
		counted += (size_t)item("counts", i);
	assert_int_equal(counted, total - (total + 2) / 3);
	assert_true(item("counts", 0) >= 1 && item("counts", items("counts") - 1) >= 1);
	memset(w, 0, total * sizeof *w); /* nothing but zeros has no range */
	made_fine(look("histogram", 2), &looked.err);
	assert_true(number("zeros") == (double)total && number("low") == 0);
	end();
}

static void test_sparsity(void **state)
{
	(void)state;
	begin(made_model("24,150,4", "1"));
	const Span *span;
	float *w = weights(0, &span);

	for (size_t i = 0; i < span->rows * span->cols; i++) /* the left half of the units is gone */
		w[i] = i % 150 < 75 ? 0 : 1;
	made_fine(look("sparsity", 0), &looked.err);
	assert_true(number("rows") == 24 && number("columns") == 150);
	assert_true(number("width") == 64 && number("height") == 24);
	assert_true(number("layer") == 1);
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(looked.out, "layers"), 0)),
		"1 (dense 150)");
	assert_int_equal(items("share"), 64 * 24);
	assert_true(number("nonzero") == 24 * 75 && number("total") == 24 * 150);
	for (size_t i = 0; i < 64 * 24; i++)
		assert_true(item("share", i) == (i % 64 < 32 ? 0 : 1));
	end();
}

static void test_confusion(void **state)
{
	(void)state;
	begin(made_model(MADE_LAYERS, "1"));
	uint16_t predicted[TEST];
	size_t want[MADE_CLASSES][MADE_CLASSES] = { 0 };

	made_fine(program_predict(looked.program, &looked.test, predicted, NULL, &looked.err),
		  &looked.err);
	for (size_t i = 0; i < TEST; i++)
		want[looked.set->labels[looked.test.first + i]][predicted[i]]++;
	made_fine(look("confusion", 0), &looked.err);
	assert_true(number("rows") == TEST && items("classes") == MADE_CLASSES);
	assert_null(json_object_get(looked.out, "layers"));
	for (size_t i = 0; i < MADE_CLASSES; i++) {
		const json_t *line = json_array_get(json_object_get(looked.out, "counts"), i);

		for (size_t k = 0; k < MADE_CLASSES; k++)
			assert_int_equal(json_integer_value(json_array_get(line, k)), want[i][k]);
	}
	looked.set->classes = 65;
	assert_false(look("confusion", 0));
	assert_non_null(strstr(looked.err.text, "has 65 classes: the view confusion shows 2 to 64"));
	looked.set->classes = MADE_CLASSES;
	end();
}

static void test_filters(void **state)
{
	(void)state;
	begin(made_model(MADE_LAYERS, "1"));
	const Span *span;
	float *w = weights(0, &span);

	for (size_t i = 0; i < MADE_FEATURES; i++) /* unit 8 is the strongest: a ramp */
		w[i * span->cols + 7] = 10 * (float)i;
	made_fine(look("filters", 0), &looked.err);
	assert_true(number("width") == 6 && number("height") == 4 && items("images") == 16);
	const json_t *image = json_array_get(json_object_get(looked.out, "images"), 0),
		     *values = json_object_get(image, "values");

	assert_int_equal(json_integer_value(json_object_get(image, "unit")), 8);
	for (size_t i = 0; i < MADE_FEATURES; i++)
		assert_true(fabs(json_number_value(json_array_get(values, i)) -
				 (double)i / (MADE_FEATURES - 1)) < 1e-4);
	assert_int_equal(items("layers"), 1); /* of the first layer only */
	looked.set->width = looked.set->height = 0;
	assert_false(look("filters", 0));
	assert_non_null(strstr(looked.err.text, "the model (mlp) has no layer for the view filters"));
	end();
}

/* Of a row, the first hidden layer's unit behind its rectifier. */
static double hidden(size_t row, size_t unit)
{
	const Span *span;
	const float *w = weights(0, &span);
	const float *b = looked.model->params +
			 looked.model->span[looked.model->layer[0].span[1]].offset;
	double sum = (double)b[unit];

	for (size_t i = 0; i < MADE_FEATURES; i++)
		sum += (double)feature(row, i) * (double)w[i * span->cols + unit];
	return sum;
}

static void test_activations(void **state)
{
	size_t dead = 0;

	(void)state;
	begin(made_model(MADE_LAYERS, "1"));
	looked.model->params[looked.model->span[looked.model->layer[0].span[1]].offset + 5] = -1000;
	made_fine(look("activations", 0), &looked.err);
	assert_true(number("units") == 33 && number("rows") == TEST && items("layers") == 2);
	for (size_t unit = 0; unit < 33; unit++) {
		size_t above = 0;

		for (size_t row = 0; row < TEST; row++)
			above += hidden(row, unit) > 0;
		dead += above == 0;
		assert_true(fabs(item("share", unit) - (double)above / TEST) < 1e-3);
	}
	assert_true(number("dead") == (double)dead && dead >= 1);
	assert_false(look("activations", 3)); /* the last layer is the answer */
	assert_non_null(strstr(looked.err.text, "shows 1 to 2 of it"));
	end();
}

/* A convolution that pools: its units are its filters, at the places behind the pooling. */
static void test_convolution(void **state)
{
	(void)state;
	begin(made_network("1,4,6", "conv2d 3 kernel=3; relu; maxpool 2; flatten; dense 4"));
	const Span *span;
	const float *w = weights(0, &span);
	const float *b = looked.model->params +
			 looked.model->span[looked.model->layer[0].span[1]].offset;

	made_fine(look("activations", 0), &looked.err);
	assert_true(number("units") == 3);
	for (size_t unit = 0; unit < 3; unit++) {
		size_t above = 0;

		for (size_t at = 0; at < TEST * 2; at++) { /* 2 x 4 outputs, pooled to 1 x 2 */
			double most = -INFINITY;

			for (size_t k = 0; k < 4; k++) {
				size_t y = k / 2, x = at % 2 * 2 + k % 2;
				double sum = (double)b[unit];

				for (size_t tap = 0; tap < 9; tap++)
					sum += (double)w[tap * span->cols + unit] *
					       (double)feature(at / 2, (y + tap / 3) * 6 + x +
									       tap % 3);
				most = fmax(most, sum);
			}
			above += most > 0;
		}
		assert_true(fabs(item("share", unit) - (double)above / (TEST * 2)) < 1e-2);
	}
	made_fine(look("filters", 0), &looked.err);
	assert_true(number("width") == 3 && number("height") == 3 && items("images") == 3);
	end();
}

/* Every view has a name, a title and a sentence, and no view gives more than it may. */
static void test_table(void **state)
{
	(void)state;
	begin(made_model("24,200,150,4", "1"));
	for (size_t i = 0; model_views[i]; i++) {
		const Info *info = &model_views[i]->info;

		assert_true(*info->name && *info->title && *info->about);
		assert_ptr_equal(model_view_find(info->name), model_views[i]);
		made_fine(look(info->name, 0), &looked.err);
		assert_true(json_is_string(json_object_get(looked.out, "title")));
		assert_true(items("share") <= VIEW_VALUES_MAX && items("images") <= 16);
	}
	assert_null(model_view_find("histogramm"));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_histogram),   cmocka_unit_test(test_sparsity),
		cmocka_unit_test(test_confusion),   cmocka_unit_test(test_filters),
		cmocka_unit_test(test_activations), cmocka_unit_test(test_convolution),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

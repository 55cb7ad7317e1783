/* SVM with a Gaussian kernel, approximated by random Fourier features: a dense layer of random
 * weights, cosines and sines, a dense layer that is fitted.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "model/linear/rff.h"

static bool rff_svm_run(LinearFit *fit, RffOptions *rff, size_t pairs, Arena *arena, Err *err)
{
	size_t outputs = linear_outputs(fit->rows->set);
	char before[64];

	text_format(before, sizeof before, "dense %zu;fourier", pairs);
	if (rff->gamma <= 0 && !rff_gamma(fit, &rff->gamma, arena, err))
		return false;
	if (!linear_restart(fit, before, outputs, err))
		return false;
	rff_draw(rff, linear_weights(fit, 0), fit->rows->set->features, pairs);
	return rff_fit(fit, rff, linear_weights(fit, 0), pairs, linear_weights(fit, 1),
		       linear_biases(fit, 1), outputs, err);
}

static bool rff_svm_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
			Control *control, Err *err)
{
	LinearFit fit = linear_fit(model, train, options, watch, control);
	RffOptions rff = { .c = model_setting(model, "c")->number,
			   .gamma = model_setting(model, "gamma")->number,
			   .squared = model_setting(model, "loss")->choice == 0,
			   .epochs = (size_t)model_setting(model, "iterations")->integer,
			   .inner = (size_t)model_setting(model, "inner")->integer,
			   .seed = model->seed };
	size_t pairs = (size_t)(model_setting(model, "features")->integer + 1) / 2;
	Arena *arena = arena_new(0, err);
	bool fine = arena && rff_svm_run(&fit, &rff, pairs, arena, err);

	arena_free(arena);
	return fine;
}

static const Param rff_svm_params[] = {
	LINEAR_C,
	{ .name = "gamma",
	  .type = PARAM_NUMBER,
	  .value = "0",
	  .minimum = 0,
	  .maximum = 1e9,
	  .help = "Of the kernel exp(-gamma d^2), d the distance of two rows; 0: 1 / (features x "
		  "variance of the data)." },
	{ .name = "features",
	  .type = PARAM_INT,
	  .value = "4000",
	  .minimum = 2,
	  .maximum = 65534,
	  .help = "Random features: half cosines, half sines." },
	{ .name = "loss",
	  .type = PARAM_CHOICE,
	  .value = "squared-hinge",
	  .choices = "squared-hinge|hinge",
	  .help = "Of a row whose margin is below 1: what it lacks, squared or not." },
	{ .name = "iterations",
	  .type = PARAM_INT,
	  .value = "5",
	  .minimum = 1,
	  .maximum = 10000,
	  .help = "Passes over the rows." },
	{ .name = "inner",
	  .type = PARAM_INT,
	  .value = "2",
	  .minimum = 1,
	  .maximum = 100,
	  .help = "Passes over each block of rows within a pass over all." },
	LINEAR_SEED,
	{ 0 },
};

static const char *const rff_svm_keys[] = { NULL };

const ModelKind model_rff_svm = {
	.info = { .name = "rff-svm",
		  .title = "random-Fourier SVM",
		  .about = "A linear SVM on random waves, which stand for a Gaussian kernel.",
		  .params = rff_svm_params },
	.by_data = true,
	.fit_keys = rff_svm_keys,
	.fit = rff_svm_fit,
};

/* Principal components: a dense layer of the directions in which rows vary most.
 * SPDX-License-Identifier: MIT */
#include "model/clusters/pca.h"

#include <math.h>

#include "base/clock.h"
#include "base/text.h"
#include "model/model.h"

/* A fit's own, while it runs. */
typedef struct PcaFit {
	FitWatch *watch;
	int64_t begin_ns;
	size_t iterations;
} PcaFit;

/* Its loss is the share of the variance that is lost, its accuracy the share that stays. */
static bool pca_see(void *user, size_t iteration, double explained, Err *err)
{
	PcaFit *fit = user;
	int64_t now_ns = clock_now_ns();
	FitEpoch report = { .epoch = iteration,
			    .epochs = iteration,
			    .loss = 1 - explained,
			    .accuracy = explained,
			    .valid_loss = NAN,
			    .valid_accuracy = NAN,
			    .time_s = (double)(now_ns - fit->begin_ns) / (double)CLOCK_NS_PER_S };

	fit->iterations = iteration;
	if (fit->watch && !fit->watch->epoch(fit->watch, &report, err))
		return false;
	fit->begin_ns = clock_now_ns();
	return true;
}

/* Output c is (x − mean)·component c, of variance 1 when whitened. A component without variance
 * gives 0 then. */
static bool pca_layer(Model *model, const Rows *rows, const Pca *pca, size_t components, Err *err)
{
	size_t features = rows->set->features;
	bool whiten = model_setting(model, "whiten")->flag;
	char line[32];

	text_format(line, sizeof line, "dense %zu", components);
	if (!model_restart(model, (Shape){ features, 1, 1 }, line, err))
		return false;
	float *weight = model_span_data(model, model->layer[0].span[0]);
	float *bias = model_span_data(model, model->layer[0].span[1]);

	for (size_t c = 0; c < components; c++) {
		const double *component = pca->component + c * features;
		double deviation = sqrt(pca->variance[c]), sum = 0;
		double scale = !whiten ? 1 : deviation > 0 ? 1 / deviation : 0;

		for (size_t f = 0; f < features; f++) {
			weight[f * components + c] = (float)(scale * component[f]);
			sum += pca->mean[f] * scale * component[f];
		}
		bias[c] = (float)-sum;
	}
	return true;
}

static bool pca_check(const Rows *rows, size_t components, Err *err)
{
	if (rows->count < 2)
		return err_set(err, ERR_ARGUMENT, "fit: one row has no variance; give more");
	if (components > rows->set->features || components > rows->count)
		return err_set(err, ERR_ARGUMENT,
			       "fit: components is %zu, but %zu rows of %zu features have %zu at "
			       "most",
			       components, rows->count, rows->set->features,
			       rows->count < rows->set->features ? rows->count
								 : rows->set->features);
	return true;
}

static bool pca_model_fit(Model *model, const Rows *train, const FitOptions *options,
			  FitWatch *watch, Control *control, Err *err)
{
	PcaFit fit = { .watch = watch, .begin_ns = clock_now_ns() };
	PcaOptions own = {
		.components = (size_t)model_setting(model, "components")->integer,
		.seed = options->seed,
		.pool = options->pool,
		.see = pca_see,
		.user = &fit,
	};
	Arena *arena = arena_new(0, err);
	Pca pca;
	bool fine = arena && pca_check(train, own.components, err) &&
		    pca_fit(&pca, train, &own, arena, control, err) &&
		    pca_layer(model, train, &pca, own.components, err);

	arena_free(arena);
	if (!fine)
		return false;
	model->numbers = false;
	model->steps += fit.iterations;
	return true;
}

static const char *const pca_fit_keys[] = { NULL };

static const Param pca_params[] = {
	{ .name = "components",
	  .type = PARAM_INT,
	  .value = "50",
	  .minimum = 1,
	  .maximum = DATASET_CLASSES_MAX,
	  .help = "Directions that stay." },
	{ .name = "whiten",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Scale every output to variance 1." },
	{ .name = "seed",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 0,
	  .maximum = 9007199254740992.0,
	  .help = "Seed of the directions that it begins with." },
	{ 0 },
};

const ModelKind model_pca = {
	.info = { .name = "pca",
		  .title = "principal components",
		  .about = "Finds the directions in which rows vary most, without looking at "
			   "labels.",
		  .params = pca_params },
	.takes = MODEL_NUMBERS | MODEL_UNLABELLED,
	.by_data = true,
	.fit_keys = pca_fit_keys,
	.fit = pca_model_fit,
};

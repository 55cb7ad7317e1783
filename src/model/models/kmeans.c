/* k-means: a dense layer of the centres, whose largest output is the nearest.
 * SPDX-License-Identifier: MIT */
#include "model/clusters/kmeans.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "model/model.h"

/* A fit's own, while it runs. */
typedef struct KmeansFit {
	FitWatch *watch;
	const KmeansOptions *options;
	int64_t begin_ns; /* of the iteration */
} KmeansFit;

static bool kmeans_see(void *user, size_t restart, size_t iteration, double inertia, Err *err)
{
	KmeansFit *fit = user;
	const KmeansOptions *options = fit->options;
	int64_t now_ns = clock_now_ns();
	FitEpoch report = { .epoch = restart * options->iterations + iteration,
			    .epochs = options->restarts * options->iterations,
			    .loss = inertia,
			    .accuracy = NAN,
			    .valid_loss = NAN,
			    .valid_accuracy = NAN,
			    .time_s = (double)(now_ns - fit->begin_ns) / (double)CLOCK_NS_PER_S };

	if (fit->watch && !fit->watch->epoch(fit->watch, &report, err))
		return false;
	fit->begin_ns = clock_now_ns();
	return true;
}

static bool kmeans_options(KmeansOptions *out, const Model *model, const Rows *rows, Err *err)
{
	bool batches = model_setting(model, "algorithm")->choice == 1;

	*out = (KmeansOptions){
		.clusters = (size_t)model_setting(model, "clusters")->integer,
		.init = (KmeansInit)model_setting(model, "init")->choice,
		.restarts = (size_t)model_setting(model, "restarts")->integer,
		.tolerance = model_setting(model, "tolerance")->number,
		.iterations = (size_t)model_setting(model, "iterations")->integer,
		.batch = batches ? (size_t)model_setting(model, "batch")->integer : 0,
	};
	return out->clusters <= rows->count ||
	       err_set(err, ERR_ARGUMENT, "fit: clusters is %zu, but there are only %zu rows",
		       out->clusters, rows->count);
}

/* Output c of a row x is x·c − ½|c|²: largest where |x − c| is smallest. */
static bool kmeans_layer(Model *model, size_t features, const float *centre, size_t clusters,
			 Err *err)
{
	char line[32];

	text_format(line, sizeof line, "dense %zu", clusters);
	if (!model_restart(model, (Shape){ features, 1, 1 }, line, err))
		return false;
	float *weight = model_span_data(model, model->layer[0].span[0]);
	float *bias = model_span_data(model, model->layer[0].span[1]);

	for (size_t c = 0; c < clusters; c++, centre += features) {
		double squares = 0;

		for (size_t f = 0; f < features; f++) {
			weight[f * clusters + c] = centre[f];
			squares += (double)centre[f] * (double)centre[f];
		}
		bias[c] = (float)(-squares / 2);
	}
	return true;
}

static bool kmeans_model_fit(Model *model, const Rows *train, const FitOptions *options,
			     FitWatch *watch, Control *control, Err *err)
{
	KmeansOptions own;
	KmeansFit fit = { .watch = watch, .options = &own, .begin_ns = clock_now_ns() };
	Arena *arena = arena_new(0, err);
	float *centre = NULL;
	Kmeans result;
	bool fine = arena && kmeans_options(&own, model, train, err);

	own.seed = options->seed;
	own.pool = options->pool;
	own.see = kmeans_see;
	own.user = &fit;
	if (fine)
		centre =
			arena_take(arena, own.clusters * train->set->features, sizeof *centre, err);
	fine = centre && kmeans_fit(&result, centre, train, &own, control, err) &&
	       kmeans_layer(model, train->set->features, centre, own.clusters, err);
	arena_free(arena);
	if (!fine)
		return false;
	model->numbers = false;
	model->steps += result.iterations;
	return true;
}

/* --- streams ---------------------------------------------------------------------------------- */

static bool kmeans_begin(FitStream *stream, Err *err)
{
	const Rows all = { .set = stream->about, .count = stream->about->train_rows };
	const ParamValue *algorithm = model_setting(stream->model, "algorithm");
	KmeansOptions own;

	if (algorithm->given && algorithm->choice == 0)
		return err_set(err, ERR_ARGUMENT,
			       "k-means: lloyd takes all rows at once; stream with minibatch");
	if (!kmeans_options(&own, stream->model, &all, err))
		return false;
	own.batch = (size_t)model_setting(stream->model, "batch")->integer;
	own.seed = stream->options->seed;
	own.pool = stream->options->pool;
	stream->state =
		kmeans_stream_take(stream->about, &own, stream->control, stream->arena, err);
	return stream->state;
}

static bool kmeans_take(FitStream *stream, const Rows *piece, Err *err)
{
	stream->right = NAN;
	return kmeans_stream_rows(stream->state, piece, &stream->loss, err);
}

/* The inertia is a sum, in memory too. */
static bool kmeans_epoch(FitStream *stream, FitEpoch *report, bool *done, Err *err)
{
	(void)done;
	(void)err;
	report->loss = stream->loss;
	return true;
}

static bool kmeans_end(FitStream *stream, Err *err)
{
	size_t clusters = (size_t)model_setting(stream->model, "clusters")->integer;

	if (!kmeans_layer(stream->model, stream->about->features,
			  kmeans_stream_centres(stream->state), clusters, err))
		return false;
	stream->model->steps += stream->epoch - 1;
	return true;
}

static const ModelLearner kmeans_learner = {
	.begin = kmeans_begin,
	.take = kmeans_take,
	.epoch = kmeans_epoch,
	.end = kmeans_end,
};

static const char *const kmeans_fit_keys[] = { NULL };

static const Param kmeans_params[] = {
	{ .name = "clusters",
	  .type = PARAM_INT,
	  .value = "10",
	  .minimum = 1,
	  .maximum = DATASET_CLASSES_MAX,
	  .help = "Centres." },
	{ .name = "init",
	  .type = PARAM_CHOICE,
	  .value = "k-means++",
	  .choices = "k-means++|random",
	  .help = "How the first centres are drawn: far from each other, or any rows." },
	{ .name = "restarts",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 1,
	  .maximum = 1000,
	  .help = "Fits from other first centres; the one with the least inertia stays." },
	{ .name = "tolerance",
	  .type = PARAM_NUMBER,
	  .value = "0.0001",
	  .minimum = 0,
	  .maximum = 1,
	  .help = "It ends when the centres move less than this, squared and against the variance "
		  "of the features." },
	{ .name = "iterations",
	  .type = PARAM_INT,
	  .value = "300",
	  .minimum = 1,
	  .maximum = 1e6,
	  .help = "Iterations of a restart, at most." },
	{ .name = "algorithm",
	  .type = PARAM_CHOICE,
	  .value = "lloyd",
	  .choices = "lloyd|minibatch",
	  .help = "All rows in each iteration, or a few rows at a time, which is faster and less "
		  "exact." },
	{ .name = "batch",
	  .type = PARAM_INT,
	  .value = "1024",
	  .minimum = 1,
	  .maximum = 1e6,
	  .unit = "rows",
	  .help = "Rows of a mini-batch." },
	{ .name = "seed",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 0,
	  .maximum = 9007199254740992.0,
	  .help = "Seed of the first centres and of mini-batches." },
	{ 0 },
};

const ModelKind model_kmeans = {
	.info = { .name = "k-means",
		  .title = "k-means",
		  .about = "Finds centres that rows are near to, without looking at labels.",
		  .params = kmeans_params },
	.takes = MODEL_NUMBERS | MODEL_UNLABELLED,
	.by_data = true,
	.fit_keys = kmeans_fit_keys,
	.fit = kmeans_model_fit,
	.learner = &kmeans_learner,
};

/* Threads, progress and layers of linear fits.
 * SPDX-License-Identifier: MIT */
#include "model/linear/linear.h"

#include <math.h>

#include "base/clock.h"
#include "base/text.h"
#include "num/cpu.h"

LinearFit linear_fit(Model *model, const Rows *train, const FitOptions *options, FitWatch *watch,
		     Control *control)
{
	return (LinearFit){ .model = model,
			    .rows = train,
			    .pool = options->pool,
			    .watch = watch,
			    .control = control,
			    .cpu = cpu_features(),
			    .begin_ns = clock_now_ns() };
}

size_t linear_outputs(const Dataset *set)
{
	return set->classes > 2 ? set->classes : 1;
}

static Shape linear_shape(const Dataset *set)
{
	if (set->width > 0 && set->features % (set->width * set->height) == 0)
		return (Shape){ set->features / (set->width * set->height), set->height,
				set->width };
	return (Shape){ set->features, 1, 1 };
}

bool linear_restart(const LinearFit *fit, const char *before, size_t outputs, Err *err)
{
	char lines[LAYER_TEXT_MAX * 3];

	text_format(lines, sizeof lines, "%s%sdense %zu", before, *before ? ";" : "", outputs);
	return model_restart(fit->model, linear_shape(fit->rows->set), lines, err);
}

static float *linear_span(const LinearFit *fit, size_t at, size_t span)
{
	const Layer *layer = &fit->model->layer[fit->model->weighted_layer[at]];

	return fit->model->params + fit->model->span[layer->span[span]].offset;
}

float *linear_weights(const LinearFit *fit, size_t at)
{
	return linear_span(fit, at, 0);
}

float *linear_biases(const LinearFit *fit, size_t at)
{
	return linear_span(fit, at, 1);
}

bool linear_report(LinearFit *fit, size_t epoch, size_t epochs, double loss, double accuracy,
		   bool *stop, Err *err)
{
	int64_t now_ns = clock_now_ns();
	FitEpoch report = { .epoch = epoch,
			    .epochs = epochs,
			    .loss = loss,
			    .accuracy = accuracy,
			    .valid_loss = NAN,
			    .valid_accuracy = NAN,
			    .time_s = (double)(now_ns - fit->begin_ns) / (double)CLOCK_NS_PER_S };

	if (fit->watch && !fit->watch->epoch(fit->watch, &report, err))
		return false;
	fit->model->steps++;
	*stop = control_stopping(fit->control);
	fit->begin_ns = clock_now_ns();
	return control_poll(fit->control, err);
}

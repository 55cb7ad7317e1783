/* Epochs over a feed.
 * SPDX-License-Identifier: MIT */
#include "model/stream.h"

#include <math.h>

#include "base/clock.h"
#include "model/fit_inside.h"

typedef struct Stream {
	FitStream fit;
	const ModelLearner *learner;
	Feed *feed;
	FitWatch *watch;
	int64_t spent_ns;
} Stream;

static bool stream_check(const Model *model, const DataFile *file, const FitOptions *options,
			 Err *err)
{
	const Dataset *about = datafile_about(file);
	const Rows train = { .set = about, .count = about->train_rows };

	if (!model->kind->learner)
		return err_set(err, ERR_ARGUMENT,
			       "fit: the %s must have all rows at once: load the data instead of "
			       "streaming it",
			       model->kind->info.name);
	if (about->missing && !(model->kind->takes & MODEL_MISSING))
		return err_set(
			err, ERR_ARGUMENT,
			"fit: %s has missing values, and the %s takes none: prepare the data "
			"with \"impute\" before it is written",
			about->name, model->kind->info.name);
	return fit_check(model, &train, options, err);
}

/* All pieces of an epoch. *cut: a "stop" came before the last row. */
static bool stream_pieces(Stream *s, bool *cut, Err *err)
{
	FitStream *fit = &s->fit;
	Rows piece;

	fit->loss = fit->right = 0;
	fit->seen = 0;
	feed_begin(s->feed, fit->epoch - 1);
	for (;;) {
		if (!feed_next(s->feed, &piece, fit->control, err))
			return false;
		if (piece.count == 0)
			return true;
		if (!s->learner->take(fit, &piece, err))
			return false;
		fit->seen += piece.count;
		*cut = control_stopping(fit->control) && fit->seen < fit->about->train_rows;
		if (*cut)
			return true;
	}
}

static bool stream_epoch(Stream *s, size_t epochs, bool *done, Err *err)
{
	FitStream *fit = &s->fit;
	FitEpoch report = {
		.epoch = fit->epoch, .epochs = epochs, .valid_loss = NAN, .valid_accuracy = NAN
	};
	int64_t begin_ns = clock_now_ns(), spent_ns;

	if (!stream_pieces(s, done, err))
		return false;
	spent_ns = clock_now_ns() - begin_ns;
	s->spent_ns += spent_ns;
	if (*done)
		return true;
	report.loss = fit->loss / (double)fit->seen;
	report.accuracy = fit->right / (double)fit->seen;
	report.time_s = (double)spent_ns / (double)CLOCK_NS_PER_S;
	if (s->learner->epoch && !s->learner->epoch(fit, &report, done, err))
		return false;
	if (!s->watch->epoch(s->watch, &report, err))
		return false;
	*done = *done || control_stopping(fit->control);
	return true;
}

static bool stream_run(Stream *s, Err *err)
{
	size_t epochs = s->learner->once ? 1 : s->fit.options->epochs;
	bool done = false;

	if (!s->learner->begin(&s->fit, err))
		return false;
	for (s->fit.epoch = 1; s->fit.epoch <= epochs && !done; s->fit.epoch++)
		if (!stream_epoch(s, epochs, &done, err))
			return false;
	return !s->learner->end || s->learner->end(&s->fit, err);
}

/* What the feed should be like for this fit. */
static FeedOptions stream_feed(const FeedOptions *wish, const Model *model,
			       const FitOptions *options)
{
	FeedOptions out = wish ? *wish : (FeedOptions){ .shuffle = true };

	out.batch = fit_takes(model->kind, "batch") ? options->batch : 0;
	out.seed = options->seed;
	out.shuffle = out.shuffle && !model->kind->learner->once;
	return out;
}

bool model_fit_stream(Model *model, const DataFile *file, const FeedOptions *feed,
		      const FitOptions *options, FitWatch *watch, Control *control,
		      StreamSpent *spent, Err *err)
{
	const Dataset *about = datafile_about(file);
	FitCounter counter = fit_counter(model, watch);
	Stream s = {
		.fit = { .model = model, .about = about, .options = options, .control = control },
		.learner = model->kind->learner,
		.watch = &counter.watch,
	};
	FeedOptions own;
	uint64_t entries;
	bool fine;

	if (!stream_check(model, file, options, err) ||
	    !datafile_entries(file, 0, about->train_rows, &entries, err))
		return false;
	own = stream_feed(feed, model, options);
	s.feed = feed_new(file, &own, err);
	s.fit.arena = s.feed ? arena_new(65536, err) : NULL;
	fine = s.fit.arena;
	if (fine) {
		fit_note(model, about, (double)entries / (double)about->train_rows);
		s.fit.rows_max = feed_rows_max(s.feed);
		fine = stream_run(&s, err);
	}
	if (fine && spent)
		*spent = (StreamSpent){
			.time_s = (double)s.spent_ns / (double)CLOCK_NS_PER_S,
			.waited_s = (double)feed_waited_ns(s.feed) / (double)CLOCK_NS_PER_S,
			.rows_max = s.fit.rows_max,
		};
	arena_free(s.fit.arena);
	feed_free(s.feed);
	return fine;
}

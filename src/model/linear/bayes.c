/* Fits of naive Bayes, of all rows or of one piece after the other.
 * SPDX-License-Identifier: MIT */
#include "model/linear/bayes.h"

#include <math.h>

static SumsWork *bayes_sums(const LinearFit *fit, const BayesKind *kind, const Dataset *set,
			    Arena *arena, Err *err)
{
	double threshold =
		kind->of == SUMS_ABOVE ? model_setting(fit->model, "threshold")->number : 0;

	return sums_begin(fit, set, kind->of, threshold, arena, err);
}

bool bayes_fit(LinearFit *fit, const BayesKind *kind, Err *err)
{
	Arena *arena = arena_new(0, err);
	SumsWork *sums = arena ? bayes_sums(fit, kind, fit->rows->set, arena, err) : NULL;
	bool stop, fine = sums && sums_add(sums, err) && kind->fill(fit, sums_end(sums), err) &&
			  linear_report(fit, 1, 1, NAN, NAN, &stop, err);

	arena_free(arena);
	return fine;
}

/* --- streams ---------------------------------------------------------------------------------- */

typedef struct BayesStream {
	LinearFit fit;
	const BayesKind *kind;
	SumsWork *sums;
} BayesStream;

bool bayes_begin(FitStream *stream, const BayesKind *kind, Err *err)
{
	BayesStream *b = arena_take(stream->arena, 1, sizeof *b, err);

	if (!b)
		return false;
	stream->state = b;
	b->kind = kind;
	b->fit = linear_fit(stream->model, NULL, stream->options, NULL, stream->control);
	b->sums = bayes_sums(&b->fit, kind, stream->about, stream->arena, err);
	return b->sums;
}

bool bayes_take(FitStream *stream, const Rows *piece, Err *err)
{
	BayesStream *b = stream->state;

	b->fit.rows = piece;
	stream->loss = stream->right = NAN;
	return sums_add(b->sums, err);
}

bool bayes_end(FitStream *stream, Err *err)
{
	BayesStream *b = stream->state;
	const Rows all = { .set = stream->about, .count = stream->about->train_rows };

	b->fit.rows = &all;
	stream->model->steps++;
	return b->kind->fill(&b->fit, sums_end(b->sums), err);
}

double bayes_prior(const Sums *sums, size_t class)
{
	double rows = 0, own = sums->rows[class];

	for (size_t c = 0; c < sums->classes; c++)
		rows += sums->rows[c];
	return log((own > 0 ? own : 0.1) / rows);
}

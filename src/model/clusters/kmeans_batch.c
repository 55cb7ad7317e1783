/* Mini-batches (Sculley 2010): each centre moves towards the rows of a batch that are nearest
 * to it, by the share that they are of all it has seen.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "model/clusters/kmeans_inside.h"
#include "num/cpu.h"
#include "num/train/optimizer.h"

/* Seeds are drawn from so many batches of rows. */
#define SEED_BATCHES 3
/* Batches in a row without a better smoothed inertia after which it ends. */
#define PATIENCE 10

typedef struct Batches {
	KmeansWork *work;
	uint64_t *seen;  /* (clusters) */
	size_t rows;     /* of a batch */
	uint32_t *order; /* (rows) */
	double *sum;     /* (clusters, features) */
	uint32_t *size;  /* (clusters) */
	double smooth, least;
	size_t worse;
} Batches;

static bool batches_take(Batches *b, Arena *arena, Err *err)
{
	size_t clusters = b->work->clusters;

	b->seen = arena_take(arena, clusters, sizeof *b->seen, err);
	b->order = arena_take(arena, b->rows, sizeof *b->order, err);
	b->sum = arena_take(arena, clusters * b->work->features, sizeof *b->sum, err);
	b->size = arena_take(arena, clusters, sizeof *b->size, err);
	return b->seen && b->order && b->sum && b->size;
}

/* |x|², of all rows at once or of one that came by itself. */
static float batch_square(const KmeansWork *w, size_t position, const float *x)
{
	return w->squares ? w->squares[position]
			  : (float)optimizer_square_sum(w->cpu, x, w->features);
}

/* Sums and sizes of the batch's clusters; Σ of squared distances. */
static double batch_assign(Batches *b)
{
	KmeansWork *w = b->work;
	double inertia = 0;

	memset(b->sum, 0, w->clusters * w->features * sizeof *b->sum);
	memset(b->size, 0, w->clusters * sizeof *b->size);
	for (size_t at = 0; at < b->rows; at += KMEANS_CHUNK) {
		size_t n = b->rows - at < KMEANS_CHUNK ? b->rows - at : KMEANS_CHUNK;

		rows_gather(w->rows, b->order + at, n, w->x, NULL);
		kmeans_scores(w, 0, n);
		for (size_t i = 0; i < n; i++) {
			const float *score = w->score + i * w->ld, *x = w->x + i * w->features;
			size_t c = kmeans_nearest(w, score);
			float square =
				batch_square(w, b->order[at + i], x) + 2 * (w->half[c] - score[c]);

			inertia += (double)fmaxf(square, 0);
			b->size[c]++;
			for (size_t f = 0; f < w->features; f++)
				b->sum[c * w->features + f] += (double)x[f];
		}
	}
	return inertia;
}

static void batch_move(Batches *b)
{
	const KmeansWork *w = b->work;

	for (size_t c = 0; c < w->clusters; c++) {
		float *centre = w->centre + c * w->features;
		const double *sum = b->sum + c * w->features;

		if (b->size[c] == 0)
			continue;
		b->seen[c] += b->size[c];
		for (size_t f = 0; f < w->features; f++)
			centre[f] = (float)((double)centre[f] +
					    (sum[f] - b->size[c] * (double)centre[f]) /
						    (double)b->seen[c]);
	}
}

/* Whether the smoothed inertia of a batch's rows got no better for PATIENCE batches. */
static bool batch_ends(Batches *b, double inertia, size_t step)
{
	double share = 2.0 * (double)b->rows / ((double)b->work->count + 1);

	if (step == 0)
		b->smooth = b->least = inertia;
	else
		b->smooth += (share < 1 ? share : 1) * (inertia - b->smooth);
	b->worse = step > 0 && !(b->smooth < b->least) ? b->worse + 1 : 0;
	b->least = b->smooth < b->least ? b->smooth : b->least;
	return b->worse >= PATIENCE;
}

static bool batch_seed(KmeansWork *w, size_t rows, Random *random, Arena *arena, Err *err)
{
	Rows some;
	size_t most = SEED_BATCHES * rows;
	bool fine;

	most = most < w->clusters ? w->clusters : most;
	if (!rows_sample(&some, w->rows, most < w->count ? most : w->count, random_u64(random),
			 err))
		return false;
	fine = kmeans_seed(w, &some, random, arena, err);
	rows_done(&some);
	return fine;
}

bool kmeans_batches(KmeansWork *w, Random *random, size_t restart, size_t *iterations, Arena *arena,
		    Err *err)
{
	const KmeansOptions *o = w->options;
	Batches b = { .work = w, .rows = o->batch < w->count ? o->batch : w->count };
	size_t steps = (w->count + b.rows - 1) / b.rows;
	bool ends = false;

	if (!batches_take(&b, arena, err) || !batch_seed(w, b.rows, random, arena, err))
		return false;
	for (*iterations = 0; !ends && *iterations < o->iterations; ++*iterations) {
		double mean = 0;
		size_t step = 0;

		for (; !ends && step < steps; step++) {
			if (!control_poll(w->control, err))
				return false;
			for (size_t i = 0; i < b.rows; i++)
				b.order[i] = (uint32_t)random_below(random, w->count);
			kmeans_pack(w);
			double inertia = batch_assign(&b);

			batch_move(&b);
			mean += inertia / (double)b.rows;
			ends = batch_ends(&b, inertia / (double)b.rows, *iterations + step);
		}
		mean *= (double)w->count / (double)step;
		ends = ends || control_stopping(w->control);
		if (o->see && !o->see(o->user, restart, *iterations + 1, mean, err))
			return false;
	}
	return true;
}

/* --- streams ---------------------------------------------------------------------------------- */

struct KmeansStream {
	KmeansWork work;
	KmeansOptions options;
	Batches batches;
	Random random;
	bool seeded;
};

static bool stream_take(KmeansWork *w, Arena *arena, Err *err)
{
	w->ld = (w->clusters + KMEANS_VECTOR - 1) / KMEANS_VECTOR * KMEANS_VECTOR;
	size_t numbers = w->clusters * w->features, threads = pool_threads(w->pool);

	w->centre = arena_take(arena, numbers, sizeof *w->centre, err);
	w->packed = arena_take(arena, w->features * w->ld, sizeof *w->packed, err);
	w->half = arena_take(arena, w->clusters, sizeof *w->half, err);
	w->x = arena_take(arena, threads * KMEANS_CHUNK * w->features, sizeof *w->x, err);
	w->score = arena_take(arena, KMEANS_CHUNK * w->ld, sizeof *w->score, err);
	return w->centre && w->packed && w->half && w->x && w->score;
}

KmeansStream *kmeans_stream_take(const Dataset *set, const KmeansOptions *options, Control *control,
				 Arena *arena, Err *err)
{
	KmeansStream *s = arena_take(arena, 1, sizeof *s, err);

	if (!s)
		return NULL;
	s->options = *options;
	s->work = (KmeansWork){ .options = &s->options,
				.control = control,
				.pool = options->pool,
				.cpu = cpu_features(),
				.features = set->features,
				.clusters = options->clusters };
	s->batches = (Batches){ .work = &s->work, .rows = options->batch };
	random_init(&s->random, options->seed, RANDOM_WEIGHTS);
	return stream_take(&s->work, arena, err) && batches_take(&s->batches, arena, err) ? s
											  : NULL;
}

/* From the first piece, whose memory is given back. */
static bool stream_seed(KmeansStream *s, Err *err)
{
	Arena *arena = arena_new(0, err);

	if (arena && s->work.clusters > s->work.count)
		err_set(err, ERR_ARGUMENT,
			"fit: clusters is %zu, but only %zu rows are in the buffer together",
			s->work.clusters, s->work.count);
	else if (arena)
		s->seeded = batch_seed(&s->work, s->options.batch, &s->random, arena, err);
	arena_free(arena);
	return s->seeded;
}

bool kmeans_stream_rows(KmeansStream *s, const Rows *piece, double *inertia, Err *err)
{
	Batches *b = &s->batches;

	s->work.rows = piece;
	s->work.count = piece->count;
	if (!s->seeded && !stream_seed(s, err))
		return false;
	for (size_t at = 0; at < piece->count; at += b->rows) {
		b->rows =
			piece->count - at < s->options.batch ? piece->count - at : s->options.batch;
		if (!control_poll(s->work.control, err))
			return false;
		for (size_t i = 0; i < b->rows; i++)
			b->order[i] = (uint32_t)(at + i);
		kmeans_pack(&s->work);
		*inertia += batch_assign(b);
		batch_move(b);
	}
	return true;
}

const float *kmeans_stream_centres(const KmeansStream *s)
{
	return s->work.centre;
}

/* Lloyd's steps, restarts, and clusters that lost all their rows.
 * SPDX-License-Identifier: MIT */
#include "model/clusters/kmeans.h"

#include <math.h>
#include <string.h>

#include "model/clusters/kmeans_inside.h"
#include "num/cpu.h"

static bool work_take(KmeansWork *w, Arena *arena, Err *err)
{
	size_t numbers = w->clusters * w->features, threads = pool_threads(w->pool);

	w->centre = arena_take(arena, numbers, sizeof *w->centre, err);
	w->moved = arena_take(arena, numbers, sizeof *w->moved, err);
	w->packed = arena_take(arena, w->features * w->ld, sizeof *w->packed, err);
	w->half = arena_take(arena, w->clusters, sizeof *w->half, err);
	w->squares = arena_take(arena, w->count, sizeof *w->squares, err);
	w->sum = arena_take(arena, numbers, sizeof *w->sum, err);
	w->size = arena_take(arena, w->clusters, sizeof *w->size, err);
	w->upper = arena_take(arena, w->count, sizeof *w->upper, err);
	w->lower = arena_take(arena, w->count * KMEANS_GROUPS, sizeof *w->lower, err);
	w->drift = arena_take(arena, w->clusters, sizeof *w->drift, err);
	w->label = arena_take(arena, w->count, sizeof *w->label, err);
	w->next = arena_take(arena, w->count, sizeof *w->next, err);
	w->x = arena_take(arena, threads * KMEANS_CHUNK * w->features, sizeof *w->x, err);
	w->score = arena_take(arena, threads * KMEANS_CHUNK * w->ld, sizeof *w->score, err);
	w->order = arena_take(arena, threads * KMEANS_CHUNK, sizeof *w->order, err);
	return w->centre && w->moved && w->packed && w->half && w->squares && w->sum && w->size &&
	       w->upper && w->lower && w->drift && w->label && w->next && w->x && w->score &&
	       w->order;
}

/* --- what rows are ---------------------------------------------------------------------------- */

static void squares_task(void *user, unsigned part, unsigned parts)
{
	KmeansWork *w = user;
	float *x = w->x + part * KMEANS_CHUNK * w->features;
	size_t begin, end;

	pool_share(w->count, KMEANS_CHUNK, part, parts, &begin, &end);
	for (size_t row = begin; row < end; row++) {
		double sum = 0;

		rows_floats(w->rows, row, 1, x);
		for (size_t f = 0; f < w->features; f++)
			sum += (double)x[f] * (double)x[f];
		w->squares[row] = (float)sum;
	}
}

/* Mean over the features of their variance; all rows are summed in some cluster. */
static double work_variance(const KmeansWork *w)
{
	double means = 0, rows = (double)w->count;

	for (size_t f = 0; f < w->features; f++) {
		double mean = 0;

		for (size_t c = 0; c < w->clusters; c++)
			mean += w->sum[c * w->features + f];
		mean *= w->unit / rows;
		means += mean * mean;
	}
	return (w->total / rows - means) / (double)w->features;
}

/* --- sums ------------------------------------------------------------------------------------- */

static void sum_add(const KmeansWork *w, double *sum, size_t row, size_t begin, size_t end,
		    double sign)
{
	if (w->rows->set->form == DATASET_BYTES) {
		const uint8_t *x = rows_in_place(w->rows, row, 1);

		for (size_t f = begin; f < end; f++)
			sum[f] += sign * x[f];
	} else {
		const float *x = rows_in_place(w->rows, row, 1);

		for (size_t f = begin; f < end; f++)
			sum[f] += sign * (double)x[f];
	}
}

/* Threads share the features, so that every sum has one order. */
static void sums_task(void *user, unsigned part, unsigned parts)
{
	const KmeansWork *w = user;
	size_t begin, end;

	pool_share(w->features, KMEANS_VECTOR, part, parts, &begin, &end);
	for (size_t row = 0; row < w->count && begin < end; row++) {
		size_t from = w->label[row], to = w->next[row];

		if (from == to)
			continue;
		sum_add(w, w->sum + to * w->features, row, begin, end, 1);
		if (from < w->clusters)
			sum_add(w, w->sum + from * w->features, row, begin, end, -1);
	}
}

/* Rows that moved. */
static size_t sums_change(KmeansWork *w)
{
	size_t moved = 0;

	pool_run(w->pool, sums_task, w);
	for (size_t row = 0; row < w->count; row++) {
		size_t from = w->label[row], to = w->next[row];

		if (from == to)
			continue;
		moved++;
		w->size[to]++;
		if (from < w->clusters)
			w->size[from]--;
		w->label[row] = w->next[row];
	}
	return moved;
}

/* Σ over clusters of Σ|x|² − 2·c·Σx + n·|c|². */
static double work_inertia(const KmeansWork *w)
{
	double inertia = w->total;

	for (size_t c = 0; c < w->clusters; c++) {
		const float *centre = w->centre + c * w->features;
		const double *sum = w->sum + c * w->features;
		double product = 0, squares = 0;

		for (size_t f = 0; f < w->features; f++) {
			product += (double)centre[f] * sum[f];
			squares += (double)centre[f] * (double)centre[f];
		}
		inertia += w->size[c] * squares - 2 * w->unit * product;
	}
	return inertia > 0 ? inertia : 0;
}

/* --- empty clusters --------------------------------------------------------------------------- */

static double work_distance(KmeansWork *w, size_t row)
{
	const float *centre = w->centre + w->label[row] * w->features;
	double sum = 0;

	rows_floats(w->rows, row, 1, w->x);
	for (size_t f = 0; f < w->features; f++) {
		double difference = (double)w->x[f] - (double)centre[f];

		sum += difference * difference;
	}
	return sum;
}

/* The row farthest from its centre, of clusters of more than one row, becomes a cluster. */
static void empty_fill(KmeansWork *w, size_t empty)
{
	size_t farthest = 0;
	double most = -1;

	for (size_t row = 0; row < w->count; row++) {
		double distance = w->size[w->label[row]] > 1 ? work_distance(w, row) : -1;

		if (distance > most) {
			most = distance;
			farthest = row;
		}
	}
	if (most < 0)
		return;
	memcpy(w->next, w->label, w->count * sizeof *w->next);
	w->next[farthest] = (uint16_t)empty;
	w->upper[farthest] = INFINITY;
	sums_change(w);
}

/* --- Lloyd ------------------------------------------------------------------------------------ */

/* Means become centres; how far each moved, and Σ of the squares. */
static double centres_move(KmeansWork *w)
{
	double all = 0;

	for (size_t c = 0; c < w->clusters; c++) {
		const double *sum = w->sum + c * w->features;
		float *centre = w->centre + c * w->features;
		double squares = 0;

		w->drift[c] = 0;
		if (w->size[c] == 0)
			continue;
		for (size_t f = 0; f < w->features; f++) {
			float mean = (float)(w->unit * sum[f] / w->size[c]);
			double move = (double)mean - (double)centre[f];

			squares += move * move;
			centre[f] = mean;
		}
		w->drift[c] = nextafterf((float)sqrt(squares), INFINITY);
		all += squares;
	}
	return all;
}

static void lloyd_begin(KmeansWork *w)
{
	memset(w->sum, 0, w->clusters * w->features * sizeof *w->sum);
	memset(w->size, 0, w->clusters * sizeof *w->size);
	memset(w->drift, 0, w->clusters * sizeof *w->drift);
	for (size_t row = 0; row < w->count; row++)
		w->label[row] = (uint16_t)w->clusters;
}

static size_t lloyd_assign(KmeansWork *w)
{
	kmeans_pack(w);
	kmeans_assign(w);
	return sums_change(w);
}

static bool lloyd(KmeansWork *w, size_t restart, size_t *iterations, Err *err)
{
	const KmeansOptions *o = w->options;
	size_t done = 0, moved = 1;
	double shift = INFINITY;

	lloyd_begin(w);
	while (done < o->iterations && moved > 0 && !control_stopping(w->control)) {
		moved = lloyd_assign(w);
		if (done++ == 0)
			w->variance = work_variance(w);
		if (!control_poll(w->control, err) ||
		    (o->see && !o->see(o->user, restart, done, work_inertia(w), err)))
			return false;
		for (size_t c = 0; c < w->clusters; c++)
			if (w->size[c] == 0)
				empty_fill(w, c);
		shift = centres_move(w);
		if (shift <= o->tolerance * w->variance)
			break;
	}
	*iterations = done;
	lloyd_assign(w);
	return true;
}

/* --- all -------------------------------------------------------------------------------------- */

/* One restart; work->centre and the inertia of its own clusters. */
static bool kmeans_once(KmeansWork *w, Random *random, size_t restart, Kmeans *out, Arena *arena,
			Err *err)
{
	bool fine;

	if (w->options->batch) {
		fine = kmeans_batches(w, random, restart, &out->iterations, arena, err);
		if (fine) {
			lloyd_begin(w);
			lloyd_assign(w);
		}
	} else {
		fine = kmeans_seed(w, w->rows, random, arena, err) &&
		       lloyd(w, restart, &out->iterations, err);
	}
	out->inertia = work_inertia(w);
	return fine;
}

static bool kmeans_restarts(Kmeans *out, float *centre, KmeansWork *w, Arena *arena, Err *err)
{
	Random random;

	random_init(&random, w->options->seed, RANDOM_WEIGHTS);
	out->inertia = INFINITY;
	for (size_t i = 0; i < w->options->restarts; i++) {
		ArenaMark mark = arena_mark(arena);
		Kmeans one;

		if (i > 0 && control_stopping(w->control))
			break;
		if (!kmeans_once(w, &random, i, &one, arena, err))
			return false;
		arena_rewind(arena, mark);
		if (one.inertia < out->inertia || i == 0) {
			*out = one;
			memcpy(centre, w->centre, w->clusters * w->features * sizeof *centre);
		}
	}
	return true;
}

bool kmeans_fit(Kmeans *out, float *centre, const Rows *rows, const KmeansOptions *options,
		Control *control, Err *err)
{
	KmeansWork w = { .rows = rows,
			 .options = options,
			 .control = control,
			 .pool = options->pool,
			 .cpu = cpu_features(),
			 .count = rows->count,
			 .features = rows->set->features,
			 .clusters = options->clusters };
	Arena *arena = arena_new(0, err);
	bool fine;

	w.chunks = (w.count + KMEANS_CHUNK - 1) / KMEANS_CHUNK;
	w.ld = (w.clusters + KMEANS_VECTOR - 1) / KMEANS_VECTOR * KMEANS_VECTOR;
	w.members = (w.clusters + KMEANS_GROUPS - 1) / KMEANS_GROUPS;
	w.unit = rows->set->form == DATASET_BYTES ? (double)rows->set->byte_scale : 1;
	fine = arena && work_take(&w, arena, err);
	if (fine) {
		pool_run(w.pool, squares_task, &w);
		for (size_t row = 0; row < w.count; row++)
			w.total += (double)w.squares[row];
		fine = kmeans_restarts(out, centre, &w, arena, err);
	}
	arena_free(arena);
	return fine;
}

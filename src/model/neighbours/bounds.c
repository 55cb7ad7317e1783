/* Making bounds: the map of the references, its bytes, and whether it pays.
 * SPDX-License-Identifier: MIT */
#include "model/neighbours/bounds.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "model/neighbours/bounds_inside.h"
#include "num/dense/gemm.h"

#define DIRECTIONS (BOUNDS_DIMS - 1)
#define PROBES 32 /* references that ask for their own neighbours */

/* Half a unit of the last place of f32, and of f64. */
#define UNIT_F32 0x1p-24
#define UNIT_F64 0x1p-53

bool bounds_worth(size_t count, size_t features)
{
	return features >= BOUNDS_FEATURES_MIN && count >= BOUNDS_COUNT_MIN;
}

/* --- the map ---------------------------------------------------------------------------------- */

size_t bounds_map_bytes(size_t features)
{
	return bounds_lines(BOUNDS_MAP_ROWS * features * sizeof(float)) +
	       bounds_lines(BOUNDS_MAP_ROWS * BOUNDS_DIMS * sizeof(float)) +
	       bounds_lines(BOUNDS_MAP_ROWS * BOUNDS_DIMS * sizeof(double)) +
	       bounds_lines(BOUNDS_MAP_ROWS * sizeof(double));
}

BoundsMap bounds_map_at(void *room, size_t features)
{
	uint8_t *at = room;
	BoundsMap map;

	map.x = (void *)at;
	at += bounds_lines(BOUNDS_MAP_ROWS * features * sizeof(float));
	map.product = (void *)at;
	at += bounds_lines(BOUNDS_MAP_ROWS * BOUNDS_DIMS * sizeof(float));
	map.f = (void *)at;
	at += bounds_lines(BOUNDS_MAP_ROWS * BOUNDS_DIMS * sizeof(double));
	map.error = (void *)at;
	return map;
}

/* The last coordinate, and how far f is from what it would be unrounded. squares: |x|². A
 * coordinate is summed over BOUNDS_MAP_DEPTH features in f32, then in f64, so its error is at most
 * γ·Σ |v||x| ≤ γ·|x|; that of |x|² − |V·x|² is made of the errors of all, and its root's is the
 * smaller of √E and E / root. */
static double map_rest(double *f, double squares)
{
	double gamma = (BOUNDS_MAP_DEPTH + 4) * UNIT_F32, norm = sqrt(squares), rest = squares;
	double apart = gamma * sqrt(DIRECTIONS) * norm;
	double error = apart * (2 * norm + apart) + 1e-12 * squares, root;

	for (size_t i = 0; i < DIRECTIONS; i++)
		rest -= f[i] * f[i];
	root = rest > 0 ? sqrt(rest) : 0;
	f[DIRECTIONS] = root;
	return apart + (root * root > error ? error / root : sqrt(error));
}

void bounds_map(const Bounds *b, const BoundsMap *map, size_t n, uint32_t cpu)
{
	size_t features = b->features;

	memset(map->f, 0, n * BOUNDS_DIMS * sizeof *map->f);
	for (size_t at = 0; at < features; at += BOUNDS_MAP_DEPTH) {
		size_t depth = features - at < BOUNDS_MAP_DEPTH ? features - at : BOUNDS_MAP_DEPTH;

		gemm_run(cpu, false, false, n, BOUNDS_DIMS, depth, map->x + at, features,
			 b->basis + at * BOUNDS_DIMS, BOUNDS_DIMS, 0, map->product, BOUNDS_DIMS);
		for (size_t i = 0; i < n * BOUNDS_DIMS; i++)
			map->f[i] += (double)map->product[i];
	}
	for (size_t row = 0; row < n; row++) {
		const float *x = map->x + row * features;
		double sum[8] = { 0 }, squares = 0;

		for (size_t i = 0; i < features; i++)
			sum[i % 8] += (double)x[i] * (double)x[i];
		for (size_t i = 0; i < 8; i++)
			squares += sum[i];
		map->error[row] = map_rest(map->f + row * BOUNDS_DIMS, squares);
	}
}

double bounds_round(const Bounds *b, const double *f, uint8_t *bytes)
{
	double sum = 0;

	for (size_t i = 0; i < BOUNDS_DIMS; i++) {
		double x = f[i] - b->middle[i];
		double q = fmin(fmax(rint(x / b->step) + 128, 0), 255); /* no number: 0 */

		bytes[i] = (uint8_t)q;
		x -= (q - 128) * b->step;
		sum += x * x;
	}
	return sqrt(sum);
}

/* --- building --------------------------------------------------------------------------------- */

typedef struct Building {
	Bounds *b;
	uint32_t cpu;
	Pool *pool;
	size_t k;
	double share_max;
	double *middle;
	void *norm;
	int32_t *panel_norm;
	uint8_t *panels;
	float *basis, *center;
	/* For the time of building: */
	float *sample; /* (BOUNDS_SAMPLE, features) */
	float *f;      /* (count, BOUNDS_DIMS) */
	float *error;  /* (count) */
	uint8_t *room; /* of each thread */
	size_t room_bytes;
} Building;

static void building_row(const Bounds *b, size_t row, float *x)
{
	if (b->form == NEIGHBOURS_BYTES) {
		const uint8_t *bytes = (const uint8_t *)b->rows + row * b->ld;

		for (size_t i = 0; i < b->features; i++)
			x[i] = (float)bytes[i] - b->center[i];
	} else {
		memcpy(x, (const float *)b->rows + row * b->ld, b->features * sizeof *x);
	}
}

static bool building_take(Building *w, Arena *arena, Arena *work, Err *err)
{
	size_t count = w->b->count, features = w->b->features;
	size_t panels = neighbours_panels(NEIGHBOURS_BYTES, count);
	size_t panel = bytes_panel_size(BOUNDS_DIMS);

	w->basis = arena_take(arena, features * BOUNDS_DIMS, sizeof *w->basis, err);
	w->center = arena_take(arena, features, sizeof *w->center, err);
	w->middle = arena_take(arena, BOUNDS_DIMS, sizeof *w->middle, err);
	w->panels = arena_take(arena, panels, panel, err);
	w->panel_norm = arena_take(arena, panels * BYTES_PANEL, sizeof *w->panel_norm, err);
	w->norm = arena_take(arena, panels * BYTES_PANEL, sizeof(float), err);
	w->b->bytes = panels * (panel + BYTES_PANEL * sizeof *w->panel_norm) +
		      (BOUNDS_DIMS + 1) * features * sizeof(float) +
		      panels * BYTES_PANEL * sizeof(float);
	w->room_bytes = bounds_map_bytes(features);
	w->sample = arena_take(work, BOUNDS_SAMPLE * features, sizeof *w->sample, err);
	w->f = arena_take(work, count * BOUNDS_DIMS, sizeof *w->f, err);
	w->error = arena_take(work, count, sizeof *w->error, err);
	w->room = arena_take(work, pool_threads(w->pool), w->room_bytes, err);
	return w->basis && w->center && w->middle && w->panels && w->panel_norm && w->norm &&
	       w->sample && w->f && w->error && w->room;
}

/* Of bytes the center is whole, so that nothing is lost; floats have lost theirs already. */
static bool building_basis(Building *w, bool *worth, Err *err)
{
	size_t features = w->b->features, n = BOUNDS_SAMPLE;
	float *sample = w->sample;

	w->b->basis = w->basis;
	w->b->center = w->center;
	for (size_t i = 0; i < n; i++)
		building_row(w->b, i * w->b->count / n, sample + i * features);
	for (size_t f = 0; f < features && w->b->form == NEIGHBOURS_BYTES; f++) {
		float sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += sample[i * features + f];
		w->center[f] = rintf(sum / (float)n);
		for (size_t i = 0; i < n; i++)
			sample[i * features + f] -= w->center[f];
	}
	return bounds_basis(sample, n, features, w->basis, w->cpu, worth, err);
}

static void building_map(void *user, unsigned part, unsigned parts)
{
	Building *w = user;
	const Bounds *b = w->b;
	BoundsMap map = bounds_map_at(w->room + part * w->room_bytes, b->features);
	size_t begin, end;

	pool_share(b->count, BOUNDS_MAP_ROWS, part, parts, &begin, &end);
	for (size_t row = begin; row < end; row += BOUNDS_MAP_ROWS) {
		size_t n = end - row < BOUNDS_MAP_ROWS ? end - row : BOUNDS_MAP_ROWS;

		for (size_t i = 0; i < n; i++)
			building_row(b, row + i, map.x + i * b->features);
		bounds_map(b, &map, n, w->cpu);
		for (size_t i = 0; i < n * BOUNDS_DIMS; i++)
			w->f[row * BOUNDS_DIMS + i] = (float)map.f[i];
		for (size_t i = 0; i < n; i++)
			w->error[row + i] = (float)map.error[i];
	}
}

/* The middle of each coordinate, and a step with which all of them are within a byte. */
static void building_step(Building *w)
{
	float low[BOUNDS_DIMS], high[BOUNDS_DIMS];
	double widest = 0;

	memcpy(low, w->f, sizeof low);
	memcpy(high, w->f, sizeof high);
	for (size_t at = 0; at < w->b->count * BOUNDS_DIMS; at += BOUNDS_DIMS) {
		for (size_t i = 0; i < BOUNDS_DIMS; i++) {
			float x = w->f[at + i];

			low[i] = x < low[i] ? x : low[i];
			high[i] = x > high[i] ? x : high[i];
		}
	}
	for (size_t i = 0; i < BOUNDS_DIMS; i++) {
		w->middle[i] = ((double)low[i] + (double)high[i]) / 2;
		widest = fmax(widest, (double)high[i] - (double)low[i]);
	}
	w->b->middle = w->middle;
	w->b->step = widest > (double)FLT_MIN ? widest / 254 : 1;
}

static void building_panels(Building *w)
{
	Bounds *b = w->b;
	size_t places = neighbours_panels(NEIGHBOURS_BYTES, b->count) * BYTES_PANEL;
	NeighboursTable to = { w->panels, w->panel_norm };
	const Neighbours like = { .form = NEIGHBOURS_BYTES, .features = BOUNDS_DIMS };
	double f[BOUNDS_DIMS], norm;
	uint8_t bytes[BOUNDS_DIMS];

	for (size_t row = 0; row < b->count; row++) {
		norm = 0;
		for (size_t i = 0; i < BOUNDS_DIMS; i++) {
			f[i] = (double)w->f[row * BOUNDS_DIMS + i];
			norm += f[i] * f[i];
		}
		/* f, its error and this sum were rounded to f32 */
		b->slack = fmax(b->slack, bounds_round(b, f, bytes) +
						  (double)w->error[row] * (1 + 4 * UNIT_F32) +
						  2 * UNIT_F32 * sqrt(norm));
		neighbours_set_bytes(&like, to, row, bytes, w->cpu);
	}
	neighbours_set_none(NEIGHBOURS_BYTES, w->panel_norm, b->count, places);
	b->slack *= 1 + 1e-6;
	b->panels = w->panels;
	b->panel_norm = w->panel_norm;
}

/* What is needed to measure all. The product of two rows in f32 is off by γ·|q||r| at most, which
 * is no more than γ/2 of the sum of their squares. */
/* False when the square of a row leaves f32. */
static bool building_norms(Building *w)
{
	Bounds *b = w->b;
	bool finite = true;

	b->norm = w->norm;
	b->sure = 1 - ((double)b->features + 16) * UNIT_F32;
	for (size_t row = 0; row < b->count; row++) {
		if (b->form == NEIGHBOURS_BYTES) {
			int32_t sum, squares;

			bytes_sums(w->cpu, (const uint8_t *)b->rows + row * b->ld, b->features,
				   &sum, &squares);
			((int32_t *)w->norm)[row] = squares - 256 * sum;
		} else {
			const float *r = (const float *)b->rows + row * b->ld;

			((float *)w->norm)[row] =
				(float)(b->sure / 2 *
					nearest_square_f64(w->cpu, r, b->center, 1, b->features));
			finite = finite && isfinite(((float *)w->norm)[row]);
		}
	}
	return finite;
}

/* The share of references that is measured when references ask for their neighbours. */
static bool building_probe(Building *w, size_t k, Arena *work, Err *err)
{
	Bounds *b = w->b;
	float *zero = arena_take(work, b->features, sizeof *zero, err);
	const Neighbours n = { .form = b->form,
			       .count = b->count,
			       .features = b->features,
			       .offset = zero,
			       .scale = 1 };
	float *x = arena_take(work, PROBES * b->features, sizeof *x, err);
	void *memory = arena_take(work, 1, neighbours_queries_bytes(&n, PROBES, k), err);
	void *room = arena_take(work, 1, bounds_room(b->features, PROBES), err);
	Queries queries;

	if (!zero || !x || !memory || !room)
		return false;
	for (size_t i = 0; i < PROBES; i++) {
		building_row(b, (2 * i + 1) * b->count / (2 * PROBES), x + i * b->features);
		for (size_t f = 0; f < b->features; f++)
			x[i * b->features + f] += b->center[f];
	}
	queries = neighbours_queries(&n, x, PROBES, k, memory, w->cpu);
	b->share =
		(double)bounds_search(b, &queries, k, room, w->cpu) / ((double)b->count * PROBES);
	return true;
}

static bool building_run(Building *w, Arena *arena, Arena *work, bool *worth, Err *err)
{
	if (!building_take(w, arena, work, err) || !building_basis(w, worth, err))
		return false;
	if (!*worth && w->share_max < 1)
		return true;
	pool_run(w->pool, building_map, w);
	building_step(w);
	*worth = isfinite(w->b->step) && building_norms(w);
	if (!*worth)
		return true;
	building_panels(w);
	if (!building_probe(w, w->k, work, err))
		return false;
	*worth = isfinite(w->b->slack) && (w->share_max >= 1 || w->b->share <= w->share_max);
	return true;
}

bool bounds_new(NeighboursForm form, const void *rows, size_t ld, size_t count, size_t features,
		size_t k, double share_max, uint32_t cpu, Pool *pool, Arena *arena,
		const Bounds **out, Err *err)
{
	ArenaMark mark = arena_mark(arena);
	Bounds *b = arena_take(arena, 1, sizeof *b, err);
	Building w = { .b = b, .cpu = cpu, .pool = pool, .k = k, .share_max = share_max };
	Arena *work = b ? arena_new(0, err) : NULL;
	bool worth = false, fine;

	*out = NULL;
	if (!work)
		return false;
	*b = (Bounds){ .form = form, .count = count, .features = features, .rows = rows, .ld = ld };
	fine = building_run(&w, arena, work, &worth, err);
	arena_free(work);
	if (fine && worth)
		*out = b;
	else
		arena_rewind(arena, mark);
	return fine;
}

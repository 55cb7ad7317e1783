/* Which centre is nearest to each row, where bounds do not tell.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "model/clusters/kmeans_inside.h"
#include "num/dense/gemm.h"

/* What rounding may do to a squared distance, as a share of |x|² + |c|². */
#define ROUNDING 4e-6f

void kmeans_pack(KmeansWork *work)
{
	for (size_t c = 0; c < work->clusters; c++) {
		const float *centre = work->centre + c * work->features;
		double squares = 0;

		for (size_t f = 0; f < work->features; f++) {
			work->packed[f * work->ld + c] = centre[f];
			squares += (double)centre[f] * (double)centre[f];
		}
		work->half[c] = (float)(squares / 2);
	}
}

void kmeans_scores(const KmeansWork *work, unsigned part, size_t n)
{
	const float *x = work->x + part * KMEANS_CHUNK * work->features;
	float *score = work->score + part * KMEANS_CHUNK * work->ld;

	gemm_run(work->cpu, false, false, n, work->clusters, work->features, x, work->features,
		 work->packed, work->ld, 0, score, work->ld);
}

size_t kmeans_nearest(const KmeansWork *work, const float *score)
{
	size_t best = 0;

	for (size_t c = 1; c < work->clusters; c++)
		if (score[c] - work->half[c] > score[best] - work->half[best])
			best = c;
	return best;
}

/* --- bounds ----------------------------------------------------------------------------------- */

/* After centres moved. False when another centre may be nearer now. */
static bool bounds_hold(KmeansWork *work, size_t row)
{
	float *lower = work->lower + row * KMEANS_GROUPS;
	float upper = work->upper[row] + work->drift[work->label[row]];
	unsigned below = 0;

	work->upper[row] = upper;
	for (size_t g = 0; g < KMEANS_GROUPS; g++) {
		lower[g] -= work->group_drift[g];
		below |= lower[g] < upper;
	}
	return !below;
}

static void bounds_set(KmeansWork *work, size_t row, size_t nearest, const float *score)
{
	float *lower = work->lower + row * KMEANS_GROUPS;

	for (size_t g = 0; g < KMEANS_GROUPS; g++)
		lower[g] = INFINITY;
	for (size_t c = 0; c < work->clusters; c++) {
		float both = work->squares[row] + 2 * work->half[c];
		float square = both - 2 * score[c], error = ROUNDING * both;
		float *of = &lower[c / work->members], least;

		if (c == nearest) {
			work->upper[row] = sqrtf(fmaxf(square, 0) + error);
			continue;
		}
		least = sqrtf(fmaxf(square - error, 0));
		*of = least < *of ? least : *of;
	}
}

/* --- all rows --------------------------------------------------------------------------------- */

/* Rows of a chunk that must be measured. */
static size_t assign_which(KmeansWork *work, size_t chunk, uint32_t *order)
{
	size_t begin = chunk * KMEANS_CHUNK, n = 0;
	size_t end = begin + KMEANS_CHUNK < work->count ? begin + KMEANS_CHUNK : work->count;

	for (size_t row = begin; row < end; row++) {
		work->next[row] = work->label[row];
		if (work->label[row] == work->clusters || !bounds_hold(work, row))
			order[n++] = (uint32_t)row;
	}
	return n;
}

static void assign_task(void *user, unsigned part, unsigned parts)
{
	KmeansWork *work = user;
	uint32_t *order = work->order + part * KMEANS_CHUNK;
	const float *scores = work->score + part * KMEANS_CHUNK * work->ld;
	size_t begin, end;

	pool_share(work->chunks, 1, part, parts, &begin, &end);
	for (size_t chunk = begin; chunk < end; chunk++) {
		size_t n = assign_which(work, chunk, order);

		if (n == 0)
			continue;
		rows_gather(work->rows, order, n, work->x + part * KMEANS_CHUNK * work->features,
			    NULL);
		kmeans_scores(work, part, n);
		for (size_t i = 0; i < n; i++) {
			const float *score = scores + i * work->ld;
			size_t nearest = kmeans_nearest(work, score);

			work->next[order[i]] = (uint16_t)nearest;
			bounds_set(work, order[i], nearest, score);
		}
	}
}

void kmeans_assign(KmeansWork *work)
{
	for (size_t g = 0; g < KMEANS_GROUPS; g++)
		work->group_drift[g] = 0;
	for (size_t c = 0; c < work->clusters; c++) {
		float *of = &work->group_drift[c / work->members];

		*of = work->drift[c] > *of ? work->drift[c] : *of;
	}
	pool_run(work->pool, assign_task, work);
}

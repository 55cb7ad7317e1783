/* Histograms of oriented gradients (Dalal and Triggs, 2005): of cells of pixels, unsigned
 * orientations, votes shared between the two nearest; blocks of 2 × 2 cells with L2-Hys.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/prepare.h"
#include "data/prepared.h"

#define HOG_POLL 256 /* images between two looks at control */
#define HOG_BLOCK 2  /* cells, on each side */
#define HOG_CLIP 0.2f
#define HOG_PI 3.14159265358979323846f

typedef struct Hog {
	size_t width, height, cell, bins, across, down; /* cells */
	float *histogram;                               /* (down, across, bins) */
} Hog;

static size_t hog_features(const Hog *h)
{
	return (h->across - HOG_BLOCK + 1) * (h->down - HOG_BLOCK + 1) * HOG_BLOCK * HOG_BLOCK *
	       h->bins;
}

/* Centred differences; the border repeats its pixel. */
static void hog_votes(const Hog *h, const float *image)
{
	memset(h->histogram, 0, h->across * h->down * h->bins * sizeof *h->histogram);
	for (size_t y = 0; y < h->down * h->cell; y++) {
		const float *above = image + (y ? y - 1 : y) * h->width;
		const float *below = image + (y + 1 < h->height ? y + 1 : y) * h->width;
		const float *row = image + y * h->width;

		for (size_t x = 0; x < h->across * h->cell; x++) {
			float dx = row[x + 1 < h->width ? x + 1 : x] - row[x ? x - 1 : x];
			float dy = below[x] - above[x], length = sqrtf(dx * dx + dy * dy);

			if (!(length > 0))
				continue;
			float angle = atan2f(dy, dx); /* a bin has its middle at (bin + ½)·π/bins */
			float at = (angle < 0 ? angle + HOG_PI : angle) * (float)h->bins / HOG_PI -
				   .5f;
			float low = floorf(at), share = at - low;
			size_t bin = (size_t)((long)low + (long)h->bins) % h->bins;
			float *cell =
				h->histogram + (y / h->cell * h->across + x / h->cell) * h->bins;

			cell[bin] += length * (1 - share);
			cell[(bin + 1) % h->bins] += length * share;
		}
	}
}

static void hog_normalize(float *v, size_t n)
{
	for (int round = 0; round < 2; round++) { /* to length 1, clip, to length 1 again */
		float sum = 1e-10f;

		for (size_t i = 0; i < n; i++)
			sum += v[i] * v[i];
		sum = 1 / sqrtf(sum);
		for (size_t i = 0; i < n; i++) {
			v[i] *= sum;
			if (round == 0 && v[i] > HOG_CLIP)
				v[i] = HOG_CLIP;
		}
	}
}

static void hog_blocks(const Hog *h, float *out)
{
	size_t line = HOG_BLOCK * h->bins;

	for (size_t y = 0; y + HOG_BLOCK <= h->down; y++) {
		for (size_t x = 0; x + HOG_BLOCK <= h->across; x++) {
			for (size_t k = 0; k < HOG_BLOCK; k++)
				memcpy(out + k * line,
				       h->histogram + ((y + k) * h->across + x) * h->bins,
				       line * sizeof *out);
			hog_normalize(out, HOG_BLOCK * line);
			out += HOG_BLOCK * line;
		}
	}
}

static bool hog_fill(Dataset *out, const Dataset *from, const Hog *h, Control *control, Err *err)
{
	const Rows all = { .set = from, .count = from->rows };
	float *image = malloc(from->features * sizeof *image);
	bool fine = image || err_set(err, ERR_MEMORY, "no memory for an image");

	for (size_t i = 0; fine && i < from->rows; i++) {
		if (i % HOG_POLL == 0 && !control_poll(control, err))
			fine = false;
		rows_floats(&all, i, 1, image);
		hog_votes(h, image);
		hog_blocks(h, out->floats + i * out->features);
	}
	free(image);
	return fine;
}

static Dataset *hog_apply(const Rows *train, const Params *params, Control *control, Err *err)
{
	const Dataset *from = train->set;
	Hog h = { .width = from->width,
		  .height = from->height,
		  .cell = (size_t)params_get(params, "cell")->integer,
		  .bins = (size_t)params_get(params, "bins")->integer };
	Dataset *out = NULL;

	h.across = h.width / h.cell;
	h.down = h.height / h.cell;
	if (!from->width || from->form == DATASET_SPARSE || h.across < HOG_BLOCK ||
	    h.down < HOG_BLOCK) {
		err_set(err, ERR_ARGUMENT,
			from->width ? "images of %zu x %zu pixels have less than 2 x 2 cells of %zu"
				    : "the rows are no images",
			from->height, from->width, h.cell);
		return NULL;
	}
	h.histogram = malloc(h.across * h.down * h.bins * sizeof *h.histogram);
	if (!h.histogram)
		err_set(err, ERR_MEMORY, "no memory for histograms");
	else
		out = prepared_like(from, DATASET_FLOATS, hog_features(&h), 0, err);
	if (out && !hog_fill(out, from, &h, control, err)) {
		dataset_free(out);
		out = NULL;
	}
	free(h.histogram);
	return out;
}

static const Param hog_params[] = {
	{ .name = "cell",
	  .type = PARAM_INT,
	  .value = "4",
	  .minimum = 2,
	  .maximum = 256,
	  .unit = "pixels",
	  .help = "Side of a cell; pixels that fill no cell are left out." },
	{ .name = "bins",
	  .type = PARAM_INT,
	  .value = "9",
	  .minimum = 2,
	  .maximum = 64,
	  .help = "Orientations in half a turn." },
	{ 0 },
};

extern const PrepareKind prepare_hog;
const PrepareKind prepare_hog = {
	.info = { .name = "hog",
		  .title = "histograms of oriented gradients",
		  .about = "Images become histograms of the directions of their edges.",
		  .params = hog_params },
	.apply = hog_apply,
};

/* Gradients of a convolution's weights and biases: a weight's gradient is a sum over pixels and
 * images, and each image has a sum of its own until the end.
 *
 * A line is some filters of a group and one row of their kernels. Its taps, the channels and
 * kernel columns, are cut among the threads; a tap's sums are added up in the same order by
 * whomever.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_sums.h"

#include <string.h>

#include "num/conv/conv_bf16.h"
#include "num/conv/conv_pooled.h"
#include "num/conv/pooling.h"
#include "num/conv/pooling_pairs.h"
#include "num/dense/bf16.h"

#define TILE KERNEL_TILE

static void sums_plain(const ConvSums *sums, const float *const *x, const float *y,
		       float *const *sum)
{
	for (size_t p = 0; p < sums->rows * sums->cols; p++) {
		size_t row = p / sums->cols, col = p % sums->cols;
		const float *a = x[0] + row * sums->x_row + col * sums->x_col;
		const float *b = y + row * sums->y_row + col * sums->y_col;

		SIMD_LOOP
		for (size_t l = 0; l < TILE; l++)
			sum[0][l] += a[l] * b[l];
	}
}

const ConvSumsLevel conv_sums_scalar = {
	.filters = 1,
	.few = 1,
	.taps = { 1 },
	.runs = { { sums_plain } },
};

static const ConvSumsLevel *sums_level(uint32_t features, bool bf16)
{
#if SIMD_X86
	if (bf16 && features & CPU_BF16)
		return &conv_sums_bf16;
	if (!bf16 && features & CPU_AVX512)
		return &conv_sums_avx512;
	if (!bf16 && features & CPU_AVX2)
		return &conv_sums_avx2;
#endif
	(void)features;
	return bf16 ? &conv_sums_bf16_scalar : &conv_sums_scalar;
}

/* What one thread does. */
typedef struct Share {
	const Conv *conv;
	const ConvSumsLevel *level;
	size_t width;      /* filters of a line, at most */
	size_t chunks;     /* of a group's filters */
	size_t taps;       /* of a line */
	size_t begin, end; /* of lines · taps */
	uint32_t features;
	const float *x, *grad_y;
	size_t blocks;
	const ConvPooled *pooled; /* NULL: the gradient is there already */
	float *spread;            /* with pooled: the gradient of a line's filters, of each block */
	/* Of bfloat16, else NULL: two blocks of images; the gradient of a line's filters in them. */
	uint32_t *x_words, *y_words;
	float *sums; /* (lines · taps, width, 16) from begin on */
} Share;

/* A line and the part of its taps that one thread has. */
typedef struct Line {
	size_t channel, filter; /* the first of each */
	size_t filters;
	size_t row; /* of the kernel */
	size_t begin, end;
	float *sums; /* of tap begin */
} Line;

/* The line of tap `at`. */
static Line share_line(const Share *s, size_t at)
{
	const Conv *c = s->conv;
	size_t number = at / s->taps, first = number * s->taps;
	size_t chunk = number / c->kernel_h % s->chunks, group = number / c->kernel_h / s->chunks;
	size_t in = c->channels / c->groups, out = c->filters / c->groups;
	size_t begin = out * chunk / s->chunks, end = out * (chunk + 1) / s->chunks;

	return (Line){ .channel = group * in,
		       .filter = group * out + begin,
		       .filters = end - begin,
		       .row = number % c->kernel_h,
		       .begin = at - first,
		       .end = s->end - first < s->taps ? s->end - first : s->taps,
		       .sums = s->sums + (at - s->begin) * s->width * TILE };
}

/* Outputs begin … end − 1 of one side meet the image with tap k of the kernel. */
static void meet(size_t size, size_t out, size_t stride, size_t pad, size_t k, size_t *begin,
		 size_t *end)
{
	size_t past = size + pad > k ? (size + pad - k - 1) / stride + 1 : 0;

	*begin = k < pad ? (pad - k + stride - 1) / stride : 0;
	*end = past < out ? past : out;
	*begin = *begin < *end ? *begin : *end;
}

/* Pixels for which the same kernel columns meet the image. */
typedef struct Box {
	size_t row, rows, col, cols;
	size_t begin, end; /* kernel columns */
} Box;

static size_t box_taps(const Share *s, const Line *line, const Box *box)
{
	size_t n = 0;

	for (size_t t = line->begin; t < line->end; t++)
		n += t % s->conv->kernel_w >= box->begin && t % s->conv->kernel_w < box->end;
	return n;
}

/* The taps of a line at the pixels of a box; x: of the image block, grad_y: of the line's first
 * filter too. */
static void box_run(const Share *s, const Line *line, const Box *box, const float *x,
		    const float *grad_y)
{
	const Conv *c = s->conv;
	size_t most = s->level->taps[line->filters - 1];
	size_t n = box_taps(s, line, box), parts = (n + most - 1) / most;
	size_t plane = c->height * c->width * TILE, t = line->begin;
	ConvSums sums = { .rows = box->rows,
			  .cols = box->cols,
			  .x_row = c->stride_h * c->width * TILE,
			  .x_col = c->stride_w * TILE,
			  .y_row = c->out_width * TILE,
			  .y_col = TILE,
			  .y_plane = c->out_height * c->out_width * TILE };

	if (box->cols == 1) /* the longer side is the inner loop */
		sums = (ConvSums){ .rows = 1,
				   .cols = box->rows,
				   .x_col = sums.x_row,
				   .y_col = sums.y_row,
				   .y_plane = sums.y_plane };
	x += line->channel * plane + ((box->row * c->stride_h + line->row - c->pad_h) * c->width +
				      box->col * c->stride_w + box->begin - c->pad_w) *
					     TILE;
	grad_y += (box->row * c->out_width + box->col) * TILE;
	for (size_t i = 0; i < parts; i++) {
		size_t taps = n * (i + 1) / parts - n * i / parts;
		const float *from[CONV_SUMS_TAPS];
		float *to[CONV_SUMS_TAPS];

		for (size_t k = 0; k < taps; t++) {
			size_t j = t % c->kernel_w;

			if (j < box->begin || j >= box->end)
				continue;
			from[k] = x + t / c->kernel_w * plane + (j - box->begin) * TILE;
			to[k++] = line->sums + (t - line->begin) * s->width * TILE;
		}
		s->level->runs[line->filters - 1][taps - 1](&sums, from, grad_y, to);
	}
}

/* Kernel columns that meet the image at output column w. */
static void columns_at(const Conv *c, size_t w, size_t *begin, size_t *end)
{
	size_t at = w * c->stride_w;

	*begin = at < c->pad_w ? c->pad_w - at : 0;
	*end = c->width + c->pad_w > at ? c->width + c->pad_w - at : 0;
	*end = *end < c->kernel_w ? *end : c->kernel_w;
}

/* One block of images. */
static void line_run(const Share *s, const Line *line, const float *x, const float *grad_y)
{
	const Conv *c = s->conv;
	size_t end, left, right;
	Box box;

	meet(c->height, c->out_height, c->stride_h, c->pad_h, line->row, &box.row, &end);
	box.rows = end - box.row;
	for (box.col = 0; box.col < c->out_width; box.col += box.cols) {
		columns_at(c, box.col, &box.begin, &box.end);
		box.cols = 0;
		do {
			box.cols++;
			columns_at(c, box.col + box.cols, &left, &right);
		} while (box.col + box.cols < c->out_width && left == box.begin &&
			 right == box.end);
		if (box.rows > 0 && box.begin < box.end)
			box_run(s, line, &box, x, grad_y);
	}
}

/* The sums over lanes, to where they belong. */
static void line_done(const Share *s, const Line *line, float *grad_w)
{
	const Conv *c = s->conv;

	for (size_t t = line->begin; t < line->end; t++) {
		size_t j = t % c->kernel_w, channel = t / c->kernel_w;
		size_t tap = (channel * c->kernel_h + line->row) * c->kernel_w + j;
		float *sums = line->sums + (t - line->begin) * s->width * TILE;

		for (size_t f = 0; f < line->filters; f++, sums += TILE) {
			for (size_t n = TILE / 2; n > 0; n /= 2)
				for (size_t l = 0; l < n; l++)
					sums[l] += sums[l + n];
			grad_w[tap * c->filters + line->filter + f] = sums[0];
		}
	}
}

/* Filters of a line: fewer where there are taps enough to fill the registers, for a filter's
 * gradient comes from afar and a tap's input is at hand. */
static size_t share_width(const Conv *c, const ConvSumsLevel *level)
{
	size_t taps = c->channels / c->groups * c->kernel_w;

	return taps >= level->taps[level->few - 1] ? level->few : level->filters;
}

/* Lines of all groups. */
static size_t share_lines(const Conv *c, size_t width)
{
	return c->groups * ((c->filters / c->groups + width - 1) / width) * c->kernel_h;
}

size_t conv_grad_weights_scratch(const Conv *c)
{
	size_t most = 0;
	const ConvSumsLevel *const levels[] = {
#if SIMD_X86
		&conv_sums_avx512,
		&conv_sums_avx2,
#endif
		&conv_sums_scalar,
	};

	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		size_t width = share_width(c, levels[i]), n = share_lines(c, width) * width;

		most = n > most ? n : most;
	}
	return most * (c->channels / c->groups) * c->kernel_w * TILE * sizeof(float);
}

/* Blocks that are taken at once from block b on. */
static size_t share_together(const Share *s, size_t b)
{
	return s->x_words && b + 1 < s->blocks ? 2 : 1;
}

/* The gradient of a line's filters, from that of their pooling; NULL: it is in y_words. */
static const float *share_spread(const Share *s, const Line *line, size_t b)
{
	const ConvPooled *from = s->pooled;
	size_t pixels = from->pool->out_height * from->pool->out_width;
	size_t at = (b * s->conv->filters + line->filter) * pixels * TILE;
	size_t step = s->conv->filters * pixels * TILE;
	Conv pool = *from->pool;

	pool.channels = pool.filters = pool.groups = line->filters;
	if (share_together(s, b) == 2 &&
	    pooling_max_grad_words(s->features, &pool, from->index + at, from->grad + at, step,
				   s->y_words))
		return NULL;
	pooling_max_grad(s->features, &pool, LAYOUT_TILES_F32, from->index + at, from->grad + at,
			 step, s->spread, conv_in(&pool) * TILE, share_together(s, b));
	return s->spread;
}

/* The gradient of a line's filters as the level reads it; the last line's is still there. */
static const float *share_gradient(const Share *s, const Line *line, size_t b, const Line *last)
{
	size_t plane = s->conv->out_height * s->conv->out_width * TILE, n = line->filters * plane;
	const float *words = (const float *)(const void *)s->y_words;
	bool same = last->filters && last->filter == line->filter;
	const float *from;

	if (same && (s->x_words || s->pooled))
		return s->x_words ? words : s->spread;
	from = s->pooled ? share_spread(s, line, b)
			 : s->grad_y + (b * s->conv->filters + line->filter) * plane;
	if (!s->x_words)
		return from;
	if (from)
		bf16_pair_rows(s->features, from, s->pooled ? n : conv_out(s->conv) * TILE,
			       share_together(s, b), n, s->y_words, n);
	return words;
}

/* All lines of a share from block b on. */
static void share_block(const Share *s, size_t b)
{
	size_t n = conv_in(s->conv) * TILE;
	const float *x = s->x + b * n;
	Line last = { .filters = 0 };

	if (s->x_words) {
		bf16_pair_rows(s->features, x, n, share_together(s, b), n, s->x_words, n);
		x = (const float *)(const void *)s->x_words;
	}
	for (size_t at = s->begin; at < s->end; at += last.end - last.begin) {
		Line line = share_line(s, at);

		line_run(s, &line, x, share_gradient(s, &line, b, &last));
		last = line;
	}
}

static void share_run(Share s, float *grad_w, unsigned part, unsigned parts)
{
	const Conv *c = s.conv;
	size_t all;

	s.level = sums_level(s.features, s.x_words);
	s.width = share_width(c, s.level);
	s.chunks = (c->filters / c->groups + s.width - 1) / s.width;
	s.taps = c->channels / c->groups * c->kernel_w;
	all = share_lines(c, s.width) * s.taps;
	s.begin = all * part / parts;
	s.end = all * (part + 1) / parts;
	memset(s.sums, 0, (s.end - s.begin) * s.width * TILE * sizeof(float));
	for (size_t b = 0; b < s.blocks; b += share_together(&s, b))
		share_block(&s, b);
	for (size_t at = s.begin; at < s.end;) {
		Line line = share_line(&s, at);

		line_done(&s, &line, grad_w);
		at += line.end - line.begin;
	}
}

void conv_grad_weights(uint32_t features, const Conv *c, const float *x, const float *grad_y,
		       float *grad_w, size_t blocks, unsigned part, unsigned parts, void *scratch)
{
	share_run((Share){ .conv = c,
			   .features = features,
			   .x = x,
			   .grad_y = grad_y,
			   .blocks = blocks,
			   .sums = scratch },
		  grad_w, part, parts);
}

size_t conv_spread_scratch(const Conv *c)
{
	return CONV_SUMS_FILTERS * c->out_height * c->out_width * TILE * sizeof(float);
}

void conv_grad_weights_pooled(uint32_t features, const Conv *c, const float *x,
			      const ConvPooled *pooled, float *grad_w, size_t blocks, unsigned part,
			      unsigned parts, void *scratch)
{
	if (conv_pooled_fits(features, c, pooled->pool)) {
		conv_pooled_run(c, x, pooled, grad_w, blocks, part, parts, scratch);
		return;
	}
	share_run((Share){ .conv = c,
			   .features = features,
			   .x = x,
			   .blocks = blocks,
			   .pooled = pooled,
			   .spread =
				   (float *)scratch + conv_grad_weights_scratch(c) / sizeof(float),
			   .sums = scratch },
		  grad_w, part, parts);
}

/* --- bfloat16 --------------------------------------------------------------------------------- */

size_t conv_bf16_weights_scratch(const Conv *c)
{
	return conv_grad_weights_scratch(c) + 3 * conv_spread_scratch(c) +
	       conv_in(c) * TILE * sizeof(uint32_t);
}

/* Sums, the gradient spread in two blocks and in words, the images in words. */
static Share share_bf16(const Conv *c, uint32_t features, const float *x, size_t blocks,
			float *scratch)
{
	size_t spread = conv_spread_scratch(c) / sizeof(float);
	float *after = scratch + conv_grad_weights_scratch(c) / sizeof(float);
	uint32_t *words = (uint32_t *)(void *)(after + 2 * spread);

	return (Share){ .conv = c,
			.features = features,
			.x = x,
			.blocks = blocks,
			.sums = scratch,
			.spread = after,
			.y_words = words,
			.x_words = words + spread };
}

void conv_bf16_grad_weights(uint32_t features, const Conv *c, const float *x, const float *grad_y,
			    float *grad_w, size_t blocks, unsigned part, unsigned parts,
			    void *scratch)
{
	Share share = share_bf16(c, features, x, blocks, scratch);

	share.grad_y = grad_y;
	share_run(share, grad_w, part, parts);
}

void conv_bf16_grad_weights_pooled(uint32_t features, const Conv *c, const float *x,
				   const ConvPooled *pooled, float *grad_w, size_t blocks,
				   unsigned part, unsigned parts, void *scratch)
{
	Share share = share_bf16(c, features, x, blocks, scratch);

	share.pooled = pooled;
	share_run(share, grad_w, part, parts);
}

/* --- biases ----------------------------------------------------------------------------------- */

SIMD_INLINE void bias_sums_body(float *restrict sum, const float *restrict grad_y, size_t pixels)
{
	for (size_t p = 0; p < pixels; p++) {
		SIMD_LOOP
		for (size_t l = 0; l < TILE; l++)
			sum[l] += grad_y[p * TILE + l];
	}
}
SIMD_LEVELS(bias_sums, (float *restrict sum, const float *restrict grad_y, size_t pixels),
	    (sum, grad_y, pixels))

void conv_grad_bias(uint32_t features, const Conv *c, const float *grad_y, float *grad_b,
		    size_t blocks, unsigned part, unsigned parts)
{
	size_t pixels = c->out_height * c->out_width;

	for (size_t f = c->filters * part / parts; f < c->filters * (part + 1) / parts; f++) {
		float sum[TILE] = { 0 };

		for (size_t b = 0; b < blocks; b++)
			SIMD_CALL(features, bias_sums,
				  (sum, grad_y + (b * c->filters + f) * pixels * TILE, pixels));
		for (size_t n = TILE / 2; n > 0; n /= 2)
			for (size_t l = 0; l < n; l++)
				sum[l] += sum[l + n];
		grad_b[f] = sum[0];
	}
}

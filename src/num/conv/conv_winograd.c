/* Convolution of 3 x 3 by Winograd's F(2x2, 3x3): y = A'[(G w G')·(B'd B)]A for each 4 x 4 pixels
 * d of the image, which give 2 x 2 outputs.
 * SPDX-License-Identifier: MIT */
#include "num/conv/conv_winograd.h"

#include <string.h>

#if SIMD_X86

#define TILE KERNEL_TILE
#define POINTS 16 /* of a transformed tile */
#define HALF 7    /* tiles of which products are held in registers: once or twice as many */
#define TILES (2 * HALF)
#define BAND_FLOATS 65536 /* outputs that are held back before they go to their rows, about */

typedef struct Packed {
	Conv conv;
	bool relu;
	size_t blocks_in, blocks_out; /* of 16 channels, of 16 filters */
	size_t pitch, high;           /* pixels of a padded row; rows */
	size_t across, down;          /* tiles */
	size_t band;                  /* rows of tiles whose outputs are held back together */
	/* (pairs of filter blocks, POINTS, channels, 32); the last one has 16 where there is no
	 * pair. */
	const float *u;
	const float *b;
} Packed;

/* What a thread's scratch holds. */
typedef struct Room {
	float *image;    /* (blocks_in, high, pitch, 16) */
	float *points;   /* (POINTS, blocks_in, TILES, 16), of some tiles */
	float *products; /* (blocks_out, POINTS, TILES, 16) */
	float *outputs;  /* (blocks_out, pixels of a band, 16) */
} Room;

/* --- packing ---------------------------------------------------------------------------------- */

bool conv_winograd_fits(const Conv *c)
{
	return c->kernel_h == 3 && c->kernel_w == 3 && c->stride_h == 1 && c->stride_w == 1 &&
	       c->groups == 1 && c->out_height % 2 == 0 && c->out_width % 2 == 0 &&
	       c->channels >= TILE / 2 && c->filters % TILE == 0;
}

/* G w G' of one channel and filter; step: from a tap to the next, and between points. */
static void transform_weights(const float *w, size_t w_step, float *u, size_t u_step)
{
	static const double g[4][3] = { { 1, 0, 0 }, { .5, .5, .5 }, { .5, -.5, .5 }, { 0, 0, 1 } };

	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++) {
			double sum = 0;

			for (size_t k = 0; k < 9; k++)
				sum += g[i][k / 3] * g[j][k % 3] * (double)w[k * w_step];
			u[(i * 4 + j) * u_step] = (float)sum;
		}
}

static float *pack_weights(const Linear *layer, Arena *arena, Err *err)
{
	size_t channels = layer->conv->channels, filters = layer->out;
	float *u = arena_take(arena, POINTS * channels * filters, sizeof *u, err);

	for (size_t f = 0; u && f < filters; f++) {
		size_t first = f / (2 * TILE) * 2 * TILE;
		size_t lanes = filters - first < 2 * TILE ? TILE : 2 * TILE;

		for (size_t c = 0; c < channels; c++)
			transform_weights(layer->w + c * 9 * filters + f, filters,
					  u + first * POINTS * channels + c * lanes + f - first,
					  channels * lanes);
	}
	return u;
}

static size_t band_pixels(const Packed *p)
{
	return p->band * 2 * p->conv.out_width;
}

/* Where all is in scratch; bytes: how much that is. */
static Room room_of(const Packed *p, float *scratch, size_t *bytes)
{
	size_t image = p->blocks_in * p->high * p->pitch * TILE;
	size_t points = POINTS * p->blocks_in * TILES * TILE;
	size_t products = p->blocks_out * POINTS * TILES * TILE;
	Room room = { .image = scratch };

	*bytes =
		(image + points + products + p->blocks_out * band_pixels(p) * TILE) * sizeof(float);
	if (scratch) {
		room.points = room.image + image;
		room.products = room.points + points;
		room.outputs = room.products + products;
	}
	return room;
}

bool conv_winograd_pack(KernelPacked *out, const Linear *layer, Arena *arena, Err *err)
{
	const Conv *c = layer->conv;
	Packed *p = arena_take(arena, 1, sizeof *p, err);
	float *b = arena_take(arena, layer->out, sizeof *b, err);
	float *u = b ? pack_weights(layer, arena, err) : NULL;
	size_t row = 2 * c->out_width * c->filters;

	if (!p || !u)
		return false;
	memcpy(b, layer->b, layer->out * sizeof *b);
	*p = (Packed){ .conv = *c,
		       .relu = layer->relu,
		       .blocks_in = (c->channels + TILE - 1) / TILE,
		       .blocks_out = c->filters / TILE,
		       .pitch = c->out_width + 2,
		       .high = c->out_height + 2,
		       .across = c->out_width / 2,
		       .down = c->out_height / 2,
		       .u = u,
		       .b = b };
	p->band = BAND_FLOATS / row < 1 ? 1 : BAND_FLOATS / row;
	p->band = p->band < p->down ? p->band : p->down;
	*out = (KernelPacked){
		.data = p,
		.in = LAYOUT_ROWS_F32,
		.out = LAYOUT_ROWS_F32,
		.macs = (uint64_t)POINTS * p->across * p->down * c->channels * c->filters,
		.weight_bytes = (POINTS * c->channels + 1) * c->filters * sizeof(float)
	};
	room_of(p, NULL, &out->scratch_bytes);
	return true;
}

/* --- between planes and vectors --------------------------------------------------------------- */

/* Before a loop over all lanes: none is left. */
#ifdef __clang__
#define ALL_UNROLL _Pragma("clang loop unroll(full)")
#else
#define ALL_UNROLL _Pragma("GCC unroll 16")
#endif

SIMD_INLINE SIMD_AVX512 void transpose(__m512 v[TILE])
{
	__m512 t[TILE];

	SIMD_UNROLL
	for (size_t i = 0; i < 8; i++) {
		t[2 * i] = _mm512_unpacklo_ps(v[2 * i], v[2 * i + 1]);
		t[2 * i + 1] = _mm512_unpackhi_ps(v[2 * i], v[2 * i + 1]);
	}
	SIMD_UNROLL
	for (size_t i = 0; i < 8; i++) {
		__m512d a = _mm512_castps_pd(t[i / 2 * 4 + i % 2]);
		__m512d b = _mm512_castps_pd(t[i / 2 * 4 + i % 2 + 2]);

		v[i / 2 * 4 + i % 2 * 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
		v[i / 2 * 4 + i % 2 * 2 + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
	}
	/* v[4·i + k]: of rows 4·i … the columns k, k + 4, k + 8, k + 12. */
	SIMD_UNROLL
	for (size_t k = 0; k < 4; k++) {
		__m512 a = _mm512_shuffle_f32x4(v[k], v[4 + k], 0x88);
		__m512 b = _mm512_shuffle_f32x4(v[8 + k], v[12 + k], 0x88);
		__m512 c = _mm512_shuffle_f32x4(v[k], v[4 + k], 0xdd);
		__m512 d = _mm512_shuffle_f32x4(v[8 + k], v[12 + k], 0xdd);

		v[k] = _mm512_shuffle_f32x4(a, b, 0x88);
		v[4 + k] = _mm512_shuffle_f32x4(c, d, 0x88);
		v[8 + k] = _mm512_shuffle_f32x4(a, b, 0xdd);
		v[12 + k] = _mm512_shuffle_f32x4(c, d, 0xdd);
	}
}

SIMD_INLINE __mmask16 lanes_of(size_t count)
{
	return (__mmask16)(count < TILE ? (1u << count) - 1 : 0xffff);
}

/* Up to 16 neighbouring pixels of up to 16 planes, to a vector each. */
static SIMD_AVX512 void pixels_in(const float *x, size_t plane, size_t planes, size_t count,
				  float *to)
{
	__mmask16 mask = lanes_of(count);
	__m512 v[TILE];

	ALL_UNROLL
	for (size_t i = 0; i < TILE; i++)
		v[i] = i < planes ? _mm512_maskz_loadu_ps(mask, x + i * plane)
				  : _mm512_setzero_ps();
	transpose(v);
	ALL_UNROLL
	for (size_t i = 0; i < TILE; i++)
		if (i < count)
			_mm512_storeu_ps(to + i * TILE, v[i]);
}

/* The other way, of 16 planes. */
static SIMD_AVX512 void pixels_out(const float *from, size_t count, float *y, size_t plane)
{
	__mmask16 mask = lanes_of(count);
	__m512 v[TILE];

	ALL_UNROLL
	for (size_t i = 0; i < TILE; i++)
		v[i] = i < count ? _mm512_loadu_ps(from + i * TILE) : _mm512_setzero_ps();
	transpose(v);
	ALL_UNROLL
	for (size_t i = 0; i < TILE; i++)
		_mm512_mask_storeu_ps(y + i * plane, mask, v[i]);
}

static void image_fill(const Packed *p, const float *x, float *to)
{
	const Conv *c = &p->conv;
	size_t plane = c->height * c->width;

	if (c->pad_h > 0 || c->pad_w > 0)
		memset(to, 0, p->blocks_in * p->high * p->pitch * TILE * sizeof *to);
	for (size_t block = 0; block < p->blocks_in; block++) {
		size_t first = block * TILE;
		size_t planes = c->channels - first < TILE ? c->channels - first : TILE;

		for (size_t h = 0; h < c->height; h++) {
			const float *from = x + first * plane + h * c->width;
			float *row = to + ((block * p->high + h + c->pad_h) * p->pitch + c->pad_w) *
						  TILE;

			for (size_t w = 0; w < c->width; w += TILE)
				pixels_in(from + w, plane, planes,
					  c->width - w < TILE ? c->width - w : TILE,
					  row + w * TILE);
		}
	}
}

/* --- the transforms --------------------------------------------------------------------------- */

/* B'd B of one tile and 16 channels; step: floats between points. */
SIMD_INLINE SIMD_AVX512 void tile_in(const float *from, size_t line, float *to, size_t step)
{
	__m512 d[4][4];

	SIMD_UNROLL
	for (size_t j = 0; j < 4; j++) {
		__m512 a = _mm512_loadu_ps(from + j * TILE);
		__m512 b = _mm512_loadu_ps(from + line + j * TILE);
		__m512 c = _mm512_loadu_ps(from + 2 * line + j * TILE);
		__m512 e = _mm512_loadu_ps(from + 3 * line + j * TILE);

		d[0][j] = _mm512_sub_ps(a, c);
		d[1][j] = _mm512_add_ps(b, c);
		d[2][j] = _mm512_sub_ps(c, b);
		d[3][j] = _mm512_sub_ps(b, e);
	}
	SIMD_UNROLL
	for (size_t i = 0; i < 4; i++, to += 4 * step) {
		_mm512_storeu_ps(to, _mm512_sub_ps(d[i][0], d[i][2]));
		_mm512_storeu_ps(to + step, _mm512_add_ps(d[i][1], d[i][2]));
		_mm512_storeu_ps(to + 2 * step, _mm512_sub_ps(d[i][2], d[i][1]));
		_mm512_storeu_ps(to + 3 * step, _mm512_sub_ps(d[i][1], d[i][3]));
	}
}

/* A'm A of one tile and 16 filters, with bias and rectifier; line: floats of a row of outputs. */
SIMD_INLINE SIMD_AVX512 void tile_out(const float *from, __m512 bias, __m512 low, float *to,
				      size_t line)
{
	const size_t step = TILES * TILE;
	__m512 m[2][4];

	SIMD_UNROLL
	for (size_t j = 0; j < 4; j++) {
		__m512 a = _mm512_loadu_ps(from + j * step);
		__m512 b = _mm512_loadu_ps(from + (4 + j) * step);
		__m512 c = _mm512_loadu_ps(from + (8 + j) * step);
		__m512 d = _mm512_loadu_ps(from + (12 + j) * step);

		m[0][j] = _mm512_add_ps(_mm512_add_ps(a, b), c);
		m[1][j] = _mm512_sub_ps(_mm512_sub_ps(b, c), d);
	}
	SIMD_UNROLL
	for (size_t i = 0; i < 2; i++, to += line) {
		__m512 left = _mm512_add_ps(_mm512_add_ps(m[i][0], m[i][1]), m[i][2]);
		__m512 right = _mm512_sub_ps(_mm512_sub_ps(m[i][1], m[i][2]), m[i][3]);

		/* max(low, NaN) is NaN */
		_mm512_storeu_ps(to, _mm512_max_ps(low, _mm512_add_ps(left, bias)));
		_mm512_storeu_ps(to + TILE, _mm512_max_ps(low, _mm512_add_ps(right, bias)));
	}
}

/* Tiles first … first + count − 1 of an image, row by row. */
static SIMD_AVX512 void tiles_in(const Packed *p, const Room *room, size_t first, size_t count)
{
	size_t step = p->blocks_in * TILES * TILE, line = p->pitch * TILE;

	for (size_t block = 0; block < p->blocks_in; block++) {
		const float *image = room->image + block * p->high * line;
		float *to = room->points + block * TILES * TILE;

		for (size_t t = 0; t < count; t++) {
			size_t row = (first + t) / p->across, col = (first + t) % p->across;

			tile_in(image + 2 * row * line + 2 * col * TILE, line, to + t * TILE, step);
		}
	}
}

/* The same, to outputs of a band that begins with tile `begin`. */
static SIMD_AVX512 void tiles_out(const Packed *p, const Room *room, size_t begin, size_t first,
				  size_t count)
{
	size_t line = p->conv.out_width * TILE;
	__m512 low = _mm512_set1_ps(p->relu ? 0.0f : -__builtin_inff());

	for (size_t block = 0; block < p->blocks_out; block++) {
		const float *from = room->products + block * POINTS * TILES * TILE;
		float *to = room->outputs + block * band_pixels(p) * TILE;
		__m512 bias = _mm512_loadu_ps(p->b + block * TILE);

		for (size_t t = 0; t < count; t++) {
			size_t row = (first + t - begin) / p->across;
			size_t col = (first + t - begin) % p->across;

			tile_out(from + t * TILE, bias, low, to + 2 * row * line + 2 * col * TILE,
				 line);
		}
	}
}

/* --- products --------------------------------------------------------------------------------- */

/* One pair of filter blocks, or one block; halves and vectors are constants. */
SIMD_INLINE SIMD_AVX512 void products_body(const Packed *p, const float *points, const float *u,
					   float *to, size_t halves, size_t vectors)
{
	size_t channels = p->conv.channels, step = p->blocks_in * TILES * TILE;

	for (size_t n = 0; n < POINTS; n++, points += step, to += TILES * TILE) {
		__m512 sum[2][HALF][2];

		SIMD_UNROLL
		for (size_t h = 0; h < halves; h++) {
			SIMD_UNROLL
			for (size_t t = 0; t < HALF; t++)
				sum[h][t][0] = sum[h][t][1] = _mm512_setzero_ps();
		}
		for (size_t c = 0; c < channels; c++, u += vectors * TILE) {
			const float *at = points + c / TILE * TILES * TILE + c % TILE;
			__m512 left = _mm512_loadu_ps(u);
			__m512 right = vectors > 1 ? _mm512_loadu_ps(u + TILE) : left;

			SIMD_UNROLL
			for (size_t h = 0; h < halves; h++) {
				SIMD_UNROLL
				for (size_t t = 0; t < HALF; t++) {
					__m512 x = _mm512_set1_ps(at[(h * HALF + t) * TILE]);

					sum[h][t][0] = _mm512_fmadd_ps(x, left, sum[h][t][0]);
					if (vectors > 1)
						sum[h][t][1] =
							_mm512_fmadd_ps(x, right, sum[h][t][1]);
				}
			}
		}
		SIMD_UNROLL
		for (size_t h = 0; h < halves; h++) {
			SIMD_UNROLL
			for (size_t t = 0; t < HALF; t++) {
				float *at = to + (h * HALF + t) * TILE;

				_mm512_storeu_ps(at, sum[h][t][0]);
				if (vectors > 1)
					_mm512_storeu_ps(at + POINTS * TILES * TILE, sum[h][t][1]);
			}
		}
	}
}

#define RUN(halves, vectors)                                                     \
	static SIMD_AVX512 void products_##halves##_##vectors(                   \
		const Packed *p, const float *points, const float *u, float *to) \
	{                                                                        \
		products_body(p, points, u, to, halves, vectors);                \
	}
RUN(1, 1)
RUN(1, 2)
RUN(2, 1)
RUN(2, 2)

static void products(const Packed *p, const Room *room, size_t count)
{
	size_t pairs = p->blocks_out / 2, channels = p->conv.channels;
	const float *u = p->u;
	float *to = room->products;

	for (size_t i = 0; i < pairs; i++) {
		(count > HALF ? products_2_2 : products_1_2)(p, room->points, u, to);
		u += POINTS * channels * 2 * TILE;
		to += 2 * POINTS * TILES * TILE;
	}
	if (p->blocks_out % 2)
		(count > HALF ? products_2_1 : products_1_1)(p, room->points, u, to);
}

/* --- images ----------------------------------------------------------------------------------- */

/* Rows of tiles row … end − 1. */
static void band_run(const Packed *p, const Room *room, size_t row, size_t end, float *y)
{
	size_t plane = p->conv.out_height * p->conv.out_width, begin = row * p->across;
	size_t pixels = (end - row) * 2 * p->conv.out_width;

	for (size_t first = begin, count; first < end * p->across; first += count) {
		count = end * p->across - first < TILES ? end * p->across - first : TILES;
		tiles_in(p, room, first, count);
		products(p, room, count);
		tiles_out(p, room, begin, first, count);
	}
	y += row * 2 * p->conv.out_width;
	for (size_t block = 0; block < p->blocks_out; block++, y += TILE * plane) {
		const float *from = room->outputs + block * band_pixels(p) * TILE;

		for (size_t i = 0; i < pixels; i += TILE)
			pixels_out(from + i * TILE, pixels - i < TILE ? pixels - i : TILE, y + i,
				   plane);
	}
}

void conv_winograd_run(const KernelPacked *packed, const float *x, size_t x_ld, float *y,
		       size_t y_ld, size_t rows, float *scratch)
{
	const Packed *p = packed->data;
	size_t bytes;
	Room room = room_of(p, scratch, &bytes);

	for (; rows > 0; rows--, x += x_ld, y += y_ld) {
		image_fill(p, x, room.image);
		for (size_t row = 0; row < p->down; row += p->band)
			band_run(p, &room, row, row + p->band < p->down ? row + p->band : p->down,
				 y);
	}
}

#endif

/* How the integer convolutions see an image, and what they share. Private to src/num/.
 *
 * An image, one group of its channels at a time, becomes planes of 4-byte elements: an element for
 * each pixel of the padded image, which holds a few taps side by side, as one lane of a
 * multiply-add reads them (4 bytes, or 2 words where the processor has no product of bytes). Mostly
 * these are the same pixel of neighbouring channels; where channels are left over, also
 * neighbouring pixels. A filter is then a list of units: an element at a fixed distance from the
 * output pixel, and its weights. All filters share the list.
 *
 * Lanes are output pixels one after the other, rows not set apart. Where a row of them ends within
 * a vector, the next one is read from `gap` bytes further on. Where columns have a stride, or
 * rows are so short that a vector would need many pieces, the elements of every unit are first
 * gathered into columns.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_NUM_INT8_CONV_H
#define WATTLE_NUM_INT8_CONV_H

#include "num/int8/int8.h"

typedef struct Int8Conv Int8Conv;

/* Some filters at some vectors of pixels. */
typedef struct Int8Tile {
	const char *x;                   /* planes, or columns gathered from them */
	const struct Int8Vector *vector; /* the first */
	const int32_t *w;                /* (units, filters of the tile) elements */
	size_t filter;                   /* the first */
	void *y;
	size_t at, left; /* in y, the first filter's first pixel; pixels from there on */
} Int8Tile;

typedef void Int8TileRun(const Int8Conv *c, const Int8Tile *tile);

/* An instruction level. */
typedef struct Int8ConvLevel {
	size_t taps;       /* of an element: 4 bytes, 2 words; 1: elements are the padded bytes */
	size_t lanes;      /* of a vector; 16 at most */
	size_t vectors;    /* of a tile, at most */
	uint8_t widths[8]; /* filters of tiles, falling, the last is 1 */
	/* Planes of whole channels are made from the image, others from padded bytes. */
	bool direct;
	/* x: the channels of one group. */
	void (*planes)(const Int8Conv *c, const uint8_t *x, void *scratch);
	Int8TileRun *const *tile; /* (widths, vectors) */
} Int8ConvLevel;

/* An element of the plane at a pixel: channels, then rows, then columns from that pixel on. */
typedef struct Int8Plane {
	size_t channel, channels, rows, cols;
} Int8Plane;

/* First pixel of a vector, in bytes of a plane, and the lanes up to the ends of its row and of the
 * next one; all lanes where no pixel follows. */
typedef struct Int8Vector {
	uint32_t start;
	uint16_t left, next;
} Int8Vector;

struct Int8Conv {
	Conv conv;
	Int8 numbers;
	const Int8ConvLevel *level;
	uint8_t x_zero;
	size_t channels, filters;     /* of a group */
	size_t pitch, image;          /* pixels of a row, and of all, of the padded image */
	size_t pixels, vectors;       /* of the output */
	size_t planes, planes_direct; /* the first ones are made from the image (level->direct) */
	size_t element;               /* bytes */
	size_t plane_bytes, bytes_at; /* in scratch: planes; the padded bytes, channel by channel */
	size_t units, columns_at, gap;
	bool gathered;
	const Int8Plane *plane;
	/* Bytes from the element of an output pixel to that of each unit: as tiles see them, and in
	 * the planes. */
	const uint32_t *offset, *from;
	const uint32_t *lane; /* the element of each output pixel in a plane */
	const Int8Vector *vector;
	const int32_t *w; /* blocks of filters: (units, width) elements */
};

bool int8_conv_pack(KernelPacked *out, const Int8ConvLevel *level, const Linear *layer,
		    Arena *arena, Err *err);

/* Kernel.run. */
void int8_conv_run(const KernelPacked *packed, const void *x, size_t x_ld, void *y, size_t y_ld,
		   size_t rows, void *scratch);
/* Copies channels from first on to the padded bytes. x: the first channel of the group. */
void int8_conv_copy(const Int8Conv *c, size_t first, const uint8_t *x, void *scratch);

/* The taps of an element of a plane: the padded bytes to read from for the first pixel. */
static inline const uint8_t *int8_conv_source(const Int8Conv *c, const Int8Plane *plane, size_t tap,
					      const void *scratch)
{
	size_t area = plane->rows * plane->cols, inner = tap % area;
	const uint8_t *bytes = (const uint8_t *)scratch + c->bytes_at;

	if (tap >= plane->channels * area)
		return bytes; /* its weights are 0 */
	return bytes + (plane->channel + tap / area) * c->image + inner / plane->cols * c->pitch +
	       inner % plane->cols;
}

#endif

/* The search for nearest neighbours: references in panels, queries against all of them.
 *
 * NEIGHBOURS_F32: references and queries less an offset (about their mean, so that squares do
 * not swallow small distances), products by the dense f32 kernels; candidates that rounding may
 * have confused are measured again, difference by difference, so distances are exact to f32's
 * rounding and equal rows are at 0. It keeps NEIGHBOURS_MORE candidates above k for that; a
 * query with more of them costs another look at all references.
 * NEIGHBOURS_BYTES: byte = round((x − offset) / scale), 0 … 255; distances are whole numbers,
 * exact in units of scale², the same at every instruction level. Rows that came as bytes lose
 * nothing.
 *
 * Of equal distances the lower row is nearer. No part of a search depends on how queries are
 * cut into calls.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_MODEL_NEIGHBOURS_H
#define WATTLE_MODEL_NEIGHBOURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "num/nearest/bytes.h"
#include "num/nearest/nearest.h"

#define NEIGHBOURS_F32_PANEL 48
#define NEIGHBOURS_MORE 8
#define NEIGHBOURS_MAX 1024 /* k */

/* Rows of the parameters that the model and its layer have. */
#define NEIGHBOURS_PARAM_K                                                                 \
	{                                                                                  \
		.name = "k", .type = PARAM_INT, .value = "5", .minimum = 1,                \
		.maximum = NEIGHBOURS_MAX, .unit = "rows", .help = "Neighbours that vote." \
	}
#define NEIGHBOURS_PARAM_WEIGHTS                                               \
	{                                                                      \
		.name = "weights", .type = PARAM_CHOICE, .value = "uniform",   \
		.choices = "uniform|distance",                                 \
		.help = "What a vote counts: 1, or 1 divided by the distance." \
	}

typedef enum NeighboursForm { NEIGHBOURS_F32, NEIGHBOURS_BYTES } NeighboursForm;

/* References; borrowed. */
typedef struct Neighbours {
	NeighboursForm form;
	size_t count, features;
	const void *table; /* panels: of bytes.h, or (features, NEIGHBOURS_F32_PANEL) floats */
	/* Of each place of the panels: Σ r² − 256·Σ r in s32, or ½·Σ (r − offset)² in f32; past the
	 * last row INT32_MAX, or FLT_MAX, which nobody is nearer to than. */
	const void *norm;
	const float *offset; /* (features) */
	float scale;         /* NEIGHBOURS_BYTES */
} Neighbours;

/* Rows of a panel, numbers of a panel, panels of count rows. */
size_t neighbours_panel(NeighboursForm form);
size_t neighbours_panel_size(NeighboursForm form, size_t features);
size_t neighbours_panels(NeighboursForm form, size_t count);

/* A table that is being filled. */
typedef struct NeighboursTable {
	void *table, *norm;
} NeighboursTable;
/* One reference, by form. The places of a panel that hold none have features of 0. */
void neighbours_set_bytes(const Neighbours *n, NeighboursTable to, size_t row, const uint8_t *bytes,
			  uint32_t features);
void neighbours_set_floats(const Neighbours *n, NeighboursTable to, size_t row, const float *x);
/* The norms of places begin … end − 1, which hold no row. */
void neighbours_set_none(NeighboursForm form, void *norm, size_t begin, size_t end);

/* x as the bytes of a table, at the begin of a room of so many bytes; 64-byte aligned. */
size_t neighbours_room(size_t features);
void neighbours_bytes(const Neighbours *n, const float *x, void *room, uint32_t features);

/* Queries in work at once, with their lists: in memory of neighbours_queries_bytes. */
typedef struct Queries {
	size_t rows, keep;
	size_t ld;       /* of q */
	void *q;         /* (rows, ld): s8, or f32 less the offset */
	double *squares; /* (rows) Σ q² */
	void *product;   /* of a few rows with a panel */
	Nearest *list;   /* (rows, keep) */
} Queries;

/* Queries that a search takes at once at most: they and a panel stay in the second-level cache. */
size_t neighbours_group(const Neighbours *n);
/* k: what is asked for; keep ≥ k is what lists hold. */
size_t neighbours_keep(NeighboursForm form, size_t k);
size_t neighbours_queries_bytes(const Neighbours *n, size_t rows, size_t k);
/* memory is 64-byte aligned. x (rows, features); the lists are empty. */
Queries neighbours_queries(const Neighbours *n, const float *x, size_t rows, size_t k, void *memory,
			   uint32_t features);

/* Takes the references from panel `begin` on into the lists. */
void neighbours_search(const Neighbours *n, Queries *queries, size_t begin, uint32_t features);
/* Once all panels were seen: the list of one query, the k nearest first. distances: with squared
 * distances as scores, in their order; without, the same k rows in any order (no row is measured
 * again where rounding cannot have chosen it). */
Nearest *neighbours_measure(const Neighbours *n, const Queries *queries, size_t row, size_t k,
			    bool distances, uint32_t features);

#endif

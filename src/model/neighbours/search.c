/* Panels of references, and queries against them.
 * SPDX-License-Identifier: MIT */
#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "model/neighbours/neighbours.h"
#include "num/dense/gemm.h"
#include "num/kernel.h"

/* Rows whose products with one panel are made, then looked at while they are in a near cache; and
 * bytes of the queries that are in work at once. */
static const struct {
	size_t rows, group_bytes;
} sizes[] = {
	[NEIGHBOURS_F32] = { 240, 1500u << 10 },
	[NEIGHBOURS_BYTES] = { 48, 400u << 10 },
};

#define GROUP_MOST 960
#define LINE 64

static size_t lines(size_t bytes)
{
	return (bytes + LINE - 1) / LINE * LINE;
}

/* --- references ------------------------------------------------------------------------------- */

size_t neighbours_panel(NeighboursForm form)
{
	return form == NEIGHBOURS_BYTES ? BYTES_PANEL : NEIGHBOURS_F32_PANEL;
}

size_t neighbours_panel_size(NeighboursForm form, size_t features)
{
	return form == NEIGHBOURS_BYTES ? bytes_panel_size(features)
					: features * NEIGHBOURS_F32_PANEL;
}

size_t neighbours_panels(NeighboursForm form, size_t count)
{
	size_t panel = neighbours_panel(form);

	return (count + panel - 1) / panel;
}

void neighbours_bytes(const Neighbours *n, const float *x, void *room, uint32_t features)
{
	float *from = (void *)((uint8_t *)room + lines(n->features));

	for (size_t i = 0; i < n->features; i++)
		from[i] = x[i] - n->offset[i];
	convert_rows_to_u8(features, from, n->features, room, lines(n->features), 1, n->features,
			   n->scale, 0);
}

size_t neighbours_room(size_t features)
{
	return lines(features) + features * sizeof(float);
}

void neighbours_set_bytes(const Neighbours *n, NeighboursTable to, size_t row, const uint8_t *bytes,
			  uint32_t features)
{
	int32_t *norm = to.norm, sum, squares;

	bytes_panel_set(to.table, n->features, row, bytes);
	bytes_sums(features, bytes, n->features, &sum, &squares);
	norm[row] = squares - 256 * sum;
}

void neighbours_set_floats(const Neighbours *n, NeighboursTable to, size_t row, const float *x)
{
	const size_t wide = NEIGHBOURS_F32_PANEL;
	float *norm = to.norm, *at = to.table;
	double squares = 0;

	at += row / wide * neighbours_panel_size(NEIGHBOURS_F32, n->features) + row % wide;
	for (size_t i = 0; i < n->features; i++, at += wide) {
		*at = x[i] - n->offset[i];
		squares += (double)*at * (double)*at;
	}
	norm[row] = (float)(squares / 2);
}

void neighbours_set_none(NeighboursForm form, void *norm, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++) {
		if (form == NEIGHBOURS_BYTES)
			((int32_t *)norm)[i] = INT32_MAX;
		else
			((float *)norm)[i] = FLT_MAX;
	}
}

/* --- queries ---------------------------------------------------------------------------------- */

static size_t query_bytes(const Neighbours *n)
{
	return n->form == NEIGHBOURS_BYTES ? lines(n->features) : n->features * sizeof(float);
}

size_t neighbours_group(const Neighbours *n)
{
	size_t step = sizes[n->form].rows;
	size_t rows = sizes[n->form].group_bytes / query_bytes(n) / step * step;

	return rows < step ? step : rows > GROUP_MOST ? GROUP_MOST : rows;
}

size_t neighbours_keep(NeighboursForm form, size_t k)
{
	return form == NEIGHBOURS_BYTES ? k : k + NEIGHBOURS_MORE;
}

/* It is room for a row too, while that becomes a query. */
static size_t product_bytes(const Neighbours *n)
{
	size_t bytes = sizes[n->form].rows * neighbours_panel(n->form) * sizeof(float);

	return lines(bytes > neighbours_room(n->features) ? bytes : neighbours_room(n->features));
}

size_t neighbours_queries_bytes(const Neighbours *n, size_t rows, size_t k)
{
	return lines(rows * query_bytes(n)) + lines(rows * sizeof(double)) + product_bytes(n) +
	       lines(rows * neighbours_keep(n->form, k) * sizeof(Nearest));
}

static void query_of_bytes(const Neighbours *n, Queries *queries, size_t row, const float *x,
			   uint32_t features)
{
	uint8_t *bytes = queries->product;
	int32_t sum, squares;

	neighbours_bytes(n, x, bytes, features);
	bytes_sums(features, bytes, n->features, &sum, &squares);
	queries->squares[row] = squares;
	bytes_to_signed(bytes, n->features, (int8_t *)queries->q + row * queries->ld, queries->ld);
}

static void query_of_floats(const Neighbours *n, Queries *queries, size_t row, const float *x)
{
	float *q = (float *)queries->q + row * queries->ld;
	double squares = 0;

	for (size_t i = 0; i < n->features; i++) {
		q[i] = x[i] - n->offset[i];
		squares += (double)q[i] * (double)q[i];
	}
	queries->squares[row] = squares;
}

Queries neighbours_queries(const Neighbours *n, const float *x, size_t rows, size_t k, void *memory,
			   uint32_t features)
{
	bool bytes = n->form == NEIGHBOURS_BYTES;
	Queries queries = { .rows = rows, .keep = neighbours_keep(n->form, k) };
	uint8_t *at = memory;

	queries.ld = bytes ? lines(n->features) : n->features;
	queries.q = at;
	at += lines(rows * query_bytes(n));
	queries.squares = (void *)at;
	at += lines(rows * sizeof(double));
	queries.product = at;
	at += product_bytes(n);
	queries.list = (void *)at;
	nearest_clear(queries.list, rows * queries.keep);
	for (size_t row = 0; row < rows; row++, x += n->features) {
		if (bytes)
			query_of_bytes(n, &queries, row, x, features);
		else
			query_of_floats(n, &queries, row, x);
	}
	return queries;
}

/* --- searching -------------------------------------------------------------------------------- */

static void search_bytes(const Neighbours *n, Queries *queries, size_t panel, size_t begin,
			 size_t rows, uint32_t features)
{
	const uint8_t *table = (const uint8_t *)n->table + panel * bytes_panel_size(n->features);
	const int32_t *norm = (const int32_t *)n->norm + panel * BYTES_PANEL;
	const int8_t *q = (const int8_t *)queries->q + begin * queries->ld;
	int32_t *product = queries->product;

	bytes_products(features, q, queries->ld, rows, table, n->features, product, BYTES_PANEL,
		       false);
	for (size_t i = 0; i < rows; i++, product += BYTES_PANEL)
		nearest_scan_s32(features, product, norm, BYTES_PANEL,
				 (uint32_t)(panel * BYTES_PANEL),
				 queries->list + (begin + i) * queries->keep, queries->keep);
}

static void search_floats(const Neighbours *n, Queries *queries, size_t panel, size_t begin,
			  size_t rows, uint32_t features)
{
	const size_t wide = NEIGHBOURS_F32_PANEL;
	const float *table = (const float *)n->table + panel * n->features * wide;
	const float *norm = (const float *)n->norm + panel * wide;
	const float *q = (const float *)queries->q + begin * queries->ld;
	float *product = queries->product;

	gemm_run(features, false, false, rows, wide, n->features, q, queries->ld, table, wide, 0,
		 product, wide);
	for (size_t i = 0; i < rows; i++, product += wide)
		nearest_scan_f32(features, product, norm, wide, (uint32_t)(panel * wide),
				 queries->list + (begin + i) * queries->keep, queries->keep);
}

void neighbours_search(const Neighbours *n, Queries *queries, size_t begin, uint32_t features)
{
	size_t panels = neighbours_panels(n->form, n->count), step = sizes[n->form].rows;

	for (size_t panel = begin; panel < panels; panel++) {
		for (size_t row = 0; row < queries->rows; row += step) {
			size_t left = queries->rows - row, rows = left < step ? left : step;

			if (n->form == NEIGHBOURS_BYTES)
				search_bytes(n, queries, panel, row, rows, features);
			else
				search_floats(n, queries, panel, row, rows, features);
		}
	}
}

/* --- distances -------------------------------------------------------------------------------- */

static double float_distance(const Neighbours *n, const float *q, size_t row, uint32_t features)
{
	const size_t wide = NEIGHBOURS_F32_PANEL;
	const float *r = (const float *)n->table + row / wide * n->features * wide + row % wide;

	return nearest_square_f64(features, q, r, wide, n->features);
}

/* What rounding may do to a score, as a share of the squares that it is made of. */
#define ROUNDING 1e-5

/* The score up to which a row may belong to the k nearest. */
static double float_border(const Nearest *list, size_t k, double squares)
{
	double last = list[k - 1].score, square = 2 * last + squares;

	return last + ROUNDING * (squares + (square > 0 ? square : 0));
}

static size_t float_doubts(const Nearest *list, size_t keep, size_t k, double border)
{
	size_t n = k;

	while (n < keep && list[n].row != NEAREST_NONE && list[n].score <= border)
		n++;
	return n;
}

/* Sorted by distance, then by row; lists are short. */
static void measure_floats(const Neighbours *n, const float *q, Nearest *list, size_t count,
			   uint32_t features)
{
	for (size_t i = 0; i < count && list[i].row != NEAREST_NONE; i++) {
		Nearest one = { float_distance(n, q, list[i].row, features), list[i].row };
		size_t at = i;

		for (; at > 0; at--) {
			const Nearest *before = &list[at - 1];

			if (before->score < one.score ||
			    (!(before->score > one.score) && before->row < one.row))
				break;
			list[at] = *before;
		}
		list[at] = one;
	}
}

/* More rows are in doubt than a list holds: measures each of them. */
static void measure_again(const Neighbours *n, const Queries *queries, const float *q,
			  Nearest *list, size_t k, double border, uint32_t features)
{
	const size_t wide = NEIGHBOURS_F32_PANEL;
	const float *norm = n->norm, *table = n->table;
	float *product = queries->product;

	nearest_clear(list, queries->keep);
	for (size_t row = 0; row < n->count; row++) {
		size_t lane = row % wide;

		if (lane == 0)
			gemm_run(features, false, false, 1, wide, n->features, q, n->features,
				 table + row * n->features, wide, 0, product, wide);
		if ((double)(norm[row] - product[lane]) <= border)
			nearest_insert(list, k, float_distance(n, q, row, features), (uint32_t)row);
	}
}

Nearest *neighbours_measure(const Neighbours *n, const Queries *queries, size_t row, size_t k,
			    bool distances, uint32_t features)
{
	Nearest *list = queries->list + row * queries->keep;
	const float *q = (const float *)queries->q + row * queries->ld;
	double squares = queries->squares[row], border;
	size_t doubts;

	assert(k <= queries->keep);
	if (n->form == NEIGHBOURS_BYTES) {
		for (size_t i = 0; distances && i < k; i++)
			list[i].score += squares;
		return list;
	}
	border = float_border(list, k, squares);
	doubts = float_doubts(list, queries->keep, k, border);
	if (doubts == queries->keep)
		measure_again(n, queries, q, list, k, border, features);
	else if (distances || doubts > k)
		measure_floats(n, q, list, doubts, features);
	return list;
}

/* Non-negative ridge: prices that are known come back within their stated errors; the left-out
 * error is what leaving out gives.
 * SPDX-License-Identifier: MIT */
#include "energy/fit.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "unit.h"

#define ROWS 84
#define COLUMNS 5
#define GROUPS 7

static Random source;

/* x: 1, and rates of work of very different sizes; y: what they cost, and noise. */
static void make_rows(FitRow *rows, size_t n, const double *price, double noise)
{
	static const double size[COLUMNS] = { 1, 4, 1e10, 1e9, 1e4 };

	memset(rows, 0, n * sizeof *rows);
	for (size_t r = 0; r < n; r++) {
		rows[r].group = (int)(r % GROUPS);
		rows[r].x[0] = 1;
		for (int i = 1; i < COLUMNS; i++)
			rows[r].x[i] =
				random_unit(&source) < 0.4 ? 0 : size[i] * random_unit(&source);
		for (int i = 0; i < COLUMNS; i++)
			rows[r].y += price[i] * rows[r].x[i];
		rows[r].y += noise * random_normal(&source);
	}
}

static const double prices[COLUMNS] = { 20, 5, 3e-10, 2e-9, 2e-4 };

static void known_prices_come_back(void **state)
{
	FitRow rows[ROWS];
	Fit fit;

	(void)state;
	random_init(&source, 1, RANDOM_SAMPLE);
	make_rows(rows, ROWS, prices, 0);
	assert_true(fit_ridge(rows, ROWS, COLUMNS, 0, -1, &fit));
	for (int i = 0; i < COLUMNS; i++)
		assert_true(fabs(fit.price[i] / prices[i] - 1) < 1e-6);
	assert_true(fit_choose(rows, ROWS, COLUMNS, -1, &fit));
	for (int i = 0; i < COLUMNS; i++)
		assert_true(fabs(fit.price[i] / prices[i] - 1) < 1e-5);
}

/* Over many machines, the truth lies within 1.96 stated errors in about 95 %; wider errors fail,
 * too. */
static void stated_errors_hold(void **state)
{
	int inside = 0, tries = 0;
	double sigma = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 300; seed++) {
		FitRow rows[ROWS];
		Fit fit;
		random_init(&source, seed, RANDOM_SAMPLE);
		make_rows(rows, ROWS, prices, 0.7);
		assert_true(fit_choose(rows, ROWS, COLUMNS, -1, &fit));
		sigma += fit.sigma / 300;
		for (int i = 0; i < COLUMNS; i++, tries++)
			inside +=
				fabs(fit.price[i] - prices[i]) < 1.96 * sqrt(fit.covariance[i][i]);
	}
	assert_true(inside > 0.92 * tries && inside < 0.975 * tries);
	assert_true(fabs(sigma - 0.7) < 0.02);
}

/* The variance of a prediction is that which predictions have, from machine to machine. */
static void predictions_scatter_as_stated(void **state)
{
	const double x[COLUMNS] = { 1, 2, 5e9, 0, 3e3 };
	double truth = 0, stated = 0, square = 0;

	(void)state;
	for (int i = 0; i < COLUMNS; i++)
		truth += prices[i] * x[i];
	for (uint64_t seed = 0; seed < 300; seed++) {
		FitRow rows[ROWS];
		Fit fit;
		random_init(&source, seed, RANDOM_SAMPLE);
		make_rows(rows, ROWS, prices, 0.7);
		assert_true(fit_ridge(rows, ROWS, COLUMNS, 0, -1, &fit));
		stated += fit_variance(&fit, x) / 300;
		square += pow(fit_predict(&fit, x) - truth, 2) / 300;
	}
	assert_true(fabs(square / stated - 1) < 0.2);
}

/* What would be paid for with a negative price is held at 0, and the rest is the best without it:
 * the conditions of Karush, Kuhn and Tucker. */
static void no_price_is_negative(void **state)
{
	const double odd[COLUMNS] = { 20, 5, -3e-10, 2e-9, -2e-4 };
	FitRow rows[ROWS];
	Fit fit;

	(void)state;
	random_init(&source, 3, RANDOM_SAMPLE);
	make_rows(rows, ROWS, odd, 0.5);
	assert_true(fit_ridge(rows, ROWS, COLUMNS, 0, -1, &fit));
	for (int i = 0; i < COLUMNS; i++) {
		double slope = 0, scale = 0;
		assert_true(fit.price[i] >= 0);
		for (size_t r = 0; r < ROWS; r++) {
			slope += rows[r].x[i] * (rows[r].y - fit_predict(&fit, rows[r].x));
			scale += fabs(rows[r].x[i] * rows[r].y);
		}
		assert_true(fit.price[i] > 0 ? fabs(slope) < 1e-6 * scale : slope <= 0);
	}
	assert_true(fit.price[2] == 0 && fit.price[4] == 0);
	assert_true(fit.covariance[2][2] == 0 && fit.covariance[2][1] == 0);
	assert_true(fit.covariance[1][1] > 0);
}

static void ridge_shrinks_all_but_static(void **state)
{
	FitRow rows[ROWS];
	Fit loose, tight;

	(void)state;
	random_init(&source, 4, RANDOM_SAMPLE);
	make_rows(rows, ROWS, prices, 0.1);
	assert_true(fit_ridge(rows, ROWS, COLUMNS, 0, -1, &loose));
	assert_true(fit_ridge(rows, ROWS, COLUMNS, 1, -1, &tight));
	for (int i = 1; i < COLUMNS; i++)
		assert_true(tight.price[i] < loose.price[i]);
	assert_true(tight.price[0] > loose.price[0]); /* it takes over */
}

/* Columns that are equal, empty, or more than the rows can tell apart. */
static void degenerate_columns(void **state)
{
	FitRow rows[ROWS];
	Fit fit;

	(void)state;
	random_init(&source, 5, RANDOM_SAMPLE);
	make_rows(rows, ROWS, prices, 0);
	for (size_t r = 0; r < ROWS; r++) {
		rows[r].x[5] = rows[r].x[1];
		rows[r].x[6] = 0;
	}
	assert_true(fit_ridge(rows, ROWS, 7, 0, -1, &fit));
	assert_true(fabs(fit.price[1] + fit.price[5] - prices[1]) < 1e-4);
	assert_true(fit.price[6] == 0);
	assert_true(fit_choose(rows, 3, 7, -1, &fit));
	for (int i = 0; i < 7; i++)
		assert_true(isfinite(fit.price[i]) && fit.price[i] >= 0);
	assert_false(fit_ridge(rows, 0, 2, 0, -1, &fit));
	rows[0].y = rows[1].y = 0;
	assert_true(fit_ridge(rows, 2, 2, 0, -1, &fit));
	assert_true(fit.price[0] == 0 && fit.price[1] == 0);
}

/* fit_left_out against leaving out by hand: the rows of a group taken away, and nothing known of
 * them. */
static void left_out_is_left_out(void **state)
{
	FitRow rows[ROWS], rest[ROWS];
	double sum = 0;

	(void)state;
	random_init(&source, 6, RANDOM_SAMPLE);
	make_rows(rows, ROWS, prices, 0.7);
	for (int g = 0; g < GROUPS; g++) {
		size_t n = 0;
		Fit fit;
		for (size_t r = 0; r < ROWS; r++)
			if (rows[r].group != g)
				rest[n++] = rows[r];
		assert_true(fit_choose(rest, n, COLUMNS, -1, &fit));
		for (size_t r = 0; r < ROWS; r++)
			if (rows[r].group == g)
				sum += pow(log(fit_predict(&fit, rows[r].x) / rows[r].y), 2);
	}
	assert_true(fabs(fit_left_out(rows, ROWS, COLUMNS) - sqrt(sum / ROWS)) < 1e-12);
}

/* Noise of 5 % that no model can know shows as an error of 5 %. */
static void left_out_error_is_right(void **state)
{
	FitRow rows[ROWS];

	(void)state;
	random_init(&source, 7, RANDOM_SAMPLE);
	make_rows(rows, ROWS, prices, 0);
	assert_true(fit_left_out(rows, ROWS, COLUMNS) < 1e-4);
	for (size_t r = 0; r < ROWS; r++)
		rows[r].y *= exp(0.05 * random_normal(&source));
	double error = fit_left_out(rows, ROWS, COLUMNS);
	assert_true(error > 0.04 && error < 0.065);
	for (size_t r = 0; r < ROWS; r++)
		rows[r].group = 3;
	assert_true(isnan(fit_left_out(rows, ROWS, COLUMNS)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_prices_come_back),
		cmocka_unit_test(stated_errors_hold),
		cmocka_unit_test(predictions_scatter_as_stated),
		cmocka_unit_test(no_price_is_negative),
		cmocka_unit_test(ridge_shrinks_all_but_static),
		cmocka_unit_test(degenerate_columns),
		cmocka_unit_test(left_out_is_left_out),
		cmocka_unit_test(left_out_error_is_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

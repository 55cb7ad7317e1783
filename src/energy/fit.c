/* Non-negative ridge by an active set on the normal equations, and its left-out error.
 * SPDX-License-Identifier: MIT */
#include "energy/fit.h"

#include <math.h>
#include <string.h>

#define COLUMNS FIT_COLUMNS_MAX
#define LAMBDA_MIN 1e-9
/* A pivot below this share of its diagonal: the column is one of the others once more. */
#define PIVOT_MIN 1e-11
#define ROUNDS_MAX (8 * COLUMNS)
#define ERROR_FLOOR 0.01
/* Less of a column than this share of its root mean square over all rows, left out or not, tells
 * nothing of its price. */
#define SEEN_MIN 0.02

/* Half decades: what lies between makes no visible difference. */
static const double lambdas[] = { LAMBDA_MIN, 1e-7, 1e-6, 1e-5, 3e-5, 1e-4, 3e-4,
				  1e-3,       3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1 };
#define LAMBDAS (sizeof lambdas / sizeof *lambdas)

/* The problem with each column divided by its root mean square. */
typedef struct Normal {
	int columns, rows;
	double scale[COLUMNS]; /* 0: a column that these rows hardly have, which stays out */
	double gram[COLUMNS][COLUMNS], ridge[COLUMNS], right[COLUMNS];
	double square; /* Σy²/n */
} Normal;

typedef struct Active {
	int count;
	int column[COLUMNS];
} Active;

static bool used(const FitRow *row, int left, int also)
{
	return (left < 0 || row->group != left) && (also < 0 || row->group != also);
}

static bool normal_make(Normal *out, const FitRow *rows, size_t n, int columns, int left, int also)
{
	double whole[COLUMNS] = { 0 };

	memset(out, 0, sizeof *out);
	out->columns = columns;
	for (size_t r = 0; r < n; r++) {
		const double *x = rows[r].x;
		for (int i = 0; i < columns; i++)
			whole[i] += x[i] * x[i];
		if (!used(&rows[r], left, also))
			continue;
		out->rows++;
		out->square += rows[r].y * rows[r].y;
		for (int i = 0; i < columns; i++) {
			out->right[i] += x[i] * rows[r].y;
			for (int j = 0; j <= i; j++)
				out->gram[i][j] += x[i] * x[j];
		}
	}
	if (out->rows == 0)
		return false;
	out->square /= out->rows;
	for (int i = 0; i < columns; i++)
		if (out->gram[i][i] / out->rows > SEEN_MIN * SEEN_MIN * whole[i] / (double)n)
			out->scale[i] = sqrt(out->gram[i][i] / out->rows);
	for (int i = 0; i < columns; i++) {
		double s = out->scale[i] * out->rows;
		out->right[i] = s > 0 ? out->right[i] / s : 0;
		for (int j = 0; j <= i; j++) {
			double both = s * out->scale[j];
			out->gram[i][j] = both > 0 ? out->gram[i][j] / both : 0;
			out->gram[j][i] = out->gram[i][j];
		}
	}
	return true;
}

static void normal_ridge(Normal *normal, double lambda)
{
	normal->ridge[0] = 0;
	for (int i = 1; i < normal->columns; i++)
		normal->ridge[i] = fmax(lambda, LAMBDA_MIN);
}

/* Lower Cholesky factor of A on the active columns; false when one depends on those before it. */
static bool factor(const Normal *normal, const Active *active, double l[COLUMNS][COLUMNS])
{
	for (int i = 0; i < active->count; i++) {
		int at = active->column[i];
		double diagonal = normal->gram[at][at] + normal->ridge[at];
		for (int j = 0; j <= i; j++) {
			int of = active->column[j];
			double sum = normal->gram[at][of] + (i == j ? normal->ridge[at] : 0);
			for (int k = 0; k < j; k++)
				sum -= l[i][k] * l[j][k];
			if (i == j && sum <= PIVOT_MIN * diagonal)
				return false;
			l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
		}
	}
	return true;
}

/* L·L'·z = right, in place. */
static void solve(double l[COLUMNS][COLUMNS], int n, double *z)
{
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < i; k++)
			z[i] -= l[i][k] * z[k];
		z[i] /= l[i][i];
	}
	for (int i = n - 1; i >= 0; i--) {
		for (int k = i + 1; k < n; k++)
			z[i] -= l[k][i] * z[k];
		z[i] /= l[i][i];
	}
}

static bool is_active(const Active *active, int column)
{
	for (int i = 0; i < active->count; i++)
		if (active->column[i] == column)
			return true;
	return false;
}

/* The column outside the set whose price would help most; -1: none would. */
static int next_column(const Normal *normal, const Active *active, const double *b,
		       const bool *barred)
{
	double most = 1e-10 * sqrt(normal->square);
	int best = -1;

	for (int i = 0; i < normal->columns; i++) {
		double gain = normal->right[i];
		if (normal->scale[i] <= 0 || barred[i] || is_active(active, i))
			continue;
		for (int j = 0; j < normal->columns; j++)
			gain -= normal->gram[i][j] * b[j];
		if (gain > most) {
			most = gain;
			best = i;
		}
	}
	return best;
}

static void drop_zeros(Active *active, double *b)
{
	int kept = 0;

	for (int i = 0; i < active->count; i++) {
		int column = active->column[i];
		if (b[column] > 0)
			active->column[kept++] = column;
		else
			b[column] = 0;
	}
	active->count = kept;
}

/* Goes from b towards the solution on the active set, as far as none falls below 0; columns that
 * come to 0 leave the set. False when the set has a column that depends on the others. */
static bool settle(const Normal *normal, Active *active, double *b)
{
	double l[COLUMNS][COLUMNS], z[COLUMNS];

	while (active->count) {
		double step = 1;
		int first = -1;
		if (!factor(normal, active, l))
			return false;
		for (int i = 0; i < active->count; i++)
			z[i] = normal->right[active->column[i]];
		solve(l, active->count, z);
		for (int i = 0; i < active->count; i++) {
			double from = b[active->column[i]];
			if (z[i] <= 0 && from / (from - z[i]) < step) {
				step = from / (from - z[i]);
				first = active->column[i];
			} else if (z[i] <= 0 && from <= 0) {
				step = 0;
				first = active->column[i];
			}
		}
		for (int i = 0; i < active->count; i++)
			b[active->column[i]] += step * (z[i] - b[active->column[i]]);
		if (first < 0)
			return true;
		b[first] = 0;
		drop_zeros(active, b);
	}
	return true;
}

/* b of the scaled problem. */
static void active_set(const Normal *normal, Active *active, double *b)
{
	bool barred[COLUMNS] = { false };

	*active = (Active){ .count = 0 };
	memset(b, 0, COLUMNS * sizeof *b);
	for (int round = 0; round < ROUNDS_MAX; round++) {
		int column = next_column(normal, active, b, barred);
		if (column < 0)
			return;
		active->column[active->count++] = column;
		if (!settle(normal, active, b)) {
			active->count--; /* it was the last one that did not fit */
			barred[column] = true;
		} else if (!is_active(active, column)) {
			barred[column] = true; /* rounding: it must not come and go for ever */
		}
	}
}

/* σ, then σ²/n·A⁻¹·G·A⁻¹ in the units of the columns. residual: Σ(y − Xb)²/n. */
static void spread(const Normal *normal, const Active *active, double residual, Fit *out)
{
	double l[COLUMNS][COLUMNS], inverse[COLUMNS][COLUMNS], half[COLUMNS][COLUMNS], freedom = 0;
	int n = active->count;

	out->sigma = NAN;
	if (n == 0 || !factor(normal, active, l))
		return;
	for (int i = 0; i < n; i++) {
		memset(inverse[i], 0, sizeof inverse[i]);
		inverse[i][i] = 1;
		solve(l, n, inverse[i]);
	}
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			half[i][j] = 0;
			for (int k = 0; k < n; k++)
				half[i][j] += inverse[i][k] *
					      normal->gram[active->column[k]][active->column[j]];
			freedom += i == j ? half[i][j] : 0;
		}
	if (normal->rows > freedom)
		out->sigma = sqrt(residual * normal->rows / (normal->rows - freedom));
	for (int i = 0; i < n && isfinite(out->sigma); i++)
		for (int j = 0; j < n; j++) {
			int a = active->column[i], b = active->column[j];
			double sum = 0;
			for (int k = 0; k < n; k++)
				sum += half[i][k] * inverse[k][j];
			out->covariance[a][b] = out->sigma * out->sigma / normal->rows * sum /
						(normal->scale[a] * normal->scale[b]);
		}
}

static double residual_square(const FitRow *rows, size_t n, const Fit *fit, int left)
{
	double sum = 0;
	int count = 0;

	for (size_t r = 0; r < n; r++) {
		double off = rows[r].y - fit_predict(fit, rows[r].x);
		if (!used(&rows[r], left, -1))
			continue;
		sum += off * off;
		count++;
	}
	return sum / count;
}

/* Prices only. */
static void price(Normal *normal, double lambda, Active *active, Fit *out)
{
	double b[COLUMNS];

	*out = (Fit){ .columns = normal->columns, .lambda = fmax(lambda, LAMBDA_MIN) };
	normal_ridge(normal, lambda);
	active_set(normal, active, b);
	for (int i = 0; i < normal->columns; i++)
		out->price[i] = normal->scale[i] > 0 ? b[i] / normal->scale[i] : 0;
}

bool fit_ridge(const FitRow *rows, size_t n, int columns, double lambda, int left, Fit *out)
{
	Normal normal;
	Active active;

	if (!normal_make(&normal, rows, n, columns, left, -1))
		return false;
	price(&normal, lambda, &active, out);
	spread(&normal, &active, residual_square(rows, n, out, left), out);
	return true;
}

/* Σ(predicted − measured)² of the rows of a group. */
static double group_square(const FitRow *rows, size_t n, int group, const Fit *fit)
{
	double sum = 0;

	for (size_t r = 0; r < n; r++)
		if (rows[r].group == group) {
			double off = fit_predict(fit, rows[r].x) - rows[r].y;
			sum += off * off;
		}
	return sum;
}

/* Which groups there are, ascending; how many. */
static int groups_of(const FitRow *rows, size_t n, int left, int *out)
{
	int count = 0;

	for (int g = 0; g < FIT_GROUPS_MAX; g++)
		for (size_t r = 0; g != left && r < n; r++)
			if (rows[r].group == g) {
				out[count++] = g;
				break;
			}
	return count;
}

bool fit_choose(const FitRow *rows, size_t n, int columns, int left, Fit *out)
{
	int group[FIT_GROUPS_MAX], groups = groups_of(rows, n, left, group);
	double sum[LAMBDAS] = { 0 };
	size_t best = 0;

	for (int g = 0; groups >= 3 && g < groups; g++) {
		Normal normal;
		if (!normal_make(&normal, rows, n, columns, left, group[g]))
			return false;
		for (size_t i = 0; i < LAMBDAS; i++) {
			Active active;
			Fit fit;
			price(&normal, lambdas[i], &active, &fit);
			sum[i] += group_square(rows, n, group[g], &fit);
		}
	}
	for (size_t i = 1; i < LAMBDAS; i++)
		if (sum[i] < sum[best])
			best = i;
	return fit_ridge(rows, n, columns, lambdas[best], left, out);
}

double fit_predict(const Fit *fit, const double *x)
{
	double sum = 0;

	for (int i = 0; i < fit->columns; i++)
		sum += fit->price[i] * x[i];
	return sum;
}

double fit_variance(const Fit *fit, const double *x)
{
	double sum = 0;

	for (int i = 0; i < fit->columns; i++)
		for (int j = 0; j < fit->columns; j++)
			sum += x[i] * fit->covariance[i][j] * x[j];
	return fmax(sum, 0);
}

double fit_left_out(const FitRow *rows, size_t n, int columns)
{
	int group[FIT_GROUPS_MAX], groups = groups_of(rows, n, -1, group);
	double sum = 0;

	if (groups < 2)
		return NAN;
	for (int g = 0; g < groups; g++) {
		Fit fit;
		if (!fit_choose(rows, n, columns, group[g], &fit))
			return NAN;
		for (size_t r = 0; r < n; r++) {
			double off;
			if (rows[r].group != group[g])
				continue;
			off = log(fmax(fit_predict(&fit, rows[r].x) / rows[r].y, ERROR_FLOOR));
			sum += rows[r].y > 0 ? off * off : (double)NAN;
		}
	}
	return sqrt(sum / (double)n);
}

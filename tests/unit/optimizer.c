/* Optimizers against PyTorch, clipping, schedules; every instruction level and every cut gives the
 * same bits.
 * SPDX-License-Identifier: MIT */
#include "num/train/optimizer.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "levels.h"
#include "unit.h"
#include "fixture.h"

#define COUNT 300

static Optimizer optimizer_of(const json_t *it)
{
	OptimizerKind kind;
	Optimizer o;

	assert_true(optimizer_find(fixture_text(it, "name"), &kind));
	o = optimizer_default(kind);
	o.momentum = (float)fixture_number_or(it, "momentum", 0);
	o.beta1 = (float)fixture_number_or(it, "beta1", 0);
	o.beta2 = (float)fixture_number_or(it, "beta2", 0);
	o.decay = (float)fixture_number_or(it, "decay", 0);
	return o;
}

static void test_pytorch(void **state)
{
	json_t *root = fixture_load("optimizer");
	size_t cases = json_array_size(fixture_list(root, "cases")), seen = 0;
	size_t n = fixture_size(root, "n"), steps = fixture_size(root, "steps");
	float first[64], g[64];

	(void)state;
	fixture_floats(root, "w", first, n);
	fixture_floats(root, "g", g, steps * n);
	for (size_t i = 0; i < cases; i++) {
		const json_t *it = json_array_get(fixture_list(root, "cases"), i);
		Optimizer o = optimizer_of(it);
		float lr = (float)fixture_number_or(it, "lr", NAN);
		float w[64], path[64], m[64] = { 0 }, v[64] = { 0 }, *moments[] = { m, v };

		memcpy(w, first, sizeof w);
		for (size_t t = 0; t < steps; t++) {
			OptimizerStep step = optimizer_step(&o, lr, t + 1);

			optimizers[o.kind].run(cpu_features(), &step, w, moments, g + t * n, n);
			memcpy(path + t * n, w, n * sizeof *w);
		}
		fixture_near(it, "w", path, steps * n, 1e-6, optimizers[o.kind].info.name);
		seen |= (size_t)1 << (2 * o.kind + (o.decay > 0));
	}
	assert_int_equal(seen, ((size_t)1 << 2 * OPTIMIZER_KINDS) - 1);
	json_decref(root);
}

static void test_clip_pytorch(void **state)
{
	json_t *root = fixture_load("optimizer");
	const json_t *clip = json_object_get(root, "clip");
	size_t n = fixture_size(root, "n"), steps = fixture_size(root, "steps");
	float g[64];
	double squares;

	(void)state;
	fixture_floats(root, "g", g, steps * n);
	squares = optimizer_square_sum(cpu_features(), g, n);
	assert_true(fabs(sqrt(squares) - fixture_number_or(clip, "norm", NAN)) < 1e-6);
	optimizer_scale(cpu_features(), g, n,
			optimizer_clip(squares, (float)fixture_number_or(clip, "max_norm", NAN)));
	fixture_near(clip, "scaled", g, n, 1e-6, "clipped");
	json_decref(root);
}

static void test_clip(void **state)
{
	(void)state;
	assert_true(optimizer_clip(0, 1) == 1 && optimizer_clip(0.25, 1) == 1);
	assert_true(fabsf(optimizer_clip(16, 1) - 0.25f) < 1e-6f);
	assert_true(optimizer_clip((double)INFINITY, 1) == 0);
}

typedef struct Data {
	float w[COUNT], m[COUNT], v[COUNT], g[COUNT];
} Data;

static void fill(Data *data)
{
	Random random;

	random_init(&random, 5, RANDOM_WEIGHTS);
	for (size_t i = 0; i < COUNT; i++) {
		data->w[i] = random_uniform(&random, -1, 1);
		data->m[i] = random_uniform(&random, 0, 1);
		data->v[i] = random_uniform(&random, 0, 1);
		data->g[i] = random_uniform(&random, -1, 1);
	}
}

static void run(uint32_t features, const Optimizer *o, Data *data, size_t first, size_t n)
{
	OptimizerStep step = optimizer_step(o, 0.01f, 4);
	float *moments[] = { data->m + first, data->v + first };

	optimizers[o->kind].run(features, &step, data->w + first, moments, data->g + first, n);
}

/* Only as many states as the table says are touched; the gradient never is. */
static void check_touched(const Optimizer *o, const Data *before, const Data *after)
{
	unsigned states = optimizers[o->kind].states;

	assert_memory_not_equal(after->w, before->w, sizeof before->w);
	assert_true((memcmp(after->m, before->m, sizeof before->m) != 0) == (states > 0));
	assert_true((memcmp(after->v, before->v, sizeof before->v) != 0) == (states > 1));
	assert_memory_equal(after->g, before->g, sizeof before->g);
}

static void test_levels(void **state)
{
	Data before, want, got;

	(void)state;
	fill(&before);
	for (int kind = 0; kind < OPTIMIZER_KINDS; kind++)
		for (int decayed = 0; decayed < 2; decayed++) {
			Optimizer o = optimizer_default((OptimizerKind)kind);

			o.decay = decayed ? 0.03f : 0;
			want = before;
			run(0, &o, &want, 0, COUNT);
			check_touched(&o, &before, &want);
			for (size_t l = 0; l < LEVELS; l++) {
				if (!level_runs(levels[l]))
					continue;
				got = before; /* cut into spans of every length up to 23 */
				for (size_t at = 0, n = 0; at < COUNT; at += n) {
					n = n % 23 + 1 < COUNT - at ? n % 23 + 1 : COUNT - at;
					run(levels[l], &o, &got, at, n);
				}
				assert_memory_equal(&got, &want, sizeof got);
			}
		}
}

static void test_is_adam(void **state)
{
	(void)state;
	for (int kind = 0; kind < OPTIMIZER_KINDS; kind++)
		for (int decayed = 0; decayed < 2; decayed++) {
			Optimizer o = optimizer_default((OptimizerKind)kind);
			Data want, got;

			fill(&want);
			got = want;
			o.decay = decayed ? 0.03f : 0;
			OptimizerStep step = optimizer_step(&o, 0.01f, 4);

			run(cpu_features(), &o, &want, 0, COUNT);
			train_adam(cpu_features(), got.w, got.m, got.v, got.g, COUNT, &step.adam);
			assert_true((memcmp(&got, &want, sizeof got) == 0) ==
				    optimizer_is_adam(&o));
		}
}

static void test_norm_levels(void **state)
{
	Data data;

	(void)state;
	fill(&data);
	for (size_t n = 0; n <= 67; n++) {
		double want = optimizer_square_sum(0, data.g, n), sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += (double)data.g[i] * (double)data.g[i];
		assert_true(fabs(want - sum) < 1e-12);
		for (size_t l = 0; l < LEVELS; l++) {
			Data scaled = data;

			if (!level_runs(levels[l]))
				continue;
			assert_true(optimizer_square_sum(levels[l], data.g, n) == want);
			optimizer_scale(levels[l], scaled.g, n, 0.5f);
			for (size_t i = 0; i < COUNT; i++)
				assert_true(scaled.g[i] == (i < n ? 0.5f : 1) * data.g[i]);
		}
	}
}

static void test_schedules(void **state)
{
	Schedule s = { .kind = SCHEDULE_CONSTANT, .lr = 0.5f };

	(void)state;
	assert_true(schedule_lr(&s, 0, 9) == 0.5f && schedule_lr(&s, 8, 9) == 0.5f);
	s.kind = SCHEDULE_STEP;
	assert_true(schedule_lr(&s, 2, 9) == 0.5f && schedule_lr(&s, 3, 9) == 0.05f);
	assert_true(schedule_lr(&s, 5, 9) == 0.05f && schedule_lr(&s, 6, 9) == 0.005f);
	s.kind = SCHEDULE_COSINE;
	assert_true(schedule_lr(&s, 0, 8) == 0.5f);
	assert_true(fabsf(schedule_lr(&s, 4, 8) - 0.25f) < 1e-7f);
	assert_true(fabsf(schedule_lr(&s, 2, 8) - 0.42677670f) < 1e-7f);
	for (uint64_t step = 1; step < 8; step++)
		assert_true(schedule_lr(&s, step, 8) < schedule_lr(&s, step - 1, 8));
}

static void test_warmup(void **state)
{
	Schedule s = { .lr = 0.5f, .warmup = 4 }, plain = { .lr = 0.5f };

	(void)state;
	for (int kind = 0; kind < SCHEDULE_KINDS; kind++) {
		s.kind = plain.kind = (ScheduleKind)kind;
		for (uint64_t step = 0; step < 4; step++)
			assert_true(schedule_lr(&s, step, 16) == 0.125f * (float)(step + 1));
		for (uint64_t step = 4; step < 16; step++)
			assert_true(schedule_lr(&s, step, 16) == schedule_lr(&plain, step - 4, 12));
		s.warmup = 20; /* longer than the training */
		assert_true(schedule_lr(&s, 15, 16) == 0.4f);
		s.warmup = 4;
	}
}

static void test_names(void **state)
{
	OptimizerKind kind;
	ScheduleKind schedule;

	(void)state;
	for (int i = 0; i < OPTIMIZER_KINDS; i++) {
		assert_true(optimizer_find(optimizers[i].info.name, &kind));
		assert_int_equal(kind, i);
		assert_true(optimizers[i].states <= OPTIMIZER_STATES_MAX);
		assert_true(optimizers[i].lr > 0);
	}
	for (int i = 0; i < SCHEDULE_KINDS; i++) {
		assert_true(schedule_find(schedules[i].name, &schedule));
		assert_int_equal(schedule, i);
	}
	assert_false(optimizer_find("adamax", &kind) || schedule_find("linear", &schedule));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pytorch),   cmocka_unit_test(test_clip_pytorch),
		cmocka_unit_test(test_clip),      cmocka_unit_test(test_levels),
		cmocka_unit_test(test_is_adam),   cmocka_unit_test(test_norm_levels),
		cmocka_unit_test(test_schedules), cmocka_unit_test(test_warmup),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

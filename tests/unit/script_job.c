/* The order in which a script's job calls the trial: a trial that only notes its calls stands in
 * for the real one. Real models are trained on real rows, so that the bindings are real, too.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "base/clock.h"
#include "base/text.h"
#include "script/script.h"

/* What the fake trial saw, a word a call, and what it is to answer. */
static struct {
	char calls[8192];
	size_t len;
	int windows;            /* so far */
	int flag_from, flag_to; /* windows in this range are CONTENDED */
	int stop_after;         /* windows; then the control is stopping */
	int fail_at;            /* this window fails, 0: none */
	bool idle_due;          /* trial_idle_due */
	int passes;
	uint64_t items, seed;
	size_t allocations; /* in passes but the first of each window */
} seen;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	seen.len += text_vformat(seen.calls + seen.len, sizeof seen.calls - seen.len, format, args);
	va_end(args);
}

bool trial_arm_begin(Trial *trial, const char *arm, Err *err)
{
	(void)trial;
	(void)err;
	note("begin:%s ", arm);
	return true;
}

void trial_put_condition(const Trial *trial, json_t *record)
{
	(void)trial;
	(void)record;
}

void trial_watch_init(TrialWatch *watch, Trial *trial, const Model *model, const Rows *watched,
		      const Rows *train, const char *what);

static bool no_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	(void)self;
	(void)report;
	(void)err;
	return true;
}

void trial_watch_init(TrialWatch *watch, Trial *trial, const Model *model, const Rows *watched,
		      const Rows *train, const char *what)
{
	(void)train;
	*watch = (TrialWatch){
		.watch = { no_epoch }, .trial = trial, .model = model, .watched = watched, .what = what
	};
}

const char *trial_watch_name(const TrialWatch *watch, const FitEpoch *report)
{
	(void)watch;
	(void)report;
	return "watch_accuracy";
}

Program *trial_lower(Trial *trial, const Model *model, const char *form, size_t batch, Err *err)
{
	ProgramOptions options = { .batch = batch, .wish = trial->wish };

	note("lower:%s,%zu ", form, batch);
	return program_new(model, &options, err);
}

Program *trial_lower_alone(const Trial *trial, const Model *model, const char *form, size_t batch,
			   Err *err)
{
	(void)trial;
	(void)model;
	(void)form;
	(void)batch;
	err_set(err, ERR_INTERNAL, "no script here asks for fewer threads");
	return NULL;
}

bool trial_idle(Trial *trial, double seconds, Err *err)
{
	(void)trial;
	(void)err;
	note("idle:%g ", seconds);
	return true;
}

bool trial_idle_again(Trial *trial, double seconds, Err *err)
{
	(void)trial;
	(void)err;
	note("again:%g ", seconds);
	return true;
}

bool trial_idle_due(const Trial *trial, double seconds)
{
	(void)trial;
	(void)seconds;
	return seen.idle_due;
}

bool trial_build_begin(Trial *trial, TrialMark *mark, Err *err)
{
	(void)trial;
	(void)mark;
	(void)err;
	return true;
}

/* Each span is a second. */
bool trial_build_end(Trial *trial, const TrialMark *mark, TrialBuild *build, Err *err)
{
	(void)trial;
	(void)mark;
	(void)err;
	build->spans++;
	build->time_s += 1;
	return true;
}

bool trial_window(Trial *trial, const TrialWindow *window, TrialBody body, void *user,
		  uint32_t *flags, Err *err)
{
	(void)trial;
	seen.windows++;
	note("%s,%d,%d ", window->arm, window->block, window->attempt);
	if (seen.windows == seen.fail_at)
		return err_set(err, ERR_FILE, "the edge socket is gone");
	for (int i = 0; i < seen.passes; i++) {
		uint64_t items = 0;
		size_t before = alloc_calls;

		if (!body(user, &items, err))
			return false;
		seen.allocations += i > 0 ? alloc_calls - before : 0;
		seen.items += items;
	}
	*flags = seen.windows >= seen.flag_from && seen.windows <= seen.flag_to ? ENERGY_CONTENDED
										: 0;
	return true;
}

bool trial_score(Trial *trial, const TrialWindow *window, uint64_t seed, const Program *program,
		 const Rows *rows, uint64_t size_bytes, Err *err)
{
	size_t n;

	(void)trial;
	(void)err;
	assert_non_null(program_classes(program, &n));
	assert_int_equal(n, rows->count);
	assert_int_equal(size_bytes, 77);
	assert_true(window->build && window->build->time_s == 2); /* set-up and the arm's own */
	seen.seed = seed;
	note("score:%s ", window->arm);
	return true;
}

bool trial_diverged(Trial *trial, const TrialWindow *window, uint64_t seed, Err *err)
{
	(void)trial;
	(void)err;
	seen.seed = seed;
	note("diverged:%s,%d,%d ", window->arm, window->block, window->attempt);
	return true;
}

bool trial_speed(Trial *trial, const Model *model, const Program *program, const Rows *rows,
		 Err *err)
{
	(void)trial;
	(void)err;
	assert_non_null(model);
	assert_non_null(program);
	assert_int_equal(rows->count, 450);
	note("speed ");
	return true;
}

bool trial_saved_size(Trial *trial, const Model *model, const Program *program, const Rows *rows,
		      uint64_t *bytes, Err *err)
{
	(void)trial;
	(void)err;
	assert_non_null(model);
	assert_non_null(program);
	assert_int_equal(rows->count, 450);
	note("size ");
	*bytes = 77;
	return true;
}

bool trial_dataset(Trial *trial, const Dataset *set, Err *err)
{
	(void)trial;
	(void)err;
	note("data:%s ", set->name);
	return true;
}

bool trial_script_log(Trial *trial, const char *text, Err *err)
{
	(void)trial;
	(void)err;
	note("say:%s ", text);
	return true;
}

bool trial_log(Trial *trial, Err *err, const char *format, ...)
{
	(void)trial;
	(void)err;
	note("log:%s ", format);
	return true;
}

static bool poll(Control *self, Err *err)
{
	(void)self;
	(void)err;
	return true;
}

static bool stopping(const Control *self)
{
	(void)self;
	return seen.stop_after && seen.windows >= seen.stop_after;
}

static const char script_text[] =
	"local w = require 'wattle'\n"
	"return w.experiment { api = 1, name = 'x', build = 'once', seeds = w.range(5, 9),\n"
	"  needs = { dataset = 'digits' }, params = { build = 'a' },\n"
	"  setup = function(c)\n"
	"    local d = w.data.load(c.dataset)\n"
	"    return { data = d, base = w.model.mlp { layers = { d.inputs, d.classes } } }\n"
	"  end,\n"
	"  arms = { { 'a', function(s) return s.base end },\n"
	"           { 'b', function(s) return s.base:lower { kernel = 'dense', batch = 32 } end } "
	"},\n"
	"  measure = function(m, s) m:predict(s.data.test) m:predict(s.data.test) end,\n"
	"  design = { warmup = 1, blocks = 2, window = 1, idle = 3 } }\n";

static Control control = { .poll = poll, .stopping = stopping };

static Script *open_script(Trial *trial, const char *text, const json_t *set, Err *err)
{
	static char folder[4096];
	static const char *folders[2] = { folder };
	static const DataPaths paths = { folders };
	const char *top = getenv("top_srcdir");

	snprintf(folder, sizeof folder, "%s/datasets", top ? top : ".");
	memset(&seen, 0, sizeof seen);
	seen.passes = 1;
	*trial = (Trial){ .control = &control,
			  .edge_fd = -1,
			  .idle = { .watts = NAN, .u_watts = NAN } };
	ScriptOptions options = {
		.name = "job.lua",
		.text = text,
		.len = strlen(text),
		.set = set,
		.data = &paths,
		.trial = trial,
	};

	return script_open(&options, err);
}

static void test_once(void **state)
{
	Trial trial;
	Err err;
	Script *script = open_script(&trial, script_text, NULL, &err);
	uint32_t order[PLAN_ARMS_MAX];
	char want[4096];
	size_t len;

	(void)state;
	assert_non_null(script);
	assert_string_equal(seen.calls, ""); /* loading measures nothing */
	seen.passes = 3;
	if (!script_run_once(script, &err))
		fail_msg("%s", err.text);
	len = text_format(want, sizeof want,
			  "begin:setup data:digits begin:a lower:auto,64 size speed "
			  "begin:b lower:dense,32 size speed idle:3 ");
	for (int block = -1; block < 2; block++) {
		plan_order(script_plan(script), 5, (size_t)(block + 1), 0, order);
		for (int i = 0; i < 2; i++) {
			char arm = order[i] ? 'b' : 'a';

			len += text_format(want + len, sizeof want - len, "%c,%d,0 score:%c ", arm,
					   block, arm);
		}
	}
	text_format(want + len, sizeof want - len, "again:3 ");
	assert_string_equal(seen.calls, want);
	assert_int_equal(seen.items, 6 * 3 * 2 * 450);
	assert_int_equal(seen.seed, 5);
	assert_int_equal(seen.allocations, 0);
	script_close(script);
}

/* How often each window of block 0 and 1 was run. */
static int count(const char *word)
{
	int n = 0;

	for (const char *p = seen.calls; (p = strstr(p, word)) != NULL; p++)
		n++;
	return n;
}

static void test_repeats(void **state)
{
	Trial trial;
	Err err;
	Script *script = open_script(&trial, script_text, NULL, &err);

	(void)state;
	assert_non_null(script);
	seen.flag_from = 1;
	seen.flag_to = 4; /* the warm-up, which is not repeated, and the first try of block 0 */
	assert_true(script_run_once(script, &err));
	assert_int_equal(count("a,-1,"), 1);
	assert_int_equal(count("a,0,0 "), 1);
	assert_int_equal(count("a,0,1 ") + count("b,0,1 "), 2); /* the whole block again */
	assert_int_equal(count(",0,2 "), 0);
	assert_int_equal(count("a,1,0 "), 1);
	script_close(script);

	script = open_script(&trial, script_text, NULL, &err);
	seen.flag_from = 1;
	seen.flag_to = 1000;
	assert_true(script_run_once(script, &err));
	assert_int_equal(count("a,0,2 "), 1); /* at most twice more */
	assert_int_equal(count("a,0,3 "), 0);
	assert_int_equal(count("a,1,0 "), 1);
	script_close(script);
}

static void test_stop(void **state)
{
	Trial trial;
	Err err;
	Script *script = open_script(&trial, script_text, NULL, &err);

	(void)state;
	assert_non_null(script);
	seen.stop_after = 3; /* in the middle of block 0: it is finished */
	assert_true(script_run_once(script, &err));
	assert_int_equal(seen.windows, 4);
	script_close(script);
}

static void test_failed_window(void **state)
{
	Trial trial;
	Err err;
	Script *script = open_script(&trial, script_text, NULL, &err);

	(void)state;
	assert_non_null(script);
	seen.fail_at = 2;
	assert_false(script_run_once(script, &err));
	assert_int_equal(err.code, ERR_FILE); /* the engine's code survives its way through Lua */
	assert_non_null(strstr(err.text, "the edge socket is gone"));
	assert_int_equal(seen.windows, 2);
	script_close(script);
}

/* Memory refused anywhere in a job ends it with that error, and everything is given back. */
static void test_memory(void **state)
{
	Trial trial;
	Err err;
	bool ok = false;

	(void)state;
	for (size_t n = 0; !ok; n += n < 200 ? 1 : 17) {
		Script *script = open_script(&trial, script_text, NULL, &err);

		assert_non_null(script);
		assert_true(n < 10000);
		alloc_fail_after(n);
		ok = script_run_once(script, &err);
		alloc_fail_never();
		if (!ok && err.code != ERR_MEMORY)
			fail_msg("allocation %zu: %s: %s", n, err_name(err.code), err.text);
		script_close(script);
	}
}

static void test_trial(void **state)
{
	Trial trial;
	Err err;
	json_t *set = json_pack("{s:s}", "design.blocks", "4");
	Script *script = open_script(&trial, script_text, set, &err);

	(void)state;
	json_decref(set);
	assert_non_null(script);
	assert_int_equal(script_plan(script)->blocks_max, 4);
	assert_true(script_run_trial(script, 3, 1, 1, &err));
	assert_string_equal(seen.calls,
			    "begin:setup data:digits begin:b lower:dense,32 size idle:3 "
			    "b,3,1 score:b again:3 ");
	assert_int_equal(seen.seed, 8); /* the block's */
	assert_int_equal(count("speed "), 0);
	assert_false(script_run_trial(script, 9, 0, 0, &err));
	assert_false(script_run_trial(script, 0, 0, 2, &err));
	script_close(script);
	/* The speed of a call is told once an arm: in the first block. */
	for (int attempt = 0; attempt < 2; attempt++) {
		script = open_script(&trial, script_text, NULL, &err);
		assert_true(script_run_trial(script, 0, attempt, 1, &err));
		assert_int_equal(count("speed "), attempt == 0);
		script_close(script);
	}
}

/* A plan without repeats has none. */
static void test_no_repeats(void **state)
{
	Trial trial;
	Err err;
	Script *script = open_script(&trial, script_text, NULL, &err);

	(void)state;
	assert_non_null(script);
	((Plan *)(uintptr_t)script_plan(script))->repeats = 0;
	seen.flag_from = 1;
	seen.flag_to = 1000;
	assert_true(script_run_once(script, &err));
	assert_int_equal(count("a,0,0 "), 1);
	assert_int_equal(count(",0,1 "), 0);
	script_close(script);
}

/* One bad seed is a result of its block; where all is trained once, it ends the run. */
static void test_divergence(void **state)
{
	static const char text[] =
		"local w = require 'wattle'\n"
		"return w.experiment { api = 1, name = 'x', build = '%s', seeds = w.range(5, 9),\n"
		"  arms = { { 'a', function(s, c)\n"
		"    local d = w.data.load 'digits'\n"
		"    local m = w.model.mlp { layers = { d.inputs, 64, 64, 64, 64, d.classes } }\n"
		"    m:fit(d.train, { epochs = 2, lr = 1000, optimizer = 'sgd' })\n"
		"    return m end }, { 'b', print } },\n"
		"  design = { warmup = 0, blocks = 4, window = 1, idle = 0 } }\n";
	char script_of[sizeof text + 8];
	Trial trial;
	Err err;

	(void)state;
	snprintf(script_of, sizeof script_of, text, "block");
	Script *script = open_script(&trial, script_of, NULL, &err);

	if (!script || !script_run_trial(script, 2, 1, 0, &err))
		fail_msg("%s", err.text);
	assert_int_equal(err.code, ERR_NONE);
	assert_non_null(strstr(seen.calls, "begin:a data:digits log:%s diverged: %s diverged:a,2,1 "));
	assert_int_equal(seen.seed, 7);
	assert_int_equal(seen.windows, 0);
	script_close(script);

	snprintf(script_of, sizeof script_of, text, "once");
	script = open_script(&trial, script_of, NULL, &err);
	if (!script)
		fail_msg("%s", err.text);
	assert_false(script_run_once(script, &err));
	assert_int_equal(err.code, ERR_DIVERGED);
	assert_int_equal(err_exit_status(err.code), 1);
	assert_non_null(strstr(err.text, "job.lua:6: "));
	assert_non_null(strstr(err.text, "try a smaller lr"));
	assert_null(strstr(seen.calls, "diverged:"));
	script_close(script);
}

static void test_deadline(void **state)
{
	static const char text[] = "local w = require 'wattle'\n"
				   "return w.experiment { api = 1, name = 'x', build = 'once',\n"
				   "  setup = function() while true do end end,\n"
				   "  arms = { { 'a', print }, { 'b', print } } }\n";
	Trial trial;
	Err err;
	ScriptOptions options = {
		.name = "late.lua",
		.text = text,
		.len = sizeof text - 1,
		.deadline_ns = clock_now_ns() + 50000000,
		.trial = &trial,
	};

	(void)state;
	memset(&seen, 0, sizeof seen);
	trial = (Trial){ .control = &control, .edge_fd = -1 };
	Script *script = script_open(&options, &err);

	assert_non_null(script);
	assert_false(script_run_once(script, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_string_equal(err.text, "late.lua:3: time limit reached (in the script)");
	assert_false(script_run_once(script, &err)); /* over once and for all */
	assert_int_equal(err.code, ERR_LIMIT);
	script_close(script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once),     cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_stop),     cmocka_unit_test(test_failed_window),
		cmocka_unit_test(test_memory),   cmocka_unit_test(test_trial),
		cmocka_unit_test(test_deadline), cmocka_unit_test(test_no_repeats),
		cmocka_unit_test(test_divergence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

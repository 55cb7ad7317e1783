/* Trials: the worker's measuring side. One Trial holds what a run measures with: where records go,
 * the meter's socket, the counters, threads and kernels; its functions lower models, measure
 * windows and score predictions, and write the records.
 *
 * Nothing here decides when an experiment ends: that is src/lab. Not for use by two threads.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TRIAL_TRIAL_H
#define WATTLE_TRIAL_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/control.h"
#include "base/err.h"
#include "base/record.h"
#include "data/dataset.h"
#include "energy/accounting.h"
#include "energy/counters.h"
#include "energy/handles.h"
#include "energy/energy.h"
#include "energy/profile.h"
#include "model/model.h"
#include "model/program.h"
#include "num/kernel.h"
#include "num/pool.h"

/* How the kernel of each layer is chosen. */
typedef enum LowerRule {
	LOWER_MEASURED, /* time the candidates here and now */
	LOWER_TABLE,    /* a fixed cost table, never timing: for checks and grading */
} LowerRule;

/* A window whose idle power will be known better after the next idle span. */
typedef struct TrialPending {
	char arm[64];
	int block, attempt;
	Joules gross;
	int64_t at_ns;                /* its middle */
	double time_s, cpu_s, busy_s; /* between the readings; ours, all */
} TrialPending;
#define TRIAL_PENDING_MAX 64

/* One border of a span that is measured. */
typedef struct TrialEdge {
	EdgeReply reply;
	EdgeSample sample;
	CounterSample counters;
	int64_t waited_ns; /* paused by the user until then */
} TrialEdge;

/* What an arm's first window was like. */
typedef struct TrialFirst {
	char arm[64];
	EdgeClimate climate;
} TrialFirst;
#define TRIAL_FIRSTS_MAX 16

typedef struct Trial {
	RecordOut *out; /* borrowed, as is everything here */
	int condition;  /* of the experiment, for the records; −1: it has no factors */
	Control *control;
	int edge_fd;         /* -1: no meter */
	EdgeHandles handles; /* counters that are read here; none: the meter reads them */
	const Counters *counters;
	const EnergySource
		*model; /* prices windows when the meter measures nothing; NULL: time only */
	const EnergyProfile *profile; /* what the model "profile" prices by; NULL: none */
	Pool *pool;
	KernelWish wish;
	LowerRule rule;
	const json_t *choices; /* {"arm":["csr-avx512","dense-blas"]}: kernels, or forms, decided by
				  an earlier trial, forced here; or NULL */
	const json_t *cache;   /* {key: [kernels]}: measured on this machine before; or NULL */
	const char *scratch;   /* folder for files; saved models are written there, loaded back and
				  removed */
	int status_fd;         /* /proc/self/status, for the peak of memory; -1: not known */
	uint32_t next_edge;
	IdlePower idle; /* the last span; watts NaN until trial_idle measured them */
	TrialPending pending[TRIAL_PENDING_MAX]; /* since then */
	size_t pendings;
	double windows_s; /* that windows have taken since then */
	const json_t
		*firsts; /* {"arm":{"temperature_c","frequency_hz"}}: of the run's first windows,
				 where another process measured them; or NULL */
	TrialFirst first[TRIAL_FIRSTS_MAX];
	size_t first_count;
	size_t log_bytes; /* that the script logged */
	uint64_t begun;   /* arms that began so far: building one again is a new beginning */
	char arm[64]; /* the arm that is being built or measured, for the records; "" while setting
			 up */
} Trial;

void trial_init(Trial *trial, RecordOut *out, Control *control);

/* {"type":"arm-begin","arm"}; names the arm for what follows. */
bool trial_arm_begin(Trial *trial, const char *arm, Err *err);

/* A watch that writes an epoch record for each report:
 * {"arm","what","model","behind","epoch","epochs","loss","accuracy","valid_accuracy","time_s"}, and of
 * the watched rows the accuracy by the name of trial_watch_name. */
typedef struct TrialWatch {
	FitWatch watch; /* first member */
	Trial *trial;
	const Model *model;
	const Rows *watched; /* NULL: none; scored after each epoch, outside its time */
	const char *what;    /* "fit", "prune": what is training */
	bool validates;      /* they were held out to validate, and the training rows were not */
	double accuracy;     /* of the watched rows in the last epoch; NaN: there is none */
} TrialWatch;
void trial_watch_init(TrialWatch *watch, Trial *trial, const Model *model, const Rows *watched,
		      const Rows *train, const char *what);
/* What their accuracy is called beside those of the report: "test_accuracy" of test rows,
 * "valid_accuracy" of rows that validate where the fit has none, otherwise "watch_accuracy". */
const char *trial_watch_name(const TrialWatch *watch, const FitEpoch *report);

/* Lowers model into a program for `batch` rows. form: "auto", or a form of kernel.h, forced for
 * all layers that have a kernel of it; ERR_ARGUMENT when no layer has, or one cannot take it.
 * "auto": a pruned or quantized model runs, layer by layer, by whatever kernel is fastest, by the
 * trial's rule; a choice that was made before for the same machine, shapes, sparsity and batch is
 * taken from the cache, unless the wish names kernels. "auto" never picks bf16, which changes the
 * numbers: only "bf16" does. Writes a lowering record:
 * {"arm","batch","forms":[…],"kernels":[…],"steps":[…], "why":text}, with a "key" when the choice
 * was measured and may be kept. A forced form that is slower than dense says so in why. */
Program *trial_lower(Trial *trial, const Model *model, const char *form, size_t batch, Err *err);
/* The same for one thread, however many the trial has. */
Program *trial_lower_alone(const Trial *trial, const Model *model, const char *form, size_t batch,
			   Err *err);

/* Measures idle power for seconds (polls control) and writes an idle record: {"begin_ns","end_ns",
 * "watts","u_watts","noise_w2s","samples","source","scope"}. Does nothing, and says so in a log
 * record, when no sensor measures; nothing at all for 0 seconds. The windows that follow are taken
 * to have had this idle power. */
bool trial_idle(Trial *trial, double seconds, Err *err);
/* The same after windows, between or behind them: each window since the last span gets a net
 * record, {"arm","block","attempt","energy_net","energy_attributed"}, with the idle power
 * interpolated between the two spans, in place of what its window record says. Does nothing where
 * the last span measured nothing, or no window followed it. */
bool trial_idle_again(Trial *trial, double seconds, Err *err);
/* Whether windows have gone on for so long that a span between them is worth its time: for ten
 * times as long as it takes, or for TRIAL_PENDING_MAX / 2 windows. */
bool trial_idle_due(const Trial *trial, double seconds);
/* energy_net and energy_attributed of a window, by the idle power at its middle, into a record. */
void trial_put_net(json_t *record, const TrialPending *window, const IdlePower *idle);
/* {key: joules}, or {key: null, key_why: why} where there are none. */
void trial_put_joules(json_t *record, const char *key, const Joules *joules, const char *why);

/* What making an arm cost: set-up and the arm's function. */
typedef struct TrialBuild {
	size_t spans; /* that were added; 0: it is not known, because of why, if that is told */
	double time_s;
	Joules energy;   /* value NaN: not known, because of … */
	const char *why; /* static */
} TrialBuild;
/* Marks the beginning of a span of building; trial_build_end adds the span to build, which is all 0
 * before the first. Joules are those of the meter, else of the model, as in a window; the gates do
 * not judge them. */
typedef struct TrialMark {
	TrialEdge edge;
	int64_t begin_ns;
} TrialMark;
bool trial_build_begin(Trial *trial, TrialMark *mark, Err *err);
bool trial_build_end(Trial *trial, const TrialMark *mark, TrialBuild *build, Err *err);

/* "condition", where the experiment has factors. Every record that is of an arm has it. */
void trial_put_condition(const Trial *trial, json_t *record);

/* One measured window: passes of body (each sets *items to the predictions it made) until
 * window_s is over, between two edges. Records of the body are held back. Writes a window record.
 * A window of a second or more, of a block that counts, is CONTENDED when it is warmer, or the
 * processor slower or faster, than in the arm's first one. *flags gets the ENERGY_ flags; a
 * flagged window's block should be repeated. At least one pass; the time is that of whole passes
 * only. */
typedef bool (*TrialBody)(void *user, uint64_t *items, Err *err);
typedef struct TrialWindow {
	const char *arm;
	int block;   /* negative: warm-up */
	int attempt; /* 0, 1, … */
	double window_s;
	const EnergyItem *item;  /* what one item is, for models; NULL: not known */
	const TrialBuild *build; /* for the trial record; NULL: not built by an experiment */
} TrialWindow;
bool trial_window(Trial *trial, const TrialWindow *window, TrialBody body, void *user,
		  uint32_t *flags, Err *err);

/* What predicting one row is, in a whole batch: the multiply-adds of its kernels, and the bytes
 * that its steps read and write. */
bool trial_item(const Program *program, EnergyItem *out, Err *err);
/* What a window did: items of a kind (NULL: of an unknown one) between two samples of the
 * counters. */
void trial_work(const Trial *trial, const EnergyItem *item, uint64_t items, double time_s,
		const CounterSample *begin, const CounterSample *end, EnergyWork *out);
/* {"macs":{"f32",…},"bytes","faults","switches"}, what is not known null with its reason. New
 * reference, NULL when memory is short. */
json_t *trial_work_json(const EnergyWork *work);

/* Scores the program's last predictions against rows and writes a trial record: accuracy with its
 * 95 % Wilson interval, what it was scored on, hits, macs, size_bytes (0: not known), and what it
 * ran with: batch, threads, the most memory that this process has held so far. */
bool trial_score(Trial *trial, const TrialWindow *window, uint64_t seed, const Program *program,
		 const Rows *rows, uint64_t size_bytes, Err *err);

/* Calls that a 99th percentile takes, none of them over it, to be claimed with 99 % confidence:
 * stats_tail_calls(0, 0.99, 0.99), which a test holds to. With fewer it is not told. */
#define TRIAL_P99_CALLS 459

/* How fast the model is, lowered to the forms of program, at 1, 64 and 256 rows a call: times a few
 * calls of each on rows and writes a speed record. For people: nothing is compared by it, that is
 * what windows are for. A batch at which it cannot run says why. */
bool trial_speed(Trial *trial, const Model *model, const Program *program, const Rows *rows,
		 Err *err);

/* Writes the trial record of an arm whose training diverged: it has no window, and nothing but its
 * place, its seed and "diverged" is known. */
bool trial_diverged(Trial *trial, const TrialWindow *window, uint64_t seed, Err *err);

/* Saves the model to the scratch folder, loads it back, lowers it with the program's forms,
 * predicts rows again and compares: a size is only reported of a file that reproduces every class.
 * ERR_INTERNAL when it does not. */
bool trial_saved_size(Trial *trial, const Model *model, const Program *program, const Rows *rows,
		      uint64_t *bytes, Err *err);

/* {"type":"dataset","name","rows","train_rows","test_rows","features","classes","sha256","from",
 * "skipped"}: what was really loaded. */
bool trial_dataset(Trial *trial, const Dataset *set, Err *err);

/* {"type":"log","text"}: a notice for people. A script's own are cut behind TRIAL_LOG_BYTES_MAX
 * bytes, which is told once. */
#define TRIAL_LOG_BYTES_MAX 65536u
bool trial_script_log(Trial *trial, const char *text, Err *err);
bool trial_log(Trial *trial, Err *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif

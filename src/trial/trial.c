/* The equipment of a run: its records of arms, epochs and notices.
 * SPDX-License-Identifier: MIT */
#include "trial/trial.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "num/cpu.h"

void trial_init(Trial *trial, RecordOut *out, Control *control)
{
	*trial = (Trial){
		.out = out,
		.condition = -1,
		.control = control,
		.edge_fd = -1,
		.status_fd = -1,
		.wish = { .features = cpu_features() },
		.idle = { .watts = NAN, .u_watts = NAN },
	};
}

static json_t *trial_record(const Trial *trial, const char *type)
{
	return record_new(type, record_out_origin(trial->out));
}

void trial_put_condition(const Trial *trial, json_t *record)
{
	if (trial->condition >= 0)
		json_object_set_new(record, "condition", json_integer(trial->condition));
}

bool trial_arm_begin(Trial *trial, const char *arm, Err *err)
{
	text_format(trial->arm, sizeof trial->arm, "%s", arm);
	trial->begun++;
	json_t *record = trial_record(trial, "arm-begin");
	json_object_set_new(record, "arm", json_string(trial->arm));
	trial_put_condition(trial, record);
	return record_out_put(trial->out, record, err);
}

bool trial_dataset(Trial *trial, const Dataset *set, Err *err)
{
	json_t *record = trial_record(trial, "dataset");
	json_object_set_new(record, "name", json_string(set->name));
	json_object_set_new(record, "train_rows", json_integer((json_int_t)set->train_rows));
	json_object_set_new(record, "test_rows",
			    json_integer((json_int_t)(set->rows - set->train_rows)));
	json_object_set_new(record, "features", json_integer((json_int_t)set->features));
	json_object_set_new(record, "classes", json_integer((json_int_t)set->classes));
	json_object_set_new(record, "sha256", json_string(set->sha256));
	json_object_set_new(record, "from", json_string(set->from));
	if (set->skipped[0])
		json_object_set_new(record, "skipped", json_string(set->skipped));
	return record_out_put(trial->out, record, err);
}

#define LOG_TEXT_MAX 1024 /* bytes of a notice */

bool trial_script_log(Trial *trial, const char *text, Err *err)
{
	size_t len = strnlen(text, LOG_TEXT_MAX);
	if (trial->log_bytes > TRIAL_LOG_BYTES_MAX)
		return true;
	trial->log_bytes += len + 1;
	if (trial->log_bytes <= TRIAL_LOG_BYTES_MAX)
		return trial_log(trial, err, "%s", text);
	return trial_log(trial, err, "the script has logged %u bytes; the log is cut here",
			 TRIAL_LOG_BYTES_MAX);
}

bool trial_log(Trial *trial, Err *err, const char *format, ...)
{
	char text[LOG_TEXT_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	char clean[2048];
	text_clean(clean, sizeof clean, text, strlen(text));
	json_t *record = trial_record(trial, "log");
	json_object_set_new(record, "text", json_string(clean));
	return record_out_put(trial->out, record, err);
}

const char *trial_watch_name(const TrialWatch *watch, const FitEpoch *report)
{
	const Rows *rows = watch->watched;

	if (rows && rows->test)
		return "test_accuracy";
	return watch->validates && isnan(report->valid_accuracy) ? "valid_accuracy"
								 : "watch_accuracy";
}

/* Accuracy of the model as it stands, by the dense kernels: a curve for people, outside the
 * epoch's time. */
static bool watch_accuracy(TrialWatch *watch, double *accuracy, Err *err)
{
	ProgramOptions options = { .batch = 64,
				   .wish = watch->trial->wish,
				   .pool = watch->trial->pool };
	Program *program = program_new(watch->model, &options, err);
	if (!program)
		return false;
	bool ok = program_predict(program, watch->watched, NULL, watch->trial->control, err);
	if (ok) {
		size_t count;
		*accuracy =
			program_accuracy(program_classes(program, &count), watch->watched, NULL);
	}
	program_free(program);
	return ok;
}

static void set_real(json_t *record, const char *key, double value)
{
	if (isfinite(value))
		json_object_set_new(record, key, json_real(value));
}

static bool watch_epoch(FitWatch *self, const FitEpoch *report, Err *err)
{
	TrialWatch *watch = (TrialWatch *)self;
	bool shown = watch->watched && !watch->model->numbers && !watch->model->kind->by_data;

	if (shown && !watch_accuracy(watch, &watch->accuracy, err))
		return false;
	json_t *record = trial_record(watch->trial, "epoch");
	json_object_set_new(record, "arm", json_string(watch->trial->arm));
	trial_put_condition(watch->trial, record);
	json_object_set_new(record, "what", json_string(watch->what));
	json_object_set_new(record, "model", json_string(watch->model->kind->info.name));
	json_object_set_new(record, "behind", json_integer((json_int_t)report->behind));
	json_object_set_new(record, "epoch", json_integer((json_int_t)report->epoch));
	json_object_set_new(record, "epochs", json_integer((json_int_t)report->epochs));
	set_real(record, "loss", report->loss);
	set_real(record, "accuracy", report->accuracy);
	set_real(record, "valid_loss", report->valid_loss);
	set_real(record, "valid_accuracy", report->valid_accuracy);
	set_real(record, trial_watch_name(watch, report), watch->accuracy);
	set_real(record, "time_s", report->time_s);
	return record_out_put(watch->trial->out, record, err);
}

void trial_watch_init(TrialWatch *watch, Trial *trial, const Model *model, const Rows *watched,
		      const Rows *train, const char *what)
{
	*watch = (TrialWatch){
		.watch = { .epoch = watch_epoch },
		.trial = trial,
		.model = model,
		.watched = watched,
		.validates = watched && watched->valid && !(train && train->valid),
		.what = what,
		.accuracy = NAN,
	};
}

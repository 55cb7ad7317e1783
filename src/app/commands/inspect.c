/* wattle inspect: the layers of a model, and the steps of the program that it becomes.
 * SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/flags.h"
#include "app/session/launch.h"
#include "app/model_operand.h"
#include "app/run/output.h"
#include "app/session/session.h"
#include "base/record.h"
#include "base/text.h"

static const Param inspect_params[] = {
	{ .name = "program",
	  .type = PARAM_FLAG,
	  .value = "false",
	  .help = "Lower it: each step with its kernel, multiply-adds, bytes and time." },
	FLAG_BATCH(.unit = "N", .value = "64", .help = "Rows that the program takes at once."),
	FLAG_KERNEL(.help = "auto, scalar, avx2, avx512, or kernel names joined by commas."),
	FLAG_PRECISION(.value = "auto", .help = "int8 quantizes and sparse prunes what is not so "
						"yet; auto takes the model as it "
						"is."),
	FLAG_SPARSITY,
	{ .name = "layers",
	  .type = PARAM_TEXT,
	  .unit = "LAYERS",
	  .help = "Of mlp (784,300,100,10) and network (\"dense 300; relu; dense 10\")." },
	{ .name = "input",
	  .type = PARAM_TEXT,
	  .unit = "SHAPE",
	  .help = "Of network: features, or height,width, or channels,height,width." },
	FLAG_THREADS(.unit = "N", .help = "Threads of the engine; single steps are timed on one."),
	FLAG_SEED(.value = "1", .unit = "N", .help = "Of initial weights and of the rows."),
	{ 0 },
};

/* The job's records as they come. */
typedef struct Inspection {
	const Cli *cli;
	json_t *record; /* owned */
	char why[512];  /* of the lowering */
} Inspection;

static bool take_record(void *user, const json_t *record, Err *err)
{
	Inspection *self = user;
	const char *type = json_string_value(json_object_get(record, "type"));
	const char *why = json_string_value(json_object_get(record, "why"));
	(void)err;
	if (strcmp(type, "inspect") == 0) {
		json_decref(self->record);
		self->record = json_incref((json_t *)(uintptr_t)record);
	} else if (strcmp(type, "lowering") == 0 && why) {
		text_format(self->why, sizeof self->why, "%s", why);
	} else if (strcmp(type, "log") == 0 && !params_get(&self->cli->common, "quiet")->flag) {
		output_progress(stderr, record);
	}
	return true;
}

/* --- tables for people ------------------------------------------------------------------------ */

static long long integer_of(const json_t *json, const char *key)
{
	return json_integer_value(json_object_get(json, key));
}

/* "1 x 28 x 28", or "784". */
static const char *shape_text(const json_t *shape, char *out, size_t cap)
{
	long long size[3];
	for (size_t i = 0; i < 3; i++)
		size[i] = json_integer_value(json_array_get(shape, i));
	if (size[1] == 1 && size[2] == 1)
		text_format(out, cap, "%lld", size[0]);
	else
		text_format(out, cap, "%lld x %lld x %lld", size[0], size[1], size[2]);
	return out;
}

static void show_layers(const json_t *record)
{
	const json_t *layers = json_object_get(record, "layers");
	char shape[80], count[32];
	size_t i;
	json_t *layer;
	text_printf(stdout, "%s (%s), input %s\n\n", record_text(record, "model"),
		    record_text(record, "kind"),
		    shape_text(json_object_get(record, "input"), shape, sizeof shape));
	text_printf(stdout, "%5s  %-32s %-16s %12s %12s\n", "layer", "", "outputs", "parameters",
		    "not 0");
	json_array_foreach(layers, i, layer)
	{
		text_printf(stdout, "%5lld  %-32s %-16s", integer_of(layer, "layer"),
			    record_text(layer, "line"),
			    shape_text(json_object_get(layer, "out"), shape, sizeof shape));
		text_printf(stdout, " %12s",
			    text_thousands(count, (uint64_t)integer_of(layer, "parameters")));
		text_printf(stdout, " %12s\n",
			    text_thousands(count, (uint64_t)integer_of(layer, "nonzero")));
	}
	text_printf(stdout, "\n%s parameters",
		    text_thousands(count, (uint64_t)integer_of(record, "parameters")));
	text_printf(stdout, ", a file of %s bytes\n",
		    text_thousands(count, (uint64_t)integer_of(record, "size_bytes")));
}

static void show_program(const Inspection *self)
{
	const json_t *steps = json_object_get(self->record, "steps");
	char count[32];
	size_t i;
	json_t *step;
	if (!steps)
		return;
	text_printf(stdout, "\nprogram at batch %lld, %lld thread(s): %s\n\n",
		    integer_of(self->record, "batch"), integer_of(self->record, "threads"),
		    self->why);
	text_printf(stdout, "%-18s %-18s %-28s %13s %10s %10s %6s\n", "step", "kernel", "shape",
		    "multiply-adds", "bytes", "us", "share");
	json_array_foreach(steps, i, step)
	{
		text_printf(stdout, "%-18s %-18s %-28s %13s", record_text(step, "step"),
			    record_text(step, "kernel"), record_text(step, "shape"),
			    text_thousands(count, (uint64_t)integer_of(step, "macs")));
		text_printf(stdout, " %10s %10.2f %5.1f%%\n",
			    text_thousands(count, (uint64_t)integer_of(step, "bytes")),
			    json_number_value(json_object_get(step, "time_us")),
			    100 * json_number_value(json_object_get(step, "share")));
	}
	text_printf(stdout, "\n%s multiply-adds a row",
		    text_thousands(count, (uint64_t)integer_of(self->record, "macs")));
	text_printf(stdout, ", %s bytes of weights, %.2f us a batch\n",
		    text_thousands(count, (uint64_t)integer_of(self->record, "weight_bytes")),
		    json_number_value(json_object_get(self->record, "p50_us")));
}

static bool put_results(const Inspection *self, Err *err)
{
	if (!params_get(&self->cli->common, "json")->flag) {
		show_layers(self->record);
		show_program(self);
		return true;
	}
	RecordOut *json = record_out_new(STDOUT_FILENO, 0, err);
	if (*self->why)
		json_object_set_new(self->record, "why", json_string(self->why));
	bool ok = json && output_json(json, self->record, err);
	record_out_free(json);
	return ok;
}

/* --- the job ---------------------------------------------------------------------------------- */

static json_t *options_json(const Inspection *self, const char *model)
{
	const Params *flags = &self->cli->flags;
	json_t *json = json_object();
	json_object_set_new(json, "model", json_string(model));
	json_object_set_new(json, "file", json_boolean(model_is_file(model)));
	json_object_set_new(json, "program", json_boolean(params_get(flags, "program")->flag));
	json_object_set_new(json, "batch", json_integer(params_get(flags, "batch")->integer));
	json_object_set_new(json, "seed", json_integer(params_get(flags, "seed")->integer));
	json_object_set_new(json, "sparsity", json_real(params_get(flags, "sparsity")->number));
	json_object_set_new(json, "precision", json_string(params_get(flags, "precision")->text));
	if (params_get(flags, "layers")->given)
		json_object_set_new(json, "layers", json_string(params_get(flags, "layers")->text));
	if (params_get(flags, "input")->given)
		json_object_set_new(json, "input", json_string(params_get(flags, "input")->text));
	return json;
}

static bool run_job(Inspection *self, const char *model, int fd, Err *err)
{
	const Params *flags = &self->cli->flags;
	Session session = { .take = take_record, .user = self };
	json_t *data = json_array(), *options = options_json(self, model);
	Job job = { .kind = JOB_INSPECT,
		    .script = "inspect",
		    .kernel = params_get(flags, "kernel")->text,
		    .energy = "none",
		    .threads = (unsigned)params_get(flags, "threads")->integer,
		    .data = data,
		    .inspect = options };
	bool ok = session_once(&session, self->cli->paths, &job, fd, err);
	json_decref(options);
	json_decref(data);
	return ok;
}

/* What is asked of the program asks for the program. */
static bool check_flags(const Params *flags, Err *err)
{
	static const char *const of_program[] = { "batch", "kernel", "precision", "sparsity",
						  "threads" };
	for (size_t i = 0; i < sizeof of_program / sizeof *of_program; i++)
		if (params_get(flags, of_program[i])->given && !params_get(flags, "program")->flag)
			return err_set(err, ERR_USAGE, "--%s goes with --program", of_program[i]);
	return true;
}

static int inspect_command(const Cli *cli, Err *err)
{
	Inspection self = { .cli = cli };
	int fd = -1;
	bool ok = check_flags(&cli->flags, err) && model_open(cli->operand[0], &fd, err) &&
		  run_job(&self, cli->operand[0], fd, err);
	if (ok && !self.record)
		ok = err_set(err, ERR_INTERNAL, "the worker ended without an inspect record");
	ok = ok && put_results(&self, err);
	json_decref(self.record);
	if (fd >= 0)
		close(fd);
	return ok ? 0 : err_exit_status(err->code);
}

const Command command_inspect = {
	.info = { .name = "inspect",
		  .title = "Inspect",
		  .about = "Show the layers of a model, and each step of the program it becomes.",
		  .params = inspect_params },
	.synopsis = "MODEL",
	.operands_min = 1,
	.operands_max = 1,
	.run = inspect_command,
};

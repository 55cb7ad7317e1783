/* wattle run FILE.lua: an experiment script, from its plan to its verdicts.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "app/command.h"
#include "app/experiment.h"
#include "app/launch.h"
#include "app/output.h"
#include "base/text.h"

static const Param run_params[] = {
	{ .name = "seed", .type = PARAM_INT, .minimum = 0, .maximum = 9007199254740992.0,
	  .help = "First seed, instead of the script's." },
	{ .name = "set", .type = PARAM_PAIRS, .help = "Change a parameter of the script, or design.KEY; may be repeated." },
	{ .name = "kernel", .type = PARAM_TEXT, .value = "auto", .unit = "K",
	  .help = "auto, scalar, avx2, avx512, or kernel names joined by commas (wattle list kernels)." },
	{ .name = "threads", .type = PARAM_INT, .value = "1", .minimum = 1, .maximum = 256, .help = "Threads of the engine." },
	{ .name = "batch", .type = PARAM_INT, .minimum = 1, .maximum = 65536, .help = "Rows of a batch, instead of the script's." },
	{ .name = "energy", .type = PARAM_TEXT, .value = "auto", .unit = "NAME",
	  .help = "auto, none, or a source of wattle list sources." },
	{ .name = "time-limit", .type = PARAM_TIME, .minimum = 0.01, .maximum = 1e7, .help = "End the run after this time." },
	{ .name = "max-memory", .type = PARAM_SIZE, .minimum = 67108864, .maximum = 1e15,
	  .help = "Memory of a worker (min of 4 GiB and half of the machine's)." },
	{ .name = "out", .type = PARAM_TEXT, .unit = "FILE", .help = "Write the records to a file, too." },
	{ 0 },
};

/* Where the records of this run go. */
typedef struct RunOutput {
	bool quiet;
	RecordOut *json, *file; /* --json, --out; NULL: not asked for */
} RunOutput;

static bool take_record(void *user, const json_t *record, Err *err)
{
	RunOutput *output = user;
	if (!output->json && !output->quiet)
		output_progress(stderr, record);
	return output_json(output->file, record, err) && output_json(output->json, record, err);
}

/* Opened once; a link may lead to it, but it must be a regular file. Its checksum goes into the records. */
static int open_script(const char *path, char sha256[65], Err *err)
{
	struct stat status;
	struct sha256_ctx context;
	uint8_t bytes[16384], digest[SHA256_DIGEST_SIZE];
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		err_set(err, ERR_SCRIPT, "cannot open the script %s: %s", path, fd < 0 ? strerror(errno) : "not a regular file");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	sha256_init(&context);
	while ((got = read(fd, bytes, sizeof bytes)) > 0)
		sha256_update(&context, (size_t)got, bytes);
	sha256_digest(&context, sizeof digest, digest);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(sha256 + 2 * i, 3, "%02x", digest[i]);
	return fd;
}

static void fill_job(const Cli *cli, Job *job, json_t *data, json_t *overrides)
{
	const Params *flags = &cli->flags;
	*job = (Job){
		.script = cli->operand[0],
		.kernel = params_get(flags, "kernel")->text,
		.energy = params_get(flags, "energy")->text,
		.seed_given = params_get(flags, "seed")->given,
		.seed = (uint64_t)params_get(flags, "seed")->integer,
		.threads = (unsigned)params_get(flags, "threads")->integer,
		.batch = params_get(flags, "batch")->given ? (size_t)params_get(flags, "batch")->integer : 0,
		.memory_bytes = params_get(flags, "max-memory")->given ? params_get(flags, "max-memory")->bytes : 0,
		.set = json_object_get(cli->pairs, "set"),
		.data = data,
		.overrides = overrides,
	};
}

static int run_script(const Cli *cli, RunOutput *output, Err *err)
{
	char sha256[65] = "";
	const ParamValue *limit = params_get(&cli->flags, "time-limit");
	Results *results = results_new(err);
	int fd = results ? open_script(cli->operand[0], sha256, err) : -1;
	if (fd < 0) {
		results_free(results);
		return err_exit_status(err->code);
	}
	json_t *data = paths_data_folders(cli->paths), *overrides = launch_overrides();
	ExperimentOptions options = {
		.paths = cli->paths,
		.script_fd = fd,
		.script_sha256 = sha256,
		.energy = params_get(&cli->flags, "energy")->text,
		.time_limit_s = limit->given ? limit->number : 0,
		.take = take_record,
		.user = output,
	};
	fill_job(cli, &options.job, data, overrides);
	int status = experiment_run(&options, results, err);
	if (!output->json)
		output_summary(stdout, results);
	results_free(results);
	json_decref(data);
	json_decref(overrides);
	close(fd);
	return status;
}

/* Records to a new file: an old one is never overwritten. */
static bool open_out(RunOutput *output, const char *path, int *fd, Err *err)
{
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (*fd < 0)
		return err_set(err, ERR_FILE, "cannot create %s: %s", path, strerror(errno));
	output->file = record_out_new(*fd, 0, err);
	return output->file != NULL;
}

static int run_run(const Cli *cli, Err *err)
{
	const ParamValue *out = params_get(&cli->flags, "out");
	RunOutput output = { .quiet = params_get(&cli->common, "quiet")->flag };
	int fd = -1, status;
	bool ok = !out->given || open_out(&output, out->text, &fd, err);
	if (ok && params_get(&cli->common, "json")->flag)
		ok = (output.json = record_out_new(STDOUT_FILENO, 0, err)) != NULL;
	status = ok ? run_script(cli, &output, err) : err_exit_status(err->code);
	record_out_free(output.json);
	record_out_free(output.file);
	if (fd >= 0 && close(fd) != 0 && !err_set(err, ERR_FILE, "cannot write %s: %s", out->text, strerror(errno)))
		status = err_exit_status(err->code);
	return status;
}

const Command command_run = {
	.info = { .name = "run", .title = "Run a script", .about = "Run an experiment: train, race, say what the race shows.",
		.params = run_params },
	.synopsis = "FILE.lua",
	.operands_min = 1,
	.operands_max = 1,
	.run = run_run,
};

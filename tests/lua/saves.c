/* model:save in workers of one run: what each leaves in its scratch folder, what it tells, and what
 * it leaves to another worker that saved before it.
 * SPDX-License-Identifier: MIT */
#include "host.h"

#include <string.h>
#include <sys/stat.h>

#include "lab/saved.h"
#include "model/file.h"

#define SCRIPT                                                                                  \
	"local w = require 'wattle'\n"                                                          \
	"return w.experiment { api = 1, name = 'x', seeds = { 1, 2 }, build = 'block',\n"       \
	"  needs = { dataset = 'digits' },\n"                                                   \
	"  setup = function(c)\n"                                                               \
	"    local d = w.data.load(c.dataset, { rows = 200 })\n"                                \
	"    return { data = d, seed = c.seed } end,\n"                                         \
	"  arms = { { 'a', function(s)\n"                                                       \
	"      local m = w.model.mlp { layers = { s.data.inputs, 3, s.data.classes }, seed = s.seed }\n" \
	"      m:save 'x.model'\n"                                                              \
	"      print(m:bytes())\n"                                                              \
	"      return m end },\n"                                                               \
	"    { 'b', function(s)\n"                                                              \
	"      local m = w.model.mlp { layers = { s.data.inputs, 2, s.data.classes } }\n"       \
	"      m:save('x-' .. s.seed .. '.model')\n"                                            \
	"      return m end } },\n"                                                             \
	"  design = { warmup = 0, blocks = 2, window = 0.001, idle = 0 } }\n"

static int failed;

static void require(bool fine, const char *what)
{
	printf("%s %s\n", fine ? "ok  " : "FAIL", what);
	failed += !fine;
}

/* One worker: that arm of that block. The file of records is rewound. */
static bool work(Host *host, const json_t *saved, int block, size_t arm, Err *err)
{
	ScriptOptions options = {
		.name = "saves.lua",
		.text = SCRIPT,
		.len = sizeof SCRIPT - 1,
		.memory_bytes = SCRIPT_MEMORY_DEFAULT,
		.data = &host->paths,
		.trial = &host->trial,
		.saved = saved,
	};
	Script *script;
	bool fine;

	host_clear(host);
	if (ftruncate(host->file, 0) != 0 || lseek(host->file, 0, SEEK_SET) != 0)
		return false;
	script = script_open(&options, err);
	fine = script && script_run_trial(script, block, 0, arm, err);
	script_close(script);
	return fine && lseek(host->file, 0, SEEK_SET) == 0;
}

/* The saved record and the number that the script printed. */
static json_t *told(const Host *host, json_int_t *printed)
{
	json_t *record, *saved = NULL;
	Err err;
	RecordIn *in = record_in_new(host->file, &err);

	*printed = 0;
	while (in && record_in_next(in, &record, &err) == RECORD_GOT) {
		if (record_is(record, "type", "saved"))
			saved = json_incref(record);
		if (record_is(record, "type", "log") && !*printed)
			*printed = atoll(record_text(record, "text"));
		json_decref(record);
	}
	record_in_free(in);
	return saved;
}

static json_int_t file_size(const Host *host, const char *name)
{
	char path[256];
	struct stat status;

	snprintf(path, sizeof path, "%s/" SAVED_PREFIX "%s", host->scratch, name);
	return stat(path, &status) == 0 ? (json_int_t)status.st_size : -1;
}

static void check_first(Host *host)
{
	char path[256];
	json_int_t printed;
	Err err;

	require(work(host, NULL, 0, 0, &err), "the arm saves");
	json_t *saved = told(host, &printed);

	require(saved && record_is(saved, "name", "x.model") && record_is(saved, "arm", "a") &&
			!json_object_get(saved, "condition"),
		"what was saved is told");
	require(printed > 0 && file_size(host, "x.model") == printed &&
			json_integer_value(json_object_get(saved, "size_bytes")) == printed,
		"the file has the bytes that :bytes() says");
	snprintf(path, sizeof path, "%s/" SAVED_PREFIX "x.model", host->scratch);
	Model *model = model_load(path, &err);

	require(model != NULL, "it loads");
	model_free(model);
	json_decref(saved);
}

/* Another worker of the run has saved that. */
static void check_other(Host *host, const char *by, int condition, const char *message)
{
	json_t *saved = json_pack("{s:{s:s, s:I}}", "x.model", "arm", by, "size_bytes",
				  (json_int_t)1000);
	json_int_t printed;
	Err err = { .text = "" };

	if (condition >= 0)
		json_object_set_new(json_object_get(saved, "x.model"), "condition",
				    json_integer(condition));
	bool fine = work(host, saved, 1, 0, &err);
	json_t *record = told(host, &printed);

	if (message)
		require(!fine && strstr(err.text, message), message);
	else
		require(fine && !record && file_size(host, "x.model") < 0,
			"a later block leaves the file of the first");
	json_decref(record);
	json_decref(saved);
}

static void check_seeds(Host *host)
{
	json_t *saved = json_pack("{s:{s:s, s:I}}", "x-1.model", "arm", "b", "size_bytes",
				  (json_int_t)1000);
	Err err;

	require(work(host, saved, 1, 1, &err) && file_size(host, "x-2.model") > 0,
		"a name with the seed in it is another name");
	json_decref(saved);
}

static void check_limits(Host *host)
{
	json_t *saved = json_pack("{s:{s:s, s:I}}", "big.model", "arm", "a", "size_bytes",
				  (json_int_t)(SAVED_BYTES_MAX - 100));
	char name[32];
	Err err;

	require(!work(host, saved, 0, 0, &err) && err.code == ERR_LIMIT &&
			strstr(err.text, "that the models of a run may take 100 are left") &&
			strstr(err.text, "saves.lua:9: save: 'x.model'"),
		"all models of a run have a limit");
	require(file_size(host, "x.model") < 0, "what is too much is not there");
	json_object_clear(saved);
	for (int i = 0; i < SAVED_FILES_MAX; i++) {
		snprintf(name, sizeof name, "%d.model", i);
		json_object_set_new(saved, name, json_pack("{s:s}", "arm", "a"));
	}
	require(!work(host, saved, 0, 0, &err) && strstr(err.text, "at most 64 models"),
		"so has their number");
	json_decref(saved);
}

static void check_full(Host *host)
{
	Err err;

	host->trial.scratch = "/tmp/wattle-no-such-folder/x";
	require(!work(host, NULL, 0, 0, &err) &&
			strstr(err.text, "saves.lua:9: save: 'x.model': cannot write the model"),
		"a folder that takes nothing is an error of that line");
	host->trial.scratch = host->scratch;
}

int main(void)
{
	static Host host;
	int file = open("/tmp", O_RDWR | O_TMPFILE, 0600);

	if (!host_begin(&host, file))
		return 1;
	check_first(&host);
	check_other(&host, "a", -1, NULL);
	check_other(&host, "b", -1, "'x.model' was saved before, by 'b'");
	check_other(&host, "a", 2, "'x.model' was saved before, by 'a'");
	check_seeds(&host);
	check_limits(&host);
	check_full(&host);
	host_end(&host);
	close(file);
	return failed > 0;
}

/* Scores: accuracy with the rows it got right, and the bytes of a file that proves to hold the
 * model.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/base64.h>
#include <nettle/sha2.h>

#include "base/share.h"
#include "base/status.h"
#include "base/text.h"
#include "model/file.h"
#include "trial/trial.h"

/* One bit a row as base64 text; NULL when memory is short. */
static json_t *hits_json(const uint8_t *hits, size_t bytes)
{
	char *text = malloc(BASE64_ENCODE_RAW_LENGTH(bytes) + 1);
	if (!text)
		return NULL;
	base64_encode_raw(text, bytes, hits);
	json_t *json = json_stringn(text, BASE64_ENCODE_RAW_LENGTH(bytes));
	free(text);
	return json;
}

/* "sha256" of the dataset's content and the numbers of the rows in their order: two trials on the
 * same rows have the same. */
static void rows_sum(const Rows *rows, char out[2 * SHA256_DIGEST_SIZE + 1])
{
	struct sha256_ctx context;
	uint8_t digest[SHA256_DIGEST_SIZE];
	sha256_init(&context);
	sha256_update(&context, strlen(rows->set->sha256), (const uint8_t *)rows->set->sha256);
	for (size_t i = 0; i < rows->count; i++) {
		uint64_t number = rows_at(rows, i);
		uint8_t bytes[8];
		for (size_t k = 0; k < sizeof bytes; k++)
			bytes[k] = (uint8_t)(number >> 8 * k);
		sha256_update(&context, sizeof bytes, bytes);
	}
	sha256_digest(&context, sizeof digest, digest);
	text_hex(out, digest, sizeof digest);
}

static json_t *trial_new(const Trial *trial, const TrialWindow *window, uint64_t seed)
{
	json_t *record = record_new("trial", record_out_origin(trial->out));
	uint64_t peak = trial->status_fd >= 0 ? status_bytes(trial->status_fd, "VmHWM:") : 0;
	json_object_set_new(record, "arm", json_string(window->arm));
	json_object_set_new(record, "block", json_integer(window->block));
	json_object_set_new(record, "attempt", json_integer(window->attempt));
	trial_put_condition(trial, record);
	json_object_set_new(record, "seed", json_integer((json_int_t)seed));
	if (peak)
		json_object_set_new(record, "peak_rss_bytes", json_integer((json_int_t)peak));
	else
		record_absent(record, "peak_rss_bytes", "/proc/self/status cannot be read");
	return record;
}

bool trial_diverged(Trial *trial, const TrialWindow *window, uint64_t seed, Err *err)
{
	static const char *const keys[] = { "accuracy",   "accuracy_low",   "accuracy_high",
					    "dataset",    "dataset_sha256", "split",
					    "test_rows",  "rows_sha256",    "hits",
					    "batch",      "macs",           "weight_bytes",
					    "size_bytes", "build_s",        "build_energy" };
	json_t *record = trial_new(trial, window, seed);
	json_object_set_new(record, "diverged", json_true());
	json_object_set_new(record, "threads", json_integer(pool_threads(trial->pool)));
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		record_absent(record, keys[i], "training diverged");
	return record_out_put(trial->out, record, err);
}

static void put_build(json_t *record, const TrialBuild *build)
{
	const char *why = build && build->why ? build->why : "the experiment did not build it";

	if (build && build->spans) {
		json_object_set_new(record, "build_s", json_real(build->time_s));
		trial_put_joules(record, "build_energy", &build->energy, build->why);
	} else {
		record_absent(record, "build_s", why);
		record_absent(record, "build_energy", why);
	}
}

static void put_accuracy(json_t *record, double accuracy, size_t rows)
{
	double low, high;
	share_wilson(accuracy * (double)rows, (double)rows, SHARE_Z95, &low, &high);
	json_object_set_new(record, "accuracy", json_real(accuracy));
	json_object_set_new(record, "accuracy_low", json_real(low));
	json_object_set_new(record, "accuracy_high", json_real(high));
}

bool trial_score(Trial *trial, const TrialWindow *window, uint64_t seed, const Program *program,
		 const Rows *rows, uint64_t size_bytes, Err *err)
{
	size_t count, bytes = (rows->count + 7) / 8;
	char sum[2 * SHA256_DIGEST_SIZE + 1];
	const uint16_t *classes = program_classes(program, &count);
	if (!classes || count != rows->count)
		return err_set(err, ERR_SCRIPT,
			       "arm '%s' predicted %zu rows in its last pass; the test set has "
			       "%zu: measure must predict all of them",
			       window->arm, classes ? count : 0, rows->count);
	uint8_t *hits = calloc(1, bytes + 1);
	if (!hits)
		return err_set(err, ERR_MEMORY, "scoring %zu rows", rows->count);
	rows_sum(rows, sum);
	json_t *record = trial_new(trial, window, seed);
	put_accuracy(record, program_accuracy(classes, rows, hits), rows->count);
	json_object_set_new(record, "dataset", json_string(rows->set->name));
	json_object_set_new(record, "split", json_string(rows->test ? "test" : "train"));
	json_object_set_new(record, "test_rows", json_integer((json_int_t)rows->count));
	json_object_set_new(record, "rows_sha256", json_string(sum));
	json_object_set_new(record, "dataset_sha256", json_string(rows->set->sha256));
	json_object_set_new(record, "hits", hits_json(hits, bytes));
	json_object_set_new(record, "threads", json_integer(pool_threads(program_pool(program))));
	json_object_set_new(record, "batch", json_integer((json_int_t)program_batch(program)));
	json_object_set_new(record, "macs", json_integer((json_int_t)program_macs(program)));
	json_object_set_new(record, "weight_bytes",
			    json_integer((json_int_t)program_weight_bytes(program)));
	if (size_bytes)
		json_object_set_new(record, "size_bytes", json_integer((json_int_t)size_bytes));
	else
		record_absent(record, "size_bytes", "the model was not saved");
	put_build(record, window->build);
	free(hits);
	return record_out_put(trial->out, record, err);
}

/* Loads the file and predicts the rows by the same kernels: every class must come out as before. */
static bool saved_reproduces(Trial *trial, const char *path, const Program *program,
			     const Rows *rows, Err *err)
{
	Program *again = NULL;
	bool ok = false;
	Model *model = model_load(path, err);
	if (!model)
		return false;
	ProgramOptions options = { .batch = program_batch(program),
				   .wish = trial->wish,
				   .pool = program_pool(program) };
	for (size_t i = 0; i < model->weighted; i++)
		options.kernel[i] = program_kernel(program, i);
	again = program_new(model, &options, err);
	if (!again || !program_predict(again, rows, NULL, trial->control, err))
		goto done;
	size_t count, count_again;
	const uint16_t *classes = program_classes(program, &count);
	const uint16_t *classes_again = program_classes(again, &count_again);
	ok = classes && count == count_again &&
	     memcmp(classes, classes_again, count * sizeof *classes) == 0;
	if (!ok)
		err_set(err, ERR_INTERNAL,
			"the saved file of arm '%s' does not predict what the model predicts",
			trial->arm);
done:
	program_free(again);
	model_free(model);
	return ok;
}

bool trial_saved_size(Trial *trial, const Model *model, const Program *program, const Rows *rows,
		      uint64_t *bytes, Err *err)
{
	char path[4096];
	struct stat status;
	*bytes = 0;
	if (!trial->scratch)
		return true;
	snprintf(path, sizeof path, "%s/arm.model", trial->scratch);
	if (!model_save(model, path, err))
		return false;
	bool ok = saved_reproduces(trial, path, program, rows, err);
	if (ok && stat(path, &status) != 0)
		ok = err_set(err, ERR_FILE, "stat %s: %s", path, strerror(errno));
	if (ok)
		*bytes = (uint64_t)status.st_size;
	unlink(path);
	return ok;
}

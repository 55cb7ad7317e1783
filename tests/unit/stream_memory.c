/* Memory of a streamed fit: flat, whatever the size of the file.
 *
 * "stream_memory FILE" fits that file in a process of its own and prints the most memory that it had.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>

#include "base/status.h"
#include "datafile_make.h"
#include "model/stream.h"

#define LARGE_ROWS 200000
#define LARGE_FEATURES 50 /* 40 MB of floats */
#define LARGE_STEP 4096
#define RESIDENT_MAX_BYTES (32u << 20)

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static const char *self_path;

/* Rows by a generator, in pieces. */
static void write_large(const char *path)
{
	Err err = { .code = ERR_NONE };
	Dataset about = { .name = "large",
			  .rows = LARGE_ROWS,
			  .train_rows = LARGE_ROWS,
			  .features = LARGE_FEATURES,
			  .classes = 2,
			  .form = DATASET_FLOATS,
			  .byte_scale = 1 };
	Dataset *piece =
		dataset_new("large", DATASET_FLOATS, LARGE_STEP, LARGE_FEATURES, 2, 0, &err);
	DataWriter *w = datawriter_new(path, &about, 0, &err);
	Random random;

	fine_or_fail(piece && w, &err);
	random_init(&random, 1, RANDOM_DATA);
	for (size_t at = 0; at < LARGE_ROWS; at += LARGE_STEP) {
		size_t n = LARGE_ROWS - at < LARGE_STEP ? LARGE_ROWS - at : LARGE_STEP;

		for (size_t i = 0; i < n; i++) {
			float *x = piece->floats + i * LARGE_FEATURES, sum = 0;

			for (size_t j = 0; j < LARGE_FEATURES; j++) {
				x[j] = random_uniform(&random, -1, 1);
				sum += j % 2 ? x[j] : -x[j];
			}
			piece->labels[i] = sum > 0;
		}
		fine_or_fail(datawriter_rows(w, piece, 0, n, &err), &err);
	}
	fine_or_fail(datawriter_finish(w, &err), &err);
	dataset_free(piece);
}

/* In a process of its own. */
static int fit_large(const char *path)
{
	Err err = { .code = ERR_NONE };
	DataFile *file = datafile_open(path, &err);
	const ModelKind *kind = model_kind_find("mlp");
	FitOptions options;
	Params params;
	Model *model = NULL;
	int fd = open("/proc/self/status", O_RDONLY);
	bool fine = file && params_init(&params, &kind->info, &err) &&
		    params_set_text(&params, "layers", "50,2", &err);

	if (fine)
		model = model_new(kind, &params, &err);
	if (model) {
		fit_options_init(&options, model);
		options.epochs = 2;
		fine = model_fit_stream(model, file, NULL, &options, NULL, NULL, NULL, &err);
	}
	if (!fine || !model)
		fprintf(stderr, "%s\n", err.text);
	else
		printf("%llu\n", (unsigned long long)status_bytes(fd, "VmHWM:"));
	model_free(model);
	datafile_close(file);
	close(fd);
	return !fine;
}

static void memory_stays_flat(void **state)
{
	char *folder = folder_new(), path[600], command[1400], line[64] = "";
	unsigned long long bytes;
	FILE *out;

	(void)state;
	snprintf(path, sizeof path, "%s/large.wd", folder);
	write_large(path);
	snprintf(command, sizeof command, "'%s' '%s'", self_path, path);
	out = popen(command, "r");
	assert_non_null(out);
	assert_non_null(fgets(line, sizeof line, out));
	assert_int_equal(pclose(out), 0);
	folder_done(folder);
	bytes = strtoull(line, NULL, 10);
	assert_true(bytes > 0);
	/* A sanitizer has memory of its own. */
	if (!SANITIZED && bytes > RESIDENT_MAX_BYTES)
		fail_msg("%llu bytes were resident", bytes);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_stays_flat),
	};

	self_path = argv[0];
	return argc > 1 ? fit_large(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}

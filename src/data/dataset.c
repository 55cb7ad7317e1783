/* The table of datasets, and loading one by name.
 * SPDX-License-Identifier: MIT */
#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "data/datafile.h"
#include "data/file_set.h"
#include "data/imported.h"

#define ROW(name) extern const DataSource data_##name;
#include "data/sets.inc"
#undef ROW

const DataSource *data_source_find(const char *name)
{
	for (size_t i = 0; data_sources[i]; i++)
		if (strcmp(data_sources[i]->info.name, name) == 0)
			return data_sources[i];
	return NULL;
}

#define ROW(name) +1
enum {
	DATASET_SOURCES = 0
#include "data/sets.inc"
};
#undef ROW

bool dataset_known(const char *name, const DataPaths *paths)
{
	char path[IMPORTED_PATH_MAX];

	return data_source_find(name) || imported_find(name, paths, path);
}

bool dataset_here(const char *name, const DataPaths *paths, Err *err)
{
	const DataSource *source = data_source_find(name);
	char path[IMPORTED_PATH_MAX];

	if (!source || data_source_generated(source))
		return source || imported_find(name, paths, path) ||
		       err_set(err, ERR_NEED, "no dataset '%s'", name);
	for (size_t i = 0; paths && paths->folders[i]; i++) {
		size_t len = text_format(path, sizeof path, "%s/%s", paths->folders[i], name);

		if (len + 1 < sizeof path && access(path, R_OK | X_OK) == 0)
			return true;
	}
	return file_set_absent(source, paths, err);
}

/* Names that a mistyped one is compared with; more imported ones than these are not. */
#define NAMES_IMPORTED 64

typedef struct Names {
	const char *name[DATASET_SOURCES + NAMES_IMPORTED + 1];
	char imported[NAMES_IMPORTED][DATASET_NAME_MAX];
	size_t count;
} Names;

static bool names_take(void *user, const char *name, const char *path, Err *err)
{
	Names *names = user;
	size_t i = names->count - DATASET_SOURCES;

	(void)path;
	(void)err;
	if (i < NAMES_IMPORTED) {
		text_format(names->imported[i], DATASET_NAME_MAX, "%s", name);
		names->name[names->count++] = names->imported[i];
	}
	return true;
}

const char *dataset_hint(char hint[TEXT_HINT_MAX], const char *name, const DataPaths *paths)
{
	Names names = { .count = DATASET_SOURCES };
	Err ignored;

	for (size_t i = 0; i < DATASET_SOURCES; i++)
		names.name[i] = data_sources[i]->info.name;
	imported_each(paths, names_take, &names, &ignored);
	return text_did_you_mean(hint, name, names.name);
}

static bool dataset_unknown(const char *name, const DataPaths *paths, Err *err)
{
	char known[384], hint[TEXT_HINT_MAX];
	size_t at = 0;

	if (*dataset_hint(hint, name, paths))
		return err_set(err, ERR_ARGUMENT, "no dataset '%s'%s", name, hint);
	for (size_t i = 0; i < DATASET_SOURCES; i++)
		at += text_format(known + at, sizeof known - at, "%s%s", i ? ", " : "",
				  data_sources[i]->info.name);
	return err_set(err, ERR_ARGUMENT,
		       "no dataset '%s'; there are %s. wattle data import makes one of a file",
		       name, known);
}

/* --- forms ------------------------------------------------------------------------------------ */

static const char *const form_names[] = {
	[DATASET_BYTES] = "bytes",
	[DATASET_FLOATS] = "floats",
	[DATASET_SPARSE] = "sparse",
};

const char *dataset_form_name(DatasetForm form)
{
	return form_names[form];
}

bool dataset_form_find(const char *name, DatasetForm *form)
{
	for (size_t i = 0; i < sizeof form_names / sizeof *form_names; i++) {
		if (strcmp(name, form_names[i]) == 0) {
			*form = (DatasetForm)i;
			return true;
		}
	}
	return false;
}

/* --- memory ----------------------------------------------------------------------------------- */

static void *dataset_zeroed(size_t count, size_t size, bool *fine)
{
	void *memory = NULL;

	if (*fine)
		memory = calloc(count ? count : 1, size);
	*fine = memory != NULL;
	return memory;
}

bool dataset_take(Dataset *d, size_t entries, Err *err)
{
	size_t cells, limit = SIZE_MAX / sizeof(double);
	bool fine = true;

	if (!size_mul(d->rows, d->features, &cells) || entries > limit || d->rows >= UINT32_MAX ||
	    (d->form != DATASET_SPARSE && cells > limit))
		return err_set(err, ERR_ARGUMENT, "%s: %zu rows of %zu features are too many",
			       d->name, d->rows, d->features);
	switch (d->form) {
	case DATASET_BYTES:
		d->bytes = dataset_zeroed(cells, 1, &fine);
		break;
	case DATASET_FLOATS:
		d->floats = dataset_zeroed(cells, sizeof *d->floats, &fine);
		break;
	case DATASET_SPARSE:
		d->sparse.begin = dataset_zeroed(d->rows + 1, sizeof *d->sparse.begin, &fine);
		d->sparse.column = dataset_zeroed(entries, sizeof *d->sparse.column, &fine);
		d->sparse.value = dataset_zeroed(entries, sizeof *d->sparse.value, &fine);
		break;
	}
	if (d->classes)
		d->labels = dataset_zeroed(d->rows, sizeof *d->labels, &fine);
	else
		d->targets = dataset_zeroed(d->rows, sizeof *d->targets, &fine);
	return fine || err_set(err, ERR_MEMORY, "no memory for %zu rows of %zu features of %s",
			       d->rows, d->features, d->name);
}

static Dataset *dataset_empty(const char *name, Err *err)
{
	Dataset *d = calloc(1, sizeof *d);

	if (!d) {
		err_set(err, ERR_MEMORY, "loading dataset %s", name);
		return NULL;
	}
	text_format(d->name, sizeof d->name, "%s", name);
	d->byte_scale = 1;
	return d;
}

Dataset *dataset_new(const char *name, DatasetForm form, size_t rows, size_t features,
		     size_t classes, size_t entries, Err *err)
{
	Dataset *d = dataset_empty(name, err);

	if (!d)
		return NULL;
	d->form = form;
	d->rows = d->train_rows = rows;
	d->features = features;
	d->classes = classes;
	if (dataset_take(d, entries, err))
		return d;
	dataset_free(d);
	return NULL;
}

uint64_t dataset_bytes(const Dataset *d)
{
	uint64_t cells = (uint64_t)d->rows * d->features;
	uint64_t labels = d->rows * (d->labels ? sizeof *d->labels : sizeof *d->targets);

	switch (d->form) {
	case DATASET_BYTES:
		return cells + labels;
	case DATASET_FLOATS:
		return cells * sizeof *d->floats + labels;
	default:
		return (d->rows + 1) * sizeof *d->sparse.begin + labels +
		       d->sparse.begin[d->rows] *
			       (sizeof *d->sparse.column + sizeof *d->sparse.value);
	}
}

void dataset_free(Dataset *dataset)
{
	if (!dataset)
		return;
	free(dataset->bytes);
	free(dataset->floats);
	free(dataset->sparse.begin);
	free(dataset->sparse.column);
	free(dataset->sparse.value);
	free(dataset->labels);
	free(dataset->targets);
	arena_free(dataset->arena);
	free(dataset);
}

/* --- loading by name -------------------------------------------------------------------------- */

/* A quarter of the rows is for testing, as in the stored splits. */
static bool dataset_generate(Dataset *d, const DataSource *source, const DataWish *wish,
			     Control *control, Err *err)
{
	size_t least = 4 * (source->classes ? source->classes : 1);
	Random random;

	if (wish && wish->rows) {
		if (wish->rows < least)
			return err_set(err, ERR_ARGUMENT,
				       "%s: %zu rows are too few; ask for %zu or more", d->name,
				       wish->rows, least);
		d->rows = wish->rows;
		d->train_rows = wish->rows - wish->rows / 4;
	}
	text_format(d->from, sizeof d->from, "generated, seed %llu",
		    (unsigned long long)(wish ? wish->seed : 1));
	if (d->form != DATASET_SPARSE && !dataset_take(d, 0, err))
		return false;
	random_init(&random, wish ? wish->seed : 1, RANDOM_DATA);
	if (source->generate)
		return source->generate(d, &random, control, err);
	for (size_t row = 0; row < d->rows; row++) {
		if (row % DATA_POLL_ROWS == 0 && !control_poll(control, err))
			return false;
		source->draw(d, row, &random);
	}
	return true;
}

static Dataset *dataset_imported(const char *name, const DataPaths *paths, Control *control,
				 Err *err)
{
	char path[IMPORTED_PATH_MAX];
	Dataset *out;

	if (!imported_find(name, paths, path)) {
		dataset_unknown(name, paths, err);
		return NULL;
	}
	out = datafile_load(path, control, err);
	if (out) /* a file may have been copied under another name */
		text_format(out->name, sizeof out->name, "%s", name);
	return out;
}

Dataset *dataset_load(const char *name, const DataPaths *paths, const DataWish *wish,
		      Control *control, Err *err)
{
	const DataSource *source = data_source_find(name);
	Dataset *out;

	if (!source)
		return dataset_imported(name, paths, control, err);
	out = dataset_empty(name, err);
	if (!out)
		return NULL;
	out->form = source->form;
	out->rows = source->train_rows + source->test_rows;
	out->train_rows = source->train_rows;
	out->features = source->features;
	out->classes = source->classes;
	out->width = source->width;
	out->height = source->height;
	if (source->byte_max)
		out->byte_scale = 1.0f / (float)source->byte_max;
	if (source->load ? source->load(out, source, paths, control, err)
			 : dataset_generate(out, source, wish, control, err))
		return out;
	dataset_free(out);
	return NULL;
}

const Param data_wish_params[] = {
	{ .name = "rows",
	  .type = PARAM_INT,
	  .value = "0",
	  .minimum = 0,
	  .maximum = 4294967295.0,
	  .help = "Training rows that are drawn; 0: as many as the list says." },
	{ .name = "seed",
	  .type = PARAM_INT,
	  .value = "1",
	  .minimum = 0,
	  .maximum = 9007199254740992.0,
	  .help = "Of the rows: the same seed and rows give the same numbers." },
	{ 0 },
};

#define ROW(name) &data_##name,
const DataSource *const data_sources[] = {
#include "data/sets.inc"
	NULL,
};
#undef ROW

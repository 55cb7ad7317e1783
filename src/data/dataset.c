/* The table of datasets, and loading one by name.
 * SPDX-License-Identifier: MIT */
#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

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

static bool dataset_unknown(const char *name, Err *err)
{
	const char *names[DATASET_SOURCES + 1];
	char known[256];
	char hint[TEXT_HINT_MAX];
	size_t at = 0;

	for (size_t i = 0; i <= DATASET_SOURCES; i++)
		names[i] = data_sources[i] ? data_sources[i]->info.name : NULL;
	if (*text_did_you_mean(hint, name, names))
		return err_set(err, ERR_ARGUMENT, "no dataset '%s'%s", name, hint);
	for (size_t i = 0; i < DATASET_SOURCES; i++)
		at += text_format(known + at, sizeof known - at, "%s%s", i ? ", " : "", names[i]);
	return err_set(err, ERR_ARGUMENT, "no dataset '%s'; there are %s", name, known);
}

Dataset *dataset_load(const char *name, const DataPaths *paths, Control *control, Err *err)
{
	const DataSource *source = data_source_find(name);
	Dataset *out;

	if (!source) {
		dataset_unknown(name, err);
		return NULL;
	}
	out = calloc(1, sizeof *out);
	if (!out) {
		err_set(err, ERR_MEMORY, "loading dataset %s", name);
		return NULL;
	}
	text_format(out->name, sizeof out->name, "%s", name);
	out->rows = source->train_rows + source->test_rows;
	out->train_rows = source->train_rows;
	out->features = source->features;
	out->classes = source->classes;
	out->width = source->width;
	out->height = source->height;
	out->byte_scale = 1.0f / (float)source->byte_max;
	if (!source->load(out, source, paths, control, err)) {
		dataset_free(out);
		return NULL;
	}
	return out;
}

void dataset_free(Dataset *dataset)
{
	if (!dataset)
		return;
	free(dataset->bytes);
	free(dataset->labels);
	free(dataset);
}

#define ROW(name) &data_##name,
const DataSource *const data_sources[] = {
#include "data/sets.inc"
	NULL,
};
#undef ROW

/* Loads datasets that come as the four IDX files of MNIST, and compares them with their row of
 * the table.
 * SPDX-License-Identifier: MIT */
#include "data/idx_set.h"

#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/file_set.h"
#include "data/idx.h"

#define IDX_SET_PATH_MAX 4096

static const char *const idx_set_train_images = "train-images-idx3-ubyte";
static const char *const idx_set_train_labels = "train-labels-idx1-ubyte";
static const char *const idx_set_test_images = "t10k-images-idx3-ubyte";
static const char *const idx_set_test_labels = "t10k-labels-idx1-ubyte";

/* One load under way. */
typedef struct IdxSet {
	const DataSource *source;
	const char *folder;
	struct sha256_ctx sha;
	Control *control;
	Err *err;
	char path[IDX_SET_PATH_MAX]; /* of the file last read */
} IdxSet;

/* Reads a file of the set from the folder, gzipped or plain. ERR_NEED when neither is there. */
static bool idx_set_read(IdxSet *s, Idx *out, const char *file)
{
	const DataSource *d = s->source;
	size_t rows = d->train_rows > d->test_rows ? d->train_rows : d->test_rows;
	static const char *const endings[] = { ".gz", "" };

	for (size_t i = 0; i < 2; i++) {
		int len = snprintf(s->path, sizeof s->path, "%s/%s/%s%s", s->folder,
				   s->source->info.name, file, endings[i]);

		if (len < 0 || (size_t)len >= sizeof s->path)
			return err_set(s->err, ERR_FILE, "%s: path is too long", s->folder);
		/* Twice the largest file of the set: one that stands in another's place should
		 * hear about its rows, not about a limit. */
		if (idx_read(out, s->path, 2 * rows * d->features, &s->sha, s->control, s->err))
			return true;
		if (s->err->code != ERR_NEED)
			return false;
	}
	return false;
}

/* The likely mix-up when there are the other split's rows: "" when there are not. */
static const char *idx_set_other(const IdxSet *s, size_t got, size_t wanted)
{
	const DataSource *d = s->source;

	if (got == wanted || (got != d->train_rows && got != d->test_rows))
		return "";
	return got == d->train_rows ? " (is this the training file?)" : " (is this the test file?)";
}

static bool idx_set_images(IdxSet *s, Idx *out, const char *file, size_t rows)
{
	const DataSource *d = s->source;

	if (!idx_set_read(s, out, file))
		return false;
	if (out->dimensions == 3 && out->size[0] == rows && out->size[1] == d->height &&
	    out->size[2] == d->width)
		return true;
	if (out->dimensions != 3)
		err_set(s->err, ERR_FORMAT, "%s: has %zu dimensions, expected the 3 of images%s",
			s->path, out->dimensions,
			out->dimensions == 1 ? " (are these labels?)" : "");
	else
		err_set(s->err, ERR_FORMAT,
			"%s: holds %zu images of %zu × %zu, expected %zu of %zu × %zu%s", s->path,
			out->size[0], out->size[1], out->size[2], rows, d->height, d->width,
			idx_set_other(s, out->size[0], rows));
	idx_done(out);
	return false;
}

static bool idx_set_labels(IdxSet *s, uint16_t *labels, const char *file, size_t rows)
{
	Idx idx;
	bool fine = false;

	if (!idx_set_read(s, &idx, file))
		return false;
	if (idx.dimensions != 1) {
		err_set(s->err, ERR_FORMAT, "%s: has %zu dimensions, expected the 1 of labels%s",
			s->path, idx.dimensions, idx.dimensions == 3 ? " (are these images?)" : "");
		goto done;
	}
	if (idx.count != rows) {
		err_set(s->err, ERR_FORMAT, "%s: holds %zu labels for %zu images%s", s->path,
			idx.count, rows, idx_set_other(s, idx.count, rows));
		goto done;
	}
	for (size_t i = 0; i < rows; i++) {
		if (idx.bytes[i] >= s->source->classes) {
			err_set(s->err, ERR_FORMAT,
				"%s: the label of row %zu is %d, expected 0 to %zu", s->path, i,
				idx.bytes[i], s->source->classes - 1);
			goto done;
		}
		labels[i] = idx.bytes[i];
	}
	fine = true;
done:
	idx_done(&idx);
	return fine;
}

static bool idx_set_verify(IdxSet *s, char hex[65])
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(&s->sha, sizeof digest, digest);
	text_hex(hex, digest, sizeof digest);
	if (strcmp(hex, s->source->sha256) == 0)
		return true;
	return err_set(s->err, ERR_FORMAT,
		       "%s/%s: the content is not that of %s: SHA-256 is %s, expected %s. %s",
		       s->folder, s->source->info.name, s->source->info.title, hex,
		       s->source->sha256, s->source->get);
}

/* The training images become the dataset's memory and grow by the test images (large blocks grow
 * by remapping, so that nothing is copied but the test images). */
static bool idx_set_fill(IdxSet *s, Dataset *out)
{
	const DataSource *d = s->source;
	size_t train_bytes = d->train_rows * d->features, test_bytes = d->test_rows * d->features;
	Idx train, test;
	uint8_t *all;

	if (!idx_set_images(s, &train, idx_set_train_images, d->train_rows))
		return false;
	out->bytes = train.bytes;
	out->labels = malloc((d->train_rows + d->test_rows) * sizeof *out->labels);
	all = realloc(out->bytes, train_bytes + test_bytes);
	if (all)
		out->bytes = all;
	if (!out->labels || !all)
		return err_set(s->err, ERR_MEMORY, "%s: no memory for %zu bytes", d->info.name,
			       train_bytes + test_bytes);
	if (!idx_set_labels(s, out->labels, idx_set_train_labels, d->train_rows) ||
	    !idx_set_images(s, &test, idx_set_test_images, d->test_rows))
		return false;
	memcpy(out->bytes + train_bytes, test.bytes, test_bytes);
	idx_done(&test);
	return idx_set_labels(s, out->labels + d->train_rows, idx_set_test_labels, d->test_rows) &&
	       idx_set_verify(s, out->sha256);
}

bool idx_set_load(Dataset *out, const DataSource *source, const DataPaths *paths, Control *control,
		  Err *err)
{
	IdxSet s = { .source = source, .control = control, .err = err };
	Err first = { .code = ERR_NONE, .text = "" };

	for (size_t i = 0; paths->folders[i]; i++) {
		s.folder = paths->folders[i];
		sha256_init(&s.sha);
		if (idx_set_fill(&s, out)) {
			text_format(out->from, sizeof out->from, "%s/%s", s.folder,
				    source->info.name);
			text_format(out->skipped, sizeof out->skipped, "%s", first.text);
			return true;
		}
		bool empty = !out->bytes;

		free(out->bytes);
		free(out->labels);
		out->bytes = NULL;
		out->labels = NULL;
		if (err->code == ERR_NEED && !empty)
			return err_prefix(err, "dataset %s is not complete", source->info.name);
		if (err->code != ERR_NEED && err->code != ERR_FILE)
			return false;
		/* A folder that may not be read hides no folder behind it, but is told of when
		 * the set is nowhere. */
		if (err->code == ERR_FILE && first.code == ERR_NONE)
			first = *err;
	}
	if (first.code != ERR_NONE) {
		*err = first;
		return false;
	}
	return file_set_absent(source, paths, err);
}

const DataRemote idx_set_remote[] = {
	{ .name = "train-images-idx3-ubyte.gz" },
	{ .name = "train-labels-idx1-ubyte.gz" },
	{ .name = "t10k-images-idx3-ubyte.gz" },
	{ .name = "t10k-labels-idx1-ubyte.gz" },
	{ 0 },
};

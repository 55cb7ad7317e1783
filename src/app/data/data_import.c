/* wattle data import in the worker: a file of the user's becomes a dataset file.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/data/data_job.h"
#include "base/text.h"
#include "data/csv.h"
#include "data/datafile.h"
#include "data/idx.h"
#include "data/imported.h"
#include "data/svmlight.h"

#define PIECE_BYTES ((size_t)4 << 20) /* written at once, or one row */
#define IDX_BYTES_MAX ((size_t)1 << 30)

/* What is asked for, and what was read. */
typedef struct Import {
	const DataJob *job;
	const char *name, *label, *format, *task;
	const json_t *files;
	Dataset *train, *test; /* test: from a file of its own, or NULL */
} Import;

static const char *wish_text(const DataJob *job, const char *key)
{
	return json_string_value(json_object_get(job->wish, key));
}

static const char *import_file(const Import *self, size_t i)
{
	return json_string_value(json_array_get(self->files, i));
}

static bool import_wish(Import *self, const DataJob *job, Err *err)
{
	char path[IMPORTED_PATH_MAX];

	*self = (Import){ .job = job,
			  .name = wish_text(job, "name"),
			  .label = wish_text(job, "label"),
			  .format = wish_text(job, "format"),
			  .task = wish_text(job, "task"),
			  .files = json_object_get(job->wish, "files") };
	if (!self->name || !self->format || !self->task || !import_file(self, 0) || !job->scratch)
		return err_set(err, ERR_INTERNAL, "an import without name, format, task or file");
	if (!imported_name_fits(self->name))
		return err_set(err, ERR_USAGE,
			       "'%s' cannot be the name of a dataset: letters, digits, - and _, at "
			       "most %d of them",
			       self->name, DATASET_NAME_MAX - 1);
	if (data_source_find(self->name))
		return err_set(err, ERR_USAGE,
			       "%s is the name of a dataset that wattle knows; choose another",
			       self->name);
	if (!json_is_true(json_object_get(job->wish, "replace")) &&
	    imported_find(self->name, job->paths, path))
		return err_set(err, ERR_USAGE, "%s is there already: %s; --replace replaces it",
			       self->name, path);
	return true;
}

/* --- reading ---------------------------------------------------------------------------------- */

static TableTask import_task(const Import *self)
{
	if (self->train) /* the second file is read as the first one was */
		return self->train->classes ? TABLE_CLASSES : TABLE_NUMBERS;
	return strcmp(self->task, "auto") == 0      ? TABLE_AUTO
	       : strcmp(self->task, "classes") == 0 ? TABLE_CLASSES
						    : TABLE_NUMBERS;
}

static Dataset *read_table(const Import *self, const char *path, Err *err)
{
	TableTask task = import_task(self);
	const CsvOptions csv = { .label = self->label, .task = task, .bytes = true };
	const SvmlightOptions svmlight = { .features = self->train ? self->train->features : 0,
					   .task = task };

	if (strcmp(self->format, "svmlight") == 0)
		return svmlight_read(path, &svmlight, self->job->control, err);
	return csv_read(path, &csv, self->job->control, err);
}

/* Images (rows, height, width) or rows (rows, features), and as many labels. */
static bool idx_fits(const Idx *x, const Idx *y, const char *images, const char *labels, Err *err)
{
	if (x->dimensions != 2 && x->dimensions != 3)
		return err_set(err, ERR_FORMAT,
			       "%s: has %zu dimensions, expected 3 (images) or 2 (rows of bytes)%s",
			       images, x->dimensions,
			       x->dimensions == 1 ? ": are these labels?" : "");
	if (y->dimensions != 1)
		return err_set(
			err, ERR_FORMAT,
			"%s: has %zu dimensions, expected the 1 of labels; --label FILE names "
			"the file of labels",
			labels, y->dimensions);
	if (x->size[0] != y->count)
		return err_set(err, ERR_FORMAT, "%s: holds %zu labels for the %zu rows of %s",
			       labels, y->count, x->size[0], images);
	return true;
}

static Dataset *idx_dataset(const Idx *x, const Idx *y, const char *images, Err *err)
{
	size_t rows = x->size[0], classes = 0;

	for (size_t i = 0; i < rows; i++)
		classes = y->bytes[i] >= classes ? y->bytes[i] + (size_t)1 : classes;
	if (classes < 2) {
		err_set(err, ERR_FORMAT, "%s: all labels are 0; there is nothing to learn", images);
		return NULL;
	}
	Dataset *out = dataset_new("", DATASET_BYTES, rows, x->count / rows, classes, 0, err);

	if (!out)
		return NULL;
	memcpy(out->bytes, x->bytes, x->count);
	for (size_t i = 0; i < rows; i++)
		out->labels[i] = y->bytes[i];
	out->byte_scale = 1.0f / 255;
	if (x->dimensions == 3) {
		out->height = x->size[1];
		out->width = x->size[2];
	}
	text_format(out->from, sizeof out->from, "%s", images);
	return out;
}

static Dataset *read_idx(const Import *self, const char *images, const char *labels, Err *err)
{
	Control *control = self->job->control;
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;
	Dataset *out = NULL;
	Idx x, y;

	sha256_init(&sha);
	if (!labels) {
		err_set(err, ERR_INTERNAL, "images without labels");
		return NULL;
	}
	if (!idx_read(&x, images, IDX_BYTES_MAX, &sha, control, err))
		return NULL;
	if (idx_read(&y, labels, IDX_BYTES_MAX, &sha, control, err)) {
		if (idx_fits(&x, &y, images, labels, err))
			out = idx_dataset(&x, &y, images, err);
		idx_done(&y);
	}
	idx_done(&x);
	if (out) {
		sha256_digest(&sha, sizeof digest, digest);
		text_hex(out->sha256, digest, sizeof digest);
	}
	return out;
}

/* The sum of two files that were each read by itself is that of their two sums. */
static void join_sums(Dataset *train, const Dataset *test)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, strlen(train->sha256), (const uint8_t *)train->sha256);
	sha256_update(&sha, strlen(test->sha256), (const uint8_t *)test->sha256);
	sha256_digest(&sha, sizeof digest, digest);
	text_hex(train->sha256, digest, sizeof digest);
}

static Dataset *import_one(const Import *self, size_t at, bool idx, Err *err)
{
	return idx ? read_idx(self, import_file(self, at), import_file(self, at + 1), err)
		   : read_table(self, import_file(self, at), err);
}

static bool import_read(Import *self, Err *err)
{
	bool idx = strcmp(self->format, "idx") == 0;
	size_t step = idx ? 2 : 1;

	self->train = import_one(self, 0, idx, err);
	if (!self->train)
		return false;
	if (!import_file(self, step))
		return true;
	self->test = import_one(self, step, idx, err);
	if (!self->test || !data_merge(self->train, self->test, self->job->control, err))
		return false;
	join_sums(self->train, self->test);
	return true;
}

/* --- writing ---------------------------------------------------------------------------------- */

static size_t rows_entries(const Rows *rows, size_t at, size_t n)
{
	size_t entries = 0;

	for (size_t i = at; i < at + n && rows->set->form == DATASET_SPARSE; i++)
		entries += rows_sparse(rows, i).count;
	return entries;
}

static void copy_sparse(Dataset *piece, const Rows *rows, size_t at, size_t n)
{
	Sparse *to = &piece->sparse;

	for (size_t i = 0; i < n; i++) {
		SparseRow row = rows_sparse(rows, at + i);

		memcpy(to->column + to->begin[i], row.column, row.count * sizeof *row.column);
		memcpy(to->value + to->begin[i], row.value, row.count * sizeof *row.value);
		to->begin[i + 1] = to->begin[i] + row.count;
	}
}

/* Rows at … at + n − 1 of the view, in the form of the whole. */
static bool write_piece(DataWriter *writer, const Dataset *about, const Rows *rows, size_t at,
			size_t n, Err *err)
{
	Dataset *piece = dataset_new(about->name, about->form, n, about->features, about->classes,
				     rows_entries(rows, at, n), err);

	if (!piece)
		return false;
	if (about->form == DATASET_SPARSE)
		copy_sparse(piece, rows, at, n);
	else if (about->form == DATASET_BYTES)
		rows_bytes(rows, at, n, piece->bytes, NULL);
	else
		rows_floats(rows, at, n, piece->floats);
	for (size_t i = 0; i < n; i++)
		if (about->classes)
			piece->labels[i] = rows_label(rows, at + i);
		else
			piece->targets[i] = rows_target(rows, at + i);
	bool fine = datawriter_rows(writer, piece, 0, n, err);

	dataset_free(piece);
	return fine;
}

static bool write_view(const Import *self, DataWriter *writer, const Dataset *about,
		       const Rows *rows, Err *err)
{
	size_t wide = about->form == DATASET_SPARSE ? 64 : about->features * sizeof(float);
	size_t step = PIECE_BYTES / wide + 1;

	for (size_t at = 0; at < rows->count; at += step)
		if (!control_poll(self->job->control, err) ||
		    !write_piece(writer, about, rows, at,
				 rows->count - at < step ? rows->count - at : step, err))
			return false;
	return true;
}

/* What the file will say: of train, with all rows of both views. */
static Dataset import_about(const Import *self, const Rows *train, const Rows *test)
{
	const Dataset *from = self->train;
	Dataset about = { .rows = train->count + test->count,
			  .features = from->features,
			  .classes = from->classes,
			  .train_rows = train->count,
			  .width = from->width,
			  .height = from->height,
			  .form = from->form,
			  .byte_scale = from->byte_scale,
			  .missing = from->missing || (self->test && self->test->missing),
			  .column = from->column,
			  .class_name = from->class_name };

	/* Test rows that are no bytes make all of them floats. */
	if (self->test && self->test->form != from->form)
		about.form = DATASET_FLOATS;
	text_format(about.name, sizeof about.name, "%s", self->name);
	text_format(about.sha256, sizeof about.sha256, "%s", from->sha256);
	return about;
}

static bool import_write(const Import *self, const Rows *train, const Rows *test, const char *path,
			 Err *err)
{
	Dataset about = import_about(self, train, test);
	uint64_t entries =
		rows_entries(train, 0, train->count) + rows_entries(test, 0, test->count);
	DataWriter *writer = datawriter_new(path, &about, entries, err);

	if (!writer)
		return false;
	if (write_view(self, writer, &about, train, err) &&
	    write_view(self, writer, &about, test, err))
		return datawriter_finish(writer, err);
	datawriter_cancel(writer);
	return false;
}

static bool import_tell(const Import *self, const Rows *train, const Rows *test, const char *path,
			Err *err)
{
	const Dataset about = import_about(self, train, test);
	json_t *record = record_new("data-import", record_out_origin(self->job->out));
	struct stat st;

	json_object_set_new(record, "name", json_string(about.name));
	json_object_set_new(record, "train_rows", json_integer((json_int_t)train->count));
	json_object_set_new(record, "test_rows", json_integer((json_int_t)test->count));
	json_object_set_new(record, "features", json_integer((json_int_t)about.features));
	json_object_set_new(record, "classes", json_integer((json_int_t)about.classes));
	json_object_set_new(record, "form", json_string(dataset_form_name(about.form)));
	json_object_set_new(record, "missing", json_boolean(about.missing));
	json_object_set_new(record, "sha256", json_string(about.sha256));
	json_object_set_new(record, "size_bytes",
			    json_integer(lstat(path, &st) == 0 ? (json_int_t)st.st_size : 0));
	return record_out_put(self->job->out, record, err);
}

/* A share of the rows is for testing, in proportion of the classes; or those of the second file. */
static bool import_keep(const Import *self, Err *err)
{
	const json_t *wish = self->job->wish;
	char path[PATH_MAX];
	DataSplit split = { .train = { .set = self->train, .count = self->train->rows } };
	bool fine = true;

	if (!self->test)
		fine = dataset_split(&split, self->train, 0,
				     json_number_value(json_object_get(wish, "test")),
				     (uint64_t)json_integer_value(json_object_get(wish, "seed")),
				     err) ||
		       err_prefix(err, "%s: splitting test rows off", self->train->from);
	Rows test =
		self->test ? (Rows){ .set = self->test, .count = self->test->rows } : split.valid;

	text_format(path, sizeof path, "%s/%s", self->job->scratch, DATA_JOB_FILE);
	fine = fine && import_write(self, &split.train, &test, path, err) &&
	       import_tell(self, &split.train, &test, path, err);
	data_split_done(&split);
	return fine;
}

bool data_job_import(const DataJob *job, Err *err)
{
	Import self;
	bool fine =
		import_wish(&self, job, err) && import_read(&self, err) && import_keep(&self, err);

	dataset_free(self.test);
	dataset_free(self.train);
	return fine;
}

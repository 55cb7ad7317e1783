/* Dataset files: writing in pieces. Each part is written to its own place; the header comes last, for
 * it holds their sums.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/file.h"
#include "data/datafile_inside.h"

struct DataWriter {
	int fd;
	char *path, *beside;
	const Dataset *about;
	DataLayout layout;
	size_t header;    /* bytes before the parts */
	size_t rows;      /* so many are written */
	uint64_t entries; /* so many are */
};

static bool writer_failed(const DataWriter *w, const char *call, Err *err)
{
	return err_set(err, ERR_FILE, "cannot write the dataset %s: %s: %s", w->path, call,
		       strerror(errno));
}

static bool writer_put(const DataWriter *w, uint64_t at, const void *bytes, size_t len, Err *err)
{
	const uint8_t *from = bytes;

	while (len > 0) {
		ssize_t n = pwrite(w->fd, from, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return writer_failed(w, "write", err);
		from += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

/* n units of a part, from unit `at` on. */
static bool part_put(DataWriter *w, size_t part, uint64_t at, uint64_t n, const void *from,
		     Err *err)
{
	DataPart *p = &w->layout.part[part];

	p->crc = crc32c(p->crc, from, (size_t)(n * p->size));
	return writer_put(w, p->offset + at * p->size, from, (size_t)(n * p->size), err);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Entries begin elsewhere in the file than in the piece. */
static bool begins_put(DataWriter *w, const Sparse *sparse, size_t begin, size_t n, Err *err)
{
	uint64_t *begins = malloc((n + 1) * sizeof *begins);
	bool last = w->rows + n == w->about->rows;
	bool fine;

	if (!begins)
		return err_set(err, ERR_MEMORY, "no memory to write %zu rows", n);
	for (size_t i = 0; i <= n; i++)
		begins[i] = sparse->begin[begin + i] - sparse->begin[begin] + w->entries;
	/* The end of these rows is written as the beginning of the next. */
	fine = part_put(w, 0, w->rows, n + last, begins, err);
	free(begins);
	return fine;
}

static bool sparse_put(DataWriter *w, const Sparse *sparse, size_t begin, size_t n, Err *err)
{
	uint64_t first = sparse->begin[begin], count = sparse->begin[begin + n] - first;

	if (count > w->layout.entries - w->entries)
		return err_set(err, ERR_ARGUMENT,
			       "%s: more than the %" PRIu64 " entries that were said",
			       w->about->name, w->layout.entries);
	if (!begins_put(w, sparse, begin, n, err) ||
	    !part_put(w, 1, w->entries, count, sparse->column + first, err) ||
	    !part_put(w, 2, w->entries, count, sparse->value + first, err))
		return false;
	w->entries += count;
	return true;
}

bool datawriter_rows(DataWriter *w, const Dataset *piece, size_t begin, size_t n, Err *err)
{
	const Dataset *about = w->about;
	size_t answers = w->layout.parts - 1;

	if (piece->form != about->form || piece->features != about->features ||
	    piece->classes != about->classes || n > about->rows - w->rows)
		return err_set(err, ERR_ARGUMENT, "%s: %zu rows that do not fit, after %zu of %zu",
			       about->name, n, w->rows, about->rows);
	if (!datafile_check(about, piece, begin, n, w->rows, err)) {
		err->code = ERR_ARGUMENT;
		return err_prefix(err, "%s", about->name);
	}
	if (about->form == DATASET_SPARSE) {
		if (!sparse_put(w, &piece->sparse, begin, n, err))
			return false;
	} else if (!part_put(w, 0, w->rows, n, datafile_place(piece, 0, begin), err)) {
		return false;
	}
	if (!part_put(w, answers, w->rows, n, datafile_place(piece, answers, begin), err))
		return false;
	w->rows += n;
	return true;
}

/* --- beginning and end ------------------------------------------------------------------------ */

/* How long the header is with sums of any length. */
static bool writer_layout(DataWriter *w, uint64_t entries, Err *err)
{
	uint8_t *header;

	if (!datafile_layout(&w->layout, w->about, entries, 0, err))
		return err_prefix(err, "%s", w->about->name);
	for (size_t i = 0; i < w->layout.parts; i++)
		w->layout.part[i].crc = UINT32_MAX;
	header = datafile_header_make(w->about, &w->layout, 0, &w->header, err);
	free(header);
	return header && datafile_layout(&w->layout, w->about, entries, w->header, err);
}

static bool writer_open(DataWriter *w, const char *path, Err *err)
{
	size_t room = strlen(path) + 32;

	w->path = strdup(path);
	w->beside = malloc(room);
	if (!w->path || !w->beside)
		return err_set(err, ERR_MEMORY, "no memory to write %s", path);
	snprintf(w->beside, room, "%s.%ld.new", path, (long)getpid());
	unlink(w->beside); /* left over from a process that died */
	w->fd = open(w->beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	return w->fd >= 0 || writer_failed(w, "create", err);
}

DataWriter *datawriter_new(const char *path, const Dataset *about, uint64_t entries, Err *err)
{
	DataWriter *w = calloc(1, sizeof *w);

	if (!w) {
		err_set(err, ERR_MEMORY, "no memory to write %s", path);
		return NULL;
	}
	w->fd = -1;
	w->about = about;
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	err_set(err, ERR_NEED, "%s: dataset files need a little-endian machine", path);
#else
	if (writer_layout(w, entries, err) && writer_open(w, path, err))
		return w;
#endif
	datawriter_cancel(w);
	return NULL;
}

static void writer_free(DataWriter *w)
{
	free(w->path);
	free(w->beside);
	free(w);
}

void datawriter_cancel(DataWriter *w)
{
	if (!w)
		return;
	if (w->fd >= 0) {
		close(w->fd);
		unlink(w->beside);
	}
	writer_free(w);
}

static bool writer_header(DataWriter *w, Err *err)
{
	uint8_t *header;
	size_t len;
	bool fine;

	if (w->rows != w->about->rows || w->entries != w->layout.entries)
		return err_set(err, ERR_ARGUMENT,
			       "%s: %zu rows and %" PRIu64 " entries came, but %zu and %" PRIu64
			       " were said",
			       w->about->name, w->rows, w->entries, w->about->rows,
			       w->layout.entries);
	header = datafile_header_make(w->about, &w->layout, w->header, &len, err);
	fine = header && writer_put(w, 0, header, len, err);
	free(header);
	return fine;
}

bool datawriter_finish(DataWriter *w, Err *err)
{
	bool fine = writer_header(w, err);

	if (fine && fsync(w->fd) != 0)
		fine = writer_failed(w, "fsync", err);
	if (close(w->fd) != 0 && fine)
		fine = writer_failed(w, "close", err);
	if (fine && rename(w->beside, w->path) != 0)
		fine = writer_failed(w, "rename", err);
	if (fine)
		file_sync_folder(w->path);
	else
		unlink(w->beside);
	writer_free(w);
	return fine;
}

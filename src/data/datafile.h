/* Dataset files: a dataset as it lies in memory, behind a checked header, so that it can be read in
 * pieces without ever being in memory whole.
 *
 *   "WATTLED1" · u32 header bytes · u32 CRC-32C of the header · header (JSON), padded with blanks
 *   so that what follows begins at a multiple of 64 · parts, each of which begins at a multiple of 64
 *
 * Numbers are little-endian; such machines alone read and write these files. Parts, in order: of
 * bytes or floats "features" (rows, features); of sparse rows "begin" u64 (rows + 1), "columns" u32
 * and "values" f32 (entries); then "labels" u16 or "targets" f32 (rows). The file ends with the last.
 * Training rows stand first. The header holds name, form, rows, train_rows, features, entries (sparse),
 * classes, width, height, byte_scale, missing, sha256 (of the source), columns with their
 * categories, class_names (both null when there are none), and of each part its name, bytes and
 * CRC-32C.
 *
 * Files are read by pread, not mapped: rows are copied once either way (into the buffer that they are
 * shuffled in), a file that shrinks while it is read is then an error and no signal, and pages of the
 * file do not count as this process's memory.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_DATAFILE_H
#define WATTLE_DATA_DATAFILE_H

#include "data/dataset.h"

#define DATAFILE_HEADER_MAX (4u << 20)

typedef struct DataFile DataFile;

/* Checks the header, that the parts fill the file exactly and, of sparse rows, that begin rises. What
 * the parts hold is checked where it is read. A regular file and no link. ERR_NEED, ERR_FILE,
 * ERR_FORMAT (file, what, expected). */
DataFile *datafile_open(const char *path, Err *err);
/* Takes over fd, also when it fails; name is what messages call it. */
DataFile *datafile_open_fd(int fd, const char *name, Err *err);
void datafile_close(DataFile *file);

/* Name, sizes, form, columns; its features, labels and targets are NULL. Borrowed. */
const Dataset *datafile_about(const DataFile *file);

/* Entries of these rows; 0 when the rows are not sparse. ERR_FILE, ERR_FORMAT. */
bool datafile_entries(const DataFile *file, size_t begin, size_t n, uint64_t *entries, Err *err);

/* Copies rows begin … begin + n − 1 to row `at` on of a dataset of the same form, features and
 * classes with enough rows. Sparse: entries go from to->sparse.begin[at] on, and it has room for so
 * many entries in all. Labels must be below classes, values numbers (or missing where the header says
 * so), those of categories one of them, columns rising: ERR_FORMAT names the row and column. ERR_FILE.
 * May be called by several threads. */
bool datafile_rows(const DataFile *file, size_t begin, size_t n, Dataset *to, size_t at,
		   uint64_t room, Err *err);
/* Asks the kernel to read these rows soon. Never fails. */
void datafile_ahead(const DataFile *file, size_t begin, size_t n);

/* The whole file as a dataset in memory, its sums checked; `from` is the path. */
Dataset *datafile_load(const char *path, Control *control, Err *err);
/* Sums of all parts. ERR_FORMAT names the part that differs. */
bool datafile_verify(const DataFile *file, Control *control, Err *err);

/* Written in pieces, beside its place, then renamed; rows come in order, the training rows first. */
typedef struct DataWriter DataWriter;

/* about: as datafile_about gives it, borrowed until the writer is gone; its rows say how many will
 * come, entries how many they have (0 unless sparse), missing whether values may be NaN.
 * ERR_ARGUMENT, ERR_FILE. */
DataWriter *datawriter_new(const char *path, const Dataset *about, uint64_t entries, Err *err);
/* Rows begin … begin + n − 1 of a dataset like about; what a reader would refuse is refused here
 * (ERR_ARGUMENT), and more rows or entries than were said. */
bool datawriter_rows(DataWriter *writer, const Dataset *piece, size_t begin, size_t n, Err *err);
/* True: the file is there, whole. ERR_ARGUMENT: rows are missing. Frees the writer either way. */
bool datawriter_finish(DataWriter *writer, Err *err);
/* Leaves what is at the path as it was. NULL is fine. */
void datawriter_cancel(DataWriter *writer);

#endif

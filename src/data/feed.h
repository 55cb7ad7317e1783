/* Feeds: the training rows of a dataset file as a stream of pieces that fit in little memory, in an
 * order that is shuffled well enough to learn from.
 *
 * A buffer of two halves: while one is in use, a thread of the feed's own reads blocks of neighbouring
 * rows, whole blocks in random order, into the other, and draws an order over all its rows. A piece is
 * such a half. Each row comes exactly once an epoch; the order depends on the seed, the epoch, the
 * options and the file alone, not on timing. Memory is the buffer, whatever the size of the file; that
 * the kernel keeps pages of the file is its own affair and does not count as ours.
 *
 * Not for use by two threads.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_DATA_FEED_H
#define WATTLE_DATA_FEED_H

#include "data/datafile.h"

typedef struct Feed Feed;

typedef struct FeedOptions {
	size_t buffer_bytes; /* of both halves together: 0 is 8 MiB; at least two batches */
	size_t block_bytes;  /* neighbours that are read together: 0 is 64 KiB */
	/* Pieces hold a multiple of so many rows (0: any number) but for the last of an epoch and, of
	 * sparse rows, where entries fill the buffer first. */
	size_t batch;
	bool shuffle; /* false: in the order of the file */
	bool alone;   /* no thread: a piece is read when it is asked for */
	uint64_t seed;
} FeedOptions;

/* The file is borrowed and must outlive the feed. ERR_MEMORY; ERR_LIMIT: no thread can be had. */
Feed *feed_new(const DataFile *file, const FeedOptions *options, Err *err);
void feed_free(Feed *feed);

/* Rows of a piece, at most. */
size_t feed_rows_max(const Feed *feed);

/* Begins an epoch (0 …), after an earlier one was read or left. */
void feed_begin(Feed *feed, size_t epoch);
/* The next piece, a view of all rows of a small dataset, both owned by the feed and valid until the
 * next call; count 0 behind the last one. What datafile_rows says, and control. */
bool feed_next(Feed *feed, Rows *piece, Control *control, Err *err);

/* Nanoseconds that feed_next waited for rows, since feed_new. */
int64_t feed_waited_ns(const Feed *feed);

#endif

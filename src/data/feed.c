/* The two halves of a feed's buffer, and the thread that fills them in turn.
 * SPDX-License-Identifier: MIT */
#include "data/feed.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/random.h"

#define BUFFER_BYTES ((size_t)8 << 20)
#define BLOCK_BYTES ((size_t)64 << 10)
/* Their order takes 4 bytes each: 1 MiB. */
#define BLOCKS_MAX ((size_t)1 << 18)
/* How often a wait for the disk looks at control. */
#define WAIT_NS 20000000
#define NONE 2

typedef struct Half {
	Dataset set;     /* rows: those in it */
	uint64_t room;   /* entries that there is memory for */
	uint32_t *order; /* (rows_max) */
	bool full;
	bool failed;
	Err err;
} Half;

struct Feed {
	const DataFile *file;
	FeedOptions options;
	size_t rows;           /* of the file that are for training */
	size_t rows_max;       /* of a half */
	uint64_t entries_max;  /* of a half, unless one row alone has more */
	size_t block, blocks;  /* rows of a block */
	uint32_t *block_order; /* (blocks) */
	Half half[2];
	/* Of whoever fills: */
	Random random;
	size_t at, done; /* the block in work, and rows of it that were read */
	size_t filling;  /* the half that comes next */
	/* Of whoever reads: */
	size_t next, held; /* halves; NONE: none is held */
	int64_t waited_ns;
	/* Between the two: */
	bool threaded;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool active; /* an epoch has rows left to read */
	bool busy;   /* a half is being filled */
	bool quit;
	atomic_bool leave; /* whatever is being filled is not wanted any more */
};

/* --- filling ---------------------------------------------------------------------------------- */

static size_t feed_block_at(const Feed *f, size_t i)
{
	return f->options.shuffle ? f->block_order[i] : i;
}

/* First row and rows of the i-th block of this epoch. */
static size_t feed_block(const Feed *f, size_t i, size_t *count)
{
	size_t begin = feed_block_at(f, i) * f->block;

	*count = f->rows - begin < f->block ? f->rows - begin : f->block;
	return begin;
}

/* Blocks of the half after this one are asked for while this one is read. */
static void feed_ahead(const Feed *f, size_t i)
{
	if (i < f->blocks) {
		size_t count, begin = feed_block(f, i, &count);

		datafile_ahead(f->file, begin, count);
	}
}

/* Memory for one row that has more entries than a half should. */
static bool half_grow(Half *half, uint64_t entries, Err *err)
{
	Sparse *sparse = &half->set.sparse;
	uint32_t *column = NULL;
	float *value = NULL;
	size_t bytes;

	if (size_mul((size_t)entries, sizeof *column, &bytes)) {
		column = realloc(sparse->column, bytes);
		sparse->column = column ? column : sparse->column;
		value = column ? realloc(sparse->value, bytes) : NULL;
		sparse->value = value ? value : sparse->value;
	}
	if (!value)
		return err_set(err, ERR_MEMORY, "no memory for a row of %llu entries",
			       (unsigned long long)entries);
	half->room = entries;
	return true;
}

/* Of n rows from begin on, as many as there is room for; 0: the half is full. */
static bool half_fits(const Feed *f, Half *half, size_t have, size_t begin, size_t *n, Err *err)
{
	uint64_t used, entries;

	if (half->set.form != DATASET_SPARSE)
		return true;
	used = half->set.sparse.begin[have];
	for (; *n > 0; *n /= 2) {
		if (!datafile_entries(f->file, begin, *n, &entries, err))
			return false;
		if (used + entries <= f->entries_max)
			return true;
		if (have == 0 && *n == 1)
			return entries <= half->room || half_grow(half, entries, err);
	}
	return true;
}

static void half_shuffle(Feed *f, Half *half)
{
	for (size_t i = 0; i < half->set.rows; i++)
		half->order[i] = (uint32_t)i;
	random_shuffle(&f->random, half->order, half->set.rows);
}

static bool half_fill(Feed *f, Half *half, Err *err)
{
	size_t have = 0, ahead = f->rows_max / f->block + 1;

	half->set.rows = f->rows_max;
	while (have < f->rows_max && f->at < f->blocks && !atomic_load(&f->leave)) {
		size_t count, begin = feed_block(f, f->at, &count), n = count - f->done;

		if (f->done == 0)
			feed_ahead(f, f->at + ahead);
		n = n < f->rows_max - have ? n : f->rows_max - have;
		begin += f->done;
		if (!half_fits(f, half, have, begin, &n, err))
			return false;
		if (n == 0)
			break;
		if (!datafile_rows(f->file, begin, n, &half->set, have, half->room, err))
			return false;
		have += n;
		f->done += n;
		if (f->done == count) {
			f->at++;
			f->done = 0;
		}
	}
	half->set.rows = half->set.train_rows = have;
	if (f->options.shuffle)
		half_shuffle(f, half);
	return true;
}

/* The next half; behind the last row, or at a failure, the epoch has no more. */
static bool feed_fill(Feed *f)
{
	Half *half = &f->half[f->filling];

	half->failed = !half_fill(f, half, &half->err);
	f->filling = 1 - f->filling;
	return !half->failed && f->at < f->blocks;
}

/* --- the thread ------------------------------------------------------------------------------- */

static void *feed_work(void *user)
{
	Feed *f = user;

	pthread_mutex_lock(&f->lock);
	while (!f->quit) {
		Half *half = &f->half[f->filling];

		if (!f->active || half->full) {
			pthread_cond_wait(&f->changed, &f->lock);
			continue;
		}
		f->busy = true;
		pthread_mutex_unlock(&f->lock);
		bool more = feed_fill(f);

		pthread_mutex_lock(&f->lock);
		half->full = true;
		f->busy = false;
		f->active = f->active && more;
		pthread_cond_broadcast(&f->changed);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

/* It takes no signals: handlers run on the caller's threads. */
static bool feed_start(Feed *f, Err *err)
{
	sigset_t all, old;
	int fault;

	if (f->options.alone)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	fault = pthread_create(&f->thread, NULL, feed_work, f);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	f->threaded = fault == 0;
	return f->threaded ||
	       err_set(err, ERR_LIMIT, "cannot start a thread that reads: %s", strerror(fault));
}

/* --- memory ----------------------------------------------------------------------------------- */

static uint64_t feed_row_bytes(const Dataset *about, double entries)
{
	uint64_t answer = (about->classes ? sizeof *about->labels : sizeof *about->targets) +
			  sizeof(uint32_t); /* and its place in the order */

	switch (about->form) {
	case DATASET_BYTES:
		return answer + about->features;
	case DATASET_FLOATS:
		return answer + sizeof(float) * (uint64_t)about->features;
	default:
		return answer + sizeof(uint64_t) +
		       (uint64_t)(entries * (sizeof(uint32_t) + sizeof(float)));
	}
}

static bool feed_sizes(Feed *f, Err *err)
{
	const Dataset *about = datafile_about(f->file);
	size_t batch = f->options.batch ? f->options.batch : 1;
	uint64_t entries, bytes;

	if (!datafile_entries(f->file, 0, f->rows, &entries, err))
		return false;
	bytes = feed_row_bytes(about, (double)entries / (double)f->rows);
	f->rows_max = (size_t)(f->options.buffer_bytes / 2 / bytes) / batch * batch;
	f->rows_max = f->rows_max < batch ? batch : f->rows_max;
	f->rows_max = f->rows_max < f->rows ? f->rows_max : f->rows;
	f->block = (size_t)(f->options.block_bytes / bytes);
	if (f->block < f->rows / BLOCKS_MAX + 1)
		f->block = f->rows / BLOCKS_MAX + 1;
	f->blocks = (f->rows - 1) / f->block + 1;
	/* A half more than the average, for rows that are longer. */
	f->entries_max = (uint64_t)(1.5 * (double)entries / (double)f->rows * (double)f->rows_max);
	if (f->entries_max > entries || f->rows_max == f->rows)
		f->entries_max = entries;
	return true;
}

static bool feed_take_half(const Feed *f, Half *half, Err *err)
{
	half->set = *datafile_about(f->file);
	half->set.arena = NULL; /* names stay with the file */
	half->set.rows = half->set.train_rows = f->rows_max;
	half->room = f->entries_max;
	half->order = malloc(f->rows_max * sizeof *half->order);
	if (!half->order)
		return err_set(err, ERR_MEMORY, "no memory for an order of %zu rows", f->rows_max);
	return dataset_take(&half->set, (size_t)f->entries_max, err);
}

static bool feed_take(Feed *f, Err *err)
{
	if (!feed_sizes(f, err))
		return false;
	f->block_order = malloc(f->blocks * sizeof *f->block_order);
	if (!f->block_order)
		return err_set(err, ERR_MEMORY, "no memory for the order of %zu blocks", f->blocks);
	return feed_take_half(f, &f->half[0], err) &&
	       (f->options.alone || feed_take_half(f, &f->half[1], err));
}

static void half_done(Half *half)
{
	free(half->order);
	free(half->set.bytes);
	free(half->set.floats);
	free(half->set.sparse.begin);
	free(half->set.sparse.column);
	free(half->set.sparse.value);
	free(half->set.labels);
	free(half->set.targets);
}

Feed *feed_new(const DataFile *file, const FeedOptions *options, Err *err)
{
	Feed *f = calloc(1, sizeof *f);
	pthread_condattr_t clock;

	if (!f) {
		err_set(err, ERR_MEMORY, "no memory for a feed");
		return NULL;
	}
	f->file = file;
	f->options = *options;
	if (!f->options.buffer_bytes)
		f->options.buffer_bytes = BUFFER_BYTES;
	if (!f->options.block_bytes)
		f->options.block_bytes = BLOCK_BYTES;
	f->rows = datafile_about(file)->train_rows;
	f->held = NONE;
	pthread_mutex_init(&f->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&f->changed, &clock);
	pthread_condattr_destroy(&clock);
	if (feed_take(f, err) && feed_start(f, err))
		return f;
	feed_free(f);
	return NULL;
}

void feed_free(Feed *f)
{
	if (!f)
		return;
	if (f->threaded) {
		atomic_store(&f->leave, true);
		pthread_mutex_lock(&f->lock);
		f->quit = true;
		pthread_cond_broadcast(&f->changed);
		pthread_mutex_unlock(&f->lock);
		pthread_join(f->thread, NULL);
	}
	half_done(&f->half[0]);
	half_done(&f->half[1]);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
	free(f->block_order);
	free(f);
}

size_t feed_rows_max(const Feed *f)
{
	return f->rows_max;
}

int64_t feed_waited_ns(const Feed *f)
{
	return f->waited_ns;
}

/* --- reading ---------------------------------------------------------------------------------- */

void feed_begin(Feed *f, size_t epoch)
{
	atomic_store(&f->leave, true);
	pthread_mutex_lock(&f->lock);
	f->active = false;
	while (f->busy)
		pthread_cond_wait(&f->changed, &f->lock);
	atomic_store(&f->leave, false);
	f->half[0].full = f->half[1].full = false;
	f->filling = f->next = f->at = f->done = 0;
	f->held = NONE;
	random_init(&f->random, f->options.seed, RANDOM_ROWS | (uint64_t)(epoch + 1) << 32);
	for (size_t i = 0; i < f->blocks; i++)
		f->block_order[i] = (uint32_t)i;
	if (f->options.shuffle)
		random_shuffle(&f->random, f->block_order, f->blocks);
	f->active = true;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

/* Lets go of what is held, then waits until the next half is there, or there is no more. */
static bool feed_wait(Feed *f, Control *control, Err *err)
{
	bool fine = true;

	pthread_mutex_lock(&f->lock);
	if (f->held != NONE) {
		f->half[f->held].full = false;
		f->held = NONE;
		pthread_cond_broadcast(&f->changed);
	}
	while (fine && !f->half[f->next].full && (f->active || f->busy)) {
		int64_t until_ns = clock_now_ns() + WAIT_NS;
		struct timespec until = { .tv_sec = until_ns / CLOCK_NS_PER_S,
					  .tv_nsec = until_ns % CLOCK_NS_PER_S };

		if (pthread_cond_timedwait(&f->changed, &f->lock, &until) == ETIMEDOUT) {
			pthread_mutex_unlock(&f->lock);
			fine = control_poll(control, err);
			pthread_mutex_lock(&f->lock);
		}
	}
	pthread_mutex_unlock(&f->lock);
	return fine;
}

static void feed_read_alone(Feed *f)
{
	f->half[0].full = f->active;
	f->filling = f->next = 0;
	f->active = f->active && feed_fill(f);
}

bool feed_next(Feed *f, Rows *piece, Control *control, Err *err)
{
	int64_t begin_ns;
	Half *half;

	*piece = (Rows){ .set = &f->half[0].set };
	if (!control_poll(control, err))
		return false;
	begin_ns = clock_now_ns();
	if (f->options.alone)
		feed_read_alone(f);
	else if (!feed_wait(f, control, err))
		return false;
	f->waited_ns += clock_now_ns() - begin_ns;
	half = &f->half[f->next];
	if (!half->full)
		return true;
	if (half->failed) {
		*err = half->err;
		return false;
	}
	*piece = (Rows){ .set = &half->set,
			 .index = f->options.shuffle ? half->order : NULL,
			 .count = half->set.rows };
	f->held = f->next;
	f->next = 1 - f->next;
	return true;
}

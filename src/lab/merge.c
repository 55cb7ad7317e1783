/* Blocks of several parts, put in order.
 *
 * A worker's job writes its records in one piece that ends with a usage record, and knows one block: so
 * a part is cut behind each usage record, and the pieces are put in the order of their blocks.
 * SPDX-License-Identifier: MIT */
#include "lab/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "lab/results.h"
#include "lab/verdict.h"

/* Records begin … end − 1 of a part. */
typedef struct Piece {
	const json_t *records;
	size_t part, begin, end;
	int block;
	bool has_block;
	bool torn; /* its part has not the whole block */
} Piece;

typedef struct Merge {
	const MergePart *parts;
	size_t count;
	Piece *pieces;
	size_t piece_count;
	Merged *out;
	Results *results;
	int64_t t_ns; /* of the last record that was put */
} Merge;

static bool is_of(const json_t *record, const char *type)
{
	return strcmp(record_text(record, "type"), type) == 0;
}

/* --- whether they are parts of one ------------------------------------------------------------ */

static const json_t *cpu_of(const json_t *begin)
{
	return json_object_get(json_object_get(begin, "receipt"), "cpu");
}

/* Names what two objects have differently; NULL: nothing, but for their shards. */
static const char *difference(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)a, key, value)
	{
		if (strcmp(key, "shard") != 0 && !json_equal(value, json_object_get(b, key)))
			return key;
	}
	json_object_foreach((json_t *)(uintptr_t)b, key, value)
	{
		if (strcmp(key, "shard") != 0 && !json_object_get(a, key))
			return key;
	}
	return NULL;
}

/* Files do not tell how they were asked for: of them, what their receipts tell. */
static bool check_way(const MergePart *part, const MergePart *first, Err *err)
{
	static const char *const keys[] = { "version", "threads", "kernels" };
	const json_t *a = json_object_get(json_array_get(part->records, 0), "receipt");
	const json_t *b = json_object_get(json_array_get(first->records, 0), "receipt");
	const char *differs = part->settings && first->settings
				      ? difference(part->settings, first->settings)
				      : NULL;

	for (size_t i = 0; !differs && i < sizeof keys / sizeof *keys; i++) {
		const json_t *x = json_object_get(a, keys[i]), *y = json_object_get(b, keys[i]);

		if (x != y && !json_equal(x, y))
			differs = keys[i];
	}
	return !differs ||
	       err_set(err, ERR_ARGUMENT, "%s was run differently: its %s is not that of %s",
		       part->name, differs, first->name);
}

static bool check_part(const MergePart *part, const MergePart *one, Err *err)
{
	const json_t *begin = json_array_get(part->records, 0);
	const json_t *first = json_array_get(one->records, 0);

	if (!is_of(begin, "run-begin"))
		return err_set(err, ERR_ARGUMENT, "%s does not begin with a run-begin record",
			       part->name);
	if (!json_equal(json_object_get(begin, "plan"), json_object_get(first, "plan")) ||
	    !json_equal(json_object_get(begin, "seed"), json_object_get(first, "seed")) ||
	    strcmp(record_text(begin, "script_sha256"), record_text(first, "script_sha256")) != 0)
		return err_set(err, ERR_ARGUMENT,
			       "%s is no part of the same experiment: its plan, seed or script is "
			       "another",
			       part->name);
	if (strcmp(record_text(cpu_of(begin), "model"), record_text(cpu_of(first), "model")) != 0)
		return err_set(
			err, ERR_ARGUMENT,
			"%s ran on another processor (%s, not %s): times of both are not one "
			"sample",
			part->name, record_text(cpu_of(begin), "model"),
			record_text(cpu_of(first), "model"));
	return check_way(part, one, err);
}

/* --- pieces ----------------------------------------------------------------------------------- */

static void close_piece(Merge *self, size_t part, size_t begin, size_t end)
{
	Piece *piece = &self->pieces[self->piece_count++];

	*piece = (Piece){
		.records = self->parts[part].records, .part = part, .begin = begin, .end = end
	};
	for (size_t i = begin; i < end && !piece->has_block; i++) {
		const json_t *record = json_array_get(piece->records, i);

		piece->has_block = is_of(record, "trial") || is_of(record, "window");
		if (piece->has_block)
			piece->block = (int)json_integer_value(json_object_get(record, "block"));
	}
}

/* Verdicts and the end are made anew. */
static bool is_end(const json_t *record)
{
	return is_of(record, "verdict") || is_of(record, "run-end") || is_of(record, "ui");
}

static void cut(Merge *self, size_t part)
{
	const json_t *records = self->parts[part].records;
	size_t begin = 1, n = json_array_size(records), i;

	for (i = begin; i < n && !is_end(json_array_get(records, i)); i++)
		if (is_of(json_array_get(records, i), "usage")) {
			close_piece(self, part, begin, i + 1);
			begin = i + 1;
		}
	if (begin < i)
		close_piece(self, part, begin, i);
}

/* In every condition. */
static bool is_through(const Results *results, size_t block)
{
	for (size_t k = 0; k < results_conditions(results); k++)
		if (results_next_attempt(results_condition(results, k), block) >= 0)
			return false;
	return true;
}

/* Which of the pieces from first on belong to blocks that this part has not whole. */
static bool note_torn(Merge *self, size_t part, size_t first, Err *err)
{
	const json_t *records = self->parts[part].records;
	Results *own = results_new(err);
	bool fine = own != NULL;

	for (size_t i = 0; fine && i < json_array_size(records); i++)
		fine = results_take(own, json_array_get(records, i), err) ||
		       err_prefix(err, "%s", self->parts[part].name);
	for (size_t i = first; fine && results_plan(own) && i < self->piece_count; i++) {
		Piece *piece = &self->pieces[i];

		piece->torn = piece->has_block && piece->block >= 0 &&
			      !is_through(own, (size_t)piece->block);
	}
	results_free(own);
	return fine;
}

/* By block, what has none first; whole blocks before torn ones; then as they came. */
static int order_of(const void *a, const void *b)
{
	const Piece *x = a, *y = b;

	if (x->has_block != y->has_block)
		return x->has_block - y->has_block;
	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	if (x->torn != y->torn)
		return x->torn - y->torn;
	if (x->part != y->part)
		return x->part < y->part ? -1 : 1;
	return (x->begin > y->begin) - (x->begin < y->begin);
}

/* --- the run ---------------------------------------------------------------------------------- */

static bool put(Merge *self, json_t *record, Err *err)
{
	bool fine = record && results_take(self->results, record, err);

	if (!record)
		err_set(err, ERR_MEMORY, "no memory for a merged run");
	if (json_array_append_new(self->out->records, record) != 0 && fine)
		fine = err_set(err, ERR_MEMORY, "no memory for a merged run");
	return fine;
}

/* FNV-1a over the ids of the parts, in their order: the same parts, the same run. */
static json_t *merged_id(const Merge *self)
{
	uint64_t sum = 0xcbf29ce484222325u;

	for (size_t i = 0; i < self->count; i++) {
		const char *at = record_text(json_array_get(self->parts[i].records, 0), "run");

		for (; *at; at++)
			sum = (sum ^ (uint8_t)*at) * 0x100000001b3u;
	}
	return json_sprintf("%016llx", (unsigned long long)sum);
}

static bool put_begin(Merge *self, Err *err)
{
	json_t *begin = json_deep_copy(json_array_get(self->parts[0].records, 0));
	json_t *parts = json_array();

	for (size_t i = 0; i < self->count; i++)
		json_array_append(parts, json_object_get(json_array_get(self->parts[i].records, 0),
							 "run"));
	json_object_del(begin, "shard");
	json_object_set_new(begin, "run", merged_id(self));
	json_object_set_new(begin, "parts", parts);
	return put(self, begin, err);
}

/* On the merged run's clock: no record before the one that precedes it. */
static bool put_piece(Merge *self, const Piece *piece, Err *err)
{
	int64_t first_ns = json_integer_value(
		json_object_get(json_array_get(piece->records, piece->begin), "t_ns"));
	int64_t begin_ns = self->t_ns;

	for (size_t i = piece->begin; i < piece->end; i++) {
		const json_t *from = json_array_get(piece->records, i);
		int64_t t_ns = json_integer_value(json_object_get(from, "t_ns"));

		if (first_ns < 0 || t_ns < 0 || t_ns - first_ns > RECORD_INTEGER_MAX - begin_ns)
			return err_set(err, ERR_FORMAT, "%s, record %zu: t_ns is no time of a run",
				       self->parts[piece->part].name, i + 1);
		if (t_ns - first_ns + begin_ns > self->t_ns)
			self->t_ns = t_ns - first_ns + begin_ns;
		json_t *record = json_copy((json_t *)(uintptr_t)from);

		json_object_set_new(record, "t_ns", json_integer((json_int_t)self->t_ns));
		if (!put(self, record, err))
			return false;
	}
	return true;
}

/* Of what has no block, the first part's alone; of a block, one part's alone. */
static bool put_pieces(Merge *self, Err *err)
{
	const Piece *before = NULL;
	int dropped = -1;

	for (size_t i = 0; i < self->piece_count; i++) {
		const Piece *piece = &self->pieces[i];
		bool same = before && piece->has_block && before->has_block &&
			    before->block == piece->block;

		if (piece->has_block ? same && before->part != piece->part : piece->part > 0) {
			/* Each part warms up for itself. */
			bool counts = piece->has_block && piece->block >= 0;

			self->out->dropped += counts && piece->block != dropped;
			dropped = counts ? piece->block : dropped;
			continue;
		}
		if (!put_piece(self, piece, err))
			return false;
		before = piece;
	}
	return true;
}

static bool put_verdicts(Merge *self, const Results *results, Err *err)
{
	Verdict verdicts[VERDICTS_MAX];
	size_t n = verdict_make_all(verdicts, results);

	for (size_t i = 0; i < n; i++) {
		json_t *record = record_new("verdict", 0);

		json_object_set_new(record, "t_ns", json_integer((json_int_t)self->t_ns));
		json_object_update_new(record, verdict_json(&verdicts[i], results));
		if (!put(self, record, err))
			return false;
	}
	return true;
}

static bool put_end(Merge *self, Err *err)
{
	for (size_t k = 0; k < results_conditions(self->results); k++)
		if (!put_verdicts(self, results_condition(self->results, k), err))
			return false;
	return put(self,
		   json_pack("{s:i, s:s, s:I, s:i, s:s}", "v", RECORD_VERSION, "type", "run-end",
			     "t_ns", (json_int_t)self->t_ns, "exit",
			     verdict_exit_status(self->results), "why", "merged"),
		   err);
}

static void count_missing(Merge *self)
{
	const Plan *plan = results_plan(self->results);

	for (size_t block = 0; plan && block < plan->blocks_min; block++) {
		if (is_through(self->results, block))
			continue;
		if (self->out->missing++ == 0)
			self->out->first_missing = block;
	}
}

static bool merge(Merge *self, Err *err)
{
	for (size_t i = 0; i < self->count; i++) {
		size_t first = self->piece_count;

		cut(self, i);
		if (!note_torn(self, i, first, err))
			return false;
	}
	qsort(self->pieces, self->piece_count, sizeof *self->pieces, order_of);
	if (!put_begin(self, err))
		return false;
	const Plan *plan = results_plan(self->results);

	if (!plan || plan->build == PLAN_BUILD_ONCE)
		return err_set(err, ERR_ARGUMENT,
			       "%s builds its arms once, in one process: it has no parts",
			       self->parts[0].name);
	if (!put_pieces(self, err))
		return false;
	count_missing(self);
	return put_end(self, err);
}

static int part_order(const void *a, const void *b)
{
	const MergePart *x = a, *y = b;

	return strcmp(record_text(json_array_get(x->records, 0), "run"),
		      record_text(json_array_get(y->records, 0), "run"));
}

bool merge_parts(Merged *out, MergePart *parts, size_t count, Err *err)
{
	Merge self = { .parts = parts, .count = count, .out = out };
	size_t records = 0;
	bool fine = true;

	*out = (Merged){ .records = json_array() };
	qsort(parts, count, sizeof *parts, part_order);
	for (size_t i = 0; fine && i < count; i++) {
		fine = check_part(&parts[i], &parts[0], err);
		records += json_array_size(parts[i].records) + 1;
	}
	if (!fine)
		return false;
	self.pieces = calloc(records, sizeof *self.pieces);
	self.results = self.pieces ? results_new(err) : NULL;
	if (!self.pieces)
		err_set(err, ERR_MEMORY, "no memory to merge %zu records", records);
	fine = self.results && merge(&self, err);
	results_free(self.results);
	free(self.pieces);
	return fine;
}

void merged_done(Merged *merged)
{
	json_decref(merged->records);
	merged->records = NULL;
}

/* Traces: the joules of a run on a metered machine, kept in a file and served where there is no
 * meter.
 *
 * A trace is a file of records, one a line. The first is its head,
 * {"type":"trace","crc32c","key": {…},"script","wall","machine"}; behind it stand the run's own
 * meter, reading, idle, window and net records, which hold the readings and what lay between the
 * edges. crc32c (8 hexadecimal digits) is of the whole file with that value as eight zeros, so
 * that a head, too, cannot be damaged unseen. The key is an object of whatever the joules depend
 * on (the script's checksum, the flags that change what runs): a trace is served to a run of an
 * equal key only.
 *
 * Windows are looked up by arm and block. The same script measures other numbers of passes on
 * another machine, so joules are served for each item: those of the recorded window times items
 * here ÷ items there. What is served is REPLAYED, of the source "replay", and at best modelled: it
 * is no measurement of this machine, whatever it was of the other.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_TRACE_H
#define WATTLE_ENERGY_TRACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define TRACE_BYTES_MAX (256u << 20)

/* --- recording -------------------------------------------------------------------------------- */

typedef struct TraceOut TraceOut;

/* A new file: an old one is never overwritten (ERR_FILE). key is borrowed for the call. */
TraceOut *trace_out_new(const char *path, const json_t *key, Err *err);
/* Keeps what a trace holds of a record of the run (borrowed), passes over the rest. The head is
 * written at run-begin; what comes before it is kept until then. */
bool trace_out_put(TraceOut *out, const json_t *record, Err *err);
/* Writes the checksum. Without it, or when *err is set, the file is no trace. One that has no
 * window is removed. Frees out; NULL is fine. */
bool trace_out_close(TraceOut *out, Err *err);

/* --- replay ----------------------------------------------------------------------------------- */

typedef struct Trace Trace;

/* ERR_FILE when it cannot be read, ERR_FORMAT when it is no trace, is cut off or damaged; the text
 * names the line. */
Trace *trace_parse(const char *text, size_t len, Err *err);
Trace *trace_read(const char *path, Err *err);
void trace_free(Trace *trace);

/* The head as a record of the run that replays (borrowed): what the joules are of. */
const json_t *trace_head(const Trace *trace);
/* Windows with joules in it. */
size_t trace_windows(const Trace *trace);
/* ERR_NEED names what is another one in the trace's key. */
bool trace_fits(const Trace *trace, const json_t *key, Err *err);
/* Puts the joules of the trace into a window record, in place of its own: energy, energy_net,
 * energy_attributed, each absent with the reason where the trace has none. The window's last whole
 * attempt serves all attempts here. */
bool trace_serve(const Trace *trace, json_t *window, Err *err);

#endif

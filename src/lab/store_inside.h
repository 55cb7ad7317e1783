/* What the two files of the store share; for src/lab/store*.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_LAB_STORE_INSIDE_H
#define WATTLE_LAB_STORE_INSIDE_H

#include <sqlite3.h>

#include "lab/store.h"

/* In SQL: what store_is_end tells of records. */
#define STORE_END_TYPES "'error', 'verdict', 'ui', 'run-end'"

struct Store {
	sqlite3 *db;
	char *path;
};

/* Brings the file to a version, from whatever older one it has: steps[v] is SQL that makes v + 1 of
 * v. All or nothing. A failure names the step. */
bool store_migrate(Store *store, const char *const *steps, int version, Err *err);
/* Says in the user's words what SQLite's last error was. Always false. */
bool store_failed(const Store *store, Err *err);
/* Statements without results. */
bool store_do(Store *store, const char *sql, Err *err);
/* NULL and *err; the caller finalizes it. */
sqlite3_stmt *store_prepare(Store *store, const char *sql, Err *err);
/* Borrowed until the statement is reset; NULL counts as "". */
void store_bind(sqlite3_stmt *statement, int at, const char *text);
/* One that gives no rows; reset afterwards, ready for the next values. */
bool store_step(Store *store, sqlite3_stmt *statement, Err *err);
/* The number that a query gives, 0 when it gives no row. text: its parameter, or NULL. */
bool store_number(Store *store, const char *sql, const char *text, int64_t *out, Err *err);

#endif

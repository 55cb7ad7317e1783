/* Runs in SQLite: opening, errors, lists. Writing is in store_write.c.
 * SPDX-License-Identifier: MIT */
#include "lab/store.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/record.h"
#include "base/text.h"
#include "lab/store_inside.h"

#define APPLICATION_ID 0x57544c31 /* "WTL1", in the file's header */

/* migration[v] brings version v to v + 1. What is here is never changed again, only added to: for a
 * new version, add a step and count STORE_VERSION up. */
static const char *const migration[STORE_VERSION] = {
	/* asked: what it was asked with. What lists show is kept beside the records that say it. */
	"CREATE TABLE run("
	"  id TEXT PRIMARY KEY, began INTEGER NOT NULL, wall TEXT NOT NULL, name TEXT NOT NULL,"
	"  script TEXT NOT NULL, script_sha256 TEXT NOT NULL, machine TEXT NOT NULL,"
	"  seed INTEGER NOT NULL, asked TEXT NOT NULL, text BLOB, exit INTEGER, why TEXT"
	") STRICT;"
	"CREATE TABLE record("
	"  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, seq INTEGER NOT NULL,"
	"  type TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY(run, seq)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE tag("
	"  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, tag TEXT NOT NULL,"
	"  PRIMARY KEY(run, tag)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX tag_runs ON tag(tag);",
};

/* --- errors ----------------------------------------------------------------------------------- */

bool store_failed(const Store *store, Err *err)
{
	int code = sqlite3_extended_errcode(store->db), fault = sqlite3_system_errno(store->db);

	switch (code & 0xff) {
	case SQLITE_NOMEM:
		return err_set(err, ERR_MEMORY, "no memory for the store %s", store->path);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(
			err, ERR_FILE,
			"the store %s is in use: another process has not let go of it for %d s",
			store->path, STORE_WAIT_MS / 1000);
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return err_set(err, ERR_FILE, "the store %s may not be written to", store->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(
			err, ERR_FORMAT,
			"the store %s is damaged; move it away, and a new one is made: what can "
			"still be read comes back by sqlite3 OLD .recover",
			store->path);
	case SQLITE_FULL:
		return err_set(err, ERR_FILE, "the disk of the store %s is full", store->path);
	default:
		return err_set(err, ERR_FILE, "the store %s: %s%s%s", store->path,
			       sqlite3_errmsg(store->db), fault ? ": " : "",
			       fault ? strerror(fault) : "");
	}
}

bool store_do(Store *store, const char *sql, Err *err)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       store_failed(store, err);
}

sqlite3_stmt *store_prepare(Store *store, const char *sql, Err *err)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		store_failed(store, err);
	return statement;
}

void store_bind(sqlite3_stmt *statement, int at, const char *text)
{
	/* A refusal shows when the statement is stepped: NULL is no value of these columns. */
	sqlite3_bind_text(statement, at, text ? text : "", -1, SQLITE_STATIC);
}

/* Steps to the next row. False: there is none, or *err is set. */
static bool next_row(Store *store, sqlite3_stmt *statement, Err *err)
{
	int code = sqlite3_step(statement);

	if (code != SQLITE_ROW && code != SQLITE_DONE)
		store_failed(store, err);
	return code == SQLITE_ROW;
}

bool store_step(Store *store, sqlite3_stmt *statement, Err *err)
{
	bool fine = sqlite3_step(statement) == SQLITE_DONE || store_failed(store, err);

	sqlite3_reset(statement);
	return fine;
}

static const char *column(sqlite3_stmt *statement, int at)
{
	const unsigned char *text = sqlite3_column_text(statement, at);

	return text ? (const char *)text : "";
}

bool store_number(Store *store, const char *sql, const char *text, int64_t *out, Err *err)
{
	sqlite3_stmt *statement = store_prepare(store, sql, err);
	bool fine = false;

	if (!statement)
		return false;
	if (text)
		store_bind(statement, 1, text);
	err->code = ERR_NONE;
	*out = 0;
	if (next_row(store, statement, err))
		*out = sqlite3_column_int64(statement, 0);
	fine = err->code == ERR_NONE;
	sqlite3_finalize(statement);
	return fine;
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool run_steps(Store *store, const char *const *steps, int version, Err *err)
{
	int64_t now;
	char sql[128];

	/* Another process may have been here since. */
	if (!store_number(store, "PRAGMA user_version", NULL, &now, err))
		return false;
	for (; now < version; now++)
		if (!store_do(store, steps[now], err))
			return err_prefix(err, "from version %d to %d", (int)now, (int)now + 1);
	if (now > version)
		return err_set(err, ERR_NEED, "a newer wattle has just taken the store %s over",
			       store->path);
	text_format(sql, sizeof sql, "PRAGMA user_version = %d; PRAGMA application_id = %d; COMMIT",
		    version, APPLICATION_ID);
	return store_do(store, sql, err);
}

bool store_migrate(Store *store, const char *const *steps, int version, Err *err)
{
	if (!store_do(store, "BEGIN IMMEDIATE", err))
		return false;
	if (run_steps(store, steps, version, err))
		return true;
	sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

/* A file of an older version, or a new one. */
static bool bring_up(Store *store, StoreWay way, int64_t version, Err *err)
{
	if (version == 0 && way == STORE_READ)
		return err_set(err, ERR_NEED, "the store %s holds no runs yet", store->path);
	if (sqlite3_db_readonly(store->db, "main") == 1)
		return err_set(err, ERR_NEED,
			       "an older wattle wrote the store %s (version %lld, this one reads "
			       "%d), and it may not be written to: where it may, it is brought up "
			       "to date",
			       store->path, (long long)version, STORE_VERSION);
	return store_migrate(store, migration, STORE_VERSION, err);
}

static bool check_version(Store *store, StoreWay way, Err *err)
{
	int64_t version, application, tables;

	if (!store_number(store, "PRAGMA application_id", NULL, &application, err) ||
	    !store_number(store, "PRAGMA user_version", NULL, &version, err) ||
	    !store_number(store, "SELECT count(*) FROM sqlite_master", NULL, &tables, err))
		return false;
	if ((application != APPLICATION_ID && tables) || version < 0)
		return err_set(err, ERR_FORMAT,
			       "%s is a database, but none of wattle's; move it away", store->path);
	if (version > STORE_VERSION)
		return err_set(err, ERR_NEED,
			       "the store %s was written by a newer wattle (version %lld, this one "
			       "knows %d): use that one, or move the store away",
			       store->path, (long long)version, STORE_VERSION);
	return version == STORE_VERSION || bring_up(store, way, version, err);
}

/* The path with the links of its folder followed: SQLITE_OPEN_NOFOLLOW refuses a link anywhere in a
 * path, and only the file itself must be none. A folder that is not there is left to SQLite. */
static char *real_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash && slash > path ? strndup(path, (size_t)(slash - path)) : NULL;
	char *real = folder ? realpath(folder, NULL) : NULL, *out = NULL;

	if (real && (out = malloc(strlen(real) + strlen(slash) + 1)))
		strcpy(stpcpy(out, real), slash);
	free(real);
	free(folder);
	return out ? out : strdup(path);
}

/* As a URI that says that nobody writes to it: then SQLite needs no files beside it. */
static char *frozen_uri(const char *path)
{
	char *uri = malloc(3 * strlen(path) + sizeof "file:?immutable=1"), *to = uri;

	if (!uri)
		return NULL;
	to = stpcpy(to, "file:");
	for (; *path; path++) {
		if (strchr("?#%", *path))
			to += sprintf(to, "%%%02X", (unsigned)*path);
		else
			*to++ = *path;
	}
	strcpy(to, "?immutable=1");
	return uri;
}

static bool set_up(Store *store, StoreWay way, int code, Err *err)
{
	if (!store->db)
		return err_set(err, ERR_MEMORY, "no memory for the store %s", store->path);
	if (code == SQLITE_CANTOPEN && way == STORE_READ && sqlite3_system_errno(store->db) == 2)
		return err_set(err, ERR_NEED, "no run was stored yet: there is no %s", store->path);
	if (code != SQLITE_OK)
		return store_failed(store, err);
	sqlite3_extended_result_codes(store->db, 1);
	sqlite3_busy_timeout(store->db, STORE_WAIT_MS);
	if (way == STORE_WRITE && !store_do(store, "PRAGMA journal_mode = WAL", err))
		return false;
	return store_do(store, "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL", err) &&
	       check_version(store, way, err);
}

/* A store in a folder that may not be written to, where nobody writes: with a -wal there may be one
 * who does. */
static bool open_frozen(Store *store, Err *err)
{
	char *uri = frozen_uri(store->path), wal[PATH_MAX];

	text_format(wal, sizeof wal, "%s-wal", store->path);
	if (!uri || access(wal, F_OK) == 0) {
		free(uri);
		return false;
	}
	sqlite3_close(store->db);
	int code = sqlite3_open_v2(uri, &store->db,
				   SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOFOLLOW,
				   NULL);

	free(uri);
	return set_up(store, STORE_READ, code, err);
}

static bool open_file(Store *store, StoreWay way, Err *err)
{
	int flags = way == STORE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
				       : SQLITE_OPEN_READWRITE;
	int code = sqlite3_open_v2(store->path, &store->db, flags | SQLITE_OPEN_NOFOLLOW, NULL);

	if (set_up(store, way, code, err))
		return true;
	code = sqlite3_errcode(store->db) & 0xff;
	return way == STORE_READ && (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) &&
	       open_frozen(store, err);
}

Store *store_open(const char *path, StoreWay way, Err *err)
{
	Store *store = calloc(1, sizeof *store);

	if (store)
		store->path = real_path(path);
	if (!store || !store->path) {
		free(store);
		err_set(err, ERR_MEMORY, "no memory for the store %s", path);
		return NULL;
	}
	if (open_file(store, way, err))
		return store;
	store_close(store);
	return NULL;
}

void store_close(Store *store)
{
	if (!store)
		return;
	sqlite3_close(store->db);
	free(store->path);
	free(store);
}

/* --- how runs end ----------------------------------------------------------------------------- */

bool store_broken_off(const StoredRun *run)
{
	static const int ends[] = { 5, 128 + 1, 128 + 2, 128 + 3, 128 + 15 };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (run->exit == ends[i])
			return true;
	return !run->why;
}

bool store_is_end(const json_t *record)
{
	char type[32];

	text_format(type, sizeof type, "'%s'", record_text(record, "type"));
	return strstr(STORE_END_TYPES, type);
}

/* --- lists ------------------------------------------------------------------------------------ */

#define RUN_COLUMNS                                                                           \
	"SELECT id, wall, name, script, script_sha256, machine, seed, exit, why,"             \
	" (SELECT group_concat(tag) FROM (SELECT tag FROM tag WHERE run = id ORDER BY tag))," \
	" (SELECT count(*) FROM record WHERE run = id),"                                      \
	" (SELECT count(*) FROM record WHERE run = id AND type = 'trial') FROM run"

static void read_run(sqlite3_stmt *row, StoredRun *run)
{
	*run = (StoredRun){
		.wall = column(row, 1),
		.name = column(row, 2),
		.script = column(row, 3),
		.script_sha256 = column(row, 4),
		.machine = column(row, 5),
		.seed = (uint64_t)sqlite3_column_int64(row, 6),
		.exit = sqlite3_column_int(row, 7),
		.why = (const char *)sqlite3_column_text(row, 8),
		.tags = column(row, 9),
		.records = (uint64_t)sqlite3_column_int64(row, 10),
		.trials = (uint64_t)sqlite3_column_int64(row, 11),
	};
	text_format(run->id, sizeof run->id, "%s", column(row, 0));
}

static bool each(Store *store, sqlite3_stmt *rows, StoreTake *take, void *user, size_t *count,
		 Err *err)
{
	StoredRun run;

	err->code = ERR_NONE;
	for (*count = 0; next_row(store, rows, err); (*count)++) {
		read_run(rows, &run);
		if (!take(user, &run, err))
			return false;
	}
	return err->code == ERR_NONE;
}

bool store_each(Store *store, StoreTake *take, void *user, Err *err)
{
	sqlite3_stmt *rows = store_prepare(store, RUN_COLUMNS " ORDER BY began, id", err);
	size_t count;
	bool fine = rows && each(store, rows, take, user, &count, err);

	sqlite3_finalize(rows);
	return fine;
}

bool store_run(Store *store, const char *id, StoreTake *take, void *user, Err *err)
{
	sqlite3_stmt *rows = store_prepare(store, RUN_COLUMNS " WHERE id = ?1", err);
	size_t count = 0;
	bool fine = false;

	if (rows) {
		store_bind(rows, 1, id);
		fine = each(store, rows, take, user, &count, err);
		if (fine && count == 0)
			fine = err_set(err, ERR_ARGUMENT, "there is no run %s", id);
	}
	sqlite3_finalize(rows);
	return fine;
}

/* Who is meant, as far as it is known. */
typedef struct Meant {
	char id[STORE_ID_MAX], list[256];
	size_t count, len;
} Meant;

static void meant_add(Meant *meant, const char *id, const char *name)
{
	if (meant->count++ == 0)
		text_format(meant->id, sizeof meant->id, "%s", id);
	meant->len += text_format(meant->list + meant->len, sizeof meant->list - meant->len,
				  "%s%.8s (%.40s)", meant->len ? ", " : "", id, name);
}

static bool meant_by(Store *store, const char *sql, const char *text, Meant *meant, Err *err)
{
	sqlite3_stmt *rows = store_prepare(store, sql, err);

	if (!rows)
		return false;
	err->code = ERR_NONE;
	store_bind(rows, 1, text);
	while (next_row(store, rows, err))
		meant_add(meant, column(rows, 0), column(rows, 1));
	sqlite3_finalize(rows);
	return err->code == ERR_NONE;
}

bool store_find(Store *store, const char *meant, char id[STORE_ID_MAX], Err *err)
{
	static const char *const ways[] = {
		"SELECT id, name FROM run WHERE id = ?1",
		"SELECT id, name FROM run WHERE ?1 = 'last' ORDER BY began DESC, id DESC LIMIT 1",
		"SELECT id, name FROM run JOIN tag ON run = id WHERE tag = ?1 ORDER BY began",
		"SELECT id, name FROM run WHERE instr(id, ?1) = 1 AND ?1 <> '' ORDER BY began",
	};
	Meant found = { .count = 0 };

	for (size_t i = 0; i < sizeof ways / sizeof *ways && !found.count; i++)
		if (!meant_by(store, ways[i], meant, &found, err))
			return false;
	if (found.count == 0)
		return err_set(err, ERR_ARGUMENT,
			       "there is no run '%.60s' in the store; wattle runs ls lists them",
			       meant);
	if (found.count > 1)
		return err_set(err, ERR_ARGUMENT, "'%.60s' may be any of %zu runs: %s", meant,
			       found.count, found.list);
	text_format(id, STORE_ID_MAX, "%s", found.id);
	return true;
}

/* --- one run ---------------------------------------------------------------------------------- */

static bool take_json(sqlite3_stmt *row, const char *id, StoreTakeRecord *take, void *user,
		      Err *err)
{
	const char *text = column(row, 1);
	json_t *record = record_parse(text, (size_t)sqlite3_column_bytes(row, 1), err);

	if (!record)
		return err_prefix(err, "run %.8s, record %lld", id,
				  (long long)sqlite3_column_int64(row, 0));
	bool fine = take(user, record, err);

	json_decref(record);
	return fine;
}

bool store_records(Store *store, const char *id, StoreTakeRecord *take, void *user, Err *err)
{
	sqlite3_stmt *rows = store_prepare(
		store, "SELECT seq, json FROM record WHERE run = ?1 ORDER BY seq", err);
	bool fine = rows != NULL;

	if (rows)
		store_bind(rows, 1, id);
	err->code = ERR_NONE;
	while (fine && next_row(store, rows, err))
		fine = take_json(rows, id, take, user, err);
	fine = fine && err->code == ERR_NONE;
	sqlite3_finalize(rows);
	return fine;
}

static bool read_asked(sqlite3_stmt *row, char **script, size_t *len, json_t **settings, Err *err)
{
	const void *text = sqlite3_column_blob(row, 1);

	*settings = json_loads(column(row, 0), 0, NULL);
	if (!*settings)
		return err_set(err, ERR_FORMAT, "the settings of a stored run are no JSON");
	if (!text)
		return true;
	*len = (size_t)sqlite3_column_bytes(row, 1);
	*script = malloc(*len + 1);
	if (!*script)
		return err_set(err, ERR_MEMORY, "no memory for a stored script");
	memcpy(*script, text, *len);
	(*script)[*len] = '\0';
	return true;
}

static bool take_first(void *user, const json_t *record, Err *err)
{
	(void)err;
	*(json_t **)user = json_incref((json_t *)(uintptr_t)record);
	return true;
}

bool store_begin(Store *store, const char *id, json_t **begin, Err *err)
{
	sqlite3_stmt *row = store_prepare(
		store, "SELECT seq, json FROM record WHERE run = ?1 ORDER BY seq LIMIT 1", err);
	bool fine = false;

	*begin = NULL;
	if (!row)
		return false;
	store_bind(row, 1, id);
	err->code = ERR_NONE;
	if (next_row(store, row, err))
		fine = take_json(row, id, take_first, begin, err);
	else if (err->code == ERR_NONE)
		err_set(err, ERR_FORMAT, "the run %.8s has no records", id);
	sqlite3_finalize(row);
	return fine;
}

bool store_asked(Store *store, const char *id, char **script, size_t *len, json_t **settings,
		 Err *err)
{
	sqlite3_stmt *rows = store_prepare(store, "SELECT asked, text FROM run WHERE id = ?1", err);
	bool fine = false;

	*script = NULL;
	*settings = NULL;
	*len = 0;
	if (!rows)
		return false;
	store_bind(rows, 1, id);
	err->code = ERR_NONE;
	if (next_row(store, rows, err))
		fine = read_asked(rows, script, len, settings, err);
	else if (err->code == ERR_NONE)
		err_set(err, ERR_ARGUMENT, "there is no run %s", id);
	sqlite3_finalize(rows);
	if (!fine) {
		json_decref(*settings);
		*settings = NULL;
	}
	return fine;
}

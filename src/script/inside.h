/* Shared by the rooms of src/script and by nothing else: the script's state, how C and Lua pass
 * errors, and the handles that scripts hold.
 *
 * Errors. script_raise is the only place where an Err becomes a Lua error, script_call the only one
 * where the host calls Lua. A binding checks all its arguments while it owns nothing; what it makes
 * then lies in a userdata that exists before it does, so that an error that jumps out of the
 * binding leaks nothing.
 *
 * Stops. When the time is over or the control says so, script->stop is set once and for all.
 * Everything in the sandbox that could catch an error looks at it and raises it again.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_INSIDE_H
#define WATTLE_SCRIPT_INSIDE_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdnoreturn.h>

#include "base/random.h"
#include "data/datafile.h"
#include "model/program.h"
#include "script/script.h"
#include "technique/technique.h"

#define SCRIPT_NAME_MAX 256 /* of a place: a name and a line */
#define SCRIPT_TRACE_MAX 256
#define SCRIPT_SETS_MAX 64
#define SCRIPT_DATASETS_MAX 8 /* names in needs.dataset */

/* What the fast mode of a lesson allows; 0: no cap. */
typedef struct ScriptCaps {
	int64_t epochs, rows, blocks;
	double window_s;
} ScriptCaps;

/* A dataset, and what it was made from, so that asking again gives the same. */
typedef struct ScriptSet {
	Dataset *set;
	DataWish wish; /* of one that was generated */
	Rows train;    /* of one that was prepared: the rows it was learned from … */
	char *lines;   /* … and how; NULL: by name */
} ScriptSet;

/* Handles that C works with while a function of the script is called: they cannot be closed. */
enum { FIT_MODEL, FIT_ROWS, FIT_WATCH, FIT_VALID, FIT_TEACHER, FIT_HANDLES };
typedef struct ScriptPins {
	const void *handle[FIT_HANDLES]; /* userdata; NULL: none */
	const struct ScriptPins *outer;  /* of a fit that called the function that fits */
} ScriptPins;

struct Script {
	Control control; /* first: what the engine polls; knows the script's deadline too */
	lua_State *lua;
	char name[SCRIPT_NAME_MAX];
	char *text; /* the source, kept to name the lines of keys */
	size_t len;
	ScriptOptions options; /* its name and text are the two above */

	size_t memory_used, memory_grown; /* grown: since the clock was last read */
	bool memory_refused;              /* by the system, before the cap was reached */
	size_t big_blocks;                /* of a megabyte and more */
	size_t depth_looked; /* memory_used when the depth of calls was last looked at */
	int64_t deadline_ns, polled_ns, hooked_ns;
	int64_t stopping_ns; /* when this call was first seen to go on after a stop; 0: it was not */
	uint64_t steps;      /* of bounded functions since the clock was last read */
	unsigned closing;    /* coroutines that are being closed inside one another */
	Err stop;            /* code other than ERR_NONE: the script is over */
	bool stop_placed;
	Err raised; /* the last Err that became a Lua error: keeps its code */
	char trace[SCRIPT_TRACE_MAX];

	Random random;
	uint64_t seed;       /* of the present job */
	bool model_loaded;   /* from a file, by its set-up or the arm at work */
	size_t printed;      /* lines that print has written */
	size_t engine_bytes; /* of models and programs made since the last full collection */
	ScriptSet set[SCRIPT_SETS_MAX]; /* so far; kept until the end, since rows borrow them */
	size_t sets;
	int experiment;   /* registry reference of what was returned; LUA_NOREF while loading */
	const Plan *plan; /* inside that userdata */
	struct Lesson *lesson; /* that userdata, of a lesson */
	const struct Grading
		*grading; /* a grading file, returned or added to the lesson; or NULL */
	int grading_ref;  /* registry reference of the latter */
	char grading_name[SCRIPT_NAME_MAX]; /* its file's; "": it is none that was added */
	bool in_grading;                    /* a function of that file is at work */
	const ScriptPins *pins;
	uint64_t refused; /* of a student's file: times it asked for the test rows */
	int table_line;   /* of the table whose keys are read; 0: that of the running call */
	bool building;    /* setup or an arm of an experiment is at work */
	json_t *saves;    /* {name: saved record} of the models that this run saved; NULL: none */
	ScriptCaps caps;
};

/* --- script.c: errors and calls --------------------------------------------------------------- */

Script *script_of(lua_State *L);
/* "race.lua:17" of the innermost Lua function, the script's name when there is none; returns the
 * line or 0. */
int script_place(lua_State *L, char *out, size_t cap);
/* Puts the place before the text, unless the error is about the command line. */
noreturn int script_raise(lua_State *L, const Err *err);
/* The text names its place already. */
noreturn int script_raise_placed(lua_State *L, const Err *err);
/* An ERR_SCRIPT with a printf text; the place is put before it. */
noreturn int script_fail(lua_State *L, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same, with the line on which `key = …` stands in the table given to the running call. */
noreturn int script_fail_key(lua_State *L, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
noreturn int script_raise_key(lua_State *L, const char *key, const Err *err);
/* Calls what lies on the stack of script->lua, as lua_pcall does; false, *err and an empty place on
 * the stack when it fails. */
bool script_call(Script *script, int args, int results, Err *err);
/* The file whose functions are called: the script's own, or the grading file that was added. */
const char *script_file_at_work(const Script *script);
/* Loads the text into a new state, in place of the one that there may be. */
bool script_load(Script *script, Err *err);
/* Runs the script's text and pushes its result; raises what is wrong with it. */
void script_load_text(lua_State *L);
/* After a call that failed: forgets a stop that only ended that call. */
void script_revive(Script *script);

/* --- sandbox.c: the state, its limits, the environment ---------------------------------------- */

/* A state with the environment of scripts; the caller closes it. NULL and ERR_MEMORY. */
lua_State *sandbox_open(Script *script, Err *err);
/* Reads the clock and polls the control: false when script->stop is set. in_engine: the engine asks,
 * which follows a stop by itself; a script that goes on too long after one is stopped, too. */
bool script_check(Script *script, bool in_engine);
/* Raises script->stop, and sees to it that nothing else runs. */
noreturn int script_stop(lua_State *L);
static inline void script_check_stop(lua_State *L)
{
	if (script_of(L)->stop.code != ERR_NONE)
		script_stop(L);
}
/* Counts work done inside one C function; looks at the clock each 65,536 steps. May raise. */
void script_charge(lua_State *L, uint64_t steps);

/* --- library.c, strings.c, tables.c: each pushes one table or sets functions in the one on top */

/* Pushes the module `wattle`: of a student's file without lessons and experiments. */
void library_open(lua_State *L);
/* As math.random, with the arguments from index first on. */
int library_random(lua_State *L, Random *random, int first);
void library_base(lua_State *L); /* sets pcall, load, print, require, … in the table on top */
void library_coroutine(lua_State *L); /* sets resume, wrap, close */
void library_math(lua_State *L);      /* sets random, randomseed */
void library_strings(lua_State *L);   /* sets find, match, gmatch, gsub, rep */
void library_tables(lua_State *L);    /* sets all but pack */
int library_pairs(lua_State *L);      /* the global `pairs` */

/* --- syntax.c --------------------------------------------------------------------------------- */

/* Raises the message on top of the stack, of a text that did not parse; behind it what may have been
 * meant: "(did you mean 'return'?)". */
noreturn int script_syntax_error(lua_State *L);

/* --- source.c --------------------------------------------------------------------------------- */

/* The line on which the key is set in the tables that begin on line `from` or are open there: "key
 * =". 0: not found. */
int source_key_line(const char *text, size_t len, int from, const char *key);
/* Where that line begins, from 1; NULL when the text has fewer. */
const char *source_line_begin(const char *text, size_t len, int line);
bool source_in_word(char c); /* a letter, a digit or _ */
/* Bytes of the mark that some editors begin UTF-8 with, which is no part of the text; or 0. */
size_t source_mark(const char *text, size_t len);
/* The line on which the wanted bytes first stand from line `from` on; from when they do not. */
int source_text_line(const char *text, size_t len, int from, const char *wanted, size_t wanted_len);
/* The line on which table number `item`, from 1, begins in the list under that key. 0: not found. */
int source_item_line(const char *text, size_t len, int from, const char *key, size_t item);

/* --- values.c --------------------------------------------------------------------------------- */

/* Fills params from the table at index (absent or nil: defaults), and checks that it is complete.
 * Keys in skip (ends with NULL, may be NULL) are left to the caller; "1" there allows the first
 * positional value. Objects are also kept in the table at index keep, by name, unless that is 0.
 * Raises. */
void values_params(lua_State *L, int index, const Info *info, Params *params,
		   const char *const *skip, int keep);

/* Keys of a table that also holds functions and tables. */
typedef struct Key {
	const char *name; /* the list ends with NULL */
	int type;         /* LUA_T…; LUA_TNONE: checked by who reads it */
	bool required;
	const char *help; /* a sentence */
} Key;
/* Raises for an unknown key (did you mean), a wrong type, a missing key. what: "experiment". A
 * first row named "#" admits numbered values, which the caller checks. */
void values_keys(lua_State *L, int index, const char *what, const Key *keys);

/* Copies the printable UTF-8 text at index; raises with what, "arms[2]: the name", and the line of
 * key. */
void values_text(lua_State *L, int index, const char *key, const char *what, char *out, size_t cap);
/* The same text where it lies, as long as the string lives. */
const char *values_string(lua_State *L, int index, const char *key, const char *what, size_t cap);
/* Pushes the field of a table, without metamethods; returns its type. */
int values_field(lua_State *L, int index, const char *name);

/* Makes the table on top answer an unknown field with an error: "unknown name 'x' in WHAT (did you
 * mean 'y'?)". Its metatable is locked. */
void values_strict(lua_State *L, const char *what);
/* Raises that error; the names are the string keys of the table at index. */
noreturn int values_unknown(lua_State *L, int index, const char *what, const char *name);

/* The same; the table below the top answers its keys in the table on top, whose values are kept
 * from the student, with an error, and counts the asking. what "": other unknown fields are nil.
 * Pops the keys. */
void values_guard(lua_State *L, const char *what);
/* What the table at index was made strict or guarded with; NULL when it was not. */
const char *values_strict_name(lua_State *L, int index);

/* Registers a kind of userdata: its methods, its metamethods, and a getter of fields (NULL: none)
 * that pushes the value of the field named at index 2 of the handle at index 1, or returns 0. */
void values_handle(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *meta,
		   lua_CFunction field);

/* --- handles ---------------------------------------------------------------------------------- */

#define ROWS_HANDLE "rows"               /* a Rows; set NULL: closed */
#define STREAM_HANDLE "stream"           /* a DataFile *; NULL: closed */
#define MODEL_HANDLE "model"             /* ModelBox; user value 1: its own program, or nil */
#define PROGRAM_HANDLE "program"         /* ProgramBox; user values: PROGRAM_… */
#define PREDICTIONS_HANDLE "predictions" /* ProgramBox *; user value 1: the program's handle */
#define TECHNIQUE_HANDLE "technique"     /* TechniqueBox; user value 1: {parameter = handle} */
#define EXPERIMENT_HANDLE "experiment"   /* Experiment; user values: EXPERIMENT_… */
#define LESSON_HANDLE "lesson"           /* Lesson of lesson_inside.h */

typedef struct ModelBox {
	Model *model; /* NULL: closed */
} ModelBox;

enum { PROGRAM_MODEL = 1, PROGRAM_PREDICTIONS, PROGRAM_ROWS, PROGRAM_VALUES = PROGRAM_ROWS };
#define PROGRAM_FORM_MAX 16
typedef struct ProgramBox {
	Program *program;            /* NULL: closed */
	char form[PROGRAM_FORM_MAX]; /* and batch and threads: what it was lowered with */
	bool alone;
	uint64_t items; /* rows predicted so far */
} ProgramBox;

typedef struct TechniqueBox {
	const Technique *technique;
	Params params;
} TechniqueBox;

/* What a script needs from its machine. */
typedef struct Needs {
	size_t datasets;
	char dataset[SCRIPT_DATASETS_MAX][DATASET_NAME_MAX];
	unsigned threads; /* at least; 0: any */
} Needs;

enum { EXPERIMENT_FUNCTIONS = 1, EXPERIMENT_PARAMS, EXPERIMENT_VALUES = EXPERIMENT_PARAMS };
typedef struct Experiment {
	Plan plan;
	Needs needs;
} Experiment;

/* Argument `arg` as a handle that is not closed; raise otherwise. */
Rows *data_rows(lua_State *L, int arg);
DataFile *stream_file(lua_State *L, int arg); /* NULL: not a stream at all */
Model *model_check(lua_State *L, int arg);
ProgramBox *program_check(lua_State *L, int arg);
/* The dataset of that name from the script's own list (of a student's file: its host's), loaded
 * when it is not there yet. wish: of one that is generated; NULL: as it comes. */
const Dataset *data_get(Script *script, const char *name, const DataWish *wish, Err *err);
void data_free(Script *script);
/* Whether both are the same rows of the same dataset, in the same order. */
bool data_same_rows(const Rows *a, const Rows *b);
/* A name of a dataset: looked up in a table or a folder; nothing a script writes becomes a path.
 * what: "data.load". */
const char *data_name(lua_State *L, int arg, const char *what);
int data_stream(lua_State *L); /* the function data.stream */
/* Writes the epochs of what trains to the trial. watched and train may be NULL. */
FitWatch *model_watch(Script *script, TrialWatch *watch, const Model *model, const Rows *watched,
		      const Rows *train, const char *what);
/* Raises when the handle at arg is pinned; done: "closed". */
void script_check_pinned(lua_State *L, int arg, const char *done);
/* The method fit of models. */
int script_fit(lua_State *L);
/* The method save of models, and its beginning anew: what an earlier run saved is not this one's. */
int script_save(lua_State *L);
void script_saves_begin(Script *script);
extern const Info script_fit_info, script_batches_info, script_predict_info;
/* The object behind a handle of the named kind at index, or NULL: not such a handle, or closed. */
const void *handle_object(lua_State *L, int index, const char *kind);
/* Whether the value at index is a model, program or rows that were closed. */
bool handle_closed(lua_State *L, int index);
/* Push a handle that takes over what is handed in, which is left empty. */
void model_push_taken(lua_State *L, Model **model);
void data_push_rows(lua_State *L, Rows *rows);
/* Pushes a program of the model at index arg, made by lowering. */
/* … alone: on one thread, however many the run has. */
ProgramBox *program_lower(lua_State *L, int arg, const char *form, size_t batch, bool alone);
/* Pushes the program that the model at arg keeps for itself, lowered now when there is none of that
 * batch. */
ProgramBox *program_of_model(lua_State *L, int arg, size_t batch);
/* Predicts the rows at index rows with the program at index arg. */
void program_predict_rows(lua_State *L, int arg, int rows);
size_t program_default_batch(const Script *script);
/* Before a model or a program of so many bytes is made: collects what scripts have dropped when it
 * adds up. */
void script_engine_bytes(lua_State *L, size_t bytes);

void rows_open(lua_State *L); /* registers the handle of rows */
/* Pushes a handle that holds no rows yet. */
Rows *data_push_empty(lua_State *L);
/* Each pushes its module, a strict table. */
void data_open(lua_State *L);
void model_open(lua_State *L);
void data_stream_open(lua_State *L); /* pushes nothing: streams come from data */
void program_open(lua_State *L);     /* pushes nothing: programs come from models */
void technique_open(lua_State *L);
void experiment_open(lua_State *L);  /* pushes the function `experiment` */
void lesson_functions(lua_State *L); /* sets lesson, its steps and compare in the table on top */
/* Reads `needs` of the table at index, which may be absent. */
void needs_read(lua_State *L, int index, Needs *needs);
/* Reads `factors` of the experiment's table at index 1, with what --set keeps of them. needs:
 * the datasets of which one is enough; levels of a factor `dataset` that are among them and not
 * here are left out. */
void factors_read(lua_State *L, Plan *plan, const Needs *needs);
/* What --set gave for the key, as text; false when nothing. */
bool set_given(lua_State *L, const char *key, char *out, size_t cap);
noreturn void set_refuse(lua_State *L, const char *key, const char *value, const char *wants);
/* Reads `blocks` of the table at index, a number or { min, max }. */
void blocks_read(lua_State *L, Plan *plan, int index);
int experiment_combine(lua_State *L); /* the function `combine` */
/* Reads `command` and `limit` of arm i, the table at index. */
void command_read(lua_State *L, int index, Plan *plan, size_t i);
/* Read metrics, analysis, claims and report of the table at index 1 into the plan, whose arms are
 * known. */
void analysis_read(lua_State *L, Plan *plan);
/* Its parts: `key`, a list of metrics in the table at index 1, as those that are shown; `margin` of
 * the table on top of the stack; an arm by its name, found in `key`. */
void analysis_metrics(lua_State *L, Plan *plan, const char *key);
void analysis_margin(lua_State *L, Plan *plan);
void analysis_primary(lua_State *L, Plan *plan); /* `primary`, likewise */
size_t analysis_arm(lua_State *L, const Plan *plan, const char *key, const char *name);
Metric analysis_metric(lua_State *L, const char *key, const char *name);

#endif

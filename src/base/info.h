/* Info and Param: how everything that can be listed, asked for or typed describes itself.
 *
 * Models, techniques, kernels, datasets, energy sources, views and commands begin with an Info.
 * Lists, help, argument checks of Lua and the manual all read these rows; nothing else states a
 * default or a limit.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_INFO_H
#define WATTLE_BASE_INFO_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef enum ParamType {
	PARAM_FLAG,   /* true or false */
	PARAM_INT,    /* whole number in minimum … maximum */
	PARAM_NUMBER, /* finite number in minimum … maximum */
	PARAM_CHOICE, /* one of choices, separated by '|' */
	PARAM_TEXT,   /* fewer than PARAM_TEXT_MAX bytes */
	PARAM_LINES,  /* list of texts; as text: one after the other, separated by ';' */
	PARAM_SIZES,  /* list of whole numbers, each in minimum … maximum; as text: "64,32" */
	PARAM_OBJECT, /* a handle of the kind named by choices: "rows", "model" (Lua only) */
	PARAM_SIZE,   /* bytes with a unit: 64M; K M G T are powers of 1024 (command line only) */
	PARAM_TIME,   /* seconds with a unit: 500ms 10s 5m 2h (command line only) */
	PARAM_PAIRS, /* KEY=VALUE, repeatable; kept by the command line, not in Params (command line
			only) */
} ParamType;

#define PARAM_TEXT_MAX 1024
#define PARAM_SIZES_MAX 64

typedef struct Param {
	const char *name; /* "sparsity"; the list ends with a NULL name */
	ParamType type;
	const char *value;       /* default, as it would be written; NULL: absent unless given, see
				    required */
	double minimum, maximum; /* both 0: no limits; whole numbers never pass 2^53 */
	const char *unit;        /* "", "s", "bytes", "points" */
	const char *choices;     /* PARAM_CHOICE: "layer|global"; PARAM_OBJECT: "rows" */
	const char *help;        /* one sentence */
	bool required;
	bool bare; /* PARAM_TEXT of the command line: may stand without a value, which is then "" */
} Param;

typedef struct Info {
	const char *name;    /* what scripts and the command line write: "prune" */
	const char *title;   /* what people read */
	const char *about;   /* one sentence */
	const Param *params; /* NULL: none */
} Info;

/* One checked value. Objects are borrowed; text is kept here. */
typedef struct ParamValue {
	bool given; /* false: the default, or absent */
	union {
		bool flag;
		int64_t integer;
		double number; /* also PARAM_TIME, in seconds */
		int choice;    /* index into choices; -1: absent */
		char text[PARAM_TEXT_MAX];
		struct {
			size_t count;
			uint32_t value[PARAM_SIZES_MAX];
		} sizes;
		const void *object;
		uint64_t bytes;
	};
} ParamValue;

#define PARAMS_MAX 32

/* A checked set of arguments for one Info. Holds PARAMS_MAX values in the order of info->params. */
typedef struct Params {
	const Info *info;
	ParamValue values[PARAMS_MAX];
} Params;

/* Fills every value with its default. False and ERR_INTERNAL when a row's own default is out of its
 * limits. */
bool params_init(Params *params, const Info *info, Err *err);

/* Sets one value from text ("0.9", "global", "64M"), checked against its row. ERR_ARGUMENT names
 * the parameter, the value and the limits. An unknown name: "unknown key 'sparsty' in prune (did
 * you mean 'sparsity'?)". */
bool params_set_text(Params *params, const char *name, const char *value, Err *err);
/* For int, number, size (bytes), time (seconds), and sizes (a list of one). */
bool params_set_number(Params *params, const char *name, double value, Err *err);
bool params_set_flag(Params *params, const char *name, bool value, Err *err);
bool params_set_sizes(Params *params, const char *name, const double *values, size_t count,
		      Err *err);
bool params_set_object(Params *params, const char *name, const char *kind, const void *object,
		       Err *err);

/* Values written as the words of a line, separated by blanks: NAME=VALUE; the first one may be that of
 * the first parameter without its name. Checks that all are there. */
bool params_set_words(Params *params, const char *line, Err *err);
/* The next word of a line, which moves behind it; "" at its end. ERR_ARGUMENT: too long. */
#define PARAM_WORD_MAX 64
bool params_word(const char **line, char word[PARAM_WORD_MAX], Err *err);

/* After the last set: names the first required value that is missing. */
bool params_complete(const Params *params, Err *err);

/* Access by name; the name must exist (assert). */
const ParamValue *params_get(const Params *params, const char *name);
/* The text of a choice, written into out, "" when absent; returns out. A choice has fewer than 32
 * bytes, a row fewer than PARAMS_MAX choices. */
const char *params_choice(const Params *params, const char *name, char out[32]);

/* {"name","title","about","params":[{"name","type","default","minimum","maximum","unit","choices",
 * "help","required"}]}; limits that are not there are null, the default is text; a new reference,
 * NULL when memory is short. */
json_t *info_json(const Info *info);

#endif

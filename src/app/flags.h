/* Flags that several commands have, as rows for a command's own list. The arguments are the rest of
 * the row: its help at least, which says what the flag means there.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_FLAGS_H
#define WATTLE_APP_FLAGS_H

#include "base/info.h"

#define FLAG_KERNEL(...)                                                                        \
	{                                                                                       \
		.name = "kernel", .type = PARAM_TEXT, .value = "auto", .unit = "K", __VA_ARGS__ \
	}

#define FLAG_THREADS(...)                                                                         \
	{                                                                                         \
		.name = "threads", .type = PARAM_INT, .value = "1", .minimum = 1, .maximum = 256, \
		__VA_ARGS__                                                                       \
	}

/* As far as JSON counts exactly. */
#define FLAG_SEED(...)                                                                          \
	{                                                                                       \
		.name = "seed", .type = PARAM_INT, .minimum = 0, .maximum = 9007199254740992.0, \
		__VA_ARGS__                                                                     \
	}

/* Of a lesson, and of checks of its exercises. */
#define FLAG_FAST                                                                \
	{                                                                        \
		.name = "fast", .type = PARAM_FLAG, .value = "false",            \
		.help = "Small caps on rows, epochs and windows; labelled FAST." \
	}

#define FLAG_STUDENT                                                              \
	{                                                                         \
		.name = "student", .type = PARAM_TEXT, .value = "", .unit = "ID", \
		.help = "Whose variant of the lesson."                            \
	}

#define FLAG_LESSON_LIMITS                                                                  \
	FLAG_TIME_LIMIT(.help = "The most that one run, or one check, may take."),          \
		FLAG_MAX_MEMORY(.help = "Memory of a worker (min of 4 GiB and half of the " \
					"machine's).")

#define FLAG_ENERGY(...)                                                                           \
	{                                                                                          \
		.name = "energy", .type = PARAM_TEXT, .value = "auto", .unit = "NAME", __VA_ARGS__ \
	}

#define FLAG_REQUIRE                                                                 \
	{                                                                            \
		.name = "require", .type = PARAM_CHOICE, .choices = "measured",      \
		.help = "Exit with 4 before anything runs unless a sensor measures." \
	}

#define FLAG_TIME_LIMIT(...)                                                               \
	{                                                                                  \
		.name = "time-limit", .type = PARAM_TIME, .minimum = 0.01, .maximum = 1e7, \
		__VA_ARGS__                                                                \
	}

#define FLAG_MAX_MEMORY(...)                                                                    \
	{                                                                                       \
		.name = "max-memory", .type = PARAM_SIZE, .minimum = 67108864, .maximum = 1e15, \
		__VA_ARGS__                                                                     \
	}

#define FLAG_BATCH(...)                                                                         \
	{                                                                                       \
		.name = "batch", .type = PARAM_INT, .minimum = 1, .maximum = 65536, __VA_ARGS__ \
	}

#define FLAG_PRECISION(...)                                                                   \
	{                                                                                     \
		.name = "precision", .type = PARAM_TEXT, .unit = "f32|bf16|int8|sparse|auto", \
		__VA_ARGS__                                                                   \
	}

#define FLAG_SPARSITY                                                                             \
	{                                                                                         \
		.name = "sparsity", .type = PARAM_NUMBER, .value = "0.9", .minimum = 0,           \
		.maximum = 0.9999, .help = "Share of the weights that --precision sparse prunes." \
	}

#define FLAG_OUT(...)                                                          \
	{                                                                      \
		.name = "out", .type = PARAM_TEXT, .unit = "FILE", __VA_ARGS__ \
	}

#define FLAG_REPORT(...)                                                         \
	{                                                                        \
		.name = "report", .type = PARAM_TEXT, .unit = "DIR", __VA_ARGS__ \
	}

#define FLAG_NO_STORE                                                     \
	{                                                                 \
		.name = "no-store", .type = PARAM_FLAG, .value = "false", \
		.help = "Leave the run out of the store (wattle runs)."   \
	}

#endif

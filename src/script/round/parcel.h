/* Parcels: values on their way from one script to another, neither of which may touch what the
 * other holds. Numbers, texts, booleans, nil, plain tables and handles of models, rows and
 * programs are copied into a parcel that belongs to neither, and out of it; functions, metatables
 * and other handles do not travel. Only raw accesses are made, so nothing that a script defines
 * runs.
 *
 * On the way to a student's file test rows stay behind: a table that held some answers for them
 * with an error, and counts it (values_guard).
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_SCRIPT_PARCEL_H
#define WATTLE_SCRIPT_PARCEL_H

#include "script/inside.h"

#define PARCEL_VALUES_MAX 100000
#define PARCEL_DEPTH_MAX 8 /* tables inside one another */
#define PARCEL_BYTES_MAX ((size_t)16 << 20)
#define PARCEL_HANDLES_MAX 256
#define PARCEL_KEY_BYTES 32

/* What a handle holds, copied. */
typedef struct ParcelHandle {
	Model *model; /* owned until it is taken out */
	bool program; /* … lowered as below */
	char form[PROGRAM_FORM_MAX];
	size_t batch;
	bool alone;
	Rows rows; /* owned likewise; set NULL: it is a model */
} ParcelHandle;

/* Zeroed before its first use; clear gives back what it holds. */
typedef struct Parcel {
	char *bytes;
	size_t len, room;
	size_t values;
	int count; /* values on top, which were arguments or results */
	ParcelHandle *handle;
	size_t handles;
} Parcel;

void parcel_clear(Parcel *parcel);
/* Packs count values from index first on; what was in it before is cleared. Raises in L for what
 * does not travel: "WHAT 2: a function does not cross …". to_student: test rows stay behind. */
void parcel_pack(Parcel *parcel, lua_State *L, int first, int count, const char *what,
		 bool to_student);
/* Pushes the values; their number. Once only: handles are taken out. */
int parcel_unpack(Parcel *parcel, lua_State *L);
/* A digest of all that is in it and of name, which tells equal parcels; of models it takes what
 * they would save. False when a model cannot be told. */
bool parcel_key(const Parcel *parcel, const char *name, unsigned char key[PARCEL_KEY_BYTES]);

#endif

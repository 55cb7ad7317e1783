/* Downloads of single files over HTTPS, by libcurl: the one place where wattle talks to a
 * network.
 *
 * A file comes as FOLDER/NAME.part, which a later call goes on from (Range), and becomes
 * FOLDER/NAME when it is whole and its sum right. What comes is not looked into here.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_FETCH_H
#define WATTLE_APP_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

#define FETCH_URL_MAX 2048
#define FETCH_BYTES_MAX (UINT64_C(1) << 30) /* of a file whose size is not known */

typedef struct FetchFile {
	const char *name;
	uint64_t size_bytes; /* 0: not known */
	const char *sha256;  /* of the file as it comes; NULL: not known */
} FetchFile;

typedef struct Fetch {
	FILE *progress;  /* NULL: none is shown */
	bool bar;        /* a bar that moves, not lines */
	size_t columns;  /* of the terminal */
	double stall_s;  /* a transfer that brings nothing for so long is ended */
	double wait_s;   /* before the second try; doubled each time nothing came */
	unsigned tries;  /* in a row that bring nothing */
	uint64_t bytes;  /* that came, of all files */
	bool plain_http; /* http:// and redirections to it are fine, too */
} Fetch;

/* False: built without libcurl. */
bool fetch_available(void);

/* base and name, one slash between them. ERR_USAGE: not an address of https (or http, if that is
 * fine), or too long. */
bool fetch_url(char out[FETCH_URL_MAX], const char *base, const char *name, bool plain_http,
	       Err *err);

/* A line of progress in at most `columns` characters, ASCII: name, bar, share, bytes, bytes a
 * second. total 0: not known. Returns out. */
char *fetch_bar(char *out, size_t cap, size_t columns, const char *name, uint64_t done,
		uint64_t total, double bytes_per_s);

/* Fetches base/file->name into the folder, which is there. A whole file that is there is kept
 * when its sum is right or not known. Transfers that are cut are gone on with, 5xx, 408 and 429
 * tried again. ERR_NEED: it cannot be had, and why; ERR_FORMAT: it is not what it should be, and
 * is removed; ERR_FILE. */
bool fetch_file(Fetch *fetch, const char *base, const FetchFile *file, const char *folder,
		Err *err);

#endif

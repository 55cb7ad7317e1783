/* IDX files: what is read, and every way in which a file can be damaged.
 * SPDX-License-Identifier: MIT */
#include "data/idx.h"

#include <errno.h>
#include <nettle/sha2.h>

#include "idx_make.h"
#include "unit.h"

#include "alloc_fail.h"

static const uint32_t sizes[3] = { 5, 3, 2 };
#define COUNT 30
#define HEADER 16

/* What read answers: 0 as usual, 1 one byte at a time with EINTR between, 2 EIO after the first,
 * 3 the end after the first (a file that shrank). */
static int read_mode, read_calls;
ssize_t __real_read(int fd, void *out, size_t len);
ssize_t __wrap_read(int fd, void *out, size_t len);

ssize_t __wrap_read(int fd, void *out, size_t len)
{
	int call = read_calls++;

	if (read_mode == 1) {
		if (call % 2)
			return __real_read(fd, out, len ? 1 : 0);
		errno = EINTR;
		return -1;
	}
	if (read_mode == 2 && call) {
		errno = EIO;
		return -1;
	}
	return read_mode == 3 && call ? 0 : __real_read(fd, out, read_mode && len > 20 ? 20 : len);
}

/* Of the first two bytes; fails in read_mode 4. */
ssize_t __real_pread(int fd, void *out, size_t len, off_t at);
ssize_t __wrap_pread(int fd, void *out, size_t len, off_t at);

ssize_t __wrap_pread(int fd, void *out, size_t len, off_t at)
{
	errno = read_mode == 1 && read_calls++ == 0 ? EINTR : EIO;
	return read_mode == 4 || (read_mode == 1 && errno == EINTR)
		       ? -1
		       : __real_pread(fd, out, len, at);
}

static bool parse(Idx *out, const uint8_t *bytes, size_t len, Err *err)
{
	/* A block of exactly len bytes, so that a read behind the end is seen. */
	uint8_t *copy = malloc(len ? len : 1);
	bool fine;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	fine = idx_read_memory(out, copy, len, "file.gz", 1 << 20, err);
	free(copy);
	return fine;
}

static void refused(Blob blob, ErrCode code, const char *text)
{
	Err err = { 0 };
	Idx idx;

	assert_false(parse(&idx, blob.bytes, blob.len, &err));
	assert_null(idx.bytes);
	assert_int_equal(err.code, code);
	if (!strstr(err.text, text) || strncmp(err.text, "file.gz: ", 9) != 0)
		fail_msg("\"%s\" does not hold \"%s\"", err.text, text);
}

static void plain_and_gzip_are_read(void **state)
{
	Blob plain = idx_make(sizes, 3, NULL, COUNT), gz = gzip_make(plain);
	Blob blobs[2] = { plain, gz };

	(void)state;
	for (int i = 0; i < 2; i++) {
		Err err = { 0 };
		Idx idx;

		assert_true(parse(&idx, blobs[i].bytes, blobs[i].len, &err));
		assert_int_equal(idx.dimensions, 3);
		for (int k = 0; k < 3; k++)
			assert_int_equal(idx.size[k], sizes[k]);
		assert_int_equal(idx.count, COUNT);
		assert_memory_equal(idx.bytes, plain.bytes + HEADER, COUNT);
		idx_done(&idx);
		assert_null(idx.bytes);
	}
	free(plain.bytes);
	free(gz.bytes);
}

static void every_truncation_is_refused(void **state)
{
	Blob plain = idx_make(sizes, 3, NULL, COUNT), gz = gzip_make(plain);

	(void)state;
	for (size_t len = 0; len < plain.len; len++)
		refused((Blob){ plain.bytes, len }, ERR_FORMAT, "file ends at byte");
	refused((Blob){ plain.bytes, 20 }, ERR_FORMAT, "file ends at byte 20, expected 46");
	refused((Blob){ plain.bytes, 3 }, ERR_FORMAT, "file ends at byte 3, expected 4");
	for (size_t len = 2; len < gz.len; len++)
		refused((Blob){ gz.bytes, len }, ERR_FORMAT, "gzip file is cut off");
	free(plain.bytes);
	free(gz.bytes);
}

static void every_flipped_header_bit_is_refused(void **state)
{
	Blob plain = idx_make(sizes, 3, NULL, COUNT);

	(void)state;
	for (size_t bit = 0; bit < 8 * HEADER; bit++) {
		Err err = { 0 };
		Idx idx;

		plain.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(parse(&idx, plain.bytes, plain.len, &err));
		assert_true(err.code == ERR_FORMAT);
		plain.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free(plain.bytes);
}

/* Some bits are free (time, system, padding after the last block); whatever is accepted must be
 * the same content. */
static void a_flipped_gzip_bit_never_changes_content(void **state)
{
	Blob plain = idx_make(sizes, 3, NULL, COUNT), gz = gzip_make(plain);
	size_t accepted = 0;

	(void)state;
	for (size_t bit = 0; bit < 8 * gz.len; bit++) {
		Err err = { 0 };
		Idx idx;

		gz.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (parse(&idx, gz.bytes, gz.len, &err)) {
			assert_memory_equal(idx.bytes, plain.bytes + HEADER, COUNT);
			idx_done(&idx);
			accepted++;
		} else {
			assert_true(err.code == ERR_FORMAT);
		}
		gz.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(accepted < 88);
	free(plain.bytes);
	free(gz.bytes);
}

static void the_flipped_checksum_is_named(void **state)
{
	Blob plain = idx_make(sizes, 3, NULL, COUNT), gz = gzip_make(plain);

	(void)state;
	gz.bytes[gz.len - 8] ^= 1;
	refused(gz, ERR_FORMAT, "incorrect data check");
	refused(gz, ERR_FORMAT, "near byte");
	free(plain.bytes);
	free(gz.bytes);
}

static void headers_that_lie_are_refused(void **state)
{
	static const struct {
		uint8_t bytes[20];
		size_t len;
		ErrCode code;
		const char *text;
	} cases[] = {
		{ { 1, 0, 8, 1, 0, 0, 0, 1, 9 }, 9, ERR_FORMAT, "byte 0 is 0x01" },
		{ { 0, 2, 8, 1, 0, 0, 0, 1, 9 }, 9, ERR_FORMAT, "byte 1 is 0x02" },
		{ { 0, 0, 13, 1, 0, 0, 0, 1, 9 }, 9, ERR_FORMAT, "the type, is 0x0d" },
		{ { 0, 0, 8, 0, 9 }, 5, ERR_FORMAT, "0 dimensions" },
		{ { 0, 0, 8, 5, 0, 0, 0, 1 }, 8, ERR_FORMAT, "5 dimensions" },
		{ { 0, 0, 8, 1, 0, 0, 0, 0 }, 8, ERR_FORMAT, "dimension 1 (byte 4) is 0" },
		{ { 0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 0 },
		  12,
		  ERR_FORMAT,
		  "dimension 2 (byte 8) is 0" },
		{ { 0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255 },
		  12,
		  ERR_FORMAT,
		  "at most 1048576 can be" },
		{ { 0,   0,   8,   4,   255, 255, 255, 255, 255, 255,
		    255, 255, 255, 255, 255, 255, 255, 255, 255, 255 },
		  20,
		  ERR_FORMAT,
		  "does not fit" },
		{ { 0, 0, 8, 1, 0, 0, 0, 1, 9, 9 },
		  10,
		  ERR_FORMAT,
		  "file has 10 bytes, expected 9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		refused((Blob){ (uint8_t *)cases[i].bytes, cases[i].len }, cases[i].code,
			cases[i].text);
}

static void more_than_a_gzip_file_can_hold_takes_no_memory(void **state)
{
	/* 2^44 bytes: malloc would refuse with ERR_MEMORY, so ERR_FORMAT shows that it was not
	 * asked. */
	uint32_t huge[2] = { 1u << 22, 1u << 22 };
	Blob plain = idx_make(huge, 2, NULL, 100), gz = gzip_make(plain);
	Err err = { 0 };
	Idx idx;

	(void)state;
	assert_false(idx_read_memory(&idx, gz.bytes, gz.len, "file.gz", SIZE_MAX, &err));
	assert_int_equal(err.code, ERR_FORMAT);
	assert_non_null(strstr(err.text, "cannot hold"));
	assert_false(idx_read_memory(&idx, plain.bytes, plain.len, "file", SIZE_MAX, &err));
	assert_int_equal(err.code, ERR_FORMAT);
	free(plain.bytes);
	free(gz.bytes);
}

static void what_follows_is_refused(void **state)
{
	Blob plain = idx_make(sizes, 3, NULL, COUNT + 1), longer = gzip_make(plain), exact, twice;

	(void)state;
	refused(longer, ERR_FORMAT, "goes on after byte 46");
	plain.len--;
	exact = gzip_make(plain);
	twice = (Blob){ malloc(2 * exact.len), 2 * exact.len };
	assert_non_null(twice.bytes);
	memcpy(twice.bytes, exact.bytes, exact.len);
	memcpy(twice.bytes + exact.len, exact.bytes, exact.len);
	refused(twice, ERR_FORMAT, "bytes follow the end of the gzip data");
	refused((Blob){ twice.bytes, exact.len + 1 }, ERR_FORMAT,
		"bytes follow the end of the gzip data");
	free(plain.bytes);
	free(longer.bytes);
	free(exact.bytes);
	free(twice.bytes);
}

static void the_limit_is_kept(void **state)
{
	Blob plain = idx_make(sizes, 3, NULL, COUNT);
	Err err = { 0 };
	Idx idx;

	(void)state;
	assert_false(idx_read_memory(&idx, plain.bytes, plain.len, "file", COUNT - 1, &err));
	assert_int_equal(err.code, ERR_FORMAT);
	assert_true(idx_read_memory(&idx, plain.bytes, plain.len, "file", COUNT, &err));
	idx_done(&idx);
	free(plain.bytes);
}

static void files_are_read_with_their_checksum(void **state)
{
	char *folder = folder_new(), path[600];
	Blob plain = idx_make(sizes, 3, NULL, COUNT), gz = gzip_make(plain);
	uint8_t expected[32], got[32];
	struct sha256_ctx sha;

	(void)state;
	sha256_init(&sha);
	sha256_update(&sha, plain.len, plain.bytes);
	sha256_digest(&sha, 32, expected);
	file_write(plain, "%s/0", folder);
	file_write(gz, "%s/1", folder);
	for (int i = 0; i < 4; i++) {
		Err err = { 0 };
		Idx idx;

		read_mode = i / 2;
		read_calls = 0;
		snprintf(path, sizeof path, "%s/%d", folder, i % 2);
		sha256_init(&sha);
		assert_true(idx_read(&idx, path, 1000, &sha, NULL, &err));
		sha256_digest(&sha, 32, got);
		assert_memory_equal(got, expected, 32);
		assert_memory_equal(idx.bytes, plain.bytes + HEADER, COUNT);
		idx_done(&idx);
	}
	for (int i = 0; i < 6; i++) {
		Err err = { 0 };
		Idx idx;

		read_mode = 2 + i / 2;
		read_calls = 0;
		snprintf(path, sizeof path, "%s/%d", folder, i % 2);
		assert_false(idx_read(&idx, path, 1000, NULL, NULL, &err));
		assert_int_equal(err.code, read_mode == 3 ? ERR_FORMAT : ERR_FILE);
		assert_non_null(strstr(err.text, path));
	}
	read_mode = 0;
	free(plain.bytes);
	free(gz.bytes);
	folder_done(folder);
}

static void only_regular_files_are_opened(void **state)
{
	char *folder = folder_new(), path[600], target[600];
	Blob plain = idx_make(sizes, 3, NULL, COUNT);
	static const char *const names[] = { "absent", "real/below", "link", "folder", "fifo" };
	static const char *const texts[] = { "No such file", "Not a directory", "symbolic link",
					     "regular", "regular" };

	(void)state;
	snprintf(target, sizeof target, "%s/real", folder);
	file_write(plain, "%s", target);
	snprintf(path, sizeof path, "%s/link", folder);
	assert_int_equal(symlink(target, path), 0);
	snprintf(path, sizeof path, "%s/folder", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/fifo", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	for (int i = 0; i < 5; i++) {
		Err err = { 0 };
		Idx idx;

		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		assert_false(idx_read(&idx, path, 1000, NULL, NULL, &err));
		assert_int_equal(err.code, i < 2 ? ERR_NEED : ERR_FILE);
		assert_non_null(strstr(err.text, path));
		assert_non_null(strstr(err.text, texts[i]));
	}
	free(plain.bytes);
	folder_done(folder);
}

static bool poll_refuses(Control *self, Err *err)
{
	(void)self;
	return err_set(err, ERR_INTERRUPTED, "stopped");
}

static void control_stops_the_reading(void **state)
{
	char *folder = folder_new(), path[600];
	Blob plain = idx_make(sizes, 3, NULL, COUNT);
	Control control = { .poll = poll_refuses };
	Err err = { 0 };
	Idx idx;

	(void)state;
	file_write(plain, "%s/0", folder);
	snprintf(path, sizeof path, "%s/0", folder);
	assert_false(idx_read(&idx, path, 1000, NULL, &control, &err));
	assert_int_equal(err.code, ERR_INTERRUPTED);
	assert_null(idx.bytes);
	free(plain.bytes);
	folder_done(folder);
}

static void a_failing_allocator_is_reported(void **state)
{
	Blob plain = idx_make(sizes, 3, NULL, COUNT);
	size_t n = 0;
	bool fine = false;

	(void)state;
	for (; !fine; n++) {
		Err err = { 0 };
		Idx idx;

		alloc_fail_after(n);
		fine = idx_read_memory(&idx, plain.bytes, plain.len, "file", 1000, &err);
		alloc_fail_never();
		if (!fine)
			assert_int_equal(err.code, ERR_MEMORY);
		idx_done(&idx);
	}
	assert_int_equal(n, 3);
	free(plain.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_and_gzip_are_read),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_flipped_header_bit_is_refused),
		cmocka_unit_test(a_flipped_gzip_bit_never_changes_content),
		cmocka_unit_test(the_flipped_checksum_is_named),
		cmocka_unit_test(headers_that_lie_are_refused),
		cmocka_unit_test(more_than_a_gzip_file_can_hold_takes_no_memory),
		cmocka_unit_test(what_follows_is_refused),
		cmocka_unit_test(the_limit_is_kept),
		cmocka_unit_test(files_are_read_with_their_checksum),
		cmocka_unit_test(only_regular_files_are_opened),
		cmocka_unit_test(control_stops_the_reading),
		cmocka_unit_test(a_failing_allocator_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Model files: what is saved comes back bit for bit; damage and lies are refused; failing calls
 * leave nothing behind.
 * SPDX-License-Identifier: MIT */
#include "model/file.h"

#include <errno.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "model_make.h"

#include "alloc_fail.h"

#define KINDS 6

typedef struct Fixture {
	Dataset *set;
	Rows train;
	Model *model[KINDS];
	Err err;
} Fixture;

static const KernelForm forms[KINDS] = { KERNEL_DENSE, KERNEL_CSR,  KERNEL_CSR,
					 KERNEL_INT8,  KERNEL_INT8, KERNEL_CSR };

/* Dense; half pruned (bits32); almost all pruned (csr16); int8 (s8); pruned, then int8 (bits8);
 * nothing pruned yet with a mask. */
static int setup(void **state)
{
	static const char *const half[] = { "sparsity", "0.5", "epochs", "0", NULL };
	static const char *const most[] = { "sparsity", "0.99", "epochs", "0", NULL };
	static const char *const none[] = { "sparsity", "0", "epochs", "0", NULL };
	Fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->set = made_dataset(200, 1);
	f->train = made_train(f->set);
	f->model[0] = made_model("24,200,20,4", "1");
	made_fit(f->model[0], &f->train, 2);
	f->model[1] = made_with(f->model[0], "prune", NULL, half, &f->err);
	f->model[2] = made_with(f->model[0], "prune", NULL, most, &f->err);
	f->model[3] = made_with(f->model[0], "quantize", &f->train, NULL, &f->err);
	assert_non_null(f->model[1]);
	f->model[4] = made_with(f->model[1], "quantize", &f->train, NULL, &f->err);
	f->model[5] = made_with(f->model[0], "prune", NULL, none, &f->err);
	for (int i = 0; i < KINDS; i++)
		made_fine(f->model[i], &f->err);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	Fixture *f = *state;

	alloc_fail_never();
	for (int i = 0; i < KINDS; i++)
		model_free(f->model[i]);
	dataset_free(f->set);
	free(f);
	return 0;
}

static void test_round_trip(void **state)
{
	Fixture *f = *state;

	for (int i = 0; i < KINDS; i++) {
		uint8_t *bytes;
		size_t len;

		made_fine(model_save_memory(f->model[i], &bytes, &len, &f->err), &f->err);
		assert_int_equal(model_file_bytes(f->model[i], &f->err), len);
		Model *back = model_load_memory(bytes, len, "x", &f->err);

		made_fine(back, &f->err);
		made_same(f->model[i], back);
		float *want = made_logits(f->model[i], forms[i], &f->train, 64);
		float *got = made_logits(back, forms[i], &f->train, 64);

		assert_memory_equal(want, got, f->train.count * MADE_CLASSES * sizeof *got);
		free(want);
		free(got);
		model_free(back);
		free(bytes);
	}
}

static bool holds(const uint8_t *bytes, size_t len, const char *text)
{
	return memmem(bytes, len, text, strlen(text)) != NULL;
}

/* Each takes the encoding meant for it, and no more bytes than that. */
static void test_encodings(void **state)
{
	Fixture *f = *state;
	static const char *const names[KINDS] = {
		"f32", "bits32", "csr16", "s8", "bits8", "bits32"
	};
	size_t weights = 24 * 200 + 200 * 20 + 20 * 4, biases = 224, cols = 224;
	size_t most[KINDS] = { 4 * weights,
			       weights / 8 + 2 * weights,
			       weights / 8 + 6 * weights / 100,
			       weights + 4 * cols,
			       weights / 8 + weights / 2 + 4 * cols,
			       weights / 8 + 4 * weights };

	for (int i = 0; i < KINDS; i++) {
		uint8_t *bytes;
		size_t len;

		made_fine(model_save_memory(f->model[i], &bytes, &len, &f->err), &f->err);
		assert_true(holds(bytes, len, names[i]));
		assert_true(len <= most[i] + 4 * biases + 1024);
		free(bytes);
	}
}

static void refused(const uint8_t *bytes, size_t len, const char *says)
{
	Err err = { .code = ERR_NONE };
	Model *model = model_load_memory(bytes, len, "file.wm", &err);

	if (model)
		fail_msg("loaded what should say '%s'", says);
	assert_int_equal(err.code, ERR_FORMAT);
	if (!strstr(err.text, says) || strncmp(err.text, "file.wm: ", 9) != 0)
		fail_msg("'%s' does not say '%s'", err.text, says);
}

/* Every cut and every flipped byte is found. */
static void test_damage(void **state)
{
	Fixture *f = *state;

	for (int i = 0; i < KINDS; i++) {
		uint8_t *bytes;
		size_t len;

		made_fine(model_save_memory(f->model[i], &bytes, &len, &f->err), &f->err);
		bytes = realloc(bytes, len + 1);
		assert_non_null(bytes);
		bytes[len] = 0;
		for (size_t cut = 0; cut < len; cut += 1 + cut / 64)
			refused(bytes, cut, "");
		refused(bytes, len + 1, "expected");
		for (size_t at = 0; at < len; at += 1 + at / 64) {
			bytes[at] ^= 0x10;
			refused(bytes, len, "");
			bytes[at] ^= 0x10;
		}
		free(bytes);
	}
}

/* A file made of a header and sections, with right checksums. */
static uint8_t *forge(const char *header, const uint8_t *body, size_t body_len, size_t *len)
{
	size_t n = strlen(header);
	uint32_t crc = crc32c(0, header, n);
	uint8_t *bytes = malloc(16 + n + body_len);

	assert_non_null(bytes);
	memcpy(bytes, "WATTLEM1", 8);
	for (int i = 0; i < 4; i++) {
		bytes[8 + i] = (uint8_t)(n >> 8 * i);
		bytes[12 + i] = (uint8_t)(crc >> 8 * i);
	}
	memcpy(bytes + 16, header, n);
	memcpy(bytes + 16 + n, body, body_len);
	*len = 16 + n + body_len;
	return bytes;
}

static void forged(const char *header, const uint8_t *body, size_t body_len, const char *says)
{
	size_t len;
	uint8_t *bytes = forge(header, body, body_len, &len);

	refused(bytes, len, says);
	free(bytes);
}

/* One layer 2 to 1: a weight section as given and a bias of 4 bytes behind it. */
static void forged_weight(const char *pruned, const char *encoding, const char *more,
			  const uint8_t *weight, size_t weight_len, const char *says)
{
	char header[600];
	uint8_t body[64] = { 0 };

	memcpy(body, weight, weight_len);
	snprintf(header, sizeof header,
		 "{\"kind\":\"mlp\",\"input\":[2,1,1],\"layers\":[\"dense 1\"],\"seed\":1,"
		 "\"steps\":0,\"input_scale\":1,"
		 "\"pruned\":%s,"
		 "\"spans\":[{\"name\":\"0.weight\",\"encoding\":\"%s\",\"bytes\":%zu,\"crc32c\":%"
		 "u%s},"
		 "{\"name\":\"0.bias\",\"encoding\":\"f32\",\"bytes\":4,\"crc32c\":%u}]}",
		 pruned, encoding, weight_len, crc32c(0, weight, weight_len), more,
		 crc32c(0, body + weight_len, 4));
	if (says) {
		forged(header, body, weight_len + 4, says);
		return;
	}
	Err err = { .code = ERR_NONE };
	size_t len;
	uint8_t *bytes = forge(header, body, weight_len + 4, &len);
	Model *model = model_load_memory(bytes, len, "file", &err);

	made_fine(model, &err);
	model_free(model);
	free(bytes);
}

#define QUANT ",\"x_scale\":1,\"y_scale\":1,\"x_zero\":0,\"y_zero\":255"

static void test_forged_values(void **state)
{
	static const uint8_t zero[32] = { 0 };
	static const uint8_t nan[8] = { 0, 0, 0xc0, 0x7f };

	(void)state;
	forged_weight("false", "f32", "", zero, 8, NULL);
	forged_weight("false", "f32", "", nan, 8, "not finite");
	forged_weight("false", "f32", "", zero, 4, "at least 8");
	forged_weight("false", "f32", "", zero, 12, "do not suit");
	forged_weight("false", "f64", "", zero, 8, "does not suit");
	forged_weight("false", "csr16", "", zero, 4, "does not suit");
	forged_weight("true", "csr16", "", zero, 4, NULL);
	forged_weight("true", "csr16", "", zero, 10, "more values");
	forged_weight("true", "csr16", "", (const uint8_t[]){ 1, 0, 0, 0 }, 4, "column 0");
	forged_weight("true", "csr16", "", (const uint8_t[]){ 1, 0, 0, 0, 2, 0, 0, 0, 0, 0 }, 10,
		      "row 2");
	forged_weight("true", "csr16", "", (const uint8_t[16]){ 2, 0, 0, 0, 1, 0, 1 }, 16, "row 1");
	forged_weight("true", "csr16", "", (const uint8_t[16]){ 2, 0, 0, 0, 1, 0, 0 }, 16, "row 0");
	forged_weight("true", "csr16", "", (const uint8_t[16]){ 2, 0, 0, 0, 0, 0, 1 }, 16, NULL);
	forged_weight("true", "csr16", "", zero, 22, "do not suit");
	forged_weight("true", "csr16", "", zero, 9, "do not suit");
	forged_weight("true", "bits32", "", (const uint8_t[5]){ 2 }, 5, NULL);
	forged_weight("true", "bits32", "", (const uint8_t[5]){ 3 }, 5, "1 values for 2");
	forged_weight("true", "bits32", "", (const uint8_t[5]){ 4 }, 5, "behind the end");
	forged_weight("true", "bits32", "", (const uint8_t[5]){ 1, 0, 0, 0x80, 0xff }, 5,
		      "not finite");
	forged_weight("false", "s8", QUANT, (const uint8_t[]){ 0, 0, 0x80, 0x3f, 129, 127 }, 6,
		      NULL);
	forged_weight("false", "s8", QUANT, (const uint8_t[]){ 0, 0, 0x80, 0x3f, 128, 127 }, 6,
		      "range");
	forged_weight("false", "s8", QUANT, zero, 6, "scale of column 0");
	forged_weight("false", "s8", QUANT, nan, 6, "scale of column 0");
	forged_weight("false", "s8", "", (const uint8_t[]){ 0, 0, 0x80, 0x3f, 1, 1 }, 6, "x_scale");
	forged_weight("true", "bits8", QUANT, (const uint8_t[]){ 0, 0, 0x80, 0x3f, 1, 9 }, 6, NULL);
	forged_weight("true", "bits8", QUANT, (const uint8_t[]){ 0, 0, 0x80, 0x3f, 1, 0 }, 6,
		      "range");
}

static void test_forged_headers(void **state)
{
	char deep[200] = "{\"kind\":";
	const uint8_t none[1] = { 0 };

	(void)state;
	refused(none, 0, "not a wattle model");
	refused((const uint8_t *)"WATTLEM1\xff\xff\xff\xff\0\0\0", 16, "too long");
	refused((const uint8_t *)"WATTLEM1\xff\0\0\0\0\0\0", 16, "expected at least 271");
	forged("[]", none, 0, "no object");
	forged("{", none, 0, "no JSON");
	forged("{\"kind\":\"mlp\",\"kind\":\"mlp\"}", none, 0, "no JSON");
	memset(deep + 8, '[', 100);
	forged(deep, none, 0, "too deep");
	forged("{}", none, 0, "knows no kind");
	forged("{\"kind\":\"bush\"}", none, 0, "'bush'");
#define HEAD "{\"kind\":\"mlp\",\"seed\":1,\"steps\":0,\"input_scale\":1,\"pruned\":false,"
#define TWO ",\"layers\":[\"dense 1\"]}"
	forged("{\"kind\":\"mlp\",\"seed\":-1}", none, 0, "seed");
	forged(HEAD "\"input\":[2]}", none, 0, "three sizes");
	forged(HEAD "\"input\":[2,1,0]}", none, 0, "above 0");
	forged(HEAD "\"input\":[2,1,\"1\"]}", none, 0, "above 0");
	forged(HEAD "\"input\":[2147483647,2147483647,2147483647]" TWO, none, 0, "numbers");
	forged(HEAD "\"input\":[2,1,1]}", none, 0, "from 1 to 128");
	forged(HEAD "\"input\":[2,1,1],\"layers\":[7]}", none, 0, "layer 1 is no text");
	forged(HEAD "\"input\":[2,1,1],\"layers\":[\"relu\"]}", none, 0, "no layer has weights");
	forged(HEAD "\"input\":[2,1,1],\"layers\":[\"dense 4294967297\"]}", none, 0,
	       "from 1 to 65535");
	forged(HEAD "\"input\":[2,1,1],\"layers\":[\"dense 2\",\"dance 1\"]}", none, 0,
	       "did you mean 'dense'");
	forged(HEAD "\"input\":[2,1,1],\"layers\":[\"dense 1\",\"add 2\"]}", none, 0, "layer 2");
	forged(HEAD "\"input\":[65535,1,1],\"layers\":[\"dense 65535\",\"dense 10\"]}", none, 0,
	       "limit");
	forged(HEAD "\"input\":[2,1,1]" TWO, none, 0, "0 spans, expected 2");
	forged(HEAD "\"input\":[2,1,1],\"layers\":[\"dense 1\"],\"spans\":[{},{}]}", none, 0, "0.weight");
	forged(HEAD "\"input\":[2,1,1],\"layers\":[\"dense 1\"],\"spans\":[{\"name\":\"0.weight\",\"encoding\":\"f32\","
		    "\"bytes\":9007199254740993,\"crc32c\":0},{}]}",
	       none, 0, "bytes must be");
	forged(HEAD "\"input\":[2,1,1],\"layers\":[\"dense 1\"],\"spans\":[{\"name\":\"0.weight\",\"encoding\":\"f32\","
		    "\"bytes\":8,\"crc32c\":0},{}]}",
	       none, 0, "file ends at byte");
	/* Few bytes that stand for 256 MiB and more. */
	forged("{\"kind\":\"mlp\",\"seed\":1,\"steps\":0,\"input_scale\":1,\"pruned\":true,"
	       "\"input\":[60000,1,1],\"layers\":[\"dense 1000\"],\"spans\":[{\"name\":\"0.weight\",\"encoding\":\"csr16\","
	       "\"bytes\":4000,\"crc32c\":0},{}]}",
	       (const uint8_t[4000]){ 0 }, 4000, "do not suit");
}

/* More layers than there may be, and a line that is too long. */
static void test_forged_layers(void **state)
{
	char header[4096], line[200];
	size_t len = (size_t)snprintf(header, sizeof header, HEAD "\"input\":[2,1,1],\"layers\":[");

	(void)state;
	for (int i = 0; i < MODEL_LAYERS_MAX; i++)
		len += (size_t)snprintf(header + len, sizeof header - len, "\"relu\",");
	snprintf(header + len, sizeof header - len, "\"dense 1\"]}");
	forged(header, (const uint8_t *)"", 0, "from 1 to 128");
	memset(line, ' ', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	snprintf(header, sizeof header, HEAD "\"input\":[2,1,1],\"layers\":[\"dense 1%s\"]}", line);
	forged(header, (const uint8_t *)"", 0, "layer 1 is too long");
}

/* Networks come back with their layers, masks, integers and norms; their programs give equal bits. */
static void test_networks(void **state)
{
	static const char *const half[] = { "sparsity", "0.5", "epochs", "0", NULL };
	static const char lines[] = "conv2d 5 kernel=3 pad=1; batchnorm; relu; conv2d 5 kernel=3 pad=1;"
				    "add 3; maxpool 2; dropout 0.5; flatten; dense 12; batchnorm;"
				    "tanh; dense 4";
	Fixture *f = *state;
	Model *model[3] = { made_network("1,4,6", lines) };

	model[1] = made_with(model[0], "prune", NULL, half, &f->err);
	assert_non_null(model[1]);
	model[2] = made_with(model[1], "quantize", &f->train, NULL, &f->err);
	for (int i = 0; i < 3; i++) {
		KernelForm form = i == 2 ? KERNEL_INT8 : i ? KERNEL_CSR : KERNEL_DENSE;
		uint8_t *bytes = NULL;
		size_t len = 0;

		made_fine(model[i] && model_save_memory(model[i], &bytes, &len, &f->err), &f->err);
		Model *back = model_load_memory(bytes, len, "x", &f->err);

		made_fine(back, &f->err);
		made_same(model[i], back);
		float *want = made_logits(model[i], form, &f->train, 40);
		float *got = made_logits(back, form, &f->train, 40);

		assert_memory_equal(want, got, f->train.count * MADE_CLASSES * sizeof *got);
		free(want);
		free(got);
		free(bytes);
		model_free(back);
	}
	for (int i = 0; i < 3; i++)
		model_free(model[i]);
}

static void test_not_finite_is_not_saved(void **state)
{
	Fixture *f = *state;
	uint8_t *bytes;
	size_t len;

	f->model[0]->params[3] = NAN;
	assert_false(model_save_memory(f->model[0], &bytes, &len, &f->err));
	assert_int_equal(f->err.code, ERR_DIVERGED);
	assert_null(bytes);
	assert_int_equal(model_file_bytes(f->model[0], &f->err), 0);
}

static void test_files(void **state)
{
	Fixture *f = *state;
	char folder[] = "/tmp/wattle-model-XXXXXX", path[64], link[64];
	struct stat st;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/m.wm", folder);
	snprintf(link, sizeof link, "%s/link", folder);
	for (int i = 0; i < KINDS; i++) {
		made_fine(model_save(f->model[i], path, &f->err), &f->err);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, model_file_bytes(f->model[i], &f->err));
		Model *back = model_load(path, &f->err);

		made_fine(back, &f->err);
		made_same(f->model[i], back);
		model_free(back);
	}
	assert_int_equal(symlink(path, link), 0);
	assert_null(model_load(link, &f->err));
	assert_int_equal(f->err.code, ERR_FILE);
	assert_null(model_load(folder, &f->err));
	assert_int_equal(f->err.code, ERR_FILE);
	unlink(link);
	assert_int_equal(mkfifo(link, 0600), 0);
	assert_null(model_load(link, &f->err));
	assert_non_null(strstr(f->err.text, "regular"));
	unlink(link);
	assert_int_equal(truncate(path, 100), 0);
	assert_null(model_load(path, &f->err));
	assert_int_equal(f->err.code, ERR_FORMAT);
	unlink(path);
	assert_null(model_load(path, &f->err));
	assert_int_equal(f->err.code, ERR_FILE);
	/* Nothing was left beside it. */
	assert_int_equal(rmdir(folder), 0);
	assert_false(model_save(f->model[0], path, &f->err));
	assert_int_equal(f->err.code, ERR_FILE);
	assert_non_null(strstr(f->err.text, path));
}

/* Fails call n = 1, 2, … until all succeed, for saving and loading. */
static void test_no_memory(void **state)
{
	Fixture *f = *state;

	for (int i = 0; i < KINDS; i++) {
		uint8_t *bytes = NULL;
		size_t len = 0, n = 0;
		Model *back;

		do {
			alloc_fail_after(n++);
			free(bytes);
		} while (!model_save_memory(f->model[i], &bytes, &len, &f->err) && n < 100);
		assert_true(n > 1 && n < 100);
		assert_int_equal(f->err.code, ERR_MEMORY);
		for (n = 0, back = NULL; !back && n < 100; n++) {
			alloc_fail_after(n);
			f->err.code = ERR_NONE;
			back = model_load_memory(bytes, len, "x", &f->err);
			assert_true(back || f->err.code == ERR_MEMORY);
		}
		alloc_fail_never();
		assert_true(n > 2 && back);
		made_same(f->model[i], back);
		model_free(back);
		free(bytes);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_encodings),
		TEST(test_damage),
		cmocka_unit_test(test_forged_values),
		cmocka_unit_test(test_forged_headers),
		cmocka_unit_test(test_forged_layers),
		TEST(test_networks),
		TEST(test_not_finite_is_not_saved),
		TEST(test_files),
		TEST(test_no_memory),
	};

	return cmocka_run_group_tests_name("model_file", tests, NULL, NULL);
}

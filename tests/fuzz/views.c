/* Fuzzes the views: each line is a record that every view takes and says; then keys are
 * pressed and the screen is drawn at several sizes.
 * SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/ui.h"
#include "fuzz.h"

static void check_line(void *user, const char *text)
{
	(void)user;
	for (const char *c = text; *c; c++)
		require((unsigned char)*c >= 32);
}

/* One of several sizes and levels. */
static void draw(Ui *ui, size_t which)
{
	static const int sizes[][2] = { { 80, 24 }, { 160, 48 }, { 5, 3 }, { 131, 25 } };
	const int *size = sizes[which % (sizeof sizes / sizeof sizes[0])];
	const Scene scene = { .badge = "MODELLED", .modelled = true };
	Err err = { 0 };
	Canvas canvas;

	require(canvas_init(&canvas, size[0], size[1], (Glyphs)(which % (GLYPHS_ASCII + 1)), &err));
	ui_draw(ui, &canvas, &scene);
	canvas_done(&canvas);
}

static void press(Ui *ui, const char *keys)
{
	for (; *keys; keys++) {
		KeyEvent event = { .key = (uint32_t)*keys };
		Request request = { .kind = REQUEST_NONE };
		ui_key(ui, &event, &request);
		request_done(&request);
	}
}

/* How many records there were. */
static size_t feed(Ui *ui, const uint8_t *data, size_t size)
{
	const Speech speech = { check_line, NULL };
	Err err = { 0 };
	size_t count = 0;

	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size;
		json_t *record = record_parse((const char *)data, len, &err);
		if (record) {
			ui_take(ui, record);
			ui_say(ui, record, &speech);
			count++;
		}
		json_decref(record);
		len += end ? 1 : 0;
		data += len;
		size -= len;
	}
	ui_say(ui, NULL, &speech);
	return count;
}

/* View, size and keys follow from the input's length, so that a run is short. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Err err = { 0 };
	static const char *const first[] = { "lab", "lessons", "compare", "runs" };
	Ui *ui = ui_new(first[size % 4], &err);

	require(ui != NULL);
	if (feed(ui, data, size) > 0) {
		draw(ui, size / 2);
		press(ui, size % 2 ? "2\r3\rwhy\rn\tzGoj\r" : "\tzG\tgj\t");
		draw(ui, size / 3);
		press(ui, size % 3 ? "3XYXtil0]\tG\t\tGz" : "4 j dqcGbbf\xc3\xa9 r\rtx\rDn");
		draw(ui, size / 5);
		press(ui, size % 2 ? "1\x1bHScexyuKynn\x1b" : "1\r\tword\r.\r\x04\tSjoK\x1bnb");
		draw(ui, size / 7);
	}
	ui_free(ui);
	return 0;
}

/* The key of a measured choice.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include <nettle/sha2.h>

#include "base/text.h"
#include "num/blas.h"
#include "num/cpu.h"
#include "trial/lowering.h"

/* Raised when kernels or conversions change their speed but not their names. */
#define KERNELS_VERSION 2

#define KEY_SPARSITY_STEPS 40

static void key_add(struct sha256_ctx *context, const char *text)
{
	sha256_update(context, strlen(text) + 1, (const uint8_t *)text);
}

static void key_machine(struct sha256_ctx *context, const Trial *trial)
{
	char id[64], text[128];
	BlasInfo blas;

	cpu_id(id, sizeof id);
	blas_info(&blas);
	key_add(context, id);
	key_add(context, blas.name);
	key_add(context, blas.core);
	text_format(text, sizeof text, "%s %d, %u threads", WATTLE_VERSION, KERNELS_VERSION,
		    pool_threads(trial->pool));
	key_add(context, text);
	for (size_t i = 0; kernels[i]; i++)
		key_add(context, kernels[i]->info.name);
}

static void key_layer(struct sha256_ctx *context, const Model *model, size_t at)
{
	size_t kept = 0, step;
	LinearQuant quant;
	Linear linear;
	char text[96];

	model_weights(model, at, &linear, &quant);
	for (size_t i = 0; i < linear.in * linear.out; i++)
		kept += linear.w[i] != 0;
	step = (KEY_SPARSITY_STEPS * kept + linear.in * linear.out - 1) / (linear.in * linear.out);
	text_format(text, sizeof text, "%zu x %zu, kept %zu, quantized %d", linear.in, linear.out,
		    step, linear.quant != NULL);
	if (linear.entries > 0) /* in steps of a quarter of a binary order */
		text_format(text + strlen(text), sizeof text - strlen(text), ", entries 2^(%d/4)",
			    (int)lrint(4 * log2(linear.entries)));
	key_add(context, text);
}

void lowering_key(const Lowering *lowering, char out[LOWERING_KEY_MAX])
{
	const Model *model = lowering->model;
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx context;
	char text[128];

	sha256_init(&context);
	key_machine(&context, lowering->trial);
	text_format(text, sizeof text, "batch %zu, pruned %d, input %zu x %zu x %zu",
		    lowering->options.batch, model->mask != NULL, model->input.channels,
		    model->input.height, model->input.width);
	key_add(&context, text);
	if (model->form != DATASET_BYTES)
		key_add(&context, dataset_form_name(model->form));
	for (size_t i = 0; i < model->layers; i++)
		key_add(&context, model->layer[i].text);
	for (size_t i = 0; i < model->weighted; i++)
		key_layer(&context, model, i);
	sha256_digest(&context, sizeof digest, digest);
	text_hex(out, digest, sizeof digest);
}

-- SPDX-License-Identifier: MIT
-- expect: script "kernel is 'sparse', but must be one of auto, dense, csr, int8, block, bf16"
local w = require "wattle"
w.model.mlp { layers = { 2, 2 } }:lower { kernel = "sparse" }

-- SPDX-License-Identifier: MIT
-- expect: script "prune: data must be rows, not a model"
local w = require "wattle"
w.technique.prune { sparsity = 0.5, data = w.model.mlp { layers = { 2, 2 } } }

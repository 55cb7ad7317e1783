-- SPDX-License-Identifier: MIT
-- expect: script "lower: this run has 1 thread; start it with --threads 4 for 4"
local w = require "wattle"
w.model.mlp { layers = { 2, 2 } }:lower { threads = 4 }

-- SPDX-License-Identifier: MIT
-- expect: script "layers is"
require "wattle".model.mlp { layers = { 1e9, 1e9, 10 } }

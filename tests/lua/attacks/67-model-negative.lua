-- SPDX-License-Identifier: MIT
-- expect: script "layers is -1"
require "wattle".model.mlp { layers = { -1, 10 } }

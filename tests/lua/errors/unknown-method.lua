-- SPDX-License-Identifier: MIT
-- expect: script "unknown name 'fitt' in model (did you mean 'fit'?)"
local w = require "wattle"
w.model.mlp { layers = { 2, 2 } }:fitt()

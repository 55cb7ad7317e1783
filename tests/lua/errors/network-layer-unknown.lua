-- SPDX-License-Identifier: MIT
-- expect: script "network: layer 2, 'rleu': unknown layer 'rleu' (did you mean 'relu'?)"
local w = require "wattle"

return w.model.network { input = { 1, 8, 8 }, layers = { "dense 10", "rleu" } }

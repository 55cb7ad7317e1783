-- SPDX-License-Identifier: MIT
-- expect: script "network-layer-type.lua:5: network: layers[2] must be a text, not a number"
local w = require "wattle"

return w.model.network { input = { 1, 8, 8 }, layers = { "dense 10", 7 } }

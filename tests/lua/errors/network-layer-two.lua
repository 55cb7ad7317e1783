-- SPDX-License-Identifier: MIT
-- expect: script "network-layer-two.lua:5: network: layers[1] holds a ';'"
local w = require "wattle"

return w.model.network { input = { 1, 8, 8 }, layers = { "dense 10; relu" } }

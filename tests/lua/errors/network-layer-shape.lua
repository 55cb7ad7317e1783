-- SPDX-License-Identifier: MIT
-- expect: script "network: layer 1, 'conv2d 4 kernel=11'"
local w = require "wattle"

return w.model.network { input = { 1, 8, 8 }, layers = { "conv2d 4 kernel=11", "dense 10" } }

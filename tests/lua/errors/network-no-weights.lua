-- SPDX-License-Identifier: MIT
-- expect: script "network: no layer has weights"
local w = require "wattle"

return w.model.network { input = { 1, 8, 8 }, layers = { "relu" } }

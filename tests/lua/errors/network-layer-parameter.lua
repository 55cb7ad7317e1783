-- SPDX-License-Identifier: MIT
-- expect: script "network: layer 1, 'dense unit=10': unknown key 'unit' in dense (did you mean 'units'?)"
local w = require "wattle"

return w.model.network { input = { 1, 8, 8 }, layers = { "dense unit=10" } }

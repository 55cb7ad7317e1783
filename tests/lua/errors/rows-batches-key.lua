-- SPDX-License-Identifier: MIT
-- expect: script "unknown key 'sise' in batches (did you mean 'size'?)"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
d.train:batches { sise = 3 }

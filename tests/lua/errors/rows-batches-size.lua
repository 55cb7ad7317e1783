-- SPDX-License-Identifier: MIT
-- expect: script "batches: size is 0, but must be a whole number from 1 to 65536 rows"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
d.train:batches { size = 0 }

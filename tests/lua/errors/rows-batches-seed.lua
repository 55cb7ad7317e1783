-- SPDX-License-Identifier: MIT
-- expect: script "rows-batches-seed.lua:7: batches: seed works with shuffle = true"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
d.train:batches {
  seed = 3 }

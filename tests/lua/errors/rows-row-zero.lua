-- SPDX-License-Identifier: MIT
-- expect: script "row: there is no row 0; there are 1 to 200"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
d.train:row(0)

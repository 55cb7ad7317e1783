-- SPDX-License-Identifier: MIT
-- expect: script "rows-where-none.lua:7: no row is of these classes"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
local threes = d.train:where { class = 3 }
threes:where { class = 4 }

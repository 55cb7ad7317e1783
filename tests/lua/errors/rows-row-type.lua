-- SPDX-License-Identifier: MIT
-- expect: script "rows-row-type.lua:6: bad argument #1 to 'row' (number expected, got string)"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
d.train:row("first")

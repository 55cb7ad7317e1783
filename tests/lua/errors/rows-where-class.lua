-- SPDX-License-Identifier: MIT
-- expect: script "rows-where-class.lua:7: where: digits has the classes 0 to 9"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
d.train:where {
  class = 10 }

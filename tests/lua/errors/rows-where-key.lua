-- SPDX-License-Identifier: MIT
-- expect: script "rows-where-key.lua:7: unknown key 'clas' in where (did you mean 'class'?)"
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, rows = 200 })
d.train:where {
  clas = 3 }

-- SPDX-License-Identifier: MIT
-- expect: script "grading-weight.lua:8: grading: the weight of q1 must be 0 to 1000 points, or "manual""
-- lesson
local w = require "wattle"

return w.grading { api = 1, lesson = "t.01",
  weights = { p1 = "manual",
    q1 = "hand" } }

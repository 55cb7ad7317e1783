-- SPDX-License-Identifier: MIT
-- expect: script "exercise-sum.lua:8: exercise: points is 1, but the points of its checks sum up to 3"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.exercise { id = "e1", title = "E", points = 1, file = "e1.lua", solution = "e1.solution.lua",
    ask = "Edit {{file}}.",
    checks = {
      { id = "a", points = 1, "text", function() return true end },
      { id = "b", points = 2, "text", function() return true end },
    } },
}

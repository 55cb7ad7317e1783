-- SPDX-License-Identifier: MIT
-- expect: script "exercise-check-points.lua:11: exercise: checks[1]: points is missing: what it is worth"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.exercise { id = "e1", title = "E", points = 1, file = "e1.lua", solution = "e1.solution.lua",
    ask = "Edit {{file}}.",
    checks = {
      { id = "a", "text", function() return true end },
    } },
}

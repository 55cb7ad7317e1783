-- SPDX-License-Identifier: MIT
-- expect: script "exercise-seconds.lua:10: exercise: seconds must be 0.01 to 600"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.exercise { id = "e1", title = "E", points = 1, file = "e1.lua", solution = "e1.solution.lua",
    ask = "Edit {{file}}.",
    seconds = 0,
    checks = {
      { id = "a", points = 1, "text", function() return true end },
    } },
}

-- SPDX-License-Identifier: MIT
-- expect: script "exercise-empty.lua:10: exercise: checks must be a list of 1 to 16"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.exercise { id = "e1", title = "E", points = 1, file = "e1.lua", solution = "e1.solution.lua",
    ask = "Edit {{file}}.",
    checks = {
    } },
}

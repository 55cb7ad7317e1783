-- SPDX-License-Identifier: MIT
-- expect: script "exercise-solution.lua:8: exercise: solution is 'e1.txt', but must be the plain name of a Lua file"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.exercise { id = "e1", title = "E", points = 1, file = "e1.lua", solution = "e1.txt",
    ask = "Edit {{file}}.",
    checks = {
      { id = "a", points = 1, "text", function() return true end },
    } },
}

-- SPDX-License-Identifier: MIT
-- expect: script "exercise-check-key.lua:11: unknown key 'hint' in exercise: checks[1] (did you mean 'hints'?)"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.exercise { id = "e1", title = "E", points = 1, file = "e1.lua", solution = "e1.solution.lua",
    ask = "Edit {{file}}.",
    checks = {
      { id = "a", points = 1, hint = "x", "text", function() return true end },
    } },
}

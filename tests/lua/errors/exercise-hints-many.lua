-- SPDX-License-Identifier: MIT
-- expect: script "exercise-hints-many.lua:12: check 'a': hints must be a list of 1 to 3 texts"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.exercise { id = "e1", title = "E", points = 1, file = "e1.lua", solution = "e1.solution.lua",
    ask = "Edit {{file}}.",
    checks = {
      { id = "a", points = 1, "text", function() return true end,
        hints = { "1", "2", "3", "4" } },
    } },
}

-- SPDX-License-Identifier: MIT
-- expect: script "exercise-check-order.lua:11: check 'a' must hold a text and a function"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.exercise { id = "e1", title = "E", points = 1, file = "e1.lua", solution = "e1.solution.lua",
    ask = "Edit {{file}}.",
    checks = {
      { id = "a", points = 1, function() return true end, "text" },
    } },
}

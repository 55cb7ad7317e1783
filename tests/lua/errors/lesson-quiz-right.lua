-- SPDX-License-Identifier: MIT
-- expect: script "quiz: no choice has right = true"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.quiz { id = "q1", points = 1, ask = "?", choices = { { "a" }, { "b" } } },
}

-- SPDX-License-Identifier: MIT
-- expect: script "lesson-exercise.lua:8: exercise: title is missing: what is to be made"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.exercise { id = "e1" },
}

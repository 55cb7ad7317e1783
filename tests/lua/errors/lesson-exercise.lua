-- SPDX-License-Identifier: MIT
-- expect: script "lesson-exercise.lua:8: exercise: not in this version; it knows the steps text, predict, run, reveal, quiz"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.exercise { id = "e1" },
}

-- SPDX-License-Identifier: MIT
-- expect: script "lesson-reflect-words.lua:8: reflect: min_words must be a whole number"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.reflect { id = "r", ask = "?", min_words = 2.5 },
}

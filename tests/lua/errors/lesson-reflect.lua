-- SPDX-License-Identifier: MIT
-- expect: script "lesson-reflect.lua:8: reflect: ask is missing: the question"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.reflect { id = "r" },
}

-- SPDX-License-Identifier: MIT
-- expect: script "lesson-reflect-id.lua:9: reflect: the id 'a' is taken by the reflect on line 8"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.reflect { id = "a", ask = "?" },
  w.reflect { id = "a", ask = "?" },
}

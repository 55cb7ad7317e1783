-- SPDX-License-Identifier: MIT
-- expect: script "lesson-twice.lua:11: run: the id 'p1' is taken by the predict on line 9"
-- lesson
local w = require "wattle"

local r = 1
return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.predict { id = "p1", ask = "?", choices = { { "a", arm = "a" }, { "n", arm = "none" } } },
  w.text [[x]],
  w.run { id = "p1", title = "R", body = function() return { n = r } end },
}

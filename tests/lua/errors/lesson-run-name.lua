-- SPDX-License-Identifier: MIT
-- expect: script ":10: a text has {{r1.m…}}, but the run gave no 'm': a number that is not known is false, not nil"
-- lesson
-- run
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", body = function() return { n = 1 } end },
  w.text [[{{r1.m}}]],
}

-- SPDX-License-Identifier: MIT
-- expect: script "lesson-inspect.lua:9: inspect: arm is missing: an arm of its comparison"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "race", title = "R", body = function() return { a = 1 } end },
  w.inspect { run = "race" },
}

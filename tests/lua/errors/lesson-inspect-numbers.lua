-- SPDX-License-Identifier: MIT
-- expect: script "lesson-inspect-numbers.lua:10: inspect: the run 'race' returned no comparison, so it has no arms"
-- lesson
-- run
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "race", title = "R", body = function() return { a = 1 } end },
  w.inspect { run = "race", arm = "a", view = "filters" },
}

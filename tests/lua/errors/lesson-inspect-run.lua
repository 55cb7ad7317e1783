-- SPDX-License-Identifier: MIT
-- expect: script "lesson-inspect-run.lua:9: inspect: no run 'rase' comes before it (did you mean 'race'?)"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "race", title = "R", body = function() return { a = 1 } end },
  w.inspect { run = "rase", arm = "a", view = "filters" },
}

-- SPDX-License-Identifier: MIT
-- expect: script "lesson-inspect-whole.lua:10: inspect: the view confusion shows the model as a whole"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "race", title = "R", body = function() return { a = 1 } end },
  w.inspect { run = "race", arm = "a", view = "confusion",
    layer = 1 },
}

-- SPDX-License-Identifier: MIT
-- expect: script "lesson-confidance.lua:10: unknown key 'confidance' in predict (did you mean 'confidence'?)"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.text [[hello]],
  w.predict { id = "p1", ask = "?",
    confidance = true,
    choices = { { "a", arm = "a" }, { "n", arm = "none" } } },
}

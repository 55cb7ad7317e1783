-- SPDX-License-Identifier: MIT
-- expect: script "this is a lesson: start it with wattle lesson"
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.text [[x]],
}

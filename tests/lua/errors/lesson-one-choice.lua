-- SPDX-License-Identifier: MIT
-- expect: script "predict: choices must be a list of 2 to 9"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.predict { id = "p1", ask = "?", choices = { { "a", arm = "a" } } },
}

-- SPDX-License-Identifier: MIT
-- expect: script "number: min must be less than max"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.predict { id = "p1", ask = "?", number = { min = 3, max = 2 } },
}

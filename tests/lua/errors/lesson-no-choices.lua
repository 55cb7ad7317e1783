-- SPDX-License-Identifier: MIT
-- expect: script "predict: give choices or number"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.predict { id = "p1", ask = "?" },
}

-- SPDX-License-Identifier: MIT
-- expect: script "cost must end with"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", cost = { "energy" }, minutes = 1, goals = { "g" },
  w.text [[x]],
}

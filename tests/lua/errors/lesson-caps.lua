-- SPDX-License-Identifier: MIT
-- expect: script "fast: blocks is 0"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", fast = { blocks = 0 }, minutes = 1, goals = { "g" },
  w.text [[x]],
}

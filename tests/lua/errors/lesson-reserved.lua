-- SPDX-License-Identifier: MIT
-- expect: script "the id 'answer' has a meaning of its own in texts"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "answer", title = "R", body = function() return { n = 1 } end },
}

-- SPDX-License-Identifier: MIT
-- expect: script "run 'r1': body returned nothing; it must return a comparison, a table of numbers, or both"
-- lesson
-- run
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "r1", title = "R", body = function() end },
}

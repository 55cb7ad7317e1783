-- SPDX-License-Identifier: MIT
-- expect: script "lesson: goals must be a table, not a string"
-- lesson
local w = require "wattle"

return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = "g", w.text [[x]] }

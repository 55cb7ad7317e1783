-- SPDX-License-Identifier: MIT
-- expect: script "lesson: goals is missing"
-- lesson
local w = require "wattle"

return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, w.text [[x]] }

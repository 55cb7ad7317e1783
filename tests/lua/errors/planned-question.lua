-- SPDX-License-Identifier: MIT
-- expect: script "planned-question.lua:6: planned: question is missing: what it will ask"
-- lesson
local w = require "wattle"

return w.planned { api = 1, id = "t.01", title = "T" }

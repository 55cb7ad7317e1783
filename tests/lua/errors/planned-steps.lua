-- SPDX-License-Identifier: MIT
-- expect: script "planned: a value has no name"
-- lesson
local w = require "wattle"

return w.planned { api = 1, id = "t.01", title = "T", question = "?", w.text "x" }

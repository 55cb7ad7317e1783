-- SPDX-License-Identifier: MIT
-- expect: usage "t.01 is in preparation and cannot be opened yet; its question: Why?"
-- lesson
-- run
local w = require "wattle"

return w.planned { api = 1, id = "t.01", title = "T", question = "Why?" }

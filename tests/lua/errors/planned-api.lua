-- SPDX-License-Identifier: MIT
-- expect: script "planned: api is 2"
-- lesson
local w = require "wattle"

return w.planned { api = 2, id = "t.01", title = "T", question = "?" }

-- SPDX-License-Identifier: MIT
-- expect: script "planned: id 't' must be"
-- lesson
local w = require "wattle"

return w.planned { api = 1, id = "t", title = "T", question = "?" }

-- SPDX-License-Identifier: MIT
-- expect: script "unknown key 'minutes' in planned; it knows api, id, title, question"
-- lesson
local w = require "wattle"

return w.planned { api = 1, id = "t.01", title = "T", question = "?",
  minutes = 3 }

-- SPDX-License-Identifier: MIT
-- expect: script "unknown key 'layr' in inspect (did you mean 'layer'?)"
-- lesson
local w = require "wattle"

return w.lesson {
  api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.run { id = "race", title = "R", body = function() return { a = 1 } end },
  w.inspect { run = "race", arm = "a", view = "filters", layr = 1 },
}

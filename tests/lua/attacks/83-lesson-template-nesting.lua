-- SPDX-License-Identifier: MIT
-- expect: script "must hold a name"
-- lesson
-- run
local w = require "wattle"
return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.text(("{{"):rep(8000) .. ("}}"):rep(8000)),
}

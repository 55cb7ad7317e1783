-- SPDX-License-Identifier: MIT
-- expect: script "must be a text of 1 to 32767 bytes"
-- lesson
-- run
local w = require "wattle"
return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.text(("x"):rep(10 * 1000 * 1000)),
}

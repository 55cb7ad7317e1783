-- SPDX-License-Identifier: MIT
-- expect: script "over 100 {{…}} in one text"
-- lesson
-- run
local w = require "wattle"
return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.predict { id = "p1", ask = "?", choices = { { ("x"):rep(250), arm = "a" }, { "n", arm = "none" } } },
  w.text(("{{p1}}"):rep(5000)),
}

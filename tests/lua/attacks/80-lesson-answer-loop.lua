-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached"
-- lesson
-- run
local w = require "wattle"
return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  w.predict { id = "p1", ask = "?", choices = { { "a", arm = "a" }, { "n", arm = "none" } } },
  w.run { id = "r1", title = "R", body = function() return { n = 1 } end },
  w.reveal { predict = "p1", run = "r1", answer = function()
    local co = coroutine.wrap(function() while true do pcall(error) end end)
    while true do pcall(co) end
  end, [[x]] },
}

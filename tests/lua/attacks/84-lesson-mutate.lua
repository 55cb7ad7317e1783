-- SPDX-License-Identifier: MIT
-- expect: limit "time limit reached"
-- lesson
-- run
local w = require "wattle"
local t = { id = "r1", title = "R", body = function() while true do end end }
local choice = { ("a"):rep(200), arm = ("b"):rep(50) }
local p = { id = "p1", ask = ("?"):rep(1000), choices = { choice, { "n", arm = "none" } } }
local steps = { w.predict(p), w.run(t), w.text(("y"):rep(1000)) }
p.ask, choice[1], choice.arm, t.title = nil, nil, nil, nil
for i = 1, 2000 do p[i] = ("z"):rep(1000) .. i end
return w.lesson { api = 1, id = "t.01", title = "T", minutes = 1, goals = { "g" },
  steps[1], steps[2], steps[3],
}

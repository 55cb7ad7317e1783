-- The lesson of tests/bench/stop: its run never ends, and catches the error that is to end it.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

local function spin()
  local turns = 0
  while true do turns = turns + 1 end
end

return w.lesson {
  api = 1, id = "attack.01", title = "A run without end", minutes = 1, goals = { "Be stopped" },
  w.text "A run follows.",
  w.run { id = "endless", title = "Endless", body = function() while true do pcall(spin) end end },
  w.text "That was it.",
}

-- 0 6| wattle run printed.lua --trust --energy none
-- SPDX-License-Identifier: MIT
-- What a program prints: two arms that print it, and work between the lines.
local w = require "wattle"
local command = [==[
while read -r line; do echo "$line"; sleep 0.05; done <<'END'
-- EXAMPLE
END
]==]
return w.experiment {
  api = 1, name = "printed",
  arms = { { "one", command = command }, { "two", command = command } },
  design = { warmup = 0, blocks = 1, window = 0.01, idle = 0 },
  analysis = { primary = { "time" } },
}

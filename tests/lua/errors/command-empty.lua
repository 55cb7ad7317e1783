-- SPDX-License-Identifier: MIT
-- expect: script "command-empty.lua:7: command: that of 'b' must be a list of words, the program first"
local w = require "wattle"

return w.experiment {
  api = 1, name = "x",
  arms = { { "a", command = "true" }, { "b", command = {} } },
}

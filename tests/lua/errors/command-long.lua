-- SPDX-License-Identifier: MIT
-- expect: script "a command of more than 2048 bytes; put it into a file and run that"
local w = require "wattle"

return w.experiment {
  api = 1, name = "x",
  arms = { { "a", command = ("x"):rep(3000) }, { "b", command = "true" } },
}

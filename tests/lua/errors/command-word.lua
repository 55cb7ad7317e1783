-- SPDX-License-Identifier: MIT
-- expect: script "command: word 2 of 'a' is no text"
local w = require "wattle"

return w.experiment {
  api = 1, name = "x",
  arms = { { "a", command = { "echo", true } }, { "b", command = "true" } },
}

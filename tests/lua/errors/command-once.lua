-- SPDX-License-Identifier: MIT
-- expect: script "arm 'b' is a command, which is a process of its own in each block: build must be "block""
local w = require "wattle"

return w.experiment {
  api = 1, name = "x", build = "once",
  arms = { { "a", function() end }, { "b", command = "true" } },
}

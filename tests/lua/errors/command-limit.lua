-- SPDX-License-Identifier: MIT
-- expect: script "limit: must be over 0"
local w = require "wattle"

return w.experiment {
  api = 1, name = "x",
  arms = { { "a", command = "true", limit = 0 }, { "b", command = "true" } },
}

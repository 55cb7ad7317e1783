-- SPDX-License-Identifier: MIT
-- expect: script "unknown key 'limt' in arm 'a' (did you mean 'limit'?)"
local w = require "wattle"

return w.experiment {
  api = 1, name = "x",
  arms = { { "a", command = "true", limt = 3 }, { "b", command = "true" } },
}

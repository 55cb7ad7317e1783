-- SPDX-License-Identifier: MIT
-- expect: script "arms[1] must be { "name", function(s, c) … end } or { "name", command ="
local w = require "wattle"

return w.experiment {
  api = 1, name = "x",
  arms = { { "a", function() end, command = "true" }, { "b", command = "true" } },
}

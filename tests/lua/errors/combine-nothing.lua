-- SPDX-License-Identifier: MIT
-- expect: script "b returned no experiment, but number"
local w = require "wattle"

local function a()
  return w.experiment { api = 1, name = "x", arms = { { "a", command = "true" }, { "b", command = "true" } } }
end

return w.combine { { "a", a }, { "b", function() return 3 end } }

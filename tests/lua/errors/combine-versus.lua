-- SPDX-License-Identifier: MIT
-- expect: script "versus: there is no arm 'q:b' (did you mean 'q: b'?)"
local w = require "wattle"

local function part()
  return w.experiment { api = 1, name = "x", arms = { { "a", command = "true" }, { "b", command = "true" } } }
end

return w.combine { { "p", part }, { "q", part }, versus = "q:b" }

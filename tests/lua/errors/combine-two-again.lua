-- SPDX-License-Identifier: MIT
-- expect: script "combine: one part is compared with itself"
local w = require "wattle"

return w.combine { { "a", function() end }, { "b", function() end }, again = true }

-- SPDX-License-Identifier: MIT
-- expect: script "combine: part 1 must be { "name", function()"
local w = require "wattle"

return w.combine { { "a", 3 } }

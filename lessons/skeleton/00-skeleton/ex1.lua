-- Exercise: the cheaper of two costs. Save this file, and the checks run.
-- SPDX-License-Identifier: MIT
local ex = {}

function ex.cheaper(a, b)
  return a or b
end

return ex

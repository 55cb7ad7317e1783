-- Four weights of five go, training heals what is left, and a kernel that skips
-- zeros runs it.
-- SPDX-License-Identifier: MIT
local technique = require "wattle".technique
local ex = {}

function ex.slim(base, data)
  local m = base:with(technique.prune { sparsity = 0.8, data = data.train,
    epochs = 2 })
  return m:lower { kernel = "csr" }
end

return ex

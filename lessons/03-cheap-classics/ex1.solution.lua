-- Fits some candidates, leaves out those over the budget, and lets the
-- validation rows choose.
-- SPDX-License-Identifier: MIT
local model = require "wattle".model
local ex = {}

local function net(data, hidden)
  local m = model.mlp { layers = { data.inputs, hidden, data.classes } }
  return m:fit(data.train, { epochs = 30, lr = 0.003, schedule = "cosine" })
end

local candidates = {
  function(data) return model.gaussian_nb {}:fit(data.train) end,
  function(data) return model.logistic {}:fit(data.train) end,
  function(data) return model.tree {}:fit(data.train) end,
  function(data) return model.boosting { rounds = 15 }:fit(data.train) end,
  function(data) return net(data, 8) end,
  function(data) return net(data, 128) end,
}

function ex.pick(data, macs, bytes)
  local best, most = nil, -1
  for _, fit in ipairs(candidates) do
    local m = fit(data)
    if m:macs() <= macs and m:bytes() <= bytes then
      local accuracy = m:accuracy(data.valid)
      if accuracy > most then best, most = m, accuracy end
    end
  end
  return best
end

return ex

-- SPDX-License-Identifier: MIT
-- expect: script "at work in a fit"
-- Takes away what a fit works with while it works: from its function, through pcall, and from a fit inside.
local w = require "wattle"
local d = w.data.load("digits", { rows = 200 })
local rows, valid = d.train:sample(100, 1), d.train:sample(50, 2)
local function net() return w.model.mlp { layers = { d.inputs, 8, d.classes } } end
local m, other, teacher = net(), net(), net()
local handles = { rows, valid, m, teacher }
local failed
local function attack()
  for _, handle in ipairs(handles) do
    local fine, why = pcall(function() local _ <close> = handle end)
    assert(not fine)
    failed = why
    assert(not pcall(m.fit, m, rows, { epochs = 1 }))
  end
end
m:fit(rows, { epochs = 3, valid = valid, patience = 3, loss = "distill", teacher = teacher,
  each = function()
    attack()
    other:fit(rows, { epochs = 2, each = attack })
    for i = 1, 100 do local _ = ("x"):rep(100000 + i) end
  end })
error(failed, 0)

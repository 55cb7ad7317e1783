-- What fit tells a function behind each epoch, and what such a function may do.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, valid = 0.1, rows = 600 })
local function net() return w.model.mlp { layers = { d.inputs, 16, d.classes }, seed = 2 } end

local history, m = {}, net()
local same = m:fit(d.train, { epochs = 4, valid = d.valid, watch = d.test, each = function(e)
  history[#history + 1] = e
  assert(math.abs(m:accuracy(d.valid) - e.valid_accuracy) < 0.02, "the model as it is by then")
end })
assert(same == m and #history == 4)
for i, e in ipairs(history) do
  assert(e.epoch == i and e.epochs == 4 and e.time_s >= 0 and math.type(e.epoch) == "integer")
  for _, name in ipairs { "accuracy", "valid_accuracy", "test_accuracy" } do
    assert(e[name] >= 0 and e[name] <= 1, name)
  end
end
assert(history[4].loss < history[1].loss and history[4].accuracy > history[1].accuracy)
assert(history[4].test_accuracy == m:accuracy(d.test) and not history[4].watch_accuracy)

-- What is watched has the name of what it is.
local function watched(rows, valid, name)
  m:fit(d.train, { epochs = 1, watch = rows, valid = valid, each = function(e)
    local right = e[name] * #rows
    assert(math.abs(right - math.floor(right + 0.5)) < 1e-6, "of those rows")
    for _, other in ipairs { "test_accuracy", "valid_accuracy", "watch_accuracy" } do
      local told = other == name or (valid and other == "valid_accuracy")
      assert((e[other] ~= nil) == (told or false), other)
    end
  end })
end
watched(d.valid:head(20), nil, "valid_accuracy")
watched(d.valid:head(19), d.valid, "watch_accuracy")
watched(d.train:head(20), nil, "watch_accuracy")
watched(d.train:sample(20, 1), nil, "watch_accuracy")
watched(d.test:head(20), nil, "test_accuracy")
m:fit(d.valid, { epochs = 1, batch = 16, watch = d.valid, each = function(e)
  assert(e.watch_accuracy and not e.valid_accuracy, "it learns from them")
end })

-- Without what is not asked for; nothing is told when watch is false.
local seen = 0
net():fit(d.train, { epochs = 2, watch = false, each = function(e)
  seen = seen + 1
  assert(not (e.valid_accuracy or e.test_accuracy or e.watch_accuracy) and e.loss > 0)
end })
assert(seen == 2)

-- Another fit inside, with a function of its own; rows made there may be closed there.
local inner = 0
net():fit(d.train, { epochs = 2, each = function()
  local some <close> = d.train:head(100)
  net():fit(some, { epochs = 3, each = function() inner = inner + 1 end })
end })
assert(inner == 6)

-- What is at work stays, also when the function drops it from its table.
local options = { epochs = 2, valid = d.train:head(50), patience = 2 }
options.each = function()
  options.valid, options.each = nil, nil
  for i = 1, 200 do local _ = ("x"):rep(10000 + i) end
end
net():fit(d.train, options)

-- Kinds that are fitted in rounds have epochs, too.
local rounds = 0
w.model.boosting { rounds = 3 }:fit(d.train:head(100), {
  each = function() rounds = rounds + 1 end })
assert(rounds == 3, rounds)

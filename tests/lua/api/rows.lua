-- What rows can be asked for: one of them, those of a class, batches.
-- SPDX-License-Identifier: MIT
local data = require "wattle".data

local d = data.load "digits"

local inputs, class = d.train:row(1)
assert(#inputs == 64 and math.type(class) == "integer" and class >= 0 and class <= 9)
for _, x in ipairs(inputs) do assert(x >= 0 and x <= 1) end
assert(select(2, d.train:sample(20, 3):row(7)) == select(2, d.train:sample(20, 3):row(7)))
local last = d.train:row(#d.train)
assert(#last == 64)

-- A number to predict; sparse rows tell what is there.
local diabetes = data.load "diabetes"
local x, y = diabetes.train:row(3)
assert(#x == diabetes.inputs and math.type(y) == "float")
local sparse = data.load("sparse-synthetic", { rows = 60 })
local there, n = sparse.train:row(1), 0
for column, value in pairs(there) do
  n = n + 1
  assert(math.type(column) == "integer" and column >= 1 and column <= sparse.inputs and value ~= 0)
end
assert(n > 0 and n < sparse.inputs)

-- Classes by number, by name, or several.
local threes = d.train:where { class = 3 }
for i = 1, #threes do assert(select(2, threes:row(i)) == 3) end
local total = 0
for c = 0, 9 do total = total + #d.train:where { class = c } end
assert(total == #d.train)
assert(#d.train:where { class = { 3, 5 } } == #threes + #d.train:where { class = 5 })
local iris = data.load "iris"
local named = iris.train:where { class = "setosa" }
assert(#named > 0 and select(2, named:row(1)) == 0)

-- Batches: every row once, in their order or in one that is drawn.
local function classes(rows)
  local list = {}
  for i = 1, #rows do list[i] = select(2, rows:row(i)) end
  return table.concat(list)
end
local part = d.train:head(100)
local sizes, joined = {}, ""
for batch in part:batches { size = 32 } do
  sizes[#sizes + 1], joined = #batch, joined .. classes(batch)
end
assert(table.concat(sizes, " ") == "32 32 32 4" and joined == classes(part))
local function shuffled(options)
  local all = ""
  options.shuffle, options.size = true, 30
  for batch in part:batches(options) do all = all .. classes(batch) end
  return all
end
assert(shuffled { seed = 1 } == shuffled { seed = 1 } and shuffled { seed = 1 } ~= joined)
assert(shuffled { seed = 1 } ~= shuffled { seed = 2 } and #shuffled {} == 100)
local one = 0
for batch in d.test:where { class = 3 }:batches() do one = one + #batch end
assert(one == #d.test:where { class = 3 })

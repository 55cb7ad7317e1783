-- pairs goes through a table in the order of its keys, so that two runs do the same.
-- SPDX-License-Identifier: MIT
local t = { 10, 20, b = 1, a = 2, ab = 3, [2.5] = 4, [-1] = 5, [true] = 6 }
local keys = {}
for k, v in pairs(t) do
  assert(t[k] == v)
  keys[#keys + 1] = tostring(k)
end
assert(table.concat(keys, " ") == "-1 1 2 2.5 a ab b true", table.concat(keys, " "))

-- Fields may be removed and changed on the way.
local seen = 0
for k in pairs(t) do
  t[k] = nil
  t.b = nil
  seen = seen + 1
end
assert(seen == 7 and next(t) == nil)
for _ in pairs {} do error "empty" end

local proxy = setmetatable({}, { __pairs = function() return next, { x = 1 }, nil end })
for k, v in pairs(proxy) do assert(k == "x" and v == 1) end
assert(not pcall(pairs, nil) and not pcall(pairs, 3))

-- SPDX-License-Identifier: MIT
-- expect: script "overflow"
-- Each coroutine was last resumed near the bottom of the C stack; closing them from within one another would not count.
local list = {}
for i = 1, 30000 do
  list[i] = coroutine.create(function()
    local x <close> = setmetatable({}, { __close = function() -- luacheck: ignore
      if list[i + 1] then assert(coroutine.close(list[i + 1])) end
    end })
    coroutine.yield()
  end)
  coroutine.resume(list[i])
end
local fine, text = coroutine.close(list[1])
assert(not fine and text:find "closed inside one another", text)
error("overflow refused")

-- lesson: quick
-- expect: work error "ex1.lua: memory limit reached"
-- expect: again error "ex1.lua: memory limit reached"
-- expect: other pass
-- What was hoarded is gone with the state that it lay in.
local hoard = {}
return {
  work = function()
    for i = 1, 1e9 do hoard[i] = ("x"):rep(16 << 20) end
  end,
  other = function() return #hoard == 0 and 2 or 3 end,
}

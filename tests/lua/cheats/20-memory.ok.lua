-- lesson: quick
local hoard = {}
return {
  work = function()
    for i = 1, 8 do hoard[i] = ("x"):rep(1 << 20) .. i end
    return 1
  end,
  other = function() return #hoard == 8 and 2 or 3 end,
}

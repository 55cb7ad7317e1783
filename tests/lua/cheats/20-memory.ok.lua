-- lesson: quick
local hoard = {}
local function fill()
  for i = 1, 8 do hoard[i] = ("x"):rep(1 << 20) .. i end
  return #hoard
end
return {
  work = function() return fill() == 8 and 1 or 3 end,
  other = function() return #hoard == 0 and fill() == 8 and 2 or 3 end,
}

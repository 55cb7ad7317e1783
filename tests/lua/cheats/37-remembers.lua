-- lesson: order
-- expect: told fail "it is nothing, and must be a number"
-- What an earlier call left behind is gone, in variables and in the tables of the libraries.
local known, calls = nil, 0
local begun = math.random(1000000000)
return {
  tell = function(number)
    known = number
    pcall(function() string.known = number end)
  end,
  guess = function() return known or rawget(string, "known") end,
  draw = function()
    calls = calls + 1
    return calls + math.random()
  end,
  begun = function() return begun end,
}

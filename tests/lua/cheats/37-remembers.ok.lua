-- lesson: order
local begun = math.random(1000000000)
return {
  tell = function() end,
  guess = function() return 42 end,
  draw = function(i) return i + math.random() end,
  begun = function() return begun end,
}

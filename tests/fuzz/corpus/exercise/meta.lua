local t = setmetatable({}, { __index = function(_, k) return k end, __eq = rawequal })
return { f = function(b, l) l.me = l return t, l end,
  g = function() return coroutine.wrap(function() error(t) end)() end }

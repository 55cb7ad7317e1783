return { f = function() while true do pcall(string.rep, "x", 1e6) end end,
  g = function(b) return b:lower { kernel = "dense" }, b:fit(b, { epochs = 3 }) end }

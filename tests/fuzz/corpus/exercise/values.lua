return { f = function(l) return 1 / 0, -0.0, 2^53, "a\0b\xff", true, nil, { [1.5] = {}, [true] = "" } end,
  g = function(b, l) local m <close> = b:clone() return m, b.test, l[3].x end }

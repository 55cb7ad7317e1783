-- SPDX-License-Identifier: MIT
-- expect: script "key-after-comments.lua:12: unknown key 'sedes' in experiment (did you mean 'seeds'?)"
local w = require "wattle"

return w.experiment {
  api = 1, name = "x", -- sedes = 1
  question = [[ sedes = 2,
    sedes = 3 ]], --[==[ sedes = ]] 4
    sedes = 5 ]==]
  params = { a = "sedes = 6", b = 'it\'s sedes = 7', c = 1 == 2 },
  needs = { },
  sedes = { 1 },
}

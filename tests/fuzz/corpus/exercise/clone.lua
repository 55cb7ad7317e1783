local w = require "wattle"
local kept = {}
return {
  f = function(base, list) kept[#kept + 1] = base; return base:clone(), list end,
  g = function(base, list) return { list, list, { base, kept[1] } }, #kept end,
}

-- SPDX-License-Identifier: MIT
-- expect: script "'\x1b]0;x\x07.model' is no name of a model's file"
-- run
-- Names that lead elsewhere, hide, or write to a terminal.
local w = require "wattle"
local names = { "../x.model", "/tmp/x.model", "a/b.model", "..", ".model", ".x.model", "-rf.model", "x.model/", "x.lua", "",
  "x.model\0", "\0.model", "a\nb.model", "a b.model", "a\\b.model", "~.model", "x.MODEL", ("x"):rep(59) .. ".model",
  ("x"):rep(1 << 20) .. ".model", "\u{202e}x.model", "\xff.model", "saved-\u{e9}.model" }
return w.experiment {
  api = 1, name = "x", build = "once", needs = { dataset = "digits" },
  setup = function(c) return { data = w.data.load(c.dataset, { rows = 200 }) } end,
  arms = {
    { "a", function(s)
        local m = w.model.mlp { layers = { s.data.inputs, 2, s.data.classes } }
        for _, name in ipairs(names) do
          local fine, why = pcall(m.save, m, name)
          assert(not fine and why:find("is no name of a model's file", 1, true), why)
        end
        assert(not pcall(m.save, m) and not pcall(m.save, m, {}) and not pcall(m.save, names, "x.model"))
        assert(not pcall(m.save, m, setmetatable({}, { __tostring = function() return "x.model" end })))
        m:save "\27]0;x\7.model"
      end },
    { "b", function() end },
  },
}

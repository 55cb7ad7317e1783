-- Nearest neighbours and their techniques: fewer of them, and bytes.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

local d = w.data.load "digits"
local m = w.model.knn { k = 1, form = "f32" }
m:fit(d.train)
local accuracy = m:accuracy(d.test)
assert(accuracy > 0.95, accuracy)

local bytes = m:with(w.technique.byte_neighbours {})
assert(bytes:bytes() < 0.3 * m:bytes())
assert(bytes:accuracy(d.test) == accuracy, "digits are whole numbers")

local few = m:with(w.technique.condense {})
assert(few:bytes() < 0.3 * m:bytes() and few:macs() < 0.3 * m:macs())
assert(few:accuracy(d.train) == 1 and few:accuracy(d.test) > 0.85)

-- Both, one after the other.
local both = m:with(w.technique.condense {}, w.technique.byte_neighbours {})
assert(both:bytes() < 0.3 * few:bytes())
assert(both:lower {}:macs() == few:lower {}:macs())

local fine, text = pcall(function() w.model.knn { k = 1 }:with(w.technique.condense {}) end)
assert(not fine and text:find "not fitted yet", text)

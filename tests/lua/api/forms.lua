-- Rows of numbers and sparse rows, and numbers to predict.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

-- A generator makes as many training rows as are asked for, and a third of that for testing.
local moons = w.data.load("moons", { rows = 300, seed = 7 })
assert(#moons.train == 300 and #moons.test == 100 and moons.inputs == 2 and moons.classes == 2)
assert(#w.data.load("moons").train > 0)

-- A network takes them as it takes bytes.
local net = w.model.network { input = { 2 }, layers = { "dense 16", "relu", "dense 2" } }
net:fit(moons.train, { epochs = 30, lr = 0.02, batch = 32 })
assert(net:accuracy(moons.test) > 0.85)
assert(net:score(moons.test) == net:accuracy(moons.test))
assert(not pcall(net.predict, net, w.data.load("digits").test))

-- Numbers to predict: one output, mse without being told, R² as score.
local friedman = w.data.load("friedman", { rows = 600, seed = 1 })
assert(friedman.classes == 0 and friedman.train.classes == 0)
local line = w.model.network { input = { friedman.inputs }, layers = { "dense 1" } }
line:fit(friedman.train, { epochs = 60, lr = 0.05, optimizer = "adam" })
local r2 = line:score(friedman.test)
assert(r2 > 0.5 and r2 < 1)
assert(line:lower():score(friedman.test) > 0.5)
assert(not pcall(line.predict, line, friedman.test))
local ok, err = pcall(net.fit, net, friedman.train)
assert(not ok and tostring(err):find("features"))

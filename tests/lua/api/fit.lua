-- Everything that fit can be told.
-- SPDX-License-Identifier: MIT
local w = require "wattle"

local d = w.data.load("digits", { seed = 1, valid = 0.1 })
local function net()
  return w.model.mlp { layers = { d.inputs, 24, d.classes }, seed = 2 }
end
local function reaches(options, least)
  local m = net()
  options.epochs, options.batch = options.epochs or 8, 32
  local accuracy = m:fit(d.train, options):accuracy(d.test)
  assert(accuracy > least, accuracy)
  return m
end

for _, optimizer in ipairs { "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw" } do
  local lr = (optimizer == "rmsprop" or optimizer:find("adam")) and 5e-3 or 0.1
  reaches({ optimizer = optimizer, lr = lr, decay = 1e-4, warmup = 0.1, schedule = "cosine",
    clip = 5 }, 0.85)
end
reaches({ optimizer = "momentum", momentum = 0.8, schedule = "step" }, 0.85)
local teacher = reaches({ optimizer = "lbfgs", epochs = 40, decay = 1e-4 }, 0.85)
for _, loss in ipairs { "xent", "bce", "hinge", "mse", "huber" } do
  reaches({ loss = loss, lr = 0.01, epochs = 12 }, 0.8)
end
reaches({ loss = "xent", smoothing = 0.1, lr = 5e-3, valid = d.valid, patience = 3 }, 0.8)
reaches({ loss = "distill", teacher = teacher, alpha = 0.9, temperature = 2, lr = 5e-3 }, 0.8)
reaches({ precision = "f32", lr = 5e-3, seed = 4 }, 0.8)

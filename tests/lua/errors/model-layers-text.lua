-- SPDX-License-Identifier: MIT
-- expect: script "mlp: layers[2] must be a whole number, not a string"
require "wattle".model.mlp { layers = { 64, "10" } }

-- Lesson 04: compare honestly. A network against its own copy, the order of
-- measuring on a machine that drifts, and an interval that says how sure one
-- may be. {{name}} in a text is filled on the student's machine.
-- SPDX-License-Identifier: MIT
local w = require "wattle"
local data, model, compare = w.data, w.model, w.compare

-- Student's t, 0.975, for 1 to 30 degrees of freedom.
local T = { 12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060,
            2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199,
            2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639,
            2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423 }

-- Ratio b / a of a list of pairs, low, high: the t interval of the logarithms.
local function interval(pairs_of)
  local n, sum, squares = #pairs_of, 0, 0
  for _, p in ipairs(pairs_of) do sum = sum + math.log(p.b / p.a) end
  local mean = sum / n
  for _, p in ipairs(pairs_of) do
    squares = squares + (math.log(p.b / p.a) - mean) ^ 2
  end
  local half = T[n - 1] * math.sqrt(squares / (n - 1) / n)
  return math.exp(mean), math.exp(mean - half), math.exp(mean + half)
end

local function word(low, high)
  return high < 1 and "better" or low > 1 and "worse" or "not resolved"
end

local function normal()
  local size = math.sqrt(-2 * math.log(1 - math.random()))
  return size * math.cos(2 * math.pi * math.random())
end

-- Windows of A and of B, which truly cost the same, on a machine that grows
-- slower while they run. blocked: all of A, then all of B. Otherwise pairs,
-- whose order is drawn.
local function log_of(n, drift, blocked)
  local list = {}
  local function window(place)
    return (1 + drift * place / (2 * n - 1)) * (1 + 0.01 * normal())
  end
  for i = 1, n do
    local first, second = 2 * i - 2, 2 * i - 1
    if math.random() < 0.5 then first, second = second, first end
    if blocked then first, second = i - 1, n + i - 1 end
    list[i] = { a = window(first), b = window(second) }
  end
  return list
end

-- Of so many experiments, the share that finds a difference, which is not
-- there.
local function false_share(times, drift, blocked)
  local found = 0
  for _ = 1, times do
    local _, low, high = interval(log_of(10, drift, blocked))
    if word(low, high) ~= "not resolved" then found = found + 1 end
  end
  return found / times
end

-- Pairs for the checks: b costs `ratio` times what a costs.
local function made_up(random, n, ratio)
  local list = {}
  for i = 1, n do
    local machine = 0.2 * math.exp(0.05 * random:normal())
    list[i] = { a = machine * math.exp(0.01 * random:normal()),
                b = machine * ratio * math.exp(0.01 * random:normal()) }
  end
  return list
end

-- word, ratio, low, high of the student; nil and why when they are not these.
local function answer(t, list)
  local said, ratio, low, high = t.call("verdict", list)
  if said ~= "better" and said ~= "worse" and said ~= "not resolved" then
    local text = "verdict() said '%s', not better, worse or not resolved"
    return nil, text:format(said)
  end
  if not (type(ratio) == "number" and type(low) == "number"
    and type(high) == "number") then
    return nil, "verdict() must return four values: word, ratio, low, high"
  end
  return said, ratio, low, high
end

-- It gives our ratio, our interval and our word.
local function agrees(t, list)
  local said, ratio, low, high = answer(t, list)
  if not said then return false, ratio end
  local r, l, h = interval(list)
  for _, one in ipairs { { "ratio", ratio, r }, { "low", low, l },
                         { "high", high, h } } do
    if not t.near(one[2], one[3], 1e-4) then
      local text = "%s is %.4f; by the logarithms it is %.4f"
      return false, text:format(one[1], one[2], one[3])
    end
  end
  local text = "the interval is %.4f to %.4f, so '%s'; it said '%s'"
  return said == word(l, h), text:format(l, h, word(l, h), said)
end

return w.lesson {
  api = 1, id = "green.04", title = "Compare honestly", minutes = 25,
  level = "core", tags = { "experiments", "statistics" },
  after = { "green.03" },
  goals = { "Take turns, so that a drifting machine cannot decide",
            "Read an interval, and the words 'not resolved'",
            "Write the rule that gives a verdict" },
  needs = { dataset = "digits" },
  vary = { drift = { 0.02, 0.025, 0.03 } },
  cost = { "energy", "time" },
  fast = { epochs = 2, rows = 1347, blocks = 10, window = 0.05 },
  reward = "Your rule found a difference between equals in "
    .. "{{ex1.false_share|pct}} of 400 logs.",

  w.text [[
# Compare honestly

"B is faster than A by a few per cent." Such sentences fill papers and
release notes. Some of them are true.

Measure the same program twice: two numbers come out, and mostly they
differ. The clock rate changes, another program wakes, memory lies
elsewhere. So when two programs differ, it need not be the programs.

So the first experiment is one that everybody should make, and few do:
compare a thing **with itself**. It shows nothing about the program. It
shows how far the measuring can be trusted.

* **a**: a small network
* **b**: the same network, copied weight by weight]],

  w.predict { id = "p1",
    ask = "A network and its exact copy make the same predictions, by turns. "
      .. "What will the comparison say of their {{cost}}?",
    choices = {
      { "the original costs less", arm = "a" },
      { "the copy costs less", arm = "b" },
      { "no difference can be shown", arm = "none" } },
    confidence = true },

  w.run { id = "twins", title = "A network and its copy",
    body = function(c)
      local d = data.load(c.dataset, { valid = 0.1, seed = c.seed })
      local net = model.mlp { layers = { d.inputs, 256, 256, d.classes },
        seed = c.seed }
      net:fit(d.train, { epochs = 2, watch = d.valid })
      return compare {
        arms = { { "a", net:lower { kernel = "dense" } },
                 { "b", net:clone():lower { kernel = "dense" } } },
        on = d.test, work = { predictions = 10000 }, blocks = 10 }
    end,
    show = { "time", "energy" } },

  w.reveal { predict = "p1", run = "twins",
    answer = function(r) return r:best(r.cost) end,
    [[
You said: {{p1}}.
On this machine: **{{answer}}** ({{cost}}, {{source}}).

Copy against original: {{twins.b.cost|ratio}}. In brackets stands the
**interval**: the ratios that agree with what was measured. If 1 is among
them, no difference has been shown.

Whatever differs here, it is not the network. Such an interval is made to
hold the truth 19 times in 20; so about one run in twenty calls even twins
different. Did yours?]] },

  w.text [[
# Who runs first?

The last run took turns: in pairs, the order of each drawn by lot. Why not
simply all of A, and then all of B? Because machines drift. They grow warm
and slow down, or other work comes. Then the second pays for the weather.

The next experiment is **generated**: logs of a machine that grows slower
by {{drift|pct}} while it measures. A and B cost the same in truth. A log
holds ten measurements of each, and gets an interval and a verdict: B is
better, B is worse, or **not resolved**, where the interval holds 1.

* **blocked**: ten times A, then ten times B
* **by turns**: in pairs, as above]],

  w.predict { id = "p2",
    ask = "The machine drifts by {{drift|pct}}, and A and B are equal. Of 100 "
      .. "blocked experiments, how many find a difference?",
    number = { unit = "in a hundred", min = 0, max = 100 }, confidence = true },

  w.run { id = "log", title = "Four hundred experiments of each kind",
    body = function(c)
      return { blocked = false_share(400, c.param.drift, true),
               turns = false_share(400, c.param.drift, false) }
    end },

  w.reveal { predict = "p2", run = "log",
    answer = function(r) return math.floor(1000 * r.blocked + 0.5) / 10 end,
    [[
You said: {{p2}}. It was: **{{answer}}**.

A difference that is not there was found

* blocked: in {{log.blocked|pct}} of the experiments
* by turns: in {{log.turns|pct}}

The same machine, as many measurements, the same arithmetic; only the order
was another. In a blocked log the drift looks like B, and the interval knows
nothing of it. By turns, both pay for it alike: what is left is about the
one in twenty that such an interval may miss.]] },

  w.quiz { id = "q1", points = 2,
    ask = "Blocked, {{log.blocked|pct}} of the experiments were wrong. Would a "
      .. "hundred measurements of each, still blocked, have mended it?",
    choices = {
      { "yes: more measurements always come nearer to the truth",
        say = "They come nearer to what is measured: B plus drift." },
      { "no: the interval would be narrower, and just as far off", right = true,
        say = "More of the same error is no cure. It makes one surer of it." },
      { "yes, if the machine is idle",
        say = "A machine that never drifts would help. The number of "
          .. "measurements would not." } } },

  w.quiz { id = "q2", points = 2,
    ask = "A verdict says: not resolved. What do you know?",
    choices = {
      { "that this experiment cannot tell; it says how large a difference it "
        .. "could have seen",
        right = true, say = "More pairs, or a steadier machine, may tell." },
      { "that the two cost the same",
        say = "That would need an interval that is narrow, and lies around "
          .. "1." },
      { "that the experiment failed",
        say = "It worked, and told honestly how far it reaches." } } },

  w.exercise { id = "ex1", title = "Give the verdict", points = 10,
    minutes = 10,
    file = "ex1.lua", solution = "ex1.solution.lua",
    ask = [[
`verdict(list)` in {{file}} gets pairs of seconds, `list[i].a` of A and
`list[i].b` of B, measured by turns, and ends in

    return word, ratio, low, high

* take the logarithm of each b / a; their mean and standard deviation
* interval: mean ± t × deviation / root of the number of pairs, with the t
  that stands in the file
* ratio, low, high: mean and interval, back by `math.exp`
* word: "better" if all of the interval lies below 1, "worse" if all of it
  lies above, else "not resolved"]],
    reports = { "false_share" },
    checks = {
      { id = "hand", points = 2, "ten pairs worked out before: a little better",
        function(t)
          local d = { -.031, -.012, .004, -.022, -.017, -.009, -.027, .001,
            -.014, -.020 }
          local list = {}
          for i, x in ipairs(d) do list[i] = { a = 2, b = 2 * math.exp(x) } end
          return agrees(t, list)
        end,
        hints = { "math.log(p.b / p.a) for each pair p; then their mean.",
                  "The variance: squares of the distances to the mean, divided "
                    .. "by n - 1.",
                  "half = T[n - 1] * math.sqrt(variance / n)" } },

      { id = "interval", points = 3, "it agrees with our interval on 50 logs",
        function(t)
          return t.property(50, function(random)
            return agrees(t, made_up(random, random(10, 30),
              math.exp(0.01 * random:normal())))
          end)
        end,
        hints = { "Is the number of pairs taken from the list, or fixed at "
          .. "ten?",
                  "Pair by pair: the ratio of the means is another number.",
                  "local n = #list; ratio = math.exp(mean)" } },

      { id = "mirror", points = 1, "A and B swapped, the verdict is mirrored",
        function(t)
          local opposite = { better = "worse", worse = "better",
                             ["not resolved"] = "not resolved" }
          return t.property(20, function(random)
            local list = made_up(random, 12, 1 + 0.02 * random:normal())
            local swapped = {}
            for i, p in ipairs(list) do swapped[i] = { a = p.b, b = p.a } end
            local said, ratio = answer(t, list)
            if not said then return false, ratio end
            local other, inverse = answer(t, swapped)
            if not other then return false, inverse end
            if other ~= opposite[said] then
              local text = "it said '%s', and swapped '%s'"
              return false, text:format(said, other)
            end
            return t.near(ratio * inverse, 1, 1e-3)
          end)
        end,
        hints = { "By logarithms, twice as much and half as much are equally "
          .. "far from 1.",
                  "low < 1 alone is not enough for better: the whole interval "
                    .. "counts." } },

      { id = "finds", points = 2, "it finds a difference of one in twenty",
        function(t)
          local found = 0
          local fine, why = t.property(40, function(random)
            local ratio = random() < 0.5 and 0.95 or 1 / 0.95
            local said, text = answer(t, made_up(random, 12, ratio))
            if not said then return false, text end
            if said ~= "not resolved" then found = found + 1 end
            return true
          end)
          if not fine then return false, why end
          local text = "in %d of 40 logs it found the difference; at least "
            .. "36 are asked for"
          return found >= 36, text:format(found)
        end,
        hints = { "A verdict that never resolves anything is safe, and "
          .. "useless.",
                  "if high < 1 then word = \"better\" elseif low > 1 then word "
                    .. "= \"worse\" end" } },

      { id = "equals", points = 2,
        "it calls equals different in at most one of ten logs",
        function(t)
          local found = 0
          local fine, why = t.property(400, function(random)
            local said, text = answer(t, made_up(random, 10, 1))
            if not said then return false, text end
            if said ~= "not resolved" then found = found + 1 end
            return true
          end)
          if not fine then return false, why end
          t.report("false_share", found / 400)
          local text = "it called equals different in %d of 400 logs; at "
            .. "most 40 are allowed"
          return found <= 40, text:format(found)
        end,
        hints = { "A ratio of equals is hardly ever exactly 1. That alone is "
          .. "no difference.",
                  "Say better or worse only when the whole interval is on one "
                    .. "side of 1." } },
    } },

  w.reflect { id = "r1", min_words = 15,
    ask = "Find a sentence of the kind \"B is faster than A\" that you once "
      .. "believed. Which two questions would you ask its author now?" },
}

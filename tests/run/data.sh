#!/bin/bash
# wattle data: lists, shows and verifies what there is; makes datasets of files, which scripts and bench then find; says of
# a bad file what is wrong where.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
datasets=$HOME/.local/share/wattle/datasets
cd "$scratch" || exit 1

# data STATUS ARGUMENTS... : output into out and err.
data() {
	wattle_ends "$1" out err data "${@:2}"
}

# --- what comes with wattle
data 0
says out '^iris .* 112 .* 38 .* 4 .*3 classes .*floats .*here .*CC-BY-4.0'
says out '^diabetes .*numbers'
says out '^spam .*sparse'
says out '^moons .*generated'
cp out first
data 0 ls
cmp -s out first || fail 'ls is not what data alone shows'
data 0 ls --json
fits out data-set
says out '"name":"moons".*"params":\[{"name":"rows"'
says out '"name":"mnist".*"mirrors":\["https://'
"$build/wattle" list datasets >out 2>err || fail 'list datasets'
grep -A 3 '^moons' out | grep -q '^    seed' || fail 'list datasets: no parameters of what is generated'
data 0 show iris
says out '^setosa  *37  *13$'
says out '^sepal_width_cm  *2  *4.4  *3.05'
says out '^setosa: 5.1 3.5 1.4 0.2$'
data 0 show diamonds
says out '^cut  *5 categories: Fair, Good, Ideal'
data 0 show digits
says out '^0  *1  *2  *3'
says out '^  *--##++'
for name in iris digits spam diamonds moons; do
	data 0 show "$name" --json
	fits out data-show
done

# --- what is wrong is found
data 0 verify iris spam moons
says out '^iris  *same  *b7fc7944'
mkdir -p other/iris other/digits
gzip -dc "$source/datasets/iris/iris.csv.gz" | sed '3s/^[0-9.]*/9/' >other/iris/iris.csv
WATTLE_DATA=$scratch/other data 1 verify iris wine --json
fits out data-verify
says out '"name":"iris","result":"differs"'
says out '"name":"wine","result":"same"'
says err 'not what they should be: iris'
cp "$source/datasets/digits/train-images-idx3-ubyte.gz" other/digits
WATTLE_DATA=$scratch/other data 1 verify digits
says out 'is not complete'
[ -d /usr/share/datasets/mnist ] || {
	data 4 verify mnist
	says out 'wattle data fetch mnist'
}

# --- a table becomes a dataset
{
	echo 'size,colour,price,bought'
	for i in $(seq 1 60); do
		colours=(red green blue)
		price=$((i * 7 % 50)).5
		[ $((i % 10)) -ne 0 ] || price=
		[ $((i % 3)) -eq 0 ] && bought=yes || bought=no
		echo "$i,${colours[i % 3]},$price,$bought"
	done
} >shop.csv
data 0 import shop shop.csv --label bought
says out '^shop: 45 rows for training, 15 for testing, 3 columns (values are missing), 2 classes'
data 0 show shop
says out '^no  *30  *10$'
says out '^yes  *15  *5$'
says out '^colour  *3 categories: blue, green, red'
says out '^price .*(6 missing)'
data 0 ls
says out '^shop .*imported'
cp "$datasets/shop.wds" first.wds
data 2 import shop shop.csv --label bought
says err 'is there already'
data 0 import shop shop.csv --label bought --replace --json
fits out data-import
cmp -s "$datasets/shop.wds" first.wds || fail 'the same import gave another file'
data 0 import shop shop.csv --label bought --replace --seed 2
cmp -s "$datasets/shop.wds" first.wds && fail 'another seed gave the same split'
data 4 import half shop.csv --label price
says err 'the label is missing'
data 0 import half shop.csv --label size --test 0.5
says out '30 rows for training, 30 for testing, 3 columns (values are missing), numbers'
[ -z "$(find "$datasets" -name '.import*')" ] || fail 'a folder of an import was left'

# Scripts and bench find it; a name that is nearly right is told.
cat >shop.lua <<'LUA'
local w = require "wattle"
return w.experiment {
  api = 1, name = "shop", needs = { dataset = "shop" }, seeds = { 1 }, build = "once",
  setup = function(c)
    local d = w.data.load(c.dataset, { valid = 0.2 })
    local p = w.data.prepare(d, "impute; onehot; standardize")
    local m = w.model.mlp { layers = { p.inputs, 8, p.classes } }
    m:fit(p.train, { epochs = 2, batch = 8 })
    return { data = p, m = m }
  end,
  arms = { { "a", function(s) return s.m end }, { "b", function(s) return s.m end } },
  design = { warmup = 0, blocks = 1, window = 0.01, idle = 0 },
}
LUA
run script shop.lua --energy none
grep -q '"type":"dataset".*"name":"shop","train_rows":45,"test_rows":15' script || fail 'a script did not find the dataset'
sed 's/"shop" }/"shopp" }/' shop.lua >shopp.lua
timeout 60 "$build/wattle" run shopp.lua >out 2>err && fail 'a dataset that is not there ran'
says err "no dataset 'shopp'.*did you mean 'shop'"

# A model learns from the file without loading it, as it does from rows.
for i in $(seq 0 199); do echo "$((i % 7)),$((i % 5)),$((i % 2))"; done | sed '1i a,b,odd' >odd.csv
data 0 import odd odd.csv --label odd
cat >stream.lua <<'LUA'
local w = require "wattle"
local function refused(words, name)
  local fine, text = pcall(w.data.stream, name)
  assert(not fine and text:find(words, 1, true), text)
end
return w.experiment {
  api = 1, name = "stream", seeds = { 1 }, build = "once",
  setup = function()
    refused("'digits' is built in", "digits")
    refused("did you mean 'odd'", "oddd")
    refused("looks like a path", "../odd")
    local d, stream = w.data.load "odd", w.data.stream "odd"
    assert(#stream == 150 and stream.inputs == 2 and stream.classes == 2 and stream.name == "odd")
    assert(tostring(stream) == "stream: 150 rows of odd")
    return { d = d, data = d, stream = stream }
  end,
  arms = {
    { "rows", function(s) return w.model.gaussian_nb():fit(s.d.train) end },
    { "stream", function(s)
      local net = w.model.mlp { layers = { s.stream.inputs, 4, s.stream.classes } }
      net:fit(s.stream, { epochs = 1, batch = 10 })
      local fine, text = pcall(function() w.model.knn():fit(s.stream) end)
      assert(not fine and text:find("must have all rows at once", 1, true), text)
      local model = w.model.gaussian_nb():fit(s.stream)
      do local _ <close> = s.stream end
      fine, text = pcall(function() model:fit(s.stream) end)
      assert(not fine and text:find("this stream was closed", 1, true), text)
      return model
    end },
  },
  design = { warmup = 0, blocks = 1, window = 0.01, idle = 0 },
}
LUA
run stream stream.lua --energy none
grep '"type":"trial"' stream | grep -o '"accuracy":[0-9.]*' | uniq | wc -l | grep -qx 1 || fail 'a stream taught something else'

# --- rows of a second file: one numbering for both
sed -n '1p;2,41p' shop.csv >a.csv
sed -n '1p;42,61p' shop.csv | sed 's/,red,/,amber,/; s/,yes$/,maybe/' >b.csv
data 0 import both a.csv --label bought --test-file b.csv
data 0 show both
says out '40 for training, 20 for testing'
says out '^colour  *4 categories: amber, blue, green, red'
says out '^maybe  *0  *7$'
says out '^yes  *13  *0$'
sed '1s/size/height/' b.csv >c.csv
data 4 import more a.csv --label bought --test-file c.csv
says err "column 1 is 'height', but 'size' in"
sed '3s/^[0-9]*/tall/' b.csv >c.csv
data 4 import more a.csv --label bought --test-file c.csv
says err "column 'size' holds words, but numbers in"

# --- other formats
for i in $(seq 0 39); do echo "$((i % 2)) $((1 + i % 5)):$((i + 1)) $((7 + i % 3)):2.5"; done | gzip >words.svm.gz
data 0 import words words.svm.gz
data 0 show words
says out '^columns *9 as sparse'
says out '^0: 1=1 7=2.5$'
data 0 import pixels "$source/datasets/digits/train-images-idx3-ubyte.gz" \
	--test-file "$source/datasets/digits/t10k-images-idx3-ubyte.gz"
data 0 show pixels
says out '^images *8 x 8$'
says out '^9  *135  *45$'
data 0 import pixels2 "$source/datasets/digits/train-images-idx3-ubyte.gz" --format idx \
	--label "$source/datasets/digits/train-labels-idx1-ubyte.gz" --test 0.1
says out '1,212 rows for training, 135 for testing'
data 0 verify pixels words both
timeout 60 "$build/wattle" bench train --model mlp --layers 64,8,10 --data pixels --epochs 1 --json >out 2>err ||
	fail "bench with an imported dataset: $(cat err)"
printf 'x' | dd of="$datasets/words.wds" bs=1 seek=900 conv=notrunc status=none
data 1 verify pixels words
says out '^words  *differs'
data 4 show words
truncate -s 100 "$datasets/words.wds"
data 0 ls
says err 'words.wds'
says out '^pixels '

# --- refused STATUS WORDS ARGUMENTS... : and nothing is made
refused() {
	data "$1" "${@:3}"
	says err "$2"
	[ ! -e "$datasets/new.wds" ] || fail "wattle data ${*:3}: a dataset was made"
}
printf 'a,b,y\n1,2,u\n3,4\n' >bad.csv
refused 4 'bad.csv: row 2 (line 3)' import new bad.csv
printf 'a,y\n1,u\n1e99,v\n' >bad.csv
refused 4 "bad.csv: row 2 (line 3), column 1 'a'" import new bad.csv
printf '1 3:1 2:1\n' >bad.svm
refused 4 'bad.svm: row 1' import new bad.svm
refused 2 "no column 'label' for the label" import new shop.csv --label label
printf 'a,y\n1,u\n2,v\n' >few.csv
refused 2 'leaves none' import new few.csv --test 0.01
refused 4 'cannot open none.csv' import new none.csv
refused 4 'not a regular file' import new /dev/null
refused 2 'is the name of a dataset that wattle knows' import iris shop.csv
refused 2 'cannot be the name' import ../new shop.csv
refused 2 'where are its labels' import new shop.csv --format idx
refused 2 'goes with csv and idx' import new words.svm.gz --label x
refused 2 'draw none' import new a.csv --test-file b.csv --test 0.1
refused 2 'goes with data import' ls --label x
refused 2 "did you mean 'import'" imprt new shop.csv
refused 2 'usage: wattle data' import new
refused 2 "did you mean 'iris'" show irs
HOME='' refused 4 'no place for datasets' import new shop.csv
exit $failed

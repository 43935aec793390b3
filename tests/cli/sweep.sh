#!/bin/bash
# tests/cli/sweep.sh SIMRUN -- points, failures, kills and threads of a sweep
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump

write_experiment base.yaml
sed -i '/^experiment:/d; /^name:/d' base.yaml

# sweep FILE: a sweep with the lines of stdin below `sweep:`
sweep() {
  {
    printf 'experiment: sweep\nname: %s\nsweep:\n' "${1%.yaml}"
    sed 's/^/  /'
    cat base.yaml
  } >"$1"
}

# --- known results ---

# A phase of 10 tau lasts 10 C/G: 10 us for each pF at 1 uS.
sweep times.yaml <<END
measure: train
collect: ["/train/settling_time[-1]", "/train/settling_time[0]"]
x: {key: chip.capacitance_unit, from: 1 pF, to: 4 pF, points: 4}
END
takes_its_time() {
  paste <(numbers times /sweep/axes/x) \
    <(numbers times /sweep/results/train_settling_time/mean) |
    awk '{ d = $2 / ($1 * 1e7) - 1; if (d * d > 1e-24) bad = 1 }
      END { exit bad || NR != 4 }'
}
ok 'a sweep of capacitances' "$simrun" -q --set train.epochs=1 times.yaml \
  -o times
ok 'the phases last 10 C/G' takes_its_time
unit_is_s() {
  h5dump -a "/sweep/results/$1/units" times/run.h5 | grep -qF '"s"'
}
ok 'the unit is that of the run' unit_is_s train_settling_time/mean
ok 'also of the second item' unit_is_s train_settling_time_2/values
ok 'nothing is left of the runs' test -z "$(compgen -G 'times/point*')"
ok_picture 'there is a picture' times/sweep.png

# Three phases cancel what is odd in the nudge, so the error is of order two.
cat >nudge.yaml <<END
experiment: sweep
name: nudge
seed: 3
data: {file: $experiments/data/rings.csv, full_scale: [-1, 1]}
network: {layers: [2, 8, 8], init_gain: 1.0}
chip: {capacitance: matched}
settle: {analysis: operating_point, until: 1e-13, unsettled: keep}
gradient: {samples: 32, until: 1e-13}
sweep:
  measure: gradient
  chips: 2
  x: {key: learning.nudge, values: [4e-4, 8e-4]}
  pass: ["/gradient/relative_error < 1e-9"]
END
says_yield() {
  "$simrun" nudge.yaml -o nudge 2>&1 | tee said.txt | grep -qxF \
    'simrun: yield at point 1 (learning.nudge=0.0008): 0 (2 chips; '\
'interval 0 to 0.658)'
}
ok 'a sweep of nudges says its yield' says_yield
is_quadratic() {
  numbers nudge /sweep/results/gradient_relative_error/mean |
    awk '{ v[NR] = $1 } END { r = v[2] / v[1]; print r
      exit !(r > 3.96 && r < 4.04) }'
}
ok 'the error grows as the square of the nudge' is_quadratic
ok 'no chip is that good' is_list nudge /sweep/yield/share '0 0'
# z^2/(n + z^2) of Wilson's interval for 0 of 2
ok 'of two, none: at most 66 %' awk -v "high=$(numbers nudge /sweep/yield/high |
  head -1)" 'BEGIN { d = high - 0.6576198; exit !(d * d < 1e-12) }'

head_is() {
  head -1 nudge/sweep.csv | tee /dev/stderr | grep -qxF "$1"
}
ok 'every column of the table has a name of its own' head_is \
  'learning.nudge,gradient_cosine,gradient_cosine standard deviation,'\
'gradient_cosine chips,gradient_relative_error,gradient_relative_error '\
'standard deviation,gradient_relative_error chips,yield,yield low,yield high'
ok 'that of an item has its index' grep -qF \
  ',train_settling_time[0] [s],train_settling_time[0] standard deviation [s],' \
  times/sweep.csv
ok 'the page has the points' grep -qE \
  '<td>1</td><td>0.0008</td>.*<td>0 \(0 to 0.658\)</td>' nudge/report.html

# --- failures ---

cat >fail.yaml <<END
experiment: sweep
name: fail
sweep:
  base: nudge_base.yaml
  x: {key: settle.duration, values: [1 tau, 3000 tau]}
settle: {analysis: transient, unsettled: fail, until: 1e-6}
END
sed '/^sweep:/,$d; s/^experiment: sweep/experiment: gradient/' nudge.yaml \
  >nudge_base.yaml
ok 'a sweep with a point that fails is done' "$simrun" -q fail.yaml -o fail
ok 'the point is marked' is_list fail /sweep/state '2 1'
says_why() {
  h5dump -a "/sweep/failures/point_0_chip_0" fail/run.h5 | grep -F "$1"
}
ok 'with its message' says_why settle
has_cosine() {
  numbers fail /sweep/results/gradient_cosine/n | tr '\n' ' ' | grep -qx '0 1 '
}
ok 'the other has its cosine' has_cosine

# --- mistakes ---

sed 's/learning.nudge/learning.nugde/' nudge.yaml >key.yaml
ok 'an unknown key has file and line' refuses \
  'key.yaml:12: sweep.x.key: learning.nugde: unknown key, did you mean "nudge"?' \
  key.yaml
sed 's/4e-4, 8e-4/4e-4, 1/' nudge.yaml >value.yaml
ok 'a setting that does not fit is told with its point' refuses \
  'value.yaml:12: sweep.x.values: point 1 (learning.nudge=1): learning.nudge: must be < ' value.yaml
sed 's/samples: 32/samples: none/' nudge_base.yaml >broken_base.yaml
ok 'a mistake in the base has its file and line' refuses \
  'broken_base.yaml:8: gradient.samples: must be a whole number' fail.yaml \
  --set sweep.base=broken_base.yaml
ok 'a sweep has an axis' refuses 'sweep.x.key: must be the key' nudge.yaml \
  --set sweep.x=
sed '/^settle:/d; s/nudge_base/nudge/' fail.yaml >inner.yaml
ok 'and no sweep inside' refuses 'inner.yaml:4: sweep.base: must be the file of' \
  inner.yaml
ok 'bounds have a unit' refuses 'sweep.x.to: must be a number in F' times.yaml \
  --set 'sweep.x.to=3 mV'
ok 'ratios need one sign' refuses 'sweep.x.to: must have the sign' times.yaml \
  --set 'sweep.x={key: chip.coupling.spread.g_max, from: 0, to: 1, spacing: logarithmic}'
ok 'limits are of what is kept' refuses 'sweep.pass: must be of what is' \
  nudge.yaml --set 'sweep.pass=/gradient/loss > 1'
ok '--check lists the points' grep -qF '#   1: learning.nudge=8e-4' \
  <("$simrun" --check nudge.yaml)

# --- threads, kills ---

sweep chips.yaml <<END
measure: train
chips: 3
design: latin_hypercube
points: 5
pass: ["/train/loss[-10:] < 2"]
x: {key: chip.node.gain, from: 0, to: 0.3}
y: {key: learning.optimiser.rate, from: 1e-3, to: 1e-1, spacing: logarithmic}
END
begin=$(date +%s%N)
ok 'the undisturbed sweep' "$simrun" -q --threads 1 chips.yaml -o calm
calm_ms=$((($(date +%s%N) - begin) / 1000000))
ok 'the same with two threads' "$simrun" -q --threads 2 chips.yaml -o two
ok 'gives the same bytes' same calm/run.h5 two/run.h5
chips_differ() {
  numbers calm /sweep/results/train_loss/standard_deviation |
    awk '$1 > 0 { n++ } END { exit n != 5 }'
}
ok 'chips differ' chips_differ

# Start, or go on, and kill after so many milliseconds.
kill_after() {
  local pid option=()
  if [[ -s hit/run.h5 ]]; then
    option=(--resume)
  fi
  "$simrun" -q "${option[@]}" chips.yaml -o hit 2>>messages.txt &
  pid=$!
  sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
  kill -9 "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  local status=$?
  ((status == 137 || status == 0))
}
RANDOM=${SIMRUN_TEST_SEED:=$$}
echo "# SIMRUN_TEST_SEED=$SIMRUN_TEST_SEED"
# Ten kills, most of them after some of the runs, on any machine.
for _ in {1..10}; do
  ms=$((10 + RANDOM % (calm_ms / 2)))
  ok "a kill after $ms ms is survived" kill_after $ms
done
echo "# runs left: $(numbers hit /sweep/state 2>/dev/null | grep -c '^0')"
option=()
if [[ -s hit/run.h5 ]]; then
  option=(--resume)
fi
ok 'the sweep is finished' "$simrun" -q "${option[@]}" chips.yaml -o hit
ok 'and is the undisturbed one' same calm/run.h5 hit/run.h5
ok 'nothing is left of the killed runs' test -z "$(compgen -G 'hit/point*')"
ok 'more epochs are another sweep' exits 2 "$simrun" -q --resume \
  --set train.epochs=8 chips.yaml -o hit

# A run that is marked done is not run again: its number stays as it is.
if /usr/bin/python3 -c 'import h5py' 2>/dev/null; then
  /usr/bin/python3 - <<END
import h5py
with h5py.File("hit/run.h5", "r+") as f:
    f["/sweep/state"][2, 1] = 0
    f["/sweep/results/train_loss/values"][0, 0] = 42
END
  ok 'a missing run is run' "$simrun" -q --resume chips.yaml -o hit
  ok 'and no other' is_list hit /sweep/state '1 1 1 1 1 1 1 1 1 1 1 1 1 1 1'
  first_is_42() {
    [[ $(numbers hit /sweep/results/train_loss/values | head -1) == 42 ]]
  }
  ok 'the others are left alone' first_is_42
else
  skip 'only what is missing is run' 'python3-h5py is not installed'
fi
done_testing

#!/bin/bash
# tests/cli/sweep_mistakes.sh SIMRUN -- what is wrong with a sweep is told with
# the place where it is written, before it costs a run
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"

cat >base.yaml <<END
experiment: gradient
name: base
seed: 3
data: {file: $experiments/data/rings.csv, full_scale: [-1, 1]}
network: {layers: [2, 6, 6], init_gain: 1.0}
chip:
  capacitance: matched
  node: {gain: 0.01, offset: 1 mV}
  coupling:
    write_noise: {proportional: 0.01}
settle: {duration: 5 tau, tolerance: 1e-3}
gradient: {samples: 2}
END
cat >grid.yaml <<END
experiment: sweep
name: grid
sweep:
  base: base.yaml
  chips: 1
  x: {key: chip.node.gain, values: [0, 0.02]}
  y:
    key: chip.node.offset
    from: 0 mV
    to: 2 mV
    points: 3
END
cat >cube.yaml <<END
experiment: sweep
name: cube
sweep:
  base: base.yaml
  design: latin_hypercube
  points: 6
  x: {key: chip.node.gain, from: 0.01, to: 0.1}
  y:
    key: learning.nudge
    from: 1e-4
    to: 1e-1
    spacing: logarithmic
END

# says FILE MESSAGE [KEY=VALUE]...: all that stderr gets from --check, in which
# * stands for anything
says() {
  local file=$1 message=$2 key status got sets=()
  shift 2
  for key; do
    sets+=(--set "$key")
  done
  got=$("$simrun" --check "${sets[@]}" "$file" 2>&1 >/dev/null)
  status=$?
  echo "$status: $got"
  # shellcheck disable=SC2053
  [[ $status == 2 && $got == simrun:\ $message ]]
}
told() { ok "told: $2" says "$@"; }

# --- keys that do nothing ---

left_out='must be left out'
told grid.yaml "--set sweep.x.from: $left_out beside \`values\`: it does nothing there" \
  sweep.x.from=0
told grid.yaml "--set sweep.x.points: $left_out beside*" sweep.x.points=5
told grid.yaml "--set sweep.x.spacing: $left_out beside*" \
  sweep.x.spacing=linear
told grid.yaml "grid.yaml:9: sweep.y.from: $left_out beside*" \
  'sweep.y.values=[0 mV]'
told grid.yaml "--set sweep.z.points: $left_out without a key*" sweep.z.points=4
told grid.yaml "--set sweep.points: $left_out on a grid*" sweep.points=16
told cube.yaml "--set sweep.x.points: $left_out in a Latin hypercube*" \
  sweep.x.points=7
ok 'a resolved sweep, which has all keys, is none of these' "$simrun" -q \
  --check <("$simrun" --check grid.yaml)

# --- what is collected, and its limits ---

told grid.yaml '--set sweep.collect: must be datasets that gradient writes, got /gradient/cosine2; /gradient/ has cosine, norm_ratio,*' \
  sweep.collect=/gradient/cosine2
told grid.yaml '--set sweep.collect: must be one number each, as /gradient/ep\[-1\] is, got /gradient/ep' \
  sweep.collect=/gradient/ep
told grid.yaml '--set sweep.pass: must be of what is collected (/gradient/cosine, /gradient/relative_error), got /train/loss < 1' \
  'sweep.pass=/train/loss < 1'
told grid.yaml '--set sweep.pass: must be limits such as "/gradient/cosine >= 0.9" (or <=, >, <), got /gradient/cosine > > 1' \
  'sweep.pass=/gradient/cosine > > 1'
told grid.yaml '--set sweep.pass: must be limits such as "/gradient/cosine >= 0.9" (or <=, >, <), got /gradient/cosine =< 1' \
  'sweep.pass=/gradient/cosine =< 1'

# --- the base, and the size ---

told grid.yaml '--set sweep.base: must be the file of an experiment that is no sweep itself, got cube.yaml' \
  sweep.base=cube.yaml
told grid.yaml '--set sweep.measure: must be train |*deployment, got sweep' \
  sweep.measure=sweep
describes() {
  local text
  text=$("$simrun" --describe sweep.measure | tr -s ' \n' ' ')
  echo "$text"
  [[ $text == *' noise_budget | deployment; required unless the base says it ' ]]
}
ok '--describe leaves it out, and says when it is required' describes
told grid.yaml 'grid.yaml:3: sweep: must have at most 1000000 runs, got 200000000 (2 on x, 10000 on y, 10000 chips)' \
  sweep.y.points=10000 sweep.chips=10000

# check_has LINE ARGUMENT...: a whole line of what --check prints
check_has() { grep -qxF -- "$1" <("$simrun" --check "${@:2}"); }
ok '--check says of which chip its facts are' check_has \
  '# what follows is of chip 0 without the settings of any point' grid.yaml
ok 'and counts chips' check_has '# points, each on 1 chip' grid.yaml
ok 'with six digits' grep -qE \
  '^#   0: chip.node.gain=0\.[0-9]{1,7}, learning.nudge=[0-9.e-]{1,11}$' \
  <("$simrun" --check cube.yaml --set sweep.y.to=1e-3)

# --- points: the axis or the key of the base, and the point's settings ---

told cube.yaml 'cube.yaml:11: sweep.y.to: point * (chip.node.gain=*, learning.nudge=0.0*): learning.nudge: must be < *'
told cube.yaml '--set sweep.y.from: point * (*): learning.nudge: must be < *' \
  sweep.y.to=1e-3 sweep.y.from=1e-1
sed 's/from: 0 mV/values: [0 mV, 2 mV]/; /to: /d; /points: /d; s/chip.node.offset/learning.nudge/; s/0 mV, 2 mV/1e-3, 1/' \
  grid.yaml >list.yaml
told list.yaml 'list.yaml:9: sweep.y.values: point 1 (chip.node.gain=0, learning.nudge=1): learning.nudge: must be < *'
told grid.yaml 'base.yaml:10: chip.coupling.write_noise: at point 0 (settings={chip.preset: ecram_li}, chip.node.offset=0 V) of the sweep: is used with `programming: ideal` only, got open_loop*' \
  'sweep.x={values: [{chip.preset: ecram_li}]}'

# --- two axes for one key ---

told grid.yaml 'grid.yaml:8: sweep.y.key: chip.node.offset is set by two axes, x (sources, which switches it) and y (chip.node.offset), as at point 0' \
  'sweep.x={key: sources}'
told grid.yaml '--set sweep.z.key: chip.node.offset is set by two axes, y (chip.node.offset) and z (sources, which switches it), as at point 0' \
  'sweep.z={key: sources}' 'sweep.x={key: seed, values: [1, 2]}'
told grid.yaml '--set sweep.z.values: chip.node.gain is set by two axes, x (chip.node.gain) and z (settings), as at point 0' \
  'sweep.z={values: [{chip.node.gain: 0.5}]}'
told grid.yaml '--set sweep.x.values: must be none, all, *what is on (output_gains, offsets, write_noise), got only wires' \
  'sweep.x={key: sources, values: [none, only wires]}'

# --- what only a run can say ---

# fails STATUS MESSAGE ARGUMENT...: the last line of stderr
fails() {
  local want=$1 message=$2 status got
  got=$("$simrun" -q "${@:3}" 2>&1)
  status=$?
  echo "$status: $got"
  # shellcheck disable=SC2053
  [[ $status == "$want" && $got == simrun:\ $message ]]
}
ok 'a run without the number ends the sweep' fails 1 \
  '--set sweep.collect: point 0 (chip.node.gain=0, chip.node.offset=0 V), chip 0: the run has no /gradient/modes/median; in /gradient it has adjoint, *' \
  -o without grid.yaml --set 'sweep.collect="/gradient/modes/median[0]"'
ok 'so does one with fewer items' fails 1 \
  '--set sweep.collect: point 0 (*), chip 0: the run has no /gradient/ep\[100000\]: /gradient/ep has * values' \
  -o fewer grid.yaml --set 'sweep.collect="/gradient/ep[100000]"'
ok 'after the first run' exits 1 grep -F 'point 1' without/log.txt
ok 'a sweep in which every run failed has failed' fails 1 \
  'all 6 runs failed; all/log.txt and /sweep/failures of run.h5 say why' \
  -o all grid.yaml --set settle.until=1e-12 --set settle.unsettled=fail

# --- going on with another sweep ---

ok 'a sweep' "$simrun" -q -o whole grid.yaml --set sweep.y.points=2
ok 'is not resumed with another number of points' fails 2 \
  '--set sweep.y.points: must be 2, as in the run to be resumed, got 4; nothing of a sweep may change, --output makes another run' \
  --resume -o whole grid.yaml --set sweep.y.points=4
ok 'nor with a key that its file has changed' fails 2 \
  'grid.yaml:11: sweep.y.points: must be 2, as in the run to be resumed, got 3;*' \
  --resume -o whole grid.yaml
sed -i 's/tolerance: 1e-3/tolerance: 1e-4/' base.yaml
ok 'nor with another base' fails 2 \
  'base.yaml:11: settle.tolerance: must be 0.001, *, got *;*' \
  --resume -o whole grid.yaml --set sweep.y.points=2
done_testing

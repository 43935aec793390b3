#!/bin/bash
# tests/cli/datasets.sh SIMRUN -- a sweep can keep every number that a run has
#
# What the kinds of experiment write is listed in tools/datasets.c. Here each
# is run, and asked for all of it.
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5ls h5dump

cat >base.yaml <<END
name: base
seed: 3
data: {file: $experiments/data/rings.csv, full_scale: [-1, 1]}
network: {layers: [2, 6, 6], init_gain: 1.0}
chip: {capacitance: matched, dac: {bits: 12}}
END
in_time='settle: {integrator: heun, until: never, duration: 5 tau}'
at_rest='settle: {analysis: operating_point, until: 1e-10}'

# kind KIND: an experiment with the lines of stdin
kind() {
  { echo "experiment: $1" && cat base.yaml -; } >"$1.yaml"
}
kind train <<END
$in_time
train: {epochs: 2, batch: 16}
generate: {samples: 10, horizons: 1.0, dt: 0.5}
gradient: {samples: 2, audit: always}
record: {transients: 1, every: 1, interval: 1 tau}
energy: {samples: 1, every: 1}
END
kind generate <<END
from: run_train
generate: {samples: 10, horizons: 1.0, dt: 0.5}
energy: {samples: 1}
END
kind gradient <<END
$at_rest
gradient: {samples: 2, modes: 2, compare_transient: true}
END
kind transient <<END
$in_time
record: {transients: 1, interval: 1 tau}
energy: {samples: 1}
END
kind noise_budget <<END
$in_time
noise_budget: {samples: 2, batch: 4}
END
sed -i 's/dac: {bits: 12}/noise: {thermal: true}/' noise_budget.yaml
cp "$experiments/device.yaml" device.yaml

# Paths of all datasets of a run, each as one number of it: /a, /b[-1],
# /c[-1,0].
numbers_of() {
  h5ls -r "$1/run.h5" | awk '$2 == "Dataset" {
    path = $1
    $1 = $2 = ""
    n = gsub(/,/, "") + 1
    if (/SCALAR/) n = 0
    print path (n == 0 ? "" : n == 1 ? "[-1]" : n == 2 ? "[-1,0]" : "[-1,0,0]")
  }' | grep -v '^/experiment'
}

# Are these sixteen numbers, or fewer, datasets of a kind?
can_keep() {
  local kind=$1 list
  shift
  printf -v list ', "%s"' "$@"
  "$simrun" --check --set experiment=sweep --set "sweep.measure=$kind" \
    --set 'sweep.x={key: seed, values: [1, 2]}' \
    --set "sweep.collect=[${list:2}]" "$kind.yaml"
}

for kind in train generate gradient transient noise_budget device; do
  ok "$kind runs" "$simrun" -q "$kind.yaml" -o "run_$kind"
  mapfile -t paths < <(numbers_of "run_$kind")
  ok "$kind writes something" test "${#paths[@]}" -gt 5
  for ((i = 0; i < ${#paths[@]}; i += 16)); do
    ok "a sweep of $kind can keep ${paths[i]} and what follows" \
      can_keep "$kind" "${paths[@]:i:16}"
  done
done
done_testing

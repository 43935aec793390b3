#!/bin/bash
# tests/cli/noise_budget.sh SIMRUN -- experiment: noise_budget
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump

write_experiment
sed -i 's/^experiment: train/experiment: noise_budget/; /^train:/d; /^generate:/d; /^record:/d' tiny.yaml
noisy=(--set chip.noise.thermal=true --set settle.integrator=heun
  --set 'settle.step=0.2 tau' --set 'settle.duration=5 tau'
  --set settle.until=never --set 'learning.readout_window=1 tau'
  --set noise_budget.samples=6)
budget() {
  local folder=$1
  shift
  "$simrun" -o "$folder" "${noisy[@]}" "$@" tiny.yaml
}
value() {
  h5dump -m %.17g -y -o /dev/stdout -d "/noise_budget/$2" "$1/run.h5" |
    grep -oE '^ *[-0-9.e+]+' | head -n 1
}

ok 'a budget on one thread' budget one --threads 1
ok 'and on two' budget two --threads 2
ok 'has the same bytes' same one/run.h5 two/run.h5
ok 'its table goes to standard output' \
  bash -c "'$simrun' -o printed ${noisy[*]@Q} tiny.yaml 2>/dev/null | grep -q 'thermal, leaks'"
ok 'and to the report' grep -q 'thermal_leak' one/report.html
ok 'a quiet run prints nothing' \
  bash -c "[[ -z \$('$simrun' -q -o quiet ${noisy[*]@Q} tiny.yaml) ]]"

adds_up() {
  local source sum=0
  for source in thermal_leak thermal_spring thermal_coupling_0 \
    thermal_coupling_1; do
    sum="$sum + $(value one "rms/$1/$source")^2"
  done
  awk -v total="$(value one "rms/$1/total")" "BEGIN {
    sum = sqrt($sum); print sum, total
    exit !(sum > 0 && (sum/total - 1)^2 < 1e-18) }"
}
for quantity in node velocity gradient; do
  ok "the sources of a $quantity add up" adds_up $quantity
done

# Three times the temperature, three times the variance.
ok 'a hot chip' budget hot --set 'chip.temperature=900 K'
grows() {
  awk -v a="$(value one rms/gradient/total)" \
    -v b="$(value hot rms/gradient/total)" \
    'BEGIN { print a, b; exit !((b*b/(3*a*a) - 1)^2 < 1e-12) }'
}
ok 'has the noise of its temperature' grows

refuses() {
  local message
  message=$("$simrun" --check "${noisy[@]}" "${@:2}" tiny.yaml 2>&1)
  [[ $? == 2 && $message == *"$1"* ]] || {
    echo "$message"
    return 1
  }
}
ok 'a quiet chip is refused' refuses 'chip.noise: must have a source' \
  --set chip.noise.thermal=false
ok 'nudges that fall are refused' refuses 'noise_budget.nudges: must rise' \
  --set 'noise_budget.nudges=[2, 1]'
ok 'a nudge stronger than the spring is refused' \
  refuses 'noise_budget.nudges: must be < ' --set 'noise_budget.nudges=[1, 1e6]'
ok 'chips that go on are refused' refuses 'learning.start: must be rest' \
  --set learning.start=previous
ok 'more samples than there are are refused' \
  refuses 'noise_budget.samples: must be <= ' --set noise_budget.samples=100000
done_testing

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

# Devices that err, and amplifiers with an excess: more sources, the same sums.
ok 'a budget of devices that err, on one thread' budget erring --threads 1 \
  --set chip.coupling.read_noise.proportional=0.01 --set chip.noise.excess=1.5
ok 'and on two' budget erring_2 --threads 2 \
  --set chip.coupling.read_noise.proportional=0.01 --set chip.noise.excess=1.5
ok 'has the same bits' same erring/run.h5 erring_2/run.h5
more_adds_up() {
  local source sum=0
  for source in thermal_leak thermal_spring thermal_coupling_0 \
    thermal_coupling_1 thermal_excess read_noise; do
    sum="$sum + $(value erring "rms/$1/$source")^2"
  done
  awk -v total="$(value erring "rms/$1/total")" "BEGIN {
    sum = sqrt($sum); print sum, total
    exit !(sum > 0 && (sum/total - 1)^2 < 1e-18) }"
}
for quantity in node velocity gradient batch; do
  ok "with devices the sources of a $quantity add up" more_adds_up $quantity
done
# An excess of 1.5 is half of what the couplings have, and devices do not
# average out.
is_half() {
  awk -v w0="$(value erring rms/node/thermal_coupling_0)" \
    -v w1="$(value erring rms/node/thermal_coupling_1)" \
    -v excess="$(value erring rms/node/thermal_excess)" \
    'BEGIN { print w0, w1, excess
      exit !((2 * excess^2 / (w0^2 + w1^2) - 1)^2 < 1e-18) }'
}
ok 'an excess of 1.5 is half of the couplings' is_half
stays() {
  local n=$1 source=$2
  awk -v one="$(value erring "rms/gradient/$source")" -v n="$n" \
    -v batch="$(value erring "rms/batch/$source")" 'BEGIN { print one, batch
      exit !(batch > one / sqrt(n) * 0.999999 && batch < one * 1.000001) }'
}
averages() {
  awk -v one="$(value erring rms/gradient/thermal_leak)" \
    -v batch="$(value erring rms/batch/thermal_leak)" \
    -v n="$(awk '!/^#/ && NF' "$experiments/data/rings.csv" | wc -l)" \
    'BEGIN { print one, batch, n; exit !((batch * sqrt(n) / one - 1)^2 < 1e-18) }'
}
ok 'noise of samples averages out' averages
ok 'errors of devices do so only among the samples analysed' stays 6 read_noise

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
ok 'windows that fall are refused' refuses 'noise_budget.windows: must rise' \
  --set 'noise_budget.windows=[3, 1]'
ok 'windows of your own' budget windows --set 'noise_budget.windows=[2, 5]'
has_windows() {
  local got
  got=$(h5dump -m %.9g -y -d /noise_budget/averaging/window \
    windows/run.h5 | grep -oE '[0-9]+e-06' | tr '\n' ' ')
  echo "$got"
  [[ $got == '1e-06 2e-06 5e-06 ' ]]
}
ok 'stand beside the present one' has_windows
ok 'nudges that fall are refused' refuses 'noise_budget.nudges: must rise' \
  --set 'noise_budget.nudges=[2, 1]'
ok 'a nudge stronger than the spring is refused' \
  refuses 'noise_budget.nudges: must be < ' --set 'noise_budget.nudges=[1, 1e6]'
# Of 0.25, 0.5, 1, 2, 4 and 8 times 5e-3, those below 1/60.
leaves_out() {
  budget strong --set learning.spring=15 --set learning.scale=2 \
    --set learning.nudge=5e-3 >/dev/null
  got=$(h5dump -m %.9g -y -d /noise_budget/nudge/nudge strong/run.h5 |
    grep -oE '^ *0\.0[0-9.]*.*' | tr -d ' \n')
  echo "$got"
  [[ $got == 0.00125,0.0025,0.005,0.01 ]]
}
ok 'the usual ones are left out instead' leaves_out
ok 'chips that go on are refused' refuses 'learning.start: must be rest' \
  --set learning.start=previous
ok 'more samples than there are are refused' \
  refuses 'noise_budget.samples: must be <= ' --set noise_budget.samples=100000
done_testing

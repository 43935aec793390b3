#!/bin/bash
# tests/cli/noise.sh SIMRUN -- noisy chips, in every kind of experiment
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump

write_experiment
noisy=(--set chip.noise.thermal=true --set settle.integrator=heun
  --set 'settle.step=0.2 tau' --set 'settle.duration=5 tau')
run() {
  local folder=$1
  shift
  "$simrun" -q -o "$folder" "${noisy[@]}" "$@" tiny.yaml
}
losses() {
  h5dump -m %.17g -d /train/loss "$1/run.h5" | tail -n +2 |
    sed 's/DATASET [0-9]* /DATASET /'
}
same_loss() {
  test -s "$1/run.h5" && cmp <(losses "$1") <(losses "$2")
}
differs() {
  test -s "$2/run.h5" && ! cmp -s <(losses "$1") <(losses "$2")
}

ok 'six epochs with thermal noise' run once --threads 1
ok 'on two threads' run threads --threads 2
ok 'have the same bits' same once/run.h5 threads/run.h5
ok 'three epochs' run twice --set train.epochs=3
ok 'three more' run twice --resume
ok 'are the same' same once/run.h5 twice/run.h5
ok 'without noise' run quiet --set chip.noise.thermal=false
ok 'it is another loss' differs once quiet
ok 'at 0 K' run cold --set 'chip.temperature=0 K'
ok 'it is that without noise' same_loss cold quiet
ok 'another chip of the design' run other --set chip.number=1
ok 'meets other noise' differs once other

follow() {
  printf 'experiment: %s\nname: %s\nfrom: once\n' "$1" "$1" >"$1.yaml"
  "$simrun" -q -o "$1_$2" --threads "$2" "${@:3}" "$1.yaml"
}
for kind in 'generate' 'gradient --set gradient.samples=40' \
  'transient --set record.transients=2'; do
  set -- $kind
  ok "experiment: $1 with noise" follow "$1" 1 "${@:2}"
  ok 'on two threads' follow "$1" 2 "${@:2}"
  ok 'has the same bits' same "$1_1/run.h5" "$1_2/run.h5"
done

table() {
  "$simrun" --check "${noisy[@]}" tiny.yaml | grep -F "$1"
}
ok 'a check tells what the couplings do' table 'thermal, couplings      2'
ok 'and what it does to a velocity' table 'a velocity is read with an rms error'

# noise_of ROW OPTION...: does the table have this row?
noise_of() {
  "$simrun" --check "${noisy[@]}" "${@:2}" tiny.yaml >table.txt || return 1
  sed -n '/^# noise at rest/,/^#   in all/p' table.txt >noise.txt
  grep -q "$1" noise.txt
}
without=(--set chip.coupling.reciprocity=separate
  --set chip.coupling.mismatch=0.1)
ok 'of a chip without an energy too' noise_of 'thermal, couplings      2' \
  "${without[@]}"
ok 'of hopfield neurons' noise_of 'thermal, leaks          1' \
  --set network.neuron=hopfield --set network.activation=tanh
everything=(--set 'chip.coupling.write_noise.absolute=0.3 uS'
  --set 'chip.coupling.read_noise.absolute=0.2 uS' --set chip.noise.flicker=true
  --set chip.dac.bits=12 --set chip.velocity_adc.bits=12
  --set 'learning.readout_window=2 tau')
for row in 'flicker                 0' 'write noise             2' \
  'read noise              1' 'dac, step               0' \
  'velocity_adc, step      0'; do
  ok "and what $row does" noise_of "$row" "${without[@]}" "${everything[@]}"
done
# Every column of "all of these" is the root of the sum of squares of the rows.
adds_up() {
  awk '/^#   [a-z]/ && $0 !~ /^#   (strength|node|read  |velocity  |source|in all)/ {
      layer = substr($0, 25, 5) + 0
      node = substr($0, 50, 9) + 0; read = substr($0, 73, 9) + 0
      if (/^#   all of these/) {
        n++
        bad += (node - sqrt(s[layer]))^2 > (0.01 * node)^2
        bad += (read - sqrt(r[layer]))^2 > (0.01 * read)^2
      } else { s[layer] += node^2; r[layer] += read^2 }
    } END { print n, bad; exit !(n == 3 && bad == 0) }' noise.txt
}
ok 'and all of these add up' adds_up
# An error of both devices of all pairs, alone, at the read of a velocity: twice
# the error, twice the effect, where no device is at the end of its window.
velocity_error() {
  "$simrun" --check --set "chip.coupling.write_noise.proportional=$1" tiny.yaml |
    sed -n 's/.*read with an rms error of \([^,]*\),.*/\1/p'
}
is_linear() {
  awk -v a="$(velocity_error 0.01)" -v b="$(velocity_error 0.02)" \
    'BEGIN { print a, b; exit !(a > 0 && (b - 2 * a)^2 < (0.02 * b)^2) }'
}
ok 'the effect of an error grows with it' is_linear
is_quiet() { "$simrun" --check tiny.yaml | grep -qx '#   noise: none'; }
ok 'a quiet chip has none' is_quiet
# 300 K, voltage_unit 0.1 V, a gain of 2 x 15: q = 2 V/2^8, q/sqrt 12 = 2.2553 mV,
# sqrt(kT/1 fF) = 2.0351 mV, both 3.0377 mV.
parts() {
  "$simrun" --check --set 'chip.voltage_unit=0.1 V' \
    --set 'chip.conductance_unit=1 uS' --set learning.spring=15 \
    --set learning.scale=2 "${@:2}" tiny.yaml |
    grep -E "^#   $1( |$)" | sed 's/  */ /g'
}
is() {
  local got
  got=$(parts "$1" "${@:3}")
  echo "got $got"
  [[ $got == "# $1 $2" ]]
}
adc=(--set chip.velocity_adc.bits=8 --set 'chip.velocity_adc.range=1 V'
  --set 'chip.velocity_adc.capacitance=1 fF')
ok 'a check tells the sampling noise' is 'velocity_adc, kT/C' \
  '0 0.00204 V - - 0.0204 0.611' "${adc[@]}"
ok 'the quantisation' is 'velocity_adc, step' \
  '0 0.00226 V - - 0.0226 0.677' "${adc[@]}"
ok 'and both in a velocity' is 'all of these' '0 - - - 0.0304 0.911' "${adc[@]}"
ok 'the same of outputs, which no velocity sees' \
  is 'chip.output_adc, quantisation' '0.002255 V 0.02255 an output' \
  --set chip.output_adc.bits=8 --set 'chip.output_adc.range=1 V'
ok 'the hold capacitor' is 'chip.memory, hold capacitor' \
  '6.436e-05 V 0.0006436 a stored state' --set 'chip.memory.capacitance=1 pF'
has_strength() {
  parts "$1" --set "chip.coupling.$3" | grep -q "^# $1 0 $2 S [0-9]"
}
ok 'what a device is written with' has_strength 'write noise' 3e-07 \
  'write_noise.absolute=0.3 uS'
ok 'and read with' has_strength 'read noise' 2e-07 'read_noise.absolute=0.2 uS'
once() {
  local n
  n=$("$simrun" --check --set chip.dac.bits=8 --set chip.velocity_adc.bits=8 \
    --set chip.coupling.read_noise.absolute='0.2 uS' tiny.yaml |
    grep -cE '^#   .*(dac|velocity_adc|read.noise)')
  echo "$n"
  ((n == 3 + 1 + 3))
}
ok 'each source is in one table' once
# Too many nodes for that table; two devices are a weight.
large=(--set 'network.layers=[2, 250, 250]' --set train.batch=4
  --set chip.coupling.reciprocity=separate --set gradient.audit=never)
ok 'what is written, where there is no table' is 'chip.coupling.write_noise' \
  '3e-07 S 0.4243 a weight' --set 'chip.coupling.write_noise.absolute=0.3 uS' \
  "${large[@]}"
ok 'and read' is 'chip.coupling.read_noise' '2e-07 S 0.2828 a weight' \
  --set 'chip.coupling.read_noise.absolute=0.2 uS' "${large[@]}"
ok 'and converted' is 'chip.velocity_adc, quantisation' \
  '0.002255 V 0.02255 a displacement' "${adc[@]}" "${large[@]}"
silent() {
  [[ -z $(parts 'chip\..*') ]]
}
ok 'nothing of an ideal chip' silent
ok 'an averaging read-out' run averaged --set 'learning.readout_window=2 tau'
ok 'sees other losses' differs averaged once
too_long() {
  "$simrun" --check "${noisy[@]}" --set 'learning.readout_window=6 us' \
    tiny.yaml 2>&1 | grep -F 'learning.readout_window: must be <= settle.duration'
}
ok 'a window longer than the phase is refused' too_long

for source in flicker telegraph; do
  ok "six epochs with $source noise" run "$source" --threads 1 \
    --set chip.noise.thermal=false --set chip.noise.$source=true
  ok 'it is another loss' differs "$source" quiet
  ok 'on two threads' run "${source}_2" --threads 2 \
    --set chip.noise.thermal=false --set chip.noise.$source=true
  ok 'has the same bits' same "$source/run.h5" "${source}_2/run.h5"
done

refuses() {
  local message status
  message=$("$simrun" --check "${noisy[@]}" --set "$1" tiny.yaml 2>&1)
  status=$?
  echo "$message"
  ((status == 2)) && [[ $message == *"$2 for a chip with noise (chip.noise), got ${1#*=}" ]]
}
ok 'other integrators are refused' refuses settle.integrator=rkc \
  'settle.integrator: must be heun'
ok 'an operating point is refused' refuses settle.analysis=operating_point \
  'settle.analysis: must be transient'
ok 'a residual is refused' refuses settle.until=1e-06 \
  'settle.until: must be never'
ok 'a small signal is refused' refuses learning.nudged_states=small_signal \
  'learning.nudged_states: must be measured'
done_testing

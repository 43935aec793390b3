#!/bin/bash
# tests/cli/messages.sh SIMRUN -- mistakes about devices, and settings that make
# little sense: each message names file, line, key, rule and value
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
write_experiment

# says STATUS MESSAGE [KEY=VALUE]...: all that stderr gets
says() {
  local want=$1 message=$2 key status got sets=()
  shift 2
  for key; do
    sets+=(--set "$key")
  done
  got=$("$simrun" --check "${sets[@]}" tiny.yaml 2>&1 >/dev/null)
  status=$?
  echo "$status: $got"
  [[ $status == "$want" && $got == "${message:+simrun: $message}" ]]
}
refuses() { ok "refused: $*" says 2 "$@"; }
warns() { ok "told: ${1%%$'\n'*} ${*:2}" says 0 "warning: $@"; }

# --- files that are not there ---

refuses '--set data.file: no.csv: cannot be opened: No such file or directory' \
  data.file=no.csv
refuses '--set network.table: no.txt: cannot be read: No such file or directory' \
  network.activation=table network.table=no.txt
refuses '--set chip.coupling.pulse.table: no.txt: cannot be read: No such file '\
'or directory' chip.coupling.pulse.law=table chip.coupling.pulse.table=no.txt
printf 'experiment: device\nname: a\nchip:\n  coupling:\n    pulse:\n' >device.yaml
printf '      {law: table,\n      table: no.txt}\n' >>device.yaml
device_refuses() {
  local got
  got=$("$simrun" -o written device.yaml 2>&1)
  echo "$got"
  [[ $got == 'simrun: device.yaml:7: chip.coupling.pulse.table: no.txt: cannot '\
'be read: No such file or directory' && ! -e written ]]
}
ok 'a device is refused before anything is written' device_refuses

# --- values that are not written are told by the file ---

refuses 'tiny.yaml:6: chip.coupling.g_max: must be > g_min (20 uS), got 10 uS' \
  'chip.coupling.g_min=20 uS'
refuses 'tiny.yaml:6: chip.memory.capacitance: must be given with a leak or an '\
'injected charge, got none' 'chip.memory.leak=1 GOhm'
refuses 'tiny.yaml:6: chip.coupling.pulse.table: must name a file when `law: '\
'table`, got none' chip.coupling.pulse.law=table

# --- units, ranges, words, contradictions ---

refuses '--set chip.temperature: must be a number in K, got 20 C' \
  'chip.temperature=20 C'
refuses '--set chip.coupling.write_noise.polynomial[0]: must be a number in S, '\
'got 1 V' 'chip.coupling.write_noise.polynomial=[1 V]'
refuses '--set chip.wires.resistance: must be a number in Ohm, got 1 S' \
  'chip.wires.resistance=1 S'
refuses '--set chip.coupling.levels: must be >= 2, got 1' chip.coupling.levels=1
refuses '--set chip.velocity_adc.bits: must be <= 24, got 40' \
  chip.velocity_adc.bits=40
refuses '--set chip.noise.telegraph_capture: must be > 0 Hz, got 0' \
  chip.noise.telegraph_capture=0
refuses '--set chip.coupling.drift.nu: must be one number or four, got 2' \
  'chip.coupling.drift.nu=[1, 2]'
refuses '--set chip.coupling.pulse.law: must be linear | soft_bounds | exp_step '\
'| exponential | table, got NL' chip.coupling.pulse.law=NL
refuses '--set chip.coupling.stuck: low, high, open and anywhere together must '\
'be <= 1, got 1.2' chip.coupling.stuck.low=0.6 chip.coupling.stuck.high=0.6
refuses '--set chip.noise.flicker_band: must be a list of 2 items, got 1' \
  'chip.noise.flicker_band=1 Hz'
refuses 'tiny.yaml:7: settle.integrator: must be heun for a chip with noise '\
'(chip.noise), got rkc' chip.noise.thermal=true
refuses '--set settle.until: must be never for a chip with noise (chip.noise), '\
'got 1e-05' chip.noise.flicker=true settle.integrator=heun settle.until=1e-5
refuses '--set network.neuron: must be gradient for the activation silu, which '\
'is not strictly increasing, got hopfield' network.neuron=hopfield
refuses '--set learning.readout_window: must be 0 unless measured phases are '\
'transients of fixed duration (settle.until: never), got 2 tau' \
  'learning.readout_window=2 tau' settle.until=1e-5
refuses 'tiny.yaml:4: data: is not used by this kind of experiment '\
'(--set experiment=device)' experiment=device

# --- settings that make little sense ---

# 1 of velocity is 100 mV/30 = 3.33 mV; the nudge moves an output by
# 2 * 1.25e-3 * 30/16 * 100 mV = 0.469 mV; a step of 8 bits is 2 V/256.
warns 'tiny.yaml:6: chip.velocity_adc.range: a step of 7.81 mV (8 bits over +-1 '\
'V) is 2.3 times the rms of a displacement, about 3.3 mV: choose a smaller '\
'range or more bits' chip.velocity_adc.bits=8
warns '--set chip.velocity_adc.range: +-5 mV is 1.5 times the rms of a '\
'displacement, about 3.3 mV: much will be clipped' chip.velocity_adc.bits=8 \
  'chip.velocity_adc.range=5 mV'
warns 'tiny.yaml:6: chip.dac.range: a step of 7.81 mV (8 bits over +-1 V) is 2.3 '\
"times the rms of a nudge's distance from its spring, about 3.3 mV: choose a "\
'smaller range or more bits' chip.dac.bits=8
warns '--set chip.dac.range: +-150 mV is 1.5 times the rms of a noise image, '\
'about 1e+02 mV: much will be clipped' chip.dac.bits=16 'chip.dac.range=150 mV'
warns 'tiny.yaml:6: chip.output_adc.range: a step of 7.81 mV (8 bits over +-1 V) '\
'is 17 times the rms of what the nudge moves an output by, about 0.47 mV: '\
'choose a smaller range or more bits
simrun: warning: tiny.yaml:8: learning.nudge: the gradient of 64 samples is 0.43 '\
'times its noise, that of one sample 0.054 times: updates will be mostly noise (a '\
'nudge that would do: 0.0029; a learning.readout_window: none up to 300 tau)' \
  chip.output_adc.bits=8
warns '--set chip.noise.flicker_current: does nothing while chip.noise.flicker '\
'is false' 'chip.noise.flicker_current=1 nA/rtHz'
warns '--set chip.noise.flicker_band: does nothing while chip.noise.flicker is '\
'false' 'chip.noise.flicker_band=[2 Hz, 1 MHz]'
warns '--set chip.noise.trap_energy: does nothing while chip.noise.flicker and '\
'telegraph are false' 'chip.noise.trap_energy=0.4 eV'
ok 'what traps need is not told while they are on' says 0 '' \
  chip.noise.telegraph=true 'chip.noise.trap_energy=0.4 eV' \
  settle.integrator=heun settle.until=never
warns '--set chip.dac.range: does nothing while chip.dac.bits is 0' \
  'chip.dac.range=2 V'
# Of each pair one device has to conduct.
warns 'tiny.yaml:6: chip.coupling.g_max: 80 devices, chip.coupling.stuck among '\
'them, cannot hold the first weights' chip.coupling.stuck.open=1
warns '--set energy.adc: does nothing while energy.samples is 0' \
  'energy.adc=1 pJ'
warns '--set energy.every: does nothing while energy.samples is 0' energy.every=2
ok 'a price that is paid is not told' says 0 '' energy.samples=1 \
  'energy.adc=1 pJ'
warns '--set chip.coupling.drift.nu: does nothing while chip.coupling.age is 0 s' \
  chip.coupling.drift.nu=0.05
warns '--set chip.coupling.retention.time: does nothing while chip.coupling.age '\
'is 0 s' 'chip.coupling.retention.time=1 ks'
warns '--set chip.memory.capacitance: does nothing unless learning.protocol is '\
'snapshot' 'chip.memory.capacitance=1 pF' learning.protocol=rerun
printf '0 0\n1 5e-6\n2 1e-5\n' >staircase.txt
warns '--set chip.coupling.pulse.table: does nothing while '\
'chip.coupling.programming is ideal' chip.coupling.pulse.law=table \
  chip.coupling.pulse.table=staircase.txt
ok 'a table that is used is not told' says 0 '' chip.coupling.pulse.law=table \
  chip.coupling.pulse.table=staircase.txt chip.coupling.programming=open_loop
ok 'aging that takes place is not told' says 0 '' chip.coupling.drift.nu=0.05 \
  'chip.coupling.age=1 s'
ok 'a shipped technology may have a drift' says 0 '' chip.preset=pcm
ok 'converters that fit are not told' says 0 '' chip.velocity_adc.bits=8 \
  'chip.velocity_adc.range=20 mV' chip.dac.bits=12 chip.output_adc.bits=12
# A gradient that drowns: told with what helps, which then is not told.
drowns() {
  "$simrun" --check --set chip.noise.thermal=true \
    --set settle.integrator=heun --set 'chip.capacitance_unit=1 fF' "$@" \
    tiny.yaml 2>&1 >/dev/null
}
nudge=$(drowns | sed -n 's/.*learning.nudge: the gradient of 64 samples is .*'\
'nudge that would do: \([0-9.e-]*\); .*/\1/p')
is_told() {
  drowns
  [[ $nudge ]]
}
ok 'a nudge that drowns in noise is told' is_told
is_enough() {
  [[ ! $(drowns --set "learning.nudge=$(awk "BEGIN { print 1.1 * $nudge }")") ]]
}
ok 'and is not with what was advised' is_enough
is_averaged() {
  local window
  window=$(drowns |
    sed -n 's/.* a learning.readout_window: \([0-9]*\) tau, in .*/\1/p')
  echo "$window"
  [[ $window ]] && [[ ! $(drowns --set "learning.readout_window=$window tau" \
    --set "settle.duration=$((10 + window)) tau") ]]
}
ok 'nor with the read-out that was' is_averaged
# Of the batch, and of one sample.
ratios() {
  "$simrun" --check --set chip.noise.thermal=true \
    --set settle.integrator=heun --set "train.batch=$1" tiny.yaml |
    sed -n 's/.*over its noise: \([^ ]*\) of [0-9]* samples, \(.*\) of one/\1 \2/p'
}
averages() {
  awk -v one="$(ratios 1)" -v many="$(ratios 64)" 'BEGIN { print one, many
    split(one, a); split(many, b)
    exit !(a[1] > 0 && a[1] == a[2] && b[2] == a[2] && b[1] > 2 * a[1]) }'
}
ok 'the noise of a batch is less than that of a sample' averages
is_logged() {
  "$simrun" -q -o coarse --set chip.velocity_adc.bits=8 tiny.yaml &&
    grep -q 'warning: tiny.yaml:6: chip.velocity_adc.range: a step of' \
      coarse/log.txt
}
ok 'a run has warnings in its log' is_logged

# --- what README says ---

mkdir readme && ln -s "$experiments/data" readme/data
awk 'is_in && /^```$/ { exit } is_in; /^```yaml$/ { is_in = 1 }' \
  "$source_root/README.md" >readme/real.yaml
checks() {
  local got
  got=$("$simrun" --check --set train.batch=2 readme/real.yaml 2>warnings.txt) ||
    return 1
  cat warnings.txt
  [[ ! -s warnings.txt && $got == *"# chip"* ]]
}
ok 'the chip in README is one' checks
done_testing

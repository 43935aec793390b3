#!/bin/bash
# tests/cli/simspice.sh SIMRUN -- the netlist of an experiment
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
simspice=${simrun%/*}/simspice

awk 'BEGIN {
  srand(3)
  for (i = 0; i < 16; i++)
    for (j = 0; j < 8; j++)
      printf "%.4f%s", 2 * rand() - 1, j < 7 ? "," : "\n"
}' >points.csv
cat >small.yaml <<'EOF'
experiment: gradient
name: small
data: {file: points.csv, range: [-1, 1], full_scale: [-1, 1]}
network: {layers: [8, 16, 16]}
settle: {integrator: rk8pd, tolerance: 1e-10, duration: 30 tau}
gradient: {samples: 4}
EOF

# --- the command line ---

ok '--help' "$simspice" --help
ok '--version' "$simspice" --version
complains() {
  local want=$1 message status
  shift
  message=$("$simspice" "$@" 2>&1 >/dev/null)
  status=$?
  echo "$status: $message"
  ((status == 2)) && [[ $message == "simspice: $want"* ]]
}
ok 'no experiment' complains 'one experiment file is needed, got 0'
ok 'unknown option' complains 'unknown option --fast' --fast small.yaml
ok 'option without a value' complains '--phase needs a value' --phase
ok 'phase' complains '--phase must be free, plus or minus, got slow' \
  --phase slow small.yaml
ok 'sample' complains '--sample must be >= 0, got -1' --sample -1 small.yaml
ok 'sample beyond the data' complains \
  '--sample must be < 16, the samples in points.csv, got 16' \
  --sample 16 small.yaml
ok 'node' complains '--noise must be a node such as v1_0, got v1_16' \
  --noise v1_16 small.yaml
ok 'visible nodes have no amplifier' complains \
  '--noise must be a node such as v1_0, got r0_1' --noise r0_1 small.yaml

# --- what a netlist cannot say ---

sed '3a chip:\n  velocity_adc:\n    range: 0.5 V\n    bits: 8' small.yaml >adc.yaml
ok 'converters' complains 'adc.yaml:7: chip.velocity_adc.bits: must be 0 for a '\
'netlist, which has no converters, got 8' adc.yaml
ok 'also their noise' complains '--set chip.output_adc.capacitance: must be '\
'none for a netlist, which has no converters, got 1 pF' \
  --set 'chip.output_adc.capacitance=1 pF' small.yaml
ok 'a memory' complains '--set chip.memory.gain: must be 0 for a netlist, '\
'which has no memory, got 0.01' --set chip.memory.gain=0.01 small.yaml
range_alone() {
  "$simspice" --set 'chip.dac.range=2 V' --set 'chip.memory.time=1 us' \
    small.yaml | cmp - <("$simspice" small.yaml)
}
ok 'a range without its converter is nothing' range_alone
noisy=(--set settle.integrator=heun --set chip.noise.thermal=true)
ok 'traps are not in .noise' complains '--set chip.noise.flicker: must be '\
'false for .noise of a netlist, which has thermal noise only, got true' \
  --noise v1_0 "${noisy[@]}" --set chip.noise.flicker=true small.yaml
ok 'nor is a telegraph' complains '--set chip.noise.telegraph: must be false' \
  --noise v1_0 "${noisy[@]}" --set chip.noise.telegraph=true small.yaml
ok 'thermal noise is' "$simspice" --noise v1_0 "${noisy[@]}" small.yaml
warns() {
  local got
  got=$("$simspice" -o quiet.cir "${noisy[@]}" --set chip.noise.flicker=true \
    small.yaml 2>&1) || return 1
  echo "$got"
  [[ $got == 'simspice: warning: --set chip.noise.thermal: is not in the '\
'netlist: its phase is quiet'$'\n''simspice: warning: --set '\
'chip.noise.flicker: is not in the netlist: its phase is quiet' ]]
}
ok 'what a transient leaves out is told' warns
is_silent() {
  local got
  got=$("$simspice" -o quiet.cir small.yaml 2>&1)
  [[ -z $got ]]
}
ok 'of a quiet chip, nothing' is_silent
printf 'experiment: device\nname: a\n' >device.yaml
ok 'single devices are no chip' complains \
  'device.yaml:1: experiment: must be that of a chip for a netlist, got device' \
  device.yaml

if [[ -c /dev/full ]]; then
  to_full() {
    "$simspice" small.yaml >/dev/full
    (($? == 3))
  }
  ok 'a full disk is exit status 3' to_full
fi
no_room() {
  (
    ulimit -f 4
    "$simspice" -o big.cir small.yaml
  )
  (($? == 3)) && [[ ! -e big.cir ]]
}
ok 'and leaves no half netlist' no_room

# --- the netlist ---

ok 'a netlist' "$simspice" -o free.cir small.yaml
same_bytes() {
  "$simspice" --set seed=1 small.yaml | cmp - free.cir
}
ok 'the same on standard output' same_bytes
counts() {
  local n
  n=$(grep -c "$1" free.cir)
  echo "$n"
  ((n == $2))
}
ok 'a source for each direction of each pair' counts '^G[UD]' 768
ok 'an instance of each node' counts '^Xnode' 40
ok 'an instance of each array' counts '^Xarray' 2
ok 'analyses when none is asked for' grep -qx .op free.cir
lines_fit() {
  ! grep -E '^.{81}' free.cir
}
ok 'lines are short' lines_fit

sed -e 's/gradient/transient/' -e 's/^transient:.*/record: {transients: 1}/' \
  small.yaml >transient.yaml
ok 'a transient of simrun' "$simrun" -q -o run transient.yaml
cat >generate.yaml <<'EOF'
experiment: generate
name: drawn
from: run
EOF
ok 'an experiment without targets' complains \
  'generate.yaml:1: experiment: must have samples with a target for a '\
'netlist, got generate' generate.yaml
if ! command -v ngspice >/dev/null; then
  skip 'ngspice runs it' 'ngspice is not installed'
  done_testing
  exit
fi

# The .measure of ngspice against the transient of simrun [V]: at the last
# point of /transients/0, node 0 of each layer.
end_of() {
  h5dump -d "/transients/0/$1/voltage_$2" -s 300,0 -c 1,1 run/run.h5 |
    awk '/^ *\(300,0\)/ { print $2 }'
}
agrees() {
  local got want
  got=$(awk -v "name=end_v$2_0" '$1 == name { print $3 }' "$1.out")
  want=$(end_of "$1" "$2")
  echo "ngspice $got, simrun $want"
  awk -v "a=$got" -v "b=$want" 'BEGIN {
    exit !(a != "" && b != "" && (a - b) ^ 2 <= 1e-5 ^ 2)
  }'
}
runs() {
  "$simspice" --phase "$1" --measure --op -o "$1.cir" small.yaml &&
    sed -i 's/^\.end$/.options reltol=1e-6 vntol=1e-9 abstol=1e-15\n.end/' \
      "$1.cir" &&
    ngspice -n -b "$1.cir" >"$1.out" 2>&1 && ! grep -i 'error' "$1.out"
}
for phase in free plus minus; do
  ok "ngspice runs the $phase phase" runs $phase
  if command -v h5dump >/dev/null; then
    for l in 0 1 2; do
      ok "$phase: layer $l ends where it should" agrees $phase $l
    done
  fi
done
noise_runs() {
  "$simspice" --noise v1_3 --noise v0_0 -o noise.cir small.yaml &&
    ngspice -n -b -r noise.raw noise.cir >noise.out 2>&1 &&
    (($(grep -ac 'Plotname: Noise Spectral' noise.raw) == 2))
}
ok 'ngspice finds the noise of two nodes' noise_runs
done_testing

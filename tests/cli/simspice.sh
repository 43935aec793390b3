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
ok '--version' grep -q '^simspice [0-9]' <("$simspice" --version)
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

ok 'noise that no netlist has, whatever the integrator' complains \
  '--set chip.noise.flicker: must be false for .noise of a netlist' \
  --set chip.noise.flicker=true --noise v1_0 small.yaml
no_folder() {
  local message
  message=$("$simspice" -o nowhere/chip.cir small.yaml 2>&1)
  (($? == 3)) && [[ $message == \
    'simspice: nowhere/chip.cir: cannot write: No such file or directory' ]]
}
ok 'a folder that is missing is told with the file asked for' no_folder
ok 'a run that does not train' "$simrun" -q -o untrained small.yaml
ok 'holds no weights' complains 'untrained holds no weights' --run untrained \
  small.yaml

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

sed -e 's/^experiment: gradient/experiment: transient/' \
  -e 's/^gradient:.*/record: {transients: 1}/' small.yaml >transient.yaml
ok 'a run of simrun' "$simrun" -q -o run transient.yaml
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

# --- what ngspice makes of each card ---

# Chips with devices of every kind, in simrun by spice_check: directions that
# differ, and wires, exclude each other.
skip_all_without h5dump
cat >real.yaml <<'EOF'
experiment: spice_check
name: real
data: {file: points.csv, range: [-1, 1], full_scale: [-1, 1]}
network: {layers: [8, 16, 16], init_gain: 1.0}
chip:
  temperature: 350 K
  node: {capacitance: 0.05, leak: 0.05, gain: 0.03, offset: 3 mV}
  sources: {spring_spread: 0.02, nudge_offset: 1 mV}
  coupling:
    g_min: 20 nS
    g_max: 1 uS
    master: controller
    reciprocity: separate
    mismatch: 0.05
    stuck: {low: 0.02, open: 0.02}
settle: {integrator: rk8pd, tolerance: 1e-10, duration: 30 tau}
record: {interval: 0.05 tau}
spice_check: {noise_nodes: 5}
EOF
ok 'a chip in simrun' "$simrun" -q -o real real.yaml
sed -e '/reciprocity\|mismatch/d' -e 's/^name: .*/name: wired/' \
  -e 's/^chip:/&\n  wires: {resistance: 20 Ohm}/' \
  -e 's/^spice_check:.*/spice_check: {transient: false, noise: false}/' \
  real.yaml >wired.yaml
ok 'one with wires' "$simrun" -q -o wired wired.yaml

nodes=()
for ((i = 0; i < 8; i++)); do nodes+=(v0_$i); done
for ((i = 0; i < 32; i++)); do nodes+=(v$((i / 16 + 1))_$((i % 16))); done
# One number a line, of /spice/$1 of the chip $2 or `real`.
simruns() {
  h5dump -d "/spice/$1" -y -w 1 -m %.17g "${2:-real}/run.h5" |
    awk '/^ *[-0-9]/ { gsub(/[ ,]/, ""); print }'
}
# Run NAME.cir with tight tolerances; messages in NAME.out, NAME.raw in text.
ngspices() {
  sed -i 's/^\.end$/.options reltol=1e-6 vntol=1e-9 abstol=1e-15\n.end/' "$1.cir"
  SPICE_ASCIIRAWFILE=1 ngspice -n -b -r "$1.raw" "$1.cir" >"$1.out" 2>&1 &&
    test -s "$1.raw"
}
# "point variable value" of the plot $2 in $1.raw.
values_of() {
  awk -v "want=$2" '
    /^Title:/ { part = "" }
    /^Plotname: / { plot = substr($0, 11) }
    /^No. Variables:/ { n = $3 }
    /^Variables:/ { part = "names"; next }
    /^Values:/ { part = "values"; k = 0; next }
    part == "names" { name[$1] = $2 }
    part == "values" && NF && plot == want {
      print int(k / n), name[k % n], $NF
      k++
    }' "$1.raw"
}
# Voltages by name on stdin (ngspice), one for each node in the file $1
# (simrun): the largest difference is at most $2 V.
close_to() {
  awk -v "names=${nodes[*]}" -v "limit=$2" -v "ours=$1" '
    { got["" tolower($1)] = $2 }
    END {
      n = split(names, name, " ")
      for (i = 1; i <= n; i++) {
        if ((getline want <ours) <= 0 || !(("v(" name[i] ")") in got)) {
          print "lacks " name[i]
          exit 1
        }
        d = got["v(" name[i] ")"] - want
        far = d * d > far ? d * d : far
      }
      print "largest difference " sqrt(far) " V"
      exit !(sqrt(far) <= limit)
    }'
}

# op_agrees PHASE [CHIP]
op_agrees() {
  "$simspice" --phase "$1" --op -o op.cir "${2:-real}.yaml" && ngspices op &&
    simruns "operating_point/$1/simrun" $2 >want.txt &&
    values_of op 'Operating Point' | cut -d ' ' -f 2- | close_to want.txt 1e-7
}
# The last of the points.
last_row() {
  simruns "transient/$1/simrun" | tail -n ${#nodes[@]}
}
tran_agrees() {
  "$simspice" --phase "$1" --tran -o tran.cir real.yaml && ngspices tran &&
    last_row "$1" >want.txt &&
    values_of tran 'Transient Analysis' |
    awk '{ last[$2] = $3 } END { for (v in last) print v, last[v] }' |
      close_to want.txt 1e-5
}
for phase in free plus minus; do
  ok ".op, $phase: every node is where simrun has it" op_agrees $phase
  ok ".op, $phase, with wires: so it is" op_agrees $phase wired
  ok ".tran, $phase: every node ends where simrun has it" tran_agrees $phase
done

# .measure: lines "name = value" on standard output, which a raw file replaces.
measures() {
  "$simspice" --measure -o measure.cir real.yaml &&
    sed -i 's/^\.end$/.options reltol=1e-6 vntol=1e-9 abstol=1e-15\n.end/' \
      measure.cir &&
    ngspice -n -b measure.cir >measure.out 2>&1 && ! grep -i error measure.out
}
ok 'ngspice measures' measures
ends_agree() {
  last_row free >want.txt
  awk '/^end_v/ { sub(/^end_/, "", $1); print "v(" $1 ")", $3 }' measure.out |
    close_to want.txt 1e-5
}
ok '.measure end_v: as in simrun' ends_agree
# When each node of simrun had gone 99 % of its way for the last time, between
# two points on a straight line, against settled_v. [s] Nodes that move less
# than 5 mV are left out, and those that are there within ten points, between
# which a straight line is no curve.
settled_agrees() {
  simruns transient/free/simrun >trace.txt
  awk -v "names=${nodes[*]}" -v interval=0.05e-6 '
    FNR == NR { if (/^settled_v/) { sub(/^settled_/, "", $1); got[$1] = $3 }
                next }
    { v[FNR - 1] = $1 }
    END {
      n = split(names, name, " ")
      points = FNR / n
      for (i = 0; i < n; i++) {
        end = v[(points - 1) * n + i]
        way = v[i] - end
        if (way * way < 0.005 ^ 2) {
          continue
        }
        level = end + 0.01 * way
        for (k = points - 1; k > 0; k--) {
          a = v[(k - 1) * n + i] - level
          b = v[k * n + i] - level
          if (a * b <= 0) {
            break
          }
        }
        time = interval * (k - 1 + a / (a - b))
        if (k <= 10) {
          continue
        }
        compared++
        if (!(name[i + 1] in got)) {
          print "lacks " name[i + 1]
          exit 1
        }
        off = got[name[i + 1]] / time - 1
        far = off * off > far ? off * off : far
      }
      print compared " nodes, largest relative difference " sqrt(far)
      exit !(compared > 20 && points > 600 && sqrt(far) <= 0.005)
    }' measure.out trace.txt
}
ok '.measure settled_v: within 0.5 % of simrun' settled_agrees

# Noise of node $1, column $2 of simrun's densities [V^2/Hz] and the square of
# ngspice's roots.
noise_agrees() {
  "$simspice" --noise "$1" -o noise.cir real.yaml && ngspices noise &&
    simruns noise/simrun >density.txt &&
    values_of noise 'Noise Spectral Density Curves' |
    awk -v "column=$2" '
      FNR == NR { want[FNR - 1] = $1; next }
      $2 ~ /onoise_spectrum/ {
        off = ($3 * $3 / want[5 * $1 + column] - 1) ^ 2
        far = off > far ? off : far
        n++
      }
      END { print n " frequencies, " sqrt(far)
            exit !(n > 30 && sqrt(far) <= 0.02) }
    ' density.txt -
}
ok '.noise of v0_0: within 2 % of simrun' noise_agrees v0_0 0
ok '.noise of v1_8: within 2 % of simrun' noise_agrees v1_8 2
two_noises() {
  "$simspice" --noise v0_0 --noise v1_8 -o noise.cir real.yaml &&
    ngspices noise && (($(grep -c '^Plotname: Noise Spectral' noise.raw) == 2))
}
ok 'or both in one netlist' two_noises
done_testing

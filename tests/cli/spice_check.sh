#!/bin/bash
# tests/cli/spice_check.sh SIMRUN -- the chip in simrun and in ngspice
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"

awk 'BEGIN {
  srand(3)
  for (i = 0; i < 16; i++)
    for (j = 0; j < 8; j++)
      printf "%.4f%s", 2 * rand() - 1, j < 7 ? "," : "\n"
}' >points.csv
cat >small.yaml <<'EOF'
experiment: spice_check
name: small
data: {file: points.csv, range: [-1, 1], full_scale: [-1, 1]}
network: {layers: [8, 16, 16], init_gain: 1.0}
settle: {integrator: rk8pd, tolerance: 1e-10, duration: 30 tau}
record: {interval: 0.05 tau}
spice_check: {noise_nodes: 10}
EOF

# --- an ngspice that fails: a script of that name ---

mkdir bin
# fake_ngspice: what the script does; $4 is the raw file, $6 the messages.
fake_ngspice() {
  printf '#!/bin/bash\nraw=$4 out=$6\n%s\n' "$1" >bin/ngspice
  chmod +x bin/ngspice
}
# fails STATUS PATTERN: the run ends so and says so.
fails() {
  local message status
  message=$(PATH=$PWD/bin "$simrun" -q --force -o broken small.yaml 2>&1)
  status=$?
  echo "$status: $message"
  ((status == $1)) && [[ $message == $2 ]]
}
ok 'no ngspice: bad usage' fails 2 \
  'simrun: ngspice is not installed (Debian: apt-get install ngspice);*'
nothing_written() {
  [[ ! -e broken ]]
}
ok 'and nothing is written' nothing_written
fake_ngspice 'echo "Error: unknown subckt" >"$out"; exit 1'
ok 'one that fails is a numerical failure' fails 1 \
  'simrun: ngspice failed with status 1 (broken/spice_0_free.out): Error: unknown subckt'
fake_ngspice 'kill -SEGV $$'
ok 'a crash is a numerical failure' fails 1 \
  'simrun: ngspice was ended by signal 11 (broken/spice_0_free.out)'
fake_ngspice 'exit 0'
ok 'no raw file is a failure to read' fails 3 \
  'simrun: broken/spice_0_free.raw: cannot read: No such file or directory'
fake_ngspice ': >"$raw"'
ok 'so is an empty one' fails 3 'simrun: broken/spice_0_free.raw: is empty'
fake_ngspice 'printf "Title: a\nPlotname: Operating Point\nNo. Variables: 1\nNo. Points: 0       \nVariables:\n\t0\tv(v0_0)\tvoltage\nBinary:\n" >"$raw"'
ok 'so is one that was never finished' fails 3 \
  'simrun: broken/spice_0_free.raw: promises no points: *'
fake_ngspice 'printf "Title: a\nPlotname: Operating Point\nNo. Variables: 1\nNo. Points: 1\nVariables:\n\t0\tv(v0_1)\tvoltage\nValues:\n 0\t1.0\n" >"$raw"'
ok 'so is one without a node' fails 3 \
  'simrun: broken/spice_0_free.raw: lacks v(v0_0) *'

if ! command -v ngspice >/dev/null; then
  skip 'both agree' 'ngspice is not installed'
  done_testing
  exit
fi
real=$(command -v ngspice)
# The real one, on a disk that fills up: it ends with exit status 0.
for kib in 1 8 64; do
  fake_ngspice "ulimit -f $kib; $real \"\$@\"; exit 0"
  ok "a raw file cut at $kib KiB is not believed" fails 3 \
    'simrun: broken/spice_0_free.raw: *'
done
fake_ngspice "$real \"\$@\"; /bin/cp \"\$raw\" '$scratch/whole.raw'; exit 1"
ok 'a whole raw file' fails 1 'simrun: ngspice failed with status 1 *'
# Without its last byte, cut in the middle, after the first plot and one byte on.
size=$(stat -c %s whole.raw)
second=$(grep -abo 'Title: ' whole.raw | sed -n '2s/:.*//p')
for bytes in $((size - 1)) $((size / 2)) $((second + 1)) $second; do
  head -c "$bytes" whole.raw >cut.raw
  fake_ngspice "/bin/cp '$scratch/cut.raw' \"\$raw\""
  ok "$bytes of $size bytes are not believed" fails 3 \
    'simrun: broken/spice_0_free.raw: *'
done
# A disk that is full, where the system lets one make such a disk.
on_small_disk() {
  unshare -rm bash -c 'mkdir -p small && mount -t tmpfs -o size=400k none small &&
    "$@"' bash "$@"
}
if on_small_disk true 2>/dev/null; then
  full_disk() {
    local message status
    message=$(on_small_disk "$simrun" -q --force -o small/run small.yaml 2>&1)
    status=$?
    echo "$status: $message"
    ((status == 3)) && [[ $message == 'simrun: small/run/spice_0_free.raw: '* ]]
  }
  ok 'nor what a full disk left of it' full_disk
else
  skip 'nor what a full disk left of it' 'no disk can be made here'
fi
fake_ngspice "for last; do :; done
/bin/sed -i -E 's/^(.tran [^ ]+) [^ ]+/\\1 2e-05/' \"\$last\"
$real \"\$@\""
ok 'nor a transient that stopped early' fails 3 \
  'simrun: broken/spice_0_free.raw: the transient ends at 2e-05 s instead of 3e-05 s*'

refuses() {
  local message
  message=$("$simrun" -q -o refused "${@:2}" small.yaml 2>&1)
  (($? == 2)) && [[ $message == *"$1" ]] || {
    echo "$message"
    return 1
  }
}
ok 'noisy transients are not compared' refuses \
  'chip.noise: must be off to compare transients' --set chip.noise.thermal=true --set settle.integrator=heun
ok 'nor phases without a fixed end' refuses \
  'settle.until: must be never to compare transients, got 1e-06' \
  --set settle.until=1e-6
ok 'nor ones that are not in time' refuses \
  'settle.analysis: must be transient to compare transients, got operating_point' \
  --set settle.analysis=operating_point
ok 'nor noise with a memory' refuses \
  '--set chip.noise.telegraph: must be false to compare noise '\
'(spice_check.noise), of which a netlist has the thermal part only, got true' \
  --set chip.noise.telegraph=true --set settle.integrator=heun \
  --set spice_check.transient=false

# --- agreement ---

skip_all_without h5dump
difference() {
  h5dump -d "/spice/difference/$2" "$1/run.h5" |
    awk '/\(0\)/ { print $2; exit }'
}
# below RUN NAME LIMIT
below() {
  local value
  value=$(difference "$1" "$2")
  echo "$2: $value"
  awk -v "value=$value" -v "limit=$3" \
    'BEGIN { exit !(value != "" && value == value + 0 && value + 0 < limit) }'
}
agree() {
  local phase
  for phase in free plus minus; do
    ok "$1: operating point, $phase" below "$1" operating_point_$phase 1e-6
    ok "$1: transient, $phase" below "$1" transient_$phase 1e-4
    ok "$1: settling time, $phase" below "$1" settling_time_$phase 5e-3
  done
  ok "$1: velocity" below "$1" velocity 1e-4
  ok "$1: gradient, operating points" below "$1" gradient_operating_point 1e-4
  ok "$1: gradient, transients" below "$1" gradient_transient 1e-4
  ok "$1: noise" below "$1" noise 0.02
}
ok 'an ideal chip' "$simrun" -q -o ideal small.yaml
agree ideal
ok 'its picture' test -s ideal/spice_transients.png
has_row() {
  grep -q '<td>transient_free</td>' "$1/report.html"
}
ok 'its report' has_row ideal

imperfect=(--set chip.noise.excess=2 --set 'chip.temperature=350 K'
  --set chip.node.capacitance=0.05 --set chip.node.leak=0.05
  --set chip.node.gain=0.03 --set chip.node.input_gain=0.03
  --set 'chip.node.offset=3 mV' --set chip.sources.spring_spread=0.02
  --set chip.sources.nudge_spread=0.05 --set 'chip.sources.nudge_offset=1 mV'
  --set chip.sources.nudge_residual=0.01)
ok 'a chip with mismatch' "$simrun" -q -o mismatch "${imperfect[@]}" small.yaml
agree mismatch
# The farthest that a node of this chip is from where it was in the ideal one:
# 0.1 mV at least.
differ() {
  local path=/spice/operating_point/free/simrun
  paste <(h5dump -d $path -y -w 1 -m %.9g ideal/run.h5) \
    <(h5dump -d $path -y -w 1 -m %.9g "$1/run.h5") |
    awk '/^ *[-0-9]/ { gsub(/,/, ""); d = $1 - $2; if (d * d > far) far = d * d }
      END { print sqrt(far) " V"; exit !(sqrt(far) > 1e-4) }'
}
ok 'which is another chip' differ mismatch
ok 'a linear nudge' "$simrun" -q -o linear --set learning.nudge_kind=linear \
  --set spice_check.noise=false "${imperfect[@]}" small.yaml
ok 'linear: plus' below linear transient_plus 1e-4
ok 'linear: gradient' below linear gradient_transient 1e-4

# Devices one at a time: each moves the nodes, in ngspice as in simrun.
# device NAME SET...
device() {
  local name=$1 phase
  shift
  ok "$name" "$simrun" -q -o $name --set spice_check.noise=false "$@" small.yaml
  ok "$name: another chip" differ $name
  for phase in free plus minus; do
    ok "$name: operating point, $phase" below $name operating_point_$phase 1e-6
  done
  ok "$name: gradient" below $name gradient_operating_point 1e-4
}
points='spice_check.transient=false'
device stuck --set $points --set chip.coupling.g_min=20nS \
  --set chip.coupling.g_max=1uS --set chip.coupling.stuck.low=0.02 \
  --set chip.coupling.stuck.high=0.02 --set chip.coupling.stuck.open=0.02 \
  --set chip.coupling.stuck.anywhere=0.02
device written --set $points --set chip.coupling.g_min=20nS \
  --set chip.coupling.spread.g_min=0.2 --set chip.coupling.levels=16 \
  --set chip.coupling.write_noise.proportional=0.1
device read --set $points --set chip.coupling.read_noise.proportional=0.1
device offset --set $points --set 'chip.node.offset=5 mV'
device wires --set $points --set 'chip.wires.resistance=500 Ohm' \
  --set chip.coupling.master=controller
device separate --set chip.coupling.reciprocity=separate \
  --set chip.coupling.mismatch=0.1 --set spice_check.noise=true \
  --set spice_check.noise_nodes=3
for phase in free plus minus; do
  ok "separate: transient, $phase" below separate transient_$phase 1e-4
done
ok 'separate: gradient, transients' below separate gradient_transient 1e-4
ok 'separate: noise' below separate noise 0.02

ok 'hopfield neurons' "$simrun" -q -o hopfield --set network.neuron=hopfield \
  --set network.activation=tanh --set spice_check.noise_nodes=4 small.yaml
agree hopfield
says_unsettled() {
  "$simrun" -o early --set 'settle.duration=1 tau' --set spice_check.samples=1 \
    --set spice_check.noise=false small.yaml 2>&1 | tee early.txt | grep -qE \
    'phase free is not settled after 1 tau: [1-9][0-9]* of 40 nodes are still '\
'on their way, by up to [0-9.]+ mV$'
}
ok 'a phase that ends too early is told' says_unsettled
left_is() {
  local millivolts
  millivolts=$(sed -n 's/.*phase free.*up to \(.*\) mV/\1/p' early.txt)
  h5dump -m %.17g -y -d /spice/way_left/free early/run.h5 | awk -v \
    "mv=$millivolts" '/DATA {/ { getline; d = 1e3 * $1 / mv - 1
      exit !(d * d < 1e-4) }'
}
if command -v h5dump >/dev/null; then
  ok 'and kept' left_is
else
  skip 'and kept' 'h5dump is not installed'
fi
ok 'two phases, operating points alone' "$simrun" -q -o points \
  --set learning.phases=2 --set spice_check.transient=false \
  --set spice_check.samples=3 small.yaml
ok 'points: plus' below points operating_point_plus 1e-6
ok 'points: gradient' below points gradient_operating_point 1e-4
done_testing

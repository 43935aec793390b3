#!/bin/bash
# tests/cli/energy.sh SIMRUN -- joules and seconds, in every kind of experiment
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump

write_experiment
priced=(--set energy.samples=5 --set 'energy.dac=2 pJ' --set 'energy.adc=1 pJ'
  --set 'energy.supply=0.8 V' --set 'energy.amplifier_current=10 nA'
  --set 'chip.coupling.pulse.down.step=1 nS'
  --set 'chip.coupling.pulse.up.step=1 nS'
  --set chip.coupling.programming=open_loop)
run() {
  local folder=$1
  shift
  "$simrun" -q -o "$folder" "$@" tiny.yaml
}
# number FOLDER DATASET
number() {
  h5dump -m %.17g -d "/energy/$2" "$1/run.h5" |
    sed -n 's/^ *(0): *\([-+.0-9einfa]*\) *$/\1/p' | head -n 1
}
# near X Y TOLERANCE: relative to Y
near() {
  awk -v x="$1" -v y="$2" -v e="$3" 'BEGIN {
    d = x - y; if (d < 0) d = -d; if (y < 0) y = -y
    if (x == "" || y == "" || !(d <= e * y)) {
      print "got", x, "want", y; exit 1
    }
  }'
}
numbers() {
  h5dump -m %.17g -d "$2" "$1/run.h5" | tail -n +2
}
same_numbers() {
  test -s "$1/run.h5" && cmp <(numbers "$1" "$3") <(numbers "$2" "$3")
}

ok 'a run with its energy' run on "${priced[@]}"
ok 'on two threads' run threads --threads 2 "${priced[@]}"
ok 'has the same bits' same on/run.h5 threads/run.h5
ok 'a run without' run off "${priced[@]}" --set energy.samples=0
for path in /train/loss /network/weight_0 /network/weight_1 /samples/t_1.20; do
  ok "learns and draws the same $path" same_numbers on off "$path"
done
has_no_energy() {
  ! h5dump -H -g /energy off/run.h5 2>&1 | grep -q total
}
ok 'and has no /energy' has_no_energy
ok 'every second epoch' run series "${priced[@]}" --set energy.every=2
# list FOLDER DATASET: its values, one a line
list() {
  h5dump -m %.17g -y -w 1 -d "$2" "$1/run.h5" |
    awk '/DATA {/ { is_in = 1; next } /}/ { if (is_in) exit } is_in' |
    grep -oE -- '-?[0-9][0-9.e+-]*'
}
is_list() {
  local got
  got=$(list "$1" "$2" | tr '\n' ' ')
  echo "got $got"
  [[ $got == "$3 " ]]
}
same_list() {
  test -n "$(list "$1" "$3")" && cmp <(list "$1" "$3") <(list "$2" "$3")
}
sum() {
  list "$1" "$2" | awk '{ s += $1 } END { printf "%.17g", s }'
}
ok 'and the first are measured' is_list series /train/energy/epoch '0 1 3 5'
for path in /train/loss /network/weight_1 /samples/t_1.20; do
  ok "which does not change $path" same_list off series "$path"
done
ok 'three epochs of these' run halves "${priced[@]}" --set energy.every=2 \
  --set train.epochs=3
ok 'and three more' run halves --resume "${priced[@]}" --set energy.every=2
ok 'are the same' same series/run.h5 halves/run.h5
all_near() {
  list "$1" "$2" | awk -v "y=$3" -v "e=$4" '{
      d = $1 - y
      if (d > e || -d > e) bad = 1
    }
    END { exit bad || NR < 4 }'
}
ok 'three phases take 30 tau' all_near series /train/energy/time 3e-5 1e-16
ok 'their energy is balanced' all_near series /train/energy/imbalance 0 1e-6
ok 'a batch is 64 samples' near "$(list series /train/energy/phases | tail -n 1)" \
  "$(list series /train/energy/total | awk 'END { printf "%.17g", 64 * $1 }')" \
  1e-12
ok 'every epoch' run each "${priced[@]}" --set energy.every=1
for name in phases write; do
  ok "training is the sum of all epochs: $name" \
    near "$(number each training/$name)" "$(sum each /train/energy/$name)" 1e-12
done
pulses_agree() {
  test -n "$(list each /train/energy/write)" &&
    cmp <(list each /train/write_energy) <(list each /train/energy/write)
}
ok 'pulses are those of the series' pulses_agree
times_agree() {
  test -n "$(list each /train/energy/write_time)" &&
    cmp <(list each /train/write_time) <(list each /train/energy/write_time)
}
ok 'and so is their time' times_agree
ok 'which training sums' near "$(number each training/write_time)" \
  "$(sum each /train/write_time)" 1e-12
# Measured at 0, 1, 3, 5 and after the last; on straight lines between.
between() {
  list series /train/energy/phases | awk '{ y[NR] = $1 } END {
    printf "%.17g", y[1] + y[2] + (y[2] + y[3]) / 2 + y[3] + (y[3] + y[4]) / 2 + y[4] }'
}
ok 'and lines between those that are known' \
  near "$(number series training/phases)" "$(between)" 1e-12
ok 'training without a series is as many epochs as the last' \
  near "$(number on training/phases)" \
  "$(awk -v "a=$(number on epoch/phases)" 'BEGIN { printf "%.17g", 6 * a }')" \
  1e-12
ok 'three epochs' run twice "${priced[@]}" --set train.epochs=3
ok 'three more' run twice --resume "${priced[@]}"
ok 'cost the same' same_numbers on twice /energy/sample/total

# 18 nodes, 2 of them visible; 10 tau of 1 us; 13 steps to t = 1.2.
for phase in free plus minus; do
  ok "phase $phase takes 10 tau" near "$(number on $phase/time)" 1e-5 1e-12
done
ok 'so does each of 13 settlings of an image' \
  near "$(number on image/time)" 13e-5 1e-12
ok 'amplifiers draw 18 times 8 nW' \
  near "$(number on free/amplifiers)" "$(awk 'BEGIN {print 18 * 8e-9 * 1e-5}')" \
  1e-9
ok 'the free phase has 2 conversions each way' \
  near "$(number on free/converters)" 6e-12 1e-9
ok 'a nudged one reads every node' \
  near "$(number on plus/converters)" 22e-12 1e-9
ok 'an image has 2 conversions each way at every step' \
  near "$(number on image/converters)" 78e-12 1e-9
# 80 weights, twice a step, 100 steps a phase, 4.6 pJ.
ok 'a phase has 16000 products on the reference' \
  near "$(number on free/digital)" "$(awk 'BEGIN {print 16000 * 4.6e-12}')" 1e-9

total() {
  awk -v "a=$(number on "$1/heat_leak")" -v "b=$(number on "$1/heat_source")" \
    -v "c=$(number on "$1/heat_coupling")" -v "d=$(number on "$1/stored")" \
    -v "e=$(number on "$1/amplifiers")" -v "f=$(number on "$1/converters")" \
    'BEGIN {printf "%.17g", a + b + c + d + e + f}'
}
small() {
  awk -v "x=$1" 'BEGIN {if (x == "" || x * x > 1e-12) {print x; exit 1}}'
}
for group in free plus minus sample image; do
  ok "total of $group" near "$(number on $group/total)" "$(total $group)" 1e-12
  ok "work is heat and stored energy of $group" \
    small "$(number on $group/imbalance)"
  ok "of more than one sample ($group)" \
    near "$(number on $group/standard_error)" "$(number on $group/total)" 1
done
ok 'a sample is its phases' near "$(number on sample/total)" \
  "$(awk -v "a=$(number on free/total)" -v "b=$(number on plus/total)" \
    -v "c=$(number on minus/total)" 'BEGIN {printf "%.17g", a + b + c}')" 1e-12
ok 'an epoch is 64 samples and its pulses' near "$(number on epoch/total)" \
  "$(awk -v "a=$(number on sample/total)" -v "b=$(number on epoch/write)" \
    'BEGIN {printf "%.17g", 64 * a + b}')" 1e-12
ok 'pulses cost something' test "$(number on epoch/write)" != 0
more() {
  awk -v "x=$1" -v "y=$2" 'BEGIN { print x, y; exit !(x > y && y > 0) }'
}
ok 'and take time' more "$(number on epoch/write_time)" 1e-9
for group in epoch training; do
  ok "time of $group is that of phases and pulses" \
    near "$(number on $group/time)" \
    "$(awk -v "a=$(number on $group/phase_time)" \
      -v "b=$(number on $group/write_time)" 'BEGIN {printf "%.17g", a + b}')" \
    1e-12
done
ok 'phases of an epoch are those of 64 samples' \
  near "$(number on epoch/phase_time)" \
  "$(awk -v "a=$(number on sample/time)" 'BEGIN {printf "%.17g", 64 * a}')" \
  1e-12
ok 'one device after the other' run serial "${priced[@]}" \
  --set chip.coupling.at_once=device
ok 'whole arrays' run whole "${priced[@]}" --set chip.coupling.at_once=array
ok 'a row takes longer than a whole array' more \
  "$(number on epoch/write_time)" "$(number whole epoch/write_time)"
ok 'and one device after the other longer' more \
  "$(number serial epoch/write_time)" "$(number on epoch/write_time)"
# Pulses of 1 us; each array is written beside the other.
ok 'not than all pulses of both arrays' more \
  "$(awk -v "n=$(sum serial /train/pulses)" 'BEGIN {printf "%.17g", 1e-6 * n}')" \
  "$(number serial training/write_time)"
for path in /train/loss /train/pulses /train/write_energy /network/weight_1; do
  ok "which changes no $path" same_list on serial $path
done
ok 'the report shows it' grep -q 'Energy and time' on/report.html

# --- heat by place ---

heat_total() {
  awk -v "a=$(number on "$1/heat_leak")" -v "b=$(number on "$1/heat_source")" \
    -v "c=$(number on "$1/heat_coupling")" \
    -v "d=$(number on "$1/amplifiers")" 'BEGIN {printf "%.17g", a + b + c + d}'
}
# places FOLDER GROUP NAME...: sum of the values of these datasets
places() {
  local name
  for name in "${@:3}"; do
    list "$1" "/energy/$2/$name"
  done | awk '{ s += $1 } END { printf "%.17g", s }'
}
for group in free plus minus sample image; do
  ok "places add up to the heat of $group" near \
    "$(places on $group heat/{leak,coupling_plus,coupling_minus,spring,nudge,amplifiers})" \
    "$(heat_total $group)" 1e-9
  ok "which is there as well ($group)" near \
    "$(number on $group/heat/total)" "$(heat_total $group)" 1e-9
  ok "couplings by themselves ($group)" near \
    "$(places on $group heat/coupling_{plus,minus})" \
    "$(number on $group/heat_coupling)" 1e-9
  ok "leaks of three layers ($group)" near \
    "$(places on $group heat/leak)" "$(number on $group/heat_leak)" 1e-9
done
ok 'a free phase has no nudge' test "$(number on free/heat/nudge)" = 0
negative() {
  awk -v "x=$1" 'BEGIN { print x; exit !(x < 0) }'
}
ok 'in plus it heats' more "$(number on plus/heat/nudge)" 1e-30
ok 'in minus it takes away' negative "$(number on minus/heat/nudge)"
for group in sample image; do
  for side in plus minus; do
    ok "cross-points add up to their arrays ($group, $side)" near \
      "$(places on $group devices/${side}_{0,1})" \
      "$(places on $group heat/coupling_$side)" 1e-12
  done
  ok "leaks of nodes add up to those of layers ($group)" near \
    "$(places on $group devices/leak_{0,1,2})" \
    "$(places on $group heat/leak)" 1e-12
done
has_shape() {
  h5dump -H -d "$1" on/run.h5 | grep -F "( $2 )"
}
ok 'a map has the shape of its weights' has_shape \
  /energy/sample/devices/plus_0 '8, 2'
ok 'every number has a unit' test \
  "$(h5dump -A -g /energy/sample on/run.h5 | grep -c 'DATASET "')" = \
  "$(h5dump -A -g /energy/sample on/run.h5 | grep -c 'ATTRIBUTE "units"')"
ok 'two threads have the same map' same_list on threads \
  /energy/sample/devices/minus_1
ok 'the report has the table' grep -q 'Heat of one sample' on/report.html
says_places() {
  "$simrun" --force -o told "${priced[@]}" tiny.yaml 2>&1 |
    grep -E 'coupling 1, minus +[0-9.e-]+ +[0-9.]+$'
}
ok 'so has the log' says_places
ok 'separate directions' run separate "${priced[@]}" \
  --set chip.coupling.reciprocity=separate --set chip.coupling.mismatch=0.1
ok 'are heated by themselves' near \
  "$(places separate sample heat/coupling_{plus,minus,plus_back,minus_back})" \
  "$(number separate sample/heat_coupling)" 1e-9

# --- a balance that does not close ---

has_warning() {
  grep 'warning: the energy balance of a sample is open by' "$1/log.txt"
}
ok 'the balance is closed' exits 1 has_warning on
ok 'coarse steps' run coarse "${priced[@]}" --set energy.tolerance=0.1
ok 'leave it open, which is a warning' has_warning coarse
open_by() {
  awk -v "x=$(number coarse sample/imbalance)" 'BEGIN {
    print x; exit !(x * x > 1e-12) }'
}
ok 'by as much as the file says' open_by
ok 'and the places add up all the same' near \
  "$(places coarse sample heat/coupling_{plus,minus})" \
  "$(number coarse sample/heat_coupling)" 1e-9

follow() {
  printf 'experiment: %s\nname: %s\nfrom: off\n' "$1" "$1" >"$1.yaml"
  "$simrun" -q -o "$1" "${@:2}" "$1.yaml"
}
ok 'experiment: generate' follow generate --set energy.samples=5 \
  --set generate.readout=spring
ok 'has images' small "$(number generate image/imbalance)"
ok 'experiment: transient' follow transient --set record.transients=2 \
  --set energy.samples=5
ok 'has samples' small "$(number transient sample/imbalance)"
done_testing

#!/bin/bash
# tests/cli/train.sh SIMRUN -- a whole small training run, and what it leaves
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump h5ls

write_experiment
ok 'a small network trains' \
  "$simrun" --progress never --threads 2 tiny.yaml
run=runs/tiny

for file in run.h5 experiment.yaml log.txt samples.png report.html \
  checkpoint.h5; do
  ok "the run folder holds $file" test -s $run/$file
done
ok_picture 'the run folder holds loss.png' $run/loss.png
ok 'pictures are PNG files' cmp -n 8 $run/samples.png \
  <(printf '\211PNG\r\n\032\n')
ok 'the lock is gone' test ! -e $run/lock

h5ls -r $run/run.h5 >list.txt
shape_is() {
  grep -qE "^/$1 +Dataset \\{$2\\}\$" list.txt || {
    grep "^/$1 " list.txt
    return 1
  }
}
while read -r path shape; do
  ok "/$path is {$shape}" shape_is "$path" "$shape"
done <<'END'
train/epoch 6/Inf
train/loss 6/Inf
train/gradient_norm 6/Inf
train/transport_cost 6/Inf
train/settling_time 6/Inf
train/residual 6/Inf
train/not_minimum 6/Inf
train/unsolved 6/Inf
train/write_time 6/Inf
network/weight_0 8, 2
network/weight_1 8, 8
network/bias_0 2
network/bias_1 8
network/bias_2 8
network/conductance_plus_0 8, 2
network/conductance_minus_1 8, 8
samples/t_1.00 20, 2
samples/t_1.20 20, 2
quality/frechet 2
transients/0/time 11
transients/0/free/voltage_0 11, 2
transients/0/plus/voltage_1 11, 8
transients/1/minus/voltage_2 11, 8
END

unit_is() {
  h5dump -a "/$1/units" $run/run.h5 | grep -qF "(0): \"$2\""
}
while read -r path unit; do
  ok "/$path is in $unit" unit_is "$path" "$unit"
done <<'END'
train/loss 1
train/settling_time s
network/weight_0 1
network/conductance_plus_0 S
samples/t_1.00 1
transients/0/time s
transients/0/free/voltage_0 V
END

described() {
  local path n=0
  for path in $(sed -n 's/^\(\/[^ ]*\) *Dataset.*/\1/p' list.txt); do
    h5dump -a "$path/units" $run/run.h5 >/dev/null &&
      h5dump -a "$path/long_name" $run/run.h5 >/dev/null || return 1
    n=$((n + 1))
  done
  ((n > 20))
}
ok 'every dataset has units and a long name' described
has_root_attribute() {
  h5dump -a "/$1" $run/run.h5 | grep -q '(0): ..*'
}
for name in version commit build seed host start_time experiment status; do
  ok "the file says $name" has_root_attribute "$name"
done
has_dimension_scale() {
  h5dump -A -d /train/loss $run/run.h5 | grep -q DIMENSION_LIST
}
ok 'the loss has the epochs as its scale' has_dimension_scale

ok 'what the run folder says runs again' "$simrun" -q -o again \
  $run/experiment.yaml
ok 'and gives the same datasets' same $run/run.h5 again/run.h5
ok 'another seed gives others' "$simrun" -q -o other --set seed=4 tiny.yaml
ok 'which differ' exits 1 same $run/run.h5 other/run.h5

printf 'experiment: generate\nname: more\nfrom: runs/tiny\n' >more.yaml
ok 'a finished run generates' "$simrun" -q more.yaml
# Programming the stored weights again may round their last bit.
ok 'the same samples again' h5diff -d 1e-9 runs/more/run.h5 $run/run.h5 /samples
ok 'or more of them' "$simrun" -q --force --set generate.samples=30 more.yaml
h5ls -r runs/more/run.h5 >list.txt
ok 'as many as asked for' shape_is samples/t_1.00 '30, 2'

printf 'experiment: gradient\nname: audit\nfrom: runs/tiny\n' >audit.yaml
ok 'its gradient can be audited' "$simrun" -q --set gradient.samples=8 \
  --set gradient.modes=2 audit.yaml
h5ls -r runs/audit/run.h5 >list.txt
ok 'parameter by parameter' shape_is gradient/ep 98
ok 'against the adjoint' shape_is gradient/adjoint 98
ok 'with the slowest modes of each sample' shape_is \
  gradient/modes/time_constant '8, 2'
ok 'and who takes part in them' shape_is gradient/modes/share '8, 2, 3'
ok 'which the report shows' grep -q '<td>mode 2</td>' runs/audit/report.html
ok 'its report has the cosine' grep -q '<td>cosine</td>' \
  runs/audit/report.html
cat >flip.yaml <<END
experiment: gradient
name: flip
data: {file: $experiments/data/rings.csv, full_scale: [-1, 1]}
network: {layers: [2, 8, 8], activation: tanh, init_gain: 6}
chip: {capacitance: [1 pF, 1 pF, 100 pF]}
settle: {analysis: operating_point, unsettled: keep}
gradient: {samples: 64, reference: 100000 tau, compare_transient: true}
END
value_of() {
  h5dump -m %.9g -d "/gradient/compare/$1" $2/run.h5 |
    sed -n 's/^ *(0): \([0-9.]*\)$/\1/p' | head -n 1
}
samples_of() {
  h5dump -m %.17g -y -w 1 -d "/gradient/compare/$1" $2/run.h5 |
    grep -E '^ *[-0-9.e+]+,?$' | tr -d ' ,'
}
# Samples with a node more than 1e-3 of the voltage unit, 0.1 mV, apart; and
# those of them whose operating point is lower.
count_apart() {
  paste <(samples_of largest $1) <(samples_of point_energy $1) \
    <(samples_of transient_energy $1) | awk '$1 > 1e-4 {
      n++
      n_lower += $2 < $3
    }
    END { print n + 0, n_lower + 0 }'
}
ok 'equilibria can be compared with transients' "$simrun" -q flip.yaml
ok 'all of which settle' test "$(value_of unsettled runs/flip)" = 0
ok 'strongly coupled nodes have several equilibria' \
  test "$(value_of differ runs/flip)" -gt 9
ok 'and are counted by sample' \
  test "$(value_of differ runs/flip) $(value_of lower runs/flip)" = \
  "$(count_apart runs/flip)"
ok 'the report counts them' grep -q '<td>samples that differ</td>' \
  runs/flip/report.html
ok 'weakly coupled ones are compared' "$simrun" -q --set name=calm \
  --set network.init_gain=0.3 flip.yaml
ok 'and have one equilibrium' test "$(value_of differ runs/calm)" = 0
printf 'experiment: transient\nname: look\nfrom: runs/tiny\n' >look.yaml
ok 'its transients can be seen' "$simrun" -q --set record.transients=2 look.yaml
h5ls -r runs/look/run.h5 >list.txt
ok 'there is a report of a finished run' grep -q '<td>complete</td>' \
  runs/look/report.html
ok 'node by node' shape_is transients/1/free/voltage_1 '[0-9]*, 8'

ok '--quiet says nothing' test -z "$("$simrun" -q --force tiny.yaml 2>&1)"
echo mine >$run/notes.txt
ok '--force' "$simrun" -q --force tiny.yaml
ok 'leaves files that are not its own' test -s $run/notes.txt
done_testing

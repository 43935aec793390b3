#!/bin/bash
# tests/cli/deployment.sh SIMRUN -- ideal, transferred, retuned, trained on chip
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump

write_experiment
{
  sed -e 's/^experiment: .*/experiment: deployment/' -e '/^record:/d' tiny.yaml
  echo 'deployment: {retune_epochs: 3}'
  echo 'gradient: {samples: 64}'
} >deploy.yaml
sed -i '/^record:/d' tiny.yaml
# deploy FOLDER OPTION...
deploy() {
  "$simrun" -q -o "$1" "${@:2}" deploy.yaml
}
train() {
  "$simrun" -q -o "$1" "${@:2}" tiny.yaml
}
# value FOLDER DATASET [N]: its Nth number
value() {
  numbers "$1" "$2" | sed -n "${3:-1}p"
}
sum() {
  numbers "$1" "$2" | awk '{ s += $1 } END { print s }'
}

# --- on a chip without errors all is one ---

ok 'an ideal chip' deploy ideal
loss() {
  value "$1" "/deployment/$2/loss" "${3:-1}"
}
ok 'learns in situ what the ideal one learns' \
  near "$(loss ideal in_situ)" "$(loss ideal ideal)" 0
# Programming the weights again may round their last bit.
ok 'and holds what is written to it' \
  near "$(loss ideal ex_situ)" "$(loss ideal ideal)" 1e-9
ok 'more training changes it' exits 1 \
  near "$(loss ideal retuned)" "$(loss ideal ideal)" 1e-9
ok 'plain training' train plain
ok 'is training in situ' same plain/run.h5 ideal/in_situ_0/run.h5
ok 'and that of the ideal chip' same plain/run.h5 ideal/ideal/run.h5
ok 'plain training goes on from its weights' train further \
  --set from=ideal/ideal --set train.epochs=3
ok 'which is retuning' same further/run.h5 ideal/retuned_0/run.h5
sed -e 's/^experiment: .*/experiment: gradient/' -e '/^train:/d' \
  -e '/^generate:/d' tiny.yaml >audit.yaml
ok 'all see the same batch' "$simrun" -q -o batch \
  --set from=ideal/retuned_0 --set gradient.epoch=9 --set gradient.samples=64 \
  audit.yaml
ok 'that of an epoch after the last' near "$(loss ideal retuned)" \
  "$(value batch /gradient/loss)" 1e-9
ok 'there is a table in the report' grep -q '<td>in_situ</td>' ideal/report.html
ok_picture 'and a picture' ideal/deployment.png

# --- on a real one ---

cat >sweep.yaml <<END
experiment: sweep
name: swept
sweep:
  base: deploy.yaml
  collect: ["/deployment/in_situ/loss[0]", "/deployment/ex_situ/loss[0]"]
  x: {key: chip.coupling.levels, values: [0, 9]}
END

real=(--set chip.coupling.programming=open_loop
  --set 'chip.coupling.pulse.up.step=50 nS'
  --set 'chip.coupling.pulse.down.step=50 nS'
  --set chip.coupling.pulse.noise_step=0.3
  --set chip.coupling.spread.g_max=0.2
  --set chip.coupling.stuck.low=0.05
  --set chip.output_adc.bits=12 --set 'chip.output_adc.range=1 V')
ok 'two real chips' deploy real --threads 1 "${real[@]}" \
  --set deployment.chips=2
ok 'are worse after a transfer' is_less "$(loss real ideal)" "$(loss real ex_situ)"
ok 'the other one as well' is_less "$(loss real ideal)" "$(loss real ex_situ 2)"
ok 'in another way' exits 1 near "$(loss real ex_situ)" "$(loss real ex_situ 2)" 0
ok 'the ideal one is as before' near "$(loss real ideal)" "$(loss ideal ideal)" 0
ok 'plain training of the second chip' train second "${real[@]}" \
  --set chip.number=1 --set gradient.samples=64
ok 'is that in situ' same second/run.h5 real/in_situ_1/run.h5

# The same batch of the same transferred chip, as an audit.
audit() {
  "$simrun" -q -o "$1" --set from=real/ideal --set gradient.epoch=9 \
    "${real[@]}" "${@:2}" audit.yaml
}
ok 'an audit of the whole batch' audit whole --set gradient.samples=64
ok 'sees that loss' near "$(loss real ex_situ)" "$(value whole /gradient/loss)" 0
for measure in cosine norm_ratio; do
  ok "sees that $measure" near "$(value real /deployment/ex_situ/$measure)" \
    "$(value whole /gradient/$measure)" 0
done
ok 'retuning begins with the pulses of the transfer' near \
  "$(value real /deployment/retuned/pulses)" \
  "$(awk -v "a=$(value real /deployment/ex_situ/pulses)" \
    -v "b=$(sum real/retuned_0 /train/pulses)" 'BEGIN { print a + b }')" 0.5
ok 'which are some' is_less 0 "$(value real /deployment/ex_situ/pulses)"
ok 'quality is that of the last horizon' near \
  "$(value real /deployment/ex_situ/frechet 2)" \
  "$(value real/ex_situ_1 /quality/frechet 2)" 0
ok 'the table has a row for each stage and chip' \
  test "$(wc -l <real/deployment.csv)" = 8
ok 'with its chip' grep -q '^retuned,1,' real/deployment.csv
prints_table() {
  "$simrun" -o shown "${real[@]}" deploy.yaml 2>/dev/null >table.txt
  cat table.txt
  grep -qE '^loss( +[0-9.]+){4}$' table.txt &&
    grep -qE '^training, J( +-){4}$' table.txt
}
ok 'it is printed' prints_table

ok 'with its energy' deploy priced "${real[@]}" --set energy.samples=4 \
  --set energy.every=2
ok 'training on the chip costs phases and pulses' near \
  "$(value priced /deployment/in_situ/energy)" \
  "$(awk -v "a=$(value priced/in_situ_0 /energy/training/total)" \
    -v "b=$(value priced /deployment/in_situ/write_energy)" \
    -v "c=$(value priced/in_situ_0 /energy/training/write)" \
    'BEGIN { printf "%.17g", a + b - c }')" 1e-20
ok 'a transfer costs pulses alone' near \
  "$(value priced /deployment/ex_situ/energy)" \
  "$(value priced /deployment/ex_situ/write_energy)" 0
ok 'and the digital training before it' near \
  "$(value priced /deployment/ideal/energy)" \
  "$(value priced/ideal /energy/training/digital)" 0

ok 'a sweep of deployments' "$simrun" -q -o swept --set deployment.chips=1 \
  sweep.yaml
ok 'has the loss of each' near "$(value swept \
  /sweep/results/deployment_in_situ_loss/values)" \
  "$(value ideal /deployment/in_situ/loss)" 0
ok 'and leaves nothing behind' test ! -e swept/point

# --- again, and after a kill ---

ok 'two threads' deploy threads --threads 2 "${real[@]}" \
  --set deployment.chips=2
ok 'come to the same' same real/run.h5 threads/run.h5
ok 'resuming what is done' deploy real --resume "${real[@]}" \
  --set deployment.chips=2
ok 'changes nothing' same real/run.h5 threads/run.h5
ok 'another number of epochs is refused' exits 2 deploy real --resume \
  "${real[@]}" --set deployment.chips=2 --set train.epochs=7
long=("${real[@]}" --set train.epochs=40 --set train.checkpoint_every=3
  --threads 1)
ok 'an undisturbed one' deploy calm "${long[@]}"
for stage in ideal in_situ_0; do
  option=()
  [[ $stage == ideal ]] || option=(--resume)
  "$simrun" -q -o hit "${option[@]}" "${long[@]}" deploy.yaml &
  pid=$!
  ok "a kill during $stage" wait_for_epoch hit/$stage 20
  kill -9 $pid
  wait $pid 2>/dev/null
done
ok 'is survived' deploy hit --resume "${long[@]}"
ok 'with the same result' same calm/run.h5 hit/run.h5
refuses() {
  local message status
  message=$("$simrun" --check --set "$1" deploy.yaml 2>&1)
  status=$?
  echo "$message"
  ((status == 2)) && [[ $message == *"$2"* ]]
}
ok 'weights of another run are refused' refuses from=plain \
  'from: must be none: a deployment trains its own weights'
counts_epochs() {
  "$simrun" --check --set gradient.audit=always --set gradient.every=1 \
    deploy.yaml | grep '^#   audits of the gradient: 15, '
}
ok 'a check counts the epochs of all stages' counts_epochs
done_testing

#!/bin/bash
# tests/cli/fidelity.sh SIMRUN -- the gradients of training against the adjoint
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump

write_experiment
run() {
  local folder=$1
  shift
  "$simrun" -q -o "$folder" "$@" tiny.yaml
}
first() {
  numbers "$1" "$2" | head -n 1
}
has_no_audits() {
  ! h5dump -H -g /train "$1/run.h5" | grep -q cosine
}

# --- a chip without errors ---

ok 'an ideal chip' run ideal
ok 'is not audited' has_no_audits ideal
ok 'unless asked for' run asked --set gradient.audit=always \
  --set gradient.every=2
ok 'at the first epoch and the last of every two' is_list asked \
  /train/gradient/epoch '0 1 3 5'
for path in /train/loss /train/gradient_norm /network/weight_1 \
  /samples/t_1.20 /transients/1/minus/voltage_2; do
  ok "audits do not change $path" same_numbers ideal asked "$path"
done
sed -e 's/^experiment: .*/experiment: gradient/' -e '/^train:/d' \
  -e '/^generate:/d' -e '/^record:/d' tiny.yaml >alone.yaml
ok 'experiment: gradient with the first weights' "$simrun" -q -o alone \
  --set gradient.samples=64 alone.yaml
for block in '' /weight_0 /weight_1 /bias_0 /bias_1 /bias_2; do
  for measure in cosine norm_ratio; do
    ok "finds the first ${block#/} $measure" near \
      "$(first asked /train/gradient$block/$measure)" \
      "$(first alone /gradient$block/$measure)" 0
  done
done
ok 'fewer samples' run fewer --set gradient.audit=always \
  --set gradient.samples=16
ok 'see another gradient' exits 1 near "$(first asked /train/gradient/cosine)" \
  "$(first fewer /train/gradient/cosine)" 0
ok 'every epoch' run each --set gradient.audit=always --set gradient.every=1
ok 'each is in the log once' test "$(grep -c 'against the adjoint' \
  each/log.txt)" = 6
ok 'has its audit' is_list each /train/gradient/epoch '0 1 2 3 4 5'

# --- errors whose effect is known ---

# Of order nudge^2 is what the finite nudge adds.
settled=(--set learning.nudge=1e-5 --set settle.analysis=operating_point --set settle.until=1e-12
  --set record.transients=0 --set gradient.until=1e-12)
ok 'nudges that are a tenth too strong' run strong "${settled[@]}" \
  --set chip.sources.nudge_error=0.1
ok 'measure 1.1 times the gradient' near \
  "$(first strong /train/gradient/norm_ratio)" 1.1 1e-5
ok 'in its direction' near "$(first strong /train/gradient/cosine)" 1 1e-9
for block in weight_0 weight_1 bias_1; do
  ok "block by block: $block" near \
    "$(first strong /train/gradient/$block/norm_ratio)" 1.1 1e-4
done
noisy=(--set chip.noise.thermal=true --set settle.integrator=heun
  --set 'settle.step=0.2 tau' --set 'settle.duration=5 tau'
  --set 'chip.capacitance_unit=1 fF' --set gradient.every=2)
ok 'thermal noise of 1 fF' run once --threads 1 "${noisy[@]}"
ok 'is audited' is_list once /train/gradient/epoch '0 1 3 5'
ok 'at 0 K' run cold "${noisy[@]}" --set 'chip.temperature=0 K'
ok 'without noise' run quiet "${noisy[@]}" --set chip.noise.thermal=false \
  --set gradient.audit=always
ok 'are the same' same_numbers cold quiet /train/gradient/cosine
ok 'noise turns the gradient' is_less \
  "$(first once /train/gradient/cosine)" "$(first cold /train/gradient/cosine)"
ok 'two threads' run threads --threads 2 "${noisy[@]}"
ok 'see the same' same once/run.h5 threads/run.h5
ok 'the report shows the last audit' grep -q \
  'gradient of epoch 5 against the adjoint' once/report.html
ok 'and its blocks' grep -q '<td>weight_1</td><td>' once/report.html
ok_picture 'there is a picture' once/fidelity.png
last_audit() {
  "$simrun" --force -o told "${noisy[@]}" tiny.yaml 2>&1 |
    grep -F 'measured gradient of epoch 5 against the adjoint: cosine'
}
ok 'the last audit is told' last_audit
time_of_audits() {
  "$simrun" --check "${noisy[@]}" tiny.yaml |
    grep -E '^#   audits of the gradient: 4, [0-9.e-]+ s each'
}
ok 'a check tells their time' time_of_audits

# A chip without an energy: the adjoint is that of the transposed Jacobian.
ok 'separate directions' run separate --set chip.coupling.reciprocity=separate \
  --set chip.coupling.mismatch=0.3 --set 'settle.duration=100 tau'
ok 'are audited' is_list separate /train/gradient/epoch '0'
ok 'and turn the gradient' is_less \
  "$(first separate /train/gradient/cosine)" 0.9999

# --- resuming ---

ok 'three epochs' run parts "${noisy[@]}" --set train.epochs=3
ok 'three more' run parts --resume "${noisy[@]}"
ok 'have the same audits' same once/run.h5 parts/run.h5
long=("${noisy[@]}" --threads 1 --set train.epochs=60 --set gradient.every=1
  --set train.checkpoint_every=7)
ok 'sixty epochs' run calm "${long[@]}"
"$simrun" -q -o hit "${long[@]}" tiny.yaml &
pid=$!
ok 'are under way' wait_for_epoch hit 23
kill -9 $pid
wait $pid 2>/dev/null
ok 'killed and resumed' run hit --resume "${long[@]}"
ok 'they are the undisturbed ones' same calm/run.h5 hit/run.h5
ok 'other intervals are refused' exits 2 run once --resume "${noisy[@]}" \
  --set gradient.every=3

# --- what converters could not show ---

ok 'a read-out of a short range' run clipped --set chip.velocity_adc.bits=8 \
  --set 'chip.velocity_adc.range=0.1 mV'
is_clipped() {
  numbers clipped /train/clipped | awk '!($1 > 0) { bad = 1 } END {
    exit bad || NR != 6 }'
}
ok 'clips, which is counted' is_clipped
ok 'as one of the velocity' same_numbers clipped clipped /train/clipped \
  /train/clipped_velocity_adc
is_zero() { numbers clipped "$1" | awk '$1 != 0 { bad = 1 } END { exit bad }'; }
ok 'not of a DAC' is_zero /train/clipped_dac
ok 'nor of an output' is_zero /train/clipped_output_adc
ok 'and not where the range is enough' is_list ideal /train/clipped \
  '0 0 0 0 0 0'
done_testing

#!/bin/bash
# tests/cli/resume.sh SIMRUN -- a run that goes on is the run that never stopped
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump

write_experiment
ok 'six epochs at once' "$simrun" -q -o once tiny.yaml
ok 'three epochs' "$simrun" -q -o twice --set train.epochs=3 tiny.yaml
ok 'three more' "$simrun" -q -o twice --resume tiny.yaml
ok 'are the same' same once/run.h5 twice/run.h5
cp -r twice done
says_done() {
  "$simrun" --progress=never -o twice --resume tiny.yaml 2>&1 | grep -qx \
    'simrun: twice is complete and stays as it is: nothing to do, unless '\
'train.epochs is raised'
}
ok 'resuming a finished run is told to be nothing' says_done
ok 'and changes nothing' diff -r done twice

refuses() {
  local key=$1 message status
  message=$("$simrun" -o once --resume --set "$2" tiny.yaml 2>&1)
  status=$?
  echo "$message"
  ((status == 2)) && [[ $message == *"$key"* ]]
}
attribute_is() {
  h5dump -a "$1" twice/run.h5 | grep -qF "(0): $2"
}
ok 'the experiment is the newer one' attribute_is /experiment/train/epochs 6
ok 'also as text' grep -qF 'epochs: 6' <(h5dump -a /experiment twice/run.h5)
for name in commit time host; do
  ok "the file says resumed_$name" attribute_is "/resumed_$name" '"'
done
ok 'and that the run is complete' attribute_is /status '"complete"'
cp -r once before
ok 'another seed is refused' refuses '--set seed: must be 3, as in the run' seed=5
ok 'another chip is refused' refuses \
  'chip.coupling.g_max: must be 10 uS, as in the run to be resumed, got 9 uS' \
  'chip.coupling.g_max=9 uS'
ok 'another rate is refused' refuses 'learning.optimiser.rate: must be 0.01' \
  learning.optimiser.rate=0.02
ok 'another number of samples is refused' refuses 'generate.samples: must be 20' \
  generate.samples=25
ok 'fewer epochs than are done are refused' refuses \
  'train.epochs: must be >= 6, the epochs already done, got 5' train.epochs=5
ok 'and the run is as it was' diff -r before once
ok 'other previews are not' "$simrun" -q -o once --resume \
  --set train.preview_every=5 tiny.yaml

# The first samples of an epoch start from rest: nothing else to remember.
previous() {
  "$simrun" -q --set train.batch=600 --set learning.start=previous "$@" \
    tiny.yaml
}
ok 'six epochs from previous states' previous -o whole
ok 'three of them' previous -o parts --set train.epochs=3
ok 'and three more' previous -o parts --resume
ok 'are the same' same whole/run.h5 parts/run.h5
ok 'the same from rest' previous -o rest --set learning.start=rest
ok 'is something else' exits 1 same whole/run.h5 rest/run.h5

# A damaged checkpoint: the one before it serves.
cp -r twice hurt
ok 'two epochs more' "$simrun" -q -o twice --resume --set train.epochs=8 \
  tiny.yaml
printf x | dd of=hurt/checkpoint.h5 bs=1 seek=2000 conv=notrunc 2>/dev/null
goes_on_from_older() {
  "$simrun" -o hurt --resume --set train.epochs=8 tiny.yaml 2>&1 |
    grep -q warning
}
ok 'a damaged checkpoint is told' goes_on_from_older
ok 'and costs nothing' same twice/run.h5 hurt/run.h5
printf x | dd of=hurt/checkpoint.h5 bs=1 seek=2000 conv=notrunc 2>/dev/null
printf x | dd of=hurt/checkpoint.h5.prev bs=1 seek=2000 conv=notrunc 2>/dev/null
ok 'two damaged ones are exit status 3' exits 3 "$simrun" -o hurt --resume \
  --set train.epochs=8 tiny.yaml

# Devices that remember: pulses not yet spent, age, and draws of each write.
devices=(--set 'chip.coupling.programming=open_loop'
  --set 'chip.coupling.master=controller'
  --set 'chip.coupling.pulse.noise_step=0.3'
  --set 'chip.coupling.age=10 s'
  --set 'chip.coupling.retention.time=1000 s'
  --set 'chip.coupling.drift.nu=0.01'
  --set 'chip.coupling.read_noise.absolute=1 nS'
  --set 'chip.coupling.pulse.up.step=20 nS'
  --set 'chip.coupling.pulse.down.step=20 nS')
ok 'six epochs of pulses' "$simrun" -q -o pulses "${devices[@]}" tiny.yaml
ok 'three of them' "$simrun" -q -o more "${devices[@]}" \
  --set train.epochs=3 tiny.yaml
ok 'and three more' "$simrun" -q -o more "${devices[@]}" --resume tiny.yaml
ok 'are the same pulses' same pulses/run.h5 more/run.h5
has_pulses() {
  h5dump -m %.0f -y -d /train/pulses pulses/run.h5 | grep -q '[1-9][0-9]'
}
ok 'of which there are some' has_pulses

# Each phase writes: two writes an epoch. With ideal devices that is the same
# as one, but for rounding.
phases=(--set learning.optimiser.kind=sgd --set learning.optimiser.clip=none
  --set learning.optimiser.rate=1e-3)
ok 'one write an epoch' "$simrun" -q -o single "${phases[@]}" tiny.yaml
phases+=(--set learning.update=per_phase)
ok 'two writes an epoch' "$simrun" -q -o double "${phases[@]}" tiny.yaml
last_loss() {
  h5dump -m %.12g -w 1 -y -d /train/loss "$1/run.h5" | awk '
    /DATA {/ { is_in = 1; next } is_in && /}/ { exit } is_in && NF { x = $1 }
    END { sub(",", "", x); print x }'
}
agree() {
  awk -v a="$(last_loss single)" -v b="$(last_loss double)" \
    'BEGIN { print a, b; d = a - b; exit !(a > 0 && d < 1e-9 && d > -1e-9) }'
}
ok 'come to the same' agree
phases+=("${devices[@]}")
ok 'pulses of both phases' "$simrun" -q -o phases "${phases[@]}" tiny.yaml
ok 'and of some epochs' "$simrun" -q -o halves "${phases[@]}" \
  --set train.epochs=3 tiny.yaml
ok 'and of the others' "$simrun" -q -o halves "${phases[@]}" --resume tiny.yaml
ok 'are the same also' same phases/run.h5 halves/run.h5
done_testing

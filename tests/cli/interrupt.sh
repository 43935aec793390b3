#!/bin/bash
# tests/cli/interrupt.sh SIMRUN -- signals stop a run, --resume continues it
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump
set -m  # so that a program in the background does not ignore SIGINT

write_experiment
epochs=60
long=(-q --threads 1 --set "train.epochs=$epochs" --set train.batch=500
  --set 'settle.duration=60 tau' --set record.transients=0)
ok 'the undisturbed run' "$simrun" "${long[@]}" -o calm tiny.yaml

# Send signal $1 after the first epochs; want exit status $2.
stopped_by() {
  local pid status
  "$simrun" "${long[@]}" -o "$1" tiny.yaml 2>"$1.txt" &
  pid=$!
  wait_for_epoch "$1" 3 || return 1
  kill -s "$1" "$pid"
  wait "$pid"
  status=$?
  cat "$1.txt"
  echo "exit status $status"
  ((status == $2))
}
for case in INT:130 TERM:143; do
  name=${case%:*}
  ok "SIG$name ends the run with ${case#*:}" stopped_by $name ${case#*:}
  ok 'and a message' grep -q "stopped by SIG$name" $name.txt
  ok 'and a file that says so' grep -q stopped \
    <(h5dump -a /status $name/run.h5)
  ok 'before the end' test "$(grep -c ' epoch [0-9]* loss' $name/log.txt)" \
    -lt $epochs
  ok '--resume continues' "$simrun" "${long[@]}" -o $name --resume tiny.yaml
  ok 'to the same end' same calm/run.h5 $name/run.h5
done

# Kinds that go on, or begin again.
cat >budget.yaml <<END
experiment: noise_budget
name: budget
data: {file: $experiments/data/rings.csv, full_scale: [-1, 1]}
network: {layers: [2, 64, 64]}
chip: {capacitance: matched, noise: {thermal: true}}
settle: {integrator: heun, until: never, duration: 20 tau}
noise_budget: {samples: 500}
END
sed '/^record:/d; s/^experiment: .*/experiment: deployment/' tiny.yaml \
  >deployment.yaml
says_how() {
  local pid
  "$simrun" --threads 1 "${@:3}" -o "$1" "$1.yaml" 2>"$1.txt" &
  pid=$!
  for _ in {1..200}; do
    [[ -s $1/run.h5 && -e $1/log.txt ]] && break
    sleep 0.05
  done
  sleep 0.3
  kill "$pid"
  wait "$pid"
  cat "$1.txt"
  grep -q "interrupted; the same command with --resume $2" "$1.txt"
}
ok 'a deployment says how to go on' says_how deployment 'goes on' \
  --set train.epochs=3000
ok 'a noise budget, that it begins again' says_how budget 'begins again'

# Two at a time in one folder.
"$simrun" "${long[@]}" -o busy tiny.yaml &
pid=$!
wait_for_epoch busy 1
second() {
  local message
  message=$("$simrun" "${long[@]}" -o busy --resume tiny.yaml 2>&1)
  local status=$?
  echo "$status $message"
  ((status == 2)) && [[ $message == *'in use by process'* ]]
}
ok 'a second program in the same folder is refused' second
# One that comes in the middle of a write may have to look again.
reader() {
  for _ in {1..50}; do
    h5dump -d /train/loss busy/run.h5 2>/dev/null && return
    sleep 0.1
  done
  return 1
}
ok 'a reader is not' reader
wait "$pid"
ok 'and the first is not disturbed' same calm/run.h5 busy/run.h5
done_testing

#!/bin/bash
# tests/cli/kill.sh SIMRUN -- killed at any moment, --resume finishes the run
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump

write_experiment
long=(-q --threads 1 --set train.epochs=40 --set train.checkpoint_every=3
  --set train.batch=300 --set 'settle.duration=40 tau')
ok 'the undisturbed run' "$simrun" "${long[@]}" -o calm tiny.yaml

# Start, or go on, and kill after so many milliseconds.
kill_after() {
  local pid option=()
  if [[ -s hit/run.h5 ]]; then
    option=(--resume)
  fi
  "$simrun" "${long[@]}" -o hit "${option[@]}" tiny.yaml 2>>messages.txt &
  pid=$!
  sleep "$(printf '0.%03d' "$1")"
  kill -9 "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  local status=$?
  echo "killed after $1 ms: exit status $status"
  ((status == 137 || status == 0))
}
readable() {
  [[ ! -s hit/run.h5 ]] || h5ls -r hit/run.h5
}
RANDOM=${SIMRUN_TEST_SEED:=$$}
echo "# SIMRUN_TEST_SEED=$SIMRUN_TEST_SEED"
for span in 20 40 40 180 180 180 180 180; do
  ms=$((10 + RANDOM % span))
  ok "a kill after $ms ms is survived" kill_after $ms
  ok 'with a readable result file' readable
done
option=()
if [[ -s hit/run.h5 ]]; then
  option=(--resume)
fi
ok 'the run is finished' "$simrun" "${long[@]}" -o hit "${option[@]}" tiny.yaml
ok 'and is the undisturbed one' same calm/run.h5 hit/run.h5

# A replacement that was killed as it began may leave an older checkpoint.
ok 'another run' "$simrun" -q --threads 1 --set seed=4 -o early tiny.yaml
rm early/run.h5 early/log.txt
"$simrun" "${long[@]}" -o early --set train.checkpoint_every=1000 tiny.yaml &
pid=$!
wait_for_epoch early 0
kill -9 $pid
wait $pid 2>/dev/null
ok 'a kill before the first checkpoint' "$simrun" "${long[@]}" -o early \
  --resume tiny.yaml
ok 'costs only time' same calm/run.h5 early/run.h5

# Killed at each call that changes a file, until run.h5 stands.
short=(-q --threads 1 --set train.epochs=2)
ok 'a short run' "$simrun" "${short[@]}" -o short tiny.yaml
# begin_and_die N: end instead of the N-th call; is a run.h5 there whole?
begin_and_die() {
  KILL_AT=$1 LD_PRELOAD=$(dirname -- "$simrun")/tests/libkill_at.so \
    "$simrun" "${short[@]}" -o begun tiny.yaml 2>messages.txt
  local status=$?
  cat messages.txt
  ((status == 137)) || return
  [[ ! -e begun/run.h5 ]] || h5dump -a /start_time begun/run.h5
}
go_on() {
  local option=() says=
  if [[ -e begun/experiment.yaml ]]; then
    option=(--resume)
  fi
  if [[ ${option[*]} && ! -e begun/run.h5 ]]; then
    says='no result yet, starts from the beginning'
  fi
  "$simrun" "${short[@]}" "${option[@]}" -o begun tiny.yaml &&
    grep -q "$says" begun/log.txt && same short/run.h5 begun/run.h5
}
n=0 n_resumed=0
while [[ ! -e begun/run.h5 ]] && ((n < 100)); do
  rm -rf begun
  n=$((n + 1))
  ok "a kill at call $n of a new run" begin_and_die $n
  if [[ -e begun/experiment.yaml && ! -e begun/run.h5 ]]; then
    n_resumed=$((n_resumed + 1))
  fi
  cp -r begun before 2>/dev/null
  ok 'is survived' go_on
  rm -rf begun
  mv before begun 2>/dev/null
done
ok 'all calls of the first block were among them' test $n_resumed -ge 8
done_testing

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

"$simrun" "${long[@]}" -o early --set train.checkpoint_every=1000 tiny.yaml &
pid=$!
wait_for_epoch early 0
kill -9 $pid
wait $pid 2>/dev/null
ok 'a kill before the first checkpoint' "$simrun" "${long[@]}" -o early \
  --resume tiny.yaml
ok 'costs only time' same calm/run.h5 early/run.h5
done_testing

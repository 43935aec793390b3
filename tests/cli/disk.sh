#!/bin/bash
# tests/cli/disk.sh SIMRUN -- a disk that fills up costs nothing that was there
#
# The limit on the size of a file stands for the disk: a write beyond it fails.
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump

write_experiment
ok 'a run with room enough' "$simrun" -q --threads 1 -o calm tiny.yaml

# Train with files of at most $1 KiB.
limited() {
  (
    ulimit -f "$1"
    exec "$simrun" --threads 1 "${@:2}" tiny.yaml
  )
}
full() {
  local message status
  message=$(limited "$1" -q "${@:2}" 2>&1)
  status=$?
  echo "$message"
  ((status == 3)) && [[ $message == *simrun:*'File too large'* ]]
}
readable() {
  [[ ! -s $1 ]] || h5ls -r "$1"
}
for limit in 0 1 4 12 20 50 100; do
  ok "$limit KiB are too few, and it says so" full $limit -o at_$limit
  ok 'what is there can be read' readable at_$limit/run.h5
  ok 'with room, the run is made anew' "$simrun" -q --threads 1 --force \
    -o at_$limit tiny.yaml
  ok 'and is as it should be' same calm/run.h5 at_$limit/run.h5
done

ok 'three epochs with room' "$simrun" -q --threads 1 -o half \
  --set train.epochs=3 tiny.yaml
ok 'then none' full 50 -o half --resume
ok 'then room again: it goes on' "$simrun" -q --threads 1 -o half --resume \
  tiny.yaml
ok 'and is as it should be' same calm/run.h5 half/run.h5

if [[ -c /dev/full ]]; then
  to_full() {
    exits 3 sh -c 'exec "$0" "$@" >/dev/full' "$simrun" "$@"
  }
  ok '--help on a full disk is exit status 3' to_full --help
  ok '--describe on a full disk is exit status 3' to_full --describe
  ok '--check on a full disk is exit status 3' to_full --check tiny.yaml
fi
done_testing

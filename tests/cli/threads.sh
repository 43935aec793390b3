#!/bin/bash
# tests/cli/threads.sh SIMRUN -- the number of threads changes no bit
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump

write_experiment
for n in 1 2 3; do
  ok "rings train on $n threads" "$simrun" -q --threads $n -o rings_$n \
    tiny.yaml
done
ok '2 threads give the bits of 1' same rings_1/run.h5 rings_2/run.h5
ok '3 threads give the bits of 1' same rings_1/run.h5 rings_3/run.h5
OMP_NUM_THREADS=2 ok 'OMP_NUM_THREADS is not heard' "$simrun" -q -o rings_e \
  tiny.yaml
ok 'and changes no bit' same rings_1/run.h5 rings_e/run.h5

digits() {
  "$simrun" -q -o "digits_$1" --threads "$1" --set train.epochs=2 \
    --set train.batch=100 --set 'settle.duration=3 tau' \
    --set generate.samples=10 --set generate.dt=0.1 \
    --set 'network.layers=[64, 40, 30]' "$experiments/digits.yaml"
}
ok 'digits train on 1 thread' digits 1
ok 'digits train on 2 threads' digits 2
ok 'digits: 2 threads give the bits of 1' same digits_1/run.h5 digits_2/run.h5

# 600 samples are 19 tiles, which follow one another on eight.
previous() {
  "$simrun" -q -o "previous_$1" --threads "$1" --set train.batch=600 \
    --set learning.start=previous tiny.yaml
}
for n in 1 2 3; do
  ok "rings train from previous states on $n threads" previous $n
done
ok '2 threads give the bits of 1' same previous_1/run.h5 previous_2/run.h5
ok '3 threads give the bits of 1' same previous_1/run.h5 previous_3/run.h5
done_testing

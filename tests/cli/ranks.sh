#!/bin/bash
# tests/cli/ranks.sh SIMRUN -- several ranks give the bytes of one
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
skip_all_without h5dump mpirun
if ! ldd "$simrun" | grep -q libmpi; then
  echo '1..0 # SKIP simrun was built without MPI'
  exit 0
fi
set -m  # so that a program in the background does not ignore SIGINT
# As root, on fewer cores than ranks, without a network.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl=self,vader
export OMPI_MCA_btl_vader_single_copy_mechanism=none

# on N ARGUMENT...: simrun on so many ranks of one thread
on() {
  mpirun -n "$1" "$simrun" -q --threads 1 "${@:2}"
}
alone() {
  "$simrun" -q --threads 1 "$@"
}

ok 'ranks speak to each other' mpirun -n 3 \
  "$(dirname -- "$simrun")/tests/test_ranks"

# --- training: 11 tiles, of which the last one is not full ---

write_experiment
long=(--set train.batch=340)
ok 'one rank trains' alone "${long[@]}" -o one tiny.yaml
for n in 2 3; do
  ok "$n ranks train" on $n "${long[@]}" -o $n tiny.yaml
  ok 'to the bytes of one' same one/run.h5 $n/run.h5
done
ok 'the file says how many there were' grep -q '(0): 3$' \
  <(h5dump -a /ranks 3/run.h5)

# compare NAME N --set...: the same experiment on one rank and on N
compare() {
  ok "$1: one rank" alone "${@:3}" -o "$1.1" tiny.yaml
  ok "$1: $2 ranks" on "$2" "${@:3}" -o "$1.$2" tiny.yaml
  ok "$1: the same bytes" same "$1.1/run.h5" "$1.$2/run.h5"
}
# 19 tiles on eight chains, which three ranks do not divide evenly.
compare previous 3 --set train.batch=600 --set learning.start=previous
compare small_signal 2 --set train.batch=200 --set record.transients=0 \
  --set learning.nudged_states=small_signal \
  --set settle.analysis=operating_point --set settle.until=1e-9
compare noise 2 --set settle.integrator=heun --set settle.tolerance=0.05 \
  --set chip.noise.thermal=true
compare pulses 2 --set chip.preset=pcm --set train.preview_every=2 \
  --set train.preview_samples=40
compare converters 2 --set chip.output_adc.bits=6 \
  --set 'chip.output_adc.range=20 mV' --set train.batch=200
ok 'conversions out of range are counted' test "$(grep -c 'conversions' \
  converters.2/log.txt)" = 1
# Rank 0 audits and measures by itself, between what it shares.
compare audited 2 --set train.batch=200 --set gradient.audit=always \
  --set gradient.every=2 --set energy.samples=5 --set energy.every=2 \
  --set chip.coupling.programming=open_loop \
  --set 'chip.coupling.pulse.up.step=1 nS' \
  --set 'chip.coupling.pulse.down.step=1 nS'
has_rows() {
  h5dump -H -d "$1" audited.2/run.h5 | grep -F "( $2 )"
}
ok 'with audits of the gradient' has_rows /train/gradient/cosine 4
ok 'and of the energy' has_rows /train/energy/write_time 4
echo '{experiment: generate, name: drawn, from: one, generate: {samples: 100}}' \
  >drawn.yaml
ok 'one rank generates' alone -o drawn.1 drawn.yaml
ok 'three ranks generate' on 3 -o drawn.3 drawn.yaml
ok 'the same samples' same drawn.1/run.h5 drawn.3/run.h5

# --- deployments: every stage is shared ---

sed -e 's/^experiment: .*/experiment: deployment/' -e '/^record:/d' tiny.yaml \
  >deploy.yaml
echo 'deployment: {retune_epochs: 3, chips: 2}' >>deploy.yaml
real=(--set chip.coupling.spread.g_max=0.2 --set train.batch=200
  --set chip.coupling.programming=open_loop
  --set 'chip.coupling.pulse.up.step=50 nS'
  --set 'chip.coupling.pulse.down.step=50 nS'
  --set chip.coupling.pulse.noise_step=0.3 deploy.yaml)
ok 'one rank deploys' alone -o d1 "${real[@]}"
ok 'two ranks deploy' on 2 -o d2 "${real[@]}"
for stage in '' ideal/ ex_situ_0/ retuned_1/ in_situ_1/; do
  ok "to the bytes of one: ${stage:-the table}" same "d1/${stage}run.h5" \
    "d2/${stage}run.h5"
done
ok 'two ranks shared the work' grep -q '(0): 2$' \
  <(h5dump -a /ranks d2/in_situ_1/run.h5)

# --- failures are those of one rank, and are said once ---

# says_once STATUS TEXT COMMAND...
says_once() {
  local status
  "${@:3}" 2>messages.txt
  status=$?
  cat messages.txt
  ((status == $1 && $(grep -c '^simrun:' messages.txt) == 1)) &&
    grep -qF "simrun: $2" messages.txt
}
ok 'a run that does not settle' says_once 1 'not settled after 10 tau' \
  on 2 --set settle.until=1e-13 -o unsettled tiny.yaml
ok 'a folder in use' says_once 2 'one holds a run already' on 2 -o one tiny.yaml
ok 'an unknown option' says_once 2 'unknown option' on 2 --bogus
ok 'a kind that is not divided' says_once 2 \
  "$experiments/device.yaml:3: experiment: must be train, generate, deployment or sweep for 2 ranks, got device; start" \
  on 2 -o device "$experiments/device.yaml"
mkdir -p elsewhere
apart() {
  mpirun -n 2 bash -c '
    ((OMPI_COMM_WORLD_RANK == 1)) && cd elsewhere
    exec "$@"' bash "$simrun" -q -o apart tiny.yaml
}
ok 'a file that rank 1 alone does not find' says_once 2 \
  'tiny.yaml: cannot be opened' apart
ok 'nothing was written' test ! -e apart -a ! -e elsewhere/apart

# --- all ranks must have the same ---

# differ FIRST... : SECOND...: two ranks with options of their own
differ() {
  local first=()
  while [[ $1 != : ]]; do
    first+=("$1")
    shift
  done
  mpirun -n 1 "$simrun" -q -o differ "${first[@]}" : -n 1 "${@:2}"
}
ok 'ranks with other settings are told' says_once 2 \
  "learning.nudge: must be the same on all ranks, got 0.01 on rank 0 and 0.005 \
on rank 1 ($(hostname))" \
  differ --set learning.nudge=0.01 tiny.yaml : \
  "$simrun" --set learning.nudge=0.005 tiny.yaml
ok 'or another kind' says_once 2 \
  'experiment: must be the same on all ranks, got train on rank 0 and generate' \
  differ tiny.yaml : "$simrun" drawn.yaml
ok 'or something else to do' says_once 2 \
  'all ranks must have the same options, got others on rank 1' \
  differ tiny.yaml : "$simrun" --check tiny.yaml
ok 'or an option that is none' says_once 2 'unknown option' \
  differ tiny.yaml : "$simrun" --bogus tiny.yaml
# A version is one line of the program: change its last letter but the bracket.
version=$("$simrun" --version | sed -n 's/^simrun [^ ]* (\([^)]*\)).*/\1/p')
LC_ALL=C sed "s/$version/${version%?}?/g" "$simrun" >other_simrun
chmod +x other_simrun
ok 'or another program' says_once 2 \
  "all ranks must run the same build of simrun" \
  differ tiny.yaml : ./other_simrun tiny.yaml
cp "$experiments/data/rings.csv" .
sed '$d' rings.csv >elsewhere/rings.csv
sed 's|file: [^,]*/rings.csv|file: rings.csv|' tiny.yaml >near.yaml
cp near.yaml elsewhere
ok 'or another file of data' says_once 2 \
  'data.file: must have the same content on all ranks, but rings.csv on rank 1' \
  differ near.yaml : bash -c 'cd elsewhere; exec "$@"' bash "$simrun" near.yaml
ok 'nothing was written' test ! -e differ
ok '--check prints once' test \
  "$(mpirun -n 2 "$simrun" --check tiny.yaml | grep -c '^experiment:')" = 1

# --- interrupts ---

long=(--set train.epochs=60 --set train.batch=300 --set record.transients=0
  --set 'settle.duration=60 tau')
ok 'an undisturbed run' alone "${long[@]}" -o calm tiny.yaml

# start FOLDER: two ranks; their numbers in `pids`
start() {
  mpirun -n 2 "$simrun" -q --threads 1 "${long[@]}" -o "$1" tiny.yaml \
    2>"$1.txt" &
  mpirun_pid=$!
  wait_for_epoch "$1" 1 || {
    kill -KILL $mpirun_pid
    return 1
  }
  mapfile -t pids < <(pgrep -P $mpirun_pid -f -- "-o $1 ")
  ((${#pids[@]} == 2))
}
stopped_by() {
  local status
  start "$1" || return
  kill -s "$1" "${pids[1]}"
  wait $mpirun_pid
  status=$?
  cat "$1.txt"
  echo "exit status $status"
  ((status == $2 && $(grep -c '^simrun: stopped' "$1.txt") == 1))
}
for case in INT:130 TERM:143; do
  name=${case%:*}
  ok "SIG$name of one rank stops both with ${case#*:}" stopped_by $name \
    ${case#*:}
  ok 'the file says so' grep -q stopped <(h5dump -a /status $name/run.h5)
done
ok '--resume continues on three ranks' on 3 "${long[@]}" -o INT --resume \
  tiny.yaml
ok 'to the same end' same calm/run.h5 INT/run.h5
ok 'or on one' alone "${long[@]}" -o TERM --resume tiny.yaml
ok 'to the same end' same calm/run.h5 TERM/run.h5
mpirun_stopped() {
  start all || return
  kill -TERM $mpirun_pid
  ! wait $mpirun_pid
}
ok 'SIGTERM of mpirun ends the run' mpirun_stopped
ok 'which is continued' on 2 "${long[@]}" -o all --resume tiny.yaml
ok 'to the same end' same calm/run.h5 all/run.h5
# killed FOLDER RANK: mpirun fails and says who died
killed() {
  start "$1" || return
  kill -KILL "${pids[$2]}"
  if wait $mpirun_pid; then
    return 1
  fi
  cat "$1.txt"
  grep -q "process rank $2 .* signal 9" "$1.txt"
}
for rank in 0 1; do
  ok "the death of rank $rank ends the other" killed hit$rank $rank
  ok 'and --resume the run' on 2 "${long[@]}" -o hit$rank --resume tiny.yaml
  ok 'as if nothing had been' same calm/run.h5 hit$rank/run.h5
done
"$simrun" -q --threads 1 "${long[@]}" -o grown tiny.yaml &
pid=$!
ok 'a run on one rank' wait_for_epoch grown 10
kill -KILL $pid
wait $pid 2>/dev/null
ok 'goes on with two' on 2 "${long[@]}" -o grown --resume tiny.yaml
ok 'to the same end' same calm/run.h5 grown/run.h5

# --- sweeps ---

write_experiment base.yaml
sed -i '/^experiment:/d; /^name:/d; s/settle: {/&until: 0.1, /' base.yaml
{
  cat <<END
experiment: sweep
name: sweep
sweep:
  measure: train
  chips: 3
  collect: ["/train/loss[-1]", "/train/settling_time[0]"]
  pass: ["/train/loss[-1] < 0.6"]
  x: {key: settle.duration, values: [30 tau, 1 tau, 40 tau, 2 tau]}
END
  cat base.yaml
} >sweep.yaml
sweep=(sweep.yaml --set chip.node.gain=0.1)
ok 'one rank sweeps' alone -o s1 "${sweep[@]}"
for n in 2 3; do
  ok "$n ranks sweep" on $n -o s$n "${sweep[@]}"
  ok 'to the same content' same s1/run.h5 s$n/run.h5
  ok 'and nothing is left of the runs' test -z "$(compgen -G "s$n/point*")"
done
ok 'half of the runs have failed' test "$(grep -c 'failed: ' s2/log.txt)" = 6

# A job that is killed goes on, on any number of ranks.
kill_sweep() {
  local n=$1 ms=$2 option=() pids
  if [[ -s s0/run.h5 ]]; then
    option=(--resume)
  fi
  mpirun -n "$n" "$simrun" -q --threads 1 "${option[@]}" -o s0 "${sweep[@]}" \
    2>>messages.txt &
  sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
  mapfile -t pids < <(pgrep -P $! -f -- '-o s0 ')
  if ((${#pids[@]})); then
    kill -KILL "${pids[RANDOM % ${#pids[@]}]}"
  fi
  wait $!
  true
}
RANDOM=${SIMRUN_TEST_SEED:=$$}
echo "# SIMRUN_TEST_SEED=$SIMRUN_TEST_SEED"
for n in 3 2 4 2; do
  ms=$((800 + RANDOM % 1500))
  ok "a rank of $n is killed after $ms ms" kill_sweep $n $ms
done
option=()
if [[ -s s0/run.h5 ]]; then
  option=(--resume)
fi
ok 'the sweep is finished' on 2 "${option[@]}" -o s0 "${sweep[@]}"
ok 'and is the undisturbed one' same s1/run.h5 s0/run.h5
ok 'nothing is left of the killed runs' test -z "$(compgen -G 's0/point*')"
done_testing

# tests/cli/tap.sh -- for the scripts beside it: TAP, scratch folder, a small
# experiment (bash, sourced; $1 of the script is the program)
#
# SPDX-License-Identifier: GPL-3.0-or-later
here=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
source_root=$(realpath -- "$here/../..")
simrun=$(realpath -- "${1:?usage: ${0##*/} SIMRUN}")
experiments=$source_root/experiments
export LC_ALL=C NO_COLOR=1

scratch=$(mktemp -d "${TMPDIR:-/tmp}/simrun-cli-XXXXXX") || exit 1
trap 'rm -rf -- "$scratch"' EXIT
cd -- "$scratch" || exit 1

tap_n=0 tap_bad=0

# ok SENTENCE COMMAND...: does the command succeed? If not, show its output.
ok() {
  local sentence=$1 output
  shift
  tap_n=$((tap_n + 1))
  if output=$("$@" 2>&1); then
    echo "ok $tap_n - $sentence"
  else
    echo "not ok $tap_n - $sentence"
    printf '# failed: %s\n' "$*"
    head -n 50 <<<"$output" | sed 's/^/# /'
    tap_bad=$((tap_bad + 1))
  fi
}

# ok_picture SENTENCE FILE: is it a PNG? Without gnuplot there is none.
ok_picture() {
  if command -v gnuplot >/dev/null; then
    ok "$1" cmp -n 8 "$2" <(printf '\211PNG\r\n\032\n')
  else
    skip "$1" 'gnuplot is not installed'
  fi
}

skip() {
  tap_n=$((tap_n + 1))
  echo "ok $tap_n - $1 # SKIP $2"
}

done_testing() {
  echo "1..$tap_n"
  ((tap_bad == 0))
}

skip_all_without() {
  local command
  for command; do
    if ! command -v "$command" >/dev/null; then
      echo "1..0 # SKIP $command is not installed"
      exit 0
    fi
  done
}

# exits STATUS COMMAND...
exits() {
  local want=$1 status
  shift
  "$@"
  status=$?
  ((status == want)) || {
    echo "exit status $status, wanted $want"
    return 1
  }
}

# refuses TEXT ARGUMENT...: does simrun call this a mistake, say TEXT and write
# nothing?
refuses() {
  local message status
  message=$("$simrun" "${@:2}" -o refused 2>&1)
  status=$?
  echo "$message"
  ((status == 2)) && [[ $message == *"$1"* && ! -e refused ]]
}

# A training run of well under a second; more epochs with --set.
write_experiment() {
  cat >"${1:-tiny.yaml}" <<END
experiment: train
name: tiny
seed: 3
data: {file: $experiments/data/rings.csv, full_scale: [-1, 1]}
network: {layers: [2, 8, 8], init_gain: 1.0}
chip: {capacitance: matched}
settle: {integrator: rkc, tolerance: 1e-3, duration: 10 tau}
learning: {optimiser: {rate: 1e-2}}
train: {epochs: 6, batch: 64, checkpoint_every: 2, preview_every: 0}
generate: {samples: 20, horizons: [1.0, 1.2], dt: 0.1}
record: {transients: 1, every: 3, interval: 1 tau}
END
}

# Every value of a result file but the root's attributes, which name the host
# and the time. Addresses of objects are left out.
dump() {
  local group groups=()
  for group in train network samples quality transients gradient energy sweep \
    noise_budget deployment; do
    if h5ls "$1/$group" >/dev/null 2>&1; then
      groups+=(-g "/$group")
    fi
  done
  h5dump -m %.17g "${groups[@]}" "$1" | sed '1d; s/DATASET [0-9]* /DATASET /g'
}

# Do two result files hold the same datasets, bit for bit?
same() {
  dump "$1" >left.txt && dump "$2" >right.txt && test -s left.txt &&
    cmp left.txt right.txt || {
    diff left.txt right.txt | head -n 20
    return 1
  }
}

# numbers FOLDER DATASET: the values of a run's dataset, one a line
numbers() {
  h5dump -m %.17g -y -w 1 -d "$2" "$1/run.h5" |
    awk '/DATA {/ { is_in = 1; next } /}/ { if (is_in) exit } is_in' |
    grep -oE -- '-?[0-9][0-9.e+-]*|-?nan'
}

# is_list FOLDER DATASET LIST: are these its values?
is_list() {
  local got
  got=$(numbers "$1" "$2" | tr '\n' ' ')
  echo "got $got"
  [[ $got == "$3 " ]]
}

# same_numbers FOLDER FOLDER DATASET [DATASET of the second folder]
same_numbers() {
  test -n "$(numbers "$1" "$3")" &&
    cmp <(numbers "$1" "$3") <(numbers "$2" "${4:-$3}")
}

# near X Y TOLERANCE
near() {
  awk -v x="$1" -v y="$2" -v e="$3" 'BEGIN {
    d = x - y; if (d < 0) d = -d
    if (x == "" || y == "" || !(d <= e)) { print "got", x, "want", y; exit 1 }
  }'
}

is_less() {
  awk -v x="$1" -v y="$2" 'BEGIN { print x, y; exit !(x < y) }'
}

# Wait until the log of run folder $1 speaks of epoch $2 (10 s at most).
wait_for_epoch() {
  local i
  for ((i = 0; i < 1000; i++)); do
    grep -qs " epoch $2 " "$1/log.txt" && return 0
    sleep 0.01
  done
  echo "epoch $2 did not come"
  return 1
}

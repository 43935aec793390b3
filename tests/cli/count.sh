#!/bin/bash
# tests/cli/count.sh SIMRUN -- tools/test counts what happened
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"

# section NAME RESULT: one test of meson's log; its output comes from stdin.
section() {
  printf '=================================== 1/9 ====\n'
  printf 'test:         %s\nstart time:   00:00:00\nduration:     0.05s\n' "$1"
  printf 'result:       %s\ncommand:      %s\n' "$2" "$1"
  printf -- '----------------------------------- stdout ------\n'
  cat
  printf '====================================================\n\n'
}
count() {
  awk -v "meson_status=$1" -f "$source_root/tools/count_tests.awk"
}
last_line() {
  local want=$1 status=$2 got
  got=$(count "${3:-0}" <log.txt)
  local is=$?
  echo "$got"
  echo "exit status $is"
  [[ ${got##*$'\n'} == "$want" ]] && ((is == status))
}
good() {
  printf '1..2\nok 1 - a\nok 2 - b\n' | section good 'exit status 0'
}

good >log.txt
ok 'cases are counted' last_line '2 passed, 0 failed' 0
{
  good
  printf '1..2\nok 1 - a\nnot ok 2 - b\n# why\n' | section bad 'exit status 1'
} >log.txt
ok 'failures, too' last_line '3 passed, 1 failed' 1 1
{
  good
  printf '1..2\nok 1 - a # SKIP no h5dump\nok 2 - b\n' | section s 'exit status 0'
} >log.txt
ok 'a skip is neither' last_line '3 passed, 0 failed, 1 skipped' 0
{
  good
  printf '1..2\nok 1 - a\nnot ok 2 # SKIP b\n' | section s 'exit status 0'
} >log.txt
ok "cmocka's too, which meson takes for a failure" \
  last_line '3 passed, 0 failed, 1 skipped' 0 1
{
  printf '1..3\nok 1 - a\n' | section dead 'killed by signal 11 SIGSEGV'
  good
} >log.txt
ok 'a crash is a failure' last_line '3 passed, 1 failed' 1 1
printf '1..3\nok 1 - a\nok 2 - b\n' | section short 'exit status 0' >log.txt
ok 'so is a case that was not run' last_line '2 passed, 1 failed' 1 1
printf '' | section silent 'exit status 0' >log.txt
ok 'so is silence' last_line '0 passed, 1 failed' 1 1
printf '1..0 # SKIP h5dump is not installed\n' |
  section skipped 'exit status 0' >log.txt
ok 'a program may skip all' last_line '0 passed, 0 failed, 1 skipped' 0
printf '1..1\nok 1 - a\n==leak==\n' | section leak 'exit status 1' >log.txt
ok 'a bad end after good cases is a failure' last_line '1 passed, 1 failed' 1 1
good >log.txt
ok "meson's own verdict counts" last_line '2 passed, 1 failed' 1 1
done_testing

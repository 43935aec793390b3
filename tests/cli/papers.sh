#!/bin/bash
# tests/cli/papers.sh SIMRUN [--update] -- README and manual pages tell the truth
#
# The README's ```text blocks under "Command line" and "All keys" are what
# --help and --describe print; --update puts them there. Its ```sh blocks are
# run line by line: programs in earnest, experiments with --check.
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
readme=$source_root/README.md
simplot=${simrun%/*}/simplot
simspice=${simrun%/*}/simspice

# blocks LANGUAGE HEADING: the code blocks below a heading ("" for all).
blocks() {
  awk -v "fence=\`\`\`$1" -v "heading=$2" '
    /^## / { is_below = $0 == "## " heading }
    $0 == "```" { is_in = 0 }
    is_in { print }
    $0 == fence && (heading == "" || is_below) { is_in = 1 }' "$readme"
}

# replace_block HEADING: by what stdin holds.
replace_block() {
  awk -v "heading=$1" -v "text=$(cat)" '
    /^## / { is_below = $0 == "## " heading }
    $0 == "```" { is_in = 0 }
    !is_in { print }
    $0 == "```text" && is_below {
      is_in = 1
      n = split(text, line, "\n")
      for (i = 1; i <= n; i++) print line[i]
    }' "$readme" >new.md && cp new.md "$readme"
}

if [[ $2 == --update ]]; then
  "$simrun" --help | replace_block 'Command line'
  "$simrun" --describe | replace_block 'All keys'
  "$simspice" --help | replace_block SPICE
  exit
fi

ok 'README shows --help' diff <(blocks text 'Command line') \
  <("$simrun" --help)
ok 'README shows --describe (if not: papers.sh SIMRUN --update)' \
  diff <(blocks text 'All keys') <("$simrun" --describe)
ok 'README shows simspice --help' diff <(blocks text SPICE) \
  <("$simspice" --help)

# --- manual pages ---

# man_has PAGE OPTION
man_has() {
  grep -qE -- "^\.It .*Fl -${2#--}( |\$)" "$source_root/docs/$1.1"
}
# man_says_no_more PAGE HELP
man_says_no_more() {
  local option
  for option in $(grep '^\.It Fl' "$source_root/docs/$1.1" |
    grep -oE -- 'Fl -[a-z]+' | sed 's/Fl /-/'); do
    grep -q -- "$option" "$2" || {
      echo "$option"
      return 1
    }
  done
}
for program in simrun simspice; do
  "${simrun%/*}/$program" --help >help.txt
  for option in $(grep -oE -- '--[a-z]+' help.txt | sort -u); do
    ok "$program(1) explains $option" man_has $program "$option"
  done
  ok "$program(1) explains no option that is not there" \
    man_says_no_more $program help.txt
done
for status in 0 1 2 3 '130, 143'; do
  ok "simrun(1) explains exit status $status" \
    grep -q "^\.It $status\$" "$source_root/docs/simrun.1"
done
kinds=$("$simrun" --describe experiment | grep -oE '[a-z_]+( \||;)' |
  grep -oE '[a-z_]+')
for kind in $kinds; do
  ok "simrun(1) names experiment: $kind" \
    grep -qE "^\.Cm $kind( |\$)" "$source_root/docs/simrun.1"
  ok "README names experiment: $kind" grep -qF "| \`$kind\` |" "$readme"
done
for file in "$experiments"/*.yaml; do
  ok "README lists ${file##*/}" grep -qF "| \`${file##*/}\` |" "$readme"
done
man_is_clean() {
  local warnings
  warnings=$(mandoc -T lint -W warning "$1" 2>&1)
  [[ -z $warnings ]] || {
    echo "$warnings"
    return 1
  }
}
for page in simrun simplot simspice; do
  if command -v mandoc >/dev/null; then
    ok "$page(1) is well-formed" man_is_clean "$source_root/docs/$page.1"
  else
    skip "$page(1) is well-formed" 'mandoc is not installed'
  fi
done

links_lead_somewhere() {
  local target
  for target in $(grep -oE '\]\([^)]*\)' "$1" | sed 's/](\(.*\))/\1/'); do
    case $target in
      http* | '#'*) ;;
      *) [[ -e $(dirname "$1")/$target ]] || {
        echo "$target"
        return 1
      } ;;
    esac
  done
}
for page in README.md CONTRIBUTING.md CHANGELOG.md docs/architecture.md; do
  ok "links in $page lead somewhere" links_lead_somewhere "$source_root/$page"
done

# --- the commands of the README ---

ln -s "$experiments" experiments
small=(-q --set train.batch=64 --set 'settle.duration=1 tau'
  --set generate.samples=10 --set generate.dt=0.1 --set train.preview_every=0)
ok 'a run for the examples: rings' "$simrun" "${small[@]}" \
  --set train.epochs=2 experiments/rings.yaml
ok 'a run for the examples: digits' "$simrun" "${small[@]}" \
  --set train.epochs=1 experiments/digits.yaml

# One line of the README; returns 9 for what is not run here.
run_line() {
  local words
  case $1 in
    git\ * | meson\ * | tools/test) return 9 ;;
    *spice_check*) command -v ngspice >/dev/null || return 9 ;;
  esac
  eval "words=($1)"
  case ${words[0]} in
    h5ls | h5dump)
      command -v "${words[0]}" >/dev/null || return 9
      "${words[@]}"
      ;;
    build/simplot) "$simplot" "${words[@]:1}" ;;
    build/simspice) "$simspice" "${words[@]:1}" ;;
    ngspice)
      command -v ngspice >/dev/null || return 9
      "${words[@]}"
      ;;
    mpirun) "$simrun" --check "${words[@]: -1}" ;;
    tools/simrun)
      case $1 in
        *--describe* | *--check*) "$simrun" "${words[@]:1}" ;;
        *) "$simrun" --check "${words[@]:1}" ;;
      esac
      ;;
    *)
      echo "README gives a command this test does not know: $1"
      return 1
      ;;
  esac
}
while read -r line; do
  output=$(run_line "$line" 2>&1 </dev/null)
  status=$?
  if ((status == 9)); then
    continue
  fi
  ok "README: $line" test "$status" = 0
  ((status == 0)) || sed 's/^/# /' <<<"$output"
done < <(blocks sh '')

blocks python '' >example.py
if /usr/bin/python3 -c 'import h5py' 2>/dev/null; then
  ok "the README's lines of Python work" /usr/bin/python3 example.py
else
  skip "the README's lines of Python work" 'python3-h5py is not installed'
fi
done_testing

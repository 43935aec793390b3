#!/bin/bash
# tests/cli/includes.sh SIMRUN -- includes point one way, headers stand alone
#
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname -- "$0")/tap.sh"
cd -- "$source_root" || exit

# No file of room $1 includes one of the rooms that follow.
stays_below() {
  local room=$1 above
  shift
  above=$(IFS='|' && echo "$*")
  ! grep -nE "^ *# *include *[\"<]($above)/" "$room"/*.c "$room"/*.h
}
ok 'sim/ includes no room but itself' stays_below sim circuits models tools tests
ok 'circuits/ includes sim/ only' stays_below circuits models tools tests
ok 'models/ includes circuits/ and sim/ only' stays_below models tools tests
ok 'tools/ does not include tests/' stays_below tools tests

# "sim/error.h", never "error.h" or "../sim/error.h".
full_paths() {
  ! grep -nE '^ *# *include *"' {sim,circuits,models,tools,tests}/*.[ch] |
    grep -vE '"(sim|circuits|models|tools|tests)/[a-z0-9_]+\.h"'
}
ok 'an include names the room' full_paths

unique_names() {
  local twice
  twice=$(printf '%s\n' {sim,circuits,models,tools}/*.[ch] | sed 's,.*/,,' |
    sort | uniq -d)
  echo "$twice"
  [[ -z $twice ]]
}
ok 'names of files are unique across the rooms' unique_names

first_words() {
  local file
  for file in {sim,circuits,models,tools,tests}/*.[ch]; do
    [[ $(head -n 1 "$file") == "/* $file -- "* ]] || {
      echo "$file: $(head -n 1 "$file")"
      return 1
    }
    grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' "$file" || {
      echo "$file: has no SPDX line"
      return 1
    }
  done
}
ok 'a file opens with its name, a purpose and its licence' first_words

# Every header compiles alone, and twice.
read -ra flags <<<"$(pkg-config --cflags gsl yaml-0.1 openblas sleef libpng \
  cmocka) $(pkg-config --cflags hdf5 2>/dev/null ||
    pkg-config --cflags hdf5-serial)"
compiles() {
  printf '#include "%s"\n#include "%s"\nint main(void) { return 0; }\n' \
    "$1" "$1" | ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror \
    -Wno-unused-function -I. "${flags[@]}" -fsyntax-only -x c -
}
all_compile() {
  local header status=0
  for header in "$1"/*.h; do
    compiles "$header" || {
      echo "$header does not compile alone"
      status=1
    }
  done
  return $status
}
for room in sim circuits models tools tests; do
  ok "every header of $room/ compiles alone" all_compile $room
done
done_testing

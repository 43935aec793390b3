# tools/prepare.sh -- what tools/simrun, tools/test and .ci/run share (bash)
#
# Sourced, after `program` is set to the name that messages begin with. Nothing
# here writes to stdout.
#
# SPDX-License-Identifier: GPL-3.0-or-later

root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build

# A Debian package and how to see that it is there: a command, a pkg-config
# module or a header. A package after `?` is welcome but not needed.
packages_run=(
  'build-essential command:cc'
  'pkg-config command:pkg-config'
  'meson command:meson'
  'ninja-build command:ninja'
  'git command:git'
  'libgsl-dev module:gsl'
  'libyaml-dev module:yaml-0.1'
  'libhdf5-dev module:hdf5,hdf5-serial'
  'libopenblas-dev module:openblas'
  'libsleef-dev module:sleef'
  'libpng-dev module:libpng'
  'zlib1g-dev module:zlib'
  'libcmocka-dev module:cmocka'
  'librandom123-dev header:Random123/philox.h'
  '?gnuplot-nox command:gnuplot'
  '?ngspice command:ngspice'
)
packages_test=(
  'hdf5-tools command:h5dump'
  'libopenmpi-dev module:ompi-c'
  'openmpi-bin command:mpirun'
)

say() {
  printf '%s: %s\n' "$program" "$*" >&2
}

have_module() {
  local module
  for module in ${1//,/ }; do
    pkg-config --exists "$module" 2>/dev/null && return 0
  done
  return 1
}

have() {
  local kind=${1%%:*} what=${1#*:}
  case $kind in
    command) command -v "$what" >/dev/null ;;
    module) have_module "$what" ;;
    header) [[ -e /usr/include/$what || -e /usr/local/include/$what ]] ||
      echo "#include <$what>" | cc -E -x c - >/dev/null 2>&1 ;;
  esac
}

# The command's output is shown only when it fails.
quietly() {
  local log status
  log=$(mktemp) || return 3
  "$@" >"$log" 2>&1
  status=$?
  if ((status)); then
    cat -- "$log" >&2
  fi
  rm -f -- "$log"
  return "$status"
}

# The words before a command that make it run as root, in `as_root`.
find_root() {
  as_root=(env DEBIAN_FRONTEND=noninteractive)
  ((EUID == 0)) && return 0
  as_root=(sudo -n "${as_root[@]}")
  command -v sudo >/dev/null && sudo -n true 2>/dev/null
}

apt_install() {
  find_root && command -v apt-get >/dev/null || return 1
  say "installing $*"
  quietly "${as_root[@]}" apt-get update -q ||
    say 'apt-get update failed, trying with the lists that are there'
  quietly "${as_root[@]}" apt-get install -q -y --no-install-recommends "$@"
}

# Install what is missing of the packages given as above, or say how.
prepare_packages() {
  local entry probe package needed=() welcome=()
  for entry; do
    package=${entry%% *} probe=${entry#* }
    if ! have "$probe"; then
      case $package in
        \?*) welcome+=("${package#\?}") ;;
        *) needed+=("$package") ;;
      esac
    fi
  done
  ((${#needed[@]} + ${#welcome[@]})) || return 0
  apt_install "${needed[@]}" "${welcome[@]}" && return 0
  if ((${#needed[@]} == 0)); then
    say "goes on without ${welcome[*]}"
    return 0
  fi
  say 'packages are missing; as an administrator, type'
  say "  apt-get update && apt-get install ${needed[*]} ${welcome[*]}"
  return 2
}

# Was the folder set up before MPI was installed?
lacks_mpi() {
  have_module ompi-c && grep -q ranks_alone.c "$build/build.ninja"
}

# A build folder that came along with a copied tree belongs to the old one.
set_up() {
  local info=$build/meson-info/meson-info.json
  if [[ ! -e $build/build.ninja ]]; then
    quietly meson setup "$build" "$root"
  elif ! grep -qF "\"source\": \"$root\"" "$info"; then
    quietly meson setup --wipe "$build" "$root"
  elif lacks_mpi; then
    quietly meson setup --reconfigure "$build" "$root"
  fi
}

# Run a command quietly, and say what it is about when it takes a while.
patiently() {
  local what=$1 notice status
  shift
  (
    exec >/dev/null 9>&-
    sleep 2 2>/dev/null
    say "$what"
  ) &
  notice=$!
  quietly "$@"
  status=$?
  kill "$notice" 2>/dev/null
  wait "$notice" 2>/dev/null
  return "$status"
}

# Build these targets of ninja, or all; one process at a time.
prepare_build() {
  [[ -e $build/build.ninja ]] || say 'preparing the first build'
  mkdir -p -- "$build" && exec 9>"$build/.prepare.lock" || return 3
  flock 9
  set_up &&
    patiently 'building what has changed; a whole build takes about a minute' \
      ninja -C "$build" "$@"
  local status=$?
  exec 9>&-
  if ((status)); then
    say "the build failed, see above"
    return 2
  fi
}

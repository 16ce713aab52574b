# Sourced by ./run, ./test and their like: what they need from the machine, and how it gets there.
# This is the one place that knows the list of packages.

program_packages=(
  g++ cmake ninja-build git
  libboost-dev libcli11-dev libexpected-dev libfmt-dev libnlopt-dev libsqlite3-dev libssl-dev
  libyaml-cpp-dev nlohmann-json3-dev
  ca-certificates python3 python3-venv  # the report's charts come from a Python package
)
test_packages=(catch2 chromium fonts-dejavu-core libboost-context-dev)
all_builds_packages=(clang)
# libtorch multiplies matrices by the system's BLAS; OpenBLAS makes a step sixteen times as fast as the
# plain one that comes with it.
torch_packages=(libtorch-dev libopenblas0-pthread)
bench_packages=(libbenchmark-dev libopenblas-dev "${torch_packages[@]}")

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
say() { echo "assay: $*" >&2; }
die() {
  say "$*"
  exit 1
}

# One set-up or build of this tree at a time; the second caller waits for the first.
lock_tree() {
  mkdir -p "$root/build"
  exec 9>"$root/build/.lock"
  flock 9
}
unlock_tree() { exec 9>&-; }

# ensure_packages PACKAGE...: installs what is missing. Without a Debian package manager it says so
# and goes on: the machine may have everything by other means, and CMake names what it lacks.
ensure_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "no Debian package manager here; these packages, or their like, are needed: $*"
    return
  fi
  local package missing=()
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "neither root nor sudo; as root, run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing Debian packages: ${missing[*]}"
  local log=$root/build/packages.log
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y)
  if ! { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "${missing[@]}"; } \
      </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "installing failed; the whole log is in $log"
  fi
}

# ensure_python run|test: the virtual environment under build/ with the packages of
# scripts/requirements-{run,test}.txt, and the Vega bundle. Does nothing while these files and
# Python stay as they were.
ensure_python() {
  local venv=$root/build/venv bundle=$root/build/vega/vega-embed-bundle.js
  local wanted=$root/scripts/requirements-$1.txt stamp=$venv/installed-$1 state
  state=$(python3 --version && cat "$wanted") || return 1
  [[ -e $bundle && -e $stamp && $(<"$stamp") == "$state" ]] && return
  say "installing Python packages in build/venv: $(xargs <"$wanted")"
  python3 -m venv "$venv" >&2 &&
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$wanted" >&2 ||
    return 1
  if [[ $1 == run ]]; then
    mkdir -p "${bundle%/*}"
    "$venv/bin/python" -c 'import vl_convert; print(vl_convert.javascript_bundle())' \
      >"$bundle.part" && mv "$bundle.part" "$bundle" || return 1
  fi
  echo "$state" >"$stamp"
}

# ensure_torch VERSION: the Python package torch in an environment of its own under build/, for its
# libraries and headers; prints where they are. Its own dependencies come along (gigabytes), unless
# the CUDA toolkit of this machine has cuDNN and NCCL beside it: then only what no toolkit has.
ensure_torch() {
  local venv=$root/build/torch-$1-venv toolkit=/usr/local/cuda/lib64 packages=("torch==$1")
  if [[ -e $toolkit/libcudnn.so && -e $toolkit/libnccl.so && -e $toolkit/libcublas.so ]]; then
    packages=(--no-deps "${packages[@]}"
      nvidia-cusparselt-cu13==0.8.0 nvidia-nvshmem-cu13==3.4.5 nvidia-cufile)
  fi
  if [[ ! -e $venv/installed ]]; then
    say "installing in ${venv#"$root/"}: ${packages[*]}"
    python3 -m venv --clear "$venv" >&2 &&
      "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${packages[@]}" >&2 &&
      touch "$venv/installed" || return 1
  fi
  "$venv/bin/python" -c \
    'import importlib.util; print(*importlib.util.find_spec("torch").submodule_search_locations)'
}

# configure PRESET [OPTION...]: unless it was done with these very presets and options, here.
configure() {
  local preset=$1 folder=$root/build/$1 state
  state=$(echo "$root $*" && cat "$root/CMakePresets.json")
  [[ -e $folder/build.ninja && -e $folder/.configured && $(<"$folder/.configured") == "$state" ]] &&
    return
  (cd "$root" && cmake --fresh --preset "$@" >/dev/null) || return 1
  echo "$state" >"$folder/.configured"
}

# build PRESET TARGET...: a terminal sees ninja's progress line; a log sees only the first build, which
# takes minutes, and what goes wrong.
build() {
  local folder=$root/build/$1 quiet=()
  if [[ ! -e $folder/apps/assay/assay ]]; then
    say "building ${*:2} in build/$1: this takes minutes"
  elif [[ ! -t 2 ]]; then
    quiet=(--quiet)
  fi
  ninja -C "$folder" "${quiet[@]}" "${@:2}" >&2
}

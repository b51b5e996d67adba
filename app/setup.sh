# Read by app/run and tests/run: installs what is missing and builds. All it says goes to standard error.
# Needs: $root, the top of the source tree.

# install_packages LIST…: installs the Debian packages named in the files. What was found installed once is remembered,
# so that a later start does not ask again.
install_packages() {
  wanted=$(sed 's/#.*//' "$@" | sort -u)
  stamp="$root/build/packages-$(printf '%s\n' "$wanted" | cksum | cut -d' ' -f1)"
  [ -e "$stamp" ] && return 0
  missing=
  for package in $wanted; do
    case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) in
    installed) ;;
    *) missing="$missing $package" ;;
    esac
  done
  if [ -n "$missing" ]; then
    echo "Installing:$missing" >&2
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get -q -o DPkg::Lock::Timeout=600 update >&2 || return 1
    # shellcheck disable=SC2086
    $as_root apt-get -q -y -o DPkg::Lock::Timeout=600 install --no-install-recommends $missing >&2 || return 1
  fi
  mkdir -p "$root/build"
  : >"$stamp"
}

# build FOLDER [MESON OPTION…]: configures build/FOLDER, anew when the options have changed, and brings it up to date.
build() {
  folder="$root/build/$1"
  shift
  if [ ! -e "$folder/build.ninja" ] || [ "$(cat "$folder/options" 2>/dev/null)" != "$*" ]; then
    rm -rf "$folder"
    meson setup "$@" "$folder" "$root" >&2 || return 1
    echo "$*" >"$folder/options"
  fi
  if ! ninja -C "$folder" >"$folder/build.log" 2>&1; then
    cat "$folder/build.log" >&2
    return 1
  fi
}

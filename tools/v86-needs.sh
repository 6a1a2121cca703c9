# Sourced by tools/test-needs.sh for ./dev bench v86: v86 from npm, its firmware, and Debian's kernel for 32-bit PCs.

fetch_v86() {
  lacking=
  command -v node >/dev/null || lacking=nodejs
  command -v npm >/dev/null || lacking="$lacking npm"
  if [ -n "$lacking" ]; then
    if [ "$(id -u)" != 0 ]; then
      echo "dev: ./dev bench v86 needs these Debian packages: $lacking" >&2
      exit 69
    fi
    apt_update_once
    apt install --no-install-recommends $lacking
  fi
  if [ ! -e "$test_files/v86/node_modules/v86" ]; then
    echo "dev: fetching v86 from npm" >&2
    npm install --prefix "$test_files/v86" --no-audit --no-fund v86 >>"$test_files/apt.log" 2>&1 </dev/null || {
      echo "dev: npm cannot install v86; see $test_files/apt.log" >&2
      exit 69
    }
  fi
  if [ ! -e "$test_files/seabios/bios.bin" ]; then
    unpack seabios seabios.part
    mkdir -p "$test_files/seabios"
    find "$test_files/seabios.part" -name '*.bin' -exec mv {} "$test_files/seabios/" \;
    rm -rf "$test_files/seabios.part"
  fi
  fetch_linux_686
}

# By an apt with lists of its own: this computer's apt need not know of i386.
fetch_linux_686() {
  [ ! -e "$test_files/linux-686/vmlinuz" ] || return 0
  apt_686=$test_files/linux-686.part
  rm -rf "$apt_686"
  mkdir -p "$apt_686/state/lists/partial" "$apt_686/cache/archives/partial" "$apt_686/deb"
  set_686="-o APT::Architecture=i386 -o APT::Architectures=i386 -o Dir::State=$apt_686/state -o Dir::Cache=$apt_686/cache
    -o Dir::State::status=/dev/null"
  echo "dev: fetching Debian's kernel for 32-bit PCs" >&2
  apt-get -q $set_686 update >>"$test_files/apt.log" 2>&1 </dev/null || true # one list of many may fail
  package=$(apt-cache $set_686 depends linux-image-686 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
  (cd "$apt_686/deb" && apt-get -q $set_686 download "${package:-linux-image-686}") >>"$test_files/apt.log" 2>&1 </dev/null || {
    echo "dev: cannot download ${package:-linux-image-686}; see $test_files/apt.log" >&2
    exit 69
  }
  dpkg-deb -x "$apt_686"/deb/*.deb "$apt_686/root"
  mkdir -p "$test_files/linux-686"
  mv "$apt_686/root/boot"/vmlinuz-* "$test_files/linux-686/vmlinuz"
  rm -rf "$apt_686"
}

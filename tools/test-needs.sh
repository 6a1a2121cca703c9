# Sourced by ./dev test with $top set: sees to it that the programs and kernels which the tests use are there.
#
# On Debian and its kin, and as root, what is missing is installed through apt. Kernels are downloaded and unpacked, never
# installed. Elsewhere one sentence says what is missing. Everything fetched goes to $test_files.

test_files=${DEMITASSE_TEST_FILES:-${XDG_CACHE_HOME:-$HOME/.cache}/demitasse/test-files}
mkdir -p "$test_files"

# program:package
needed_programs="mvn:maven git:git gcc:gcc gdb:gdb mke2fs:e2fsprogs e2fsck:e2fsprogs debugfs:e2fsprogs cpio:cpio
qemu-system-x86_64:qemu-system-x86 debootstrap:debootstrap perl:perl openssl:openssl ld:binutils xz:xz-utils zstd:zstd
lz4:lz4 lzma:xz-utils bzip2:bzip2 iasl:acpica-tools objdump:binutils"

# Debian puts mke2fs and debootstrap where only root's PATH looks.
PATH=$PATH:/usr/sbin:/sbin

missing_packages() {
  for pair in $needed_programs; do
    command -v "${pair%%:*}" >/dev/null || echo "${pair##*:}"
  done | sort -u
  # The dynamic busybox of an initramfs would need a libc.
  [ -n "$(static_busybox)" ] || echo busybox-static
  [ -e /usr/include/stdio.h ] || echo libc6-dev
}

static_busybox() {
  for file in /bin/busybox /usr/bin/busybox; do
    if [ -e "$file" ] && ! head -c 4096 "$file" | grep -q /ld-; then
      echo "$file"
      return
    fi
  done
}

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >>"$test_files/apt.log" 2>&1 </dev/null || {
    echo "dev: apt-get $1 failed; see $test_files/apt.log" >&2
    exit 69
  }
}

apt_update_once() {
  [ -n "${apt_updated:-}" ] || apt update
  apt_updated=yes
}

packages=$(missing_packages | tr '\n' ' ')
if [ -n "$packages" ]; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "dev: installing what the tests need: $packages" >&2
    apt_update_once
    apt install --no-install-recommends $packages
  else
    echo "dev: the tests need these Debian packages, or the same programs from elsewhere: $packages" >&2
    exit 69
  fi
fi

# The page of a flame chart is looked at in a browser. Not every system's apt has one that can run here.
if ! command -v chromium >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  echo "dev: installing chromium for the tests" >&2
  DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends chromium >>"$test_files/apt.log" 2>&1 </dev/null ||
    echo "dev: apt-get cannot install chromium: the test of the chart's page will be skipped" >&2
fi

# fetch_kernel META NAME: the vmlinuz and modules of the kernel package that META stands for, as $test_files/NAME/.
fetch_kernel() {
  [ ! -e "$test_files/$2/vmlinuz" ] || return 0
  package=$(apt-cache depends "$1" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
  if [ -z "$package" ]; then
    apt_update_once
    package=$(apt-cache depends "$1" | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
  fi
  echo "dev: fetching $package for the tests" >&2
  unpack "$package" "$2.part"
  mv "$test_files/$2.part/boot"/vmlinuz-* "$test_files/$2.part/vmlinuz"
  mv "$test_files/$2.part" "$test_files/$2"
}

# unpack PACKAGE FOLDER: downloads a package into the cache and unpacks it there.
unpack() {
  rm -rf "${test_files:?}/$2"
  mkdir -p "$test_files/$2/deb"
  (cd "$test_files/$2/deb" && { apt-get -q download "$1" || { apt-get -q update && apt-get -q download "$1"; }; }) \
    >>"$test_files/apt.log" 2>&1 </dev/null || {
    echo "dev: cannot download $1; see $test_files/apt.log" >&2
    exit 69
  }
  dpkg-deb -x "$test_files/$2/deb"/*.deb "$test_files/$2"
  rm -rf "$test_files/$2/deb"
}

fetch_memtest() {
  [ ! -e "$test_files/memtest/boot" ] || return 0
  echo "dev: fetching memtest86+ for the tests" >&2
  unpack memtest86+ memtest.part
  mv "$test_files/memtest.part" "$test_files/memtest"
}

# A small Debian as a folder: what apt is set up to use here, unpacked and configured by debootstrap, which needs root.
fetch_debian() {
  [ ! -e "$test_files/debian" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    echo "dev: one test will fail: debootstrap makes $test_files/debian only as root; run ./dev test as root once" >&2
    return 0
  fi
  release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' | sed -n "s/ $release\$//p" | head -1)
  echo "dev: making a small Debian for the tests (about two minutes)" >&2
  rm -rf "$test_files/debian.part"
  debootstrap --variant=minbase --include=openssl "$release" "$test_files/debian.part" "$mirror" >>"$test_files/apt.log" 2>&1 || {
    echo "dev: debootstrap failed; see $test_files/apt.log" >&2
    exit 69
  }
  (cd "$test_files/debian.part" && rm -rf var/cache/apt/* var/lib/apt/lists/* usr/share/doc usr/share/man usr/share/locale \
    usr/share/info)
  mv "$test_files/debian.part" "$test_files/debian"
}

if command -v apt-get >/dev/null; then
  fetch_kernel linux-image-amd64 linux-amd64
  if [ "${command:-test}" != lab ]; then
    fetch_kernel linux-image-cloud-amd64 linux-cloud
    if [ "${command:-test}" != bench ]; then
      fetch_memtest
      fetch_debian
    fi
  fi
fi
if [ "${command:-test}" = bench ]; then
  case " $* " in
    *" v86 "*)
      . "$top/tools/v86-needs.sh"
      fetch_v86
      ;;
  esac
fi
export DEMITASSE_TEST_FILES="$test_files"

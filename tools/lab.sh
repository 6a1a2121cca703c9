# Sourced by ./dev lab with $top and $test_files set: runs a command on a computer with a real KVM, made by QEMU.
#
# QEMU emulates an AMD CPU with its virtualisation (SVM), so Debian's kernel in there loads kvm-amd: what runs on it is the
# hardware's protocol, not somebody's emulation of KVM. The host's root is the lab's, read-only by 9p under a layer in memory:
# what the command writes is gone afterwards. It runs in the same folder, as root; its exit status comes back.
#
# It has one CPU: with two, QEMU 7.2 delivers an interrupt that KVM injects a second time, with interrupts off, if another
# CPU's thread interrupts it before the guest's next exit, and guests die of it. With one CPU and no periodic tick the lab
# stands still at its first guest, as if an interrupt were lost (docs/kvm.md).

lab_kernel=$test_files/linux-amd64
lab_seconds=${DEMITASSE_LAB_SECONDS:-900}

# In the order in which they need each other; what a kernel has built in is not there and not missed.
lab_modules="virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci netfs fscache 9pnet 9pnet_virtio 9p
overlay ccp irqbypass kvm kvm-amd"

lab_init() {
  cat <<'EOF'
#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /host /layer /root
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox --install -s /bin
export PATH=/bin
stty -opost 2>/dev/null </dev/console
finish() {
  code=$(printf '\\%03o' "$1")
  printf "$code" | dd of=/dev/port bs=1 seek=244 2>/dev/null
  poweroff -f
}
while read -r module; do
  insmod "/modules/$module.ko" || { echo "lab: cannot load $module" >&2; finish 99; }
done </modules/order
mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=262144 host /host || finish 99
mount -t tmpfs -o size=50% layer /layer
mkdir /layer/upper /layer/work
mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work lab /root || finish 99
mount -t proc proc /root/proc
mount -t sysfs sys /root/sys
mount -t debugfs debugfs /root/sys/kernel/debug
mount -t tracefs tracing /root/sys/kernel/debug/tracing 2>/dev/null
mount -t devtmpfs dev /root/dev
[ -e /dev/kvm ] || { echo "lab: no /dev/kvm" >&2; finish 99; }
cp /command /root/tmp/lab-command
chroot /root /bin/sh /tmp/lab-command </dev/null
finish $?
EOF
}

# The part of the initial RAM disk that stays the same.
build_lab() {
  [ ! -e "$test_files/lab.cpio" ] || [ "$top/tools/lab.sh" -nt "$test_files/lab.cpio" ] || return 0
  stage=$test_files/lab.part
  rm -rf "$stage"
  mkdir -p "$stage/bin" "$stage/modules"
  cp "$(static_busybox)" "$stage/bin/busybox"
  for module in $lab_modules; do
    file=$(find -L "$lab_kernel/lib" "$lab_kernel/usr" -name "$module.ko*" 2>/dev/null | head -1)
    case $file in
      '') continue ;;
      *.xz) xz -dc "$file" >"$stage/modules/$module.ko" ;;
      *.zst) zstd -qdc "$file" >"$stage/modules/$module.ko" ;;
      *) cp "$file" "$stage/modules/$module.ko" ;;
    esac
    echo "$module" >>"$stage/modules/order"
  done
  lab_init >"$stage/init"
  chmod +x "$stage/init"
  (cd "$stage" && find . | cpio -o -H newc --quiet -R 0:0) >"$test_files/lab.cpio"
  rm -rf "$stage"
}

quoted() {
  for word in "$@"; do
    printf " '%s'" "$(printf %s "$word" | sed "s/'/'\\\\''/g")"
  done
}

# lab COMMAND...: ends with the command's status, 99 if the lab itself cannot start, 124 if the time is over.
lab() {
  build_lab
  run=$(mktemp -d)
  {
    echo "cd '$PWD'"
    echo "export PATH='$PATH' JAVA_HOME='$JAVA_HOME' HOME='$HOME' DEMITASSE_LAB=1 DEMITASSE_TEST_FILES='$test_files'"
    echo "export DEMITASSE_NETBSD_KERNEL='${DEMITASSE_NETBSD_KERNEL:-}' DEMITASSE_NETBSD_DISK='${DEMITASSE_NETBSD_DISK:-}'"
    echo "$(quoted "$@")"
  } >"$run/command"
  (cd "$run" && echo command | cpio -o -H newc --quiet -R 0:0) >"$run/command.cpio"
  cat "$test_files/lab.cpio" "$run/command.cpio" >"$run/initrd"
  status=0
  timeout "$lab_seconds" qemu-system-x86_64 -cpu max,+svm -accel tcg -smp 1 -m "${DEMITASSE_LAB_MIB:-4096}" \
    -kernel "$lab_kernel/vmlinuz" -initrd "$run/initrd" -append "console=ttyS0 quiet loglevel=1 mitigations=off panic=-1 nohz=off highres=off" \
    -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
    -device isa-debug-exit,iobase=0xf4,iosize=1 -nodefaults -no-user-config -display none -serial stdio -no-reboot \
    </dev/null || status=$?
  rm -rf "$run"
  case $status in
    0) echo "dev: the lab ended by itself" >&2 && return 99 ;; # it always tells a status
    124) echo "dev: the lab's time of $lab_seconds s is over" >&2 && return 124 ;;
    *) return $((status >> 1)) ;;
  esac
}

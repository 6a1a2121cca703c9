/* What the machine says of time: CPUID 0x15, 0x16, 0x40000010, kvmclock, the real-time clock. */
#include "machine.h"

#define MSR_KVM_SYSTEM_TIME_NEW 0x4b564d01
#define KVM_FEATURE_CLOCKSOURCE2 (1u << 3)
#define PVCLOCK_TSC_STABLE 1

static u64 tsc_khz;

static volatile struct {
  u32 version, pad;
  u64 tsc_timestamp, system_time;
  u32 tsc_to_system_mul;
  signed char tsc_shift;
  u8 flags, pad2[2];
} pvclock __attribute__((aligned(32)));

u64 ticks_a_millisecond(void) {
  return tsc_khz ? tsc_khz : 1000000;
}

u64 nanoseconds(u64 ticks) {
  return tsc_khz ? ticks / tsc_khz * 1000000 + ticks % tsc_khz * 1000000 / tsc_khz : 0;
}

static void learn(u64 khz) {
  if (!tsc_khz) {
    tsc_khz = khz;
  }
}

static void report_leaves(void) {
  u32 highest = cpuid(0, 0).eax;
  struct cpuid crystal = highest >= 0x15 ? cpuid(0x15, 0) : (struct cpuid){0, 0, 0, 0};
  if (crystal.eax && crystal.ebx && crystal.ecx) {
    u64 hertz = (u64)crystal.ecx * crystal.ebx / crystal.eax;
    learn(hertz / 1000);
    print_label("clock");
    print("TSC at ");
    print_decimal(hertz);
    print(" Hz by CPUID 0x15\n");
  }
  struct cpuid frequency = highest >= 0x16 ? cpuid(0x16, 0) : (struct cpuid){0, 0, 0, 0};
  if (frequency.eax) {
    learn((u64)frequency.eax * 1000);
    print_label("clock");
    print("CPU at ");
    print_decimal(frequency.eax);
    print(" MHz by CPUID 0x16\n");
  }
}

static void report_kvmclock(void) {
  pvclock.version = 0;
  wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)&pvclock | 1);
  if (!pvclock.version || !pvclock.tsc_to_system_mul) {
    print_label("clock");
    print("kvmclock is promised but silent\n");
    return;
  }
  u64 khz = (1000000UL << 32) / pvclock.tsc_to_system_mul;
  khz = pvclock.tsc_shift < 0 ? khz << -pvclock.tsc_shift : khz >> pvclock.tsc_shift;
  learn(khz);
  print_label("clock");
  print("kvmclock: TSC at ");
  print_decimal(khz);
  print(pvclock.flags & PVCLOCK_TSC_STABLE ? " kHz, stable, up for " : " kHz, not stable, up for ");
  print_decimal(pvclock.system_time);
  print(" ns\n");
}

static void report_hypervisor(void) {
  if (!(cpuid(1, 0).ecx >> 31)) {
    return;
  }
  struct cpuid base = cpuid(0x40000000, 0);
  if (base.eax >= 0x40000010) {
    struct cpuid timing = cpuid(0x40000010, 0);
    learn(timing.eax);
    print_label("clock");
    print("TSC at ");
    print_decimal(timing.eax);
    print(" kHz, APIC timer at ");
    print_decimal(timing.ebx);
    print(" kHz by CPUID 0x40000010\n");
  }
  int kvm = base.ebx == 0x4b4d564b && base.ecx == 0x564b4d56 && base.edx == 0x4d; /* KVMKVMKVM */
  if (kvm && cpuid(0x40000001, 0).eax & KVM_FEATURE_CLOCKSOURCE2) {
    report_kvmclock();
  }
}

static u8 cmos(u8 index) {
  out8(0x70, index);
  return in8(0x71);
}

static u32 cmos_number(u8 index, int binary) {
  u32 value = cmos(index);
  return binary ? value : (value >> 4) * 10 + (value & 15);
}

static void report_calendar(void) {
  if (cmos(0x0a) == 0xff) {
    return; /* no real-time clock */
  }
  for (u32 i = 0; i < 1000000 && cmos(0x0a) & 0x80; i++) { /* an update is in progress */
    pause();
  }
  int binary = cmos(0x0b) & 4;
  static const u8 fields[6] = {9, 8, 7, 4, 2, 0};
  static const char *const marks[6] = {"-", "-", " ", ":", ":", " UTC by the real-time clock\n"};
  print_label("clock");
  print("20");
  for (u32 i = 0; i < 6; i++) {
    print_fixed(cmos_number(fields[i], binary), 2);
    print(marks[i]);
  }
}

void clock_report(void) {
  report_leaves();
  report_hypervisor();
  report_calendar();
  if (!tsc_khz) {
    print_label("clock");
    print("nobody tells the frequency of the TSC\n");
  }
}

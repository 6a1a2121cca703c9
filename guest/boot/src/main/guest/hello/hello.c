/* Says what the machine has given to it, tries out the disk and switches the machine off. */
#include "machine.h"

#define START_INFO_MAGIC 0x336ec578
#define MAGIC_VIRT 0x74726976
#define ACPI_SLEEP_CONTROL 0x60c
#define S5_AND_ENABLE 0x34

struct start_info {
  u32 magic, version, flags, modules;
  u64 module_list, cmdline, rsdp, memory_map;
  u32 memory_map_entries, reserved;
};

struct memory_map_entry {
  u64 start, bytes;
  u32 type, reserved;
};

struct module {
  u64 start, bytes, cmdline, reserved;
};

static void report_memory(const struct start_info *info) {
  static const char *const types[] = {"", "usable", "reserved", "ACPI", "ACPI NVS", "unusable"};
  const struct memory_map_entry *map = (const struct memory_map_entry *)info->memory_map;
  u64 usable = 0;
  for (u32 i = 0; i < info->memory_map_entries; i++) {
    print_label("memory");
    print_hex(map[i].start, 9);
    print(" to ");
    print_hex(map[i].start + map[i].bytes, 9);
    print(" ");
    print(map[i].type <= 5 ? types[map[i].type] : "unknown");
    print("\n");
    usable += map[i].type == 1 ? map[i].bytes : 0;
  }
  print_label("memory");
  print_decimal(usable >> 10);
  print(" KiB usable\n");
}

static void report_start_info(const struct start_info *info) {
  print_label("entered");
  print("by PVH, start_info version ");
  print_decimal(info->version);
  print(" at ");
  print_hex((u64)info, 1);
  if (info->rsdp) {
    print(", ACPI tables at ");
    print_hex(info->rsdp, 1);
  }
  print("\n");
  const struct module *module = (const struct module *)info->module_list;
  for (u32 i = 0; i < info->modules; i++) {
    print_label("module");
    print_decimal(module[i].bytes);
    print(" bytes at ");
    print_hex(module[i].start, 1);
    print("\n");
  }
  print_label("cmdline");
  print(info->cmdline ? (const char *)info->cmdline : "");
  print("\n");
}

static void print_word(u32 word) {
  for (u32 i = 0; i < 4; i++, word >>= 8) {
    if (word & 0xff) {
      print_char((char)word);
    }
  }
}

static void print_brand(void) {
  u32 text[13];
  for (u32 leaf = 0; leaf < 3; leaf++) {
    struct cpuid r = cpuid(0x80000002 + leaf, 0);
    text[4 * leaf] = r.eax;
    text[4 * leaf + 1] = r.ebx;
    text[4 * leaf + 2] = r.ecx;
    text[4 * leaf + 3] = r.edx;
  }
  text[12] = 0;
  const char *brand = (const char *)text;
  while (*brand == ' ') {
    brand++;
  }
  print(brand);
}

static void report_features(void) {
  static const struct {
    u8 leaf, reg, bit;
    const char *name;
  } features[] = {
      {1, 3, 0, "fpu"},      {1, 3, 4, "tsc"},    {1, 3, 9, "apic"},   {1, 3, 25, "sse"},     {1, 3, 26, "sse2"},
      {1, 2, 0, "sse3"},     {1, 2, 9, "ssse3"},  {1, 2, 13, "cx16"},  {1, 2, 19, "sse4.1"},  {1, 2, 20, "sse4.2"},
      {1, 2, 21, "x2apic"},  {1, 2, 22, "movbe"}, {1, 2, 23, "popcnt"}, {1, 2, 24, "deadline"}, {1, 2, 25, "aes"},
      {1, 2, 26, "xsave"},   {1, 2, 28, "avx"},   {1, 2, 30, "rdrand"}, {7, 1, 0, "fsgsbase"}, {7, 1, 3, "bmi1"},
      {7, 1, 5, "avx2"},     {7, 1, 7, "smep"},   {7, 1, 8, "bmi2"},   {7, 1, 9, "erms"},     {7, 1, 18, "rdseed"},
      {7, 1, 20, "smap"},    {7, 1, 29, "sha"},   {7, 2, 2, "umip"},
  };
  print_label("cpu");
  u32 highest = cpuid(0, 0).eax;
  for (u32 i = 0; i < sizeof features / sizeof features[0]; i++) {
    struct cpuid r = cpuid(features[i].leaf, 0);
    u32 registers[4] = {r.eax, r.ebx, r.ecx, r.edx};
    if (features[i].leaf <= highest && registers[features[i].reg] >> features[i].bit & 1) {
      print(features[i].name);
      print(" ");
    }
  }
  print("\n");
}

static void report_cpu(void) {
  struct cpuid vendor = cpuid(0, 0);
  u32 signature = cpuid(1, 0).eax;
  print_label("cpu");
  print_word(vendor.ebx);
  print_word(vendor.edx);
  print_word(vendor.ecx);
  if (cpuid(0x80000000, 0).eax >= 0x80000004) {
    print(", ");
    print_brand();
  }
  print(", signature ");
  print_hex(signature, 1);
  print("\n");
  report_features();
  if (cpuid(1, 0).ecx >> 31) {
    struct cpuid hypervisor = cpuid(0x40000000, 0);
    print_label("cpu");
    print("under ");
    print_word(hypervisor.ebx);
    print_word(hypervisor.ecx);
    print_word(hypervisor.edx);
    print(", leaves to ");
    print_hex(hypervisor.eax, 1);
    print("\n");
  }
}

static const char *device_name(u32 id) {
  switch (id) {
    case 1: return "network";
    case 2: return "disk";
    case 3: return "console";
    case 4: return "entropy";
    case 5: return "balloon";
    case 9: return "9P";
    case 19: return "vsock";
    default: return "device";
  }
}

/* A virtio device's registers, or null if nothing is in that slot. */
static volatile u32 *registers_at(u64 address) {
  volatile u32 *registers = (volatile u32 *)address;
  return address >> 32 || registers[0] != MAGIC_VIRT || !registers[2] ? 0 : registers;
}

static int find_console(u64 address, u64 irq) {
  volatile u32 *registers = registers_at(address);
  (void)irq;
  if (registers && registers[2] == 3 && registers[1] == 2) {
    print_also_on(registers);
  }
  return 1;
}

static int report_device(u64 address, u64 irq) {
  volatile u32 *registers = registers_at(address);
  if (!registers) {
    return 1;
  }
  print_label("virtio");
  print_hex(address, 1);
  print(" irq ");
  print_decimal(irq);
  print(": ");
  print(device_name(registers[2]));
  print(" (");
  print_decimal(registers[2]);
  print("), version ");
  print_decimal(registers[1]);
  if (registers[2] == 2 && registers[1] == 2) {
    return disk_report(registers);
  }
  print("\n");
  return 1;
}

static int each_device(const char *cmdline, int (*visit)(u64 address, u64 irq)) {
  static const char key[] = "virtio_mmio.device=";
  int ok = 1;
  for (; *cmdline; cmdline++) {
    if (starts_with(cmdline, key)) {
      cmdline += sizeof key - 1;
      parse_number(&cmdline);
      while (*cmdline && *cmdline != '@' && *cmdline != ' ') {
        cmdline++; /* a unit, such as the K of 4K */
      }
      if (*cmdline == '@') {
        cmdline++;
        u64 address = parse_number(&cmdline);
        u64 irq = *cmdline == ':' ? (cmdline++, parse_number(&cmdline)) : 0;
        ok &= visit(address, irq);
      }
      if (!*cmdline) {
        break;
      }
    }
  }
  return ok;
}

static void report_time(u64 entry_tsc) {
  u64 ticks = rdtsc() - entry_tsc;
  print_label("time");
  if (nanoseconds(ticks)) {
    print_decimal(nanoseconds(ticks) / 1000);
    print(" us since the first instruction, ");
  }
  print_decimal(ticks);
  print(" TSC ticks\n");
}

static void __attribute__((noreturn)) power_off(void) {
  out8(ACPI_SLEEP_CONTROL, S5_AND_ENABLE);
  out8(0x64, 0xfe); /* no such register: reset instead */
  triple_fault();
}

void hello(const struct start_info *info, u64 entry_tsc);

void hello(const struct start_info *info, u64 entry_tsc) {
  int ok = info->magic == START_INFO_MAGIC;
  const char *cmdline = ok ? (const char *)info->cmdline : 0;
  if (cmdline) {
    each_device(cmdline, find_console);
  }
  print("\nHello from a microVM.\n\n");
  if (ok) {
    report_start_info(info);
    report_memory(info);
  }
  report_cpu();
  clock_report();
  if (cmdline) {
    ok = each_device(cmdline, report_device);
  }
  report_time(entry_tsc);
  print(ok ? "\nAll is well. Goodbye.\n" : "\nSomething FAILED.\n");
  power_off();
}

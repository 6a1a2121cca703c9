/*
 * A kernel that keeps a log of its own boot as NetBSD's "options TSLOG" does (LWP, type, function, string, time in 32
 * bytes), and prints it as the sysctl debug.tslog gives it. Entered by PVH. Built by TslogTest.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

__asm__(".section .note.pvh, \"a\"\n"
        ".long 4, 4, 18\n"
        ".asciz \"Xen\"\n"
        ".long start\n"
        ".text\n"
        ".globl start\n"
        "start: mov $stack_end, %esp\n"
        "  call boot\n"
        "1: cli\n"
        "  hlt\n"
        "  jmp 1b\n"
        ".bss\n"
        ".balign 16\n"
        "stack: .space 16384\n"
        "stack_end:\n"
        ".text\n");

enum { ENTER, EXIT, THREAD, EVENT };

#define RECORDS 4096

struct timestamp {
  u32 lwp;
  u32 type;
  u64 function;
  u64 string;
  u64 tsc;
};

struct timestamp timestamps[RECORDS];
long nrecs;
static u32 lwp;

static u64 rdtsc(void) {
  u32 low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (u64)high << 32 | low;
}

static void log(u32 type, const char *function, const char *string) {
  if (nrecs < RECORDS) {
    timestamps[nrecs] = (struct timestamp){lwp, type, (u32)function, (u32)string, rdtsc()};
    nrecs++;
  }
}

#define TSENTER(string) log(ENTER, __func__, string)
#define TSEXIT(string) log(EXIT, __func__, string)

static void delay(u32 kiloticks) {
  u64 end = rdtsc() + kiloticks * 1024ULL;
  while (rdtsc() < end) {
  }
}

static void uvm_init(void) {
  TSENTER(0);
  delay(100);
  TSEXIT(0);
}

static void config_attach(const char *device, u32 kiloticks) {
  TSENTER(device);
  delay(kiloticks);
  TSEXIT(device);
}

static void cpu_configure(void) {
  TSENTER(0);
  config_attach("cpu0", 50);
  config_attach("com0", 3000);
  config_attach("ld0", 400);
  TSEXIT(0);
}

static void vfs_mountroot(void) {
  TSENTER(0);
  log(EVENT, "biowait", "WAIT ld0a");
  lwp = 7;
  log(ENTER, "ldintr", 0);
  delay(200);
  log(EXIT, "ldintr", 0);
  lwp = 1;
  log(EVENT, "biowait", "UNWAIT ld0a");
  delay(20);
  TSEXIT(0);
}

static void start_init(void) {
  TSENTER(0);
  delay(10);
  TSEXIT(0);
}

static int kmain(void) {
  log(ENTER, "main", 0);
  uvm_init();
  cpu_configure();
  vfs_mountroot();
  start_init();
  log(EXIT, "main", 0);
  return 0;
}

static void put(char c) {
  unsigned char status;
  do {
    __asm__ volatile("inb %1, %0" : "=a"(status) : "Nd"((unsigned short)0x3fd));
  } while (!(status & 0x20));
  __asm__ volatile("outb %0, %1" : : "a"(c), "Nd"((unsigned short)0x3f8));
}

static void print(const char *text) {
  while (*text != 0) {
    put(*text++);
  }
}

static void print_hex(u64 number) {
  for (int shift = 60; shift >= 0; shift -= 4) {
    put("0123456789abcdef"[number >> shift & 15]);
  }
}

static void print_decimal(u64 number) {
  char digits[20];
  int count = 0;
  do { /* long division by ten, as there is no library */
    u64 rest = 0, quotient = 0;
    for (int bit = 63; bit >= 0; bit--) {
      rest = rest << 1 | (number >> bit & 1);
      quotient <<= 1;
      if (rest >= 10) {
        rest -= 10;
        quotient |= 1;
      }
    }
    digits[count++] = '0' + (char)rest;
    number = quotient;
  } while (number != 0);
  while (count > 0) {
    put(digits[--count]);
  }
}

static void print_log(void) {
  static const char *const types[] = {"ENTER", "EXIT", "THREAD", "EVENT"};
  for (long n = 0; n < nrecs; n++) {
    print("0x");
    print_hex(timestamps[n].lwp);
    put(' ');
    print_decimal(timestamps[n].tsc);
    put(' ');
    print(types[timestamps[n].type]);
    put(' ');
    print((const char *)(u32)timestamps[n].function);
    if (timestamps[n].string != 0) {
      put(' ');
      print((const char *)(u32)timestamps[n].string);
    }
    put('\n');
  }
}

__attribute__((used)) void boot(void) {
  lwp = 1;
  log(THREAD, "lwp0", "swapper");
  kmain();
  print("the log:\ntslog begins\n");
  print_log();
  print("tslog ends\nthat was all\n");
}

/*
 * A multiboot kernel that writes to its disk with a virtio-mmio driver of one request at a time (VirtIO 1.2, 4.2 and
 * 5.2): three patterns, of which it discards one and turns one into zeroes; then many blocks, one after the other. It
 * prints what it reads of them, in numbers, and powers off. Each time the number of blocks is in the disk's first
 * sector.
 */
__asm__(".section .multiboot, \"a\"\n"
        ".long 0x1badb002, 0x10000, -(0x1badb002 + 0x10000)\n"
        ".long header, load_start, load_end, bss_end, start\n"
        ".text\n"
        ".globl start\n"
        ".type start, @function\n"
        "start: mov $stack_end, %esp\n"
        "  call kernel_main\n"
        "halt: cli\n"
        "  hlt\n"
        "  jmp halt\n"
        ".size start, . - start\n");

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

char stack[16384] __attribute__((used));

enum { DEVICE_ID = 2, DRIVER_FEATURES = 8, DRIVER_FEATURES_SEL = 9, QUEUE_SEL = 12, QUEUE_NUM = 14, QUEUE_READY = 17,
       QUEUE_NOTIFY = 20, INTERRUPT_STATUS = 24, INTERRUPT_ACK = 25, STATUS = 28, QUEUE_DESC = 32, QUEUE_DRIVER = 36,
       QUEUE_DEVICE = 40 };
enum { F_DISCARD = 1 << 13, F_WRITE_ZEROES = 1 << 14 };
enum { T_IN = 0, T_OUT = 1, T_DISCARD = 11, T_WRITE_ZEROES = 13, UNMAP = 1 };
enum { NEXT = 1, WRITE = 2 };
enum { SIZE = 4, BLOCK = 65536, BLOCK_SECTORS = BLOCK / 512, PART = 8 };

static volatile struct {
  u64 address;
  u32 length;
  u16 flags, next;
} descriptors[SIZE] __attribute__((aligned(16)));

static volatile struct {
  u16 flags, index, ring[SIZE];
} available __attribute__((aligned(2)));

static volatile struct {
  u16 flags, index;
  struct {
    u32 id, length;
  } ring[SIZE];
} used __attribute__((aligned(4)));

static volatile struct {
  u32 type, reserved;
  u64 sector;
} request_header;

static volatile struct {
  u64 sector;
  u32 sectors, flags;
} range;

static volatile u8 status;
static u32 block[BLOCK / 4] __attribute__((aligned(4096)));

/* What gdb looks at: how many blocks were written. */
volatile u32 blocks_written;

static void put(char c) { __asm__ volatile("outb %0, %1" : : "a"(c), "d"((u16)0x3f8)); }

static void print(const char *text) {
  while (*text) {
    put(*text++);
  }
}

static void print_hex(const char *label, u32 value) {
  print(label);
  for (int shift = 28; shift >= 0; shift -= 4) {
    put("0123456789abcdef"[value >> shift & 15]);
  }
  print("\r\n");
}

static volatile u32 *find_disk(void) {
  for (u32 at = 0xfeb00000; at < 0xfeb02000; at += 0x200) {
    volatile u32 *registers = (volatile u32 *)at;
    if (registers[0] == 0x74726976 && registers[DEVICE_ID] == 2) {
      return registers;
    }
  }
  return 0;
}

static void prepare(volatile u32 *r) {
  volatile void *rings[3] = {descriptors, &available, &used};
  r[STATUS] = 0;
  r[STATUS] = 3;
  r[DRIVER_FEATURES_SEL] = 0;
  r[DRIVER_FEATURES] = F_DISCARD | F_WRITE_ZEROES;
  r[DRIVER_FEATURES_SEL] = 1;
  r[DRIVER_FEATURES] = 1; /* VIRTIO_F_VERSION_1 */
  r[STATUS] = 11;
  r[QUEUE_SEL] = 0;
  r[QUEUE_NUM] = SIZE;
  for (u32 i = 0; i < 3; i++) {
    r[QUEUE_DESC + 4 * i] = (u32)rings[i];
    r[QUEUE_DESC + 4 * i + 1] = 0;
  }
  r[QUEUE_READY] = 1;
  r[STATUS] = 15;
}

static void request(volatile u32 *r, u32 type, u32 sector, volatile void *data, u32 length) {
  request_header.type = type;
  request_header.sector = sector;
  status = 255;
  descriptors[0].address = (u32)&request_header;
  descriptors[0].length = sizeof request_header;
  descriptors[0].flags = NEXT;
  descriptors[0].next = 1;
  descriptors[1].address = (u32)data;
  descriptors[1].length = length;
  descriptors[1].flags = NEXT | (type == T_IN ? WRITE : 0);
  descriptors[1].next = 2;
  descriptors[2].address = (u32)&status;
  descriptors[2].length = 1;
  descriptors[2].flags = WRITE;
  u16 before = used.index;
  available.ring[available.index % SIZE] = 0;
  available.index++;
  r[QUEUE_NOTIFY] = 0;
  while (used.index == before) {
    __asm__ volatile("pause" : : : "memory");
  }
  r[INTERRUPT_ACK] = r[INTERRUPT_STATUS];
  if (status) {
    print_hex("FAILED ", type << 16 | status);
  }
}

static void on_range(volatile u32 *r, u32 type, u32 sector, u32 flags) {
  range.sector = sector;
  range.sectors = PART;
  range.flags = flags;
  request(r, type, 0, &range, sizeof range);
}

static void fill(u32 seed, u32 words) {
  for (u32 i = 0; i < words; i++) {
    block[i] = seed = seed * 1664525 + 1013904223;
  }
}

static u32 sum(u32 words) {
  u32 total = 0;
  for (u32 i = 0; i < words; i++) {
    total = (total << 5 | total >> 27) ^ block[i];
  }
  return total;
}

/* Returns what it read as a number. */
static u32 sum_of(volatile u32 *r, u32 sector, u32 sectors) {
  request(r, T_IN, sector, block, sectors * 512);
  return sum(sectors * 128);
}

__attribute__((noinline)) void discard(volatile u32 *r) {
  for (u32 part = 0; part < 3; part++) {
    fill(part + 1, PART * 128);
    request(r, T_OUT, (part + 1) * PART, block, PART * 512);
  }
  on_range(r, T_DISCARD, PART, 0);
  on_range(r, T_WRITE_ZEROES, 2 * PART, UNMAP);
  for (u32 part = 0; part < 3; part++) {
    print_hex("part ", sum_of(r, (part + 1) * PART, PART));
  }
}

__attribute__((noinline)) void finish(void) {
  __asm__ volatile("outb %0, %1" : : "a"((u8)0x34), "d"((u16)0x60c)); /* ACPI's S5 */
}

__attribute__((used)) void kernel_main(void) {
  volatile u32 *r = find_disk();
  u32 total = 0;
  prepare(r);
  request(r, T_IN, 0, block, 512);
  u32 blocks = block[0];
  discard(r);
  for (u32 n = 0; n < blocks; n++) {
    fill(n, 128);
    request(r, T_OUT, (n % 16 + 1) * BLOCK_SECTORS, block, BLOCK);
    blocks_written = n + 1;
  }
  for (u32 n = 0; n < 16; n++) {
    total += sum_of(r, (n + 1) * BLOCK_SECTORS, BLOCK_SECTORS);
  }
  print_hex("all ", total);
  finish();
}

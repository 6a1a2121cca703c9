/*
 * A virtio-mmio block driver of one request at a time (VirtIO 1.2, 4.2 and 5.2), and a test of a scratch disk.
 * Only a disk whose first sector is zero or carries our mark is written to.
 */
#include "machine.h"

enum { DEVICE_FEATURES = 4, DEVICE_FEATURES_SEL, DRIVER_FEATURES = 8, DRIVER_FEATURES_SEL, QUEUE_SEL = 12,
       QUEUE_NUM_MAX, QUEUE_NUM, QUEUE_READY = 17, QUEUE_NOTIFY = 20, INTERRUPT_STATUS = 24, INTERRUPT_ACK,
       STATUS = 28, QUEUE_DESC = 32, QUEUE_DRIVER = 36, QUEUE_DEVICE = 40, CONFIG = 64 };
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8 };
enum { F_RO = 1 << 5, F_FLUSH = 1 << 9 };
enum { T_IN = 0, T_OUT = 1, T_FLUSH = 4, T_GET_ID = 8 };
enum { NEXT = 1, WRITE = 2 };
enum { SIZE = 8, SECTORS = 8, BYTES = SECTORS * 512 };

static struct {
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

static struct {
  u32 type, reserved;
  u64 sector;
} header;

static volatile u8 status;
static u8 written[BYTES], buffer[BYTES];
static const char mark[] = "DEMITASSE SCRATCH DISK";

static u32 prepare(volatile u32 *r) {
  r[STATUS] = 0;
  r[STATUS] = ACKNOWLEDGE;
  r[STATUS] = ACKNOWLEDGE | DRIVER;
  r[DEVICE_FEATURES_SEL] = 0;
  u32 features = r[DEVICE_FEATURES] & (F_RO | F_FLUSH);
  r[DRIVER_FEATURES_SEL] = 0;
  r[DRIVER_FEATURES] = features;
  r[DRIVER_FEATURES_SEL] = 1;
  r[DRIVER_FEATURES] = 1; /* VIRTIO_F_VERSION_1 */
  r[STATUS] = ACKNOWLEDGE | DRIVER | FEATURES_OK;
  r[QUEUE_SEL] = 0;
  if (!(r[STATUS] & FEATURES_OK) || r[QUEUE_NUM_MAX] < SIZE) {
    return ~0u;
  }
  available.index = 0;
  used.index = 0;
  u64 rings[3] = {(u64)descriptors, (u64)&available, (u64)&used};
  r[QUEUE_NUM] = SIZE;
  for (u32 i = 0; i < 3; i++) {
    r[QUEUE_DESC + 4 * i] = (u32)rings[i];
    r[QUEUE_DESC + 4 * i + 1] = (u32)(rings[i] >> 32);
  }
  r[QUEUE_READY] = 1;
  r[STATUS] = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;
  return features;
}

/* Runs one request and gives its status byte, or 255 if none came within a second or so. */
static u8 request(volatile u32 *r, u32 type, u64 sector, void *data, u32 length) {
  header.type = type;
  header.sector = sector;
  status = 255;
  u32 last = length ? 2 : 1;
  descriptors[0].address = (u64)&header;
  descriptors[0].length = sizeof header;
  descriptors[0].flags = NEXT;
  descriptors[0].next = 1;
  descriptors[1].address = (u64)data;
  descriptors[1].length = length;
  descriptors[1].flags = (u16)(NEXT | (type == T_OUT ? 0 : WRITE));
  descriptors[1].next = 2;
  descriptors[last].address = (u64)&status;
  descriptors[last].length = 1;
  descriptors[last].flags = WRITE;
  u16 before = used.index;
  available.ring[available.index % SIZE] = 0;
  barrier();
  available.index++;
  barrier();
  r[QUEUE_NOTIFY] = 0;
  u64 end = rdtsc() + 2000 * ticks_a_millisecond();
  while (used.index == before && rdtsc() < end) {
    pause();
  }
  barrier();
  r[INTERRUPT_ACK] = r[INTERRUPT_STATUS];
  return status;
}

static int is_scratch(void) {
  int zero = 1;
  for (u32 i = 0; i < 512; i++) {
    zero &= !buffer[i];
  }
  return zero || starts_with((const char *)buffer, mark);
}

static int same(void) {
  for (u32 i = 0; i < BYTES; i++) {
    if (written[i] != buffer[i]) {
      return 0;
    }
  }
  return 1;
}

/* The mark and a count in the first sector, a pattern that depends on both in the others. */
static u32 compose(void) {
  u32 visit = *(u32 *)(buffer + 32) + 1;
  u32 x = visit * 2654435761u;
  for (u32 i = 0; i < BYTES; i++) {
    x = x * 1664525 + 1013904223;
    written[i] = i < 512 ? 0 : (u8)(x >> 24);
  }
  for (u32 i = 0; i < sizeof mark; i++) {
    written[i] = (u8)mark[i];
  }
  *(u32 *)(written + 32) = visit;
  return visit;
}

static int failed(const char *what, u8 result) {
  print(", ");
  print(what);
  print(" FAILED with status ");
  print_decimal(result);
  print("\n");
  return 0;
}

static int try_out(volatile u32 *r, u32 features) {
  u8 result = request(r, T_IN, 0, buffer, BYTES);
  if (result) {
    return failed("reading", result);
  }
  if (features & F_RO || !is_scratch()) {
    print(features & F_RO ? ", read-only\n" : ", in use: only read\n");
    return 1;
  }
  u32 visit = compose();
  if ((result = request(r, T_OUT, 0, written, BYTES))) {
    return failed("writing", result);
  }
  if (features & F_FLUSH && (result = request(r, T_FLUSH, 0, 0, 0))) {
    return failed("flushing", result);
  }
  if ((result = request(r, T_IN, 0, buffer, BYTES)) || !same()) {
    return failed("reading back", result);
  }
  print(", wrote and read back ");
  print_decimal(BYTES);
  print(" bytes, visit ");
  print_decimal(visit);
  print("\n");
  return 1;
}

int disk_report(volatile u32 *r) {
  u64 sectors = r[CONFIG] | (u64)r[CONFIG + 1] << 32;
  print(", ");
  print_decimal(sectors / 2);
  print(" KiB");
  u32 features = prepare(r);
  if (features == ~0u) {
    return failed("starting", (u8)r[STATUS]);
  }
  if (sectors < SECTORS) {
    print(", too small to try\n");
    return 1;
  }
  int ok = try_out(r, features);
  r[STATUS] = 0;
  return ok;
}

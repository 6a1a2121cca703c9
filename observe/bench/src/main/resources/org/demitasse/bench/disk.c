/* The disk benchmark, PID 1 of its guest: direct I/O on /dev/vda, an operation at a time. Prints a line before and after
 * what is to be measured: whoever reads the console holds the clock. Loads the modules in /modules first, if any. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SMALL = 4096, LARGE = 1 << 20 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static uint32_t seed = 2463534242u;

static uint32_t next(void) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  return seed ^= seed << 5;
}

static int disk;
static uint64_t bytes, position;
static char *buffer;

static void operate(int write, size_t size, int random) {
  uint64_t at = random ? next() % (bytes / size) * size : position;
  position = (position + size) % (bytes / size * size);
  ssize_t moved = write ? pwrite(disk, buffer, size, (off_t)at) : pread(disk, buffer, size, (off_t)at);
  if (moved != (ssize_t)size) printf("\nFAILED %zd at %llu\n", moved, (unsigned long long)at);
}

static int rounds(double seconds, int write, size_t size, int random, int per_round) {
  double start = now();
  int count = 0;
  do {
    for (int n = 0; n < per_round; n++) operate(write, size, random);
    count++;
  } while (now() - start < seconds);
  return count;
}

static void job(const char *name, int write, size_t size, int random, int per_round) {
  position = 0; // a multiple of every size
  rounds(1, write, size, random, per_round);
  printf("BEGIN %s\n", name);
  printf("END %d\n", rounds(2, write, size, random, per_round));
}

static void load(const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/modules/%s", name);
  int file = open(path, O_RDONLY);
  if (file >= 0) {
    syscall(SYS_finit_module, file, "", 0);
    close(file);
  }
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  load("virtio_ring"), load("virtio"), load("virtio_mmio"), load("virtio_blk");
  mount("dev", "/dev", "devtmpfs", 0, NULL);
  for (int tries = 0; tries < 100 && (disk = open("/dev/vda", O_RDWR | O_DIRECT)) < 0; tries++) usleep(50000);
  if (disk < 0 || ioctl(disk, BLKGETSIZE64, &bytes) < 0 || posix_memalign((void **)&buffer, 4096, LARGE) != 0) {
    printf("\nFAILED: no disk\n");
  } else {
    memset(buffer, 0xa5, LARGE);
    job("4 KiB random reads, 100", 0, SMALL, 1, 100);
    job("4 KiB random writes, 100", 1, SMALL, 1, 100);
    job("1 MiB sequential reads, 10", 0, LARGE, 0, 10);
    job("1 MiB sequential writes, 10", 1, LARGE, 0, 10);
  }
  printf("BENCHES DONE\n");
  reboot(RB_POWER_OFF);
  for (;;) pause();
}

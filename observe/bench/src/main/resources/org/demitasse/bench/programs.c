/* The in-guest benchmark, PID 1 of its guest: runs one job after the other, first to warm up, then to measure, and
 * prints a line before and after what is to be measured: whoever reads the console holds the clock, as a guest's may be
 * wrong. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WARM_SECONDS = 5, MEASURE_SECONDS = 3 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static uint32_t seed = 12345;

static uint32_t next(void) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  return seed ^= seed << 5;
}

static volatile uint64_t sink; /* what a job computes, so that the compiler cannot leave it out */

/* ---- integer: what CoreMark is made of: a list that is searched and sorted, a matrix, a state machine, a CRC ---- */

struct node {
  struct node *next;
  int16_t value, index;
};

static struct node nodes[256];

static struct node *merge_sort(struct node *list, int by_index) {
  if (list == NULL || list->next == NULL) return list;
  struct node *slow = list, *fast = list->next;
  while (fast != NULL && fast->next != NULL) {
    slow = slow->next;
    fast = fast->next->next;
  }
  struct node *right = slow->next;
  slow->next = NULL;
  struct node *a = merge_sort(list, by_index), *b = merge_sort(right, by_index), head, *tail = &head;
  while (a != NULL && b != NULL) {
    int first = by_index ? a->index <= b->index : a->value <= b->value;
    struct node **from = first ? &a : &b;
    tail = tail->next = *from;
    *from = (*from)->next;
  }
  tail->next = a != NULL ? a : b;
  return head.next;
}

static uint64_t list_part(void) {
  uint64_t sum = 0;
  for (int i = 0; i < 256; i++) {
    nodes[i].value = (int16_t)next();
    nodes[i].index = (int16_t)i;
    nodes[i].next = i < 255 ? &nodes[i + 1] : NULL;
  }
  struct node *list = merge_sort(nodes, 0);
  for (int wanted = 0; wanted < 64; wanted++) {
    struct node *n = list;
    while (n != NULL && n->index != wanted) n = n->next;
    sum += n != NULL ? (uint64_t)n->value : 0;
  }
  return sum + (uint64_t)merge_sort(list, 1)->value;
}

static int16_t left[40][40], right_[40][40];
static int32_t product[40][40];

static uint64_t matrix_part(void) {
  uint64_t sum = 0;
  for (int i = 0; i < 40; i++)
    for (int j = 0; j < 40; j++) left[i][j] = (int16_t)next(), right_[i][j] = (int16_t)(i * j);
  for (int i = 0; i < 40; i++)
    for (int j = 0; j < 40; j++) {
      int32_t cell = 0;
      for (int k = 0; k < 40; k++) cell += left[i][k] * right_[k][j];
      product[i][j] = cell;
      sum += (uint64_t)(cell >> 3);
    }
  return sum;
}

enum state { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, EXPONENT_DIGITS, INVALID, STATES };

static uint64_t state_part(const char *text) {
  uint32_t counts[STATES] = {0};
  enum state state = START;
  for (; *text != 0; text++) {
    char c = *text;
    int digit = c >= '0' && c <= '9';
    if (c == ',') {
      counts[state]++;
      state = START;
      continue;
    }
    switch (state) {
      case START: state = digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : INVALID; break;
      case SIGN: state = digit ? INTEGER : c == '.' ? POINT : INVALID; break;
      case INTEGER: state = digit ? INTEGER : c == '.' ? FRACTION : c == 'e' ? EXPONENT : INVALID; break;
      case POINT: state = digit ? FRACTION : INVALID; break;
      case FRACTION: state = digit ? FRACTION : c == 'e' ? EXPONENT : INVALID; break;
      case EXPONENT: state = digit ? EXPONENT_DIGITS : c == '+' || c == '-' ? EXPONENT_SIGN : INVALID; break;
      case EXPONENT_SIGN:
      case EXPONENT_DIGITS: state = digit ? EXPONENT_DIGITS : INVALID; break;
      default: break;
    }
  }
  uint64_t sum = 0;
  for (int i = 0; i < STATES; i++) sum = sum * 31 + counts[i];
  return sum;
}

static uint16_t crc16(uint16_t crc, const uint8_t *bytes, int length) {
  for (int i = 0; i < length; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

static char numbers[2048];

static void integer(void) {
  uint64_t sum = 0;
  for (int round = 0; round < 20; round++) {
    char *to = numbers;
    while (to < numbers + sizeof numbers - 32)
      to += sprintf(to, next() & 1 ? "%d.%u," : next() & 1 ? "%de%u," : "x%d,%u,", (int)(next() % 20000) - 10000, next() % 100);
    for (int i = 0; i < 10; i++) sum += list_part() + matrix_part() + state_part(numbers);
    sum = crc16((uint16_t)sum, (uint8_t *)product, sizeof product);
  }
  sink += sum;
}

/* ---- floating point: planets, a matrix, a transform by its definition ---- */

static double px[8], py[8], pz[8], vx[8], vy[8], vz[8], mass[8];
static double fa[48][48], fb[48][48];

static double root(double x) { /* no libm: the same instructions everywhere */
  double result;
  __asm__("sqrtsd %1, %0" : "=x"(result) : "x"(x));
  return result;
}

static void floating(void) {
  for (int i = 0; i < 8; i++) {
    px[i] = i * 1.5 + 1, py[i] = i * 0.7 - 2, pz[i] = 3 - i, vx[i] = 0.1 * i, vy[i] = -0.05 * i, vz[i] = 0.01;
    mass[i] = 1 + i * 0.1;
  }
  for (int step = 0; step < 4000; step++) {
    for (int i = 0; i < 8; i++)
      for (int j = i + 1; j < 8; j++) {
        double dx = px[i] - px[j], dy = py[i] - py[j], dz = pz[i] - pz[j];
        double square = dx * dx + dy * dy + dz * dz + 0.01;
        double force = 0.001 / (square * root(square));
        vx[i] -= dx * mass[j] * force, vy[i] -= dy * mass[j] * force, vz[i] -= dz * mass[j] * force;
        vx[j] += dx * mass[i] * force, vy[j] += dy * mass[i] * force, vz[j] += dz * mass[i] * force;
      }
    for (int i = 0; i < 8; i++) px[i] += 0.001 * vx[i], py[i] += 0.001 * vy[i], pz[i] += 0.001 * vz[i];
  }
  double sum = 0;
  for (int i = 0; i < 48; i++)
    for (int j = 0; j < 48; j++) fa[i][j] = i + j * 0.5, fb[i][j] = i * j * 0.001 + px[i & 7];
  for (int round = 0; round < 4; round++)
    for (int i = 0; i < 48; i++)
      for (int j = 0; j < 48; j++) {
        double cell = 0;
        for (int k = 0; k < 48; k++) cell += fa[i][k] * fb[k][j];
        sum += cell;
      }
  sink += (uint64_t)sum;
}

/* ---- memcpy: small, page-sized and large ---- */

static char *from, *to;

static void copies(void) {
  for (int i = 0; i < 20000; i++) memcpy(to + (i & 15) * 64, from + (i & 31) * 96, 61);
  for (int i = 0; i < 2000; i++) memcpy(to + (i & 63) * 4096, from + (i & 127) * 4096, 4096);
  for (int i = 0; i < 16; i++) memcpy(to, from + i, 4 << 20);
  sink += (uint64_t)to[12345];
}

/* ---- other programs ---- */

static void run(char *const *words) {
  pid_t child = fork();
  if (child == 0) {
    int null = open("/dev/null", O_WRONLY);
    dup2(null, 1);
    execv(words[0], words);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) printf("\nFAILED %s %d\n", words[0], status);
}

static void sha256sum(void) { run((char *[]){"/bin/sha256sum", "/data", NULL}); }
static void gzip(void) { run((char *[]){"/bin/gzip", "-c", "/text", NULL}); }
static void sort(void) { run((char *[]){"/bin/sort", "/text", NULL}); }
static void perl(void) {
  run((char *[]){
      "/bin/perl", "-e",
      "my %n; my $s = 0; open(my $f, '<', '/text') or die; while (<$f>) { for my $w (split /[^a-z]+/) { $n{$w}++ } "
      "$s += length($1) if /([aeiou]+)$/ } for my $k (sort { $n{$b} <=> $n{$a} || $a cmp $b } keys %n) "
      "{ $s = ($s * 31 + $n{$k}) % 65521 } print \"$s\\n\";",
      NULL});
}

static void make_files(void) {
  FILE *data = fopen("/data", "w"), *text = fopen("/text", "w");
  for (int i = 0; i < (8 << 20) / 4; i++) {
    uint32_t word = next();
    fwrite(&word, 4, 1, data);
  }
  for (int line = 0; line < 20000; line++) {
    for (int word = next() % 6 + 2; word > 0; word--) {
      uint32_t a = next() % 700;
      fprintf(text, "%c%c%s%c ", 'a' + a % 26, "aeiou"[a % 5], a & 1 ? "nt" : "rst", 'a' + a / 26 % 26);
    }
    fprintf(text, "%u\n", next() % 1000);
  }
  fclose(data);
  fclose(text);
}

static const struct job {
  const char *name;
  void (*run)(void);
  const char *needs;
} JOBS[] = {
    {"integer", integer, NULL},           {"floating-point", floating, NULL}, {"memcpy", copies, NULL},
    {"sha256sum", sha256sum, "/bin/sha256sum"}, {"gzip", gzip, "/bin/gzip"},  {"sort", sort, "/bin/sort"},
    {"perl", perl, "/bin/perl"},
};

static int rounds(const struct job *job, double seconds) {
  double start = now();
  int count = 0;
  do {
    job->run();
    count++;
  } while (now() - start < seconds);
  return count;
}

static int wanted(int argc, char **argv, const char *name) {
  for (int n = 1; n < argc; n++)
    if (strcmp(argv[n], name) == 0) return 1;
  return argc < 2;
}

int main(int argc, char **argv) {
  mkdir("/dev", 0755);
  mount("dev", "/dev", "devtmpfs", 0, NULL);
  setvbuf(stdout, NULL, _IONBF, 0);
  from = malloc(5 << 20), to = malloc(5 << 20);
  memset(from, 1, 5 << 20);
  memset(to, 2, 5 << 20);
  make_files();
  for (unsigned i = 0; i < sizeof JOBS / sizeof *JOBS; i++) {
    if (!wanted(argc, argv, JOBS[i].name)) continue;
    if (JOBS[i].needs != NULL && access(JOBS[i].needs, X_OK) != 0) continue;
    rounds(&JOBS[i], WARM_SECONDS);
    printf("BEGIN %s\n", JOBS[i].name);
    printf("END %d\n", rounds(&JOBS[i], MEASURE_SECONDS));
  }
  printf("BENCHES DONE\n");
  reboot(RB_POWER_OFF);
  for (;;) pause();
}

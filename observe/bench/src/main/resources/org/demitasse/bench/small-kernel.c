/* A kernel that does what a small BSD does on its way up, as far as a CPU can tell: about 90 million instructions in
 * 11 thousand blocks, most of which run a few times, and some hundreds most of the time. PVH, 64-bit, no interrupts.
 * SmallKernel.java appends the functions f0, f1, ... and the table FUNCTIONS of FUNCTION_COUNT of them. */
#include <stddef.h>
#include <stdint.h>

typedef uint64_t function(uint64_t, uint64_t *);
extern function *const FUNCTIONS[];
extern const unsigned FUNCTION_COUNT;

__asm__(
    ".section .note.pvh, \"a\", @note\n .align 4\n .long 4, 4, 18\n .asciz \"Xen\"\n .long pvh_entry\n"
    ".text\n .code32\n .globl pvh_entry\n"
    "pvh_entry:\n cld\n movl $stack_top, %esp\n"
    " movl $pdpt + 3, pml4\n movl $directory + 3, pdpt\n"
    " movl $0x83, %eax\n movl $directory, %edi\n movl $512, %ecx\n"
    "1: movl %eax, (%edi)\n addl $0x200000, %eax\n addl $8, %edi\n loop 1b\n"
    " movl %cr4, %eax\n orl $0x20, %eax\n movl %eax, %cr4\n movl $pml4, %eax\n movl %eax, %cr3\n"
    " movl $0xc0000080, %ecx\n rdmsr\n orl $0x100, %eax\n wrmsr\n"
    " movl %cr0, %eax\n orl $0x80000001, %eax\n movl %eax, %cr0\n lgdt gdt_pointer\n ljmp $8, $long_mode\n"
    " .code64\n"
    "long_mode: movl $16, %eax\n movl %eax, %ds\n movl %eax, %es\n movl %eax, %ss\n movl $stack_top, %esp\n"
    " xorl %ebp, %ebp\n call kernel\n ud2\n"
    ".section .rodata\n .align 8\n"
    "gdt: .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff\n"
    "gdt_pointer: .word . - gdt - 1\n .long gdt\n"
    ".bss\n .align 4096\n pml4: .skip 4096\n pdpt: .skip 4096\n directory: .skip 4096\n .skip 65536\n stack_top:\n"
    ".text\n");

static inline void out8(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

static inline uint8_t in8(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

void *memset(void *to, int value, size_t bytes) {
  void *at = to;
  __asm__ volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(value) : "memory");
  return to;
}

void *memcpy(void *to, const void *from, size_t bytes) {
  void *at = to;
  __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(bytes) : : "memory");
  return to;
}

static void put(char c) {
  while (!(in8(0x3fd) & 0x20)) {
  }
  out8(0x3f8, (uint8_t)c);
}

static void print(const char *text) {
  for (; *text != 0; text++) put(*text);
}

static void number(uint64_t value) {
  char digits[20];
  int n = 0;
  do {
    digits[n++] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (n > 0) put(digits[--n]);
}

static uint64_t seed = 88172645463325252u;

static uint64_t next(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  return seed ^= seed << 17;
}

/* ---- pages: a descriptor for each, free lists, a bitmap ---- */

enum { PAGES = 16384 };
static struct page {
  struct page *next, *previous;
  uint64_t physical;
  uint32_t flags, wired;
  uint64_t owner[4];
} pages[PAGES];
static struct page *free_pages[4];
static uint64_t bitmap[PAGES / 64];

static void make_pages(void) {
  for (unsigned n = 0; n < PAGES; n++) {
    struct page *page = &pages[n];
    struct page **list = &free_pages[n & 3];
    page->physical = (uint64_t)n << 12;
    page->flags = n % 7 == 0;
    page->wired = 0;
    page->next = *list;
    page->previous = NULL;
    if (*list != NULL) (*list)->previous = page;
    *list = page;
    bitmap[n / 64] |= 1ull << (n & 63);
  }
}

static struct page *take_page(unsigned colour) {
  struct page *page = free_pages[colour & 3];
  if (page != NULL) {
    free_pages[colour & 3] = page->next;
    if (page->next != NULL) page->next->previous = NULL;
    size_t n = (size_t)(page - pages);
    bitmap[n / 64] &= ~(1ull << (n & 63));
    page->wired++;
  }
  return page;
}

static void give_page(struct page *page) {
  size_t n = (size_t)(page - pages);
  page->wired--;
  page->next = free_pages[n & 3];
  page->previous = NULL;
  if (page->next != NULL) page->next->previous = page;
  free_pages[n & 3] = page;
  bitmap[n / 64] |= 1ull << (n & 63);
}

static unsigned free_count(void) {
  unsigned count = 0;
  for (unsigned n = 0; n < PAGES / 64; n++)
    for (uint64_t word = bitmap[n]; word != 0; word &= word - 1) count++;
  return count;
}

/* ---- symbols: names that are made, sorted and looked up ---- */

enum { SYMBOLS = 4096 };
static char names[SYMBOLS][16];
static uint16_t order[SYMBOLS];
static uint16_t buckets[1024], chain[SYMBOLS];

static int compare(const char *a, const char *b) {
  while (*a != 0 && *a == *b) a++, b++;
  return (uint8_t)*a - (uint8_t)*b;
}

static unsigned hash(const char *name) {
  unsigned h = 5381;
  for (; *name != 0; name++) h = h * 33 + (uint8_t)*name;
  return h;
}

static void sort_symbols(unsigned low, unsigned high) {
  while (low < high) {
    const char *middle = names[order[low + (high - low) / 2]];
    unsigned i = low, j = high;
    while (i <= j) {
      while (compare(names[order[i]], middle) < 0) i++;
      while (compare(names[order[j]], middle) > 0) j--;
      if (i <= j) {
        uint16_t t = order[i];
        order[i++] = order[j];
        order[j] = t;
        if (j == 0) break;
        j--;
      }
    }
    if (low < j) sort_symbols(low, j);
    low = i;
  }
}

static unsigned make_symbols(void) {
  for (unsigned n = 0; n < SYMBOLS; n++) {
    unsigned length = 5 + next() % 10;
    for (unsigned i = 0; i < length; i++) names[n][i] = (char)('a' + next() % 26);
    names[n][length] = 0;
    order[n] = (uint16_t)n;
    unsigned bucket = hash(names[n]) & 1023;
    chain[n] = buckets[bucket];
    buckets[bucket] = (uint16_t)n;
  }
  sort_symbols(0, SYMBOLS - 1);
  unsigned found = 0;
  for (unsigned n = 0; n < SYMBOLS * 4; n++) {
    const char *wanted = names[next() % SYMBOLS];
    for (unsigned at = buckets[hash(wanted) & 1023]; at != 0; at = chain[at])
      if (compare(names[at], wanted) == 0) {
        found++;
        break;
      }
  }
  return found;
}

/* ---- a checksum as a boot loader's, a delay loop as a bus probe's ---- */

static uint8_t image[1 << 20];

static uint32_t checksum(void) {
  uint32_t a = 1, b = 0;
  for (unsigned n = 0; n < sizeof image; n++) {
    a += image[n];
    if (a >= 65521) a -= 65521;
    b += a;
    if (b >= 65521) b -= 65521;
  }
  return b << 16 | a;
}

static uint64_t table[1024];

void kernel(void) {
  print("small kernel: ");
  number(FUNCTION_COUNT);
  print(" functions\r\n");
  memset(image, 0x5a, sizeof image);
  for (unsigned n = 0; n < sizeof image; n += 97) image[n] = (uint8_t)next();
  make_pages();
  print("pages ");
  number(free_count());
  print("\r\nsymbols ");
  number(make_symbols());
  print("\r\n");
  uint64_t sum = 0;
  for (unsigned n = 0; n < 1024; n++) table[n] = next();
  for (unsigned round = 0; round < 6; round++) /* devices attach, each with code of its own */
    for (unsigned n = 0; n < FUNCTION_COUNT; n++) sum += FUNCTIONS[n](sum + n, table);
  print("attached ");
  number(sum);
  print("\r\n");
  for (unsigned round = 0; round < ROUNDS; round++) { /* the system calls of the first processes: a tenth of the code */
    for (unsigned n = round % 3; n < FUNCTION_COUNT; n += 10) sum += FUNCTIONS[n](sum, table);
    struct page *taken[32];
    for (unsigned n = 0; n < 32; n++) taken[n] = take_page((unsigned)next());
    for (unsigned n = 0; n < 32; n++)
      if (taken[n] != NULL) {
        memset(image + (n << 12), (int)n, 4096);
        memcpy(image + (1 << 19) + (n << 12), image + (n << 11), 4096);
        __asm__ volatile("invlpg (%0)" : : "r"(image + (n << 12)) : "memory");
        give_page(taken[n]);
      }
    if (round % 60 == 0) sum += checksum() + free_count();
  }
  print("sum ");
  number(sum);
  print("\r\nsmall kernel is ready\r\n");
  out8(0x64, 0xfe);
  for (;;) __asm__ volatile("hlt");
}

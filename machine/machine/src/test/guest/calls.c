/*
 * A multiboot kernel whose calls are known: recursion, a table of functions, a loop of calls, and a tail that writes to
 * the debug-exit port. Built by CallOrderTest with gcc; runs under Demitasse and QEMU alike. No string instructions,
 * which QEMU's log would show once for each repetition.
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

char stack[16384] __attribute__((used));
static volatile unsigned sum;

__attribute__((noinline)) unsigned fib(unsigned n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

__attribute__((noinline)) void add(unsigned n) { sum += n; }

__attribute__((noinline)) void twice(unsigned n) {
  add(n);
  add(n);
}

__attribute__((noinline)) void leaf_or_not(unsigned n) {
  if (n & 1) {
    twice(n);
  }
  sum ^= n;
}

void (*volatile table[])(unsigned) = {add, twice, leaf_or_not};

__attribute__((noinline)) void spin(unsigned n) {
  for (unsigned i = 0; i < n; i++) {
    table[i % 3](i);
  }
}

__attribute__((noinline)) void finish(void) {
  __asm__ volatile("outl %0, $0xf4" ::"a"(0x10));
}

__attribute__((used)) void kernel_main(void) {
  sum = fib(9);
  spin(50);
  sum += fib(4);
  finish();
}

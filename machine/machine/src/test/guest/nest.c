/* A multiboot kernel that spends its life in inner(), called by outer(), with frame pointers. Built by SampleTest. */
__asm__(".section .multiboot, \"a\"\n"
        ".long 0x1badb002, 0x10000, -(0x1badb002 + 0x10000)\n"
        ".long header, load_start, load_end, bss_end, start\n"
        ".text\n"
        ".globl start\n"
        ".type start, @function\n"
        "start: mov $stack_end, %esp\n"
        "  xor %ebp, %ebp\n"
        "  call outer\n"
        "1: hlt\n"
        "  jmp 1b\n"
        ".size start, . - start\n");

char stack[16384] __attribute__((used));
volatile unsigned counter;

__attribute__((noinline, optimize("no-omit-frame-pointer"))) void inner(void) {
  volatile char room[64]; /* a leaf without anything of its own would get no frame */
  for (;;) {
    room[counter++ & 63] = 1;
  }
}

__attribute__((used, optimize("no-omit-frame-pointer"))) void outer(void) {
  counter = 1;
  inner();
  counter = 2;
}

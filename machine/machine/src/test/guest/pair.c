/*
 * A multiboot kernel of two vCPUs: the first starts the second by INIT and start-up IPI, and both count until the second
 * has come to 5000. Built by PairOfVcpusTest with gcc.
 */
__asm__(".section .multiboot, \"a\"\n"
        ".long 0x1badb002, 0x10000, -(0x1badb002 + 0x10000)\n"
        ".long header, load_start, load_end, bss_end, start\n"
        ".text\n"
        ".globl start\n"
        ".type start, @function\n"
        "start: mov $stack_end, %esp\n"
        "  call first_main\n"
        "1: cli\n"
        "  hlt\n"
        "  jmp 1b\n"
        ".size start, . - start\n"
        ".type second_start, @function\n"
        "second_start: mov $0x10, %ax\n"
        "  mov %ax, %ds\n"
        "  mov %ax, %es\n"
        "  mov %ax, %ss\n"
        "  mov $second_stack + 4096, %esp\n"
        "  call second_main\n"
        "2: cli\n"
        "  hlt\n"
        "  jmp 2b\n"
        ".size second_start, . - second_start\n"
        /* Copied to 0x8000, where the start-up IPI's vector 8 begins in real mode. */
        ".data\n"
        "trampoline: .code16\n"
        "  cli\n"
        "  xor %ax, %ax\n"
        "  mov %ax, %ds\n"
        "  lgdtl 0x8000 + (table_pointer - trampoline)\n"
        "  mov %cr0, %eax\n"
        "  or $1, %al\n"
        "  mov %eax, %cr0\n"
        "  ljmpl $8, $second_start\n"
        "  .code32\n"
        "  .balign 8\n"
        "table: .quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff\n"
        "table_pointer: .word 23\n"
        "  .long 0x8000 + (table - trampoline)\n"
        "trampoline_end:\n"
        ".text\n");

extern char trampoline[], trampoline_end[];
char stack[16384] __attribute__((used));
char second_stack[4096] __attribute__((used));
volatile unsigned first_count;
volatile unsigned second_count;

static void apic(unsigned offset, unsigned value) { *(volatile unsigned *)(0xfee00000 + offset) = value; }

__attribute__((noinline)) void first_step(void) { first_count++; }

__attribute__((noinline)) void second_step(void) { second_count++; }

__attribute__((used)) void second_main(void) {
  while (second_count < 5000) {
    second_step();
  }
}

__attribute__((used)) void first_main(void) {
  for (unsigned i = 0; i < (unsigned)(trampoline_end - trampoline); i++) {
    ((volatile char *)0x8000)[i] = trampoline[i];
  }
  apic(0xf0, 0x1ff);
  apic(0x310, 1 << 24);
  apic(0x300, 0x4500);
  apic(0x300, 0x4608);
  while (second_count < 5000) {
    first_step();
  }
  __asm__ volatile("outl %0, $0xf4" ::"a"(0x10));
}

/*
 * Runs single x87 instructions on the host's own CPU: the oracle of FpuDifferentialTest. Reads cases on standard input, writes
 * outcomes on standard output; HostFpu.java is the other end.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define CODE 0x100000UL
#define DATA 0x200000UL

struct in {
  uint8_t code[16]; /* the instruction, padded with NOPs; its memory operand is [rdx] */
  uint64_t flags, rax;
  uint8_t image[512];
  uint8_t memory[640];
};

struct out {
  uint64_t flags, rax, signal;
  uint8_t image[512];
  uint8_t environment[32];
  uint8_t memory[640];
};

static sigjmp_buf back;

static void on_signal(int number) { siglongjmp(back, number); }

static void *map(unsigned long address, int protection) {
  void *page = mmap((void *)address, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return page == MAP_FAILED ? 0 : page;
}

int main(void) {
  static struct in in __attribute__((aligned(64)));
  static struct out out __attribute__((aligned(64)));
  static uint8_t image_in[512] __attribute__((aligned(64)));
  static uint8_t image_out[576] __attribute__((aligned(64)));
  static const uint8_t before[] = {0x48, 0x0f, 0xae, 0x0f, 0x41, 0x50, 0x9d}; /* fxrstor64 [rdi]; push r8; popf */
  static const uint8_t after[] = {0x9c, 0x41, 0x59,                           /* pushf; pop r9 */
                                  0x48, 0x0f, 0xae, 0x06,                     /* fxsave64 [rsi] */
                                  0xd9, 0xb6, 0, 2, 0, 0,                     /* fnstenv [rsi+512] */
                                  0xdb, 0xe3, 0xc3};                          /* fninit; ret */
  uint8_t *code = map(CODE, PROT_READ | PROT_WRITE | PROT_EXEC);
  uint8_t *data = map(DATA, PROT_READ | PROT_WRITE);
  if (!code || !data) {
    return 2;
  }
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_NODEFER};
  sigaction(SIGFPE, &action, 0);
  sigaction(SIGILL, &action, 0);
  sigaction(SIGSEGV, &action, 0);
  setvbuf(stdin, 0, _IONBF, 0);
  setvbuf(stdout, 0, _IONBF, 0);
  while (fread(&in, sizeof in, 1, stdin) == 1) {
    memset(&out, 0, sizeof out);
    memcpy(code, before, sizeof before);
    memcpy(code + sizeof before, in.code, sizeof in.code);
    memcpy(code + sizeof before + sizeof in.code, after, sizeof after);
    memcpy(data, in.memory, sizeof in.memory);
    memcpy(image_in, in.image, sizeof image_in);
    int number = sigsetjmp(back, 1);
    if (number == 0) {
      register uint64_t r8 asm("r8") = in.flags;
      register uint64_t r9 asm("r9");
      uint64_t rax = in.rax;
      asm volatile("sub $256, %%rsp\n call *%[code]\n add $256, %%rsp"
                   : "+a"(rax), "=r"(r9), "+r"(r8)
                   : "D"(image_in), "S"(image_out), "d"(data), [code] "r"(code)
                   : "memory", "cc", "rcx", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
                     "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)",
                     "st(5)", "st(6)", "st(7)");
      out.flags = r9;
      out.rax = rax;
      memcpy(out.image, image_out, 512);
      memcpy(out.environment, image_out + 512, 28);
    } else {
      asm volatile("fninit");
      out.signal = number;
    }
    uint32_t mxcsr = 0x1f80;
    asm volatile("ldmxcsr %0" : : "m"(mxcsr));
    memcpy(out.memory, data, sizeof out.memory);
    if (fwrite(&out, sizeof out, 1, stdout) != 1) {
      return 3;
    }
  }
  return 0;
}

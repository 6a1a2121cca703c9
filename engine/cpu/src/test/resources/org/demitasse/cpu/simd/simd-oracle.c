// Executes single SIMD instructions on the host's CPU. Reads records of 16 bytes of code (length first) and a state,
// writes the state after the instruction. The instruction may use xmm0-7, mm0-7, rax, rcx, rdx, rbx as registers and
// [rsi], [rdi] as memory: both point at the state's 32 bytes of memory.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

struct state {
  uint8_t xmm[8][16];  // 0
  uint64_t mm[8];      // 128
  uint8_t memory[32];  // 192
  uint64_t gpr[4];     // 224: rax, rcx, rdx, rbx
  uint32_t mxcsr;      // 256
  uint32_t flags;      // 260
  uint32_t signal;     // 264
  uint32_t reserved;
} __attribute__((aligned(16)));

static struct state work;
static uint8_t *code;
static sigjmp_buf back;

static void caught(int number, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  (void)info;
  work.signal = number;
  work.mxcsr = uc->uc_mcontext.fpregs->mxcsr;
  memcpy(work.xmm, uc->uc_mcontext.fpregs->_xmm, sizeof work.xmm);
  siglongjmp(back, 1);
}

__attribute__((noinline)) static void execute(void) {
  __asm__ volatile(
      "push %%rbp; push %%rbx; push %%r12; push %%r13; push %%r14; push %%r15\n"
      "mov %0, %%r15; mov %1, %%r14\n"
      "movdqu 0(%%r15), %%xmm0; movdqu 16(%%r15), %%xmm1; movdqu 32(%%r15), %%xmm2; movdqu 48(%%r15), %%xmm3\n"
      "movdqu 64(%%r15), %%xmm4; movdqu 80(%%r15), %%xmm5; movdqu 96(%%r15), %%xmm6; movdqu 112(%%r15), %%xmm7\n"
      "movq 128(%%r15), %%mm0; movq 136(%%r15), %%mm1; movq 144(%%r15), %%mm2; movq 152(%%r15), %%mm3\n"
      "movq 160(%%r15), %%mm4; movq 168(%%r15), %%mm5; movq 176(%%r15), %%mm6; movq 184(%%r15), %%mm7\n"
      "mov 224(%%r15), %%rax; mov 232(%%r15), %%rcx; mov 240(%%r15), %%rdx; mov 248(%%r15), %%rbx\n"
      "lea 192(%%r15), %%rsi; mov %%rsi, %%rdi\n"
      "mov 260(%%r15), %%r8d; push %%r8; popfq\n"
      "ldmxcsr 256(%%r15)\n"
      "call *%%r14\n"
      "stmxcsr 256(%%r15)\n"
      "pushfq; pop %%r8; mov %%r8d, 260(%%r15)\n"
      "mov %%rax, 224(%%r15); mov %%rcx, 232(%%r15); mov %%rdx, 240(%%r15); mov %%rbx, 248(%%r15)\n"
      "movdqu %%xmm0, 0(%%r15); movdqu %%xmm1, 16(%%r15); movdqu %%xmm2, 32(%%r15); movdqu %%xmm3, 48(%%r15)\n"
      "movdqu %%xmm4, 64(%%r15); movdqu %%xmm5, 80(%%r15); movdqu %%xmm6, 96(%%r15); movdqu %%xmm7, 112(%%r15)\n"
      "movq %%mm0, 128(%%r15); movq %%mm1, 136(%%r15); movq %%mm2, 144(%%r15); movq %%mm3, 152(%%r15)\n"
      "movq %%mm4, 160(%%r15); movq %%mm5, 168(%%r15); movq %%mm6, 176(%%r15); movq %%mm7, 184(%%r15)\n"
      "emms\n"
      "pop %%r15; pop %%r14; pop %%r13; pop %%r12; pop %%rbx; pop %%rbp\n"
      :
      : "r"(&work), "r"(code)
      : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3",
        "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

int main(void) {
  uint8_t request[16];
  uint32_t calm = 0x1f80;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = caught;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  int signals[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS};
  for (int i = 0; i < 4; i++) sigaction(signals[i], &action, NULL);
  code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) return 2;
  while (fread(request, 16, 1, stdin) == 1 && fread(&work, sizeof work, 1, stdin) == 1) {
    memcpy(code, request + 1, request[0]);
    code[request[0]] = 0xc3;
    if (sigsetjmp(back, 1) == 0) execute();
    __asm__ volatile("emms; ldmxcsr %0" : : "m"(calm));
    fwrite(&work, sizeof work, 1, stdout);
  }
  return 0;
}

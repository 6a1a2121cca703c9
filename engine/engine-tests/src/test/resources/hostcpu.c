/*
 * Runs instructions on the host's own CPU, one case after the other, and reports what they did: the oracle of the
 * differential tests. Reads batches on standard input, writes outcomes on standard output; HostCpu.java is the other end.
 *
 * A case is entered by sigreturn with a made-up frame and ends with the signal that its last instruction raises (a fault,
 * TF's debug trap, or an INT3 that fills the code page), so the kernel loads and captures the whole user state for us.
 * Built without a C library: nothing of this process may sit where a case's stray address could find it, no thread
 * pointer is in FS, and the signal handler may run with any segment register.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

#define PAGE 4096
#define CODE 0x10000000UL /* readable and executable; the page after it is not mapped */
#define DATA 0x20000000UL /* two pages read-write, one read-only, then nothing */
#define LOW 0x8000UL      /* one page read-write, for 16-bit addresses */
#define WRITABLE (3 * PAGE)
#define MAX_CODE 192

struct in {
  u64 gpr[16]; /* the architecture's numbering */
  u64 rip, rflags, fs_base, gs_base;
  u16 cs, ss, ds, es, fs, gs;
  u8 code_bytes, patch_bytes;
  u16 unused;
  u32 patch_address; /* in a writable page: compare_memory takes patches back too */
  u32 code_address;  /* linear; RIP is relative to the code segment */
  u8 code[MAX_CODE];
  u8 patch[64];
  u8 fx[512];
  u8 unused3[72];
};

struct out {
  u64 gpr[16];
  u64 rip, rflags, cr2, fs_base, gs_base;
  u16 cs, ss, ds, es, fs, gs, vector, timed_out;
  u32 error, changed_words;
  u8 fx[512];
};

struct changed {
  u32 index, unused;
  u64 value;
};

/* The kernel's rt_sigframe on x86-64: struct ucontext with struct sigcontext_64 inside. */
struct sigcontext {
  u64 r8, r9, r10, r11, r12, r13, r14, r15, di, si, bp, bx, dx, ax, cx, sp, ip, flags;
  u16 cs, gs, fs, ss;
  u64 err, trapno, oldmask, cr2;
  u8 *fpstate;
  u64 reserved[8];
};
struct ucontext {
  u64 flags, link, stack_pointer;
  u32 stack_flags, unused;
  u64 stack_bytes;
  struct sigcontext mc;
};
struct sigaction {
  void (*handler)(int, void *, struct ucontext *);
  u64 flags;
  void (*restorer)(void);
  u64 mask;
};
struct user_desc {
  u32 entry, base, limit, flags;
};

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 asm("r10") = d, r8 asm("r8") = e, r9 asm("r9") = f;
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}
#define SYS_read 0
#define SYS_write 1
#define SYS_mmap 9
#define SYS_mprotect 10
#define SYS_rt_sigaction 13
#define SYS_setitimer 38
#define SYS_ftruncate 77
#define SYS_sigaltstack 131
#define SYS_modify_ldt 154
#define SYS_exit_group 231
#define SYS_memfd_create 319
#define EINTR 4

static void die(int status) {
  call(SYS_exit_group, status, 0, 0, 0, 0, 0);
  __builtin_unreachable();
}

void *memcpy(void *to, const void *from, u64 bytes) {
  void *start = to;
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
  return start;
}
void *memset(void *to, int value, u64 bytes) {
  void *start = to;
  asm volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
  return start;
}

static u8 *code_alias;           /* the code page, writable */
static u8 *readonly_alias;       /* the read-only data page, writable */
static u64 pristine[WRITABLE / 8] __attribute__((aligned(32)));
static struct in *cases;
static u8 *outcomes;
static u32 case_count, current;
static u64 outcome_bytes;
static int running, ticks;
static struct sigcontext home;   /* where the batch loop waits */

static u64 *window(u32 page) {
  return page < 2 ? (u64 *)(DATA + page * PAGE) : (u64 *)LOW;
}

static void load_segments(const struct in *c) {
  asm volatile("mov %0, %%ds; mov %1, %%es; mov %2, %%fs; mov %3, %%gs" : : "r"(c->ds), "r"(c->es), "r"(c->fs), "r"(c->gs));
  if (c->fs == 0) {
    asm volatile("wrfsbase %0" : : "r"(c->fs_base));
  }
  if (c->gs == 0) {
    asm volatile("wrgsbase %0" : : "r"(c->gs_base));
  }
}

static void enter(struct ucontext *uc) {
  const struct in *c = &cases[current];
  struct sigcontext *mc = &uc->mc;
  uc->flags |= 4; /* UC_STRICT_RESTORE_SS: take SS as it stands */
  memcpy(code_alias + (c->code_address - CODE), c->code, c->code_bytes);
  if (c->patch_bytes) {
    memcpy((u8 *)(u64)c->patch_address, c->patch, c->patch_bytes);
  }
  mc->ax = c->gpr[0];
  mc->cx = c->gpr[1];
  mc->dx = c->gpr[2];
  mc->bx = c->gpr[3];
  mc->sp = c->gpr[4];
  mc->bp = c->gpr[5];
  mc->si = c->gpr[6];
  mc->di = c->gpr[7];
  memcpy(&mc->r8, &c->gpr[8], 64);
  mc->ip = c->rip;
  mc->flags = c->rflags;
  mc->cs = c->cs;
  mc->ss = c->ss;
  memcpy(mc->fpstate, c->fx, 464); /* the kernel's own words follow */
  *(u64 *)(mc->fpstate + 512) |= 3;
  load_segments(c);
  ticks = 0;
}

static void compare_memory(struct out *o) {
  struct changed *changes = (struct changed *)(o + 1);
  u32 count = 0;
  for (u32 page = 0; page < 3; page++) {
    u64 *now = window(page), *was = pristine + page * (PAGE / 8);
    for (u32 i = 0; i < PAGE / 8; i += 8) {
      u64 different = 0;
      for (u32 j = i; j < i + 8; j++) {
        different |= now[j] ^ was[j];
      }
      if (different) {
        for (u32 j = i; j < i + 8; j++) {
          if (now[j] != was[j]) {
            changes[count].index = page * (PAGE / 8) + j;
            changes[count++].value = now[j];
            now[j] = was[j];
          }
        }
      }
    }
  }
  o->changed_words = count;
  outcome_bytes += sizeof(struct out) + count * sizeof(struct changed);
}

static void capture(const struct ucontext *uc, int timed_out) {
  const struct sigcontext *mc = &uc->mc;
  struct out *o = (struct out *)(outcomes + outcome_bytes);
  u64 base;
  o->gpr[0] = mc->ax;
  o->gpr[1] = mc->cx;
  o->gpr[2] = mc->dx;
  o->gpr[3] = mc->bx;
  o->gpr[4] = mc->sp;
  o->gpr[5] = mc->bp;
  o->gpr[6] = mc->si;
  o->gpr[7] = mc->di;
  memcpy(&o->gpr[8], &mc->r8, 64);
  o->rip = mc->ip;
  o->rflags = mc->flags;
  o->cr2 = mc->cr2;
  o->cs = mc->cs;
  o->ss = mc->ss;
  asm("mov %%ds, %0" : "=m"(o->ds));
  asm("mov %%es, %0" : "=m"(o->es));
  asm("mov %%fs, %0" : "=m"(o->fs));
  asm("mov %%gs, %0" : "=m"(o->gs));
  asm volatile("rdfsbase %0" : "=r"(base));
  o->fs_base = base;
  asm volatile("rdgsbase %0" : "=r"(base));
  o->gs_base = base;
  o->vector = mc->trapno;
  o->error = mc->err;
  o->timed_out = timed_out;
  memcpy(o->fx, mc->fpstate, 512);
  compare_memory(o);
}

#define SIGILL 4
#define SIGTRAP 5
#define SIGBUS 7
#define SIGFPE 8
#define SIGSEGV 11
#define SIGVTALRM 26

/* AC, NT, ID and DF of the last case are still there: a C function must not run with them. */
asm(".globl entry\n entry: pushq $0x202\n popfq\n jmp on_signal\n"
    ".globl restorer\n restorer: mov $15, %eax\n syscall\n");
#define LOCAL __attribute__((visibility("hidden")))
LOCAL void entry(int, void *, struct ucontext *);
LOCAL void restorer(void);

__attribute__((used)) void on_signal(int number, void *info, struct ucontext *uc) {
  if (running == 0) {
    if (number == SIGVTALRM) {
      return;
    }
    if (number != SIGILL || case_count == 0) {
      die(40 + number);
    }
    home = uc->mc;
    running = 1;
    current = 0;
    enter(uc);
    return;
  }
  int timed_out = number == SIGVTALRM;
  if (timed_out && ++ticks < 2) {
    return;
  }
  capture(uc, timed_out);
  memset(code_alias + (cases[current].code_address - CODE), 0xcc, cases[current].code_bytes);
  if (++current < case_count) {
    enter(uc);
    return;
  }
  u8 *fpstate = uc->mc.fpstate;
  uc->mc = home;
  uc->mc.fpstate = fpstate;
  uc->mc.ip += 2; /* after the UD2 */
  running = 0;
}

static int read_fully(void *to, u64 bytes) {
  u64 done = 0;
  while (done < bytes) {
    long n = call(SYS_read, 0, (long)to + done, bytes - done, 0, 0, 0);
    if (n == -EINTR) {
      continue;
    }
    if (n <= 0) {
      return 0;
    }
    done += n;
  }
  return 1;
}

static void write_fully(const void *from, u64 bytes) {
  u64 done = 0;
  while (done < bytes) {
    long n = call(SYS_write, 1, (long)from + done, bytes - done, 0, 0, 0);
    if (n == -EINTR) {
      continue;
    }
    if (n <= 0) {
      die(20);
    }
    done += n;
  }
}

static void *map(u64 address, u64 bytes, int protection, int flags, int fd) {
  long result = call(SYS_mmap, address, bytes, protection, flags, fd, 0);
  if (result < 0 && result > -4096) {
    die(10);
  }
  return (void *)result;
}

static u8 *map_twice(u64 address, u64 bytes, int protection) {
  int fd = call(SYS_memfd_create, (long)"page", 0, 0, 0, 0, 0);
  if (fd < 0 || call(SYS_ftruncate, fd, bytes, 0, 0, 0, 0) < 0) {
    die(11);
  }
  u8 *alias = map(0, bytes, 3, 1, fd);
  map(address, bytes, protection, 0x11, fd);
  for (u64 i = 0; i < bytes; i += PAGE) {
    (void)*(volatile u8 *)(address + i);
  }
  return alias;
}

static void set_ldt(u32 entry, u32 base, u32 limit, u32 flags) {
  struct user_desc descriptor = {entry, base, limit, flags};
  if (call(SYS_modify_ldt, 0x11, (long)&descriptor, sizeof descriptor, 0, 0, 0) != 0) {
    die(12);
  }
}

#define SEG_32BIT 1
#define CONTENTS(n) ((n) << 1)
#define READ_EXEC_ONLY 8
#define LIMIT_IN_PAGES 16
#define NOT_PRESENT 32

static void prepare(void) {
  map(DATA, 2 * PAGE, 3, 0x32 | 0x8000, -1);
  map(LOW, PAGE, 3, 0x32 | 0x8000, -1);
  code_alias = map_twice(CODE, PAGE, 5);
  readonly_alias = map_twice(DATA + 2 * PAGE, PAGE, 1);
  memset(code_alias, 0xcc, PAGE);
  memset(readonly_alias, 0, PAGE);
  /* LinuxTables.java has the same entries. */
  set_ldt(0, DATA, 0x17ff, SEG_32BIT);
  set_ldt(1, DATA, 0x1fff, SEG_32BIT | READ_EXEC_ONLY);
  set_ldt(2, DATA, 0x0fff, SEG_32BIT | CONTENTS(1));
  set_ldt(3, 0, 0xfffff, SEG_32BIT | CONTENTS(2) | READ_EXEC_ONLY | LIMIT_IN_PAGES);
  set_ldt(4, CODE, 0xffff, CONTENTS(2));
  set_ldt(5, DATA, 0xffff, 0);
  set_ldt(6, DATA, 0xffff, NOT_PRESENT);
  /* The kernel flushes the page of a new LDT lazily; nothing else to wait for. */
  void *stack = map(0, 16 * PAGE, 3, 0x22, -1);
  u64 alternate[3] = {(u64)stack, 0, 16 * PAGE};
  if (call(SYS_sigaltstack, (long)alternate, 0, 0, 0, 0, 0) != 0) {
    die(13);
  }
  struct sigaction action = {entry, 0x4 | 0x08000000 | 0x04000000 | 0x10000000, restorer, 1UL << (SIGVTALRM - 1)};
  const int signals[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGVTALRM};
  for (u32 i = 0; i < sizeof signals / sizeof *signals; i++) {
    if (call(SYS_rt_sigaction, signals[i], (long)&action, 0, 8, 0, 0) != 0) {
      die(14);
    }
  }
  u64 every_20_ms[4] = {0, 20000, 0, 20000};
  call(SYS_setitimer, 1 /* user time */, (long)every_20_ms, 0, 0, 0, 0);
}

struct batch {
  u32 magic, count, new_data, unused;
};

static void load_data(void) {
  if (!read_fully(pristine, sizeof pristine) || !read_fully(readonly_alias, PAGE)) {
    die(0);
  }
  for (u32 page = 0; page < 3; page++) {
    memcpy(window(page), pristine + page * (PAGE / 8), PAGE);
  }
}

#define MAX_CASES 4096
#define OUTCOME_SPACE (64UL << 20)

__attribute__((used, noinline)) void work(void) {
  struct batch batch;
  prepare();
  cases = map(0, MAX_CASES * sizeof(struct in), 3, 0x22, -1);
  outcomes = map(0, OUTCOME_SPACE, 3, 0x22, -1);
  for (;;) {
    if (!read_fully(&batch, sizeof batch)) {
      die(0);
    }
    if (batch.magic != 0x44494646 || batch.count == 0 || batch.count > MAX_CASES) {
      die(15);
    }
    if (batch.new_data) {
      load_data();
    }
    if (!read_fully(cases, batch.count * sizeof(struct in))) {
      die(0);
    }
    case_count = batch.count;
    outcome_bytes = 0;
    asm volatile("ud2" : : : "memory", "cc");
    write_fully(&outcome_bytes, 8);
    write_fully(outcomes, outcome_bytes);
  }
}

asm(".globl _start\n _start: xor %ebp, %ebp\n and $-16, %rsp\n call work\n");
